"""How the Slack imitation speaks: `ok: false` with HTTP 200, form or JSON arguments, budgets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, jsonify, request

from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore

MAX_BODY_BYTES = 110 * 1024 * 1024
POST_BUDGET = Budget("slack-post", 5, 5)
"""One message a second into one channel, short bursts allowed."""
TIER_BUDGET = Budget("slack-tier", 50, 60)

Json = dict[str, Any]


@dataclass(eq=False)
class SlackRefusal(Exception):
    """An answer with `ok: false`; its HTTP status is nearly always 200."""

    error: str
    status: int = 200
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: SlackRefusal) -> Response:
    """Return the refusal as the server words it."""
    answer = jsonify({"ok": False, "error": refusal.error, **refusal.more})
    answer.status_code = refusal.status
    answer.headers.extend(refusal.headers)
    return answer


def ratelimited(seconds: float) -> SlackRefusal:
    """Return the refusal of one call too many: a real 429."""
    return SlackRefusal("ratelimited", 429, headers={"Retry-After": str(max(1, round(seconds)))})


def spend(store: PracticeStore, budget: Budget, subject: str) -> None:
    """Count a call in a budget; raise 429 when it is exceeded."""
    state = store.rates.spend(budget, subject)
    if state.exceeded:
        raise ratelimited((state.resets_at - store.clock.now_ms()) / 1000)


def ok(**fields: Any) -> Response:
    """Return a good answer."""
    return jsonify(ok=True, **fields)


def arguments() -> Json:
    """Return the arguments of a call: a query, a form, or JSON."""
    if request.mimetype != "application/json":
        return {**request.args.to_dict(), **request.form.to_dict()}
    try:
        found = json.loads(request.get_data() or b"{}")
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise SlackRefusal("invalid_json") from error
    if not isinstance(found, dict):
        raise SlackRefusal("json_not_object")
    return {**request.args.to_dict(), **found}


def nested(fields: Json, name: str, error: str) -> Any:
    """Return an argument that is an object or a list, in a form as a JSON text; None when it is absent."""
    value = fields.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except (ValueError, RecursionError) as problem:
        raise SlackRefusal(error) from problem


def text_of(fields: Json, name: str) -> str:
    """Return a text argument, "" when absent."""
    value = fields.get(name)
    return "" if value is None else str(value)


def truth_of(fields: Json, name: str) -> bool:
    """Return a yes/no argument as the server reads it."""
    return str(fields.get(name, "")).lower() in {"true", "1"}


def needed(fields: Json, name: str) -> str:
    """Return an argument that must be there."""
    value = text_of(fields, name)
    if not value:
        raise SlackRefusal(
            "missing_argument", more={"response_metadata": {"messages": [f"missing required field: {name}"]}}
        )
    return value
