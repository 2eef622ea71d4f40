"""The worker processes of a world: the real `Worker`, with tasks instead of threads and no alarm clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from scheduler.domain.delivery import Delivery
from scheduler.services.delivery import dispatch, prepare, reconcile
from scheduler.worker.main import Worker
from tests.simulation.turns import Process, TurnLock

if TYPE_CHECKING:
    from tests.simulation.world import World


class Seats:
    """Stands in for `worker.senders.Senders`: each delivery is carried on in a task of its own."""

    def __init__(self, world: World, process: Process, name: str, work: Callable[[Delivery], None]) -> None:
        self._world, self._process = world, process
        self._name, self._carry_on = name, work
        self._holding: set[int] = set()

    @property
    def free(self) -> int:
        """Return how many deliveries may be taken now."""
        return 3 - len(self._holding)

    @property
    def holding(self) -> frozenset[int]:
        """Return the ids of the deliveries that a task has in hand."""
        return frozenset(self._holding)

    def submit(self, delivery: Delivery) -> None:
        """Carry one delivery on in a task of its own."""
        self._holding.add(delivery.id)
        self._world.turns.start(self._process, f"{self._name} {delivery.id}", lambda: self._work(delivery))

    def _work(self, delivery: Delivery) -> None:
        try:
            self._carry_on(delivery)
        finally:
            self._holding.discard(delivery.id)


class NoAlarm:
    """Stands in for APScheduler: the world decides when a job runs."""

    def add_job(self, *_: Any, **__: Any) -> None:
        """Forget the alarm."""

    def get_jobs(self) -> list[Any]:
        """Return nothing: the world decides when a job runs."""
        return []

    def wake(self) -> None:
        """Forget the wish."""


class WorkerProcess(Process):
    """One worker process, from its start to its death."""

    def __init__(self, world: World, number: int) -> None:
        super().__init__(f"worker-{number}")
        self._world = world
        self.started = False
        self.busy: set[str] = set()
        self.worker = Worker(world.ctx)
        stand_in: Any = self.worker
        stand_in.life = SimpleNamespace(id=self.name, holds=True)
        stand_in.scheduler = stand_in.dispatcher = stand_in.preparer = NoAlarm()
        stand_in.senders = Seats(world, self, "send", lambda delivery: dispatch.send(world.ctx, delivery))
        stand_in.preparers = Seats(world, self, "prepare", lambda delivery: prepare.prepare(world.ctx, delivery))
        stand_in.lookers = Seats(world, self, "look up", lambda delivery: reconcile.settle_one(world.ctx, delivery))
        stand_in._dispatching = TurnLock(world.turns)
        stand_in.clock_watch._looking = TurnLock(world.turns)

    def start(self) -> None:
        """Take over what dead workers left, as a fresh worker does; only then does it work. An error ends it."""
        try:
            self.worker._enter(self.name)
        except Exception:
            self.alive = False
            raise
        self.started = True

    def jobs(self) -> dict[str, Callable[[], None]]:
        """Return the jobs that may start now: none runs twice at a time, except the dispatch of tick and alarm."""
        worker = self.worker
        found = {
            "tick": worker.dispatch,
            "alarm": worker.dispatch,
            "reconcile": worker.reconcile,
            "release": worker.release,
            "prepare": worker.prepare,
            "beat": worker.beat,
        }
        return {name: job for name, job in found.items() if name not in self.busy}

    def begin(self, name: str, job: Callable[[], None]) -> None:
        """Start a job as a task."""

        def work() -> None:
            try:
                job()
            finally:
                self.busy.discard(name)

        self.busy.add(name)
        self._world.turns.start(self, name, work)
