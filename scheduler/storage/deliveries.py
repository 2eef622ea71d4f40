"""Deliveries: the table that is the truth about what goes out, and when.

Every write names the state (and for the worker's writes the fencing token) that it expects; a write that finds
something else changes nothing and says so. How the worker takes and finishes them is in `claims`, lists of them in
`listings`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, select, update

from scheduler.domain.delivery import TAKEN_DOWN, TRANSITIONS, WAITING, Delivery, State
from scheduler.domain.lateness import LatePolicy
from scheduler.storage.nudges import nudge
from scheduler.storage.schema import deliveries

_d = deliveries.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What is needed to schedule one delivery. Instants are UTC ms."""

    teaser_id: int
    account_id: int
    idempotency_key: str
    short_code: str
    payload: str
    payload_hash: str
    at_wall: str
    at_zone: str
    queued: bool
    due_at: int
    late_after: int
    late_policy: str = LatePolicy.HOLD
    occurrence: int = 0


def add(tx: Connection, new: NewDelivery, now: int) -> int:
    """Store a scheduled delivery and return its id."""
    values = {name: getattr(new, name) for name in NewDelivery.__slots__}
    row = insert(deliveries).values(
        **(values | {"queued": int(new.queued)}),
        not_before=new.due_at,
        turn_at=new.due_at,
        created_at=now,
        updated_at=now,
    )
    nudge(tx)
    return int(tx.execute(row.returning(_d.id)).scalar_one())


def exists(tx: Connection, teaser_id: int, account_id: int, occurrence: int) -> bool:
    """Return whether there is a delivery of this teaser to this account with this place in what follows it."""
    place = and_(_d.teaser_id == teaser_id, _d.account_id == account_id, _d.occurrence == occurrence)
    return tx.execute(select(_d.id).where(place)).first() is not None


def change_payload(
    tx: Connection, delivery_id: int, *, payload: str, payload_hash: str, version: int, now: int
) -> bool:
    """Replace the frozen payload of a waiting delivery; False when it was changed or sent meanwhile."""
    return changed(
        tx,
        _waiting(delivery_id, version),
        payload=payload,
        payload_hash=payload_hash,
        version=_d.version + 1,
        updated_at=now,
    )


def change_late_policy(tx: Connection, delivery_id: int, *, late_policy: str, version: int, now: int) -> bool:
    """Give a waiting delivery another rule for being late; False when it was changed or sent meanwhile."""
    same = _waiting(delivery_id, version)
    return changed(tx, same, late_policy=late_policy, version=_d.version + 1, updated_at=now)


def move(
    tx: Connection,
    delivery_id: int,
    *,
    version: int,
    due_at: int,
    late_after: int,
    at_wall: str,
    at_zone: str,
    queued: bool,
    now: int,
) -> bool:
    """Give a waiting or missed delivery another time (and set it going again); False when it was changed meanwhile."""
    nudge(tx)
    movable = and_(_d.id == delivery_id, _d.version == version, _d.state.in_(WAITING | {State.MISSED}))
    return changed(
        tx,
        movable,
        due_at=due_at,
        turn_at=due_at,
        not_before=due_at,
        late_after=late_after,
        at_wall=at_wall,
        at_zone=at_zone,
        queued=int(queued),
        attempts=0,
        state=State.SCHEDULED,
        reason="",
        sentence="",
        version=_d.version + 1,
        updated_at=now,
    )


def set_state(
    tx: Connection,
    delivery_id: int,
    target: State,
    *,
    expect: Collection[State],
    now: int,
    sentence: str = "",
    **values: Any,
) -> bool:
    """Take one step of the state machine; False when the delivery is in none of the expected states (or moved on)."""
    wrong = [state for state in expect if target not in TRANSITIONS[state]]
    if wrong:
        raise ValueError(f"a delivery cannot go from {wrong[0]} to {target}")
    condition = and_(_d.id == delivery_id, _d.state.in_(list(expect)))
    if "version" in values:
        condition = and_(condition, _d.version == values.pop("version"))
    if target is State.SCHEDULED:
        nudge(tx)
    return changed(tx, condition, state=target, sentence=sentence, version=_d.version + 1, updated_at=now, **values)


def note_taken_down(tx: Connection, delivery: Delivery, now: int) -> bool:
    """Say of a published delivery that its post was taken down again; False when the row moved on."""
    same = and_(_d.id == delivery.id, _d.version == delivery.version, _d.state == State.PUBLISHED)
    values = {"reason": TAKEN_DOWN, "url": "", "sentence": "You took it down again.", "updated_at": now}
    return changed(tx, same, **values, version=_d.version + 1)


def note_changed_words(tx: Connection, delivery: Delivery, payload: str, payload_hash: str, now: int) -> bool:
    """Keep what a published post says now; False when the row moved on."""
    same = and_(_d.id == delivery.id, _d.version == delivery.version, _d.state == State.PUBLISHED)
    values = {"payload": payload, "payload_hash": payload_hash, "updated_at": now}
    return changed(tx, same, **values, version=_d.version + 1)


def keep_holding(tx: Connection, delivery: Delivery, sentence: str, look_again_at: int) -> bool:
    """Say why a held delivery still waits, and when (UTC ms) it is looked at again; False when it moved on."""
    held = and_(_d.id == delivery.id, _d.version == delivery.version, _d.state == State.HELD)
    return changed(tx, held, sentence=sentence, not_before=look_again_at)


def _waiting(delivery_id: int, version: int) -> Any:
    return and_(_d.id == delivery_id, _d.version == version, _d.state.in_(list(WAITING)))


def changed(tx: Connection, condition: Any, **values: Any) -> bool:
    """Change the one delivery that meets `condition`; False when there is none."""
    return tx.execute(update(deliveries).where(condition).values(**values)).rowcount == 1


def get(tx: Connection, delivery_id: int) -> Delivery | None:
    """Return one delivery."""
    found = rows(tx, select(deliveries).where(_d.id == delivery_id))
    return found[0] if found else None


def by_short_code(tx: Connection, code: str) -> Delivery | None:
    """Return the delivery of a short code."""
    found = rows(tx, select(deliveries).where(_d.short_code == code))
    return found[0] if found else None


def payloads_by_short_code(tx: Connection) -> list[tuple[str, str]]:
    """Return (short code, payload) of every delivery that went out or may still go out."""
    query = select(_d.short_code, _d.payload).where(_d.state.not_in(("draft", "cancelled"))).order_by(_d.id)
    return [(row.short_code, row.payload) for row in tx.execute(query)]


def of_teaser(tx: Connection, teaser_id: int) -> list[Delivery]:
    """Return the deliveries of a teaser, in order of their time."""
    return rows(tx, select(deliveries).where(_d.teaser_id == teaser_id).order_by(_d.due_at, _d.id))


def count_click(tx: Connection, code: str) -> None:
    """Count one click on a delivery's link."""
    tx.execute(update(deliveries).where(_d.short_code == code).values(clicks=_d.clicks + 1))


def rows(tx: Connection, query: Select[Any]) -> list[Delivery]:
    """Return the deliveries that `query` selects (whole rows)."""
    return [delivery_of(row) for row in tx.execute(query)]


def delivery_of(row: Row[Any]) -> Delivery:
    """Return a row of the table as a delivery."""
    values = dict(row._mapping)
    values.update(state=State(values["state"]), queued=bool(values["queued"]), maybe_live=bool(values["maybe_live"]))
    return Delivery(**values)
