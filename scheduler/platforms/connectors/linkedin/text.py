"""LinkedIn's "little text" (platform sheet, section 5).

Reserved characters are escaped with a backslash. An unescaped one is no error at LinkedIn: the post silently ends
there, so everything is escaped and only hashtags are left as they are.
"""

from __future__ import annotations

import re

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_HASHTAG = re.compile(r"(?<![^\s(\[\"'“‘„«,;:])#[^\W_]+(?!\w)")
_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^{}|]+)\}")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")


def little_text(text: str) -> str:
    """Return a text as it is sent: reserved characters escaped, hashtags alive."""
    pieces, position = [], 0
    for found in _HASHTAG.finditer(text):
        pieces += [_escaped(text[position : found.start()]), found[0]]
        position = found.end()
    return "".join([*pieces, _escaped(text[position:])])


def plain_text(commentary: str) -> str:
    """Return what a commentary says to its readers; hashtags come back as templates."""
    return _ESCAPED.sub(r"\1", _TEMPLATE.sub(lambda found: f"#{found[1]}", commentary))


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text)
