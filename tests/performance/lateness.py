"""How late posts start: a real worker, real HTTP to a receiver that answers in 50 ms, many posts due in one second.

Beside it, in the same run, the same posts in APScheduler's own SQLAlchemy job store with as many threads: with its
usual grace of one second, and with any delay forgiven.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from scheduler.clock import SystemClock
from scheduler.domain.teaser import Teaser
from scheduler.services.context import Context
from scheduler.storage import deliveries, teasers
from tests.performance import job_store
from tests.performance.crowd import add_accounts, payload
from tests.performance.receiver import Arrivals, receiver
from tests.performance.table import percentile, table
from tests.support.house import REPOSITORY, furnish
from tests.support.worker import worker

START_MS, EACH_MS = 8_000, 20
"""Starting a process, and what is done ahead for each post (in life that has ten minutes), before the first is due."""
STILL_SECONDS = 6
"""Whoever sends nothing for so long sends nothing more."""

Running = Callable[[Path, str, int, int], Iterator[psutil.Process]]
"""Runs something until the end of the block: folder, address, how many posts, when the first is due (UTC ms)."""


def main() -> str:
    """Return the table."""
    rows = [
        _measured("Drumbeat, 100 posts", 100, _drumbeat, "p50 <= 20 ms, p99 <= 250 ms"),
        _measured("Drumbeat, 1,000 posts", 1000, _drumbeat, "p99 <= 2 s"),
        _measured("APScheduler's SQL job store, any delay forgiven", 1000, _job_store(""), "for comparison"),
        _measured("APScheduler's SQL job store, grace 1 s as usual", 1000, _job_store("1"), "for comparison"),
    ]
    head = ["what", "sent", "twice", "never", "late p50", "p99", "most", "processor per post", "target"]
    title = "Posts due in one second, each for an account of its own; the platform answers in 50 ms"
    return table(title, head, rows)


def _measured(name: str, count: int, running: Running, target: str) -> list[str]:
    clock = SystemClock()
    with receiver() as (url, arrivals), tempfile.TemporaryDirectory() as folder:
        start = clock.now_ms() + START_MS + EACH_MS * count
        with contextmanager(running)(Path(folder), url, count, start) as process:
            clock.sleep((start - clock.now_ms()) / 1000)
            before = _used(process)
            _wait(arrivals, count)
            used = _used(process) - before
    return [name, *_figures(arrivals, count, start), f"{1000 * used / count:.1f} ms", target]


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _wait(arrivals: Arrivals, count: int) -> None:
    clock, seen, quiet = SystemClock(), -1, 0.0
    while len(arrivals.first) < count and quiet < STILL_SECONDS:
        quiet = quiet + 0.1 if seen == len(arrivals.first) else 0.0
        seen = len(arrivals.first)
        clock.sleep(0.1)
    clock.sleep(0.5)  # whatever comes twice comes now


def _figures(arrivals: Arrivals, count: int, start: int) -> list[str]:
    late = [at - _due(start, int(key.removeprefix("msg_")), count) for key, at in arrivals.first.items()]
    assert min(late) >= 0, "a post started early"
    times = [percentile(late, 0.5), percentile(late, 0.99), max(late)]
    return [f"{len(late)}", f"{arrivals.again}", f"{count - len(late)}", *(f"{each:,.0f} ms" for each in times)]


def _due(start: int, n: int, count: int, length_ms: int = 1000) -> int:
    return start + n * length_ms // count


def _drumbeat(root: Path, url: str, count: int, start: int) -> Iterator[psutil.Process]:
    open_network = {"DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1"}
    with furnish(root, environ=open_network) as ctx:
        schedule(ctx, url, count, start)
        with worker(ctx, root, **open_network) as process:
            yield psutil.Process(process.pid)


def schedule(ctx: Context, url: str, count: int, start: int, length_ms: int = 1000) -> None:
    """Store `count` posts, each for an account of its own, spread evenly over `length_ms` from `start` (UTC ms) on."""
    content, now = payload(), ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        teaser, first = teasers.create(tx, Teaser(0, content.text), "bench", now), add_accounts(ctx, tx, count, url)
        for n in range(count):
            due_at = _due(start, n, count, length_ms)
            new = deliveries.NewDelivery(
                teaser_id=teaser.id, account_id=first + n, idempotency_key=f"msg_{n}", short_code=f"c{n}",
                payload=content.to_json(), payload_hash=content.digest(), at_wall="", at_zone="", queued=False,
                due_at=due_at, late_after=due_at + 3_600_000,
            )  # fmt: skip
            deliveries.add(tx, new, now)


def _job_store(grace_seconds: str) -> Running:
    def running(root: Path, url: str, count: int, start: int) -> Iterator[psutil.Process]:
        arguments = [str(root / "jobs.db"), url, str(count), str(start), grace_seconds]
        command = [sys.executable, "-m", job_store.__name__, *arguments]
        with (root / "log").open("w") as log:
            process = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log)
        try:
            yield psutil.Process(process.pid)
        finally:
            process.kill()
            process.wait()

    return running
