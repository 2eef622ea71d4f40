"""One world from its first turn to its last, and what became of it."""

from __future__ import annotations

import logging
import random
import traceback
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from scheduler.platforms import registry
from scheduler.storage import locks, pauses
from tests.simulation import house, networks
from tests.simulation.book import Book, Post
from tests.simulation.clock import VirtualClock
from tests.simulation.fate import Fate
from tests.simulation.judge import Judge
from tests.simulation.options import Options, draw
from tests.simulation.people import People
from tests.simulation.processes import WorkerProcess
from tests.simulation.turns import Crash, Process, Task, Turns

Item = TypeVar("Item")


@dataclass
class Result:
    """What became of one world."""

    seed: int
    violations: list[str]
    story: list[str]
    turns: int
    commits: int
    crashes: int
    posts: int
    hits: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)


def play(seed: int, options: Options | None = None, *, keep: int = 120) -> Result:
    """Play the world number `seed` and return what became of it; `keep` is how many lines of its story are kept."""
    with quiet_and_ours():
        random.seed(f"jitter {seed}")
        return World(seed, options or draw(seed), keep).play()


@contextmanager
def quiet_and_ours() -> Iterator[None]:
    """Put the imitated platforms in the place of the real ones, and keep the product's log still."""
    real, product = registry._PLATFORMS, logging.getLogger("scheduler")
    level, spreads = product.level, product.propagate
    registry._PLATFORMS = networks.NETWORKS
    asked, locks.take_of_the_dead = locks.take_of_the_dead, _ask_the_world
    product.propagate = False
    product.setLevel(logging.ERROR)
    try:
        yield
    finally:
        registry._PLATFORMS = real
        locks.take_of_the_dead = asked
        product.setLevel(level)
        product.propagate = spreads


def _ask_the_world(tx: Connection, worker_id: str) -> bool:
    """Stand in for PostgreSQL's locks, which prove the death of a worker: the world knows."""
    return networks.NETWORKS[0].world.proved_dead(worker_id)


