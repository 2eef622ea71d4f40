"""Numbers of a whole location, by day. Google gives none for a single post since 2023."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.google_answers import bad_fields
from scheduler.practice.networks.google_business.places import Places
from scheduler.practice.store import PracticeStore

METRICS = (
    "BUSINESS_IMPRESSIONS_DESKTOP_MAPS",
    "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH",
    "BUSINESS_IMPRESSIONS_MOBILE_MAPS",
    "BUSINESS_IMPRESSIONS_MOBILE_SEARCH",
    "BUSINESS_CONVERSATIONS",
    "BUSINESS_DIRECTION_REQUESTS",
    "CALL_CLICKS",
    "WEBSITE_CLICKS",
    "BUSINESS_BOOKINGS",
    "BUSINESS_FOOD_ORDERS",
    "BUSINESS_FOOD_MENU_CLICKS",
    "MESSAGING_CLICKS",
)
COUNTED = {"BUSINESS_IMPRESSIONS_MOBILE_SEARCH": "likes", "WEBSITE_CLICKS": "reposts"}
"""Which of the counts that a practice post has stands for which metric; the others are zero, thus left out."""

Json = dict[str, Any]


class Performance:
    """The Performance API of a person's location."""

    def __init__(self, store: PracticeStore, places: Places) -> None:
        """Count what lies in `store`."""
        self._store = store
        self._places = places

    def daily(self, location_id: str) -> Response:
        """GET v1/locations/{L}:fetchMultiDailyMetricsTimeSeries."""
        account = self._places.by_location(location_id)
        wanted = request.args.getlist("dailyMetrics")
        wrong = {name: f"Invalid value at 'daily_metrics': {name}" for name in wanted if name not in METRICS}
        if wrong or not wanted:
            raise bad_fields(wrong or {"daily_metrics": "daily_metrics is required."})
        first, last = _day("startDate"), _day("endDate")
        if last < first:
            raise bad_fields({"daily_range": "The end is before the start."})
        series = [self._series(account, name, (first, last)) for name in wanted]
        return jsonify(multiDailyMetricTimeSeries=[{"dailyMetricTimeSeries": series}])

    def _series(self, account: PracticeAccount, metric: str, span: tuple[date, date]) -> Json:
        totals: dict[date, int] = {}
        for post in self._store.posts.of_account(account.id, ""):
            day = to_datetime(post.created_at).date()
            if metric in COUNTED and span[0] <= day <= span[1]:
                totals[day] = totals.get(day, 0) + getattr(post, COUNTED[metric])
        values = [
            {"date": {"year": day.year, "month": day.month, "day": day.day}, "value": str(totals[day])}
            for day in sorted(totals)
        ]
        return {"dailyMetric": metric, "timeSeries": {"datedValues": values}}


def _day(side: str) -> date:
    parts = [request.args.get(f"dailyRange.{side}.{part}", 0, int) for part in ("year", "month", "day")]
    try:
        return date(*parts)
    except ValueError as error:
        raise bad_fields({f"daily_range.{side}": "Not a date."}) from error
