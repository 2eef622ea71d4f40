"""What the calendar shows between two local dates: deliveries, and the dates of articles beside them.

All arithmetic with time zones is done here: a page gets wall times of the calendar's zone and sends wall times back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from scheduler.domain import wording
from scheduler.domain.account import Account
from scheduler.domain.article import Article, Status, is_public
from scheduler.domain.blackout import Span
from scheduler.domain.delivery import State
from scheduler.domain.slots import instant, local
from scheduler.services.context import Context
from scheduler.services.planning.overview import Row, rows_of
from scheduler.storage import accounts, listings

MOST = 1000
"""The most deliveries that the grid shows."""
LISTED = 120
"""The most that the agenda lists; nobody scrolls further, and every row costs time."""
SHOWN = frozenset(set(State) - {State.DRAFT, State.NEEDS_APPROVAL, State.CANCELLED})
DEFAULT_TIME = time(9, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the calendar: a delivery (`row`) or the day on which an article appears (`article`).

    `at` is UTC ms; `wall` is the same in the calendar's zone, "2026-11-24T09:00".
    """

    at: int
    wall: str
    row: Row | None = None
    article: Article | None = None
    appeared: bool = False

    @property
    def title(self) -> str:
        """Return what the entry is called."""
        if self.article:
            return self.article.title
        return self.row.title if self.row else ""


@dataclass(frozen=True, slots=True)
class AgendaDay:
    """The entries of one local date."""

    name: str
    is_today: bool
    entries: tuple[Entry, ...]


def entries_between(
    ctx: Context, first: date, end: date, account_id: int | None = None, most: int = MOST
) -> list[Entry]:
    """Return what stands from the local date `first` up to, not including, `end`, in order.

    With `account_id` the articles stay: they are what that account's teasers are about. `most` counts the deliveries.
    """
    zone = ctx.settings.calendar.zone
    since, until = day_start(first, zone), day_start(end, zone)
    with ctx.database.reading() as tx:
        deliveries = listings.between(tx, since, until, states=SHOWN, account_id=account_id, limit=most)
        rows = rows_of(ctx, tx, deliveries)
    found = [*(_entry(ctx, row.at, row=row) for row in rows), *_articles(ctx, since, until)]
    return sorted(found, key=lambda entry: (entry.at, entry.row.delivery.id if entry.row else 0))


def day_start(day: date, zone: str) -> int:
    """Return the instant (UTC ms) at which a local date begins."""
    return instant(datetime.combine(day, time()), zone)


def _articles(ctx: Context, since: int, until: int) -> Iterable[Entry]:
    now = ctx.clock.now_ms()
    for article in ctx.articles.all():
        dated = article.date_at is not None and since <= article.date_at < until
        if dated and article.status in (Status.SCHEDULED, Status.PUBLISHED):
            yield _entry(ctx, article.date_at or 0, article=article, appeared=is_public(article, now))


def _entry(
    ctx: Context, at: int, *, row: Row | None = None, article: Article | None = None, appeared: bool = False
) -> Entry:
    wall = local(at, ctx.settings.calendar.zone).strftime("%Y-%m-%dT%H:%M")
    return Entry(at, wall, row, article, appeared)


def by_day(ctx: Context, entries: Iterable[Entry]) -> tuple[AgendaDay, ...]:
    """Return the entries in groups of one local date."""
    zone, now = ctx.settings.calendar.zone, ctx.clock.now_ms()
    today = local(now, zone).date().isoformat()
    return tuple(
        AgendaDay(wording.named_day(group[0].at, zone, now), day == today, tuple(group))
        for day, group in ((day, list(found)) for day, found in groupby(entries, key=lambda entry: entry.wall[:10]))
    )


def what(entry: Entry) -> str:
    """Return the entry in words, for those who do not see its place, colour and icons."""
    if entry.row:
        row = entry.row
        return f"{row.title}, {row.account.name} on {row.platform.label}, {row.words.phrase}"
    return f"the article “{entry.title}” {'appeared' if entry.appeared else 'appears'}"


def known_accounts(ctx: Context) -> list[Account]:
    """Return the accounts to filter by."""
    with ctx.database.reading() as tx:
        return accounts.all_accounts(tx)


def closed_days(ctx: Context, account_id: int | None = None) -> tuple[Span, ...]:
    """Return the blackout days of an account, or those of all accounts, that are not over yet."""
    calendar = ctx.settings.calendar
    key = next((account.key for account in known_accounts(ctx) if account.id == account_id), "")
    return tuple(span for span in calendar.blackout_for(key) if span.last >= today(ctx))


def today(ctx: Context) -> date:
    """Return the date in the calendar's zone."""
    return local(ctx.clock.now_ms(), ctx.settings.calendar.zone).date()


def usual_time(ctx: Context) -> str:
    """Return the time that a click on a day offers: that of the calendar's first slot, else "09:00"."""
    slots = sorted(ctx.settings.calendar.default.slots)
    return f"{slots[0].hour:02}:{slots[0].minute:02}" if slots else f"{DEFAULT_TIME:%H:%M}"


def month_of(day: date) -> tuple[date, date]:
    """Return the first date of the month of `day`, and the first of the next month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def week_of(day: date) -> tuple[date, date]:
    """Return the Monday of the week of `day`, and the next Monday."""
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=7)
