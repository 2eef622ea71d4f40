"""A clock that was set: what is not known yet settles anew, because nobody knows how much time has really passed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.services.context import Context
from scheduler.services.delivery.reconcile import settle_anew
from scheduler.storage import accounts, deliveries
from scheduler.worker.clockwatch import ClockWatch
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.house import furnish

SETTLE_MS = 30_000


class SetClock(StillClock):
    """A clock whose steady side stands still, so that every move is a step."""

    def monotonic(self) -> float:
        """Return the same instant for ever."""
        return 0.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Context]:
    with furnish(tmp_path, clock=SetClock(), environ={"DRUMBEAT_PLATFORM_MASTODON_SETTLE_SECONDS": "30"}) as context:
        yield context


def next_look(house: Context, delivery_id: int) -> int:
    with house.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found.not_before


def test_a_step_of_the_clock_puts_the_look_ups_off(house: Context) -> None:
    clock = house.clock
    assert isinstance(clock, SetClock)
    with house.database.writing() as tx:
        account = accounts.add(tx, Account(0, "clinic", "mastodon", "Clinic", "clinic", "1"), "", clock.now)
    unknown = schedule(house, account, hours=0, state=State.UNKNOWN)
    waiting = schedule(house, account, hours=0)
    before = next_look(house, waiting)
    watch = ClockWatch(house, lambda: None)
    watch.look()
    assert next_look(house, unknown) < clock.now + SETTLE_MS, "nothing stepped, nothing is put off"
    clock.move(hours=1)
    watch.look()
    assert next_look(house, unknown) == clock.now + SETTLE_MS
    assert next_look(house, waiting) == before
    settle_anew(house)
    assert next_look(house, unknown) == clock.now + SETTLE_MS, "a later time is not brought forward"
