"""How many deliveries a second the queue can claim, mark and finish, each step durable, beside bare SQLite commits."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from scheduler.clock import SystemClock
from scheduler.domain.delivery import State, Step
from scheduler.storage import listings
from scheduler.storage.engine import open_database
from scheduler.storage.migrate import migrate
from tests.contract.test_deliveries_store import NOW, add_account, add_delivery, claim, finish, mark
from tests.performance.table import table

COUNT = 300


def main() -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = _ours(Path(folder)), _bare(Path(folder))
    rows = [
        ["claim, mark and finish a delivery (3 durable commits)", f"{ours:.0f}", f"{ours * 3 / bare:.2f}"],
        ["bare sqlite3: one durable commit", f"{bare:.0f}", "1.00"],
    ]
    return table("The queue on SQLite", ["work", "per second", "commits, relative"], rows)


def _ours(folder: Path) -> float:
    database = open_database(f"sqlite:///{folder / 'ours.db'}")
    migrate(database)
    account = add_account(database)
    for _ in range(COUNT):
        add_delivery(database, account)
    clock, done = SystemClock(), 0
    start = clock.monotonic()
    while taken := claim(database, limit=1):
        assert mark(database, taken[0])
        assert finish(database, taken[0], Step(State.PUBLISHED, "It is live.", remote_id="r"))
        done += 1
    seconds = clock.monotonic() - start
    assert done == COUNT
    with database.reading() as tx:
        assert listings.count_overdue(tx, NOW + 1) == 0
    database.dispose()
    return COUNT / seconds


def _bare(folder: Path) -> float:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (n INTEGER)")
    clock = SystemClock()
    start = clock.monotonic()
    for number in range(COUNT * 3):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        connection.execute("COMMIT")
    seconds = clock.monotonic() - start
    connection.close()
    return COUNT * 3 / seconds
