"""Where the public pages live: the path of every article, category, tag and author. The host is added elsewhere."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote


def address_word(text: str) -> str:
    """Return the form of a category's or tag's name in an address: "Dry Needling" is "dry-needling".

    Letters of every script are kept; names that differ only in case or punctuation share one address.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", plain))
    return "-".join(words) or plain.strip().replace("/", "-")


def category_words(category: tuple[str, ...]) -> tuple[str, ...]:
    """Return the forms in an address of a category's path, from the outermost inwards."""
    return tuple(address_word(name) for name in category)


def article_path(slug: str) -> str:
    """Return the path of an article's page."""
    return f"/blog/{quote(slug)}/"


def category_path(category: tuple[str, ...]) -> str:
    """Return the path of the page that lists a category and everything below it."""
    return f"/blog/category/{quote('/'.join(category_words(category)))}/"


def tag_path(tag: str) -> str:
    """Return the path of the page that lists a tag's articles."""
    return f"/blog/tag/{quote(address_word(tag), safe='')}/"


def author_path(key: str) -> str:
    """Return the path of an author's page."""
    return f"/blog/author/{quote(key, safe='')}/"
