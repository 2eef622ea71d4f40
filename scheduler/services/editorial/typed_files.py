"""Reading an article's file that may be unfinished: what is right as it is meant, what is not as it was typed."""

from __future__ import annotations

from dataclasses import replace

from scheduler.content import article_file, frontmatter
from scheduler.content.yaml_tree import Broken, Items, Scalar, Table, Value
from scheduler.content.yaml_tree import value as plain
from scheduler.services.editorial.article_input import ArticleInput, input_of

_TABLES = {"asset": "image", "alt": "image", "caption": "image"}
"""Which table of the front matter holds a key that is faulty."""
_TEXTS = frozenset({"title", "slug", "date", "author", "description", "canonical", "series", "search_title", "lang"})
_LISTS = frozenset({"categories", "tags"})


def as_typed(text: str, slug: str, zone: str) -> ArticleInput:
    """Return what a file says; dates are written in `zone`. Raises `Broken` when it is no file of ours."""
    try:
        return input_of(article_file.read(text.encode(), slug), zone)
    except Broken as error:
        faulty = {_TABLES.get(name, name) for name in (p.reason.partition(":")[0] for p in error.problems)}
    parts = frontmatter.split(text)
    table = frontmatter.parse(parts)
    healed: dict[str, Value] = dict.fromkeys(faulty)
    if "title" in faulty:
        healed["title"] = "Untitled"
    right = input_of(article_file.read(str(frontmatter.change(parts, healed)).encode(), slug), zone)
    return replace(right, **{name: raw for name in faulty if (raw := _raw(table, name)) is not None})  # type: ignore[arg-type]


def _raw(table: Table, name: str) -> str | tuple[str, ...] | None:
    """Return a faulty field as it was typed; None when it cannot be shown in its control."""
    node = table.entries.get(name)
    if name in _TEXTS:
        return node.text if isinstance(node, Scalar) else "" if node is None else None
    if name in _LISTS and isinstance(node, Items):
        return tuple(str(item) for item in map(plain, node.items))
    return None
