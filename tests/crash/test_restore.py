"""A restored database knows less than the networks. What they show afterwards is the judge: never a double post."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from scheduler.clock import SystemClock
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.teaser import payload_from_json
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.operations import backup
from scheduler.services.operations.backup_folder import Backup
from scheduler.services.operations.restore import restore
from scheduler.storage import deliveries, events
from scheduler.storage.schema import deliveries as table
from tests.support.deliveries import schedule
from tests.support.live import LiveServer
from tests.support.worker import until, worker

FIELDS = {"bluesky": "service", "mastodon": "instance"}
DAY_MS = 86_400_000


def account_on(ctx: Context, network: str) -> Account:
    if network == "webhook":
        receiver = practice_store(ctx).create_account("webhook", "inbox", "Inbox")
        url = f"{ctx.settings.local_url}{receiver.service_url_path}"
        return connect(ctx, "webhook", {"url": url, "secret": receiver.secret}, {})
    return connect(ctx, network, {FIELDS[network]: "practice"}, {})


def read(ctx: Context, delivery_id: int) -> Delivery:
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def change(ctx: Context, delivery_id: int, **values: object) -> None:
    with ctx.database.writing() as tx:
        tx.execute(update(table).where(table.c.id == delivery_id).values(**values))


def texts(ctx: Context, network: str) -> list[str]:
    return sorted(post.text for post in practice_store(ctx).feed(network))


def put_back(ctx: Context, made: Backup) -> None:
    """Restore as the command does, while nothing has the database open."""
    ctx.database.dispose()
    restore(ctx.settings, made.path, SystemClock())


def states(ctx: Context, ids: list[int]) -> list[State]:
    return [read(ctx, one).state for one in ids]


@pytest.mark.parametrize("network", ["bluesky", "mastodon"])
def test_what_went_out_since_is_found_and_the_rest_goes_out(house: LiveServer, tmp_path: Path, network: str) -> None:
    ctx = house.context
    account = account_on(ctx, network)
    due = [schedule(ctx, account, text=f"Exercise {number} of five", hours=-0.001) for number in range(5)]
    unsent = schedule(ctx, account, text="Nobody has seen this one", hours=-0.0005)
    early = schedule(ctx, account, text="Meant for tonight, sent at noon", hours=3)
    later = schedule(ctx, account, text="Meant for tonight", hours=4)
    made = backup.make(ctx, backup.BY_HAND)

    change(ctx, unsent, state=State.CANCELLED)
    now = ctx.clock.now_ms()
    change(ctx, early, due_at=now, turn_at=now, not_before=now)
    with worker(ctx, tmp_path):
        until(lambda: set(states(ctx, [*due, early])) == {State.PUBLISHED}, "six posts are out")
    before = texts(ctx, network)
    assert len(before) == 6

    put_back(ctx, made)
    assert set(states(ctx, [*due, unsent])) == {State.UNKNOWN}
    assert states(ctx, [early, later]) == [State.SCHEDULED] * 2
    with worker(ctx, tmp_path):
        until(lambda: set(states(ctx, [*due, unsent, early])) == {State.PUBLISHED}, "all are settled")
        until(lambda: read(ctx, later).stamp_at is None, "the one that is due later was looked up")
    assert texts(ctx, network) == sorted([*before, "Nobody has seen this one"])
    assert read(ctx, later).state is State.SCHEDULED
    assert read(ctx, later).not_before == read(ctx, later).due_at
    assert len({read(ctx, one).remote_id for one in [*due, unsent, early]}) == 7
    with ctx.database.reading() as tx:
        assert "Restored from the backup" in events.of_delivery(tx, due[0])[0].sentence


@pytest.mark.parametrize("network", ["bluesky", "mastodon"])
def test_a_thread_that_went_out_since_is_not_continued_twice(house: LiveServer, tmp_path: Path, network: str) -> None:
    """The backup knows the first post as waiting, and nothing at all of what followed under it."""
    ctx = house.context
    account = account_on(ctx, network)
    first = schedule(ctx, account, text="First: knees", hours=-0.001)
    payload = replace(payload_from_json(read(ctx, first).payload), replies=("Second: hips", "Third: ankles"))
    change(ctx, first, payload=payload.to_json(), payload_hash=payload.digest())
    made = backup.make(ctx, backup.BY_HAND)
    with worker(ctx, tmp_path):
        until(lambda: len(texts(ctx, network)) == 3, "the whole thread is out")
    before = texts(ctx, network)

    put_back(ctx, made)
    with worker(ctx, tmp_path):
        until(lambda: thread_states(ctx, first) == [State.PUBLISHED] * 3, "the whole thread is found")
    assert texts(ctx, network) == before


def thread_states(ctx: Context, first: int) -> list[State]:
    with ctx.database.reading() as tx:
        parent = deliveries.get(tx, first)
        assert parent is not None
        return [each.state for each in deliveries.of_teaser(tx, parent.teaser_id)]


def test_what_was_being_sent_when_the_backup_was_made_is_looked_up(house: LiveServer, tmp_path: Path) -> None:
    ctx = house.context
    account = account_on(ctx, "bluesky")
    one = schedule(ctx, account, text="Half way", hours=-0.001)
    now = ctx.clock.now_ms()
    change(ctx, one, state=State.SENDING, stamp_at=now, request_started_at=now, worker_id="w", lease_token=1)
    made = backup.make(ctx, backup.BY_HAND)
    change(ctx, one, state=State.SCHEDULED, stamp_at=None, request_started_at=None, maybe_live=0)
    with worker(ctx, tmp_path):
        until(lambda: read(ctx, one).state is State.PUBLISHED, "it is out, under another key")
    put_back(ctx, made)
    with worker(ctx, tmp_path):
        until(lambda: read(ctx, one).state is State.PUBLISHED, "it is found")
    assert texts(ctx, "bluesky") == ["Half way"]


def test_where_nobody_can_look_a_person_is_asked(house: LiveServer, tmp_path: Path) -> None:
    ctx = house.context
    account = account_on(ctx, "webhook")
    old = schedule(ctx, account, text="Written days ago", hours=-0.001)
    change(ctx, old, created_at=ctx.clock.now_ms() - 3 * DAY_MS)
    fresh = schedule(ctx, account, text="Written just now", hours=-0.0005)
    later = schedule(ctx, account, text="For tonight", hours=4)
    made = backup.make(ctx, backup.BY_HAND)
    with worker(ctx, tmp_path):
        until(lambda: set(states(ctx, [old, fresh])) == {State.PUBLISHED}, "both are out")
    before = texts(ctx, "webhook")

    put_back(ctx, made)
    with worker(ctx, tmp_path):
        until(lambda: read(ctx, old).state is State.NEEDS_HUMAN, "a person is asked")
        until(lambda: read(ctx, fresh).state is State.PUBLISHED, "the receiver still knows the key of the other one")
    assert texts(ctx, "webhook") == before, "the receiver dropped the repeat"
    assert read(ctx, later).state is State.SCHEDULED
    assert read(ctx, later).unknown_since == made.manifest.made_at, "it is looked up when it is due"


def test_two_with_the_same_words_are_never_taken_for_one(house: LiveServer, tmp_path: Path) -> None:
    ctx = house.context
    account = account_on(ctx, "mastodon")
    first, second = (schedule(ctx, account, text="Move daily", hours=-0.001) for _ in range(2))
    for one in (first, second):
        change(ctx, one, created_at=ctx.clock.now_ms() - 3 * DAY_MS)  # so that no key of theirs is remembered
    made = backup.make(ctx, backup.BY_HAND)
    change(ctx, second, state=State.CANCELLED)
    with worker(ctx, tmp_path):
        until(lambda: read(ctx, first).state is State.PUBLISHED, "the first is out")
    put_back(ctx, made)
    with worker(ctx, tmp_path):
        until(lambda: State.UNKNOWN not in states(ctx, [first, second]), "both were looked up")
    assert sorted(states(ctx, [first, second])) == [State.NEEDS_HUMAN, State.PUBLISHED]
    assert texts(ctx, "mastodon") == ["Move daily"]
