"""How pages write times and numbers. Every time names its zone."""

from __future__ import annotations

from flask import Flask

from scheduler.clock import to_datetime
from scheduler.domain import wording
from scheduler.domain.slots import local
from scheduler.web.context import ctx


def configure_filters(app: Flask) -> None:
    """Teach the templates `when`, `ago`, `day`, `iso`, `wall`, `bytes` and `duration`."""
    app.jinja_env.filters.update(
        when=when,
        clock_time=clock_time,
        day=day,
        ago=ago,
        iso=iso,
        wall=wall,
        bytes=wording.size,
        duration=wording.duration,
    )
    app.context_processor(lambda: {"zone": ctx().settings.calendar.zone, "now": ctx().clock.now_ms()})


def when(instant: int | None) -> str:
    """Return "Tue 24 November 2026, 09:00 EST" in the calendar's zone; "" for nothing."""
    return wording.moment(instant, ctx().settings.calendar.zone) if instant else ""


def clock_time(instant: int | None) -> str:
    """Return "09:00 EST"."""
    return wording.clock_time(instant, ctx().settings.calendar.zone) if instant else ""


def day(instant: int | None) -> str:
    """Return "24 November 2026"."""
    return wording.day(instant, ctx().settings.calendar.zone) if instant else ""


def ago(instant: int | None) -> str:
    """Return "in 2 days" or "5 minutes ago"."""
    return wording.distance(instant, ctx().clock.now_ms()) if instant else ""


def iso(instant: int | None) -> str:
    """Return the instant for a `datetime` attribute."""
    return to_datetime(instant).isoformat() if instant else ""


def wall(instant: int | None) -> str:
    """Return the wall time in the calendar's zone, "2026-11-24T09:00"; "" for nothing."""
    return local(instant, ctx().settings.calendar.zone).strftime("%Y-%m-%dT%H:%M") if instant else ""
