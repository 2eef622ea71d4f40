"""Steps of the wall clock, and whether the fault is ours."""

from __future__ import annotations

import pytest

from scheduler.domain.clock_steps import Reading, error_of_ours, step_between
from scheduler.platforms.dates import MOST_HOSTS, Skew, Skews

NOW = 1_795_363_200_000  # 2026-11-22T16:00:00Z


@pytest.mark.parametrize(
    ("wall_ms", "steady_s", "step"),
    [
        (1_000, 1.0, 0),
        (0, 1.0, 0),
        (6_000, 1.0, 0),
        (6_001, 1.0, 5_001),
        (-4_000, 1.0, 0),
        (-4_001, 1.0, -5_001),
        (3_601_000, 1.0, 3_600_000),
        (3_600_000, 3_600.0, 0),
    ],
    ids=["as it should", "slewed", "at the limit", "forward", "at the limit back", "back", "slept", "a long pause"],
)
def test_a_step_is_what_the_wall_clock_did_beyond_the_steady_one(wall_ms: int, steady_s: float, step: int) -> None:
    assert step_between(Reading(NOW, 7.5), Reading(NOW + wall_ms, 7.5 + steady_s)) == step


@pytest.mark.parametrize(
    ("skews", "error"),
    [([], 0), ([30_000], 0), ([30_001], 30_001), ([-120_000, -121_000], -120_000), ([-120_000, 400], 0)],
    ids=["nobody told", "near enough", "behind", "ahead", "one agrees with us"],
)
def test_our_clock_is_wrong_only_when_nobody_agrees_with_it(skews: list[int], error: int) -> None:
    assert error_of_ours(skews) == error


def test_the_date_of_an_answer_is_held_against_our_clock() -> None:
    skews = Skews()
    skews.note("a.example", {"date": "Sun, 22 Nov 2026 16:02:00 GMT"}, NOW)
    assert skews.seen() == {"a.example": Skew(120_000, NOW)}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": ""},
        {"date": "soon"},
        {"date": "Sun, 22 Nov 2026 16:02:00"},
        {"date": "Sun, 22 Nov 99999999999 16:02:00 GMT"},
        {"date": "Sun, 22 Nov 2026 16:02:00 GMT", "age": "300"},
    ],
)
def test_a_date_that_proves_nothing_is_left_aside(headers: dict[str, str]) -> None:
    skews = Skews()
    skews.note("a.example", headers, NOW)
    assert skews.seen() == {}


def test_a_stranger_with_many_names_cannot_fill_our_memory() -> None:
    skews = Skews()
    for number in range(MOST_HOSTS + 5):
        skews.note(f"{number}.example", {"date": "Sun, 22 Nov 2026 16:02:00 GMT"}, NOW)
    assert len(skews.seen()) == MOST_HOSTS
