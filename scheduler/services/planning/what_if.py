"""Trying a change out: another zone, other slots, pauses, blackout days; now beside then, and nothing is applied."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from scheduler.config import PostingRules
from scheduler.domain import wording
from scheduler.domain.account import Account
from scheduler.domain.outlook import Difference, differences
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.rearranging import Choice, Stuck
from scheduler.domain.slots import instant, parse_wall
from scheduler.services.context import Context
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import CALENDAR, slots_of
from scheduler.services.planning import rearranging
from scheduler.services.planning.outlook import HORIZON_MS, Outlook, Stock, WhatIf, outlook, read_stock
from scheduler.services.planning.rearranging import Proposal

EVERY_ACCOUNT = ""
"""As a target of slots: the rules of every account that has none of its own."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed, as texts; "" changes nothing. Times are wall times of the calendar's zone.

    `target` is an account's key, "" for the default rules; `shown_target` is the one whose slots the form showed.
    """

    zone: str = ""
    target: str = EVERY_ACCOUNT
    shown_target: str = EVERY_ACCOUNT
    slots: str = ""
    pause: str = ""
    pause_until: str = ""
    everything_until: str = ""
    blackout: str = ""


FIELDS = tuple(field.name for field in fields(Typed))


@dataclass(frozen=True, slots=True)
class Trial:
    """Now and then. `changes` is what Settings could apply of it, for the file that `seen` names."""

    now: Outlook
    then: Outlook
    different: tuple[Difference, ...]
    stuck: tuple[Stuck, ...]
    changes: Mapping[str, object]
    seen: str
    tried: bool


def shown_rules(ctx: Context, target: str) -> PostingRules:
    """Return the rules whose slots the form shows."""
    return ctx.settings.calendar.rules_for(target) if target else ctx.settings.calendar.default


def try_out(ctx: Context, typed: Typed) -> Trial:
    """Return what would go out after the change. Raises `Invalid` with every problem, by the names of `Typed`."""
    stock = read_stock(ctx)
    problems = list[Problem]()
    change, changes = _pauses(stock, typed, problems), _changes(ctx, stock, typed)
    seen = configuration.seen(ctx, CALENDAR)
    stuck: tuple[Stuck, ...] = ()
    everything = changes | _blackout(stock, typed)
    if everything:
        try:
            found = rearranging.preview(ctx, Proposal(everything, seen), Choice())
            change = WhatIf(found.after, change.paused, change.everything_until, found.moves)
            stuck = found.stuck
        except Invalid as error:
            problems += [Problem(_field(problem.field), problem.message) for problem in error.problems]
    if problems:
        raise Invalid(problems)
    now, then = outlook(stock), outlook(stock, change)
    different = tuple(differences(now.forecasts, then.forecasts))
    tried = bool(everything or change.paused or change.everything_until)
    return Trial(now, then, different, stuck, changes, seen, tried)


def _changes(ctx: Context, stock: Stock, typed: Typed) -> dict[str, object]:
    changes: dict[str, object] = {}
    if typed.zone and typed.zone != stock.calendar.zone:
        changes["zone"] = typed.zone
    keys = {account.key for account in stock.accounts}
    target = typed.target if typed.target in keys else EVERY_ACCOUNT
    wanted = slots_of(typed.slots)
    if typed.slots and typed.shown_target == target and wanted != _slots(shown_rules(ctx, target)):
        changes[f"accounts.{target}.slots" if target else "default.slots"] = wanted
    return changes


def _slots(rules: PostingRules) -> list[str]:
    return [str(slot) for slot in rules.slots]


def _blackout(stock: Stock, typed: Typed) -> dict[str, object]:
    days = [day for day in re.split(r"[\s,;]+", typed.blackout) if day]
    return {"default.blackout": [*map(str, stock.calendar.default.blackout), *days]} if days else {}


def _pauses(stock: Stock, typed: Typed, problems: list[Problem]) -> WhatIf:
    paused: dict[int, int] = {}
    account = _account(stock.accounts, typed.pause)
    if account and not typed.pause_until:
        problems.append(Problem("pause_until", f"Until when would {account.name} be paused? Choose a date and a time."))
    if typed.pause_until and not account:
        problems.append(Problem("pause", "Choose the account that would be paused until then."))
    until = _moment(stock, "pause_until", typed.pause_until, problems)
    if account and until:
        paused[account.id] = until
    return WhatIf(None, paused, _moment(stock, "everything_until", typed.everything_until, problems))


def _account(known: Sequence[Account], key: str) -> Account | None:
    return next((account for account in known if account.key == key), None)


def _moment(stock: Stock, field: str, text: str, problems: list[Problem]) -> int:
    if not text:
        return 0
    zone = stock.calendar.zone
    try:
        at = instant(parse_wall(text), zone)
    except (ValueError, OverflowError):
        problems.append(Problem(field, f"“{text}” is not a date and time. Write it like 2026-11-23T09:00."))
        return 0
    if stock.now < at <= stock.now + HORIZON_MS:
        return at
    last = wording.day(stock.now + HORIZON_MS, zone)
    problems.append(Problem(field, f"Choose a time between now and {last}: the outlook ends there."))
    return 0


def _field(key: str) -> str:
    """Return the field of the form that a key of calendar.toml stands for."""
    return key.rpartition(".")[2] if key.rpartition(".")[2] in FIELDS else ""
