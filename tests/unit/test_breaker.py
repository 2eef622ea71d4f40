"""When a host is left alone, for how long, and what counts for it."""

from __future__ import annotations

from scheduler.domain.breaker import FAULTS, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, Breaker, after_fault

NOW = 1_800_000_000_000


def after(faults: int) -> Breaker:
    breaker = Breaker("social.example")
    for _ in range(faults):
        breaker = after_fault(breaker, "No answer.", NOW)
    return breaker


def test_a_few_faults_change_nothing() -> None:
    assert not after(FAULTS - 1).tripped
    assert after(FAULTS - 1).open_until == 0


def test_the_pause_begins_with_a_minute_and_doubles_up_to_a_quarter_of_an_hour() -> None:
    pauses = [after(FAULTS + more).open_until - NOW for more in range(7)]
    assert pauses[:4] == [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS, 8 * FIRST_PAUSE_MS]
    assert set(pauses[4:]) == {LONGEST_PAUSE_MS}
    assert after(FAULTS).tripped
