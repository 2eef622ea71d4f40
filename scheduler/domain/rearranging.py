"""What moves when the zone, the slots or the gap of an account change: worked out whole before anything is touched.

Queued posts go to the first free slot of the new rules from their own local date on, in the order they had; one that
stands on such a slot already stays. Posts with a time of their own keep their moment, or (for a new zone) the time on
the clock. A move never puts two posts closer together than the gap, and never before the article appears.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from scheduler.domain.queue import QueueRules
from scheduler.domain.slots import HORIZON_DAYS, instant, local, occurrences, parse_wall

_DAY_MS = 86_400_000
_ROOM_MS = 7 * _DAY_MS
"""So much later than the last post of the queue a slot may lie when that is beyond the horizon already."""


class Queued(StrEnum):
    """What happens to posts that took a slot."""

    MOVE = "move"
    STAY = "stay"


class Own(StrEnum):
    """What happens to posts with a time of their own when the zone changes."""

    MOMENT = "moment"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person wants to happen with the posts that wait."""

    queued: Queued = Queued.MOVE
    own: Own = Own.MOMENT


@dataclass(frozen=True, slots=True)
class Post:
    """A waiting delivery that may move: untried, and its time (UTC ms) is still to come.

    `earliest` is when its article appears: before that it goes nowhere.
    """

    id: int
    due_at: int
    queued: bool
    at_wall: str
    at_zone: str
    earliest: int = 0


