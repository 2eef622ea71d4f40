"""Slugs: the part of an address that names an article, a category or a tag."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

LONGEST = 100
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
"""Names that Windows keeps for devices: a folder of that name cannot be copied to such a machine."""

UNNAMED = "untitled"

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "þ": "th", "ð": "d", "ı": "i"})


@lru_cache(maxsize=4096)
def slugify(text: str) -> str:
    """Return the slug of `text`: its letters without accents and its digits, joined by hyphens.

    Text that is mostly in a script without plain letters gets a short name made from its hash, the same every time:
    what is left of it, a year perhaps, would be the slug of quite other names too.
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’\u0300-\u036f]", "", plain))
    slug = "-".join(words)[:LONGEST].strip("-")
    if text.strip() and (not slug or _letters_lost(plain) > sum(map(str.isalpha, slug))):
        slug = f"{slug[:80]}-{_hash(text)}".replace("--", "-").removeprefix("-")
    return f"{slug}-page" if slug in DEVICES else slug


def _letters_lost(plain: str) -> int:
    return 0 if plain.isascii() else sum(sign.isalpha() and not sign.isascii() for sign in plain)


def _hash(text: str) -> str:
    same = unicodedata.normalize("NFC", text.strip().casefold())
    return "x" + hashlib.sha256(same.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def numbered(slug: str, number: int) -> str:
    """Return the slug of another thing of the same name."""
    return f"{slug[: LONGEST - 10].rstrip('-')}-{number}"


def is_unnamed(slug: str) -> bool:
    """Return whether a slug is only for the time being: the article has it until it is saved under its title."""
    return re.fullmatch(rf"{UNNAMED}(-\d+)?", slug) is not None


def slug_problem(slug: str) -> str:
    """Return why `slug` cannot be the address of an article, or "" if it can."""
    if not slug:
        return "is missing; write a short address such as dry-needling"
    if len(slug) > LONGEST:
        return f"is {len(slug)} characters long; {LONGEST} is the most"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        return f'"{slug}" may hold only the letters a-z, digits and single hyphens between them'
    if slug in DEVICES:
        return f'"{slug}" is a name that Windows keeps for devices; add a word'
    return ""
