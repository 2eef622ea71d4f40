"""Counting text as platforms count it: in grapheme clusters, which is what a reader takes for one character."""

from __future__ import annotations

import regex

_GRAPHEME = regex.compile(r"\X")


def graphemes(text: str) -> int:
    """Return the number of extended grapheme clusters of `text`."""
    return sum(1 for _ in _GRAPHEME.finditer(text))
