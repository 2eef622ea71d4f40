"""The people of a world: they schedule, cancel, move, retry, settle and pause at any moment, through the services."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import insert

from scheduler.domain.account import Account, AccountState
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.slots import local
from scheduler.domain.teaser import Payload, When
from scheduler.services.accounts import health, pausing
from scheduler.services.delivery import decisions
from scheduler.services.planning import moving
from scheduler.storage import accounts, deliveries, pauses
from scheduler.storage.schema import teasers
from tests.simulation.judge import Row

if TYPE_CHECKING:
    from tests.simulation.world import World

MINUTE, HOUR = 60_000, 3_600_000


class People:
    """Everybody who uses the product in one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def open_accounts(self) -> None:
        """Connect the accounts that this world has."""
        world = self._world
        with world.database.writing() as tx:
            for number in range(1, world.options.accounts + 1):
                kind = world.options.kinds[number % len(world.options.kinds)]
                fresh = Account(0, f"account-{number}", kind, "Clinic", "clinic", str(number), host=f"{kind}.example")
                accounts.add(tx, fresh, '{"token": "good"}', world.clock.now_ms())

    def schedule(self) -> None:
        """Schedule a post: soon, later or now."""
        world = self._world
        ahead = world.choose(0, world.between(0, 30_000), world.between(0, 30 * MINUTE), world.between(0, 5 * HOUR))
        account = world.between(1, world.options.accounts)
        tolerance = world.choose(10 * MINUTE, 2 * HOUR, 6 * HOUR, 24 * HOUR)
        self.schedule_at(account, ahead, tolerance, world.choose("hold", "hold", "publish", "skip"))

    def schedule_at(self, account: int, ahead: int, tolerance: int, late_policy: str, article: str = "") -> None:
        """Schedule a post for an account, `ahead` ms from now; too late after `tolerance` ms."""
        world, number = self._world, self._world.number()
        now, payload = world.clock.now_ms(), Payload(f"Post {number}")
        due_at = now + ahead
        with world.database.writing() as tx:
            values = {"text": payload.text, "article_id": article, "scheduled": 1, "created_at": now}
            teaser = insert(teasers).values(**values).returning(teasers.c.id)
            new = deliveries.NewDelivery(
                teaser_id=tx.execute(teaser).scalar_one(),
                account_id=account,
                idempotency_key=f"key-{number}",
                short_code=f"code-{number}",
                payload=payload.to_json(),
                payload_hash=payload.digest(),
                at_wall="",
                at_zone="",
                queued=False,
                due_at=due_at,
                late_after=due_at + tolerance,
                late_policy=late_policy,
            )
            deliveries.add(tx, new, now)

    def schedule_one(self) -> None:
        """Schedule one more, in a task of its own."""
        self._start("schedule", self.schedule)

    def act(self) -> None:
        """Do something that somebody might do now."""
        rows = list(self._world.judge.rows.values())
        if rows and self._world.chance(0.75):
            self._with_a_delivery(self._world.pick(rows))
        elif self._world.chance(0.8):
            self._with_an_account(self._world.between(1, self._world.options.accounts))
        else:
            self._with_everything()

    def _with_everything(self) -> None:
        """Press the big red button, or let everything go again."""
        if self._world.everything_is_paused:
            self._start("resume everything", self._resume_everything)
        else:
            self._start("pause everything", self._pause_everything)

    def _pause_everything(self) -> None:
        with self._world.database.writing() as tx:
            pauses.pause(tx, pauses.Pause("The news are bad today.", "Alex", self._world.clock.now_ms()))

    def _resume_everything(self) -> None:
        with self._world.database.writing() as tx:
            pauses.resume(tx)

    def _with_a_delivery(self, row: Row) -> None:
        actions: list[tuple[str, Callable[[Row], None]]] = [
            ("cancel", self._cancel),
            ("retry", self._retry),
            ("move", self._move),
            ("resolve", self._resolve),
            ("resolve", self._resolve),
        ]
        name, action = self._world.pick(actions)
        self._start(f"{name} {row.id}", lambda: action(row))

    def _start(self, name: str, action: Callable[[], object]) -> None:
        def work() -> None:
            with suppress(Conflict, Invalid):
                action()

        self._world.turns.start(self._world.persons, name, work)

    def _cancel(self, row: Row) -> None:
        decisions.cancel(self._world.ctx, row.id)

    def _retry(self, row: Row) -> None:
        decisions.retry(self._world.ctx, row.id)

    def _move(self, row: Row) -> None:
        world = self._world
        zone = world.choose("America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
        self.move_to(row, world.choose(2 * MINUTE, world.between(MINUTE, 3 * HOUR)), zone)

    def move_to(self, row: Row, ahead: int, zone: str) -> None:
        """Move a delivery to a wall time about `ahead` ms from now."""
        world, at = self._world, self._world.clock.now_ms() + ahead
        wall = local(at, zone).strftime("%Y-%m-%dT%H:%M")
        found = decisions.delivery(world.ctx, row.id)
        moving.move(world.ctx, row.id, When(at=wall, zone=zone), found.version)

    def _resolve(self, row: Row) -> None:
        if row.state != "needs_human":
            return
        world = self._world
        live = bool(world.book.live(row.short_code))
        outcome = world.choose("published" if live else "send_again", "published", "send_again", "drop")
        self.resolve(row, outcome)

    def resolve(self, row: Row, outcome: str) -> None:
        """Settle what needs a person, and tell the judge who answers for it."""
        judge = self._world.judge
        if outcome == "send_again":
            judge.sent_again_by_a_person(row)
        if outcome == "published":
            judge.vouched_by_a_person(row)
        decisions.resolve(self._world.ctx, row.id, outcome)

    def _with_an_account(self, account_id: int) -> None:
        state, ctx = self._world.account_state(account_id), self._world.ctx
        if state == AccountState.CONNECTED:
            self._start(f"pause account {account_id}", lambda: pausing.pause(ctx, account_id))
        elif state == AccountState.PAUSED:
            self._start(f"resume account {account_id}", lambda: pausing.resume(ctx, account_id))
        else:
            self._start(f"reconnect account {account_id}", lambda: health.check(ctx, account_id))

    def make_everything_work(self) -> None:
        """Resume and reconnect everything."""
        if self._world.everything_is_paused:
            self._resume_everything()
        for account_id in range(1, self._world.options.accounts + 1):
            state = self._world.account_state(account_id)
            if state == AccountState.PAUSED:
                pausing.resume(self._world.ctx, account_id)
            if state == AccountState.BROKEN:
                health.check(self._world.ctx, account_id)
