"""When a teaser goes out to one account: from what the person chose to an instant, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.config import Calendar
from scheduler.domain import wording
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery
from scheduler.domain.problem import Problem
from scheduler.domain.queue import Move, Place, QueueRules, next_place, top_place
from scheduler.domain.slots import NoFreeSlot, instant, local, parse_wall, shifted_by_gap, within_gap, zone_problem
from scheduler.domain.teaser import When
from scheduler.storage import listings, queue
from scheduler.storage.engine import Connection

FARTHEST_MS = 2 * 366 * 86_400_000
"""A date further away than this is taken for a slip of the pen."""
QUEUES = ("next", "top")
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant for one account (UTC ms), the wall time and zone behind it, and what moves to make room."""

    due_at: int
    at_wall: str
    at_zone: str
    queued: bool = False
    moves: tuple[Move, ...] = ()
    waiting: tuple[Delivery, ...] = ()
    """The queued deliveries that `moves` speaks of, as they were read."""


def when_problems(when: When, calendar: Calendar, now: int) -> list[Problem]:
    """Return what is wrong with the choice itself, for every account alike; a clock gap is only a warning."""
    chosen = sum((bool(when.at), bool(when.queue), when.now))
    if chosen != 1:
        return [Problem("when", "Choose one: a time, the next free slot, or now.")]
    if when.queue and when.queue not in QUEUES:
        return [Problem("when.queue", f"“{when.queue}” is no place in the queue. Use “next” or “top”.")]
    return _time_problems(when, when.zone or calendar.zone, now) if when.at else []


def _time_problems(when: When, zone: str, now: int) -> list[Problem]:
    if when.at.startswith("T") or when.at.endswith("T"):
        return [Problem("when.at", "Choose a date and a time.")]
    if reason := zone_problem(zone):
        return [Problem("when.zone", reason)]
    try:
        wall = parse_wall(when.at)
        due = instant(wall, zone)
    except OverflowError:
        return [Problem("when.at", f"{when.at} is not a date that the calendar knows. Check the year.")]
    except ValueError as error:
        return [Problem("when.at", f"{error}.")]
    if due <= now:
        message = (
            f"{wording.moment(due, zone)} has passed ({wording.distance(due, now)}). Choose a later time, or “Now”."
        )
        return [Problem("when.at", message)]
    if due - now > FARTHEST_MS:
        return [Problem("when.at", f"{wording.moment(due, zone)} is more than two years away. Check the year.")]
    if shifted_by_gap(wall, zone):
        message = (
            f"{wall:%H:%M} does not exist on {wording.day(due, zone)} in {zone}: the clocks go forward. "
            f"It becomes {wording.clock_time(due, zone)}."
        )
        return [Problem("when.at", message, "warning")]
    return []


def moment_for(
    tx: Connection, account: Account, when: When, calendar: Calendar, now: int, *, leaving: Delivery | None = None
) -> Moment:
    """Return when a teaser goes out to `account`; `when` has no errors. Raises `NoFreeSlot`.

    `leaving` is a delivery that is being moved: its present place counts as free.

    Read in the transaction that adds the delivery, the answer is binding; in any other it is a forecast.
    """
    if when.at:
        zone = when.zone or calendar.zone
        return Moment(instant(parse_wall(when.at), zone), when.at, zone)
    if when.now:
        return Moment(now, _wall(now, calendar.zone), calendar.zone)
    rules = posting_rules(account, calendar)
    taken = taken_times(tx, account, calendar, now)
    if leaving and leaving.state in listings.OCCUPYING and leaving.due_at in taken:
        taken.remove(leaving.due_at)
    queued = queue.movable(tx, account.id, now) if when.queue == "top" else []
    waiting = tuple(delivery for delivery in queued if leaving is None or delivery.id != leaving.id)
    place = _place(rules, now, taken, waiting, when.queue)
    moved = {move.delivery_id for move in place.moves}
    touched = tuple(delivery for delivery in waiting if delivery.id in moved)
    return Moment(place.due_at, _wall(place.due_at, calendar.zone), calendar.zone, True, place.moves, touched)


def _place(rules: QueueRules, now: int, taken: list[int], waiting: tuple[Delivery, ...], where: str) -> Place:
    if where == "next":
        return next_place(rules, now, taken)
    fixed = list(taken)
    for delivery in waiting:
        fixed.remove(delivery.due_at)
    return top_place(rules, now, {delivery.id: delivery.due_at for delivery in waiting}, fixed)


def posting_rules(account: Account, calendar: Calendar) -> QueueRules:
    """Return the slots and the gap of an account."""
    rules = calendar.rules_for(account.key)
    return QueueRules(rules.slots, calendar.zone, rules.minimum_gap, calendar.blackout_for(account.key))


def taken_times(tx: Connection, account: Account, calendar: Calendar, now: int) -> list[int]:
    """Return the times (UTC ms) that are taken in the account's calendar, from a day ago on."""
    return listings.due_times(tx, account.id, now - _DAY_MS - calendar.rules_for(account.key).minimum_gap)


def crowding(moment: Moment, taken: list[int], account: Account, calendar: Calendar) -> list[Problem]:
    """Return a warning when a time that a person chose is closer to another post than the account's gap."""
    gap = calendar.rules_for(account.key).minimum_gap
    if moment.queued or not within_gap(moment.due_at, taken, gap):
        return []
    nearest = min(taken, key=lambda other: abs(other - moment.due_at))
    message = (
        f"Another post of this account goes out at {wording.clock_time(nearest, moment.at_zone)}; "
        f"you set a distance of at least {gap // 60_000} minutes."
    )
    return [Problem("when", message, "warning")]


def _wall(moment: int, zone: str) -> str:
    return local(moment, zone).strftime("%Y-%m-%dT%H:%M")


__all__ = ["Moment", "NoFreeSlot", "crowding", "moment_for", "posting_rules", "taken_times", "when_problems"]
