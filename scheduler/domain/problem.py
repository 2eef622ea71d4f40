"""How every rule speaks of bad input: a field and a sentence, and all problems of one input together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `field` is the input's name ("" for the whole), `message` a sentence with the way out."""

    field: str
    message: str
    severity: str = "error"
    """"error" stops the action; "warning" is only shown."""


class Invalid(Exception):
    """Input that cannot be accepted; carries every problem found, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p.message}" if p.field else p.message for p in self.problems))


class NotFound(Exception):
    """What was asked for is not there; the message says what."""


class Conflict(Exception):
    """Somebody else changed it first; the message says what to do."""


def refuse(field: str, message: str) -> Invalid:
    """Return the error of a single problem, ready to be raised."""
    return Invalid([Problem(field, message)])
