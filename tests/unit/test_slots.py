"""Slots and wall times over every zone: one occurrence per local date, gaps forward, overlaps first."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.clock import to_ms
from scheduler.domain.slots import (
    HORIZON_DAYS,
    NoFreeSlot,
    Slot,
    instant,
    local,
    next_free,
    occurrences,
    parse_slot,
    parse_wall,
    shifted_by_gap,
    within_gap,
)

ZONES = sorted(available_timezones())
DAY_MS = 86_400_000
SECOND_DATE_IN_GAP = ("America/Nuuk", "America/Godthab", "America/Scoresbysund", "Antarctica/Casey")
"""Zones whose gap spans midnight (Greenland) or three hours (Casey): a late slot lands on the next date that night."""


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return to_ms(datetime(year, month, day, hour, minute, tzinfo=UTC))


def test_spring_forward_shifts_and_fall_back_takes_the_first() -> None:
    gap = datetime(2026, 3, 8, 2, 30)  # noqa: DTZ001 - a wall time
    overlap = datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001
    assert local(instant(gap, "America/New_York"), "America/New_York").hour == 3
    assert instant(overlap, "America/New_York") == at(2026, 11, 1, 5, 30)
    assert shifted_by_gap(gap, "America/New_York")
    assert not shifted_by_gap(overlap, "America/New_York")


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    slot=st.builds(Slot, st.integers(0, 6), st.integers(0, 23), st.sampled_from([0, 15, 30, 45])),
    start=st.dates(date(2020, 1, 1), date(2039, 1, 1)),
)
def test_one_occurrence_per_week_in_order_never_early(zone: str, slot: Slot, start: date) -> None:
    after = to_ms(datetime(start.year, start.month, start.day, tzinfo=UTC))
    moments = list(occurrences([slot], zone, after))
    assert moments == sorted(set(moments))
    assert all(moment > after for moment in moments)
    weeks = [local(moment, zone).date() for moment in moments]
    for earlier, later in itertools.pairwise(weeks):
        slack = 1 if zone in SECOND_DATE_IN_GAP else 0
        assert abs((later - earlier).days - 7) <= slack
    for moment in moments:
        wall = local(moment, zone)
        assert (wall.hour, wall.minute) == (slot.hour, slot.minute) or shifted_by_gap(
            datetime.combine(wall.date() - timedelta(days=1 if wall.hour < slot.hour else 0), wall.time()).replace(
                hour=slot.hour, minute=slot.minute
            ),
            zone,
        )


def test_next_free_skips_what_is_taken_and_gives_up_at_the_horizon() -> None:
    after = at(2026, 11, 23)
    slots = [parse_slot("Mon 09:00"), parse_slot("Tue 09:00")]
    first = next_free(slots, "Europe/Berlin", after, lambda _: False)
    second = next_free(slots, "Europe/Berlin", after, lambda moment: moment == first)
    assert (first, second) == (at(2026, 11, 23, 8), at(2026, 11, 24, 8))
    with pytest.raises(NoFreeSlot, match=str(HORIZON_DAYS)):
        next_free(slots, "Europe/Berlin", after, lambda _: True)
    with pytest.raises(NoFreeSlot, match="no slots"):
        next_free([], "Europe/Berlin", after, lambda _: False)


def test_a_minimum_gap_counts_to_both_sides() -> None:
    assert within_gap(1000, [1500], 501)
    assert not within_gap(1000, [1500], 500)
    assert within_gap(1000, [1000], 0)


@pytest.mark.parametrize("text", ["", "Tue", "Tue 24:00", "Tue 9:60", "Foo 09:00", "Tue 09:00 x", "09:00"])
def test_a_slot_that_is_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="Tue 09:00"):
        parse_slot(text)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T09:00", "2026-11-23", "2026-11-23T09:00+01:00"])
def test_a_wall_time_that_is_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="2026-11-23T09:00"):
        parse_wall(text)
