"""What the world was told of: each address with the state that was announced, for each way of announcing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, text

from scheduler.storage.schema import announced, announcing

_a, _g = announced.c, announcing.c
AT_ONCE = 500
"""Rows in one statement: databases bound the number of values."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was last said of an address: its state then, and when (UTC ms)."""

    state: str
    told_at: int


@dataclass(frozen=True, slots=True)
class Way:
    """How telling goes: `try_at` (UTC ms) is when it may be tried again, `trouble` why the last try failed."""

    tries: int = 0
    try_at: int = 0
    told_at: int = 0
    trouble: str = ""


def told(tx: Connection, way: str) -> dict[str, Told]:
    """Return everything that was told this way, by path."""
    rows = tx.execute(select(_a.path, _a.state, _a.told_at).where(_a.way == way))
    return {row.path: Told(row.state, row.told_at) for row in rows}


def note(tx: Connection, way: str, states: Mapping[str, str], now: int) -> None:
    """Note that the paths were told in these states."""
    forget(tx, way, states)
    rows = [{"way": way, "path": path, "state": state, "told_at": now} for path, state in states.items()]
    for start in range(0, len(rows), AT_ONCE):
        tx.execute(insert(announced), rows[start : start + AT_ONCE])


def forget(tx: Connection, way: str, paths: Iterable[str]) -> None:
    """Forget what was told of these paths."""
    gone = list(paths)
    for start in range(0, len(gone), AT_ONCE):
        tx.execute(delete(announced).where(_a.way == way, _a.path.in_(gone[start : start + AT_ONCE])))


def standing(tx: Connection, way: str) -> Way:
    """Return how telling this way goes."""
    row = tx.execute(select(_g.tries, _g.try_at, _g.told_at, _g.trouble).where(_g.way == way)).first()
    return Way(row.tries, row.try_at, row.told_at, row.trouble) if row else Way()


def set_standing(tx: Connection, way: str, standing: Way) -> None:
    """Remember how telling this way goes."""
    tx.execute(
        text(
            "INSERT INTO announcing (way, tries, try_at, told_at, trouble) "
            "VALUES (:way, :tries, :try_at, :told_at, :trouble) ON CONFLICT (way) DO UPDATE SET "
            "tries = excluded.tries, try_at = excluded.try_at, told_at = excluded.told_at, trouble = excluded.trouble"
        ),
        {
            "way": way,
            "tries": standing.tries,
            "try_at": standing.try_at,
            "told_at": standing.told_at,
            "trouble": standing.trouble,
        },
    )
