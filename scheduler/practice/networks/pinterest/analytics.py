"""Analytics of the Pinterest imitation: the counts of a pin, all on the day it was made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request

from scheduler.clock import to_datetime
from scheduler.practice.networks.pinterest.wire import invalid
from scheduler.practice.posts import StoredPost

STANDARD = ("IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "SAVE_RATE", "TOTAL_COMMENTS", "TOTAL_REACTIONS")
KNOWN = (
    *STANDARD,
    "USER_FOLLOW",
    "PROFILE_VISIT",
    "VIDEO_MRC_VIEW",
    "VIDEO_10S_VIEW",
    "VIDEO_START",
    "VIDEO_AVG_WATCH_TIME",
    "QUARTILE_95_PERCENT_VIEW",
    "VIDEO_V50_WATCH_TIME",
)
LIFETIME = ("TOTAL_COMMENTS", "TOTAL_REACTIONS")
LONGEST_DAYS = 90


def totals(pin: StoredPost, lower: bool = False) -> dict[str, int]:
    """Return the counts of a pin by Pinterest's names; `lower` as `pin_metrics` writes them."""
    counts = {
        "IMPRESSION": 0,
        "OUTBOUND_CLICK": 0,
        "PIN_CLICK": 0,
        "SAVE": pin.reposts,
        "SAVE_RATE": 0,
        "TOTAL_COMMENTS": pin.replies,
        "TOTAL_REACTIONS": pin.likes,
    }
    return {_PIN_METRICS[name]: value for name, value in counts.items() if name in _PIN_METRICS} if lower else counts


def analytics(pin: StoredPost, now_ms: int) -> dict[str, Any]:
    """Return `{"all": ...}` for the days and metrics that the request names."""
    first, last = _days(to_datetime(now_ms).date())
    wanted = _wanted()
    made = to_datetime(pin.created_at).date()
    counts = totals(pin)
    daily = [
        {
            "date": day.isoformat(),
            "data_status": "READY" if day >= made else "BEFORE_PIN_CREATED",
            "metrics": {name: counts.get(name, 0) if day == made else 0 for name in wanted if name not in LIFETIME},
        }
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
    ]
    inside = first <= made <= last
    summary = {name: counts.get(name, 0) if inside else 0 for name in wanted if name not in LIFETIME}
    lifetime = {name: counts.get(name, 0) for name in wanted if name in LIFETIME}
    return {"all": {"daily_metrics": daily, "summary_metrics": summary, "lifetime_metrics": lifetime}}


def account_analytics(pins: list[StoredPost], now_ms: int) -> dict[str, Any]:
    """Return the analytics of all pins of an account."""
    first, last = _days(to_datetime(now_ms).date())
    saves: dict[date, int] = {}
    for pin in pins:
        made = to_datetime(pin.created_at).date()
        saves[made] = saves.get(made, 0) + pin.reposts
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    daily = [
        {"date": day.isoformat(), "data_status": "READY", "metrics": {"IMPRESSION": 0, "SAVE": saves.get(day, 0)}}
        for day in days
    ]
    summary = {"IMPRESSION": 0, "SAVE": sum(saves.get(day, 0) for day in days)}
    return {"all": {"daily_metrics": daily, "summary_metrics": summary}}


_PIN_METRICS = {
    "IMPRESSION": "impression",
    "PIN_CLICK": "pin_click",
    "OUTBOUND_CLICK": "clickthrough",
    "SAVE": "save",
    "TOTAL_COMMENTS": "comment",
    "TOTAL_REACTIONS": "reaction",
}


def _days(today: date) -> tuple[date, date]:
    try:
        first = date.fromisoformat(request.args.get("start_date", ""))
        last = date.fromisoformat(request.args.get("end_date", ""))
    except ValueError as error:
        raise invalid("start_date and end_date must be days, YYYY-MM-DD.") from error
    if first > last or (today - first).days > LONGEST_DAYS or last > today:
        raise invalid(f"start_date must not be more than {LONGEST_DAYS} days back, nor end_date before it or ahead.")
    return first, last


def _wanted() -> list[str]:
    names = [name.strip() for name in request.args.get("metric_types", "").split(",") if name.strip()]
    wrong = sorted(set(names) - set(KNOWN))
    if wrong or not names:
        raise invalid(f"metric_types must be among {', '.join(KNOWN)}.")
    return names
