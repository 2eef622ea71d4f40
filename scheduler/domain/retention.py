"""Which backups are kept: everything of the last day, one for each of some days, one for each of some weeks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from scheduler.domain.slots import local

DAY_MS = 86_400_000


def to_keep(made_at: Iterable[int], now: int, *, daily: int, weekly: int) -> frozenset[int]:
    """Return which of the instants `made_at` (UTC ms) to keep at `now`.

    Kept are everything younger than a day (somebody may have made it on purpose), the newest one of each of the
    last `daily` days and `weekly` ISO weeks that have any, and always the newest of all.
    """
    newest_first = sorted(made_at, reverse=True)
    fresh = (instant for instant in newest_first if now - instant < DAY_MS)
    days = _newest_of_each(newest_first, lambda instant: local(instant, "UTC").date(), daily)
    weeks = _newest_of_each(newest_first, lambda instant: local(instant, "UTC").isocalendar()[:2], weekly)
    return frozenset([*fresh, *days, *weeks, *newest_first[:1]])


def _newest_of_each(newest_first: Iterable[int], period: Callable[[int], Hashable], count: int) -> list[int]:
    newest: dict[Hashable, int] = {}
    for instant in newest_first:
        newest.setdefault(period(instant), instant)
    return list(newest.values())[:count]
