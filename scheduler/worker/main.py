"""The worker on one page: its jobs, and how it starts and stops.

| job       | when          | does                                                                 |
|-----------|---------------|----------------------------------------------------------------------|
| next      | at the moment | dispatch, at the instant the next delivery is due (re-armed)          |
| tick      | every second  | the same dispatch: bounds lost wake-ups, clock steps and suspend      |
| prepare   | every 5 s     | check and upload what goes out within ten minutes                     |
| reconcile | every 2 s     | look up unknown outcomes, ask about posts in processing               |
| release   | every 2 s     | let deliveries go that waited for their article                       |
| beat      | every 5 s     | heartbeat, and renew the leases of what is in flight                  |
| zones     | start, daily  | derive waiting instants again, in case a zone's rules changed         |
| calendar  | every minute  | finish a change of the calendar that a crash interrupted              |
| backup    | every 10 min  | make the daily backup when it is due, in a thread of its own          |

Every job is short and re-derivable from the database, so any run may be skipped or run twice without harm. HTTP
happens in pools of threads: one for sending, one for preparing, one for looking up, so that none waits for another.
The scheduler runs in the main thread: an error in it ends the process.
"""

from __future__ import annotations

import logging
import os
import platform
import signal
import threading
import uuid
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from scheduler.clock import to_datetime
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch, gate, prepare, reconcile
from scheduler.services.operations import backup
from scheduler.services.planning import rearranging, rederiving
from scheduler.storage import claims, workers
from scheduler.worker.lock import only_worker
from scheduler.worker.senders import Senders

log = logging.getLogger(__name__)

VERSION = "0.1.0"
FIRST_BACKUP_MS = 120_000
"""A start is for publishing what is overdue; the backup that may be due comes after that."""


class Worker:
    """One worker process."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.id = uuid.uuid4().hex
        self.scheduler = BlockingScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(4), "slow": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self.senders = Senders(lambda delivery: dispatch.send(ctx, delivery), self._wake)
        self.preparers = Senders(lambda delivery: prepare.prepare(ctx, delivery), lambda: None, seats=4)
        self.lookers = Senders(lambda delivery: reconcile.settle_one(ctx, delivery), self._wake, seats=4)
        self.stopping = False
        self._dispatching = threading.Lock()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. Raises `AnotherWorker` when one is running already."""
        with only_worker(self.ctx.database, self.ctx.settings.data):
            self._start()
            try:
                self.scheduler.start()
            finally:
                self._stop()

    def _start(self) -> None:
        now = self.ctx.clock.now_ms()
        with self.ctx.database.writing() as tx:
            for dead in workers.all_workers(tx):
                workers.remove(tx, dead.id)
            workers.register(tx, workers.Worker(self.id, platform.node(), os.getpid(), VERSION, now, now))
        reconcile.take_over_from_the_dead(self.ctx, self.id)
        rearranging.finish_interrupted(self.ctx)
        rederiving.rederive(self.ctx)
        self._add_jobs()
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        log.info("worker %s is ready", self.id)

    def _add_jobs(self) -> None:
        every, at_once = self.scheduler.add_job, to_datetime(self.ctx.clock.now_ms())
        every(self.dispatch, "interval", seconds=1, id="tick", next_run_time=at_once)
        every(self.prepare, "interval", seconds=5, id="prepare", next_run_time=at_once)
        # At once, too: a worker that is killed again and again would otherwise never settle what it left.
        every(self.reconcile, "interval", seconds=2, id="reconcile", next_run_time=at_once)
        every(self.release, "interval", seconds=2, id="release")
        every(self.beat, "interval", seconds=5, id="beat")
        every(rederiving.rederive, "interval", hours=24, args=[self.ctx], id="zones")
        every(rearranging.finish_interrupted, "interval", minutes=1, args=[self.ctx], id="calendar")
        first = to_datetime(self.ctx.clock.now_ms() + FIRST_BACKUP_MS)
        every(self.backup, "interval", minutes=10, id="backup", executor="slow", next_run_time=first)

    def dispatch(self) -> None:
        """Claim what is due, hand it to the senders, and set the alarm for the next due moment."""
        with self._dispatching:
            while not self.stopping and self._dispatch_batch():
                pass
        self._set_alarm()

    def _dispatch_batch(self) -> bool:
        """Claim as much as there are free seats; return whether there may be more to claim."""
        free = self.senders.free
        claimed = dispatch.claim_due(self.ctx, self.id, free) if free else []
        for delivery in claimed:
            self.senders.submit(delivery)
        return bool(claimed)

    def _set_alarm(self) -> None:
        with self.ctx.database.reading() as tx:
            wake = claims.next_wake(tx, self.ctx.clock.now_ms())
        if wake is not None and not self.stopping:
            self.scheduler.add_job(self.dispatch, "date", run_date=to_datetime(wake), id="next", replace_existing=True)

    def reconcile(self) -> None:
        """Settle what a thread of ours dropped, and what is unknown or processing."""
        with self._dispatching:  # between a claim and its hand-over, nobody has it in hand
            dropped = reconcile.take_back_dropped(self.ctx, self.id, self.senders.holding)
        if dropped:
            self._wake()
        for delivery in reconcile.due_looks(self.ctx):
            if self.lookers.free and delivery.id not in self.lookers.holding:
                self.lookers.submit(delivery)

    def prepare(self) -> None:
        """Prepare what goes out soon, in the preparers' own threads."""
        if free := self.preparers.free:
            for delivery in prepare.take_next(self.ctx, free):
                self.preparers.submit(delivery)

    def release(self) -> None:
        """Let go what waited for its article."""
        if gate.release(self.ctx):
            self._wake()

    def beat(self) -> None:
        """Say that this worker is alive, and keep what it holds."""
        now = self.ctx.clock.now_ms()
        with self.ctx.database.writing() as tx:
            workers.beat(tx, self.id, now)
            claims.renew(tx, self.id, now + dispatch.LEASE_MS)

    def backup(self) -> None:
        """Make the daily backup when it is due."""
        backup.keep_up(self.ctx)

    def _wake(self) -> None:
        if not self.stopping:
            now = to_datetime(self.ctx.clock.now_ms())
            self.scheduler.add_job(self.dispatch, "date", run_date=now, id="wake", replace_existing=True)

    def _on_signal(self, _number: int, _frame: object) -> None:
        # In a thread: the handler may have interrupted the scheduler while it holds the very lock that it would need.
        if not self.stopping:
            self.stopping = True
            threading.Thread(target=self.scheduler.shutdown, kwargs={"wait": False}).start()

    def _stop(self) -> None:
        """Let what is in flight end, then leave in good order."""
        self.stopping = True
        for pool in (self.senders, self.preparers, self.lookers):
            pool.finish()
        with self.ctx.database.writing() as tx:
            workers.remove(tx, self.id)
        log.info("worker %s has stopped", self.id)
