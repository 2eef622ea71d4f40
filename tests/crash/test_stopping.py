"""A worker that is asked to stop in an unlucky moment stops in good order all the same."""

from __future__ import annotations

from scheduler.domain.delivery import State
from tests.crash.town import Town, now_ms
from tests.support.worker_trouble import STOPPED_BY_ITS_ALARM


def test_asked_to_stop_in_the_moment_in_which_a_delivery_becomes_due(place: Town) -> None:
    now = now_ms()
    codes = place.deliver(place.account("blind"), [now + 1_200, now + 4_000, now + 20_000])  # however long it starts
    worker = place.start(before=STOPPED_BY_ITS_ALARM)
    assert worker.wait() == 0, place.log()
    assert "Traceback" not in place.log()
    assert {place.delivery(code).state for code in codes} <= {State.SCHEDULED, State.PUBLISHED}
