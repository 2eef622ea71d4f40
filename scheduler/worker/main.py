"""The worker on one page: its jobs, and how it starts and stops.

| job       | when          | does                                                                 |
|-----------|---------------|----------------------------------------------------------------------|
| next      | at the moment | wake the dispatcher at the instant the next delivery is due (re-armed)|
| tick      | every second  | wake it anyway: bounds lost wake-ups, clock steps and suspend         |
| prepare   | every 5 s     | check and upload what goes out within ten minutes                     |
| settle    | every 2 s     | look up unknown outcomes, ask about posts in processing, and let      |
|           |               | deliveries go that waited for their article                           |
| beat      | every 5 s     | heartbeat, renew the leases of what is in flight, look after others   |
| tell      | every 5 s     | mail and webhook: notices not told yet, and the daily digest          |
| renew     | every 30 s    | renew sign-ins ahead of their end, remind of those that cannot be     |
| announce  | every 30 s    | tell search engines and feed readers what is new on the site          |
| numbers   | every 10 min  | read the likes, replies and views of posts, in a thread of its own    |
| zones     | start, daily  | derive waiting instants again, in case a zone's rules changed         |
| calendar  | every minute  | finish a change of the calendar that a crash interrupted              |
| imports   | every 5 s     | bring articles over from another system, piece by piece, in a thread  |
| backup    | every 10 min  | make the daily backup when it is due, in a thread of its own          |

Beside them a thread (`life`) holds the worker's lock and wakes the dispatcher when somebody adds or moves a delivery.
Every job is short and re-derivable from the database, so any run may be skipped or run twice without harm. HTTP
happens in pools of threads: one for sending, one for preparing, one for looking up, so that none waits for another.
The scheduler runs in the main thread: an error in it ends the process.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC

from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.blocking import BlockingScheduler

from scheduler.clock import to_datetime
from scheduler.services.accounts import health, renewal
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch, gate, numbers, prepare, reconcile, roll_call
from scheduler.services.delivery.space import Space
from scheduler.services.operations import backup, digest, telling
from scheduler.services.planning import rearranging, rederiving
from scheduler.services.site import announcing
from scheduler.storage import claims, imports
from scheduler.storage.engine import DatabaseError, DatabaseMoved
from scheduler.worker.clockwatch import ClockWatch
from scheduler.worker.life import Life
from scheduler.worker.lock import only_worker
from scheduler.worker.rounds import Rounds
from scheduler.worker.senders import Senders
from scheduler.worker.trouble import Trouble

log = logging.getLogger(__name__)

FIRST_BACKUP_MS = 120_000
"""A start is for publishing what is overdue; the backup that may be due comes after that."""
ANNOUNCE_MS = 20_000
MOVE_MS = 3_000
MINUTE_MS, DAY_MS = 60_000, 86_400_000


class Worker:
    """One worker process."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.scheduler = BlockingScheduler(
            timezone=UTC,
            # Telling has a thread of its own: a slow mail server must not keep anything else waiting. So has what is
            # asked of platforms beside the posts: a slow platform must not keep telling waiting.
            executors={
                "default": ThreadPoolExecutor(4),
                "telling": ThreadPoolExecutor(1),
                "asking": ThreadPoolExecutor(1),
                "moving": ThreadPoolExecutor(1),
            },
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._moved: DatabaseMoved | None = None
        self._trouble = Trouble(replaced=self._give_up)
        around = self._trouble.around
        self.dispatcher = Rounds("dispatcher", around(self.dispatch))
        self.preparer = Rounds("preparer", around(self.prepare))
        self.senders = Senders(lambda delivery: dispatch.send(ctx, delivery), self.dispatcher.wake)
        self.preparers = Senders(lambda delivery: prepare.prepare(ctx, delivery), self.preparer.wake, seats=4)
        self.lookers = Senders(lambda delivery: reconcile.settle_one(ctx, delivery), self.dispatcher.wake, seats=4)
        self.space = Space(ctx)
        self.clock_watch = ClockWatch(ctx, self._run_all_now)
        self.stopping = False
        self._alarm_at: int | None = None
        self._dispatching = threading.Lock()
        self._started = threading.Event()
        self.scheduler.add_listener(lambda _event: self._started.set(), EVENT_SCHEDULER_STARTED)
        self.life = Life(ctx.database, self._trouble, self._enter, self.dispatcher.wake)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. Raises `AnotherWorker` when one is running already, and `DatabaseMoved` when
        another database has taken the place of ours."""
        with only_worker(self.ctx.database, self.ctx.settings.data):
            self._start()
            try:
                self.scheduler.start()
            except JobLookupError:
                if not self.stopping:  # APScheduler misses an alarm that goes off while it is being shut down
                    raise
            finally:
                self._stop()
        if self._moved:
            raise self._moved

    def _start(self) -> None:
        self.life.start()
        for before_anything_is_sent in (self.mend_calendar, self.rederive):
            self._trouble.around(before_anything_is_sent)()
        self._add_jobs()
        for part in (self.clock_watch, self.dispatcher, self.preparer):
            part.start()
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        log.info("worker %s is ready", self.life.id)

    def _enter(self, worker_id: str) -> None:
        """Begin a life as a worker; what our own threads still have in hand from an earlier one stays theirs."""
        with self._dispatching:  # between a claim and its hand-over, nobody has it in hand
            roll_call.enter(self.ctx, worker_id, self.senders.holding)

    def _add_jobs(self) -> None:
        # All at once, too: a worker that is killed again and again would otherwise never settle what it left.
        now = self.ctx.clock.now_ms()
        self._every(1, self.dispatcher.wake, "tick", now)
        self._every(5, self.preparer.wake, "prepare", now)
        self._every(2, self.settle, "settle", now)
        self._every(5, self.beat, "beat", now)
        self._every(5, self.tell, "tell", now, "telling")
        self._every(30, self.renew, "renew", now, "asking")
        self._every(30, self.announce, "announce", now + ANNOUNCE_MS, "asking")
        self._every(600, self.read_numbers, "numbers", now + FIRST_BACKUP_MS, "asking")
        self._every(60, self.mend_calendar, "calendar", now + MINUTE_MS)
        self._every(86_400, self.rederive, "zones", now + DAY_MS)
        self._every(5, self.move, "imports", now + MOVE_MS, "moving")
        self._every(600, self.backup, "backup", now + FIRST_BACKUP_MS)

    def _every(self, seconds: float, job: Callable[[], None], name: str, first: int, threads: str = "default") -> None:
        """Run `job` again and again, for the first time at `first` (UTC ms)."""
        run, at = self._trouble.around(job), to_datetime(first)
        self.scheduler.add_job(run, "interval", seconds=seconds, id=name, next_run_time=at, executor=threads)

    def dispatch(self) -> None:
        """Claim what is due, hand it to the senders, and set the alarm for the next due moment."""
        with self._dispatching:
            while self._may_send() and self._dispatch_batch():
                pass
        if self.life.holds and self.senders.free:  # else the next seat that becomes free makes a round
            self._set_alarm()

    def _may_send(self) -> bool:
        return self.life.holds and not self.stopping and self.space.enough()

    def _dispatch_batch(self) -> bool:
        """Claim as much as there are free seats; return whether there may be more to claim."""
        free = self.senders.free
        claimed = dispatch.claim_due(self.ctx, self.life.id, free) if free else []
        for delivery in claimed:
            self.senders.submit(delivery)
        return bool(claimed)

    def _set_alarm(self) -> None:
        with self.ctx.database.reading() as tx:
            wake = claims.next_wake(tx, self.ctx.clock.now_ms())
        if wake is not None and wake != self._alarm_at and not self.stopping:
            self._alarm_at, when = wake, to_datetime(wake)
            self.scheduler.add_job(self._on_alarm, "date", run_date=when, id="next", replace_existing=True)

    def _on_alarm(self) -> None:
        self._alarm_at = None
        self.dispatcher.wake()

    def settle(self) -> None:
        """Settle what is open: outcomes first, then what waits for its article. One job: each costs a wake-up."""
        self.reconcile()
        self.release()

    def reconcile(self) -> None:
        """Settle what a thread of ours dropped, and what is unknown or processing."""
        if not self.life.holds:
            return
        self.clock_watch.look()
        with self._dispatching:
            dropped = reconcile.take_back_dropped(self.ctx, self.life.id, self.senders.holding)
        if dropped:
            self.dispatcher.wake()
        if free := self.lookers.free:
            for delivery in reconcile.due_looks(self.ctx, free, self.lookers.holding):
                self.lookers.submit(delivery)

    def prepare(self) -> None:
        """Prepare what goes out soon, in the preparers' own threads; each that becomes free asks for more."""
        if free := self.preparers.free:
            for delivery in prepare.take_next(self.ctx, free):
                self.preparers.submit(delivery)

    def release(self) -> None:
        """Let go what waited for its article."""
        if gate.release(self.ctx):
            self.dispatcher.wake()

    def beat(self) -> None:
        """Say that this worker is alive, keep what it holds, and look after the other workers."""
        if not self.life.holds:
            return
        roll_call.beat(self.ctx, self.life.id)
        with self._dispatching:
            settled = roll_call.look_around(self.ctx, self.life.id, self.senders.holding)
        if settled:
            self.dispatcher.wake()

    def tell(self) -> None:
        """Tell the owner outside the app what is to be told by now."""
        telling.tell(self.ctx)
        digest.send_when_due(self.ctx)

    def renew(self) -> None:
        """Renew sign-ins ahead of their end."""
        renewal.renew_due(self.ctx)

    def announce(self) -> None:
        """Tell search engines and feed readers what is new."""
        announcing.announce_due(self.ctx)

    def read_numbers(self) -> None:
        """Read what became of posts, and what the platforms say of their limits."""
        health.refresh_old_limits(self.ctx)
        numbers.read_due(self.ctx)

    def mend_calendar(self) -> None:
        """Finish a change of the calendar that a crash interrupted."""
        if rearranging.finish_interrupted(self.ctx):
            self.dispatcher.wake()

    def rederive(self) -> None:
        """Derive waiting instants again: the rules of a time zone may have changed."""
        if rederiving.rederive(self.ctx):
            self.dispatcher.wake()

    def move(self) -> None:
        """Bring the next articles of an import over, for as long as there are some."""
        with self.ctx.database.reading() as tx:
            if not imports.at_work(tx):
                return
        from scheduler.services.moving.imports import work  # its readers take memory that few workers ever need

        while not self.stopping and work(self.ctx):
            pass

    def backup(self) -> None:
        """Make the daily backup when it is due."""
        backup.start_when_due(self.ctx)

    def _run_all_now(self) -> None:
        """Run every job now: the clock was set, and the scheduler waits by the time of before."""
        now = to_datetime(self.ctx.clock.now_ms())
        for job in self.scheduler.get_jobs():
            with suppress(JobLookupError):  # an alarm that has just gone off
                job.modify(next_run_time=now)

    def _give_up(self, moved: DatabaseMoved) -> None:
        """End this process: what it knows is of a database that is not there any more."""
        self._moved = moved
        self._shut_down()

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._shut_down()

    def _shut_down(self) -> None:
        # In a thread: a signal may have interrupted the scheduler while it holds the very lock that it would need.
        if not self.stopping:
            self.stopping = True
            threading.Thread(target=self._end_scheduler, daemon=True).start()

    def _end_scheduler(self) -> None:
        self._started.wait()  # a scheduler that is about to start cannot be stopped yet
        self.scheduler.shutdown(wait=False)

    def _stop(self) -> None:
        """Let what is in flight end, then leave in good order."""
        self.stopping = True
        for part in (self.clock_watch, self.dispatcher, self.preparer):
            part.stop()
        for pool in (self.senders, self.preparers, self.lookers):
            pool.finish()
        try:
            roll_call.leave(self.ctx, self.life.id)
        except DatabaseError as error:
            self._trouble.begins("leaving", error)  # the others see that our lock is free
        self.life.stop()
        log.info("worker %s has stopped", self.life.id)
