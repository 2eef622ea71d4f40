"""A house full of accounts at the book server, deliveries in bulk, real workers, and the judge who compares the two.

Four kinds of accounts stand for what a platform may offer: `bluesky` finds a post by its key, `mastodon` finds it
among its own posts, `keyed` is a webhook whose receiver drops what it has seen, `blind` one that offers nothing at all.
"""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import insert, select, update

from scheduler.clock import Clock, SystemClock
from scheduler.domain.account import Account
from scheduler.domain.delivery import FOR_A_PERSON, Delivery, State
from scheduler.domain.teaser import Payload
from scheduler.services.accounts.sessions import seal
from scheduler.services.context import Context
from scheduler.storage import accounts, deliveries
from scheduler.storage.schema import deliveries as table
from scheduler.storage.schema import teasers
from tests.support.book import BookServer, Post
from tests.support.crash_points import VARIABLE
from tests.support.house import furnish
from tests.support.launcher import Launched, Launcher
from tests.support.worker import PATIENCE_SECONDS, last_words

KINDS = ("bluesky", "mastodon", "keyed", "blind")
EVERYTHING = os.environ.get("CRASH_TESTS") == "all"
"""Whether to run what takes too long for every day too: `python -m tests.crash --everything`."""
HOUR_MS = 3_600_000
FAR = 4_000_000_000_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {
    "DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1",
    "DRUMBEAT_PLATFORM_BLUESKY_SETTLE_SECONDS": "1",
    "DRUMBEAT_PLATFORM_MASTODON_SETTLE_SECONDS": "1",
    "DRUMBEAT_PLATFORM_WEBHOOK_SETTLE_SECONDS": "1",
}


@dataclass
class Town:
    """One house, one book, and the workers started on it."""

    context: Context
    root: Path
    server: BookServer
    launcher: Launcher
    environ: dict[str, str]

    def start(self, crash: str = "", before: str = "") -> Launched:
        """Start a worker; `crash` names where it kills itself (`tests.support.crash_points`)."""
        return self.launcher.start(self.root, {**self.environ, VARIABLE: crash}, before)

    def account(self, kind: str, number: int = 1) -> Account:
        """Store an account of a kind, connected to the book."""
        return add_account(self.context, self.server, kind, number)

    def deliver(self, account: Account, due_at: Sequence[int]) -> list[str]:
        """Schedule one delivery for each instant and return their short codes."""
        return add_deliveries(self.context, account, due_at)

    def crash(self, point: str, code: str, account: Account, before: str = "") -> None:
        """Run a worker until it kills itself at `point` with the delivery `code`."""
        doomed = self.start(f"{point}|{code}|{account.platform}", before)
        ended = doomed.over_within(PATIENCE_SECONDS)
        assert ended == -9, f"the worker did not die of “{point}” ({account.key}):\n{self.log()[-3000:]}"

    def log(self) -> str:
        """Return what the workers said."""
        file = self.root / "worker.log"
        return file.read_text() if file.exists() else ""

    def delivery(self, code: str) -> Delivery:
        """Return a delivery as it stands."""
        with self.context.database.reading() as tx:
            found = deliveries.by_short_code(tx, code)
        assert found is not None
        return found

    def all(self) -> list[Delivery]:
        """Return every delivery, in order."""
        with self.context.database.reading() as tx:
            return deliveries.rows(tx, select(table).order_by(table.c.id))

    def open(self) -> list[str]:
        """Return the deliveries that the engine still has to bring to an end, in words."""
        left = [one for one in self.all() if one.state not in OVER]
        return [f"{one.account_id}: {one.state}, {one.sentence}" for one in left]

    def hold(self, account: Account, until: int = FAR) -> None:
        """Let nothing of the account start before `until` (UTC ms)."""
        with self.context.database.writing() as tx:
            accounts.set_not_before(tx, account.id, until)

    def hurry(self) -> None:
        """Cut short the pauses between tries, as if their time had passed."""
        now = self.context.clock.now_ms()
        pausing = (table.c.state == State.SCHEDULED) & (table.c.due_at <= now) & (table.c.not_before > now)
        with self.context.database.writing() as tx:
            tx.execute(update(table).where(pausing).values(not_before=now))

    def until_over(self, patience: float = PATIENCE_SECONDS) -> None:
        """Wait until the engine has nothing more to do; fail after `patience` seconds."""
        deadline = SystemClock().monotonic() + patience
        while left := self.open():
            assert SystemClock().monotonic() < deadline, f"these never come to an end: {left}{last_words()}"
            self.hurry()
            SystemClock().sleep(0.1)


OVER = FOR_A_PERSON | {State.PUBLISHED, State.CANCELLED, State.HELD}


