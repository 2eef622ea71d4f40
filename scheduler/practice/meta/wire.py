"""How the Graph API speaks: one error shape for everything it refuses, parameters from anywhere, its form of time."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

from scheduler.clock import to_datetime, to_ms

OAUTH = "OAuthException"
METHOD = "GraphMethodException"


@dataclass(eq=False)
class GraphRefusal(Exception):
    """An answer that is not 2xx. `title` and `hint` are what Meta writes for the person in front of an app."""

    code: int
    message: str
    subcode: int | None = None
    status: int = 400
    title: str = ""
    hint: str = ""
    transient: bool = False
    kind: str = OAUTH
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: GraphRefusal) -> Response:
    """Return the refusal as the Graph API words it."""
    error: dict[str, Any] = {"message": refusal.message, "type": refusal.kind, "code": refusal.code}
    if refusal.subcode is not None:
        error["error_subcode"] = refusal.subcode
    error["is_transient"] = refusal.transient
    if refusal.title or refusal.hint:
        error |= {"error_user_title": refusal.title, "error_user_msg": refusal.hint}
    answer = jsonify(error=error | {"fbtrace_id": "A" + secrets.token_urlsafe(16)})
    answer.status_code = refusal.status
    word = "invalid_token" if refusal.status == 401 else "invalid_request"
    answer.headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "{word}" "{refusal.message}"'
    answer.headers.extend(refusal.headers)
    return answer


def bad_token(subcode: int | None, message: str) -> GraphRefusal:
    """Return the refusal of a token: 463 expired, 458 app removed, 467 invalid, 460 password, 459 checkpoint."""
    return GraphRefusal(190, f"Error validating access token: {message}", subcode, 401)


def bad_parameter(message: str, subcode: int | None = None, title: str = "", hint: str = "") -> GraphRefusal:
    """Return the refusal of a parameter (code 100)."""
    return GraphRefusal(100, f"(#100) {message}", subcode, title=title, hint=hint)


def not_visible(node: str) -> GraphRefusal:
    """Return the one answer for what is missing and for what the token may not see."""
    sentence = (
        f"Unsupported {request.method.lower()} request. Object with ID '{node}' does not exist, cannot be loaded due"
        " to missing permissions, or does not support this operation"
    )
    return GraphRefusal(100, sentence, 33, kind=METHOD)


def server_error() -> GraphRefusal:
    """Return the answer of a server that failed; it does not tell whether anything was done."""
    return GraphRefusal(
        2, "An unexpected error has occurred. Please retry your request later.", None, 500, transient=True
    )


def parameters() -> dict[str, Any]:
    """Return the parameters of the request, from its query, its form or its JSON; `name[0]` fills the list `name`."""
    fields: dict[str, Any] = {}
    for name, value in {**request.args.to_dict(), **request.form.to_dict(), **_json_parameters()}.items():
        plain, bracket, rest = name.partition("[")
        if bracket and rest.removesuffix("]").isdecimal() | (rest == "]"):
            fields.setdefault(plain, []).append(_decoded(value))
        else:
            fields[name] = value
    return fields


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """Return a parameter as text, "" when absent."""
    value = fields.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return "" if value is None else str(value)
    raise bad_parameter(f"param {name} must be a string.")


def truth_of(fields: Mapping[str, Any], name: str, otherwise: bool = False) -> bool:
    """Return a yes/no parameter. Raises the refusal for anything else."""
    text = text_of(fields, name).lower()
    if text not in {"", "1", "0", "true", "false"}:
        raise bad_parameter(f"param {name} must be a boolean.")
    return text in {"1", "true"} if text else otherwise


def number_of(fields: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number, None when absent. Raises the refusal for anything else."""
    text = text_of(fields, name)
    if text and not text.isdecimal():
        raise bad_parameter(f"param {name} must be an integer.")
    return int(text) if text else None


def list_of(fields: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list given as `name[0]=`, as a JSON text or separated by commas; empty when absent."""
    value = fields.get(name)
    decoded = _decoded(value) if isinstance(value, str) and value.startswith(("[", "{")) else value
    if isinstance(decoded, str):
        return [part.strip() for part in decoded.split(",") if part.strip()]
    return [] if decoded is None else decoded if isinstance(decoded, list) else [decoded]


def instant_of(fields: Mapping[str, Any], name: str) -> int | None:
    """Return an instant (ms) given as Unix seconds or ISO 8601, None when absent."""
    text = text_of(fields, name)
    if not text:
        return None
    if text.isdecimal():
        return int(text) * 1000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_parameter(f"param {name} must be a unix timestamp or a date.") from error
    return to_ms(moment.replace(tzinfo=moment.tzinfo or UTC))


def graph_time(instant_ms: int) -> str:
    """Return an instant as the Graph API writes it: `2026-11-22T10:15:00+0000`."""
    return to_datetime(instant_ms).strftime("%Y-%m-%dT%H:%M:%S+0000")


def root_url() -> str:
    """Return the address of the site that serves the imitation, without a trailing slash."""
    return request.url_root.rstrip("/")


def _decoded(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.startswith(("[", "{")) else value
    except ValueError as error:
        raise bad_parameter("Invalid JSON in a parameter") from error


def _json_parameters() -> dict[str, Any]:
    if request.mimetype != "application/json":
        return {}
    try:
        body = json.loads(request.get_data() or b"{}")
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise bad_parameter("Invalid JSON in the body") from error
    if not isinstance(body, dict):
        raise bad_parameter("The body must be a JSON object")
    return body
