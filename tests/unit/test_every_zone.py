"""Wall times around every clock change of every zone, 2020 to 2040: one instant per wall time, in order, none skipped.

What is expected is worked out from the change itself (when, from which offset, to which), not from the rule under test.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from scheduler.clock import to_ms
from scheduler.domain.slots import Slot, instant, local, occurrences

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
WEEK, QUARTER = timedelta(days=7), timedelta(minutes=15)


@dataclass(frozen=True)
class Change:
    """The clocks of a zone go from the offset `before` to `after` at the instant `at`."""

    at: datetime
    before: timedelta
    after: timedelta

    def expected(self, wall: datetime) -> datetime:
        """Return the instant of a wall time near this change: the first one; in a gap, later by the gap."""
        early, late = (wall - offset for offset in (self.before, self.after))
        at = self.at.replace(tzinfo=None)
        exists_later_only = early >= at and late >= at
        return (late if exists_later_only else early).replace(tzinfo=UTC)

    def walls(self) -> Iterator[datetime]:
        """Yield every quarter of an hour around the change, in order, on the days before, of and after it."""
        reach = abs(self.after - self.before) + timedelta(hours=1)
        middle = (self.at + min(self.before, self.after)).replace(tzinfo=None, second=0, microsecond=0)
        begin = middle - reach - timedelta(minutes=middle.minute % 15)
        for day in (-1, 0, 1):
            for step in range(int(2 * reach / QUARTER) + 5):
                yield begin + timedelta(days=day) + step * QUARTER


def offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


def changes(zone: ZoneInfo) -> Iterator[Change]:
    """Yield the changes of a zone: found week by week (no two are closer), then to the second."""
    moment, before = FIRST, offset(FIRST, zone)
    while moment < LAST:
        later = moment + WEEK
        after = offset(later, zone)
        if after != before:
            yield Change(_turn(zone, moment, later), before, after)
        moment, before = later, after


def _turn(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    old = offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if offset(middle, zone) == old else (low, middle)
    return high


@cache
def zones() -> dict[tuple[Change, ...], str]:
    """Return one zone for each history of changes: many names mean the same clock."""
    return {tuple(changes(ZoneInfo(name))): name for name in sorted(available_timezones())}


def test_the_zones_are_all_there() -> None:
    assert len(zones()) >= 40
    assert sum(len(history) for history in zones()) >= 1_000


def test_every_wall_time_around_every_change_is_one_instant_and_the_expected_one() -> None:
    for history, name in zones().items():
        for change in history:
            for wall in change.walls():
                assert instant(wall, name) == to_ms(change.expected(wall)), f"{wall} in {name}"


def test_a_daily_slot_comes_once_a_day_in_order_through_every_change() -> None:
    for history, name in zones().items():
        for change in history:
            wall = (change.at + change.before).time()
            days = [
                datetime.combine((change.at + change.before).date() + timedelta(days=n), wall) for n in range(-2, 3)
            ]
            moments = [instant(day, name) for day in days]
            hours = [(later - earlier) / 3_600_000 for earlier, later in itertools.pairwise(moments)]
            assert all(20 < each < 28 for each in hours), f"{wall} in {name}: {hours}"


def test_the_slots_of_a_week_come_in_order_through_every_change() -> None:
    """The generator that plans by; two years are enough for it, the rule itself is tested over twenty."""
    for history, name in zones().items():
        for change in (each for each in history if 2026 <= each.at.year <= 2027):
            wall = change.at + change.before
            hours = (wall.hour, (wall.hour + 1) % 24)
            slots = [Slot(day, hour, minute) for day in range(7) for hour in hours for minute in (0, 15, 30, 45)]
            after = to_ms(change.at - timedelta(days=3))
            found = list(itertools.islice(occurrences(slots, name, after), 48))
            assert all(earlier < later for earlier, later in itertools.pairwise(found)), f"{wall} in {name}"
            dates = [local(moment, name).date() for moment in found]
            assert max(dates) - min(dates) <= timedelta(days=7), f"{wall} in {name}"
