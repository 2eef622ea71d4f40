"""Each safeguard of the engine, switched off in a real worker before it starts: with it off, a test must fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scheduler.domain.delivery import Delivery, Recovery, State, Step
from scheduler.domain.outcome import Absent
from scheduler.services.delivery import dispatch, reconcile
from scheduler.storage import claims
from scheduler.storage.engine import Connection
from tests.support.worker_trouble import be_impatient


def _put(owner: object, name: str, what: Callable[..., Any]) -> None:
    setattr(owner, name, what)


def no_mark() -> None:
    """The call is made without a durable mark before it."""

    def mark_started(_tx: Connection, _delivery: Delivery, **_how: Any) -> bool:
        return True

    _put(claims, "mark_started", mark_started)


def requeue_what_was_in_flight() -> None:
    """What a dead worker left is simply sent again, as most queues do it."""

    def after_death(delivery: Delivery, now: int, *_more: Any) -> Step:
        return Step(State.SCHEDULED, "Sent again.", not_before=now, maybe_live=delivery.maybe_live)

    _put(reconcile, "after_death", after_death)


def believe_at_once_that_it_is_absent() -> None:
    """A look-up is not made: what is unknown counts as not there."""
    lookup = reconcile.after_lookup  # type: ignore[attr-defined]

    def after_lookup(delivery: Delivery, _found: Any, now: int, chance: float, recovery: Recovery) -> Step:
        absent = Absent(sentence="It is not there.")
        step: Step = lookup(delivery, absent, now, chance, replace(recovery, settle=0))
        return step

    _put(reconcile, "after_lookup", after_lookup)


def drop_answers_impatiently() -> None:
    """An answer that cannot be written down at once is thrown away (and a locked database is not waited for)."""
    be_impatient()

    def write_once(ctx: Any, write: Any, _what: str) -> None:
        with ctx.database.writing() as tx:
            write(tx)

    _put(dispatch, "write_until_it_holds", write_once)