@contextmanager
def town(root: Path, launcher: Launcher, server: BookServer, clock: Clock | None = None, **more: str) -> Iterator[Town]:
    """Yield a town below `root`. With a `clock` of its own nothing but the engine inside this process can run in it."""
    with furnish(root, environ={**ENVIRON, **more}, clock=clock) as context:
        settings = context.settings
        environ = {
            **ENVIRON,
            "DRUMBEAT_PORT": str(settings.port),
            "DRUMBEAT_SECRET_KEY": settings.secret_key,
            "DRUMBEAT_ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
            "DATABASE_URL": settings.database_url,
        }
        yield Town(context, root, server, launcher, environ)


def add_account(context: Context, server: BookServer, kind: str, number: int = 1) -> Account:
    """Store an account of a kind, connected to the book."""
    name = f"{kind}{number}"
    forms = {
        "bluesky": {
            "service": server.origin,
            "identifier": name,
            "password": "hush",
            "did": f"did:plc:{name}",
            "pds": server.origin,
            "access_jwt": f"did:plc:{name}",
            "refresh_jwt": "hush",
        },
        "mastodon": {"instance": server.origin, "access_token": name},
    }
    remote = {"bluesky": f"did:plc:{name}", "mastodon": f"{name}@{server.host}"}
    platform = kind if kind in forms else "webhook"
    credentials = forms.get(kind) or {"url": f"{server.origin}/hook/{name}", "secret": SECRET}
    limits = {"idempotency_seconds": 0} if kind == "blind" else {}
    account = Account(0, name, platform, name, f"@{name}", remote.get(kind, name), limits=limits, host=server.host)
    with context.database.writing() as tx:
        return accounts.add(tx, account, seal(context, credentials), context.clock.now_ms())


def add_deliveries(context: Context, account: Account, due_at: Sequence[int]) -> list[str]:
    """Schedule one delivery of the account for each instant and return their short codes."""
    now, codes = context.clock.now_ms(), [f"code{uuid.uuid4().hex[:8]}" for _ in due_at]
    with context.database.writing() as tx:
        for code, due in zip(codes, due_at, strict=True):
            payload = Payload(f"Strong hips carry tired legs. {code}")
            teaser = insert(teasers).values(text=payload.text, scheduled=1, created_at=now).returning(teasers.c.id)
            new = deliveries.NewDelivery(
                teaser_id=tx.execute(teaser).scalar_one(),
                account_id=account.id,
                idempotency_key=str(uuid.uuid4()),
                short_code=code,
                payload=payload.to_json(),
                payload_hash=payload.digest(),
                at_wall="",
                at_zone="",
                queued=False,
                due_at=due,
                late_after=due + 6 * HOUR_MS,
            )
            deliveries.add(tx, new, now)
    return codes


@dataclass
class Verdict:
    """What the book says of our words. Every list but `asked` has to be empty."""

    posts: int = 0
    absorbed: int = 0
    """Sends that a keyed receiver had seen already and dropped."""
    duplicates: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    lying: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Deliveries that were put before a person; right only where the platform offers nothing."""

    @property
    def faults(self) -> list[str]:
        """Return everything that breaks the promise, in words."""
        named = {"twice": self.duplicates, "lost": self.lost, "lying": self.lying, "early": self.early}
        return [f"{word}: {line}" for word, lines in {**named, "order": self.disorder}.items() for line in lines]


def judge(town: Town) -> Verdict:
    """Hold every delivery against the book."""
    book, verdict = town.server.book, Verdict()
    verdict.posts, verdict.absorbed = len(book.posts), sum(book.absorbed.values())
    live, known = book.by_code(), town.all()
    for one in known:
        _judge_one(one, live.get(one.short_code, []), verdict)
    _judge_order(known, live, verdict)
    return verdict


def _judge_one(one: Delivery, posts: Collection[Post], verdict: Verdict) -> None:
    name = f"{one.short_code} ({one.state}, {len(posts)} live): {one.sentence}"
    if len(posts) > 1:
        verdict.duplicates.append(name)
    if one.state is State.PUBLISHED:
        if not posts:
            verdict.lying.append(name)
        elif one.remote_id not in {post.id for post in posts}:
            verdict.lying.append(f"{name} (another id)")
    elif one.state is State.NEEDS_HUMAN:
        verdict.asked.append(name)
    elif posts:
        verdict.lying.append(name)
    else:
        verdict.lost.append(name)
    if any(post.at.timestamp() * 1000 < one.due_at - 1 for post in posts):
        verdict.early.append(name)


def _judge_order(known: Collection[Delivery], live: dict[str, list[Post]], verdict: Verdict) -> None:
    """Posts of one account have to stand in the book in the order in which they were due."""
    last: Counter[int] = Counter()
    for one in sorted(known, key=lambda d: (d.account_id, d.due_at, d.id)):
        for post in live.get(one.short_code, [])[:1]:
            moment = round(post.at.timestamp() * 1_000_000)
            if moment < last[one.account_id]:
                verdict.disorder.append(f"{one.short_code} came before its turn")
            last[one.account_id] = max(moment, last[one.account_id])


def now_ms() -> int:
    """Return the present instant (UTC ms)."""
    return SystemClock().now_ms()
