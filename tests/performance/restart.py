"""Killed with ten thousand overdue posts: how soon the next worker publishes."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

import psutil
from sqlalchemy import text

from scheduler.clock import SystemClock
from scheduler.services.context import Context
from scheduler.storage import listings
from tests.performance.crowd import Crowd, fill
from tests.performance.receiver import Arrivals, receiver
from tests.performance.table import table
from tests.support.house import furnish
from tests.support.worker import start_worker, until

CROWD = Crowd(rows=1_000_000, waiting=10_000, accounts=200, overdue=True)
OPEN_NETWORK = {"DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1"}


def main() -> str:
    """Return the table."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder, receiver() as (url, arrivals):
        root = Path(folder)
        with furnish(root, environ=OPEN_NETWORK) as ctx:
            fill(ctx, CROWD, url)
            for name in ("first start", "start after kill -9"):
                _make_overdue_again(ctx)
                with ctx.database.reading() as tx:
                    overdue = listings.count_overdue(tx, ctx.clock.now_ms())
                process, seen, began = start_worker(ctx, root, **OPEN_NETWORK), len(arrivals.first), SystemClock()
                started = began.monotonic()
                _next_arrival(arrivals, seen)
                rows.append([name, f"{began.monotonic() - started:.2f} s", f"{overdue:,}", "<= 5 s"])
                psutil.Process(process.pid).send_signal(signal.SIGKILL)
                process.wait()
    assert arrivals.again == 0, "a post went out twice"
    head = ["what", "to the first post", "overdue when it started", "target"]
    return table("From the start of the worker to the first post, with 1,000,000 deliveries in the table", head, rows)


def _make_overdue_again(ctx: Context) -> None:
    """Undo the spacing of the catch-up, as if the machine had been off since."""
    with ctx.database.writing() as tx:
        tx.execute(text("UPDATE deliveries SET turn_at = due_at, not_before = due_at WHERE state = 'scheduled'"))


def _next_arrival(arrivals: Arrivals, seen: int) -> None:
    until(lambda: len(arrivals.first) > seen, "a post arrives")
