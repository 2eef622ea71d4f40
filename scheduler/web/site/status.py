"""For watchers and programs: /healthz (is it alive and publishing?) and /metrics (numbers for Prometheus)."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from scheduler.domain.delivery import State
from scheduler.services.operations.health import Health, health
from scheduler.services.operations.users import token_for
from scheduler.storage import listings
from scheduler.storage.engine import DatabaseError, out_of_reach
from scheduler.web.context import ctx
from scheduler.web.security import from_this_machine

bp = Blueprint("status", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say whether posts go out: 200, or 503 when the worker's heartbeat is old."""
    try:
        now, found = ctx().clock.now_ms(), health(ctx())
    except DatabaseError as error:
        if not out_of_reach(error):
            raise
        return jsonify({"status": "database out of reach"}), 503, {"Cache-Control": "no-store"}
    age = None if found.worker_beat_at is None else round((now - found.worker_beat_at) / 1000, 1)
    body = {
        "status": _status(found),
        "worker_heartbeat_age_seconds": age,
        "overdue": found.overdue,
        "paused": found.pause is not None,
        "last_backup_age_seconds": None if found.backup_at is None else (now - found.backup_at) // 1000,
        "clock_error_seconds": round(found.clock_error_ms / 1000),
        "clock_last_step_seconds": round(found.clock_step_ms / 1000),
    }
    response = jsonify(body)
    response.status_code = 200 if found.ok else 503
    response.headers["Cache-Control"] = "no-store"
    return response


def _status(found: Health) -> str:
    if found.disk_full:
        return "disk nearly full"
    return "ok" if found.ok else "worker not running"


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Send the numbers, to this machine or to whoever has an API token that may read."""
    if not (from_this_machine() or _may_read()):
        abort(401, "Ask from this machine, or send an API token with the scope “read” as a bearer token.")
    return Response(_exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read() -> bool:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    token = token_for(ctx(), value.strip()) if kind.lower() == "bearer" and value.strip() else None
    return token is not None and token.allows("read")


def _exposition() -> str:
    now, found = ctx().clock.now_ms(), health(ctx())
    with ctx().database.reading() as tx:
        counts = listings.count_by_state(tx)
    lines = [
        "# HELP drumbeat_deliveries Deliveries by state.",
        "# TYPE drumbeat_deliveries gauge",
        *(f'drumbeat_deliveries{{state="{state}"}} {counts.get(state, 0)}' for state in State),
        "# HELP drumbeat_overdue_deliveries Scheduled deliveries that should have started more than a minute ago.",
        "# TYPE drumbeat_overdue_deliveries gauge",
        f"drumbeat_overdue_deliveries {found.overdue}",
        "# HELP drumbeat_paused Whether somebody has paused everything.",
        "# TYPE drumbeat_paused gauge",
        f"drumbeat_paused {int(found.pause is not None)}",
        "# HELP drumbeat_worker_up Whether the worker's heartbeat is fresh.",
        "# TYPE drumbeat_worker_up gauge",
        f"drumbeat_worker_up {int(found.ok)}",
    ]
    if found.backup_at is not None:
        lines += [
            "# HELP drumbeat_last_backup_age_seconds Seconds since the last good backup was made.",
            "# TYPE drumbeat_last_backup_age_seconds gauge",
            f"drumbeat_last_backup_age_seconds {(now - found.backup_at) / 1000:.0f}",
        ]
    if found.worker_beat_at is not None:
        lines += [
            "# HELP drumbeat_worker_heartbeat_age_seconds Seconds since the worker's last heartbeat.",
            "# TYPE drumbeat_worker_heartbeat_age_seconds gauge",
            f"drumbeat_worker_heartbeat_age_seconds {(now - found.worker_beat_at) / 1000:.3f}",
        ]
    return "\n".join(lines) + "\n"
