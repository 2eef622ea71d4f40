"""What a person decides about a delivery: cancel it, try again, or say what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.content.links import web_address_problem
from scheduler.domain.delivery import BY_HAND, FOR_A_PERSON, WAITING, Delivery, State
from scheduler.domain.problem import Conflict, NotFound, refuse
from scheduler.domain.slots import local
from scheduler.domain.state_words import words_of
from scheduler.services.context import Context
from scheduler.services.delivery import replies
from scheduler.services.planning import blackouts
from scheduler.storage import accounts, deliveries, events
from scheduler.storage.events import Event

RESOLUTIONS = {"published": State.PUBLISHED, "send_again": State.SCHEDULED, "drop": State.CANCELLED}


def delivery(ctx: Context, delivery_id: int) -> Delivery:
    """Return one delivery. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    if found is None:
        raise NotFound(f"There is no delivery {delivery_id}.")
    return found


def cancel(ctx: Context, delivery_id: int, who: str = "") -> Delivery:
    """Cancel a delivery that has not been sent. Raises `Conflict` once it is under way or over."""
    before = delivery(ctx, delivery_id)
    states = WAITING | FOR_A_PERSON
    return _decide(ctx, before, _Decision(State.CANCELLED, states, "You cancelled it.", "cancelled", who))


def retry(ctx: Context, delivery_id: int, who: str = "") -> Delivery:
    """Send a failed, missed or held delivery now. Raises `Conflict` in any other state, and on a blackout day."""
    before = delivery(ctx, delivery_id)
    states = frozenset({State.FAILED, State.MISSED, State.HELD})
    return _decide(ctx, before, _Decision(State.SCHEDULED, states, "You asked to send it now.", "sent_now", who))


def resolve(ctx: Context, delivery_id: int, outcome: str, url: str = "", who: str = "") -> Delivery:
    """Settle a delivery that needs a person: it is live, send it again, or drop it.

    Raises `Invalid` for an unknown `outcome` or a `url` that is no address, `Conflict` when the delivery needs no
    person (any more).
    """
    target = RESOLUTIONS.get(outcome)
    if target is None:
        raise refuse("outcome", f'"{outcome}" is not a resolution; use one of {", ".join(RESOLUTIONS)}.')
    if url and (reason := web_address_problem(url)):
        raise refuse("url", f"{reason}.")
    sentences = {
        State.PUBLISHED: "You said that it is live.",
        State.SCHEDULED: "You said that it is not there and asked to send it again.",
        State.CANCELLED: "You dropped it.",
    }
    before = delivery(ctx, delivery_id)
    if before.reason == BY_HAND:
        sentences |= {State.PUBLISHED: "You posted it.", State.SCHEDULED: "You asked to be reminded again."}
    decision = _Decision(target, frozenset({State.NEEDS_HUMAN}), sentences[target], "resolved", who)
    return _decide(ctx, before, decision, url)


@dataclass(frozen=True, slots=True)
class _Decision:
    """Where a delivery is to go, from which states, and what its page and its history say of it."""

    target: State
    expect: frozenset[State]
    sentence: str
    kind: str
    who: str


def _decide(ctx: Context, before: Delivery, decision: _Decision, url: str = "") -> Delivery:
    now, target, sentence = ctx.clock.now_ms(), decision.target, decision.sentence
    if before.state not in decision.expect:
        raise Conflict(_too_late(before))
    values: dict[str, object] = {"version": before.version, "reason": ""}
    if before.state is State.NEEDS_HUMAN:
        values["key_until"] = 0  # the person answers for it: it is sent whether the platform knows our key or not
    if target is State.SCHEDULED:
        values |= _from_now_on(ctx, before, now)
    if target is State.PUBLISHED:
        values |= {"published_at": now, **({"url": url} if url else {})}
    with ctx.database.writing() as tx:
        if not deliveries.set_state(
            tx, before.id, target, expect=decision.expect, now=now, sentence=sentence, **values
        ):
            raise Conflict("The delivery changed while you decided. Look at it again.")
        events.add(tx, before.id, Event(now, decision.kind, _told_of_somebody(sentence), decision.who))
        if target is State.PUBLISHED:
            replies.follow(ctx, tx, before, before.remote_id)
    return delivery(ctx, before.id)


def _told_of_somebody(sentence: str) -> str:
    """Return "Cancelled it." for "You cancelled it.": the history names who it was beside the sentence."""
    plain = sentence.removeprefix("You ")
    return plain[:1].upper() + plain[1:]


def _from_now_on(ctx: Context, before: Delivery, now: int) -> dict[str, object]:
    """Return what makes a delivery due now. What was perhaps live stays so: under the same mark a post that is there
    after all is found instead of doubled. A moment on a blackout day is given up: the gate would hold it again."""
    with ctx.database.reading() as tx:
        account = accounts.get(tx, before.account_id)
    assert account is not None  # a foreign key holds it
    blackouts.require_open_today(ctx, account)
    tolerance = max(before.late_after - before.due_at, 60_000)
    values: dict[str, object] = {
        "not_before": now,
        "turn_at": min(before.turn_at, now),
        "late_after": max(before.late_after, now + tolerance),
        "attempts": 0,
    }
    if before.due_at <= now and not blackouts.closed_on(ctx.settings.calendar, account, before.due_at):
        return values
    zone = ctx.settings.calendar.zone
    wall = local(now, zone).strftime("%Y-%m-%dT%H:%M")
    return values | {"due_at": now, "late_after": now + tolerance, "at_wall": wall, "at_zone": zone, "queued": 0}


def _too_late(found: Delivery) -> str:
    return f"This is not possible any more: the delivery is {words_of(found).phrase}."
