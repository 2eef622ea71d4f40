"""After a restore the database knows less than the platforms: whatever may have gone out since is looked up first.

Two things stand for that. A delivery whose time had come is `unknown` with the reason "restored", and while there is
one that was not looked up yet, nothing is claimed at all (`in_the_way`). A delivery that is due later keeps its place,
but may have been sent early, or moved there: until it was looked up it is not claimed.

In both, `stamp_at` is negative: minus the first moment at which the post may have gone out unknown to us. It stays so
through later backups and restores, until a look-up has settled it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)

from scheduler.domain.delivery import RESTORED, WAITING, Delivery, State
from scheduler.storage import preferences
from scheduler.storage.deliveries import changed, rows
from scheduler.storage.schema import accounts, breakers, deliveries, events, one_time_links, preparations
from scheduler.storage.schema import preferences as preferences_table

RESTORED_AT, RESTORED_FROM = "restored_at", "restored_from"
UNFINISHED = "restore_unfinished"
BEGIN = "INSERT INTO preferences (key, value) VALUES ('restore_unfinished', 'yes') ON CONFLICT (key) DO NOTHING;"
"""What a restore into PostgreSQL writes together with the old data: nothing is claimed until they are marked."""
UNCHECKED = text("deliveries.stamp_at < 0")
"""Restored and not looked up since. Literal, so that the partial index serves it."""

_d = deliveries.c


@dataclass(frozen=True, slots=True)
class Marked:
    """How many deliveries a restore has to look up: `due` before anything is sent, `later` before their own time."""

    due: int
    later: int


@dataclass(frozen=True, slots=True)
class Restore:
    """The last restore: at `at` (UTC ms), from a backup that knows nothing after `made_at`."""

    made_at: int
    at: int


def mark(tx: Connection, *, made_at: int, now: int, sentence: str) -> Marked:
    """Mark what may have gone out since the backup was made. To be called once, before anybody uses the data.

    Processing posts (`pending`) stay: they are only asked about, and never sent again.
    """
    in_flight = _d.state.in_([State.SENDING, State.UNKNOWN])
    come = or_(_d.due_at <= now, _d.turn_at <= now, _d.not_before <= now)
    due = or_(in_flight, and_(_d.state.in_(list(WAITING)), come))
    later = and_(_d.state.in_(list(WAITING)), ~come)
    again = _d.state.in_([State.FAILED, State.MISSED])
    for which in (due, later):
        words = literal(sentence)
        told = select(_d.id, literal(now), literal("restored"), words, literal("")).where(which)
        tx.execute(insert(events).from_select(["delivery_id", "at", "kind", "sentence", "who"], told))
    same = {"stamp_at": _unknown_since(made_at, in_flight), "version": _d.version + 1, "updated_at": now}
    perhaps = same | {"maybe_live": 1, "lease_until": None, "lease_token": _d.lease_token + 1, "sentence": sentence}
    asked = {"state": State.UNKNOWN, "reason": RESTORED, "request_started_at": now, "not_before": now}
    # What is due later comes first: afterwards the due ones have the state that tells them apart no more.
    waiting = tx.execute(update(deliveries).where(later).values(**perhaps)).rowcount
    tx.execute(update(deliveries).where(again).values(**same))
    looked_up = tx.execute(update(deliveries).where(due).values(**perhaps, **asked)).rowcount
    tx.execute(delete(preparations))
    tx.execute(delete(breakers))
    tx.execute(delete(one_time_links))  # one that was used since would open the door a second time
    preferences.put(tx, RESTORED_AT, str(now))
    preferences.put(tx, RESTORED_FROM, str(made_at))
    preferences.put(tx, UNFINISHED, "")
    return Marked(looked_up, waiting)


def _unknown_since(made_at: int, in_flight: ColumnElement[bool]) -> ColumnElement[int]:
    """Return minus the first moment of a send that nobody knows of: since the backup, a send that was under way when it
    was made, or an earlier restore that the backup had not got over."""
    still_open = and_(_d.stamp_at < 0, _d.stamp_at > -made_at)
    perhaps_sent = and_(_d.stamp_at > 0, _d.stamp_at < made_at, or_(_d.maybe_live == 1, in_flight))
    return case((still_open, _d.stamp_at), (perhaps_sent, -_d.stamp_at), else_=literal(-made_at))


def last(tx: Connection) -> Restore | None:
    """Return the last restore, None when there was none."""
    at, made_at = preferences.get(tx, RESTORED_AT), preferences.get(tx, RESTORED_FROM)
    return Restore(int(made_at), int(at)) if at and made_at else None


def sent_before_the_last(tx: Connection, delivery: Delivery) -> Restore | None:
    """Return the last restore if everything that is known of a delivery's send is older than it, else None."""
    restore = last(tx)
    return restore if restore and (delivery.request_started_at or 0) <= restore.at else None


