"""Putting a teaser into the queues of its accounts: all of them, or none."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from scheduler.domain import wording
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery
from scheduler.domain.problem import Conflict, Invalid, Problem
from scheduler.domain.queue import Move
from scheduler.domain.slots import NoFreeSlot
from scheduler.domain.teaser import Payload, Teaser
from scheduler.services.context import Context
from scheduler.services.planning import compose, links
from scheduler.services.planning.checking import check
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.making_room import make_room
from scheduler.services.planning.moments import Moment, moment_for
from scheduler.services.planning.payloads import compose_payload, gather
from scheduler.storage import accounts, deliveries, events, queue, teasers
from scheduler.storage.deliveries import NewDelivery
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A scheduled teaser, its deliveries by time, and the waiting deliveries that made room. `again`: nothing new."""

    teaser: Teaser
    deliveries: tuple[Delivery, ...]
    moves: tuple[Move, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is rendered before the transaction: a payload and a short code for one account."""

    account: Account
    payload: Payload
    short_code: str


def schedule(ctx: Context, given: TeaserInput, which: Submission) -> Scheduled:
    """Store the teaser and add a delivery for each of its accounts, at the times that `given.when` says.

    Everything or nothing: `Invalid` carries every problem of every account. The same submission a second time
    returns what the first one made. Raises `Conflict` when the draft was changed elsewhere.
    """
    with ctx.database.reading() as tx:
        stored = compose.meant(tx, which)
        if stored and stored.scheduled:
            return _made_before(tx, stored, given, which)
    teaser = compose.teaser_of(given, stored)
    if problems := check(ctx, teaser).errors:
        raise Invalid(problems)
    ready = _render(ctx, teaser)
    with ctx.database.writing() as tx:
        queue.lock(tx, teaser.accounts)
        stored = compose.meant(tx, which)
        if stored and stored.scheduled:
            return _made_before(tx, stored, given, which)
        done = _place(ctx, tx, _keep(ctx, tx, given, which), ready, which.who)
        _tell(ctx, tx, done, which.who)
        return done


def _made_before(tx: Connection, stored: Teaser, given: TeaserInput, which: Submission) -> Scheduled:
    """Answer a repeated submission: known by its key, or by saying exactly what is stored."""
    same_form = bool(which.key) and teasers.by_submission(tx, which.key) == stored
    if not same_form and compose.teaser_of(given, stored) != stored:
        raise Conflict("This teaser is scheduled already. Change its times in the queue.")
    return Scheduled(stored, tuple(deliveries.of_teaser(tx, stored.id)), again=True)


def _render(ctx: Context, teaser: Teaser) -> list[_Ready]:
    material = gather(ctx, teaser)
    with ctx.database.reading() as tx:
        chosen = [account for key in teaser.accounts if (account := accounts.get(tx, key))]
    codes = [links.new_short_code() for _ in chosen]
    return [
        _Ready(account, compose_payload(material, teaser, account, code), code)
        for account, code in zip(chosen, codes, strict=True)
    ]


def _keep(ctx: Context, tx: Connection, given: TeaserInput, which: Submission) -> Teaser:
    """Store the teaser as scheduled: the draft that the submission means, or a new one."""
    now = ctx.clock.now_ms()
    stored = compose.meant(tx, which)
    teaser = replace(compose.teaser_of(given, stored), scheduled=True)
    if stored is None:
        return teasers.create(tx, replace(teaser, created_by=which.user_id), which.key, now)
    compose.require_version(stored, which)
    return teasers.change(tx, teaser, stored.version, now)


def _place(ctx: Context, tx: Connection, teaser: Teaser, ready: list[_Ready], who: str) -> Scheduled:
    """Add the deliveries. Free slots are read again here, where nobody else can take them."""
    placed = _moments(ctx, tx, teaser, [each.account for each in ready])
    for each, moment in zip(ready, placed, strict=True):
        make_room(ctx, tx, each.account, moment, who)
        deliveries.add(tx, _new_delivery(ctx, teaser, each, moment), ctx.clock.now_ms())
    moves = tuple(move for moment in placed for move in moment.moves)
    return Scheduled(teaser, tuple(deliveries.of_teaser(tx, teaser.id)), moves)


def _tell(ctx: Context, tx: Connection, done: Scheduled, who: str) -> None:
    """Begin the history of each new delivery."""
    for delivery in done.deliveries:
        sentence = (
            f"Scheduled for {wording.moment(delivery.due_at, delivery.at_zone)}{_PLACES[done.teaser.when.queue]}."
        )
        events.add(tx, delivery.id, Event(ctx.clock.now_ms(), "scheduled", sentence, who))


_PLACES = {"": "", "next": ", the next free slot", "top": ", at the top of the queue"}


def _moments(ctx: Context, tx: Connection, teaser: Teaser, chosen: list[Account]) -> list[Moment]:
    now, calendar = ctx.clock.now_ms(), ctx.settings.calendar
    found, problems = [], []
    for account in chosen:
        try:
            found.append(moment_for(tx, account, teaser.when, calendar, now))
        except NoFreeSlot as full:
            problems.append(Problem(f"accounts.{account.id}.when", f"{account.name}: {full}"))
    if problems:
        raise Invalid(problems)
    return found


def _new_delivery(ctx: Context, teaser: Teaser, ready: _Ready, moment: Moment) -> NewDelivery:
    rules = ctx.settings.calendar.rules_for(ready.account.key)
    return NewDelivery(
        teaser_id=teaser.id,
        account_id=ready.account.id,
        idempotency_key=str(uuid.uuid4()),
        short_code=ready.short_code,
        payload=ready.payload.to_json(),
        payload_hash=ready.payload.digest(),
        at_wall=moment.at_wall,
        at_zone=moment.at_zone,
        queued=moment.queued,
        due_at=moment.due_at,
        late_after=moment.due_at + rules.late_tolerance,
        late_policy=teaser.late_policy or rules.when_late,
    )
