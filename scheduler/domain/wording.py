"""How the product writes times, distances and sizes for people. English; the zone is always named."""

from __future__ import annotations

from datetime import date

from scheduler.domain.slots import local

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"))


def moment(instant: int, zone: str) -> str:
    """Return "Tue 24 November 2026, 09:00 EST"."""
    there = local(instant, zone)
    return f"{_DAYS[there.weekday()][:3]} {day(instant, zone)}, {clock_time(instant, zone)}"


def day(instant: int, zone: str) -> str:
    """Return "24 November 2026"."""
    return date_words(local(instant, zone).date())


def date_words(there: date) -> str:
    """Return "24 November 2026"."""
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year}"


def named_day(instant: int, zone: str, now: int) -> str:
    """Return "Today, Monday 23 November", "Tomorrow, ...", "Yesterday, ..." or "Friday 27 November 2026"."""
    there = local(instant, zone)
    days = (there.date() - local(now, zone).date()).days
    date = f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}"
    near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get(days)
    return f"{near}, {date}" if near else f"{date} {there.year}"


def clock_time(instant: int, zone: str) -> str:
    """Return "09:00 EST"; a zone without letters is written as its offset, "09:00 UTC+03:00"."""
    there = local(instant, zone)
    name = there.tzname() or ""
    if not name.isalpha():
        offset = there.strftime("%z")
        name = f"UTC{offset[:3]}:{offset[3:5]}"
    return f"{there:%H:%M} {name}"


def distance(instant: int, now: int) -> str:
    """Return how far `instant` is from `now`: "in 2 days", "5 minutes ago", "now"."""
    gap = abs(instant - now)
    for size_ms, unit in _UNITS:
        if gap >= size_ms:
            count = round(gap / size_ms)
            words = f"{count} {unit}" if count == 1 else f"{count} {unit}s"
            return f"in {words}" if instant > now else f"{words} ago"
    return "now" if gap < 5_000 else f"in {gap // 1000} seconds" if instant > now else f"{gap // 1000} seconds ago"


def will_go_out(instant: int, zone: str, now: int) -> str:
    """Return "will go out Tuesday 24 November, 09:00 EST, in 2 days" (with the year when it is not this one)."""
    there = local(instant, zone)
    year = "" if there.year == local(now, zone).year else f" {there.year}"
    date = f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}{year}"
    return f"will go out {date}, {clock_time(instant, zone)}, {distance(instant, now)}"


def short(instant: int, zone: str, now: int) -> str:
    """Return "Tue 10:00" within the next six days, else "Tue 1 December 10:00" (with the year when not this one)."""
    there, here = local(instant, zone), local(now, zone)
    name = _DAYS[there.weekday()][:3]
    if 0 <= (there.date() - here.date()).days <= 6:
        return f"{name} {there:%H:%M}"
    year = "" if there.year == here.year else f" {there.year}"
    return f"{name} {there.day} {_MONTHS[there.month - 1]}{year} {there:%H:%M}"


def size(count: int) -> str:
    """Return a number of bytes as "340 kB" or "2.4 MB"."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def duration(milliseconds: int) -> str:
    """Return "0:07" or "1:02:03"."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
