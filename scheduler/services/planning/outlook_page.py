"""The outlook as pages show it: weeks with counts for each account, and the lines of one week."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby

from scheduler.domain import wording
from scheduler.domain.account import Account
from scheduler.domain.outlook import Fate, Forecast, Waiting
from scheduler.domain.slots import instant, local
from scheduler.platforms.base import Platform
from scheduler.platforms.registry import platform
from scheduler.services.context import Context
from scheduler.services.planning.outlook import Outlook
from scheduler.storage import waiting

MOST_LINES = 200
"""The most posts that a list of the outlook names."""
HEAT = (1, 3, 6, 12)
"""From so many posts a week on a cell is a shade darker."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One week of one account: how many posts go out, how many stand there but will not, how many slots are free."""

    goes: int = 0
    stops: int = 0
    free: int = 0

    @property
    def heat(self) -> int:
        """Return how dark the cell is, 0 to 4."""
        return sum(self.goes >= least for least in HEAT)

    def __add__(self, other: Cell) -> Cell:
        return Cell(self.goes + other.goes, self.stops + other.stops, self.free + other.free)


@dataclass(frozen=True, slots=True)
class Week:
    """One week from Monday on, in the calendar's zone; `words` is "23 – 29 Nov"."""

    first: date
    starts_at: int
    words: str
    total: Cell


@dataclass(frozen=True, slots=True)
class Strip:
    """One account's weeks."""

    account: Account
    platform: Platform
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One post of the list; `at` is UTC ms. A free slot has no forecast."""

    at: int
    account: Account
    platform: Platform
    forecast: Forecast | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class DayOfLines:
    """The lines of one local date."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OutlookPage:
    """Everything that the page shows. `more` says that the list is longer than what is shown."""

    weeks: tuple[Week, ...]
    strips: tuple[Strip, ...]
    chosen: Week
    days: tuple[DayOfLines, ...]
    more: bool
    total: Cell


def page_of(ctx: Context, found: Outlook, first: date | None, account_id: int | None) -> OutlookPage:
    """Return the page: all weeks, and the lines of the week that holds the date `first` (default: this week)."""
    mine = [account for account in found.stock.accounts if account_id in (None, account.id)]
    starts = _week_starts(found)
    cells = _cells(found, starts)
    strips = tuple(Strip(account, platform(account.platform), cells[account.id]) for account in mine)
    weeks = weeks_of(found, found, account_id)
    wanted = next((week for week in reversed(weeks) if first and week.first <= first), weeks[0])
    lines = _lines_of(found, {account.id: account for account in mine}, wanted)
    named = with_titles(ctx, lines[:MOST_LINES])
    days = by_day(ctx, found.calendar.zone, named)
    return OutlookPage(weeks, strips, wanted, days, len(lines) > MOST_LINES, _sum(week.total for week in weeks))


def weeks_of(found: Outlook, calendar_of: Outlook, account_id: int | None = None) -> tuple[Week, ...]:
    """Return what `found` has in each week of `calendar_of`, of all accounts or one."""
    starts, zone = _week_starts(calendar_of), calendar_of.calendar.zone
    cells = [mine for key, mine in _cells(found, starts).items() if account_id in (None, key)]
    return tuple(_week(at, zone, _sum(mine[place] for mine in cells)) for place, at in enumerate(starts))


def _week_starts(found: Outlook) -> list[int]:
    """Return when the weeks begin, this week first. What is overdue counts in this week."""
    zone = found.calendar.zone
    today = local(found.stock.now, zone).date()
    monday = today - timedelta(days=today.weekday())
    last = local(found.until, zone).date()
    days = (monday + timedelta(days=7 * n) for n in range((last - monday).days // 7 + 1))
    return [instant(datetime.combine(day, time()), zone) for day in days]


def _cells(found: Outlook, starts: Sequence[int]) -> dict[int, tuple[Cell, ...]]:
    """Return the weeks of each account."""
    counts = {account.id: [[0, 0, 0] for _ in starts] for account in found.stock.accounts}
    for forecast in found.forecasts:
        counts[forecast.waiting.account_id][_place(forecast.at, starts)][forecast.goes_at is None] += 1
    for account_id, slots in found.free.items():
        for at in slots:
            counts[account_id][_place(at, starts)][2] += 1
    return {account_id: tuple(Cell(*week) for week in weeks) for account_id, weeks in counts.items()}


def _place(at: int, starts: Sequence[int]) -> int:
    return max(bisect_right(starts, at) - 1, 0)


def _sum(cells: Iterable[Cell]) -> Cell:
    return sum(cells, Cell())


def _week(at: int, zone: str, total: Cell) -> Week:
    first = local(at, zone).date()
    last = first + timedelta(days=6)
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return Week(first, at, f"{start} – {last.day} {last:%b}", total)


def _lines_of(found: Outlook, mine: Mapping[int, Account], week: Week) -> list[Line]:
    """Return the posts of a week in order; of a single account its free slots too."""
    starts = _week_starts(found)
    place = starts.index(week.starts_at)
    lines = [
        Line(f.at, account, platform(account.platform), f)
        for f in found.forecasts
        if (account := mine.get(f.waiting.account_id)) and _place(f.at, starts) == place
    ]
    if len(mine) == 1:
        (account,) = mine.values()
        free = (at for at in found.free[account.id] if _place(at, starts) == place)
        lines += [Line(at, account, platform(account.platform)) for at in free]
    return sorted(lines, key=lambda line: (line.at, line.forecast.waiting.id if line.forecast else 0))


def with_titles(ctx: Context, lines: Sequence[Line]) -> list[Line]:
    """Name what the posts are: by their article, else by their own words."""
    with ctx.database.reading() as tx:
        texts = waiting.texts(tx, [line.forecast.waiting.teaser_id for line in lines if line.forecast])
    return [
        replace(line, title=title_of(ctx, line.forecast.waiting, texts)) if line.forecast else line for line in lines
    ]


def title_of(ctx: Context, each: Waiting, texts: Mapping[int, str]) -> str:
    """Return what a post is called: its article, else its own words."""
    article = ctx.articles.by_id(each.article_id) if each.article_id else None
    return article.title if article else " ".join(texts.get(each.teaser_id, "").split()) or "(no text)"


def by_day(ctx: Context, zone: str, lines: Iterable[Line]) -> tuple[DayOfLines, ...]:
    """Return the lines in groups of one local date."""
    now = ctx.clock.now_ms()
    groups = groupby(lines, key=lambda line: wording.named_day(line.at, zone, now))
    return tuple(DayOfLines(name, tuple(group)) for name, group in groups)


PILLS: Mapping[Fate, tuple[str, str, str]] = {
    Fate.ON_TIME: ("On time", "", "clock"),
    Fate.LATER: ("Later", "info", "calendar-clock"),
    Fate.BLOCKED: ("Will not go out", "warn", "pause"),
    Fate.MISSED: ("Too late", "warn", "alarm-clock"),
    Fate.SKIPPED: ("Will be skipped", "warn", "skip-forward"),
}
"""What a fate is called: word, tone and icon of its pill."""
