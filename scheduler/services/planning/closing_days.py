"""Making days blackout days while posts wait on them: which posts those are, and what becomes of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.config import Calendar
from scheduler.domain.account import Account
from scheduler.domain.blackout import Span
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.queue import next_place
from scheduler.domain.slots import NoFreeSlot
from scheduler.domain.teaser import When, payload_from_json
from scheduler.services.context import Context
from scheduler.services.planning import moving
from scheduler.services.planning.blackouts import REASON, closed_on
from scheduler.services.planning.moments import posting_rules, taken_times
from scheduler.storage import accounts, deliveries, events, listings
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event

MOVE, KEEP = "move", "hold"
CHOICES = (MOVE, KEEP)
"""What may become of posts whose day becomes a blackout day: their account's next free slots, or on hold."""
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Affected:
    """A waiting delivery on a day that becomes a blackout day. `next_at` is the free slot that it would move to (UTC
    ms), None when there is none."""

    delivery: Delivery
    account: Account
    text: str
    span: Span
    next_at: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the affected deliveries, with a sentence for each reason why one could not be moved."""

    moved: int = 0
    held: int = 0
    problems: tuple[str, ...] = ()


def affected(ctx: Context, calendar: Calendar) -> list[Affected]:
    """Return the scheduled deliveries that lie on a blackout day of `calendar`, and on none of the present one.

    What is under way is left alone, and what is on hold already stays there.
    """
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        known = {account.id: account for account in accounts.all_accounts(tx, disconnected=True)}
        waiting = listings.search(tx, states=[State.SCHEDULED], since=now, limit=MOST)
        pairs = ((delivery, known[delivery.account_id]) for delivery in waiting)
        found = [(*pair, span) for pair in pairs if (span := _newly_closed(ctx, calendar, *pair))]
        places = _places(tx, calendar, found, now)
    return [
        Affected(delivery, account, _text(delivery), span, places[delivery.id]) for delivery, account, span in found
    ]


def _newly_closed(ctx: Context, calendar: Calendar, delivery: Delivery, account: Account) -> Span | None:
    closed_already = closed_on(ctx.settings.calendar, account, delivery.due_at)
    return None if closed_already else closed_on(calendar, account, delivery.due_at)


def _places(
    tx: Connection, calendar: Calendar, found: Iterable[tuple[Delivery, Account, Span]], now: int
) -> dict[int, int | None]:
    """Return where each delivery would move, one after the other, as `settle` will move them."""
    taken: dict[int, list[int]] = {}
    places: dict[int, int | None] = {}
    for delivery, account, _ in found:
        others = taken.setdefault(account.id, taken_times(tx, account, calendar, now))
        others.remove(delivery.due_at)
        try:
            places[delivery.id] = next_place(posting_rules(account, calendar), now, others).due_at
        except NoFreeSlot:
            places[delivery.id] = None
        others.append(places[delivery.id] or delivery.due_at)
    return places


def _text(delivery: Delivery) -> str:
    return " ".join(payload_from_json(delivery.payload).text.split())


def settle(ctx: Context, found: Iterable[Affected], choice: str, who: str) -> Settled:
    """Move the affected deliveries to their account's next free slots, or put them on hold; the days are closed by now.

    A delivery that changed meanwhile is left as it is: on its day the gate holds it. What cannot be moved is held.
    """
    moved, held, problems = 0, 0, list[str]()
    for each in found:
        if choice == MOVE:
            try:
                moving.move(ctx, each.delivery.id, When(queue="next"), each.delivery.version, who)
                moved += 1
                continue
            except Conflict:
                continue
            except Invalid as error:
                problems += [f"{each.account.name}: {problem.message}" for problem in error.problems]
        held += _hold(ctx, each, who)
    return Settled(moved, held, tuple(dict.fromkeys(problems)))


def _hold(ctx: Context, each: Affected, who: str) -> bool:
    now = ctx.clock.now_ms()
    sentence = f"Its day became a blackout day ({each.span.words}). Give it another day."
    with ctx.database.writing() as tx:
        held = deliveries.set_state(
            tx,
            each.delivery.id,
            State.HELD,
            expect={State.SCHEDULED},
            now=now,
            sentence=sentence,
            reason=REASON,
            version=each.delivery.version,
        )
        if held:
            events.add(tx, each.delivery.id, Event(now, "held", sentence, who))
    return held
