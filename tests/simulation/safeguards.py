"""The safeguards of "never twice", and what it is to be without one of them: `without(name)` switches one off.

A safeguard that can be switched off without any world noticing would be no safeguard, or the worlds would be too tame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, and_, false

from scheduler.domain import delivery as machine
from scheduler.domain import outcome as o
from scheduler.domain.delivery import Delivery, Recovery, State, Step
from scheduler.services.delivery import connectors, dispatch, reconcile
from scheduler.storage import claims, lateness
from tests.simulation import house
from tests.simulation.world import World

_d = claims._d


def _no_token(delivery: Delivery) -> Any:
    return and_(_d.id == delivery.id, _d.state == State.SENDING)


def _no_state(delivery: Delivery) -> Any:
    return and_(_d.id == delivery.id, _d.lease_token == delivery.lease_token)


def _no_mark(tx: Connection, delivery: Delivery, *, now: int, margin: int) -> bool:
    return claims.changed(tx, claims._held_by(delivery), updated_at=now)


def _mark_without_lease(tx: Connection, delivery: Delivery, *, now: int, margin: int) -> bool:
    return True


def _unknown_is_sent_again(delivery: Delivery, outcome: o.Outcome, now: int, chance: float, recovery: Recovery) -> Step:
    step = machine.after_send(delivery, outcome, now, chance, recovery)
    return replace(step, state=State.SCHEDULED, not_before=now) if step.state is State.UNKNOWN else step


def _at_once(*arguments: Any) -> Recovery:
    return replace(connectors.recovery_of(*arguments), settle=0)


def _keys_for_ever(*arguments: Any) -> Recovery:
    return replace(connectors.recovery_of(*arguments), key_remembered=10**12)


def _no_index() -> None:
    house.the_database().raw.execute("DROP INDEX IF EXISTS uq_deliveries_one_in_flight")


def _without_look_up(delivery: Delivery, _found: object, now: int, chance: float, recovery: Recovery) -> Step:
    return machine.after_lookup(delivery, o.Absent(sentence="Nobody looked."), now, chance, recovery)


def _forgets(original: Callable[[Step, int], dict[str, Any]]) -> Callable[[Step, int], dict[str, Any]]:
    def values(step: Step, now: int) -> dict[str, Any]:
        return original(replace(step, maybe_live=False), now)

    return values


SAFEGUARDS: dict[str, list[tuple[Any, str, Any]]] = {
    "fencing token": [(claims, "_held_by", _no_token)],
    "state guard of the finish": [(claims, "_held_by", _no_state)],
    "mark before the call": [(claims, "mark_started", _no_mark)],
    "unknown is not sent again": [(dispatch, "after_send", _unknown_is_sent_again)],
    "look-up before sending again": [(reconcile, "after_lookup", _without_look_up)],
    "settle time": [(dispatch, "recovery_of", _at_once), (reconcile, "recovery_of", _at_once)],
    "key window": [(reconcile, "recovery_of", _keys_for_ever)],
    "key window at the send": [(dispatch, "may_double", lambda *_: False)],
    "sticky maybe live": [(machine, "_over", lambda _live: State.FAILED)],
    "maybe live is kept": [(claims, "_step_values", _forgets(claims._step_values))],
    "one in flight": [(claims, "_busy", false)],
    "proof of death": [(World, "proved_dead", lambda _self, _name: True)],
    "distance in a catch-up": [(lateness, "space", lambda *_: None)],
}
"""What is put in the place of each safeguard."""


@contextmanager
def without(name: str) -> Iterator[None]:
    """Switch a safeguard off."""
    patches = [patch.object(*target) for target in SAFEGUARDS[name]]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()