@dataclass(frozen=True, slots=True)
class Retiming:
    """One post that goes out at `due_at` (UTC ms) instead of `was_at`, with the wall time and zone behind it."""

    delivery_id: int
    was_at: int
    due_at: int
    at_wall: str
    at_zone: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """One post that should move and cannot: it keeps its time, and `why` says the reason."""

    delivery_id: int
    due_at: int
    why: str


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """What a change does to the posts of one account."""

    moves: tuple[Retiming, ...] = ()
    stuck: tuple[Stuck, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """How an account stands when its rules change: what may move, the instants that others hold, the zone, the time."""

    posts: Sequence[Post]
    held: Sequence[int]
    zone: str
    now: int


def rearrange(before: Before, rules: QueueRules, choice: Choice) -> Rearrangement:
    """Return what moves when `rules` come into force and the person makes this choice."""
    own = [post for post in before.posts if not post.queued]
    queued = sorted((post for post in before.posts if post.queued), key=lambda post: (post.due_at, post.id))
    standing = [*before.held, *(post.due_at for post in queued)]
    clock = _by_the_clock(before, own, standing, rules) if choice.own is Own.CLOCK else Rearrangement()
    if choice.queued is Queued.STAY:
        return clock
    moved = {move.delivery_id: move.due_at for move in clock.moves}
    fixed = sorted([*before.held, *(moved.get(post.id, post.due_at) for post in own)])
    slots = _to_slots(before, queued, fixed, rules)
    return Rearrangement(clock.moves + slots.moves, clock.stuck + slots.stuck)


def _by_the_clock(before: Before, own: Sequence[Post], standing: Sequence[int], rules: QueueRules) -> Rearrangement:
    """Give the posts of the old zone the same wall time in the new one, except where that would do harm."""
    if before.zone == rules.zone:
        return Rearrangement()
    meant = [post for post in own if post.at_zone == before.zone and post.at_wall]
    wanted = {post.id: instant(parse_wall(post.at_wall), rules.zone) for post in meant}
    wanted = {post.id: wanted[post.id] for post in meant if wanted[post.id] != post.due_at}
    harm = {post.id: _harm(post, wanted[post.id], before.now, rules) for post in meant if post.id in wanted}
    why = {key: reason for key, reason in harm.items() if reason}
    others = [(at, at) for at in [*standing, *(post.due_at for post in own if post.id not in wanted)]]
    while crowded := _crowded(own, {key: at for key, at in wanted.items() if key not in why}, others, rules.gap):
        why |= dict.fromkeys(crowded, "There it would be closer to another post than the account's minimum gap.")
        # A post that stays is in the way of others from now on, so they are looked at once more.
        others = [(at, at) for at in [*standing, *(p.due_at for p in own if p.id not in wanted or p.id in why)]]
    moves = (
        Retiming(p.id, p.due_at, wanted[p.id], p.at_wall, rules.zone)
        for p in meant
        if p.id in wanted and p.id not in why
    )
    return Rearrangement(tuple(moves), tuple(Stuck(p.id, p.due_at, why[p.id]) for p in meant if p.id in why))


def _harm(post: Post, due_at: int, now: int, rules: QueueRules) -> str:
    if due_at <= now:
        return "By the clock of the new zone its time has passed already."
    if due_at < post.earliest:
        return "Its article appears later than that."
    if rules.closed(due_at) and not rules.closed(post.due_at):
        return "That would be on a blackout day."
    return ""


def _crowded(own: Sequence[Post], moving: dict[int, int], others: Sequence[tuple[int, int]], gap: int) -> list[int]:
    """Return who of `moving` (id -> new instant) would come closer to somebody than the gap, and was not before."""
    was = {post.id: post.due_at for post in own}
    everybody = sorted([(at, was[key], key) for key, at in moving.items()] + [(at, old, 0) for at, old in others])
    crowded = set()
    for place, (at, old, key) in enumerate(everybody):
        for next_at, next_old, next_key in everybody[place + 1 :]:
            if next_at - at >= max(gap, 1):
                break
            if abs(next_old - old) >= max(gap, 1):
                crowded |= {key, next_key}
    return sorted(crowded - {0})


def _to_slots(before: Before, queued: Sequence[Post], fixed: Sequence[int], rules: QueueRules) -> Rearrangement:
    """Put the queue into the slots of the new rules, in its order: all of it, or nothing."""
    last = queued[-1].due_at + _ROOM_MS if queued else 0
    free = free_slots(rules, before.now, fixed, max(last, before.now + HORIZON_DAYS * _DAY_MS))
    on_a_slot = set(free)
    moves, not_before = [], before.now + 1
    for post in queued:
        due_at = post.due_at
        if due_at not in on_a_slot or due_at < not_before:
            place = bisect_left(free, max(not_before, post.earliest, _start_of_its_day(post, before.zone, rules.zone)))
            if place == len(free):
                return Rearrangement((), tuple(Stuck(each.id, each.due_at, _no_room(rules)) for each in queued))
            due_at = free[place]
            wall = local(due_at, rules.zone).strftime("%Y-%m-%dT%H:%M")
            moves.append(Retiming(post.id, post.due_at, due_at, wall, rules.zone))
        not_before = due_at + max(rules.gap, 1)
    return Rearrangement(tuple(moves))


def free_slots(rules: QueueRules, now: int, fixed: Sequence[int], end: int) -> list[int]:
    """Return the slots later than `now` up to `end` that none of `fixed` (ascending) is in the way of, in order."""
    starts = range(now, end, HORIZON_DAYS * _DAY_MS)
    found = (at for start in starts for at in occurrences(rules.slots, rules.zone, start))
    return [at for at in found if at <= end and not rules.closed(at) and not near(at, fixed, rules.gap)]


def near(moment: int, ordered: Sequence[int], gap: int) -> bool:
    """Return whether one of `ordered` (ascending) lies closer to `moment` than `gap` (ms), or at the very same time."""
    width = max(gap, 1)
    place = bisect_left(ordered, moment - width + 1)
    return place < len(ordered) and ordered[place] < moment + width


def _start_of_its_day(post: Post, old_zone: str, new_zone: str) -> int:
    day = local(post.due_at, post.at_zone or old_zone).date()
    return instant(datetime.combine(day, time()), new_zone)


def _no_room(rules: QueueRules) -> str:
    if not rules.slots:
        return "There are no slots to move to."
    return f"There are not enough free slots in the next {HORIZON_DAYS} days, so the whole queue stays."


def outside(due: Iterable[int], rules: QueueRules, now: int) -> int:
    """Return how many of the instants `due` of queued posts stand on no slot of the rules."""
    stands = list(due)
    slots = set(free_slots(rules, now, (), max(stands, default=0)))
    return sum(at not in slots for at in stands)
