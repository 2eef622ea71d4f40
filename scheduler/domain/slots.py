"""Slots and wall times: from what a person means ("Tue 09:00 in New York") to an instant.

The rule, for every zone and year: one occurrence per local date; a wall time inside a gap shifts forward by the
gap; a wall time that happens twice means its first occurrence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from heapq import merge
from zoneinfo import ZoneInfo, available_timezones

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HORIZON_DAYS = 90
"""How far ahead a free slot is looked for."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A recurring posting time: `weekday` 0 is Monday; `hour` and `minute` are wall time."""

    weekday: int
    hour: int
    minute: int

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.hour:02}:{self.minute:02}"


class NoFreeSlot(Exception):
    """There is no free slot within the horizon; the message says what to do."""


def parse_slot(text: str) -> Slot:
    """Return the slot that `text` ("Tue 09:00") names. Raises `ValueError` with a sentence."""
    match = re.fullmatch(r"([A-Za-z]{3})[a-z]* +(\d{1,2}):(\d{2})", text.strip())
    names = [name.lower() for name in WEEKDAYS]
    if not match or match[1].lower() not in names or int(match[2]) > 23 or int(match[3]) > 59:
        raise ValueError(f'"{text}" is not a slot; write weekday and time like "Tue 09:00"')
    return Slot(names.index(match[1].lower()), int(match[2]), int(match[3]))


def zone_problem(zone: str) -> str:
    """Return why `zone` is not an IANA time zone, or "" if it is one."""
    if zone in _zones():
        return ""
    return f'"{zone}" is not a time zone; use a name like "America/New_York" or "Europe/Berlin"'


@cache
def _zones() -> frozenset[str]:
    """The names of all zones; reading them off the disk takes longer than everything else about a moment."""
    return frozenset(available_timezones())


def parse_wall(text: str) -> datetime:
    """Return the naive wall time of "2026-11-23T09:00". Raises `ValueError` with a sentence."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None or not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", text):
        raise ValueError(f'"{text}" is not a date and time; write it like "2026-11-23T09:00"')
    return wall


def instant(wall: datetime, zone: str) -> int:
    """Return UTC epoch milliseconds of a naive wall time in an IANA zone, by the rule of this module."""
    moment = wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    return round(moment.timestamp() * 1000)


def local(instant_ms: int, zone: str) -> datetime:
    """Return the aware local time of an instant in a zone."""
    return datetime.fromtimestamp(instant_ms / 1000, tz=UTC).astimezone(ZoneInfo(zone))


def shifted_by_gap(wall: datetime, zone: str) -> bool:
    """Return whether `wall` does not exist in `zone` (the clocks skip it)."""
    return local(instant(wall, zone), zone).replace(tzinfo=None) != wall


def occurrences(slots: Iterable[Slot], zone: str, after: int) -> Iterator[int]:
    """Yield the instants (UTC ms) of `slots` later than `after`, each once and in order, up to the horizon.

    A gap may shift a slot onto another one, or past one of the next day: so the weeks of all slots are merged.
    """
    first, last = local(after, zone).date() - timedelta(days=1), after
    for moment in merge(*(_weekly(slot, zone, first) for slot in sorted(set(slots)))):
        if last < moment <= after + HORIZON_DAYS * 86_400_000:
            yield moment
            last = moment


def _weekly(slot: Slot, zone: str, first: date) -> Iterator[int]:
    begin = first + timedelta(days=(slot.weekday - first.weekday()) % 7)
    for week in range(HORIZON_DAYS // 7 + 2):
        yield instant(_at(begin + timedelta(weeks=week), slot), zone)


def _at(day: date, slot: Slot) -> datetime:
    return datetime.combine(day, time(slot.hour, slot.minute))


def next_free(slots: Iterable[Slot], zone: str, after: int, taken: Callable[[int], bool]) -> int:
    """Return the first instant of `slots` later than `after` that is not `taken`. Raises `NoFreeSlot`."""
    wanted = tuple(slots)
    if not wanted:
        raise NoFreeSlot("This account has no slots. Add posting times under Settings, or pick a time yourself.")
    for moment in occurrences(wanted, zone, after):
        if not taken(moment):
            return moment
    raise NoFreeSlot(
        f"Every slot of the next {HORIZON_DAYS} days is taken. Add slots under Settings, or pick a time yourself."
    )


def within_gap(moment: int, others: Iterable[int], gap: int) -> bool:
    """Return whether one of `others` lies closer to `moment` than `gap` (ms), or at the very same time."""
    return any(abs(moment - other) < max(gap, 1) for other in others)
