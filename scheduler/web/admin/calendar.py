"""The calendar: month and week to drag posts in, and an agenda that needs neither a wide screen nor JavaScript."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.services.planning import calendar_view, rearranging
from scheduler.services.planning.calendar_view import LISTED, Entry
from scheduler.web.context import ctx
from scheduler.web.filters import when
from scheduler.web.forms import whole

bp = Blueprint("calendar", __name__, url_prefix="/admin/calendar")

VIEWS = ("month", "week", "list")
LONGEST_DAYS = 62
"""No view asks for more days at once than a month with the days around it."""
SENSIBLE_YEARS = range(2000, 2200)


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show the month or week of a date; `view=list` shows the agenda on wide screens too."""
    view = request.args.get("view", "month")
    view = view if view in VIEWS else "month"
    day = _date(request.args.get("date", "")) or calendar_view.today(ctx())
    first, end = calendar_view.week_of(day) if view == "week" else calendar_view.month_of(day)
    account_id = request.args.get("account", type=whole)
    entries = calendar_view.entries_between(ctx(), first, end, account_id, LISTED + 1)
    return render_template(
        "admin/calendar/index.html",
        view=view,
        day=day,
        title=_title(view, first, end),
        previous=first - timedelta(days=1),
        following=end,
        days=calendar_view.by_day(ctx(), entries[:LISTED]),
        listed=LISTED if len(entries) > LISTED else 0,
        today=calendar_view.today(ctx()),
        accounts=calendar_view.known_accounts(ctx()),
        account_id=account_id,
        usual_time=calendar_view.usual_time(ctx()),
        outside=rearranging.outside(ctx()),
        closed=calendar_view.closed_days(ctx(), account_id),
        address=_address,
    )


@bp.get("/events")
def events() -> ResponseReturnValue:
    """Answer what stands between two local dates, times as wall times of the calendar's zone."""
    first, end = _date(request.args.get("start", "")), _date(request.args.get("end", ""))
    if first is None or end is None or not timedelta(0) < end - first <= timedelta(days=LONGEST_DAYS):
        message = f"Ask with start and end, dates like 2026-11-23 that are at most {LONGEST_DAYS} days apart."
        return jsonify({"message": message}), 422
    entries = calendar_view.entries_between(ctx(), first, end, request.args.get("account", type=whole))
    return jsonify([_event(entry) for entry in entries])


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if found.year in SENSIBLE_YEARS else None


def _title(view: str, first: date, end: date) -> str:
    """Return "November 2026", or "23 – 29 November 2026" for a week."""
    if view != "week":
        return f"{first:%B %Y}"
    last = end - timedelta(days=1)
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    start = start if first.year == last.year else f"{start} {first.year}"
    return f"{start} – {last.day} {last:%B %Y}"


def _address(**changes: Any) -> str:
    """Return the address of this page with some of its parameters changed."""
    return url_for("calendar.show", **{**request.args.to_dict(), **changes})


def _event(entry: Entry) -> dict[str, object]:
    words = {"when": when(entry.at), "what": calendar_view.what(entry)}
    event: dict[str, object] = {"title": entry.title, "start": entry.wall, **words}
    if entry.article:
        address = f"/admin/articles/{entry.article.slug}"
        state = "circle-check" if entry.appeared else "clock"
        return event | {
            "id": f"article-{entry.article.id}",
            "url": address,
            "icon": "newspaper",
            "stateIcon": state,
            "editable": False,
        }
    row = entry.row
    assert row is not None  # an entry is one or the other
    delivery_id = row.delivery.id
    return event | {
        "id": f"delivery-{delivery_id}",
        "url": url_for("deliveries.show", delivery_id=delivery_id),
        "icon": row.platform.icon,
        "stateIcon": row.words.icon,
        "tone": row.words.tone,
        "editable": row.movable,
        "moveTo": url_for("deliveries.move", delivery_id=delivery_id),
        "version": row.delivery.version,
    }
