"""How the X imitation speaks: problem+json refusals, error arrays, rate-limit headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, request

from scheduler.clock import to_datetime
from scheduler.practice.rates import Budget, BudgetState
from scheduler.practice.store import PracticeStore

QUARTER_HOUR = 900
PROBLEMS = "https://api.twitter.com/2/problems/"
CREATE_BUDGET = Budget("x-create", 100, QUARTER_HOUR)
DELETE_BUDGET = Budget("x-delete", 50, QUARTER_HOUR)
ME_BUDGET = Budget("x-me", 75, QUARTER_HOUR)
READ_BUDGET = Budget("x-read", 900, QUARTER_HOUR)
UPLOAD_BUDGET = Budget("x-upload", 500, QUARTER_HOUR)
CHUNK_BUDGET = Budget("x-chunk", 1875, QUARTER_HOUR)
STATUS_BUDGET = Budget("x-upload-status", 1000, QUARTER_HOUR)
METADATA_BUDGET = Budget("x-metadata", 500, QUARTER_HOUR)


@dataclass(eq=False)
class XRefusal(Exception):
    """An answer that is not 2xx. `kind` is the last part of the problem's type address, "" for about:blank."""

    status: int
    title: str
    detail: str
    kind: str = ""
    errors: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: XRefusal) -> Response:
    """Return the refusal as problem+json."""
    body: dict[str, Any] = {"errors": list(refusal.errors)} if refusal.errors else {}
    body |= {
        "title": refusal.title,
        "detail": refusal.detail,
        "type": PROBLEMS + refusal.kind if refusal.kind else "about:blank",
        "status": refusal.status,
    }
    answer = Response(json.dumps(body), refusal.status, mimetype="application/problem+json")
    answer.headers.extend(refusal.headers)
    return answer


def invalid(message: str, **parameters: object) -> XRefusal:
    """Return the refusal of a request whose parameters break the description."""
    error = {"parameters": {name: [str(value)] for name, value in parameters.items()}, "message": message}
    detail = "One or more parameters to your request was invalid."
    return XRefusal(400, "Invalid Request", detail, "invalid-request", (error,))


def forbidden(detail: str, kind: str = "") -> XRefusal:
    """Return the refusal of something that is well formed and not allowed."""
    return XRefusal(403, "Forbidden", detail, kind)


def unauthorized() -> XRefusal:
    """Return the refusal of a token."""
    return XRefusal(401, "Unauthorized", "Unauthorized")


def too_many_requests(limit: int, resets_at: int) -> XRefusal:
    """Return the refusal that names its end (ms) in a header, in seconds."""
    headers = _rate_headers(limit, 0, resets_at)
    return XRefusal(429, "Too Many Requests", "Too Many Requests", headers=headers)


def credits_depleted() -> XRefusal:
    """Return the refusal of an application without credits."""
    return XRefusal(402, "CreditsDepleted", "Your enrolled account does not have any credits to fulfill this request.")


def spend(store: PracticeStore, budget: Budget, subject: str) -> None:
    """Count a request in a budget; raise 429 when it is exceeded."""
    state = store.rates.spend(budget, subject)
    g.practice_budget = state
    if state.exceeded:
        raise too_many_requests(budget.limit, state.resets_at)


def headers_of(state: BudgetState | None) -> dict[str, str]:
    """Return the rate-limit headers of the budget a request was counted in."""
    return _rate_headers(state.budget.limit, state.remaining, state.resets_at) if state else {}


def iso_time(instant_ms: int) -> str:
    """Return an instant as X writes it."""
    return to_datetime(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_body() -> dict[str, Any]:
    """Return the JSON object of the request; raise 400 when it is none."""
    try:
        body = json.loads(request.get_data()) if request.mimetype == "application/json" else None
        json.dumps(body, ensure_ascii=False).encode()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid("Requests with bodies must have content-type of application/json.")
    return body


def fields_of(name: str, default: tuple[str, ...] = ()) -> set[str]:
    """Return which fields an answer shall hold: `tweet.fields` or, in the newer words, `post.fields`."""
    wish = request.args.get(name) or request.args.get(name.replace("tweet.", "post."), "")
    return {*default, *(part for part in wish.split(",") if part)}


def _rate_headers(limit: int, remaining: int, resets_at: int) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(-(-resets_at // 1000)),
    }
