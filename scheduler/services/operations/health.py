"""Whether the product is well: the worker's heartbeat and what is overdue."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.domain.wording import distance
from scheduler.services.context import Context
from scheduler.services.delivery import space
from scheduler.services.operations import clock_health
from scheduler.services.operations.backup import last_at
from scheduler.storage import listings, pauses, workers
from scheduler.storage.pauses import Pause

BEAT_STALE_MS = 30_000
"""A heartbeat older than this means that nothing is published (beats come every 5 s)."""


@dataclass(frozen=True, slots=True)
class Health:
    """The facts of /healthz. `overdue` counts deliveries whose time has passed by more than a minute; while everything
    is paused (`pause`) that is as it should be.

    `backup_at` (UTC ms) is when the last good backup was made; `clock_error_ms` is how far our clock is behind the
    platforms' clocks, `clock_step_ms` how far it stepped last.
    """

    ok: bool
    worker_beat_at: int | None
    overdue: int
    backup_at: int | None
    disk_full: bool = False
    clock_error_ms: int = 0
    clock_step_ms: int = 0
    pause: Pause | None = None


def health(ctx: Context) -> Health:
    """Return how things are now."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        beat = workers.newest_beat(tx)
        overdue = listings.count_overdue(tx, now - 60_000)
        pause = pauses.everything(tx)
    disk_full, alive = bool(space.shortage(ctx)), beat is not None and now - beat <= BEAT_STALE_MS
    error, step = clock_health.clock_error_ms(ctx), clock_health.last_step_ms(ctx)
    return Health(alive and not disk_full, beat, overdue, last_at(ctx), disk_full, error, step, pause)


def worker_problem(ctx: Context) -> str:
    """Return the banner of every admin page while nothing can be published, else ""."""
    if short := space.shortage(ctx):
        return short
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        beat = workers.newest_beat(tx)
    if beat is not None and now - beat <= BEAT_STALE_MS:
        return ""
    last = f" It was last seen {distance(beat, now)}." if beat else ""
    return f"The worker is not running, so nothing is published.{last} Start Drumbeat again with “python3 run.py”."
