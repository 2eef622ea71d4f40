"""The big red button: one row that holds everything back, with who pressed it, when and why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, exists, select

from scheduler.storage import preferences
from scheduler.storage.nudges import nudge
from scheduler.storage.schema import preferences as table

KEY = "everything_paused"


@dataclass(frozen=True, slots=True)
class Pause:
    """Everything is paused since `at` (UTC ms) for `reason`, by the person `who`."""

    reason: str
    who: str
    at: int


def everything(tx: Connection) -> Pause | None:
    """Return the pause of everything, None while nothing is paused as a whole."""
    value = preferences.get(tx, KEY)
    return Pause(**json.loads(value)) if value else None


def pause(tx: Connection, pause: Pause) -> None:
    """Hold everything back from now on; what is in flight ends in good order."""
    preferences.put(tx, KEY, json.dumps(asdict(pause), ensure_ascii=False))


def resume(tx: Connection) -> None:
    """Let everything go again."""
    preferences.put(tx, KEY, "")
    nudge(tx)


in_force = exists(select(table.c.key).where(table.c.key == KEY, table.c.value != ""))
"""The condition for a claim's query: everything is paused."""
