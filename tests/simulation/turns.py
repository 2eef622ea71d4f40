"""Tasks that take turns: one runs at a time and hands over only at named points, so that a seed decides everything."""

from __future__ import annotations

from collections.abc import Callable

from greenlet import getcurrent, greenlet


class Crash(BaseException):
    """The process is gone: nothing catches this, and nothing is written while it unwinds."""


class Process:
    """Whoever tasks belong to: a worker process that may crash or freeze, or the people."""

    def __init__(self, name: str, mortal: bool = True) -> None:
        self.name = name
        self.mortal = mortal
        self.alive = True
        self.frozen = False
        self.cut_off = False

    def __str__(self) -> str:
        return self.name


class Task:
    """One thread of work of a process."""

    def __init__(self, process: Process, name: str, work: Callable[[], object]) -> None:
        self.process, self.name = process, name
        self._work = work
        self._dropped = False
        self.trouble: Exception | None = None
        self.calling: int | None = None
        """The delivery whose irreversible call is under way in this task, from its mark to its answer."""
        self.body = greenlet(self._run)

    @property
    def done(self) -> bool:
        """Return whether it has ended, in whatever way."""
        return bool(self.body.dead) or self._dropped

    def _run(self) -> None:
        try:
            self._work()
        except Crash:
            self.process.alive = False
        except Exception as trouble:  # noqa: BLE001 - the world judges it
            self.trouble = trouble

    def die(self) -> None:
        """Take it away in the middle of what it does."""
        if self.body:  # it has begun and has not ended
            self.body.throw(Crash)
        self._dropped = True


class Turns:
    """The tasks of a world."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.current: Task | None = None
        """The task that has the turn, None for the world itself."""
        self._hub = getcurrent()

    def start(self, process: Process, name: str, work: Callable[[], object]) -> Task:
        """Add a task; it begins when it is resumed for the first time."""
        task = Task(process, name, work)
        self.tasks.append(task)
        return task

    def ready(self) -> list[Task]:
        """Return the tasks that can go on."""
        return [task for task in self.tasks if not task.process.frozen]

    def resume(self, task: Task) -> None:
        """Give a task the turn until it hands over or ends."""
        self.current = task
        task.body.switch()
        self.current = None

    def hand_over(self) -> None:
        """Let others have a turn; to be called by a task."""
        self._hub.switch()

    def sweep(self) -> list[Task]:
        """Take away what belongs to dead processes; return what has ended."""
        for task in self.tasks:
            if not task.process.alive:
                self.current = task
                task.die()
        self.current = None
        ended = [task for task in self.tasks if task.done]
        self.tasks = [task for task in self.tasks if not task.done]
        return ended

    def end(self) -> None:
        """Take everything away."""
        for task in self.tasks:
            task.process.alive = False
        self.sweep()


class TurnLock:
    """A lock between the tasks of one process: who finds it taken hands over until it is free."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._taken = False

    def __enter__(self) -> None:
        while self._taken:
            self._turns.hand_over()
        self._taken = True

    def __exit__(self, *_: object) -> None:
        self._taken = False
