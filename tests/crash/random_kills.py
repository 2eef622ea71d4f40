"""Random kills under load: one worker after another is started and killed at a random moment, until enough have died.

The book takes its time before and after a post is made, so that a kill meets requests at every stage.
"""

from __future__ import annotations

import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from scheduler.domain.account import Account
from scheduler.storage.schema import attempts
from tests.crash.town import KINDS, Town, Verdict, judge, town
from tests.support.book import Book, BookServer
from tests.support.launcher import Launched, Launcher, launching

ACCOUNTS_OF_A_KIND = 8
STEP_MS = 150
"""How long after one another the posts of an account are due: faster than a platform answers, so that all stay busy."""
AT_ONCE = 5
"""Deliveries of each account in one helping; there is always one on the table, so that no kill meets an idle worker."""
SHORTEST_LIFE, LONGEST_LIFE = 0.15, 0.9
"""Seconds from the start of a worker to its death."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    seed: int
    kills: int
    seconds: float
    due: int
    broken_off: int
    waiting: int
    verdict: Verdict
    states: Counter[str]

    @property
    def wrongly_asked(self) -> list[str]:
        """Return what was put before a person although the platform could have told."""
        return [line for line in self.verdict.asked if "no way to look a post up" not in line]

    def table(self) -> str:
        """Return the figures for a person."""
        verdict = self.verdict
        rows = {
            "real workers killed with SIGKILL": self.kills,
            "deliveries": self.due,
            "of them waiting when the last worker came": self.waiting,
            "sends broken off by a kill": self.broken_off,
            "posts in the platforms' book": verdict.posts,
            "duplicates": len(verdict.duplicates),
            "lost": len(verdict.lost),
            "rows that lie": len(verdict.lying),
            "out of order": len(verdict.disorder),
            "early": len(verdict.early),
            "put before a person (platform offers nothing)": len(verdict.asked),
            "repeats dropped by a receiver's own memory": verdict.absorbed,
            "seconds": round(self.seconds),
        }
        return "\n".join(f"{name:<48}{value:>8}" for name, value in rows.items())


def run(launcher: Launcher, root: Path, kills: int, seed: int) -> Report:
    """Kill `kills` workers in a house below `root`, let a last one finish, and judge."""
    chance, started = random.Random(seed), time.monotonic()
    server = BookServer(Book(pause=lambda: time.sleep(random.uniform(0, 0.04))))
    try:
        with town(root, launcher, server) as place:
            accounts = [place.account(kind, n) for kind in KINDS for n in range(1, ACCOUNTS_OF_A_KIND + 1)]
            died = _kill_again_and_again(place, accounts, kills, chance)
            waiting = len(place.open())
            last = place.start()
            place.until_over(patience=120 + kills)
            assert last.stop() in (0, -signal.SIGTERM)  # by its default before the worker is ready
            states = Counter(str(one.state) for one in place.all())
            seconds, broken_off = time.monotonic() - started, _broken_off(place)
            return Report(seed, died, seconds, states.total(), broken_off, waiting, judge(place), states)
    finally:
        server.close()


def _broken_off(place: Town) -> int:
    """Return how many sends lost their answer."""
    lost = (attempts.c.action == "publish") & (attempts.c.outcome == "Unknown")
    with place.context.database.reading() as tx:
        return tx.execute(select(func.count()).where(lost)).scalar_one()


def _kill_again_and_again(place: Town, accounts: Sequence[Account], kills: int, chance: random.Random) -> int:
    """Start and kill workers; return how many were killed while they were alive."""
    died = 0
    while died < kills:
        if len(place.open()) < len(accounts) * AT_ONCE / 2:
            _dish_up(place, accounts)
        worker = place.start()
        time.sleep(chance.uniform(SHORTEST_LIFE, LONGEST_LIFE))
        died += _kill(worker)
        place.hurry()
    return died


def _dish_up(place: Town, accounts: Sequence[Account]) -> None:
    first = place.context.clock.now_ms()
    for account in accounts:
        place.deliver(account, [first + n * STEP_MS for n in range(AT_ONCE)])


def _kill(worker: Launched) -> int:
    assert worker.running, "a worker ended by itself"
    worker.kill()
    return 1


def main(kills: int, seed: int) -> int:
    """Run and print the table; return 1 when the promise was broken."""
    with launching() as launcher, tempfile.TemporaryDirectory() as folder:
        report = run(launcher, Path(folder), kills, seed)
    print(f"seed {seed}: {dict(report.states)}")
    print(report.table())
    for fault in [*report.verdict.faults, *report.wrongly_asked]:
        print(fault)
    return 1 if report.verdict.faults or report.wrongly_asked else 0
