"""The link of a teaser: the article's public address, with the short code by which clicks and lost posts are found."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from scheduler.config import Settings
from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Digits and letters that nobody mistakes for one another when reading a code aloud."""
CODE_LENGTH = 8
NO_CODE = "x" * CODE_LENGTH
"""Stands for a short code in what is only looked at: of the same length, so that every count is right."""


def new_short_code() -> str:
    """Return a fresh code: 31^8 of them, so that nobody guesses one and two never meet in practice."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def article_address(settings: Settings, article: Article) -> str:
    """Return the public address of an article."""
    return settings.base_url + path_of(article)


def tracked(address: str, platform: str, short_code: str) -> str:
    """Return `address` with the utm parameters of one delivery; what its query says already stays."""
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in _UTM]
    query = urlencode([*kept, *zip(_UTM, (platform, "social", short_code), strict=True)])
    return urlunsplit(parts._replace(query=query))


_UTM = ("utm_source", "utm_medium", "utm_content")


def link_problem(link: str) -> str:
    """Return why a person's own link cannot be used, or ""."""
    try:
        parts = urlsplit(link) if not any(c.isspace() or not c.isprintable() for c in link) else urlsplit("")
    except ValueError:  # a bracket that is never closed
        parts = urlsplit("")
    if parts.scheme in ("http", "https") and parts.hostname and not parts.username and not parts.password:
        return ""
    return f"“{link}” is not an address. Write it with https:// in front, like https://www.example.org/page."


def short_address(settings: Settings, short_code: str) -> str:
    """Return the short address of a delivery, which counts a click and leads to its link."""
    return f"{settings.base_url}/x/{short_code}"
