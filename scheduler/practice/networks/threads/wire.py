"""How the Threads imitation speaks: Meta's error object, parameters from anywhere, chosen fields, usage headers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.rates import Budget, BudgetState

NETWORK = "threads"
MAX_BODY_BYTES = 256 * 1024
CALL_BUDGET = Budget("threads-calls", 48_000, 86_400)  # 4800 x impressions in 24 h, which count as 10 at least
SECONDS_PER_MINUTE = 60


@dataclass(eq=False)
class ThreadsRefusal(Exception):
    """An answer that is not 2xx, in Meta's shape; `title` and `reason` are what a person may read."""

    status: int
    code: int
    message: str
    subcode: int | None = None
    title: str = ""
    reason: str = ""
    transient: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: ThreadsRefusal) -> Response:
    """Return the refusal as the server words it."""
    error: dict[str, Any] = {
        "message": refusal.message,
        "type": "OAuthException",
        "code": refusal.code,
        "is_transient": refusal.transient,
        "fbtrace_id": "A" + secrets.token_urlsafe(16),
    }
    if refusal.subcode is not None:
        error["error_subcode"] = refusal.subcode
    if refusal.title:
        error |= {"error_user_title": refusal.title, "error_user_msg": refusal.reason}
    answer = jsonify(error=error)
    answer.status_code = refusal.status
    answer.headers.extend(refusal.headers)
    return answer


def invalid(reason: str) -> ThreadsRefusal:
    """Return the refusal of a parameter or of a content that breaks a rule."""
    return ThreadsRefusal(400, 100, reason)


def unknown_path(what: str) -> ThreadsRefusal:
    """Return the refusal of an id or an edge that is not there, or not for this account."""
    return ThreadsRefusal(
        400,
        100,
        f"Unsupported {request.method.lower()} request. Object with ID '{what}' does not exist, cannot be loaded due"
        " to missing permissions, or does not support this operation",
        33,
    )


def media_not_found(media_id: str) -> ThreadsRefusal:
    """Return the refusal of a container or post that is not ready, expired, used up or unknown."""
    reason = f"The media with id {media_id} cannot be found."
    return ThreadsRefusal(400, 24, "The requested resource does not exist", 4279009, "Media Not Found", reason)


def not_fetched(url: str) -> ThreadsRefusal:
    """Return the refusal of a photo that could not be fetched."""
    reason = f"The media could not be fetched from this URI: {url}"
    return ThreadsRefusal(400, 1, "An unknown error occurred", 2207052, "Media download has failed", reason)


def bad_token(reason: str, subcode: int | None = None) -> ThreadsRefusal:
    """Return the refusal of an access token."""
    return ThreadsRefusal(401, 190, f"Error validating access token: {reason}", subcode)


def lacks_permission(scope: str) -> ThreadsRefusal:
    """Return the refusal of a token without a scope."""
    return ThreadsRefusal(403, 10, f"(#10) Application does not have permission for this action ({scope})")


def quota_used_up(what: str) -> ThreadsRefusal:
    """Return the refusal of a profile that did too much in 24 hours."""
    title = "You have reached the limit"
    reason = f"The profile has reached the limit of {what} in 24 hours."
    return ThreadsRefusal(403, 9, "Application request limit reached", 2207042, title, reason)


def throttled(user_id: str, seconds: float) -> ThreadsRefusal:
    """Return the refusal of too many calls; Meta names the end in minutes, in a header, and does not say 429."""
    minutes = max(1, -(-round(seconds) // SECONDS_PER_MINUTE))
    usage = {"type": "threads", "call_count": 100, "total_cputime": 20, "total_time": 20}
    header = {user_id: [usage | {"estimated_time_to_regain_access": minutes}]}
    headers = {"X-Business-Use-Case-Usage": json.dumps(header)}
    return ThreadsRefusal(403, 4, "(#4) Application request limit reached", transient=True, headers=headers)


def server_error() -> ThreadsRefusal:
    """Return the answer of a server in trouble."""
    message = "An unexpected error has occurred. Please retry your request later."
    return ThreadsRefusal(500, 2, message, transient=True)


def usage_header(state: BudgetState) -> str:
    """Return X-App-Usage: how much of the budget is used, in percent."""
    used = 100 * (state.budget.limit - state.remaining) // state.budget.limit
    return json.dumps({"call_count": used, "total_cputime": 0, "total_time": 0})


def parameters() -> dict[str, str]:
    """Return the parameters of the request: from the query, a form and a JSON body alike."""
    found = request.args.to_dict() | request.form.to_dict()
    body = request.get_json(silent=True) if request.is_json else None
    for name, value in (body if isinstance(body, dict) else {}).items():
        found[str(name)] = value if isinstance(value, str) else json.dumps(value)
    return found


def chosen(wanted: str, known: Mapping[str, Any], default: Iterable[str] = ("id",)) -> dict[str, Any]:
    """Return the fields named in `wanted` ("id,children{id}"), the id always; raise for a field nobody knows.

    A known field whose value is None is left out, as the real server does.
    """
    names = _top_level(wanted) or list(default)
    for name in names:
        if name not in known:
            raise invalid(f"(#100) Tried accessing nonexistent field ({name})")
    named = {"id", *names} if "id" in known else set(names)
    return {name: value for name, value in known.items() if name in named and value is not None}


def _top_level(wanted: str) -> list[str]:
    names, depth = [""], 0
    for letter in wanted:
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            names.append("")
        elif depth == 0 and letter != "}":
            names[-1] += letter
    return [name.strip() for name in names if name.strip()]


def meta_time(instant_ms: int) -> str:
    """Return an instant as Meta writes it: UTC, "+0000", whole seconds."""
    return to_datetime(instant_ms).strftime("%Y-%m-%dT%H:%M:%S+0000")
