"""Where a teaser lands in an account's queue, and who has to make room for it.

"Next" takes the first free slot. "Top" takes the first slot of all; the queued deliveries that stand there move on to
the following slots, but only up to the first gap: what stands behind the gap keeps its time, and so does everything
with a time of its own. "Shuffle" lets queued deliveries exchange their times. Nothing else is ever re-timed, and no
slot on a blackout day is ever given out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from scheduler.domain.blackout import Span, covering
from scheduler.domain.slots import HORIZON_DAYS, NoFreeSlot, Slot, next_free, occurrences, within_gap

NEW = 0
"""Stands for the delivery that is being placed and has no id yet."""


@dataclass(frozen=True, slots=True)
class QueueRules:
    """How one account posts: its slots as wall times in `zone`, the least distance of two posts (ms), and the days
    on which nothing goes out."""

    slots: tuple[Slot, ...]
    zone: str
    gap: int
    blackout: tuple[Span, ...] = ()

    def closed(self, moment: int) -> bool:
        """Return whether an instant (UTC ms) lies on a blackout day."""
        return covering(self.blackout, moment, self.zone) is not None


@dataclass(frozen=True, slots=True)
class Move:
    """A queued delivery that changes its place: it goes out at `due_at` (UTC ms) instead of `was_at`."""

    delivery_id: int
    was_at: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the new delivery goes (UTC ms), and what moves for it."""

    due_at: int
    moves: tuple[Move, ...] = ()


def next_place(rules: QueueRules, after: int, taken: Iterable[int]) -> Place:
    """Return the first slot later than `after` that is no closer than the gap to a `taken` instant.

    Raises `NoFreeSlot`.
    """
    others = sorted(taken)

    def taken_or_closed(moment: int) -> bool:
        return rules.closed(moment) or within_gap(moment, others, rules.gap)

    return Place(next_free(rules.slots, rules.zone, after, taken_or_closed))


def top_place(rules: QueueRules, after: int, queued: Mapping[int, int], fixed: Collection[int]) -> Place:
    """Return the first slot later than `after`, and the moves of the `queued` deliveries (id -> due) that stand there.

    `fixed` are the instants of deliveries that keep their time: their slots are passed over. Raises `NoFreeSlot`.
    """
    if not rules.slots:
        return next_place(rules, after, ())
    waiting = deque([NEW])
    placed: dict[int, int] = {}
    for moment in occurrences(rules.slots, rules.zone, after):
        if rules.closed(moment) or within_gap(moment, (*fixed, *placed.values()), rules.gap):
            continue
        waiting.extend(_standing_at(moment, queued, rules.gap, {*waiting, *placed}))
        placed[waiting.popleft()] = moment
        if not waiting:
            return Place(placed.pop(NEW), tuple(Move(key, queued[key], at) for key, at in placed.items()))
    raise NoFreeSlot(
        f"The queue is full for the next {HORIZON_DAYS} days, so nothing can move down. "
        "Add slots under Settings, or pick a time yourself."
    )


def _standing_at(moment: int, queued: Mapping[int, int], gap: int, known: Collection[int]) -> list[int]:
    """Return who occupies a slot, first come first, without those who have given up their place already."""
    near = (key for key, due in queued.items() if key not in known and within_gap(moment, [due], gap))
    return sorted(near, key=lambda key: (queued[key], key))


def shuffled(queued: Mapping[int, int], earliest: Mapping[int, int], pick: Callable[[int], int]) -> tuple[int, ...]:
    """Return the ids of `queued` (id -> due) in a new order, each of them for the next of their times.

    `pick(n)` draws a number below n. What may not go out before an instant of its own (`earliest`: id -> UTC ms, for a
    post whose article appears then) stands at no earlier time. There always is such an order while the present one is:
    at each time at least as many may stand as there are times up to it.
    """
    times = sorted(queued.values())
    waiting = sorted(queued, key=lambda key: (queued[key], key))
    order = []
    for moment in times:
        ready = [key for key in waiting if earliest.get(key, moment) <= moment]
        order.append(ready[pick(len(ready))])
        waiting.remove(order[-1])
    return tuple(order)
