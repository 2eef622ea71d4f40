"""How the Bluesky imitation speaks: refusals, request bodies, addresses and rate-limit headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, jsonify, request

from scheduler.practice.rates import Budget, BudgetState
from scheduler.practice.store import PracticeStore

MAX_BLOB_BYTES = 50 * 1024 * 1024
MAX_JSON_BYTES = 1_000_000

GLOBAL_BUDGET = Budget("bluesky-all", 3000, 300)
LOGIN_BUDGETS = (Budget("bluesky-login-day", 300, 86_400), Budget("bluesky-login", 30, 300))
WRITE_BUDGETS = (Budget("bluesky-write-day", 35_000, 86_400), Budget("bluesky-write", 5000, 3600))
UPLOAD_BUDGET = Budget("bluesky-upload-day", 1000, 86_400)


@dataclass(eq=False)
class BlueskyRefusal(Exception):
    """An answer that is not 200. `resets_at` (ms) belongs to 429."""

    status: int
    error: str
    message: str
    resets_at: int = 0
    retry_seconds: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: BlueskyRefusal) -> Response:
    """Return the refusal as the server words it."""
    answer = jsonify(error=refusal.error, message=refusal.message)
    answer.status_code = refusal.status
    answer.headers.extend(refusal.headers)
    if refusal.status == 429:
        answer.headers["Retry-After"] = str(refusal.retry_seconds)
        answer.headers["RateLimit-Reset"] = str(refusal.resets_at // 1000)
        answer.headers["RateLimit-Remaining"] = "0"
    return answer


def invalid(message: str) -> BlueskyRefusal:
    """Return the refusal of a malformed request."""
    return BlueskyRefusal(400, "InvalidRequest", message)


def server_error() -> BlueskyRefusal:
    """Return the refusal that says nothing."""
    return BlueskyRefusal(500, "InternalServerError", "Internal Server Error")


def too_many_requests(store: PracticeStore, seconds: int) -> BlueskyRefusal:
    """Return the refusal that names a time `seconds` from now."""
    # Rounded up: a client that waits until the named second must then be let through.
    resets_at = -(-(store.clock.now_ms() + seconds * 1000) // 1000) * 1000
    return BlueskyRefusal(429, "RateLimitExceeded", "Rate Limit Exceeded", resets_at, seconds)


def spend(store: PracticeStore, budget: Budget, subject: str, points: int = 1) -> None:
    """Spend points of a budget; raise 429 when it is exceeded."""
    state = store.rates.spend(budget, subject, points)
    g.practice_budget = state
    if state.exceeded:
        raise too_many_requests(store, -((store.clock.now_ms() - state.resets_at) // 1000))


def headers_of(state: BudgetState | None) -> dict[str, str]:
    """Return the rate-limit headers of the budget a request was counted in."""
    if state is None:
        return {}
    return {
        "RateLimit-Limit": str(state.budget.limit),
        "RateLimit-Remaining": str(state.remaining),
        "RateLimit-Reset": str(state.resets_at // 1000),
        "RateLimit-Policy": f"{state.budget.limit};w={state.budget.window_seconds}",
    }


def json_body(*required: str) -> dict[str, Any]:
    """Return the JSON object of the request; raise InvalidRequest when it is none or lacks a property."""
    if request.mimetype != "application/json":
        raise invalid(f"Wrong request encoding (Content-Type): {request.mimetype or 'none'}")
    try:
        body = json.loads(request.get_data())
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise invalid("Unable to parse the request body as JSON") from error
    if not isinstance(body, dict):
        raise invalid("Input must be an object")
    for name in required:
        if name not in body:
            raise invalid(f'Input must have the property "{name}"')
    return body


def mount_url() -> str:
    """Return the address of the imitation, which is its issuer and its PDS in one."""
    return f"{request.url_root.rstrip('/')}/practice/bluesky"
