"""Two versions of one article side by side: what a stale save shows, so that nobody's words are lost."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.content import article_file, frontmatter
from scheduler.content.writer import shown_body
from scheduler.content.yaml_tree import Broken
from scheduler.domain.article import Article
from scheduler.services.context import Context
from scheduler.services.editorial.article_input import ArticleInput, input_of

LABELS = {
    "title": "Title", "slug": "Address", "status": "Status", "date": "Date", "categories": "Categories", "tags": "Tags",
    "author": "Author", "description": "Description", "image": "Lead photo", "alt": "Alt text", "caption": "Caption",
    "canonical": "First published at", "noindex": "Not for search engines",
    "kind": "Kind", "series": "Series", "search_title": "Title for search engines",
    "card_title": "Title of the link card", "card_description": "Text of the link card",
    "card_image": "Picture of the link card", "lang": "Language", "translation": "Translation key",
}  # fmt: skip
MOST_LINES = 4000
"""Longer texts are shown without a comparison: finding the differences would take too long."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """The version in the file now. `given` is None while that file cannot be read; `text` is all of it."""

    given: ArticleInput | None
    body: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison; `change` is "same", "mine" (only in mine), "theirs" or "both" (different)."""

    change: str
    mine: str
    theirs: str


def theirs(ctx: Context, article: Article, text: str) -> Theirs:
    """Return the other version from the text of its file."""
    try:
        found = article_file.read(text.encode(), article.slug)
        return Theirs(input_of(found, ctx.settings.calendar.zone), shown_body(found.body), text)
    except Broken:
        return Theirs(None, _body_of(text), text)


def _body_of(text: str) -> str:
    try:
        return shown_body(frontmatter.split(text).body)
    except Broken:
        return text


def differing_fields(mine: ArticleInput, other: ArticleInput) -> list[tuple[str, str, str]]:
    """Return (label, mine, theirs) of each field in which two inputs differ, the text apart."""
    pairs = ((label, _words(getattr(mine, name)), _words(getattr(other, name))) for name, label in LABELS.items())
    return [(label, one, two) for label, one, two in pairs if one != two]


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(part.strip() for part in value if part.strip())
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value).strip()


def compared(mine: str, other: str) -> list[Row]:
    """Return two texts line by line, with the lines that differ beside each other."""
    one, two = shown_body(mine).split("\n"), shown_body(other).split("\n")
    if max(len(one), len(two)) > MOST_LINES:
        return []
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    return [row for code in matcher.get_opcodes() for row in _rows(code, one, two)]


def _rows(code: tuple[str, int, int, int, int], one: list[str], two: list[str]) -> Iterator[Row]:
    change = {"equal": "same", "delete": "mine", "insert": "theirs", "replace": "both"}[code[0]]
    left, right = one[code[1] : code[2]], two[code[3] : code[4]]
    for index in range(max(len(left), len(right))):
        yield Row(change, left[index] if index < len(left) else "", right[index] if index < len(right) else "")
