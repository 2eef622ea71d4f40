"""Where a writer left a mark that something is still to come (see `domain/todo_marks.py`): none goes to visitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.content.outline import Outline, outline
from scheduler.domain.problem import Problem
from scheduler.domain.todo_marks import marks


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One mark: in the line of a field; `line` is 0 where the field has only one."""

    field: str
    text: str
    line: int = 0


def unfinished(text: Outline, fields: Mapping[str, str], language: str) -> list[Unfinished]:
    """Return the marks in a text and in the fields around it, in that order. Code is left alone."""
    found = [Unfinished("body", mark.text, piece.line) for piece in text.words for mark in marks(piece.text, language)]
    return found + [Unfinished(name, mark.text) for name, words in fields.items() for mark in marks(words, language)]


def mark_problems(body: str, fields: Mapping[str, str], language: str) -> list[Problem]:
    """Return a problem for each mark: they keep an article from being published."""
    some = marks("\n".join((body, *fields.values())), language)  # nearly every text has none, and need not be read
    return [
        Problem(
            mark.field, f"{f'Line {mark.line}: the' if mark.line else 'The'} mark {mark.text} is still there. {_WAY}"
        )
        for mark in (unfinished(outline(body), fields, language) if some else ())
    ]


_WAY = "Write what it stands for, or take it out; letters that are meant so are written as `code`."
