"""The OpenAPI 3.1 document of the API, made from what every call declares. It is the API's documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from werkzeug.routing import Rule

from scheduler.web.api import accounts, articles, assets, deliveries, pause, representations, teasers
from scheduler.web.api.answers import answer
from scheduler.web.api.auth import CALLS_PER_MINUTE
from scheduler.web.api.calls import Call, call, call_of
from scheduler.web.api.fields import File, Shape, Table
from scheduler.web.api.idempotency import HEADER
from scheduler.web.context import ctx

bp = Blueprint("openapi", __name__)

Json = dict[str, Any]
PREFIX = "/api/v1"
VERSION = "1.0.0"
"""Of the API; grows with what it can do. What stops working would be a /api/v2."""
DESCRIPTION = f"""Articles, photos and videos, accounts, teasers and deliveries of this Drumbeat.

Send a token with every call (`Authorization: Bearer ...`; make one with `python -m scheduler token create`). Its scopes
are `read`, `write` and `admin` (everything, accounts too). {CALLS_PER_MINUTE} calls a minute are allowed.

Every refusal is `application/problem+json`; `errors` names every field at fault, never only the first. Nothing is ever
stored by halves. A repeated POST with the same `{HEADER}` gets the first answer again. Changes need `If-Match` with the
`ETag` of what was read, so that nobody's work is overwritten. Lists come in pages: follow `next`."""
SHAPES: tuple[Shape, ...] = (
    representations.ARTICLE,
    representations.ASSET,
    representations.ACCOUNT,
    representations.TEASER,
    representations.DELIVERY,
    representations.DELIVERY_WITH_ATTEMPTS,
    assets.ADDED,
    accounts.CHECKED,
    teasers.SCHEDULED,
    pause.PAUSE,
    pause.RESUMED,
    articles.LIST,
    assets.LIST,
    accounts.LIST,
    teasers.LIST,
    deliveries.LIST,
)
PROBLEM: Json = {
    "type": "object",
    "description": "What went wrong (RFC 9457), in sentences for people.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Every field at fault.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "description": "Like image.alt; empty for the request as a whole."},
                    "message": {"type": "string", "description": "What is wrong, and the way out."},
                },
                "required": ["field", "message"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
}
REFUSALS = {
    400: "The request cannot be read.",
    401: "The token is missing, unknown or revoked.",
    403: "The token lacks the scope; WWW-Authenticate names it.",
    404: "It is not there.",
    406: "The answer would be JSON, which the request does not accept.",
    409: "Its state does not allow this now, or somebody else was faster.",
    412: "It was changed since it was read. Nothing was overwritten.",
    413: "The body is too big.",
    415: "The body has another type than this call takes.",
    422: "Fields are at fault; each is named.",
    428: "If-Match is missing.",
    429: "Too many calls; Retry-After says when to go on.",
}
HEADERS: Json = {
    "ETag": {"description": "Names this state of the resource.", "schema": {"type": "string"}},
    "Location": {"description": "The resource's own address.", "schema": {"type": "string"}},
}


@bp.get("/openapi.json")
@call(Call("Read this document", "", Shape("OpenAPI", "An OpenAPI 3.1 document.", {}), note="Needs no token."))
def show() -> Response:
    """Send the document."""
    return answer(document(current_app))


def document(app: Flask) -> Json:
    """Return the OpenAPI document of the API in `app`."""
    paths: Json = {}
    for rule, view in routes(app):
        operations = paths.setdefault(_path(rule), {})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            operations[method.lower()] = _operation(rule, view, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Drumbeat", "version": VERSION, "description": DESCRIPTION},
        "servers": [{"url": ctx().settings.base_url + PREFIX}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": _components(),
    }


def routes(app: Flask) -> Iterator[tuple[Rule, Callable[..., Any]]]:
    """Yield every route of the API with its view."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            yield rule, app.view_functions[rule.endpoint]


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX))


def _components() -> Json:
    scheme = {"type": "http", "scheme": "bearer", "description": "python -m scheduler token create --name NAME"}
    schemas = {shape.name: shape.schema() for shape in SHAPES} | {"Problem": PROBLEM}
    return {"securitySchemes": {"token": scheme}, "schemas": schemas}


def _operation(rule: Rule, view: Callable[..., Any], method: str) -> Json:
    declared = call_of(view)
    scope = f"Needs the scope `{declared.scope}`." if declared.scope else ""
    operation: Json = {
        "operationId": rule.endpoint.removeprefix("api.").replace(".", "_"),
        "summary": declared.summary,
        "description": " ".join(text for text in (declared.note, scope) if text),
        "tags": [rule.endpoint.split(".")[1]],
        "parameters": list(_parameters(rule, declared, method)),
        "responses": _responses(declared, method),
    }
    if body := _body(declared):
        operation["requestBody"] = {"required": True, "content": body}
    if not declared.scope:
        operation["security"] = []
    return operation


def _parameters(rule: Rule, declared: Call, method: str) -> Iterator[Json]:
    for name in sorted(rule.arguments):
        kind = "integer" if f"<int:{name}>" in rule.rule else "string"
        yield {"name": name, "in": "path", "required": True, "schema": {"type": kind}}
    for name, field in declared.query.items():
        yield {"name": name, "in": "query", "schema": field.schema()}
    if method == "POST":
        note = "A fresh name for this request (a UUID). The same request with the same key within 24 hours is answered "
        note += "from memory; another request with it is refused."
        yield {"name": HEADER, "in": "header", "description": note, "schema": {"type": "string", "maxLength": 255}}
    if declared.matched or 412 in declared.refusals:
        note = "The ETag of what was read; * for whatever is there."
        yield {
            "name": "If-Match", "in": "header", "required": declared.matched, "description": note,
            "schema": {"type": "string"},
        }  # fmt: skip


def _body(declared: Call) -> Json:
    if declared.body:
        return {"application/json": {"schema": declared.body.schema()}}
    if declared.form:
        needed = tuple(name for name, kind in declared.form.items() if isinstance(kind, File))
        return {"multipart/form-data": {"schema": Table(declared.form, needed).schema()}}
    return {}


def _responses(declared: Call, method: str) -> Json:
    answers: Json = {str(status): _answer(declared, status) for status in declared.status}
    if method == "GET" and declared.scope:
        answers["304"] = {"description": "It is still what If-None-Match names."}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(_refusals(declared, method)):
        answers[str(status)] = {"description": REFUSALS[status], "content": problem}
    return answers


def _answer(declared: Call, status: int) -> Json:
    if declared.answer is None:
        return {"description": "Done; there is nothing to show."}
    schema: Json = {"type": "object"}
    if declared.answer in SHAPES:
        schema = {"$ref": f"#/components/schemas/{declared.answer.name}"}
    headers = HEADERS if status == 201 else {"ETag": HEADERS["ETag"]}
    content = {"application/json": {"schema": schema}}
    return {"description": declared.answer.note, "headers": headers, "content": content}


def _refusals(declared: Call, method: str) -> set[int]:
    """Return every status with which a call may be refused: its own, and what its declaration brings with it."""
    found = {*declared.refusals, 406, 429}
    if declared.scope:
        found |= {401, 403}
    if declared.query:
        found |= {422}
    if declared.body or declared.form:
        found |= {400, 413, 415, 422}
    if method == "POST":
        found |= {409, 422}
    if declared.matched:
        found |= {412, 428}
    return found
