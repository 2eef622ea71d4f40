"""What may be done with a post that is live, and what is read about it."""

from __future__ import annotations

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import TAKEN_DOWN, Delivery, State
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.teaser import When
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, live_posts, numbers
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import post_numbers
from scheduler.storage.post_numbers import Snapshot
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.live import LiveServer

HOUR_MS = 3_600_000


@pytest.fixture
def toots(live: LiveServer) -> Account:
    return connect(live.context, "mastodon", {"instance": "practice"}, {})


def published(ctx: Context, account: Account, text: str = "Strong hips.") -> Delivery:
    given = TeaserInput(text=text, accounts=(account.id,), when=When(now=True))
    made = schedule(ctx, given, Submission(key=text)).deliveries[0]
    for claimed in dispatch.claim_due(ctx, "w", 5):
        dispatch.send(ctx, claimed)
    done = decisions.delivery(ctx, made.id)
    assert done.state is State.PUBLISHED
    return done


def snapshots(ctx: Context, delivery_id: int) -> list[Snapshot]:
    with ctx.database.reading() as tx:
        return post_numbers.of_delivery(tx, delivery_id)


def test_a_live_post_is_taken_down_and_says_so(live: LiveServer, live_client: Visitor, toots: Account) -> None:
    done = published(live.context, toots)
    assert len(practice_store(live.context).feed("mastodon")) == 1
    live_client.post(f"/admin/deliveries/{done.id}/removal")
    assert practice_store(live.context).feed("mastodon") == []
    down = decisions.delivery(live.context, done.id)
    assert (down.state, down.reason, down.url) == (State.PUBLISHED, TAKEN_DOWN, "")
    page = live_client.get(f"/admin/deliveries/{done.id}").text
    assert "It was live, and was taken down again." in page
    assert "Taken down from Mastodon." in page
    with pytest.raises(Conflict, match="no live post"):
        live_posts.take_down(live.context, done.id)


def test_a_refusal_leaves_everything_as_it_was(live: LiveServer, toots: Account) -> None:
    done = published(live.context, toots)
    store = practice_store(live.context)
    store.set_switch(store.accounts.all("mastodon")[0].id, "revoked_app")
    with pytest.raises(Invalid):
        live_posts.take_down(live.context, done.id)
    assert decisions.delivery(live.context, done.id) == done


def test_numbers_are_read_often_at_first_and_seldom_later(live: LiveServer, live_client: Visitor, clock: StillClock,
                                                         toots: Account) -> None:  # fmt: skip
    done = published(live.context, toots)
    assert numbers.read_due(live.context) == 0
    store = practice_store(live.context)
    store.posts.set_counts(store.feed("mastodon")[0].id, likes=7, replies=2)
    clock.move(hours=1)
    assert [numbers.read_due(live.context), numbers.read_due(live.context)] == [1, 0]
    [first] = snapshots(live.context, done.id)
    assert (first.at, first.numbers["likes"], first.numbers["replies"]) == (clock.now, 7, 2)
    clock.move(hours=6)
    assert numbers.read_due(live.context) == 1
    assert '<dt>Likes</dt><dd class="tabular">7</dd>' in live_client.get(f"/admin/deliveries/{done.id}").text


def test_a_post_that_is_gone_is_not_asked_about_for_ever(live: LiveServer, clock: StillClock, toots: Account) -> None:
    done = published(live.context, toots)
    store = practice_store(live.context)
    store.posts.delete(store.feed("mastodon")[0].id)
    clock.move(hours=1)
    assert [numbers.read_due(live.context), len(snapshots(live.context, done.id))] == [1, 1]
    asked = len(store.requests.newest("mastodon"))
    numbers.read_due(live.context)
    assert len(store.requests.newest("mastodon")) == asked


def test_accounts_that_tell_no_numbers_keep_nobody_from_theirs(
    live: LiveServer, clock: StillClock, toots: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = published(live.context, toots)
    clock.move(minutes=1)
    silent = connect(live.context, "telegram", {"service": "practice"}, {})
    published(live.context, silent, "Newer, and of a network that tells nothing.")
    monkeypatch.setattr(numbers, "AT_ONCE", 1)
    clock.move(hours=1)
    assert numbers.read_due(live.context) == 1
    assert len(snapshots(live.context, done.id)) == 1


def test_a_passing_trouble_is_asked_again_and_not_kept_as_a_reading(
    live: LiveServer, clock: StillClock, toots: Account
) -> None:
    done = published(live.context, toots)
    clock.move(hours=1)
    with live.context.database.writing() as tx:
        tx.exec_driver_sql("UPDATE accounts SET credentials = ''")
    numbers.read_due(live.context)
    assert snapshots(live.context, done.id) == []
