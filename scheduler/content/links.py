"""Which addresses an article may link to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)


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
