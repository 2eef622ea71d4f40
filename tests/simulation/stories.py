"""A world whose disasters are told to it, step by step: for stories that hypothesis makes up and for directed tests."""

from __future__ import annotations

from collections import deque

from tests.simulation.options import Options
from tests.simulation.turns import Crash
from tests.simulation.world import World

MINUTE, HOUR = 60_000, 3_600_000


def calm(kinds: tuple[str, ...]) -> Options:
    """Return a world in which nothing happens that the story does not say."""
    return Options(
        kinds=kinds, accounts=2, deliveries=0, turns=0, gap=0, newest_first=False, workers=1, faults={}, spoiled=0.0,
        troubled=0.0, refreshes=0.0, switch=0.0, crash=0.0, full=0.0, kill=0.0, freeze=0.0, cut=0.0, suspend=0.0,
        clock_step=0.0, outage=0.0, person=0.0, new=0.0,
    )  # fmt: skip


class StoryWorld(World):
    """A world whose disasters are told to it."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__(0, calm(kinds))
        self.script: deque[str] = deque()
        self.dies_at = -1
        """At how many points from now the worker dies; below 0 it does not."""

    def fault(self) -> str:
        """Return the fault that the story has next."""
        return self.script.popleft() if self.script else ""

    def point(self, name: str) -> None:
        """Die where the story says so."""
        task = self.turns.current
        if task is not None and task.process.mortal and self.dies_at >= 0:
            self.dies_at -= 1
            if self.dies_at < 0:
                self.crashes += 1
                task.process.alive = False
                self.dead.add(task.process.name)
                self.tell(f"{task.process} dies {name}")
                raise Crash
        super().point(name)

    def run(self) -> None:
        """Let every task go on to its end."""
        while self.turns.tasks:
            self.go_on(self.turns.tasks[0])

    def begin(self) -> None:
        """Open the house and start a worker."""
        self.open()
        self.fate.a_worker_starts()
        self.run()

    def work(self, job: str) -> None:
        """The worker does one of its jobs; a dead one is started again first."""
        if not self.processes:
            self.fate.a_worker_starts()
            self.run()
        for process in self.processes:
            process.begin(job, process.jobs()[job])
        self.run()