class Overheard(logging.Handler):
    """Hears of the mistakes that the product caught and wrote into its log."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        """Tell the world of a mistake that none of its disasters explains."""
        self._world.mistake(record.exc_info[1] if record.exc_info else None, record.getMessage())


class World:
    """Accounts, platforms, workers and people, and the disasters that befall them."""

    def __init__(self, seed: int, options: Options, keep: int = 120) -> None:
        self.seed, self.options = seed, options
        self._rng = random.Random(f"world {seed}")
        self.clock = VirtualClock()
        self.clock.waits = self._sleeps
        self.ctx = house.build(self.clock, options)
        self.database = house.the_database()
        self.database.several_workers = options.workers > 1
        self.turns, self.book = Turns(), Book()
        self.story: deque[str] = deque(maxlen=keep)
        self.hits: Counter[str] = Counter()
        self.disasters, self.steady = True, False
        self.down: dict[str, int] = {}
        self.processes: list[WorkerProcess] = []
        self.dead: set[str] = set()
        self.persons = Process("people", mortal=False)
        self.judge, self.people, self.fate = Judge(self), People(self), Fate(self)
        self.crashes = self.played = self._numbers = 0
        self._ears = Overheard(self)
        for network in networks.NETWORKS:
            network.world = self

    # --- chance: everything that is drawn is drawn here

    def chance(self, of: float) -> bool:
        """Return whether something happens that has this chance; nothing bad happens once the disasters are over."""
        return self.disasters and self._rng.random() < of

    def between(self, least: int, most: int) -> int:
        """Return a whole number."""
        return self._rng.randint(least, most)

    def choose(self, *items: Item) -> Item:
        """Return one of the items."""
        return items[int(self._rng.random() * len(items))]

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[int(self._rng.random() * len(items))]

    def number(self) -> int:
        """Return a number that nothing else has."""
        self._numbers += 1
        return self._numbers

    def fault(self) -> str:
        """Return how the call under way is spoiled, "" when it is not."""
        faults = self.options.faults
        if not faults or not self.chance(self.options.spoiled):
            return ""
        return self._rng.choices(list(faults), list(faults.values()))[0]

    # --- what the parts of the world tell it

    def tell(self, line: str) -> None:
        """Add a line to the story."""
        self.story.append(line)

    def hit(self, name: str) -> None:
        """Count a fault that struck."""
        self.hits[name] += 1
        self.tell(f"    fault: {name}")

    def point(self, name: str) -> None:
        """A named point between two durable steps: here a process may die, and others may have their turn."""
        task = self.turns.current
        if task is None:
            return
        if not task.process.alive:
            raise Crash
        if task.process.mortal and self.chance(self.options.crash):
            self._crash(task, name)
        if self.steady or (task.process.cut_off and task.calling is not None):
            return
        if self._rng.random() < self.options.switch:
            self.tell(f"  {task.process} {task.name}: others have a turn {name}")
            self.turns.hand_over()

    def _crash(self, task: Task, point: str) -> None:
        self.hit(f"crash {point}")
        self._dies(task.process)
        raise Crash

    def _dies(self, process: Process) -> None:
        self.crashes += 1
        process.alive = False
        self.dead.add(process.name)
        self.tell(f"{process} is dead")

    def marked(self) -> None:
        """Remember that the task at work has announced its irreversible call."""
        if self.turns.current is not None:
            self.turns.current.calling = 1

    @property
    def a_person_acts(self) -> bool:
        """Return whether the present step is a person's."""
        return self.turns.current is None or self.turns.current.process is self.persons

    def account_state(self, account_id: int) -> str:
        """Return the state of an account as it is stored."""
        row = self.database.raw.execute("SELECT state FROM accounts WHERE id = ?", (account_id,)).fetchone()
        return str(row[0])

    @property
    def everything_is_paused(self) -> bool:
        """Return whether somebody pressed the big red button."""
        read = "SELECT value FROM preferences WHERE key = ?"
        return bool((self.database.raw.execute(read, (pauses.KEY,)).fetchone() or ("",))[0])

    def proved_dead(self, name: str) -> bool:
        """Return whether a worker's lock is free: it has died, or lost its hold on the database."""
        return name in self.dead or any(each.name == name and each.cut_off for each in self.processes)

    def is_down(self, network: str) -> bool:
        """Return whether a platform does not answer now."""
        return self.disasters and self.down.get(network, 0) > self.clock.true

    def takes_time(self) -> None:
        """Let a call take its time."""
        self.pass_time(self.between(0, 40_000) if self.chance(0.1) else self.between(0, 900))

    def _sleeps(self, ms: int) -> None:
        """A task waits: time passes, and others have their turn."""
        self.pass_time(ms)
        self.point("while it waits")

    def pass_time(self, ms: int) -> None:
        """Let time pass; what is on its way through a platform goes live meanwhile."""
        until = self.clock.true + ms
        for post in sorted(self.book.coming, key=lambda each: each.live_at):
            if post.live_at <= until:
                self.clock.pass_(max(0, post.live_at - self.clock.true))
                self.book.coming.remove(post)
                self._show(post)
        self.clock.pass_(until - self.clock.true)

    def accept(self, post: Post) -> None:
        """A platform took a post in."""
        if post.live_at > self.clock.true:
            self.book.coming.append(post)
        else:
            self._show(post)

    def _show(self, post: Post) -> None:
        if post.refused:
            return
        self.book.posts.append(post)
        self.tell(f"    {post.code} is live as {post.remote_id}")
        self.judge.went_live(post)

    # --- the play

    def open(self) -> None:
        """Move in the furniture without disasters, then let them loose."""
        self.database.after = self.judge.look
        self.people.open_accounts()
        for _ in range(self.options.deliveries):
            self.people.schedule()
        self.database.before = lambda: self.point("before a write")
        self.database.committing = self._committing
        self.database.after = self._after_write
        logging.getLogger("scheduler").addHandler(self._ears)

    def close(self) -> None:
        """End everything that still runs."""
        self.turns.end()
        self.database.empty()
        logging.getLogger("scheduler").removeHandler(self._ears)

    def play(self) -> Result:
        """Play to the end, or to the first violation."""
        self.open()
        try:
            self._turn_by_turn()
        finally:
            self.close()
        return Result(
            seed=self.seed,
            violations=self.judge.violations,
            story=list(self.story),
            turns=self.played,
            commits=self.judge.commits,
            crashes=self.crashes,
            posts=len(self.book.posts),
            hits=self.hits,
            steps=self.judge.steps,
        )

    def _committing(self) -> None:
        task = self.turns.current
        if task is None:
            return
        if self.chance(self.options.full):
            self.hit("disk full")
            raise house.disk_full()
        if task.process.mortal and self.chance(self.options.crash):
            self._crash(task, "before a commit")

    def _after_write(self) -> None:
        self.judge.look()
        if self.judge.violations and self.turns.current is not None:
            raise Crash  # whoever broke the promise may go on breaking it for ever
        self.point("after a write")

    def _turn_by_turn(self) -> None:
        for _ in range(self.options.turns):
            self._turn()
            if self.judge.violations:
                return
        self.fate.settle()
        if not self.judge.violations:
            self.judge.at_the_end()

    def _turn(self) -> None:
        self.played += 1
        acts = self.fate.possible()
        self._rng.choices([act for act, _ in acts], [weight for _, weight in acts])[0]()
        self.sweep()

    def go_on(self, task: Task) -> None:
        """Give a task its turn."""
        self.turns.resume(task)
        self.sweep()

    def kill(self, process: WorkerProcess) -> None:
        """A process is gone at once, with whatever its tasks were doing."""
        self.hit("kill")
        self._dies(process)

    def moments(self) -> list[int]:
        """Return the instants of our clock at which something is due, in order."""
        now, waits = self.clock.now_ms(), ("scheduled", "unknown", "pending")
        moments = [max(row.not_before, row.turn_at) for row in self.judge.rows.values() if row.state in waits]
        moments += [post.live_at + self.clock.off for post in self.book.coming]
        read = "SELECT not_before FROM accounts UNION SELECT open_until FROM breakers"
        moments += [row[0] for row in self.database.raw.execute(read)]
        return sorted(moment for moment in moments if moment > now)

    def sweep(self) -> None:
        """Bury the dead, and judge the mistakes of those whose work ended in one."""
        for task in self.turns.sweep():
            if task.trouble is not None:
                self.mistake(task.trouble, f"{task.process} {task.name}")
        self.processes = [process for process in self.processes if process.alive]

    def mistake(self, error: BaseException | None, where: str) -> None:
        """Accuse the product of an error, unless a disaster of this world explains it."""
        full = isinstance(error, OperationalError) and "disk is full" in str(error)
        if full or isinstance(error, networks.ConnectorMistake):
            return
        said = "".join(traceback.format_exception(error)[-6:]) if error else ""
        self.judge.accuse("no mistakes", f"{where}: {said}")
