"""Giving a delivery another time: every refusal with its sentence, every state, and who makes room."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.problem import Conflict, Invalid, NotFound
from scheduler.domain.slots import instant, parse_wall
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.planning import moving
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import deliveries
from scheduler.storage.schema import deliveries as table
from tests.support import deliveries as made
from tests.support.clock import StillClock
from tests.support.newsroom import NEEDLING, add_account
from tests.support.postgres import BOTH_DATABASES

pytestmark = BOTH_DATABASES

NEW_YORK = "America/New_York"
HOUR = 3_600_000


def at(wall: str) -> int:
    return instant(parse_wall(wall), NEW_YORK)


# The slots of config/calendar.toml after Monday 08:00.
MONDAY, TUESDAY, WEDNESDAY = at("2026-11-23T09:00"), at("2026-11-24T12:30"), at("2026-11-25T09:00")
THURSDAY, FRIDAY = at("2026-11-26T12:30"), at("2026-11-27T09:00")


@pytest.fixture
def sky(newsroom: Context) -> Account:
    return add_account(newsroom, "bluesky", "Clinic")


def put(newsroom: Context, account: Account, when: When, article: str = NEEDLING) -> Delivery:
    given = TeaserInput("Read this.", article, accounts=(account.id,), when=when)
    return schedule(newsroom, given, Submission()).deliveries[0]


def stored(newsroom: Context, delivery_id: int) -> Delivery:
    with newsroom.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def to(wall: str) -> When:
    return When(at=wall, zone=NEW_YORK)


def in_state(newsroom: Context, account: Account, state: State) -> Delivery:
    return stored(newsroom, made.schedule(newsroom, account, state=state))


def test_a_waiting_delivery_gets_the_time_that_was_asked_for(newsroom: Context, sky: Account) -> None:
    before = put(newsroom, sky, When(queue="next"))
    moved = moving.move(newsroom, before.id, to("2026-11-24T10:15"), before.version)
    assert (moved.due_at, moved.not_before) == (at("2026-11-24T10:15"), at("2026-11-24T10:15"))
    assert (moved.at_wall, moved.at_zone, moved.queued) == ("2026-11-24T10:15", NEW_YORK, False)
    assert moved.late_after == moved.due_at + 6 * HOUR
    assert moved.version > before.version
    assert moved.payload_hash == before.payload_hash
    assert moving.label(newsroom, moved) == "will go out Tuesday 24 November, 10:15 EST, in 1 day"


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        ("2027-03-14T02:30", "does not exist"),
        ("2026-11-23T07:59", "has passed"),
        ("2029-01-01T09:00", "more than two years"),
        ("2026-11-24", "write it like"),
        ("soon", "write it like"),
        ("T", "Choose a date and a time"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_a_sentence(
    newsroom: Context, sky: Account, wall: str, words: str
) -> None:
    before = put(newsroom, sky, to("2026-11-24T10:00"))
    with pytest.raises(Invalid) as refused:
        moving.move(newsroom, before.id, to(wall), before.version)
    assert [problem.field for problem in refused.value.problems] == ["at"]
    assert words in refused.value.problems[0].message
    assert stored(newsroom, before.id) == before


def test_a_time_that_comes_twice_means_its_first(newsroom: Context, sky: Account) -> None:
    before = put(newsroom, sky, to("2026-11-24T10:00"))
    moved = moving.move(newsroom, before.id, to("2027-11-07T01:30"), before.version)
    assert moving.label(newsroom, moved).startswith("will go out Sunday 7 November 2027, 01:30 EDT")


@pytest.mark.parametrize("state", sorted(set(State) - moving.MOVABLE))
def test_only_what_waits_or_was_missed_moves(newsroom: Context, sky: Account, state: State) -> None:
    before = in_state(newsroom, sky, state)
    with pytest.raises(Conflict, match="cannot be moved any more"):
        moving.move(newsroom, before.id, to("2026-11-25T10:00"), before.version)
    assert stored(newsroom, before.id) == before


def test_what_may_be_live_already_keeps_its_time(newsroom: Context, sky: Account) -> None:
    before = in_state(newsroom, sky, State.SCHEDULED)
    with newsroom.database.writing() as tx:
        tx.execute(update(table).where(table.c.id == before.id).values(maybe_live=1))
    with pytest.raises(Conflict, match="may be live"):
        moving.move(newsroom, before.id, to("2026-11-25T10:00"), before.version)
    assert stored(newsroom, before.id).due_at == before.due_at


@pytest.mark.parametrize("state", [State.MISSED, State.HELD])
def test_what_was_missed_or_held_goes_again(newsroom: Context, sky: Account, state: State) -> None:
    before = in_state(newsroom, sky, state)
    moved = moving.move(newsroom, before.id, When(queue="next"), before.version)
    assert (moved.state, moved.queued, moved.reason, moved.sentence) == (State.SCHEDULED, True, "", "")
    assert moved.due_at in (MONDAY, TUESDAY)


def test_an_unknown_delivery_is_said_to_be_unknown(newsroom: Context) -> None:
    with pytest.raises(NotFound):
        moving.move(newsroom, 99, to("2026-11-25T10:00"), 1)


def test_to_the_top_moves_only_the_run_up_to_the_old_place(newsroom: Context, sky: Account) -> None:
    first, second, third, fourth = (put(newsroom, sky, When(queue="next")) for _ in range(4))
    moving.move(newsroom, third.id, When(queue="top"), third.version)
    due = [stored(newsroom, each.id).due_at for each in (third, first, second, fourth)]
    assert due == [MONDAY, TUESDAY, WEDNESDAY, THURSDAY]
    assert stored(newsroom, fourth.id).version == fourth.version


def test_to_the_top_moves_only_the_run_up_to_the_first_gap(newsroom: Context, sky: Account) -> None:
    first, gone, last = (put(newsroom, sky, When(queue="next")) for _ in range(3))
    own = put(newsroom, sky, to("2026-11-28T15:00"))
    moving.move(newsroom, gone.id, to("2026-11-29T15:00"), gone.version)
    moving.move(newsroom, own.id, When(queue="top"), own.version)
    assert [stored(newsroom, each.id).due_at for each in (own, first, last)] == [MONDAY, TUESDAY, WEDNESDAY]
    assert stored(newsroom, last.id).version == last.version


def test_a_full_queue_says_so(newsroom: Context, sky: Account, clock: StillClock) -> None:
    before = put(newsroom, sky, to("2026-11-24T10:00"))
    for day in range(1, 95):
        for hours in (0, 3.5):
            made.schedule(newsroom, sky, hours=(day - 1) * 24 + 1 + hours)
    with pytest.raises(Invalid) as refused:
        moving.move(newsroom, before.id, When(queue="next"), before.version)
    assert refused.value.problems[0].field == "at"
    assert "90 days" in refused.value.problems[0].message


def test_a_time_close_to_another_post_is_told_not_refused(newsroom: Context, sky: Account) -> None:
    put(newsroom, sky, to("2026-11-24T10:00"))
    before = put(newsroom, sky, to("2026-11-24T15:00"))
    assert moving.closeness(newsroom, before) == ""
    moved = moving.move(newsroom, before.id, to("2026-11-24T10:10"), before.version)
    assert "10:00 EST" in moving.closeness(newsroom, moved)
    assert "at least 15 minutes" in moving.closeness(newsroom, moved)
