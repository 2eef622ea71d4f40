"""How the Telegram imitation speaks: the envelope, refusals, and parameters from a query, a form or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from scheduler.practice.rates import Budget

MAX_BODY_BYTES = 51 * 1024 * 1024
CHAT_BUDGET = Budget("telegram-chat", 20, 60)
"""20 messages a minute into one channel; every item of an album counts."""

Json = dict[str, Any]


@dataclass(eq=False)
class TelegramRefusal(Exception):
    """An answer with `ok: false`; `more` is what stands under `parameters`."""

    status: int
    description: str
    more: Json | None = None


def refusal_answer(refusal: TelegramRefusal) -> Response:
    """Return the refusal as the server words it: the HTTP status is the error code."""
    body: Json = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    answer = jsonify(body | ({"parameters": refusal.more} if refusal.more else {}))
    answer.status_code = refusal.status
    if refusal.more and "retry_after" in refusal.more:
        answer.headers["Retry-After"] = str(refusal.more["retry_after"])
    return answer


def bad_gateway() -> Response:
    """Return the HTML page that stands before the server when it is down."""
    page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body></body>\r\n</html>\r\n"
    return Response(page, 502, mimetype="text/html")


def bad_request(reason: str, **more: Any) -> TelegramRefusal:
    """Return the refusal of a request that breaks a rule."""
    return TelegramRefusal(400, f"Bad Request: {reason}", more or None)


def too_many_requests(seconds: int) -> TelegramRefusal:
    """Return the refusal of one message too many."""
    return TelegramRefusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def ok(result: object) -> Response:
    """Return a result in its envelope."""
    return jsonify(ok=True, result=result)


def parameters() -> Json:
    """Return the parameters of the request: a query, a form of either kind, or a JSON object."""
    fields: Json = {**request.args.to_dict(), **request.form.to_dict()}
    if request.mimetype == "application/json" and request.get_data():
        fields |= _json(request.get_data(), "Can't parse the JSON of the request body")
    return fields


def nested(fields: Json, name: str, kind: type[Any]) -> Any:
    """Return a parameter that is an object or a list, in a form as a JSON text; None when it is absent."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = _decoded(value, f"can't parse {name.replace('_', ' ')} JSON object")
    if not isinstance(value, kind):
        raise bad_request(f"object expected as {name.replace('_', ' ')}")
    return value


def text_of(fields: Json, name: str) -> str:
    """Return a text parameter, "" when absent."""
    value = fields.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def truth_of(fields: Json, name: str) -> bool:
    """Return a yes/no parameter as the server reads it."""
    return str(fields.get(name, "")).lower() in {"true", "yes", "1"}


def _json(data: bytes, reason: str) -> Json:
    found = _decoded(data, reason)
    if not isinstance(found, dict):
        raise bad_request(reason)
    return found


def _decoded(data: bytes | str, reason: str) -> Any:
    try:
        found = json.loads(data)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise bad_request(reason) from error
    return found
