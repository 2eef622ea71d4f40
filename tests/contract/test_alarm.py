"""The worker's alarm for the next due moment: set once for each moment, and again after it has rung."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.clock import to_datetime
from scheduler.services.context import Context
from scheduler.storage.migrate import migrate
from scheduler.worker.main import Worker
from tests.contract.test_deliveries_store import NOW, add_account, add_delivery
from tests.support.clock import StillClock
from tests.support.house import furnish


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with furnish(tmp_path, clock=StillClock(NOW)) as context:
        migrate(context.database)
        yield context


class _Alarms:
    """The worker's scheduler, which notes for when its alarm is set."""

    def __init__(self, worker: Worker) -> None:
        self.set_for: list[object] = []
        worker.scheduler.add_job = self._note

    def _note(self, _job: object, _trigger: str, *, run_date: object, **_: object) -> None:
        self.set_for.append(run_date)


def test_a_moment_gets_one_alarm_however_many_rounds_there_are(ctx: Context) -> None:
    add_delivery(ctx.database, add_account(ctx.database), due_at=NOW + 60_000)
    worker = Worker(ctx)
    alarms = _Alarms(worker)
    worker._set_alarm()
    worker._set_alarm()
    assert alarms.set_for == [to_datetime(NOW + 60_000)]
    add_delivery(ctx.database, add_account(ctx.database, "b"), due_at=NOW + 30_000)
    worker._set_alarm()
    assert alarms.set_for[1:] == [to_datetime(NOW + 30_000)]


def test_an_alarm_that_rang_too_early_is_set_again(ctx: Context) -> None:
    """As after a step of the clock, which makes every job run at once."""
    add_delivery(ctx.database, add_account(ctx.database), due_at=NOW + 60_000)
    worker = Worker(ctx)
    alarms = _Alarms(worker)
    worker._set_alarm()
    worker._on_alarm()
    worker._set_alarm()
    assert alarms.set_for == [to_datetime(NOW + 60_000)] * 2
