"""Giving a waiting delivery another time. Nothing else moves, except what "top" moves and names."""

from __future__ import annotations

from dataclasses import replace

from scheduler.domain import wording
from scheduler.domain.account import Account
from scheduler.domain.delivery import WAITING, Delivery, State
from scheduler.domain.problem import Conflict, Invalid, NotFound, Problem
from scheduler.domain.slots import NoFreeSlot
from scheduler.domain.state_words import words_of
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.planning.blackouts import problems_at
from scheduler.services.planning.checking import article_problems
from scheduler.services.planning.making_room import make_room, moved_sentence
from scheduler.services.planning.moments import Moment, crowding, moment_for, taken_times, when_problems
from scheduler.storage import accounts, deliveries, events, queue, teasers
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event

MOVABLE = WAITING | {State.MISSED}


def move(ctx: Context, delivery_id: int, when: When, version: int, who: str = "") -> Delivery:
    """Give a waiting or missed delivery the time that `when` says; return it as it is now.

    Raises `Invalid` (field "at") for a time that is past, does not exist, lies on a blackout day or is too early for
    its article, `Conflict` when the delivery changed since `version` or is under way. `who` is for the history.
    """
    if problems := _problems(ctx, when):
        raise Invalid(problems)
    with ctx.database.writing() as tx:
        delivery, account = _movable(tx, delivery_id, version)
        queue.lock(tx, [account.id])
        moment = _moment(ctx, tx, delivery, account, when)
        if problems := [*_closed(ctx, account, moment), *_article_problems(ctx, tx, delivery, moment)]:
            raise Invalid(problems)
        make_room(ctx, tx, account, moment, who)
        _store(ctx, tx, delivery, account, moment)
        sentence = moved_sentence(delivery, moment.due_at, ctx.settings.calendar.zone)
        events.add(tx, delivery.id, Event(ctx.clock.now_ms(), "moved", sentence, who))
        moved = deliveries.get(tx, delivery_id)
    assert moved is not None
    return moved


def _problems(ctx: Context, when: When) -> list[Problem]:
    """Return what is wrong with the choice; here a wall time that the clocks skip is refused, not shifted."""
    found = when_problems(when, ctx.settings.calendar, ctx.clock.now_ms())
    return [replace(problem, field="at", severity="error") for problem in found]


def _movable(tx: Connection, delivery_id: int, version: int) -> tuple[Delivery, Account]:
    delivery = deliveries.get(tx, delivery_id)
    if delivery is None:
        raise NotFound(f"There is no delivery {delivery_id}.")
    if delivery.state not in MOVABLE:
        raise Conflict(f"It cannot be moved any more: the delivery is {words_of(delivery).phrase}.")
    if delivery.maybe_live:
        # A later time could outlive the platform's memory of our key, and then the post would be there twice.
        raise Conflict("It may be live already, so its time cannot change. Drumbeat finds out, or asks you.")
    if delivery.version != version:
        raise Conflict("Somebody or something changed this delivery meanwhile. Look at it as it is now.")
    account = accounts.get(tx, delivery.account_id)
    assert account is not None  # a foreign key holds it
    return delivery, account


def _moment(ctx: Context, tx: Connection, delivery: Delivery, account: Account, when: When) -> Moment:
    try:
        return moment_for(tx, account, when, ctx.settings.calendar, ctx.clock.now_ms(), leaving=delivery)
    except NoFreeSlot as full:
        raise Invalid([Problem("at", str(full))]) from full


def _closed(ctx: Context, account: Account, moment: Moment) -> list[Problem]:
    found = problems_at(ctx.settings.calendar, account, moment.due_at)
    return [replace(problem, field="at") for problem in found]


def _article_problems(ctx: Context, tx: Connection, delivery: Delivery, moment: Moment) -> list[Problem]:
    teaser = teasers.get(tx, delivery.teaser_id)
    article = ctx.articles.by_id(teaser.article_id) if teaser and teaser.article_id else None
    found = article_problems(article, [moment.due_at], ctx.settings.calendar.zone)
    return [replace(problem, field="at") for problem in found]


def _store(ctx: Context, tx: Connection, delivery: Delivery, account: Account, moment: Moment) -> None:
    tolerance = ctx.settings.calendar.rules_for(account.key).late_tolerance
    moved = deliveries.move(
        tx,
        delivery.id,
        version=delivery.version,
        due_at=moment.due_at,
        late_after=moment.due_at + tolerance,
        at_wall=moment.at_wall,
        at_zone=moment.at_zone,
        queued=moment.queued,
        now=ctx.clock.now_ms(),
    )
    if not moved:
        raise Conflict("The delivery changed at the same moment. Look at it as it is now.")


def label(ctx: Context, delivery: Delivery) -> str:
    """Return "will go out Tuesday 24 November, 09:00 EST, in 2 days"."""
    return wording.will_go_out(delivery.due_at, ctx.settings.calendar.zone, ctx.clock.now_ms())


def closeness(ctx: Context, delivery: Delivery) -> str:
    """Return a sentence when the delivery now stands closer to another one than its account's gap, else ""."""
    calendar, now = ctx.settings.calendar, ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        account = accounts.get(tx, delivery.account_id)
        assert account is not None  # a foreign key holds it
        taken = taken_times(tx, account, calendar, now)
    if delivery.due_at in taken:
        taken.remove(delivery.due_at)
    moment = Moment(delivery.due_at, delivery.at_wall, delivery.at_zone, delivery.queued)
    return " ".join(problem.message for problem in crowding(moment, taken, account, calendar))
