"""Which backups are kept: a rule without a disk."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from scheduler.clock import to_ms
from scheduler.domain.retention import DAY_MS, to_keep

NOON = to_ms(datetime(2026, 11, 23, 12, tzinfo=UTC))  # a Monday
HOUR_MS = 3_600_000


def kept_days(made: list[int], **rules: int) -> list[int]:
    return sorted((NOON - instant) // DAY_MS for instant in to_keep(made, NOON, **rules))


def test_seven_days_and_four_weeks() -> None:
    daily = [NOON - day * DAY_MS - 9 * HOUR_MS for day in range(60)]
    assert kept_days(daily, daily=7, weekly=4) == [0, 1, 2, 3, 4, 5, 6, 8, 15]
    assert kept_days(daily, daily=2, weekly=0) == [0, 1]


def test_days_without_any_do_not_count() -> None:
    rare = [NOON - day * DAY_MS for day in (10, 20, 30)]
    assert kept_days(rare, daily=2, weekly=0) == [10, 20]


def test_of_one_day_the_newest_stays_but_of_the_last_day_all() -> None:
    today = [NOON - hours * HOUR_MS for hours in (1, 2, 3)]
    earlier = [NOON - 3 * DAY_MS - hours * HOUR_MS for hours in (1, 2, 3)]
    assert to_keep(today + earlier, NOON, daily=7, weekly=4) == {*today, earlier[0]}


@given(st.lists(st.integers(0, 400 * DAY_MS), min_size=1), st.integers(1, 10), st.integers(0, 10))
def test_the_newest_always_stays_and_nothing_is_made_up(ages: list[int], daily: int, weekly: int) -> None:
    made = [NOON - age for age in ages]
    kept = to_keep(made, NOON, daily=daily, weekly=weekly)
    assert max(made) in kept
    assert kept <= set(made)
    assert len([one for one in kept if NOON - one >= DAY_MS]) <= daily + weekly
