"""Bringing two versions of an article together: field by field, and the text line by line, from where both began.

What only one side changed is taken. What both changed in the same place is for a person to decide; both are shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from typing import Any

from scheduler.content.writer import shown_body
from scheduler.domain import diff3
from scheduler.domain.diff3 import Piece
from scheduler.services.editorial.article_input import ArticleInput
from scheduler.services.editorial.versions import LABELS, MOST_LINES

_LISTS = ("categories", "tags")
_NOT_HERE = ("body", "status", "zone")
"""The text goes by lines. The pressed button says the status; the zone is only how a date is written."""


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that both sides changed."""

    name: str
    label: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merged:
    """Two versions brought together. Where there are conflicts, `given` has mine, and `pieces` hold both texts."""

    given: ArticleInput
    fields: tuple[FieldConflict, ...]
    pieces: tuple[Piece, ...]

    @property
    def is_clean(self) -> bool:
        """Return whether nothing is left for a person to decide."""
        return not self.fields and not any(piece.conflict for piece in self.pieces)


def merge(base: ArticleInput | None, mine: ArticleInput, theirs: ArticleInput) -> Merged:
    """Bring `mine` and `theirs` together; `base` is where both began, None when nobody knows any more."""
    values: dict[str, Any] = {}
    conflicts = []
    for name in (field.name for field in fields(ArticleInput) if field.name not in _NOT_HERE):
        old, one, two = (getattr(side, name) if side else None for side in (base, mine, theirs))
        if one == two or (base and one == old):
            values[name] = two
        elif base and name in _LISTS:
            values[name] = _joined(getattr(base, name), getattr(mine, name), getattr(theirs, name))
        elif not base or two != old:
            conflicts.append(FieldConflict(name, LABELS.get(name, name), _typed(name, one), _typed(name, two)))
    pieces = _pieces(base, mine, theirs)
    if (lines := diff3.clean(pieces)) is not None:
        values["body"] = "\n".join(lines)
    return Merged(replace(mine, **values), tuple(conflicts), tuple(pieces))


def _joined(old: tuple[str, ...], one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, ...]:
    """Return a list with what either side added, and without what either side took out."""
    gone = {item for item in old if item not in one or item not in two}
    return tuple(item for item in dict.fromkeys((*one, *two)) if item not in gone)


def _typed(name: str, value: object) -> str:
    """Return a value as a form sends it."""
    if isinstance(value, tuple):
        return ("\n" if name == "categories" else ", ").join(value)
    return ("y" if value else "") if isinstance(value, bool) else str(value)


def _pieces(base: ArticleInput | None, mine: ArticleInput, theirs: ArticleInput) -> list[Piece]:
    one, two = _lines(mine), _lines(theirs)
    old = _lines(base) if base else None
    if max(map(len, (one, two, old or []))) > MOST_LINES:
        return [Piece(tuple(one))] if two in (one, old) else [Piece((), True, tuple(one), tuple(two))]
    if old is not None:
        return diff3.merge(old, one, two)
    codes = SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    return [
        Piece(tuple(one[a:b])) if what == "equal" else Piece((), True, tuple(one[a:b]), tuple(two[c:d]))
        for what, a, b, c, d in codes
    ]


def _lines(given: ArticleInput) -> list[str]:
    return shown_body(given.body).split("\n")


def written(lines: tuple[str, ...]) -> str:
    """Return lines as the value of a form's field: an empty one is no line at all, "=" one empty line."""
    return "=" + "\n".join(lines) if lines else ""


def chosen(form: Mapping[str, str]) -> str:
    """Return the text that the choices of a form make: its fields `piece-0`, `piece-1` ... one after another."""
    numbers = sorted(int(name[6:]) for name in form if re.fullmatch(r"piece-[0-9]{1,6}", name))
    values = (form[f"piece-{number}"].replace("\r\n", "\n") for number in numbers)
    return "\n".join(value[1:] for value in values if value)
