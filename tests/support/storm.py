"""Six workers, one PostgreSQL, and everything that can go wrong between them, at random but from a seed.

The judge is the platform's own book: no post twice, none lost, each account's in order and one at a time, and every row
of ours true of it.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from scheduler.clock import SystemClock
from scheduler.domain.account import Account
from scheduler.domain.teaser import Payload, Teaser
from scheduler.services.context import Context
from scheduler.storage import accounts, deliveries, teasers
from scheduler.storage.migrate import migrate
from tests.support.cut import Cut
from tests.support.house import REPOSITORY, furnish
from tests.support.judge import Judge
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.worker import until

LEASE_MS = 10_000
LEAST_KINDS = 4
"""The judge answers at once, so a lease of ten seconds leaves a call all the time it needs."""
CALENDAR = 'zone = "UTC"\n[default]\nslots = []\nminimum_gap_minutes = 0\nlate_tolerance_minutes = 10000\n'
ACTIONS = ("kill", "terminate", "terminate", "cut", "hold", "freeze", "crash the server")


@dataclass(frozen=True, slots=True)
class Weather:
    """How many posts, and how long the storm lasts (`seconds`, with about `rate` events a second)."""

    posts: int = 300
    accounts: int = 12
    workers: int = 6
    seconds: float = 12.0
    rate: float = 1.0
    faults: float = 0.03
    seed: int = 1
    off: str = ""
    """Safeguards that are switched off, by name."""


@dataclass(slots=True)
class Verdict:
    """What the judge found. `lies` are rows of ours that are not true of the platform; all lists hold codes."""

    posts: int
    duplicates: list[str]
    lost: list[str]
    disordered: list[str]
    overlaps: list[str]
    lies: list[str]
    lost_answers: int
    events: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Return whether the promise was kept."""
        return not (self.duplicates or self.lost or self.disordered or self.overlaps or self.lies)


