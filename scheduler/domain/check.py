"""One check of an article: what was found, why it matters, what to do, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a check says."""

    BLOCKS = "blocks"
    """It cannot be published like this."""
    BETTER = "better"
    """It could be better; the writer decides."""
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: a field of the form by its name; `line` counts from 1 in the field "body". `words` name it."""

    field: str
    words: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `found`, `why` and `way` are sentences for a writer; `way` and `places` are empty when all is well."""

    key: str
    name: str
    state: State
    found: str
    why: str
    way: str = ""
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Checks:
    """All checks of an article, what blocks publishing first, then what could be better, then what is good."""

    found: tuple[Check, ...]

    def of(self, state: str) -> tuple[Check, ...]:
        """Return the checks of a state."""
        return tuple(check for check in self.found if check.state == state)


def line_places(lines: list[tuple[int, str]], most: int = 8) -> tuple[Place, ...]:
    """Return the places of some lines of the text, each with its words; of very many only the first."""
    return tuple(
        Place("body", f"Line {line}: {words}" if words else f"Line {line}", line) for line, words in lines[:most]
    )
