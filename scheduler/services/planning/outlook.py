"""What goes out in the next 90 days, as it stands and as it would be after a change. Nothing here writes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from scheduler.config import Calendar
from scheduler.domain import wording
from scheduler.domain.account import Account, AccountState
from scheduler.domain.article import Article, Status, is_public
from scheduler.domain.blackout import covering
from scheduler.domain.outlook import Conditions, Forecast, Gate, Waiting, foretell
from scheduler.domain.rearranging import Retiming, free_slots
from scheduler.domain.slots import HORIZON_DAYS
from scheduler.services.context import Context
from scheduler.services.delivery.gate import in_the_way
from scheduler.services.planning.moments import posting_rules
from scheduler.storage import accounts, breakers, pauses, waiting
from scheduler.storage.pauses import Pause

HORIZON_MS = HORIZON_DAYS * 86_400_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A change to try out: another calendar, pauses until an instant (UTC ms, by account id), posts at other times."""

    calendar: Calendar | None = None
    paused: Mapping[int, int] = field(default_factory=dict)
    everything_until: int = 0
    moves: tuple[Retiming, ...] = ()


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything that a forecast is made of, read once."""

    now: int
    calendar: Calendar
    accounts: tuple[Account, ...]
    waiting: tuple[Waiting, ...]
    occupied: Mapping[int, list[tuple[int, int]]]
    pause: Pause | None
    articles: Mapping[str, Gate]
    silent_until: Mapping[str, int]
    """Hosts that do not answer, and until when (UTC ms) they are left alone."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What goes out up to `until` (UTC ms), in order, and the free slots of each account in between."""

    stock: Stock
    calendar: Calendar
    until: int
    forecasts: tuple[Forecast, ...]
    free: Mapping[int, list[int]]


def read_stock(ctx: Context) -> Stock:
    """Read what waits and what stands in its way."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        known = tuple(accounts.all_accounts(tx))
        found = tuple(waiting.all_waiting(tx, now + HORIZON_MS))
        occupied = waiting.occupied(tx, now - _DAY_MS)
        pause = pauses.everything(tx)
        silent = {breaker.host: breaker.open_until for breaker in breakers.tripped(tx)}
    articles = {key: _article_gate(ctx.articles.by_id(key), now) for key in {each.article_id for each in found} if key}
    return Stock(now, ctx.settings.calendar, known, found, occupied, pause, articles, silent)


def _article_gate(article: Article | None, now: int) -> Gate:
    if article is None or (not is_public(article, now) and not _appears(article)):
        return Gate(None, in_the_way(article, now))
    if is_public(article, now):
        return Gate()
    return Gate(article.date_at, f"“{article.title}” appears only then.")


def _appears(article: Article) -> bool:
    return article.date_at is not None and article.status in (Status.SCHEDULED, Status.PUBLISHED)


def outlook(stock: Stock, change: WhatIf | None = None) -> Outlook:
    """Return what goes out, with `change` as if it were made already."""
    change = change or WhatIf()
    calendar, until = change.calendar or stock.calendar, stock.now + HORIZON_MS
    retimed = {move.delivery_id: move for move in change.moves}
    by_account: dict[int, list[Waiting]] = {account.id: [] for account in stock.accounts}
    for each in stock.waiting:
        by_account.setdefault(each.account_id, []).append(_retimed(each, retimed.get(each.id)))
    found, free = list[Forecast](), dict[int, list[int]]()
    for account in stock.accounts:
        found += foretell(by_account[account.id], _conditions(stock, change, calendar, account))
        rules = posting_rules(account, calendar)
        free[account.id] = free_slots(rules, stock.now, _taken(stock, account, retimed), until)
    found.sort(key=lambda forecast: (forecast.at, forecast.waiting.id))
    return Outlook(stock, calendar, until, tuple(found), free)


def _retimed(each: Waiting, move: Retiming | None) -> Waiting:
    if move is None:
        return each
    late_after = each.late_after - each.due_at + move.due_at
    return replace(each, due_at=move.due_at, turn_at=move.due_at, not_before=move.due_at, late_after=late_after)


def _taken(stock: Stock, account: Account, retimed: Mapping[int, Retiming]) -> list[int]:
    standing = stock.occupied.get(account.id, [])
    return sorted(retimed[key].due_at if key in retimed else due_at for key, due_at in standing)


def _conditions(stock: Stock, change: WhatIf, calendar: Calendar, account: Account) -> Conditions:
    rules = calendar.rules_for(account.key)
    return Conditions(
        now=stock.now,
        gap=rules.minimum_gap,
        newest_first=rules.newest_first,
        account=_strictest(_gates(stock, change, account)),
        closed=_closed(account, calendar),
        articles=stock.articles,
    )


def _gates(stock: Stock, change: WhatIf, account: Account) -> Iterable[Gate]:
    if stock.pause:
        yield Gate(None, f"Everything is paused{f': {stock.pause.reason}' if stock.pause.reason else ''}.")
    if account.state is AccountState.PAUSED and account.id not in change.paused:
        yield Gate(None, f"{account.name} is paused. Resume the account under Accounts.")
    if account.state is AccountState.BROKEN:
        yield Gate(None, f"{account.name} has to be connected again under Accounts.")
    if account.not_before > stock.now:
        yield Gate(account.not_before, f"{account.name} asked us to wait.")
    if (until := stock.silent_until.get(account.host, 0)) > stock.now:
        yield Gate(until, f"{account.host} does not answer; it is asked again then.")
    if until := change.paused.get(account.id, 0):
        yield Gate(until, f"{account.name} would be paused until then.")
    if change.everything_until:
        yield Gate(change.everything_until, "Everything would be paused until then.")


def _strictest(gates: Iterable[Gate]) -> Gate:
    """Return the gate that opens last; one that does not open by itself is stricter than any."""
    return max(gates, key=lambda gate: (gate.opens_at is None, gate.opens_at or 0), default=Gate())


def _closed(account: Account, calendar: Calendar) -> Callable[[int], str]:
    spans = calendar.blackout_for(account.key)

    def why(moment: int) -> str:
        if not spans or covering(spans, moment, calendar.zone) is None:
            return ""
        return f"{wording.day(moment, calendar.zone)} is a blackout day: it will be held, and waits for you."

    return why
