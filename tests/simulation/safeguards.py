"""The safeguards of "never twice", and what it is to be without one of them: `without(name)` switches one off.

A safeguard that can be switched off without any world noticing would be no safeguard, or the worlds would be too tame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, and_, bindparam, exists, false, select, true, tuple_, update

from scheduler.domain import delivery as machine
from scheduler.domain import outcome as o
from scheduler.domain.delivery import Delivery, Recovery, State, Step
from scheduler.services.delivery import breaking, connectors, dispatch, gate, reconcile
from scheduler.storage import claims, lateness
from scheduler.storage.schema import accounts, deliveries
from tests.simulation import house
from tests.simulation.world import World

_d = claims._d
_open = World.open


def _no_token() -> Any:
    return _d.id == bindparam("which")


def _stale_heads() -> Any:
    """What a claim may have read before others committed: no word of what is in flight by now."""
    first = ~exists().where(
        claims._earlier.c.account_id == _d.account_id,
        claims._earlier.c.state == State.SCHEDULED,
        tuple_(claims._earlier.c.turn_at, claims._earlier.c.id) < tuple_(_d.turn_at, _d.id),
    )
    due = and_(_d.due_at <= claims._now, _d.turn_at <= claims._now, _d.not_before <= claims._now)
    states = _d.state.in_([State.SCHEDULED, State.SENDING])
    heads = select(deliveries).join(accounts, accounts.c.id == _d.account_id)
    return heads.where(states, due, claims.may_publish(claims._now), first).order_by(_d.turn_at, _d.id)


def _any_state(_state: State) -> Any:
    return update(deliveries).where(claims._same_claim()).values(version=_d.version + 1, lease_until=None)


def _no_mark(_tx: Connection, _delivery: Delivery, **_: int) -> bool:
    return True


def _unknown_is_sent_again(delivery: Delivery, outcome: o.Outcome, now: int, chance: float, recovery: Recovery) -> Step:
    step = machine.after_send(delivery, outcome, now, chance, recovery)
    return replace(step, state=State.SCHEDULED, not_before=now) if step.state is State.UNKNOWN else step


def _at_once(*arguments: Any) -> Recovery:
    return replace(connectors.recovery_of(*arguments), settle=0)


def _keys_for_ever(*arguments: Any) -> Recovery:
    return replace(connectors.recovery_of(*arguments), key_remembered=10**12)


def _no_index(world: World) -> None:
    _open(world)
    house.the_database().raw.execute("DROP INDEX uq_deliveries_one_in_flight")


def _without_look_up(delivery: Delivery, _found: object, now: int, chance: float, recovery: Recovery) -> Step:
    return machine.after_lookup(delivery, o.Absent(sentence="Nobody looked."), now, chance, recovery)


def _forgets(original: Callable[[Step, int], dict[str, Any]]) -> Callable[[Step, int], dict[str, Any]]:
    def values(step: Step, now: int) -> dict[str, Any]:
        return original(replace(step, maybe_live=False), now)

    return values


SAFEGUARDS: dict[str, list[tuple[Any, str, Any]]] = {
    "fencing token": [(claims, "_same_claim", _no_token)],
    "state guard of the finish": [(claims, "_end", _any_state)],
    "mark before the call": [(claims, "mark_started", _no_mark)],
    "unknown is not sent again": [(dispatch, "after_send", _unknown_is_sent_again)],
    "look-up before sending again": [(reconcile, "after_lookup", _without_look_up)],
    "settle time": [(dispatch, "recovery_of", _at_once), (reconcile, "recovery_of", _at_once)],
    "settle time after a clock step": [(reconcile, "settle_anew", lambda _ctx: None)],
    "key window": [(reconcile, "recovery_of", _keys_for_ever)],
    "key window at the send": [(dispatch, "may_double", lambda *_: False)],
    "sticky maybe live": [(machine, "_over", lambda _live: State.FAILED)],
    "maybe live is kept": [(claims, "_step_values", _forgets(claims._step_values))],
    "guard of the claim": [(claims, "_due_heads", _stale_heads), (claims, "_still_free", true)],
    "one in flight": [(claims, "_busy", false)],
    "one in flight, and the index": [(claims, "_busy", false), (World, "open", _no_index)],
    "proof of death": [(World, "proved_dead", lambda _self, _name: True)],
    "distance in a catch-up": [(lateness, "space", lambda *_: None)],
    "circuit breaker": [(breaking, "learn", lambda *_: None)],
    "publish gate": [(gate, "require_open", lambda *_, **__: None)],
}
"""What is put in the place of each safeguard."""


@contextmanager
def without(name: str) -> Iterator[None]:
    """Switch a safeguard off."""
    with _changed(SAFEGUARDS[name]):
        yield


@contextmanager
def with_stale_heads() -> Iterator[None]:
    """Let every claim read what was true before others committed, as on PostgreSQL: its guard has to stop it."""
    with _changed(SAFEGUARDS["guard of the claim"][:1]):
        yield


@contextmanager
def _changed(targets: list[tuple[Any, str, Any]]) -> Iterator[None]:
    patches = [patch.object(*target) for target in targets]
    statements = [each for each in vars(claims).values() if hasattr(each, "cache_clear")]
    for each in patches:
        each.start()
    _build_anew(statements)
    try:
        yield
    finally:
        for each in patches:
            each.stop()
        _build_anew(statements)


def _build_anew(statements: list[Any]) -> None:
    for statement in statements:
        statement.cache_clear()
