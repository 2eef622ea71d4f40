"""When to try again: spread, never before the platform says so, and never further away than the ceiling."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.retry import AFTER_LIMIT_MS, CEILING_MS, FIRST_MS, try_again_at

NOW = 1_800_000_000_000
attempts = st.integers(0, 1_000)
chances = st.floats(0, 1)


@given(attempts, chances)
def test_a_pause_grows_up_to_the_ceiling(tries: int, chance: float) -> None:
    pause = try_again_at(NOW, tries, chance) - NOW
    assert 0 <= pause <= min(CEILING_MS, FIRST_MS * 2**tries)
    assert pause <= try_again_at(NOW, tries + 1, chance) - NOW


@given(attempts, chances, st.integers(-(10**9), 10**9))
def test_the_time_that_the_platform_names_is_never_undercut(tries: int, chance: float, ahead: int) -> None:
    moment = try_again_at(NOW, tries, chance, NOW + ahead)
    assert max(NOW, NOW + ahead) <= moment
    assert moment <= max(NOW + CEILING_MS, NOW + ahead + AFTER_LIMIT_MS)


@given(attempts)
def test_the_whole_span_is_used(tries: int) -> None:
    assert try_again_at(NOW, tries, 0.0) == NOW
    assert try_again_at(NOW, tries, 1.0) == NOW + min(CEILING_MS, FIRST_MS * 2**tries)
