"""Blackout days in planning: what is refused, what is passed over, what is held, and what closing a day does."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from scheduler.config import Calendar, read_calendar
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.domain.slots import instant, parse_wall
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch
from scheduler.services.planning import blackouts, closing_days, moving
from scheduler.services.planning.checking import check
from scheduler.services.planning.compose import Submission, TeaserInput, teaser_of
from scheduler.services.planning.overview import delivery_page
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import deliveries, events
from scheduler.storage.schema import deliveries as table
from tests.support.clock import StillClock
from tests.support.newsroom import add_account

NEW_YORK = "America/New_York"
FRIDAY = "2026-11-27"
"""The last slot of the week in which the clock stands still."""


def at(wall: str) -> int:
    return instant(parse_wall(wall), NEW_YORK)


@pytest.fixture
def sky(newsroom: Context) -> Account:
    return add_account(newsroom, "bluesky", "Clinic")


def close(newsroom: Context, *spans: str, account: str = "") -> None:
    """Write blackout days by hand, as an owner would: for everybody, or for one account."""
    file = newsroom.settings.config / "calendar.toml"
    days = ", ".join(f'"{span}"' for span in spans)
    text = file.read_text("utf-8")
    if account:
        text += f"\n[accounts.{account}]\nblackout = [{days}]\n"
    else:
        lines = [f"blackout = [{days}]" if line.startswith("blackout") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    file.write_text(text, "utf-8")
    assert newsroom.settings.calendar.default, newsroom.config.problems
    assert newsroom.config.problems == ()


def put(newsroom: Context, account: Account, when: When, text: str = "Read this.") -> Delivery:
    given = TeaserInput(text, accounts=(account.id,), when=when)
    return schedule(newsroom, given, Submission(who="Alex")).deliveries[0]


def stored(newsroom: Context, delivery_id: int) -> Delivery:
    with newsroom.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def told(newsroom: Context, delivery_id: int) -> list[tuple[str, str]]:
    with newsroom.database.reading() as tx:
        return [(event.kind, event.who) for event in events.of_delivery(tx, delivery_id)]


def to(wall: str) -> When:
    return When(at=wall, zone=NEW_YORK)


def test_an_accounts_days_come_on_top_of_the_default_ones(newsroom: Context, sky: Account) -> None:
    close(newsroom, FRIDAY)
    close(newsroom, "2026-11-25", account=sky.key)
    calendar = newsroom.settings.calendar
    assert [str(span) for span in calendar.blackout_for(sky.key)] == ["2026-11-25", FRIDAY]
    assert [str(span) for span in calendar.blackout_for("another")] == [FRIDAY]
    assert calendar.rules_for(sky.key).slots == calendar.default.slots


def test_wrong_days_in_the_file_are_named(newsroom: Context) -> None:
    file = newsroom.settings.config / "calendar.toml"
    file.write_text('zone = "UTC"\n[default]\nblackout = ["Easter", "2026-12-26..2026-12-24"]\n', "utf-8")
    problems: list[Problem] = []
    read_calendar(file, problems)
    assert [problem.field for problem in problems] == ["calendar.toml: default.blackout"] * 2
    assert "Easter" in problems[0].message


def test_the_next_free_slot_passes_over_them(newsroom: Context, sky: Account) -> None:
    close(newsroom, "2026-11-23..2026-11-26")
    assert put(newsroom, sky, When(queue="next")).due_at == at(f"{FRIDAY}T09:00")
    assert put(newsroom, sky, When(queue="top")).due_at == at(f"{FRIDAY}T09:00")


@pytest.mark.parametrize("when", [to(f"{FRIDAY}T10:00"), When(at=f"{FRIDAY}T15:00", zone="Europe/Berlin")])
def test_a_time_on_such_a_day_is_refused_with_the_way_out(newsroom: Context, sky: Account, when: When) -> None:
    close(newsroom, FRIDAY)
    with pytest.raises(Invalid) as refused:
        put(newsroom, sky, when)
    (problem,) = refused.value.problems
    assert problem.field == f"accounts.{sky.id}.when"
    assert "27 November 2026" in problem.message
    assert "Choose another day" in problem.message


def test_now_is_refused_on_such_a_day(newsroom: Context, sky: Account) -> None:
    close(newsroom, "2026-11-23")
    with pytest.raises(Invalid, match="blackout"):
        put(newsroom, sky, When(now=True))


def test_only_the_account_with_the_day_is_refused(newsroom: Context, sky: Account) -> None:
    toot = add_account(newsroom, "mastodon", "Clinic")
    close(newsroom, FRIDAY, account=toot.key)
    given = TeaserInput("Read this.", accounts=(sky.id, toot.id), when=to(f"{FRIDAY}T10:00"))
    found = check(newsroom, teaser_of(given))
    assert [problem.field for problem in found.errors] == [f"accounts.{toot.id}.when"]


def test_moving_there_is_refused(newsroom: Context, sky: Account) -> None:
    before = put(newsroom, sky, When(queue="next"))
    close(newsroom, FRIDAY)
    with pytest.raises(Invalid) as refused:
        moving.move(newsroom, before.id, to(f"{FRIDAY}T10:00"), before.version)
    assert refused.value.problems[0].field == "at"
    assert stored(newsroom, before.id) == before


def test_what_stands_on_a_day_that_was_closed_by_hand_is_held_and_stays_so(
    newsroom: Context, sky: Account, clock: StillClock
) -> None:
    planned = put(newsroom, sky, to(f"{FRIDAY}T10:00"))
    close(newsroom, FRIDAY)
    assert "will be held" in delivery_page(newsroom, planned.id).row.why
    clock.now = planned.due_at
    (claimed,) = dispatch.claim_due(newsroom, "the worker", 5)
    dispatch.send(newsroom, claimed)
    held = stored(newsroom, planned.id)
    assert (held.state, held.reason) == (State.HELD, blackouts.REASON)
    assert "27 November 2026" in held.sentence
    clock.move(days=1)
    assert dispatch.claim_due(newsroom, "the worker", 5) == []
    assert stored(newsroom, planned.id).state is State.HELD
    moved = moving.move(newsroom, held.id, to("2026-11-30T10:00"), held.version, "Alex")
    assert moved.state is State.SCHEDULED
    assert told(newsroom, planned.id) == [("scheduled", "Alex"), ("moved", "Alex")]


def test_it_does_not_slip_out_on_the_day_after(newsroom: Context, sky: Account, clock: StillClock) -> None:
    planned = put(newsroom, sky, to(f"{FRIDAY}T20:00"))
    close(newsroom, FRIDAY)
    clock.now = at("2026-11-28T00:30")
    (claimed,) = dispatch.claim_due(newsroom, "the worker", 5)
    dispatch.send(newsroom, claimed)
    assert stored(newsroom, planned.id).reason == blackouts.REASON


def test_a_late_post_does_not_slip_into_a_blackout_day(newsroom: Context, sky: Account, clock: StillClock) -> None:
    planned = put(newsroom, sky, to("2026-11-26T23:30"))
    close(newsroom, FRIDAY)
    clock.now = at(f"{FRIDAY}T00:30")
    (claimed,) = dispatch.claim_due(newsroom, "the worker", 5)
    dispatch.send(newsroom, claimed)
    assert (stored(newsroom, planned.id).reason, "Today" in stored(newsroom, planned.id).sentence) == ("blackout", True)


def test_sending_now_is_refused_on_the_day_and_works_after_it(
    newsroom: Context, sky: Account, clock: StillClock
) -> None:
    planned = put(newsroom, sky, to(f"{FRIDAY}T10:00"))
    close(newsroom, FRIDAY)
    with newsroom.database.writing() as tx:
        held = update(table).where(table.c.id == planned.id).values(state=State.HELD, reason=blackouts.REASON)
        tx.execute(held)
    clock.now = at(f"{FRIDAY}T11:00")
    with pytest.raises(Conflict, match="Today is a blackout day of Clinic"):
        decisions.retry(newsroom, planned.id, "Alex")
    clock.now = at("2026-11-28T11:00")
    again = decisions.retry(newsroom, planned.id, "Alex")
    assert (again.state, again.due_at) == (State.SCHEDULED, clock.now)
    assert blackouts.hold_reason(newsroom, again, sky, clock.now) == ""


def fresh_calendar(newsroom: Context, *spans: str) -> Calendar:
    """Return the calendar with these blackout days, without closing them yet."""
    file = newsroom.settings.config / "calendar.toml"
    before = file.read_text("utf-8")
    close(newsroom, *spans)
    found = newsroom.settings.calendar
    file.write_text(before, "utf-8")
    assert newsroom.settings.calendar != found
    return found


def test_closing_days_names_what_waits_there_and_where_it_would_go(newsroom: Context, sky: Account) -> None:
    first, second, third = (put(newsroom, sky, When(queue="next"), f"Text {n}") for n in range(3))
    found = closing_days.affected(newsroom, fresh_calendar(newsroom, "2026-11-23..2026-11-24"))
    assert [each.delivery.id for each in found] == [first.id, second.id]
    assert [each.next_at for each in found] == [at("2026-11-26T12:30"), at(f"{FRIDAY}T09:00")]
    assert third.due_at == at("2026-11-25T09:00"), "and the slot between is taken"


def test_closed_days_move_what_waits_there_as_it_was_shown(newsroom: Context, sky: Account) -> None:
    waiting = [put(newsroom, sky, When(queue="next"), f"Text {n}") for n in range(3)]
    found = closing_days.affected(newsroom, fresh_calendar(newsroom, "2026-11-23..2026-11-24"))
    close(newsroom, "2026-11-23..2026-11-24")
    settled = closing_days.settle(newsroom, found, closing_days.MOVE, "Alex")
    assert (settled.moved, settled.held, settled.problems) == (2, 0, ())
    assert [stored(newsroom, each.id).due_at for each in waiting[:2]] == [each.next_at for each in found]
    assert stored(newsroom, waiting[2].id) == waiting[2]
    assert told(newsroom, waiting[0].id)[-1] == ("moved", "Alex")


def test_closed_days_keep_on_hold_what_waits_there(newsroom: Context, sky: Account) -> None:
    waiting = put(newsroom, sky, When(queue="next"))
    found = closing_days.affected(newsroom, fresh_calendar(newsroom, "2026-11-23"))
    close(newsroom, "2026-11-23")
    settled = closing_days.settle(newsroom, found, closing_days.KEEP, "Alex")
    held = stored(newsroom, waiting.id)
    assert (settled.held, held.state, held.reason) == (1, State.HELD, blackouts.REASON)
    assert told(newsroom, waiting.id)[-1] == ("held", "Alex")


def test_what_changed_meanwhile_is_left_to_the_gate(newsroom: Context, sky: Account) -> None:
    waiting = put(newsroom, sky, When(queue="next"))
    found = closing_days.affected(newsroom, fresh_calendar(newsroom, "2026-11-23"))
    moved = moving.move(newsroom, waiting.id, to("2026-11-30T10:00"), waiting.version)
    close(newsroom, "2026-11-23")
    for choice in closing_days.CHOICES:
        assert closing_days.settle(newsroom, found, choice, "Alex") == closing_days.Settled()
    assert stored(newsroom, waiting.id) == moved
