"""Random histories with backups and restores in them: `python -m tests.crash.restores --seeds 200` runs that many.

Real services, real connectors over HTTP, the practice networks, and a clock that stands still. The networks are the
judge: no text is ever posted twice, and no row says what is not so.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy import select, update

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch, reconcile
from scheduler.services.operations import backup
from scheduler.services.operations.backup_folder import Backup
from scheduler.services.operations.restore import restore
from scheduler.storage import deliveries
from scheduler.storage.schema import deliveries as table
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.live import serve

STEPS = 40
NETWORKS = ("bluesky", "mastodon", "webhook")
MINUTE_MS = 60_000
TRUE_OF_A_LIVE_POST = {State.PUBLISHED, State.UNKNOWN, State.NEEDS_HUMAN}


@dataclass
class History:
    """One made-up history."""

    ctx: Context
    clock: StillClock
    chance: random.Random
    accounts: list[Account] = field(default_factory=list)
    backups: list[Backup] = field(default_factory=list)
    written: int = 0
    restores: int = 0

    def begin(self) -> None:
        config = self.ctx.settings.config / "calendar.toml"
        config.write_text('zone = "UTC"\n[default]\nminimum_gap_minutes = 0\nlate_tolerance_minutes = 10080\n')
        for network in NETWORKS:
            self.accounts.append(account_on(self.ctx, network))

    def write(self) -> None:
        """Somebody schedules a post; some were written days ago, so that no key of theirs is remembered."""
        self.written += 1
        account = self.chance.choice(self.accounts)
        one = schedule(self.ctx, account, text=f"Text {self.written:03}", hours=self.chance.uniform(-0.2, 4))
        if self.chance.random() < 0.5:
            self._change([one], created_at=self.clock.now - 5 * 24 * 60 * MINUTE_MS)

    def hurry(self) -> None:
        """Somebody moves a post to now."""
        waiting = self._in(State.SCHEDULED)
        if waiting:
            now = self.clock.now
            self._change([self.chance.choice(waiting)], due_at=now, turn_at=now, not_before=now)

    def cancel(self) -> None:
        waiting = self._in(State.SCHEDULED)
        if waiting:
            self._change([self.chance.choice(waiting)], state=State.CANCELLED)

    def lose_answers(self) -> None:
        """A network takes the next post and its answer is lost."""
        store, network = practice_store(self.ctx), self.chance.choice(NETWORKS)
        kind = self.chance.choice(["close_after", "error_after", "error_before"])
        store.set_switch(store.accounts.all(network)[0].id, kind, requests=1)

    def wait(self) -> None:
        self.clock.move(minutes=self.chance.choice([0.2, 1, 10, 45]))

    def work(self) -> None:
        """The worker does a round; sometimes it is killed between its mark and its answer."""
        for delivery in dispatch.claim_due(self.ctx, "w", 8):
            dispatch.send(self.ctx, delivery)
        reconcile.look_again(self.ctx)

    def back_up(self) -> None:
        self.backups.append(backup.make(self.ctx, backup.BY_HAND))
        self.clock.move(seconds=1)

    def lose_it_all(self) -> None:
        """The machine is lost, and an older backup is put back."""
        if self.backups:
            self.ctx.database.dispose()
            restore(self.ctx.settings, self.chance.choice(self.backups[-3:]).path, self.clock)
            self.restores += 1

    def end(self) -> None:
        """Nothing fails any more, and time passes until nothing moves."""
        store = practice_store(self.ctx)
        for network in NETWORKS:
            for account in store.accounts.all(network):
                store.clear_switch(account.id)
        for _ in range(60):
            self.work()
            self.clock.move(minutes=15)

    def _in(self, state: State) -> list[int]:
        with self.ctx.database.reading() as tx:
            return list(tx.execute(select(table.c.id).where(table.c.state == state)).scalars())

    def _change(self, ids: list[int], **values: object) -> None:
        with self.ctx.database.writing() as tx:
            tx.execute(update(table).where(table.c.id.in_(ids)).values(**values, version=table.c.version + 1))

    def judge(self) -> None:
        """Hold every row against the networks."""
        live = [post.text for network in NETWORKS for post in practice_store(self.ctx).feed(network, limit=500)]
        assert len(live) == len(set(live)), sorted(text for text in live if live.count(text) > 1)
        with self.ctx.database.reading() as tx:
            for row in deliveries.rows(tx, select(table)):
                text = row.payload.partition('"text":"')[2][:8]
                if text in live:
                    assert row.state in TRUE_OF_A_LIVE_POST, (text, row.state, row.sentence)
                else:
                    assert row.state is not State.PUBLISHED, (text, row.sentence)
                assert row.state not in (State.SCHEDULED, State.SENDING, State.UNKNOWN), (text, row)


def account_on(ctx: Context, network: str) -> Account:
    if network == "webhook":
        receiver = practice_store(ctx).create_account("webhook", "inbox", "Inbox")
        url = f"{ctx.settings.local_url}{receiver.service_url_path}"
        return connect(ctx, "webhook", {"url": url, "secret": receiver.secret}, {})
    return connect(ctx, network, {{"bluesky": "service", "mastodon": "instance"}[network]: "practice"}, {})


def live_through(seed: int, folder: Path) -> History:
    """Live through one history and judge it; what is wrong raises `AssertionError`."""
    clock = StillClock()
    with serve(folder, clock=clock) as live:
        story = History(live.context, clock, random.Random(seed))
        story.begin()
        steps = [story.write, story.work, story.wait] * 4
        steps += [story.hurry, story.hurry, story.cancel, story.lose_answers, story.back_up, story.lose_it_all]
        for _ in range(STEPS):
            story.chance.choice(steps)()
        story.lose_it_all()
        story.end()
        story.judge()
        return story


@click.command()
@click.option("--seeds", default=100, show_default=True, help="How many histories.")
@click.option("--first", default=0, show_default=True, help="The seed of the first one.")
def main(seeds: int, first: int) -> None:
    """Live through many histories; a seed that fails says so and ends it."""
    restores = 0
    for seed in range(first, first + seeds):
        with TemporaryDirectory() as folder:
            try:
                restores += live_through(seed, Path(folder)).restores
            except AssertionError:
                click.echo(f"seed {seed} failed", err=True)
                raise
    click.echo(f"{seeds} histories from seed {first}, {restores} restores: nothing was posted twice.")


if __name__ == "__main__":
    main()
