"""Now beside then, as a page shows it: the weeks of both, and every post that goes out otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.domain import wording
from scheduler.domain.outlook import Difference, Forecast
from scheduler.platforms.base import Platform
from scheduler.platforms.registry import platform
from scheduler.services.context import Context
from scheduler.services.planning.outlook import Outlook
from scheduler.services.planning.outlook_page import PILLS, Cell, Week, title_of, weeks_of
from scheduler.services.planning.what_if import Trial
from scheduler.storage import waiting

MOST_LINES = 300
"""The most posts that a try-out names one by one."""


@dataclass(frozen=True, slots=True)
class WeekBeside:
    """One week: what stands in it now and then."""

    week: Week
    now: Cell
    then: Cell


@dataclass(frozen=True, slots=True)
class DifferentLine:
    """One post that goes out otherwise: when now and when then, in words with the zone, and why then."""

    delivery_id: int
    title: str
    account: str
    platform: Platform
    was: str
    becomes: str
    goes: bool
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that the page shows of a trial. `unnamed` posts are counted only; `stuck` keep their time."""

    weeks: tuple[WeekBeside, ...]
    lines: tuple[DifferentLine, ...]
    unnamed: int
    moved: int
    stopped: int
    stuck: str


def compared(ctx: Context, trial: Trial) -> Comparison:
    """Return what the page shows of a trial."""
    stops = [each for each in trial.different if each.then.goes_at is None]
    return Comparison(
        weeks=_weeks(trial.now, trial.then),
        lines=_lines(ctx, trial, trial.different[:MOST_LINES]),
        unnamed=max(len(trial.different) - MOST_LINES, 0),
        moved=len(trial.different) - len(stops),
        stopped=len(stops),
        stuck=_stuck(trial),
    )


def _weeks(now: Outlook, then: Outlook) -> tuple[WeekBeside, ...]:
    """Return the weeks of now with what goes out in each, now and then: by the same instants, in the zone of now."""
    was, becomes = weeks_of(now, now), weeks_of(then, now)
    return tuple(WeekBeside(a, a.total, b.total) for a, b in zip(was, becomes, strict=True))


def _lines(ctx: Context, trial: Trial, some: Sequence[Difference]) -> tuple[DifferentLine, ...]:
    known = {account.id: account for account in trial.now.stock.accounts}
    with ctx.database.reading() as tx:
        texts = waiting.texts(tx, [each.now.waiting.teaser_id for each in some])
    return tuple(
        DifferentLine(
            delivery_id=each.now.waiting.id,
            title=title_of(ctx, each.now.waiting, texts),
            account=(account := known[each.now.waiting.account_id]).name,
            platform=platform(account.platform),
            was=_words(each.now, trial.now),
            becomes=_words(each.then, trial.then),
            goes=each.then.goes_at is not None,
            why=each.then.why,
        )
        for each in some
    )


def _words(forecast: Forecast, found: Outlook) -> str:
    if forecast.goes_at is None:
        return PILLS[forecast.fate][0]
    return wording.moment(forecast.goes_at, found.calendar.zone)


def _stuck(trial: Trial) -> str:
    if not trial.stuck:
        return ""
    count = len(trial.stuck)
    posts = "1 post keeps its" if count == 1 else f"{count} posts keep their"
    return f"{posts} present time: {trial.stuck[0].why}"
