"""How the Discord imitation speaks: error bodies with codes, JSON and multipart bodies, rate-limit headers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, jsonify, request

from scheduler.practice.rates import Budget, BudgetState
from scheduler.practice.store import PracticeStore

MAX_BODY_BYTES = 25 * 1024 * 1024 + 64 * 1024
WEBHOOK_BUDGET = Budget("discord-webhook", 5, 2)
CHANNEL_BUDGET = Budget("discord-channel", 5, 5)
GENERAL_BUDGET = Budget("discord-all", 50, 1)
CROSSPOST_BUDGET = Budget("discord-crosspost", 10, 3600)

Json = dict[str, Any]


@dataclass(eq=False)
class DiscordRefusal(Exception):
    """An answer that is not 2xx; `more` is what stands beside message and code."""

    status: int
    code: int
    message: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: DiscordRefusal) -> Response:
    """Return the refusal as the server words it."""
    answer = jsonify({"message": refusal.message, "code": refusal.code, **refusal.more})
    answer.status_code = refusal.status
    answer.headers.extend(refusal.headers)
    return answer


def invalid_form(errors: Mapping[str, tuple[str, str]]) -> DiscordRefusal:
    """Return the refusal of fields that break a rule: `errors` are code and message by the dotted field name."""
    nested: Json = {}
    for name, (code, message) in errors.items():
        place = nested
        for part in name.split("."):
            place = place.setdefault(part, {})
        place.setdefault("_errors", []).append({"code": code, "message": message})
    return DiscordRefusal(400, 50035, "Invalid Form Body", {"errors": nested})


def unauthorized() -> DiscordRefusal:
    """Return the refusal of a bot's token."""
    return DiscordRefusal(401, 0, "401: Unauthorized")


def too_many_requests(seconds: float, scope: str = "user") -> DiscordRefusal:
    """Return the refusal of one request too many, its end in seconds."""
    body = {"retry_after": round(seconds, 3), "global": False}
    headers = {"Retry-After": str(max(1, round(seconds))), "X-RateLimit-Scope": scope}
    return DiscordRefusal(429, 0, "You are being rate limited.", body, headers)


def spend(store: PracticeStore, budget: Budget, subject: str) -> None:
    """Count a request in a budget, the last one being reported; raise 429 when it is exceeded."""
    state = store.rates.spend(budget, subject)
    g.practice_budget = state
    if state.exceeded:
        raise too_many_requests((state.resets_at - store.clock.now_ms()) / 1000)


def headers_of(state: BudgetState | None, now_ms: int) -> dict[str, str]:
    """Return the rate-limit headers of the budget a request was counted in."""
    if state is None:
        return {}
    return {
        "X-RateLimit-Limit": str(state.budget.limit),
        "X-RateLimit-Remaining": str(state.remaining),
        "X-RateLimit-Reset": f"{state.resets_at / 1000:.3f}",
        "X-RateLimit-Reset-After": f"{max(0, state.resets_at - now_ms) / 1000:.3f}",
        "X-RateLimit-Bucket": state.budget.name,
    }


def check_user_agent() -> None:
    """Raise the answer of the shield before the server when the client does not say who it is."""
    agent = request.headers.get("User-Agent", "").lower()
    if not agent or agent.startswith(("python-requests", "python-urllib", "curl", "go-http-client")):
        raise DiscordRefusal(403, 40333, "internal network error")


def body_fields() -> Json:
    """Return the fields of the request: JSON, or the `payload_json` part of a multipart body."""
    if request.mimetype == "multipart/form-data":
        text = request.form.get("payload_json")
        return _object(text) if text is not None else dict(request.form)
    return _object(request.get_data(as_text=True) or "{}")


def _object(text: str) -> Json:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise DiscordRefusal(400, 50109, "The request body contains invalid JSON.") from error
    if not isinstance(found, dict):
        raise invalid_form({"": ("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")})
    return found


Handler = Callable[..., Response]
