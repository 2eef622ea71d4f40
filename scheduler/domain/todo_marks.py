"""Marks that a writer leaves where something is still to come: TODO, TK (printers' "to come"), [todo ...]."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"\[todo\b[^\[\]\n]{0,200}\]?|(?<![\w-])TODO(?![\w-]):?|(?<![\w-])(?:TK)+(?![\w-])", re.IGNORECASE)
_WORDS = {"TODO": frozenset({"es", "pt", "gl"}), "TK": frozenset({"de"})}
"""Languages in which these letters are a word or a name ("todo" is "all", TK a health insurer): no mark there."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark; `line` counts from 1 in the text that was looked through."""

    text: str
    line: int


def marks(text: str, language: str = "") -> list[Mark]:
    """Return the marks of a plain text in order. `language` is a tag such as "en-US".

    Only capitals count outside brackets; where the letters are a word of the language, only "TODO:" and brackets do.
    """
    tongue, found, line, at = language.casefold().partition("-")[0], [], 1, 0
    for match in _MARK.finditer(text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        if _meant(match[0], tongue):
            found.append(Mark(match[0], line))
    return found


def _meant(sign: str, tongue: str) -> bool:
    if sign.startswith("["):
        return True
    if sign != sign.upper():
        return False
    return sign.endswith(":") or tongue not in _WORDS[sign[:2] if sign.startswith("TK") else "TODO"]