class Storm:
    """The whole set-up: a server, a network that can be cut, a judge, a house and its workers."""

    def __init__(self, folder: Path, weather: Weather) -> None:
        self.weather, self._folder = weather, folder
        self._chance, self._clock = random.Random(weather.seed), SystemClock()
        port = free_port()
        self.server = PostgresServer(folder, port)
        self.server.start()
        self.cut = Cut(("127.0.0.1", port))
        self.judge = Judge(faults=weather.faults, seed=weather.seed)
        self.events: Counter[str] = Counter()
        self.workers: list[subprocess.Popen[bytes]] = []
        self._straight = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self._through = f"postgresql://postgres@127.0.0.1:{self.cut.port}/postgres"

    @contextmanager
    def house(self) -> Iterator[Context]:
        """Yield a house on the server, with every post due now."""
        environ = {"DATABASE_URL": self._straight, "DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1"}
        root = self._folder / "house"
        root.mkdir()
        with furnish(root, environ=environ) as ctx:
            (root / "config" / "calendar.toml").write_text(CALENDAR)
            migrate(ctx.database)
            self._fill(ctx)
            yield ctx

    def _fill(self, ctx: Context) -> None:
        now = ctx.clock.now_ms()
        sealed, payload = ctx.vault.seal({"url": f"{self.judge.url}/"}), Payload("Strong hips carry tired legs.")
        with ctx.database.writing() as tx:
            teaser = teasers.create(tx, Teaser(0, payload.text), "storm", now)
            rows = [
                accounts.add(tx, Account(0, f"account-{n}", "judge", "judge", "judge", f"account-{n}"), sealed, now)
                for n in range(self.weather.accounts)
            ]
            for n in range(self.weather.posts):
                code = f"post-{n:06}"
                new = deliveries.NewDelivery(
                    teaser_id=teaser.id, account_id=rows[n % len(rows)].id, idempotency_key=code, short_code=code,
                    payload=payload.to_json(), payload_hash=payload.digest(), at_wall="", at_zone="", queued=False,
                    due_at=now - self.weather.posts + n, late_after=now + 86_400_000, occurrence=n,
                )  # fmt: skip
                deliveries.add(tx, new, now)

    def start_workers(self, ctx: Context) -> None:
        """Start all workers and wait until they are ready; every second one reaches the database through the network
        that is cut."""
        self._fill_up(ctx)
        until(lambda: self.said().count("is ready") >= self.weather.workers, "all workers are ready")

    def _fill_up(self, ctx: Context) -> None:
        """Start a worker for each that has ended, as a supervisor would: one that starts in a bad moment gives up."""
        alive = [worker for worker in self.workers if worker.poll() is None]
        for _ in range(self.weather.workers - len(alive)):
            self._start_one(ctx)

    def _start_one(self, ctx: Context) -> None:
        settings, number = ctx.settings, len(self.workers)
        environ = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "DRUMBEAT_PORT": str(settings.port),
            "DRUMBEAT_SECRET_KEY": settings.secret_key,
            "DRUMBEAT_ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
            "DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1",
            "DATABASE_URL": self._through if number % 2 else self._straight,
            "JUDGED_LEASE_MS": str(LEASE_MS),
            "JUDGED_OFF": self.weather.off,
        }
        command = [sys.executable, "-m", "tests.support.judged_worker"]
        with (self._folder / "workers.log").open("ab") as log:
            self.workers.append(
                subprocess.Popen(command, cwd=self._folder / "house", env=environ, stdout=log, stderr=log)
            )

    def rage(self, ctx: Context) -> None:
        """Let things go wrong until the storm is over; on a slow machine, too, it has several kinds of trouble."""
        end = self._clock.monotonic() + self.weather.seconds
        while self._clock.monotonic() < end or len(self.events) < LEAST_KINDS:
            self._clock.sleep(self._chance.expovariate(self.weather.rate))
            self._fill_up(ctx)
            action = self._chance.choice(ACTIONS)
            self.events[action] += 1
            self._do(ctx, action)

    def _do(self, ctx: Context, action: str) -> None:
        if action == "kill":
            victim = self._alive()
            victim.kill()
            victim.wait()
            self._fill_up(ctx)
        elif action == "terminate":
            self._terminate()
        elif action in ("cut", "hold"):
            self.cut.cut(hold=action == "hold")
            self._clock.sleep(self._chance.uniform(0.2, 1.5))
            if action == "hold" and self._chance.random() < 0.5:
                self.cut.cut()
            self.cut.mend()
        elif action == "freeze":
            victim = self._alive()
            victim.send_signal(signal.SIGSTOP)
            self._clock.sleep(self._chance.uniform(0.2, 1.0))
            victim.send_signal(signal.SIGCONT)
        else:
            self.server.stop_at_once()
            self._clock.sleep(self._chance.uniform(0.1, 1.0))
            self.server.start()

    def _alive(self) -> subprocess.Popen[bytes]:
        return self._chance.choice([worker for worker in self.workers if worker.poll() is None])

    def _terminate(self) -> None:
        """End a few of the workers' connections, those that hold locks among them."""
        others = "FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
        with psycopg.connect(self._straight, autocommit=True) as connection:
            pids = [row[0] for row in connection.execute(f"SELECT pid {others} AND usename = 'postgres' ORDER BY pid")]
            for pid in self._chance.sample(pids, min(len(pids), 4)):
                connection.execute("SELECT pg_terminate_backend(%s)", (pid,))

    def calm(self, ctx: Context, patience_seconds: float) -> None:
        """Wait until nothing is left to do; fail with the workers' last words when that never happens."""
        deadline = self._clock.monotonic() + patience_seconds
        while left := self._unfinished():
            assert self._clock.monotonic() < deadline, f"{left} were never finished\n{self.said()[-4000:]}"
            self._fill_up(ctx)
            self._clock.sleep(0.1)

    def _unfinished(self) -> int:
        with psycopg.connect(self._straight) as connection:
            row = connection.execute("SELECT count(*) FROM deliveries WHERE state <> 'published'").fetchone()
        assert row
        return int(row[0])

    def said(self) -> str:
        """Return the workers' log."""
        return (self._folder / "workers.log").read_text(errors="replace")

    def verdict(self) -> Verdict:
        """Return what the judge's book says of the whole."""
        book, plan = self.judge.book, self._plan()
        codes = [code for wanted in plan.values() for code in wanted]
        live = {code for account in plan for code in book.order(account)}
        with psycopg.connect(self._straight) as connection:
            rows = connection.execute("SELECT short_code, state, remote_id FROM deliveries").fetchall()
        lies = [code for code, state, remote in rows if (state == "published") != (code in live) or remote != code]
        wrong = [account for account, wanted in plan.items() if list(dict.fromkeys(book.order(account))) != wanted]
        lost = sorted(set(codes) - live)
        return Verdict(
            len(codes), book.duplicates, lost, wrong, book.overlaps, lies, book.lost_answers, Counter(self.events)
        )

    def _plan(self) -> dict[str, list[str]]:
        plan: dict[str, list[str]] = {}
        for n in range(self.weather.posts):
            plan.setdefault(f"account-{n % self.weather.accounts}", []).append(f"post-{n:06}")
        return plan

    def close(self) -> None:
        """End every worker, and the rest."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.terminate()
        for worker in self.workers:
            with suppress(subprocess.TimeoutExpired):
                worker.wait(20)
            worker.kill()
            worker.wait()
        self.cut.close()
        self.judge.stop()
        self.server.stop_at_once()


def weather_the(weather: Weather, patience_seconds: float = 120.0) -> tuple[Verdict, str]:
    """Run a storm; return the verdict and what the workers said."""
    folder = Path(tempfile.mkdtemp(prefix="drumbeat-storm-"))
    folder.chmod(0o755)
    clock = SystemClock()
    start = clock.monotonic()
    try:
        storm = Storm(folder, weather)
        try:
            with storm.house() as ctx:
                storm.start_workers(ctx)
                storm.rage(ctx)
                storm.calm(ctx, patience_seconds)
                verdict = storm.verdict()
        finally:
            storm.close()
        verdict.seconds = clock.monotonic() - start
        return verdict, storm.said()
    finally:
        shutil.rmtree(folder)
