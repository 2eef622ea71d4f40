"""How X reads a text: weighted length, links, cashtags, and what it writes in their place."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from html import escape
from typing import Any

import regex
from publicsuffixlist import PublicSuffixList

URL_LENGTH = 23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_SUFFIXES = PublicSuffixList(accept_unknown=False)
_MARKS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_WORD = r"a-zA-Z0-9\u00c0-\u024f"
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?"
_LATIN = rf"[{_WORD}](?:[{_WORD}_-]*[{_WORD}])?"
_PATH = rf"(?:/(?:[^\s<>\"(){_MARKS}]|\([^\s<>\"(){_MARKS}]*\))*)?(?:\?[^\s<>\"{_MARKS}]*)?"
_LINK = regex.compile(
    rf"(?<![A-Za-z0-9@＠$#＃])(?:(?P<scheme>https?://)(?P<host>(?:{_LABEL}\.)+[\p{{L}}\p{{N}}-]{{2,}})"
    rf"|(?<![-_./+])(?P<bare>(?:{_LATIN}\.)+[a-zA-Z][a-zA-Z0-9-]+))(?::\d+)?(?P<rest>{_PATH})(?![@＠])",
    regex.IGNORECASE,
)
_LONGEST_LABEL, _LONGEST_LINK = 63, 4096
_TRAILING = ".,;:!?'\"”’»"
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Regional_Indicator}|\uFE0F|\u20E3")
_CASHTAG = regex.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")


def weighted_length(text: str) -> int:
    """Return the length that X counts: a link is 23, an emoji 2, most scripts of Asia 2 for each character."""
    normal = unicodedata.normalize("NFC", text)
    total, position = 0, 0
    for start, end in links_in(normal):
        total += _weight(normal[position:start]) + URL_LENGTH
        position = end
    return total + _weight(normal[position:])


def links_in(text: str) -> list[tuple[int, int]]:
    """Return where the links of a text begin and end; "example.com" is one too."""
    return list(_links(text))


def cashtags_in(text: str) -> int:
    """Return how many cashtags ($ABC) a text has."""
    return len(_CASHTAG.findall(text))


def wire_text(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Return a text as the API gives it back, HTML-escaped and with short links, and its `entities.urls`."""
    written, urls, position = "", [], 0
    for start, end in links_in(text):
        written += escape(text[position:start], quote=False)
        address = text[start:end]
        full = address if "://" in address else f"http://{address}"
        short = "https://t.co/" + hashlib.sha256(full.encode()).hexdigest()[:10]
        spot = {"start": len(written), "end": len(written) + len(short)}
        urls.append({**spot, "url": short, "expanded_url": full, "display_url": full.partition("://")[2][:26]})
        written += short
        position = end
    return written + escape(text[position:], quote=False), urls


def _links(text: str) -> Iterator[tuple[int, int]]:
    for match in _LINK.finditer(text):
        host = match["host"] or match["bare"]
        known = _known_host(host)
        if not known:
            continue
        start_of_host = match.start("host" if match["host"] else "bare")
        end = match.end() if known == host else start_of_host + len(known)
        link = text[match.start() : end].rstrip(_TRAILING)
        if len(link) <= _LONGEST_LINK:
            yield match.start(), match.start() + len(link)


def _known_host(host: str) -> str:
    """Return the part of a host that ends in a known top-level domain, "" when there is none."""
    labels = host.split(".")
    if any(len(_punycode(label)) > _LONGEST_LABEL for label in labels):
        return ""
    ends = (".".join(labels[:count]) for count in range(len(labels), 1, -1))
    return next((end for end in ends if _SUFFIXES.publicsuffix(end.lower())), "")


def _punycode(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()


def _weight(text: str) -> int:
    return sum(
        2 if _EMOJI.search(cluster) else sum(map(_point_weight, cluster)) for cluster in regex.findall(r"\X", text)
    )


def _point_weight(character: str) -> int:
    return 1 if any(first <= ord(character) <= last for first, last in _LIGHT) else 2
