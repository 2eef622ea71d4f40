"""Pausing an account, resuming it, and giving it up."""

from __future__ import annotations

from scheduler.domain import wording
from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import UNDER_WAY, WAITING, State
from scheduler.domain.problem import Conflict, refuse
from scheduler.services.accounts.health import account
from scheduler.services.accounts.pictures import drop_picture
from scheduler.services.context import Context
from scheduler.storage import accounts, deliveries, events, listings
from scheduler.storage.accounts import Token
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event

LONGEST_REASON = 300
GONE = "Its account was disconnected."
BUSY = "A post of this account is being sent or looked up right now. Try again when it is settled."
SIGNED_OUT = "Signed out{}. Its queue is kept and waits until the account is connected again."
DISCONNECTED = "You disconnected it. It is kept for its history only."


def pause(ctx: Context, account_id: int, reason: str = "", who: str = "") -> Account:
    """Hold everything of this account back until `resume`; the page says since when, by whom and why.

    Raises `NotFound`, `Invalid` for a reason that is too long, or `Conflict` unless it is connected.
    """
    why = " ".join(reason.split())
    if len(why) > LONGEST_REASON:
        raise refuse("reason", f"The reason has {len(why)} characters; {LONGEST_REASON} are the most.")
    since = wording.moment(ctx.clock.now_ms(), ctx.settings.calendar.zone)
    words = f"Paused since {since}{f' by {who}' if who else ''}{f': {why}' if why else ''}"
    sentence = f"{words}{'' if words.endswith(('.', '!', '?')) else '.'} What is queued waits until you resume."
    return _change(ctx, account_id, AccountState.CONNECTED, AccountState.PAUSED, sentence)


def resume(ctx: Context, account_id: int) -> Account:
    """Let the account publish again. Raises `NotFound`, or `Conflict` unless it is paused."""
    return _change(ctx, account_id, AccountState.PAUSED, AccountState.CONNECTED, "")


def _change(ctx: Context, account_id: int, expected: AccountState, target: AccountState, sentence: str) -> Account:
    account(ctx, account_id)
    with ctx.database.writing() as tx:
        found = accounts.get(tx, account_id)
        if found is None or found.state is not expected:
            raise Conflict(f"The account is not {expected} any more. Look at it again.")
        accounts.set_state(tx, account_id, target, sentence, ctx.clock.now_ms())
    return account(ctx, account_id)


def sign_out(ctx: Context, account_id: int, who: str = "") -> Account:
    """Forget the sign-in and keep the queue: what waits is held until the account is connected again.

    Raises `NotFound`; `Conflict` when a post is being sent right now.
    """
    account(ctx, account_id)
    with ctx.database.writing() as tx:
        if listings.search(tx, states=UNDER_WAY, account_id=account_id, limit=1):
            raise Conflict(BUSY)
        now = ctx.clock.now_ms()
        accounts.set_credentials(tx, account_id, "", now)
        accounts.set_token(tx, account_id, Token(), now)
        accounts.set_state(tx, account_id, AccountState.BROKEN, SIGNED_OUT.format(f" by {who}" if who else ""), now)
    return account(ctx, account_id)


def waiting(ctx: Context, account_id: int) -> int:
    """Return how many deliveries disconnecting would cancel."""
    with ctx.database.reading() as tx:
        return len(listings.search(tx, states=WAITING, account_id=account_id, limit=10_000))


def disconnect(ctx: Context, account_id: int, confirmed: int, who: str = "") -> bool:
    """Give the account up: cancel what waits, forget the credentials; return whether the account is gone altogether.

    `confirmed` is the number of waiting deliveries that the person was shown. An account with deliveries in its past
    is kept without credentials, hidden from every choice. Raises `NotFound`; `Conflict` when the number has changed
    or a delivery is under way.
    """
    account(ctx, account_id)
    with ctx.database.writing() as tx:
        _cancel_waiting(tx, account_id, confirmed, Event(ctx.clock.now_ms(), "cancelled", GONE, who))
        has_past = bool(listings.search(tx, account_id=account_id, limit=1))
        if has_past:
            accounts.set_credentials(tx, account_id, "", ctx.clock.now_ms())
            accounts.set_state(tx, account_id, AccountState.DISCONNECTED, DISCONNECTED, ctx.clock.now_ms())
        else:
            accounts.remove(tx, account_id)
    drop_picture(ctx, account_id)
    return not has_past


def _cancel_waiting(tx: Connection, account_id: int, confirmed: int, told: Event) -> None:
    if listings.search(tx, states=UNDER_WAY, account_id=account_id, limit=1):
        raise Conflict(BUSY)
    found = listings.search(tx, states=WAITING, account_id=account_id, limit=10_000)
    if len(found) != confirmed:
        raise Conflict(f"By now {len(found)} posts wait in the queue of this account. Look at them and decide again.")
    for delivery in found:
        deliveries.set_state(tx, delivery.id, State.CANCELLED, expect=WAITING, now=told.at, sentence=GONE)
        events.add(tx, delivery.id, told)
