"""A word to the workers that something may be due. Only a hint: they look every second anyway."""

from __future__ import annotations

from sqlalchemy import Connection, text

CHANNEL = "drumbeat"
"""What `NOTIFY` calls."""


def nudge(tx: Connection) -> None:
    """Tell the workers, when `tx` is committed, to look at once. SQLite needs no word: a worker sees every write."""
    if tx.dialect.name == "postgresql":
        tx.execute(text(f"NOTIFY {CHANNEL}"))
