"""A program that speaks to the API. Every answer it gets is held against the API's own OpenAPI document."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from scheduler.services.context import Context
from scheduler.services.operations.users import create_token
from scheduler.web.api.openapi import PREFIX, document, routes

_PATH = re.compile(r"<(?:\w+:)?(\w+)>")


class Program:
    """A client with a token of some scopes; without scopes it has none."""

    def __init__(self, app: Flask, context: Context, *scopes: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.app = app
        token = create_token(context, name="a program", scopes=list(scopes)) if scopes else ""
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Read."""
        return self.send("GET", path, **kwargs)

    def post(self, path: str, body: Any = None, key: str = "", **kwargs: Any) -> TestResponse:
        """Create or do."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.send("POST", path, body, headers | kwargs.pop("headers", {}), **kwargs)

    def patch(self, path: str, body: Any, tag: str | None = "*", **kwargs: Any) -> TestResponse:
        """Change."""
        return self.send("PATCH", path, body, {"If-Match": tag} if tag else {}, **kwargs)

    def delete(self, path: str, tag: str | None = "*") -> TestResponse:
        """Delete."""
        return self.send("DELETE", path, None, {"If-Match": tag} if tag else {})

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **kwargs: Any
    ) -> TestResponse:
        """Send a request and check that the document knows such an answer."""
        if body is not None:
            kwargs["json"] = body
        address = path if path.startswith(PREFIX) else PREFIX + path
        answer = self.client.open(address, method=method, headers={**self.headers, **(headers or {})}, **kwargs)
        require_documented(self.app, method, answer)
        return answer


def require_documented(app: Flask, method: str, answer: TestResponse) -> None:
    """Fail unless the OpenAPI document describes this answer: its status and its body."""
    rule = answer.request.path
    fitting = [known for known, _ in routes(app) if re.fullmatch(_PATH.sub("[^/]+", known.rule), rule)]
    found = [known for known in fitting if method in (known.methods or set())]
    if not found or method in ("HEAD", "OPTIONS"):
        assert answer.status_code in (200, 404, 405), f"{method} {rule} answered {answer.status_code}"
        return
    known = _described(app)
    operation = known["paths"][_PATH.sub(r"{\1}", found[0].rule.removeprefix(PREFIX))][method.lower()]
    described = operation["responses"].get(str(answer.status_code))
    assert described, f"{method} {rule} answered {answer.status_code}, which is not documented: {answer.text}"
    if not (content := described.get("content")):
        assert answer.data == b""
        return
    ((kind, form),) = content.items()
    assert answer.content_type == kind
    assert answer.json is not None
    schema = {**form["schema"], "components": known["components"]}
    problems = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(answer.json)
    ]
    assert not problems, f"{method} {rule}: {problems}"


@lru_cache(maxsize=4)
def _described(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return document(app)


def errors(answer: TestResponse) -> dict[str, str]:
    """Return the sentences of a refusal by field."""
    assert answer.status_code == 422, answer.text
    assert answer.json
    found = answer.json["errors"]
    assert len({error["field"] for error in found}) == len(found), found
    return {error["field"]: error["message"] for error in found}
