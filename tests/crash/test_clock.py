"""The real worker under a wall clock that steps, sleeps and lies, against a steady clock that goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from scheduler.clock import to_ms
from scheduler.domain.delivery import State
from scheduler.services.operations import clock_health
from scheduler.storage.schema import notices
from tests.crash.town import HOUR_MS, Town, now_ms
from tests.support.launcher import Launched
from tests.support.worker import until
from tests.support.worker_clock import HOOK, set_offset

HOUR = 3_600
DAY_MS = 24 * HOUR_MS


@contextmanager
def running(place: Town) -> Iterator[Launched]:
    """Run a worker on a clock of its own until it is ready, and stop it at the end."""
    before = place.log().count("is ready")
    worker = place.start(before=HOOK)
    try:
        until(lambda: place.log().count("is ready") > before, "the worker is ready")
        yield worker
        assert worker.stop() == 0, place.log()
    finally:
        worker.kill()


def state(place: Town, code: str) -> State:
    return place.delivery(code).state


def is_published(place: Town, code: str) -> bool:
    return state(place, code) is State.PUBLISHED


def told(place: Town, cause: str) -> list[str]:
    """Return the open notices of a cause."""
    with place.context.database.reading() as tx:
        return list(tx.execute(select(notices.c.sentence).where(notices.c.cause == cause)).scalars())


def test_a_machine_that_slept_sends_at_once_when_it_wakes(place: Town) -> None:
    account = place.account("bluesky")
    (code,) = place.deliver(account, [now_ms() + HOUR_MS])
    with running(place):
        set_offset(place.root, HOUR + 2)  # the steady clock stood still: nothing in the worker was awake
        until(lambda: is_published(place, code), "it goes out right after waking up")
        until(lambda: bool(told(place, "clock")), "the step is told")
    assert "slept, or its clock was set forward, by 1 hour" in told(place, "clock")[0]


def test_after_a_step_back_the_worker_goes_on_and_sends_nothing_early_or_twice(place: Town) -> None:
    account = place.account("bluesky")
    (before,) = place.deliver(account, [now_ms()])
    with running(place):
        until(lambda: is_published(place, before), "the first one goes out")
        set_offset(place.root, -HOUR)
        until(lambda: bool(told(place, "clock")), "the step is seen")
        assert "was set back by 1 hour" in told(place, "clock")[0]
        # By the worker's clock: one is due now, the other in an hour. By ours the latter is due as well.
        (due,) = place.deliver(place.account("mastodon"), [now_ms() - HOUR_MS])
        (early,) = place.deliver(account, [now_ms()])
        until(lambda: is_published(place, due), "work goes on at once, not when the old time has come again")
        assert state(place, early) is State.SCHEDULED, "an hour early by the clock that counts"
        set_offset(place.root, 0)
        until(lambda: is_published(place, early), "it goes out when its time has come")
    assert place.server.book.counts(before) == 1


def test_many_steps_in_both_directions_double_nothing(place: Town) -> None:
    account = place.account("blind")
    codes = place.deliver(account, [now_ms() + n * HOUR_MS for n in range(-2, 4)])
    with running(place):
        for hours in (1, -3, 2, -1, 4):
            steps = len(_steps(place))
            set_offset(place.root, hours * HOUR + 1)
            until(lambda seen=steps: len(_steps(place)) > seen, "the step is seen")  # type: ignore[misc]
        until(lambda: all(state(place, code) is not State.SENDING for code in codes), "nothing is left in the air")
    assert all(place.server.book.counts(code) <= 1 for code in codes)


def _steps(place: Town) -> list[str]:
    return [line for line in place.log().splitlines() if "set forward" in line or "set back" in line]


BERLIN_DAYS = {
    "spring forward": datetime(2027, 3, 28, 0, 59, 58, tzinfo=UTC),
    "fall back": datetime(2027, 10, 31, 0, 59, 58, tzinfo=UTC),
    "midnight": datetime(2027, 2, 28, 23, 59, 58, tzinfo=UTC),
}


@pytest.mark.parametrize("name", sorted(BERLIN_DAYS))
def test_on_days_when_the_wall_changes_it_sends_at_the_instant_and_not_before(place: Town, name: str) -> None:
    start = to_ms(BERLIN_DAYS[name])
    offset = start - now_ms()
    set_offset(place.root, offset / 1000)
    (code,) = place.deliver(place.account("bluesky"), [start + 2_000])  # exactly on the hour, at the change
    with running(place):
        until(lambda: is_published(place, code), "it goes out at the change of the wall clock")
    (post,) = place.server.book.by_code()[code]
    assert post.at.timestamp() * 1000 + offset >= start + 2_000 - 100, "not early"


def test_a_restart_across_the_gap_sends_what_fell_into_it(place: Town) -> None:
    before = to_ms(datetime(2027, 3, 28, 0, 59, 0, tzinfo=UTC))  # 01:59 in Berlin; the next minute is 03:00
    offset = before - now_ms()
    set_offset(place.root, offset / 1000)
    (code,) = place.deliver(place.account("bluesky"), [before + 60_000])
    with running(place):
        assert state(place, code) is State.SCHEDULED
    set_offset(place.root, offset / 1000 + 90)
    with running(place):
        until(lambda: is_published(place, code), "the new worker sends it")
    assert place.server.book.counts(code) == 1


def test_platforms_that_say_another_time_raise_a_banner_and_lower_it_again(place: Town) -> None:
    set_offset(place.root, -120)
    (first,) = place.deliver(place.account("bluesky"), [now_ms() - 300_000])
    with running(place):
        until(lambda: clock_health.clock_problem(place.context) != "", "the platform's time is two minutes ahead")
        assert "wrong by 2 minutes: it is behind" in clock_health.clock_problem(place.context)
        set_offset(place.root, 0)
        (second,) = place.deliver(place.account("mastodon"), [now_ms()])
        until(lambda: clock_health.clock_problem(place.context) == "", "the clock is right again")
    assert is_published(place, first) and is_published(place, second)
