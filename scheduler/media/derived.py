"""What decoding an upload gives: facts about it and a list of derived files."""

from __future__ import annotations

from dataclasses import dataclass, field

from scheduler.domain.asset import Purpose


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """One file in the working folder, named `name`."""

    purpose: Purpose
    mime: str
    width: int
    height: int
    name: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """Facts of the original, as a viewer sees it (orientation applied), and everything derived from it.

    `notes` are sentences the person should read although nothing is wrong.
    """

    width: int
    height: int
    files: tuple[DerivedFile, ...]
    duration_ms: int = 0
    notes: tuple[str, ...] = field(default=())
