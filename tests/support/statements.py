"""What the database is asked: every statement of a block, and how the database goes about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from scheduler.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it was sent."""

    sql: str
    parameters: Any


@contextmanager
def recorded(database: Database) -> Iterator[list[Statement]]:
    """Yield a list that fills with every statement sent within the block, BEGIN and COMMIT left out."""
    found: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            found.append(Statement(sql, parameters[0] if many else parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plan(database: Database, statement: Statement) -> str:
    """Return how the database would carry out a statement, in its own words."""
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.reading() as tx:
        rows = tx.exec_driver_sql(explain + statement.sql, statement.parameters).all()
    return "\n".join(str(row[3] if database.is_sqlite else row[0]) for row in rows)
