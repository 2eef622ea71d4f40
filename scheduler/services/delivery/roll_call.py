"""Who of the workers lives: a row and a heartbeat for each, and a notice for one that lives but does not stir."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection

from scheduler.domain.wording import distance
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch, reconcile
from scheduler.storage import claims, notices, workers
from scheduler.storage.engine import Connection
from scheduler.storage.locks import lock_number

VERSION = "0.1.0"

FROZEN_MS = 30_000
"""A worker that holds its lock and has not written a heartbeat for this long does nothing (beats come every 5 s)."""


def enter(ctx: Context, worker_id: str, holding: Collection[int] = ()) -> None:
    """Write a new worker down and settle what dead ones left. The caller holds the lock of `worker_id`."""
    now = ctx.clock.now_ms()
    row = workers.Worker(worker_id, platform.node(), os.getpid(), VERSION, now, now, lock_number(worker_id))
    with ctx.database.writing() as tx:
        workers.register(tx, row)
    reconcile.take_over_from_the_dead(ctx, worker_id, holding)


def beat(ctx: Context, worker_id: str) -> None:
    """Say that a worker lives, and keep what it holds."""
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        workers.beat(tx, worker_id, now)
        claims.renew(tx, worker_id, now + dispatch.LEASE_MS)


def look_around(ctx: Context, worker_id: str, holding: Collection[int] = ()) -> int:
    """Take over from workers that died since, and tell of frozen ones; return how many deliveries were settled."""
    settled = reconcile.take_over_from_the_dead(ctx, worker_id, holding)
    _tell_of_the_frozen(ctx, worker_id)
    return settled


def leave(ctx: Context, worker_id: str) -> None:
    """Forget a worker that stops in good order."""
    with ctx.database.writing() as tx:
        workers.remove(tx, worker_id)


def _tell_of_the_frozen(ctx: Context, worker_id: str) -> None:
    """Whoever is still known after the dead were taken over holds its lock: it lives, however old its heartbeat is. It
    may be in the middle of a call, so nothing is taken from it."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        others = [worker for worker in workers.all_workers(tx) if worker.id != worker_id]
        told = notices.open_causes(tx, [_cause(worker) for worker in others])
    for worker in others:
        frozen = now - worker.beat_at > FROZEN_MS
        if frozen is (_cause(worker) in told):
            continue
        with ctx.database.writing() as tx:
            _tell(tx, worker, now) if frozen else notices.resolve(tx, _cause(worker), now)


def _tell(tx: Connection, worker: workers.Worker, now: int) -> None:
    sentence = (
        f"The worker on {worker.host} (process {worker.pid}) is still connected but has done nothing since "
        f"{distance(worker.beat_at, now)}. What it has in hand cannot go on, and nobody else may touch it. End that "
        "process; the others take over at once. If it works, the clocks of the machines differ: set them right."
    )
    subject = f"The worker on {worker.host} is frozen"
    notices.report(tx, _cause(worker), subject=subject, sentence=sentence, now=now, path="/admin/")


def _cause(worker: workers.Worker) -> str:
    return f"worker:{worker.id}"
