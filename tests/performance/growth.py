"""What a claim and the pages cost with a thousand deliveries, and with a million, on both databases.

Through the real application, logged in. Of a million, ten thousand wait; of fewer, a hundredth, at least five hundred.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from scheduler.clock import SystemClock
from scheduler.domain.delivery import State, Step
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch
from scheduler.storage import claims, workers
from scheduler.storage.migrate import migrate
from tests.performance.crowd import FUTURE_DAYS, Crowd, fill
from tests.performance.table import percentile, table
from tests.support.clock import StillClock
from tests.support.house import add_owner, furnish, the_app
from tests.support.postgres import start_postgres

SIZES = (1_000, 10_000, 100_000, 1_000_000)
CLAIMS, VIEWS = 200, 40
PAGES = {
    "queue": "/admin/queue/",
    "published": "/admin/queue/?show=published",
    "calendar month": "/admin/calendar/",
    "its data": "/admin/calendar/events?start={first}&end={end}",
    "home": "/admin/",
    "accounts": "/admin/accounts/",
    "/metrics": "/metrics",
}
TARGETS = ["target", "<= 20 ms", "", "<= 100 ms", "", "<= 100 ms", *[""] * 4]


def main() -> str:
    """Return the tables."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drumbeat-bench-")))
        folder.chmod(0o755)
        server = start_postgres(folder, stack)
        return "\n\n".join([_table("SQLite", ""), _table("PostgreSQL", server)])


def _table(name: str, server: str) -> str:
    head = ["deliveries", "claim p99", "nothing due", *(f"{page} p95" for page in PAGES)]
    rows = [_row(size, server) for size in SIZES]
    return table(f"What many deliveries cost on {name} (milliseconds)", head, [*rows, TARGETS])


def _row(size: int, server: str) -> list[str]:
    crowd = Crowd(size, min(10_000, max(500, size // 100)))
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder, _database(server, size) as environ:
        clock = StillClock()
        with furnish(Path(folder), clock=clock, environ=environ) as ctx:
            if environ:
                migrate(ctx.database)
            fill(ctx, crowd)
            pages = _pages(ctx)
            return [f"{size:,}", *_claims(ctx, clock, crowd), *pages]


@contextmanager
def _database(server: str, size: int) -> Iterator[dict[str, str]]:
    """Yield what leads to an empty database of the server; nothing for SQLite."""
    if not server:
        yield {}
        return
    name = f"bench_{size}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield {"DATABASE_URL": server.replace("/postgres?", f"/{name}?")}
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _pages(ctx: Context) -> list[str]:
    with ctx.database.writing() as tx:
        now = ctx.clock.now_ms()
        workers.register(tx, workers.Worker("bench", "here", 1, "", now, now))
    client = the_app(ctx).test_client().log_in(add_owner(ctx))  # type: ignore[attr-defined]
    span = {"first": "2026-11-30", "end": "2027-01-10"}  # a month as the grid shows it, from the still clock's date

    def view(address: str) -> None:
        answer = client.get(address.format(**span))
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"

    return [_share(0.95, VIEWS, lambda address=address: view(address)) for address in PAGES.values()]  # type: ignore[misc]


def _claims(ctx: Context, clock: StillClock, crowd: Crowd) -> list[str]:
    """Return the cost of taking one delivery at the moment when it is due, and of looking when none is."""
    idle = _share(0.99, CLAIMS, lambda: dispatch.claim_due(ctx, "bench", 16))
    step = FUTURE_DAYS * 86_400_000 // crowd.waiting
    taken: list[float] = []
    while len(taken) < min(CLAIMS, crowd.waiting // 2):
        clock.now += step
        started = SystemClock().monotonic()
        claimed = dispatch.claim_due(ctx, "bench", 16)
        taken.append(SystemClock().monotonic() - started)
        for delivery in claimed:
            with ctx.database.writing() as tx:
                assert claims.finish(tx, delivery, Step(State.PUBLISHED, "It is live.", remote_id="r"), clock.now)
    return [f"{1000 * percentile(taken, 0.99):.1f}", idle]


def _share(share: float, times: int, work: Callable[[], object]) -> str:
    clock, taken = SystemClock(), []
    work()
    for _ in range(times):
        started = clock.monotonic()
        work()
        taken.append(clock.monotonic() - started)
    return f"{1000 * percentile(taken, share):.1f}"
