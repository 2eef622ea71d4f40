"""What may still be done with a post that is live: change its words, or take it down. Both may be repeated freely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from scheduler.domain.account import Account
from scheduler.domain.delivery import TAKEN_DOWN, Delivery, State
from scheduler.domain.problem import Conflict, Invalid, refuse
from scheduler.domain.teaser import payload_from_json
from scheduler.platforms.base import Platform, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts.fresh import with_fresh_sign_in
from scheduler.services.context import Context
from scheduler.services.delivery.decisions import delivery
from scheduler.storage import accounts, deliveries, events
from scheduler.storage.events import Event


def take_down(ctx: Context, delivery_id: int, who: str = "") -> Delivery:
    """Take a live post down on its platform. Raises `Conflict` when there is none, `Invalid` when it is refused."""
    live, account, connector = _live(ctx, delivery_id)
    if not connector.capable(account.limits).delete:
        raise Conflict(f"{connector.label} lets no program take a post down. Do it there yourself.")
    _ask(ctx, account, lambda session: connector.delete(session, live.remote_id))
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        deliveries.note_taken_down(tx, live, now)
        events.add(tx, live.id, Event(now, "taken_down", f"Taken down from {connector.label}.", who))
    return delivery(ctx, live.id)


def change(ctx: Context, delivery_id: int, text: str, who: str = "") -> Delivery:
    """Change the words of a live post on its platform. Raises `Conflict`, or `Invalid` with every problem."""
    live, account, connector = _live(ctx, delivery_id)
    if not connector.capable(account.limits).edit:
        raise Conflict(f"{connector.label} lets no program change a post. Take it down and send a new one.")
    payload = replace(payload_from_json(live.payload), text=text.replace("\r\n", "\n").strip())
    rules = connector.rules(account.limits)
    if wrong := [problem for problem in connector.validate(payload, rules) if problem.severity == "error"]:
        raise Invalid(wrong)
    _ask(ctx, account, lambda session: connector.edit(session, live.remote_id, payload))
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        deliveries.note_changed_words(tx, live, payload.to_json(), payload.digest(), now)
        events.add(tx, live.id, Event(now, "changed", f"Its words were changed on {connector.label}.", who))
    return delivery(ctx, live.id)


def _live(ctx: Context, delivery_id: int) -> tuple[Delivery, Account, Platform]:
    found = delivery(ctx, delivery_id)
    if found.state is not State.PUBLISHED or found.reason == TAKEN_DOWN or not found.remote_id:
        raise Conflict("There is no live post of this delivery that Drumbeat knows.")
    with ctx.database.reading() as tx:
        account = accounts.get(tx, found.account_id)
    assert account is not None  # a foreign key holds it
    return found, account, platform(account.platform)


def _ask(ctx: Context, account: Account, ask: Callable[[Session], None]) -> None:
    try:
        with_fresh_sign_in(ctx, account, ask)
    except Refused as refused:
        raise refuse("", refused.outcome.sentence) from refused
