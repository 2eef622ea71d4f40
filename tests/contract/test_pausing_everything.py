"""The big red button on both databases: nothing goes out, what was in flight ends, and what is late catches up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch
from scheduler.services.operations import pause
from scheduler.services.planning import shuffling
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage.engine import Database
from scheduler.storage.schema import notices
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.newsroom import add_account

WORKERS = ("one worker", "another worker")


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, database: Database, clock: StillClock) -> Iterator[Context]:
    url = database.engine.url.render_as_string(hide_password=False)
    with furnish(tmp_path, clock=clock, environ={"DATABASE_URL": url}) as made:
        yield made


@pytest.fixture
def both(ctx: Context) -> tuple[Account, Account]:
    return add_account(ctx, "bluesky", "Clinic"), add_account(ctx, "mastodon", "Clinic")


def put(ctx: Context, when: When, *chosen: Account, policy: str = "") -> tuple[Delivery, ...]:
    given = TeaserInput("Read this.", accounts=tuple(each.id for each in chosen), when=when, late_policy=policy)
    return schedule(ctx, given, Submission()).deliveries


def claimed(ctx: Context) -> list[int]:
    return [delivery.id for worker in WORKERS for delivery in dispatch.claim_due(ctx, worker, 10)]


def open_notices(ctx: Context) -> list[str]:
    with ctx.database.reading() as tx:
        found = tx.execute(notices.select().where(notices.c.resolved_at.is_(None)))
        return [row.sentence for row in found]


def test_one_press_holds_every_account_and_every_worker(
    ctx: Context, both: tuple[Account, Account], clock: StillClock
) -> None:
    waiting = put(ctx, When(now=True), *both)
    made = pause.pause(ctx, " A crisis  in the news ", "Alex")
    assert (made.reason, made.who, made.at) == ("A crisis in the news", "Alex", clock.now)
    assert claimed(ctx) == []
    clock.move(hours=1)
    assert claimed(ctx) == []
    assert open_notices(ctx) == ["Alex paused everything: A crisis in the news"]
    backlog = pause.resume(ctx, "Kim")
    assert (backlog.due, backlog.missed, backlog.skipped) == (2, 0, 0)
    assert sorted(claimed(ctx)) == sorted(each.id for each in waiting)
    assert open_notices(ctx) == []


def test_what_is_in_flight_is_named_and_ends(ctx: Context, both: tuple[Account, Account]) -> None:
    put(ctx, When(now=True), *both)
    taken = dispatch.claim_due(ctx, WORKERS[0], 1)
    pause.pause(ctx, "A crisis", "Alex")
    assert [each.id for each in pause.standstill(ctx).in_flight] == [each.id for each in taken]
    dispatch.send(ctx, taken[0])  # an account without a sign-in: it ends on hold
    assert decisions.delivery(ctx, taken[0].id).state is not State.SENDING


def test_what_became_too_late_is_counted_by_its_rule(
    ctx: Context, both: tuple[Account, Account], clock: StillClock
) -> None:
    policies = ("hold", "skip", "publish")
    found = {policy: put(ctx, When(now=True), both[0], policy=policy)[0] for policy in policies}
    pause.pause(ctx, "A crisis", "Alex")
    clock.move(hours=7)
    expected = pause.Backlog(due=1, missed=1, skipped=1)
    assert pause.standstill(ctx).backlog == expected, "before the worker has looked"
    assert claimed(ctx) == []
    assert pause.standstill(ctx).backlog == expected, "and after it"
    put(ctx, When(at="2026-11-24T12:30"), both[0])
    assert pause.resume(ctx, "Alex") == expected
    assert claimed(ctx) == [found["publish"].id]
    states = {policy: decisions.delivery(ctx, each.id).state for policy, each in found.items()}
    assert states == {"hold": State.MISSED, "skip": State.CANCELLED, "publish": State.SENDING}
    assert expected.sentences == (
        "1 post goes out late, one after the other, each account at its own gap.",
        "1 post was too late and waits for you.",
        "1 post was too late and skipped, as you had said.",
    )


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_pause_says_why(ctx: Context, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        pause.pause(ctx, reason, "Alex")
    assert refused.value.problems[0].field == "reason"
    assert pause.present(ctx) is None


def test_there_is_one_pause_at_a_time(ctx: Context) -> None:
    with pytest.raises(Conflict, match="Nothing is paused"):
        pause.resume(ctx, "Alex")
    first = pause.pause(ctx, "A crisis", "Alex")
    with pytest.raises(Conflict, match="by Alex: A crisis"):
        pause.pause(ctx, "Another reason", "Kim")
    assert pause.present(ctx) == first
    pause.resume(ctx, "Kim")
    assert pause.pause(ctx, "Another reason", "Kim").who == "Kim"


def test_a_queue_is_shuffled_and_put_back(ctx: Context, both: tuple[Account, Account]) -> None:
    waiting = [put(ctx, When(queue="next"), both[0])[0] for _ in range(5)]
    proposal = shuffling.propose(ctx, both[0].id)
    shuffling.apply(ctx, both[0].id, proposal.order, "Alex")
    after = sorted((decisions.delivery(ctx, each.id) for each in waiting), key=lambda each: each.due_at)
    assert [each.id for each in after] == [each.id for each in proposal.after]
    with pytest.raises(Conflict):
        shuffling.apply(ctx, both[0].id, proposal.order, "Alex")
    shuffling.undo(ctx, both[0].id, "Alex")
    assert [decisions.delivery(ctx, each.id).due_at for each in waiting] == [each.due_at for each in waiting]
