"""The text of a post as networks show it: links shortened, tags and names coloured, everything else as written."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_MARKED = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'”’]|(?<![\w/#@])(?:#\w+|@\w+(?:[.@-]\w+)*)", re.UNICODE)
_LINK_LENGTH = 28


def post_html(text: str) -> Markup:
    """Return the text of a post as safe HTML."""
    parts, last = [], 0
    for match in _MARKED.finditer(text):
        parts += [escape(text[last : match.start()]), _marked(match[0])]
        last = match.end()
    return Markup("").join([*parts, escape(text[last:])])


def _marked(word: str) -> Markup:
    if not word.startswith("http"):
        return Markup('<span class="post-link">{}</span>').format(word)
    bare = word.split("://", 1)[1]
    shown = bare if len(bare) <= _LINK_LENGTH else f"{bare[:_LINK_LENGTH]}…"
    return Markup('<span class="post-link" title="{}">{}</span>').format(word, shown)
