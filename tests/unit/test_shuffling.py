"""Shuffling a queue: times stay, posts change places, nothing else moves, and it can be taken back."""

from __future__ import annotations

import random

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.slots import instant, parse_wall
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.planning import moving, shuffling
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import claims, deliveries, events
from tests.support.clock import StillClock
from tests.support.newsroom import LATER, NEEDLING, add_account

NEW_YORK = "America/New_York"


@pytest.fixture
def sky(newsroom: Context) -> Account:
    return add_account(newsroom, "bluesky", "Clinic")


def put(newsroom: Context, account: Account, when: When, article: str = NEEDLING) -> Delivery:
    given = TeaserInput("Read this.", article, accounts=(account.id,), when=when)
    return schedule(newsroom, given, Submission()).deliveries[0]


def queued(newsroom: Context, account: Account, count: int = 6) -> list[Delivery]:
    return [put(newsroom, account, When(queue="next")) for _ in range(count)]


def stored(newsroom: Context, delivery_id: int) -> Delivery:
    with newsroom.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def times(newsroom: Context, found: list[Delivery]) -> list[tuple[int, str, str, int, int]]:
    now = [stored(newsroom, each.id) for each in found]
    return [(each.due_at, each.at_wall, each.at_zone, each.late_after, each.turn_at) for each in now]


def test_it_is_shown_before_anything_moves(newsroom: Context, sky: Account) -> None:
    waiting = queued(newsroom, sky)
    proposal = shuffling.propose(newsroom, sky.id)
    assert [stored(newsroom, each.id) for each in waiting] == waiting
    assert list(proposal.before) == waiting
    assert sorted(each.id for each in proposal.after) == sorted(each.id for each in waiting)
    assert proposal.after != proposal.before, "the same order would be no shuffle"


def test_the_times_stay_and_the_posts_change_places(newsroom: Context, sky: Account) -> None:
    waiting = queued(newsroom, sky)
    before = times(newsroom, waiting)
    proposal = shuffling.propose(newsroom, sky.id)
    moved = shuffling.apply(newsroom, sky.id, proposal.order, "Alex")
    assert sorted(times(newsroom, waiting)) == sorted(before)
    after = sorted((stored(newsroom, each.id) for each in waiting), key=lambda each: each.due_at)
    assert [each.id for each in after] == [each.id for each in proposal.after]
    assert moved == sum(old.id != new.id for old, new in zip(proposal.before, proposal.after, strict=True))
    with newsroom.database.reading() as tx:
        told = {each.id: [(e.kind, e.who) for e in events.of_delivery(tx, each.id)] for each in after}
    expected = {
        each.id: [("scheduled", ""), *([("shuffled", "Alex")] if stored(newsroom, each.id) != each else [])]
        for each in waiting
    }
    assert told == expected


def test_what_has_its_own_time_or_is_under_way_takes_no_part(
    newsroom: Context, sky: Account, clock: StillClock
) -> None:
    other = add_account(newsroom, "mastodon", "Clinic")
    first, *rest = queued(newsroom, sky, 3)
    own = put(newsroom, sky, When(at="2026-11-24T10:15", zone=NEW_YORK))
    elsewhere = put(newsroom, other, When(queue="next"))
    clock.now = first.due_at
    with newsroom.database.writing() as tx:
        (claimed,) = claims.claim(tx, worker_id="w", now=clock.now, lease_until=clock.now + 60_000, limit=1)
    proposal = shuffling.propose(newsroom, sky.id)
    assert {each.id for each in proposal.before} == {each.id for each in rest}
    shuffling.apply(newsroom, sky.id, proposal.order, "Alex")
    assert [stored(newsroom, each.id) for each in (own, elsewhere, claimed)] == [own, elsewhere, claimed]


def test_no_post_goes_before_its_article(newsroom: Context, sky: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = queued(newsroom, sky, 7)
    last = waiting[-1]
    assert last.due_at > instant(parse_wall("2026-12-01T09:00"), NEW_YORK)
    moving.move(newsroom, last.id, When(at="2027-01-04T10:00", zone=NEW_YORK), last.version)
    later = put(newsroom, sky, When(at="2026-12-01T15:00", zone=NEW_YORK), LATER)
    moving.move(newsroom, later.id, When(queue="next"), later.version)
    monkeypatch.setattr(random, "randrange", lambda n: n - 1)
    proposal = shuffling.propose(newsroom, sky.id)
    public = instant(parse_wall("2026-12-01T09:00"), NEW_YORK)
    place = [each.id for each in proposal.after].index(later.id)
    assert proposal.before[place].due_at >= public
    shuffling.apply(newsroom, sky.id, proposal.order, "Alex")
    earlier = list(shuffling.propose(newsroom, sky.id).order)
    earlier.sort(key=lambda pair: pair[0] != later.id)
    with pytest.raises(Conflict, match="appears"):
        shuffling.apply(newsroom, sky.id, earlier, "Alex")


@pytest.mark.parametrize("change", ["move", "new", "claim", "forged"])
def test_an_order_for_another_queue_moves_nothing(
    newsroom: Context, sky: Account, clock: StillClock, change: str
) -> None:
    waiting = queued(newsroom, sky)
    order = list(shuffling.propose(newsroom, sky.id).order)
    if change == "move":
        moving.move(newsroom, waiting[2].id, When(queue="next"), waiting[2].version)
    elif change == "new":
        put(newsroom, sky, When(queue="next"))
    elif change == "claim":
        clock.now = waiting[0].due_at
    else:
        order[0] = order[1]
    before = times(newsroom, waiting)
    with pytest.raises(Conflict):
        shuffling.apply(newsroom, sky.id, order, "Alex")
    assert times(newsroom, waiting) == before


def test_a_shuffle_is_taken_back(newsroom: Context, sky: Account) -> None:
    waiting = queued(newsroom, sky)
    before = times(newsroom, waiting)
    assert shuffling.last_shuffle(newsroom, sky.id) is None
    shuffling.apply(newsroom, sky.id, shuffling.propose(newsroom, sky.id).order, "Alex")
    last = shuffling.last_shuffle(newsroom, sky.id)
    assert last
    assert last.who == "Alex"
    shuffling.undo(newsroom, sky.id, "Alex")
    assert times(newsroom, waiting) == before
    assert shuffling.last_shuffle(newsroom, sky.id) is None
    with pytest.raises(Conflict, match="cannot be undone"):
        shuffling.undo(newsroom, sky.id, "Alex")


def test_once_something_moved_a_shuffle_stays(newsroom: Context, sky: Account) -> None:
    waiting = queued(newsroom, sky)
    shuffling.apply(newsroom, sky.id, shuffling.propose(newsroom, sky.id).order, "Alex")
    moved = stored(newsroom, waiting[0].id)
    moving.move(newsroom, moved.id, When(at="2027-01-04T10:00", zone=NEW_YORK), moved.version)
    before = times(newsroom, waiting)
    with pytest.raises(Conflict, match="cannot be undone"):
        shuffling.undo(newsroom, sky.id, "Alex")
    assert times(newsroom, waiting) == before


def test_one_post_is_no_queue_to_shuffle(newsroom: Context, sky: Account) -> None:
    queued(newsroom, sky, 1)
    with pytest.raises(Invalid, match="nothing to shuffle"):
        shuffling.propose(newsroom, sky.id)
