"""What a person at the web pages notices while the worker sends a hundred posts a second."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scheduler.clock import Clock
from tests.performance.lateness import EACH_MS, START_MS, schedule
from tests.performance.receiver import receiver
from tests.performance.table import percentile, table
from tests.support.house import Visitor, add_owner, furnish, the_app
from tests.support.worker import worker

COUNT, SECONDS = 600, 6
OPEN_NETWORK = {"DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1"}


def main() -> str:
    """Return the table."""
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder, receiver() as (url, arrivals):
        root = Path(folder)
        with furnish(root, environ=OPEN_NETWORK) as ctx:
            start = ctx.clock.now_ms() + START_MS + EACH_MS * COUNT
            schedule(ctx, url, COUNT, start, SECONDS * 1000)
            client = the_app(ctx).test_client()
            assert isinstance(client, Visitor)
            client.log_in(add_owner(ctx))
            idle = _writes(client, ctx.clock, ctx.clock.now_ms() + 2_000)
            with worker(ctx, root, **OPEN_NETWORK):
                ctx.clock.sleep((start - ctx.clock.now_ms()) / 1000)
                before = len(arrivals.first)
                busy = _writes(client, ctx.clock, start + SECONDS * 1000)
                sent = len(arrivals.first) - before
    rows = [
        _row("nothing is sent", idle, ""),
        _row(f"{sent / SECONDS:.0f} posts a second are sent", busy, "p99 <= 50 ms"),
    ]
    head = ["while", "writes", "p50", "p99", "most", "target"]
    return table("A write through the web application: an account is paused, or resumed", head, rows)


def _writes(client: Visitor, clock: Clock, until: int) -> list[float]:
    """Write as fast as the application answers, a little apart, until an instant; return how long each took (ms)."""
    taken = list[float]()
    while clock.now_ms() < until:
        for what in ("pause", "resume"):
            started = clock.monotonic()
            assert client.post(f"/admin/accounts/1/{what}").status_code == 302
            taken.append(1000 * (clock.monotonic() - started))
            clock.sleep(0.01)
    return taken


def _row(name: str, taken: list[float], target: str) -> list[str]:
    shown = [percentile(taken, 0.5), percentile(taken, 0.99), max(taken)]
    return [name, f"{len(taken)}", *(f"{each:.1f} ms" for each in shown), target]
