"""Which addresses an article may link to, and links to other articles, which are kept by id: `article:ID`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_ARTICLE = re.compile(r"article:([\w-]{1,64})(#[\w-]{1,200})?")
_MENTION = re.compile(rf"(?<!\w){_ARTICLE.pattern}")
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Linked:
    """Where a link to an article leads now (`path`, "" for nowhere), what its author must know, and its title."""

    path: str
    problem: str = ""
    title: str = ""


def article_link(address: str) -> tuple[str, str] | None:
    """Return the id and the fragment ("#h-why" or "") of a link to an article, None for any other address."""
    match = _ARTICLE.fullmatch(address)
    return (match[1], match[2] or "") if match else None


def linked_articles(body: str) -> tuple[str, ...]:
    """Return the ids of the articles that a body mentions as links, in order of first mention.

    This reads a pattern, not Markdown, to be fast; what stands in a code block counts too.
    """
    return tuple(dict.fromkeys(match[1] for match in _MENTION.finditer(body))) if "article:" in body else ()


def link_problem(address: str) -> str:
    """Return why an article must not link to `address`, or "" if it may: http(s), mailto, tel, or a path of ours."""
    if re.search(r"[\x00-\x20\x7f\\<>\"]", address):
        return f'the link "{_short(address)}" holds a space or a character that addresses cannot have'
    if address.startswith("//"):
        return f'the link "{_short(address)}" has no https: in front'
    scheme = _SCHEME.match(address)
    if scheme and scheme[1].lower() not in ("http", "https", "mailto", "tel"):
        return f'the link "{_short(address)}" must begin with https:, http:, mailto:, tel: or /'
    if scheme and scheme[1].lower() in ("http", "https") and not re.match(r"https?://[^/?#]", address, re.IGNORECASE):
        return f'the link "{_short(address)}" names no site'
    if not _splits(address):
        return f'the link "{_short(address)}" is not written as addresses are; look at its brackets'
    return "" if address else "the link has no address"


def _splits(address: str) -> bool:
    """Return whether the parts of an address can be told apart at all ("https://[x/" cannot)."""
    try:
        urlsplit(address)
    except ValueError:
        return False
    return True


def web_address_problem(address: str) -> str:
    """Return why `address` is not a complete address on the web, or "" if it is."""
    if re.match(r"https?://[^/?#@:]", address, re.IGNORECASE) and not link_problem(address):
        return ""
    return f'"{_short(address)}" is not a complete address; write it like https://www.example.org/page'


def _short(address: str) -> str:
    return address if len(address) <= 80 else address[:79] + "…"
