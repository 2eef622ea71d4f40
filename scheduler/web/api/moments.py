"""Moments in the API: RFC 3339 with an offset, going in and coming out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scheduler.clock import to_datetime, to_ms
from scheduler.domain.slots import local

FIRST_YEAR, LAST_YEAR = 1970, 9990
"""Years that every calendar and time zone of the machine can count with."""


def read_instant(value: Any) -> int | None:
    """Return UTC ms of an RFC 3339 text, or None when it is none or has no offset."""
    if not isinstance(value, str) or len(value) < 16 or len(value) > 40 or not value.isascii():
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return to_ms(moment) if moment.tzinfo is not None and FIRST_YEAR < moment.year < LAST_YEAR else None


def utc(instant_ms: int | None) -> str | None:
    """Return an instant as "2026-11-23T14:00:00.000Z"; None stays None."""
    if instant_ms is None:
        return None
    return to_datetime(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_zone(instant_ms: int | None, zone: str) -> str | None:
    """Return an instant with the offset that a zone has then: "2026-11-23T09:00:00-05:00"."""
    return None if instant_ms is None else local(instant_ms, zone).isoformat(timespec="seconds")
