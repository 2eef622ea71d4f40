"""An article as the library holds it: its text is kept small until somebody reads it.

Ten thousand articles are forty megabytes of text that hardly anybody reads twice.
"""

from __future__ import annotations

import zlib
from dataclasses import fields
from sys import intern
from typing import Any

from scheduler.domain.article import Article

_NAMES = tuple(field.name for field in fields(Article))
_QUICK = 1
"""zlib's level: half of the size in a third of the time."""


class ShelvedArticle(Article):
    """An article whose `body` is unpacked each time it is read."""

    __slots__ = ("_packed",)
    _packed: bytes

    @property
    def body(self) -> str:
        """Return the Markdown."""
        return zlib.decompress(self._packed).decode("utf-8", "surrogatepass")

    @body.setter
    def body(self, text: str) -> None:
        """Pack the Markdown; the constructor's way in."""
        object.__setattr__(self, "_packed", zlib.compress(text.encode("utf-8", "surrogatepass"), _QUICK))

    def __getstate__(self) -> list[Any]:
        """Return the values in order, the text as it is kept."""
        return [self._packed if name == "body" else getattr(self, name) for name in _NAMES]

    def __setstate__(self, state: list[Any]) -> None:
        """Take the values back."""
        for name, value in zip(_NAMES, state, strict=True):
            object.__setattr__(self, "_packed" if name == "body" else name, value)


def shelved(article: Article) -> ShelvedArticle:
    """Return the article as the library holds it; words that many articles share are there once."""
    values = {name: getattr(article, name) for name in _NAMES}
    values["tags"] = tuple(map(intern, article.tags))
    values["categories"] = tuple(tuple(map(intern, path)) for path in article.categories)
    values["author"] = intern(article.author)
    return ShelvedArticle(**values)
