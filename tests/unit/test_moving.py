"""Moving a delivery within the queue: its own place is free, and nobody else moves without need."""

from __future__ import annotations

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.slots import instant, parse_wall
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.moving import move
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import deliveries
from tests.support.newsroom import LATER, NEEDLING, add_account
from tests.support.postgres import BOTH_DATABASES

pytestmark = BOTH_DATABASES

NEW_YORK = "America/New_York"
TOP = When(queue="top")


def at(wall: str) -> int:
    return instant(parse_wall(wall), NEW_YORK)


SLOTS = [at(wall) for wall in ("2026-11-23T09:00", "2026-11-24T12:30", "2026-11-25T09:00", "2026-11-26T12:30")]


@pytest.fixture
def account(newsroom: Context) -> Account:
    return add_account(newsroom, "bluesky", "Clinic")


@pytest.fixture
def queued(newsroom: Context, account: Account) -> list[Delivery]:
    """Three deliveries in the first three slots."""
    given = TeaserInput("Read this.", NEEDLING, accounts=(account.id,), when=When(queue="next"))
    return [schedule(newsroom, given, Submission()).deliveries[0] for _ in range(3)]


def times(newsroom: Context, queued: list[Delivery]) -> list[int]:
    with newsroom.database.reading() as tx:
        return [found.due_at for each in queued if (found := deliveries.get(tx, each.id))]


def test_the_last_to_the_top_turns_the_others_round_by_one(newsroom: Context, queued: list[Delivery]) -> None:
    moved = move(newsroom, queued[2].id, TOP, queued[2].version)
    assert (moved.due_at, moved.queued, moved.version) == (SLOTS[0], True, queued[2].version + 1)
    assert times(newsroom, queued) == [SLOTS[1], SLOTS[2], SLOTS[0]]


def test_the_middle_one_to_the_top_fills_its_own_hole(newsroom: Context, queued: list[Delivery]) -> None:
    move(newsroom, queued[1].id, TOP, queued[1].version)
    assert times(newsroom, queued) == [SLOTS[1], SLOTS[0], SLOTS[2]]


def test_the_first_to_the_top_moves_nobody(newsroom: Context, queued: list[Delivery]) -> None:
    move(newsroom, queued[0].id, TOP, queued[0].version)
    assert times(newsroom, queued) == SLOTS[:3]


def test_a_missed_one_takes_the_next_free_slot(newsroom: Context, queued: list[Delivery]) -> None:
    with newsroom.database.writing() as tx:
        deliveries.set_state(tx, queued[0].id, State.MISSED, expect={State.SCHEDULED}, now=0)
    moved = move(newsroom, queued[0].id, When(queue="next"), queued[0].version + 1)
    assert (moved.state, moved.due_at) == (State.SCHEDULED, SLOTS[0])


def test_a_time_of_its_own(newsroom: Context, queued: list[Delivery]) -> None:
    moved = move(newsroom, queued[0].id, When("2026-12-01T15:00", NEW_YORK), queued[0].version)
    assert (moved.due_at, moved.queued, moved.at_wall) == (at("2026-12-01T15:00"), False, "2026-12-01T15:00")
    assert times(newsroom, queued)[1:] == SLOTS[1:3]


@pytest.mark.parametrize("wall", ["2027-03-14T02:30", "2020-01-01T09:00", "soon"])
def test_a_time_that_cannot_be_is_refused(newsroom: Context, queued: list[Delivery], wall: str) -> None:
    with pytest.raises(Invalid) as refused:
        move(newsroom, queued[0].id, When(wall, NEW_YORK), queued[0].version)
    assert [problem.field for problem in refused.value.problems] == ["at"]
    assert times(newsroom, queued) == SLOTS[:3]


def test_not_before_its_article(newsroom: Context, account: Account) -> None:
    given = TeaserInput("Soon", LATER, accounts=(account.id,), when=When("2026-12-02T09:00", NEW_YORK))
    delivery = schedule(newsroom, given, Submission()).deliveries[0]
    with pytest.raises(Invalid, match="after this teaser goes out"):
        move(newsroom, delivery.id, When("2026-11-30T09:00", NEW_YORK), delivery.version)


def test_not_what_changed_meanwhile_or_is_over(newsroom: Context, queued: list[Delivery]) -> None:
    with pytest.raises(Conflict, match="meanwhile"):
        move(newsroom, queued[0].id, TOP, queued[0].version + 1)
    with newsroom.database.writing() as tx:
        deliveries.set_state(tx, queued[0].id, State.CANCELLED, expect={State.SCHEDULED}, now=0)
    with pytest.raises(Conflict, match="is cancelled"):
        move(newsroom, queued[0].id, TOP, queued[0].version + 1)