def doubt(tx: Connection, delivery_id: int, restore: Restore) -> None:
    """Say of a new delivery that it may have gone out since the backup of `restore` was made: it is looked up first."""
    which = update(deliveries).where(_d.id == delivery_id)
    tx.execute(which.values(stamp_at=-restore.made_at, maybe_live=1))


def in_the_way(tx: Connection) -> bool:
    """Return whether nothing may be claimed yet: a restore is being written, or its deliveries were not looked up."""
    return bool(tx.execute(_IN_THE_WAY).scalar())


_unlooked = exists(select(_d.id).where(_d.state == State.UNKNOWN, _d.reason == RESTORED))
_unfinished = exists(
    select(preferences_table.c.key).where(preferences_table.c.key == UNFINISHED, preferences_table.c.value != "")
)
_IN_THE_WAY = select(or_(_unlooked, _unfinished))  # built once: it is asked at every due moment

checked = func.coalesce(_d.stamp_at, 1) > 0
"""The condition for a claim: the delivery is not one that was restored and never looked up."""


def unchecked(tx: Connection, now: int, searchable: Collection[str], limit: int) -> list[Delivery]:
    """Return waiting deliveries to look up: on platforms in `searchable` at any time, on others once they are due."""
    can = select(accounts.c.id).where(accounts.c.platform.in_(list(searchable)))
    ripe = or_(_d.account_id.in_(can), and_(_d.due_at <= now, _d.turn_at <= now, _d.not_before <= now))
    # "Not in any other state", so that SQLite takes the partial index, which holds next to nothing.
    waiting = and_(UNCHECKED, _d.state.not_in(list(set(State) - WAITING)), ripe)
    return rows(tx, select(deliveries).where(waiting).order_by(_d.due_at, _d.id).limit(limit))


def begin_check(tx: Connection, delivery: Delivery, *, sent_at: int, now: int, sentence: str) -> bool:
    """Make a waiting delivery `unknown`, to be looked up at once; False when it moved on meanwhile.

    `sent_at` (UTC ms) is the last instant at which the lost history may have sent it.
    """
    same = and_(_d.id == delivery.id, _d.version == delivery.version, _d.state.in_(list(WAITING)))
    return changed(
        tx,
        same,
        state=State.UNKNOWN,
        reason="unknown",
        sentence=sentence,
        maybe_live=1,
        request_started_at=sent_at,
        not_before=now,
        version=_d.version + 1,
        updated_at=now,
    )


def belongs_to_another(tx: Connection, delivery: Delivery, remote_id: str) -> bool:
    """Return whether a post of the account is known to be that of another delivery.

    The account is locked until the transaction ends, so that two deliveries cannot claim one post at the same time.
    """
    tx.execute(select(accounts.c.id).where(accounts.c.id == delivery.account_id).with_for_update())
    other = and_(_d.account_id == delivery.account_id, _d.remote_id == remote_id, _d.id != delivery.id)
    return bool(tx.execute(select(exists(select(_d.id).where(other)))).scalar())


forgotten = {
    "stamp_at": case((UNCHECKED, None), else_=_d.stamp_at),
    "request_started_at": case((UNCHECKED, None), else_=_d.request_started_at),
}
"""What to change when a delivery leaves `unknown`: it was looked up, and its next send gets a stamp of its own."""
