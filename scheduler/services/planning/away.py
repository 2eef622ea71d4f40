"""While we were away: what missed its time, and what is late and goes out by itself, each for a person to decide."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.domain.delivery import State
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.delivery import decisions
from scheduler.services.planning import moving
from scheduler.services.planning.overview import Row, rows_of
from scheduler.storage import listings

MOST = 200
CHOICES = {
    "send": "On the way now",
    "catch_up": "On the way one by one",
    "slot": "Moved to the next free slot",
    "drop": "Dropped",
}
"""What a person may do with each, and how it is said afterwards."""


@dataclass(frozen=True, slots=True)
class Away:
    """What was not sent in time. Of each list the oldest come first, at most `MOST`; `missed_in_all` counts all."""

    missed: tuple[Row, ...]
    missed_in_all: int
    catching_up: tuple[Row, ...]


def away(ctx: Context) -> Away:
    """Return what could not go out at its time and is not settled yet."""
    with ctx.database.reading() as tx:
        missed = rows_of(ctx, tx, listings.search(tx, states={State.MISSED}, limit=MOST))
        late = rows_of(ctx, tx, listings.catching_up(tx, MOST))
        count = listings.count_by_state(tx, [State.MISSED]).get(State.MISSED, 0)
    return Away(tuple(missed), count, tuple(late))


def settle(ctx: Context, choice: str, delivery_id: int, version: int, who: str = "") -> None:
    """Send a late delivery now, let it catch up with distance to others, give it the next free slot, or drop it.

    Raises `Invalid` when there is no free slot, `Conflict` when it is not late any more.
    """
    if choice == "drop":
        decisions.cancel(ctx, delivery_id, who)
    elif choice == "catch_up":
        decisions.retry(ctx, delivery_id, who)
    else:
        when = When(now=True) if choice == "send" else When(queue="next")
        moving.move(ctx, delivery_id, when, version, who)
