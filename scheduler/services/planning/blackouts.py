"""Blackout days at work: which moments they close for an account, and what that refuses or holds back."""

from __future__ import annotations

from scheduler.config import Calendar
from scheduler.domain.account import Account
from scheduler.domain.blackout import Span, covering
from scheduler.domain.delivery import Delivery
from scheduler.domain.problem import Conflict, Problem
from scheduler.services.context import Context

REASON = "blackout"
"""Why a delivery is held on such a day. Nothing releases it by itself: a person gives it another time."""


def closed_on(calendar: Calendar, account: Account, moment: int) -> Span | None:
    """Return the blackout of an account that the instant `moment` (UTC ms) falls into, or None."""
    return covering(calendar.blackout_for(account.key), moment, calendar.zone)


def problems_at(calendar: Calendar, account: Account, moment: int) -> list[Problem]:
    """Return what speaks against planning a post of the account for an instant (UTC ms): a blackout day, or nothing."""
    span = closed_on(calendar, account, moment)
    if span is None:
        return []
    way_out = "Choose another day, or take the day out of the blackout days under Settings"
    return [Problem("when", f"Nothing goes out on blackout days ({span.words}). {way_out}.")]


def hold_reason(ctx: Context, delivery: Delivery, account: Account, now: int) -> str:
    """Return why the delivery must not go out at `now` (UTC ms), as a sentence; "" when no blackout is in its way.

    Today counts, and so does the day for which it is planned: what stood on a blackout day does not slip out on the
    day after because the worker was late.
    """
    calendar = ctx.settings.calendar
    if span := closed_on(calendar, account, now):
        return f"Today is a blackout day ({span.words}), so it was not sent. Give it another day."
    if span := closed_on(calendar, account, delivery.due_at):
        return f"It was planned for a blackout day ({span.words}), so it is not sent by itself. Give it another day."
    return ""


def forecast(ctx: Context, delivery: Delivery, account: Account) -> str:
    """Return why a waiting delivery will not go out at its time, as a sentence; "" when no blackout is in its way."""
    calendar = ctx.settings.calendar
    span = closed_on(calendar, account, delivery.due_at) or closed_on(calendar, account, delivery.turn_at)
    return f"Its day is a blackout day ({span.words}), so it will be held. Give it another day." if span else ""


def require_open_today(ctx: Context, account: Account) -> None:
    """Raise `Conflict` when today is a blackout day of the account: whatever is sent now would only be held."""
    if span := closed_on(ctx.settings.calendar, account, ctx.clock.now_ms()):
        way_out = "Move it to another day, or take today out of the blackout days under Settings"
        raise Conflict(f"Today is a blackout day of {account.name} ({span.words}). {way_out}.")
