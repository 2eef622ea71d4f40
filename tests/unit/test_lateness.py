"""How late posts are spaced: at once, in order, never closer than the gap to anything."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.lateness import catch_up

NOW = 1_800_000_000_000
MINUTE = 60_000


def test_the_first_goes_at_once_and_the_rest_keep_the_gap() -> None:
    assert catch_up([7, 3, 5], [], NOW, 15 * MINUTE) == {7: NOW, 3: NOW + 15 * MINUTE, 5: NOW + 30 * MINUTE}


def test_posts_with_their_own_time_keep_it_and_their_distance() -> None:
    others = [NOW + 20 * MINUTE, NOW - 5 * MINUTE]
    assert catch_up([1, 2], others, NOW, 15 * MINUTE) == {1: NOW + 35 * MINUTE, 2: NOW + 50 * MINUTE}


def test_without_a_gap_nothing_shares_an_instant() -> None:
    assert catch_up([1, 2], [NOW], NOW, 0) == {1: NOW + 1, 2: NOW + 2}


@given(
    late=st.lists(st.integers(1, 10_000), unique=True, max_size=40),
    others=st.lists(st.integers(-120, 600).map(lambda minutes: NOW + minutes * MINUTE), max_size=40),
    minutes=st.integers(0, 60),
)
def test_nothing_is_early_doubled_or_too_close(late: list[int], others: list[int], minutes: int) -> None:
    gap = max(minutes * MINUTE, 1)
    turns = catch_up(late, others, NOW, minutes * MINUTE)
    assert list(turns) == late
    instants = list(turns.values())
    assert all(instant >= NOW for instant in instants)
    assert all(later - earlier >= gap for earlier, later in pairwise(instants))
    assert all(abs(instant - other) >= gap for instant in instants for other in others)
