"""What follows under a post: made when it is live, never before, never twice, in order. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.problem import Conflict
from scheduler.domain.teaser import When, payload_from_json
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, reconcile
from scheduler.services.planning import changing
from scheduler.services.planning.checking import check
from scheduler.services.planning.compose import Submission, TeaserInput, teaser_of
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import deliveries, events, teasers
from tests.support.clock import StillClock
from tests.support.live import serve

THREAD = ("Second: hips.", "Third: ankles.")


@pytest.fixture(params=["sqlite", "postgresql"])
def ctx(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Context]:
    environ = {}
    if request.param == "postgresql":
        environ["DATABASE_URL"] = request.getfixturevalue("migrated_postgres")
    with serve(tmp_path, clock=StillClock(), environ=environ) as live:
        yield live.context


@pytest.fixture
def toots(ctx: Context) -> Account:
    return connect(ctx, "mastodon", {"instance": "practice"}, {})


def begin(ctx: Context, account: Account) -> Delivery:
    given = TeaserInput(text="First: knees.", accounts=(account.id,), when=When(now=True), replies=THREAD)
    return schedule(ctx, given, Submission(key="one")).deliveries[0]


def send_due(ctx: Context) -> int:
    claimed = dispatch.claim_due(ctx, "w", 5)
    for delivery in claimed:
        dispatch.send(ctx, delivery)
    return len(claimed)


def all_of(ctx: Context, teaser_id: int) -> list[Delivery]:
    with ctx.database.reading() as tx:
        return sorted(deliveries.of_teaser(tx, teaser_id), key=lambda each: each.occurrence)


def test_each_part_is_made_when_the_one_before_is_live(ctx: Context, toots: Account) -> None:
    first = begin(ctx, toots)
    assert len(all_of(ctx, first.teaser_id)) == 1
    for parts in (2, 3, 3):
        send_due(ctx)
        assert len(all_of(ctx, first.teaser_id)) == parts
    assert send_due(ctx) == 0
    thread = all_of(ctx, first.teaser_id)
    assert [each.state for each in thread] == [State.PUBLISHED] * 3
    replies = [payload_from_json(each.payload).reply_to for each in thread]
    assert replies == ["", thread[0].remote_id, thread[1].remote_id]
    feed = practice_store(ctx).feed("mastodon")
    assert [post.text for post in reversed(feed)] == ["First: knees.", *THREAD]


def test_nothing_follows_a_post_that_was_refused(ctx: Context, toots: Account) -> None:
    first = begin(ctx, toots)
    store = practice_store(ctx)
    store.set_switch(store.accounts.all("mastodon")[0].id, "revoked_app")
    send_due(ctx)
    assert [each.state for each in all_of(ctx, first.teaser_id)] == [State.HELD]


def test_a_lost_answer_makes_it_follow_once_it_is_found(ctx: Context, toots: Account) -> None:
    first = begin(ctx, toots)
    store = practice_store(ctx)
    store.set_switch(store.accounts.all("mastodon")[0].id, "error_after")
    send_due(ctx)
    assert [each.state for each in all_of(ctx, first.teaser_id)] == [State.UNKNOWN]
    ctx.clock.sleep(60)
    reconcile.look_again(ctx)
    assert [each.state for each in all_of(ctx, first.teaser_id)] == [State.PUBLISHED, State.SCHEDULED]
    while send_due(ctx):
        pass
    assert len(store.feed("mastodon")) == 3


def test_what_a_person_ticked_off_without_an_id_has_nothing_under_it_and_says_so(ctx: Context, toots: Account) -> None:
    first = begin(ctx, toots)
    with ctx.database.writing() as tx:
        tx.exec_driver_sql(f"UPDATE deliveries SET state = 'needs_human' WHERE id = {first.id}")
    decisions.resolve(ctx, first.id, "published")
    assert len(all_of(ctx, first.teaser_id)) == 1
    with ctx.database.reading() as tx:
        told = [event.sentence for event in events.of_delivery(tx, first.id)]
    assert "What was to follow under it was not posted: nobody knows the post's id on the platform." in told


def test_new_words_of_the_teaser_leave_what_waits_under_its_post_alone(ctx: Context, toots: Account) -> None:
    first = begin(ctx, toots)
    send_due(ctx)
    waiting = all_of(ctx, first.teaser_id)[1]
    with ctx.database.reading() as tx:
        version = teasers.get(tx, first.teaser_id)
    assert version is not None
    given = TeaserInput(text="First: knees, in other words.", accounts=(toots.id,), when=When(now=True))
    with pytest.raises(Conflict):
        changing.change(ctx, given, Submission(teaser_id=first.teaser_id, version=version.version))
    assert all_of(ctx, first.teaser_id)[1].payload == waiting.payload
    while send_due(ctx):
        pass
    assert [post.text for post in reversed(practice_store(ctx).feed("mastodon"))] == ["First: knees.", *THREAD]


def test_a_network_without_comments_says_that_they_are_left_out(ctx: Context) -> None:
    board = connect(ctx, "by_hand", {"place": "The board"}, {})
    given = TeaserInput(text="First.", accounts=(board.id,), when=When(now=True), replies=THREAD)
    found = check(ctx, teaser_of(given))
    assert found.errors == ()
    assert any("left out here" in problem.message for problem in found.warnings)
    assert schedule(ctx, given, Submission(key="two")).deliveries
    assert "replies" not in all_of(ctx, 1)[0].payload


def test_a_part_that_is_too_long_is_refused_before_anything_is_queued(ctx: Context, toots: Account) -> None:
    given = TeaserInput(text="First.", accounts=(toots.id,), when=When(now=True), replies=("x" * 600,))
    [problem] = check(ctx, teaser_of(given)).errors
    assert problem.field == f"accounts.{toots.id}.replies.0"
    assert "too long" in problem.message
