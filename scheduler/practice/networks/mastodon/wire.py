"""How the Mastodon imitation speaks: refusals, JSON and form bodies, rate-limit headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.networks.mastodon.flavours import flavour_here
from scheduler.practice.rates import Budget, BudgetState
from scheduler.practice.store import PracticeStore

MAX_BODY_BYTES = 110 * 1024 * 1024

GENERAL_BUDGET = Budget("mastodon-all", 300, 300)
GUEST_BUDGET = Budget("mastodon-guest", 300, 300)
STATUS_BUDGET = Budget("mastodon-statuses", 300, 3 * 3600)
MEDIA_BUDGET = Budget("mastodon-media", 30, 1800)
DELETE_BUDGET = Budget("mastodon-delete", 30, 1800)


@dataclass(eq=False)
class MastodonRefusal(Exception):
    """An answer that is not 2xx."""

    status: int
    error: str
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: MastodonRefusal) -> Response:
    """Return the refusal as the server words it."""
    answer = jsonify(error=refusal.error)
    answer.status_code = refusal.status
    answer.headers.extend(refusal.headers)
    return answer


def unprocessable(reason: str) -> MastodonRefusal:
    """Return the refusal of a content that breaks a rule."""
    return MastodonRefusal(422, f"Validation failed: {reason}")


def not_found() -> MastodonRefusal:
    """Return the refusal for something that is not there."""
    return MastodonRefusal(404, "Record not found")


def unauthorized(reason: str = "The access token is invalid") -> MastodonRefusal:
    """Return the refusal of a token, with the header that names the reason."""
    challenge = f'Bearer realm="Doorkeeper", error="invalid_token", error_description="{reason}"'
    return MastodonRefusal(401, reason, {"WWW-Authenticate": challenge})


def outside_scopes(needed: str) -> MastodonRefusal:
    """Return the refusal of a token that lacks a scope."""
    reason = "This action is outside the authorized scopes"
    error = f'error="insufficient_scope", error_description="{reason}", scope="{needed}"'
    challenge = f'Bearer realm="Doorkeeper", {error}'
    return MastodonRefusal(403, reason, {"WWW-Authenticate": challenge})


def too_many_requests(resets_at: int) -> MastodonRefusal:
    """Return the refusal that names its end (ms) in a header; Mastodon sends no Retry-After."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": iso_time(resets_at, "microseconds")}
    return MastodonRefusal(429, "Too many requests", headers)


def spend(store: PracticeStore, budget: Budget, subject: str) -> None:
    """Count a request in a budget, the last one being reported; raise 429 when it is exceeded."""
    state = store.rates.spend(budget, subject)
    g.practice_budget = state
    if state.exceeded:
        raise too_many_requests(state.resets_at)


def headers_of(state: BudgetState | None) -> dict[str, str]:
    """Return the rate-limit headers of the budget a request was counted in."""
    if state is None or not flavour_here().budgets:
        return {}
    return {
        "X-RateLimit-Limit": str(state.budget.limit),
        "X-RateLimit-Remaining": str(state.remaining),
        "X-RateLimit-Reset": iso_time(state.resets_at, "microseconds"),
    }


def iso_time(instant_ms: int, precision: str = "milliseconds") -> str:
    """Return an instant as ISO 8601 in UTC with a Z."""
    return to_datetime(instant_ms).isoformat(timespec=precision).replace("+00:00", "Z")


def parameters() -> dict[str, Any]:
    """Return the parameters of the request from a JSON or a form body: `name[]` is a list called `name`."""
    if request.mimetype == "application/json":
        return _json_parameters()
    fields: dict[str, Any] = {}
    for name, values in request.form.lists():
        plain, bracket, rest = name.partition("[")
        if rest == "]":
            fields[plain] = values
        elif bracket:
            inner = values if rest.endswith("][]") else values[-1]
            fields[plain] = {**fields.get(plain, {}), rest.removesuffix("[]").removesuffix("]"): inner}
        else:
            fields[name] = values[-1]
    return fields


def text_of(fields: dict[str, Any], name: str) -> str:
    """Return a text parameter, empty when absent; raise 400 when it is something else."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise MastodonRefusal(400, f"{name} must be a string")
    return str(value)


def truth_of(fields: dict[str, Any], name: str) -> bool:
    """Return a yes/no parameter as the server reads it."""
    return str(fields.get(name, "")).lower() in {"1", "t", "true", "on", "yes"}


def service_url() -> str:
    """Return the address the imitation was called at, without a trailing slash."""
    return f"{request.url_root.rstrip('/')}/practice/mastodon{flavour_here().path}"


def _json_parameters() -> dict[str, Any]:
    data = request.get_data()
    try:
        body = json.loads(data) if data else {}
        json.dumps(body, ensure_ascii=False).encode()
    except ValueError as error:
        raise MastodonRefusal(400, "There was a problem in the JSON you submitted") from error
    if not isinstance(body, dict):
        raise MastodonRefusal(400, "There was a problem in the JSON you submitted")
    return body
