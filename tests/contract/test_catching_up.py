"""After downtime: late posts go out spaced by the account's gap, in the order that the owner chose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.live import serve

MINUTE = 60_000


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    with serve(tmp_path, clock=clock) as live:
        yield live.context


@pytest.fixture
def account(ctx: Context) -> Account:
    return connect(ctx, "bluesky", {"service": "practice"}, {})


def newest_first(ctx: Context) -> None:
    path = ctx.settings.config / "calendar.toml"
    text = path.read_text("utf-8")
    assert 'catch_up = "oldest first"' in text
    path.write_text(text.replace('catch_up = "oldest first"', 'catch_up = "newest first"'), "utf-8")


def work_for(ctx: Context, clock: StillClock, minutes: int) -> list[tuple[int, int]]:
    """Let the engine run; return (minute, delivery) of everything that was sent."""
    start, sent = clock.now_ms(), []
    for _ in range(minutes):
        for claimed in dispatch.claim_due(ctx, "w", 10):
            dispatch.send(ctx, claimed)
            sent.append(((clock.now_ms() - start) // MINUTE, claimed.id))
        clock.move(minutes=1)
    return sent


def test_late_posts_are_spaced_and_the_one_on_time_keeps_its_time(
    ctx: Context, clock: StillClock, account: Account
) -> None:
    late = [schedule(ctx, account, text=f"Late {n}", hours=n * 0.25) for n in range(1, 4)]
    on_time = schedule(ctx, account, text="On time", hours=2.5)
    clock.move(hours=2)
    sent = work_for(ctx, clock, 80)
    assert sent == [(0, late[0]), (15, late[1]), (30, on_time), (45, late[2])]
    assert len(practice_store(ctx).feed("bluesky")) == 4


def test_newest_first_when_the_owner_says_so(ctx: Context, clock: StillClock, account: Account) -> None:
    newest_first(ctx)
    late = [schedule(ctx, account, text=f"Late {n}", hours=n * 0.5) for n in range(1, 4)]
    clock.move(hours=2)
    assert work_for(ctx, clock, 40) == [(0, late[2]), (15, late[1]), (30, late[0])]


def test_what_would_become_too_late_while_it_catches_up_is_a_persons_decision(
    ctx: Context, clock: StillClock, account: Account
) -> None:
    late = [schedule(ctx, account, text=f"Late {n}", hours=n * 0.01) for n in range(1, 4)]
    clock.move(hours=5.9)
    sent = work_for(ctx, clock, 60)
    assert sent == [(0, late[0])], "the others' turns lie behind their tolerance"
    assert {decisions.delivery(ctx, each).state for each in late[1:]} == {State.MISSED}


def test_a_short_stop_changes_no_turn(ctx: Context, clock: StillClock, account: Account) -> None:
    both = [schedule(ctx, account, text=f"Close {n}", hours=1) for n in range(2)]
    clock.move(hours=1, minutes=3)
    assert work_for(ctx, clock, 2) == [(0, both[0]), (1, both[1])], "chosen by hand, these were meant to be close"


def test_what_is_a_little_late_does_not_overtake_what_is_very_late(
    ctx: Context, clock: StillClock, account: Account
) -> None:
    """Two posts a minute apart, the first just late enough for a catch-up: their order stays."""
    both = [schedule(ctx, account, text=f"Close {n}", hours=1 + n / 60) for n in range(2)]
    clock.move(hours=1, minutes=5)
    assert work_for(ctx, clock, 17) == [(0, both[0]), (15, both[1])]
