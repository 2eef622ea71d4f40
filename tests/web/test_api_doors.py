"""The API's doors: tokens and scopes, what is not JSON, hostile bodies, limits, and the document that describes it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from scheduler.services.context import Context
from scheduler.services.operations.users import create_token
from scheduler.storage import tokens
from scheduler.storage.users import User
from scheduler.web.api.auth import CALLS_PER_MINUTE
from scheduler.web.api.openapi import routes
from tests.support.api import Program, errors
from tests.support.house import Visitor

SAMPLES = {"int": "1", "string": "x", "default": "x"}


@pytest.fixture
def program(app: Flask, context: Context) -> Program:
    """A program that may read and write."""
    return Program(app, context, "read", "write")


@pytest.fixture
def stranger(app: Flask, context: Context) -> Program:
    """A program without a token."""
    return Program(app, context)


def calls(app: Flask) -> list[tuple[str, str, str]]:
    """Return method, address and rule of every call."""
    return [
        (method, re.sub(r"<(?:(\w+):)?\w+>", lambda m: SAMPLES[m[1] or "default"], rule.rule), rule.rule)
        for rule, _ in routes(app)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """Return the body of a refusal, which is problem+json and tells nothing of our insides."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json
    assert answer.json["status"] == status
    assert "Traceback" not in answer.text
    assert "Set-Cookie" not in answer.headers
    return dict(answer.json)


# The document --------------------------------------------------------------------------------------------------------


def test_the_document_is_valid_openapi(stranger: Program) -> None:
    answer = stranger.get("/openapi.json")
    assert answer.json
    assert answer.json["openapi"] == "3.1.0"
    validate(answer.json)


def test_the_document_and_the_routes_say_the_same(app: Flask, stranger: Program) -> None:
    described = stranger.get("/openapi.json").json
    assert described
    in_document = {
        (method.upper(), "/api/v1" + path) for path, methods in described["paths"].items() for method in methods
    }
    in_app = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert in_document == in_app
    assert len(in_app) == 29


def test_every_call_is_described_in_words(stranger: Program) -> None:
    described = stranger.get("/openapi.json").json
    assert described
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path}"
            assert operation["description"], f"{method} {path}"


# Tokens and scopes ---------------------------------------------------------------------------------------------------


def test_nothing_answers_without_a_token(app: Flask, client: Visitor) -> None:
    for method, path, _ in calls(app):
        if path.endswith("openapi.json"):
            continue
        answer = client.open(path, method=method)
        assert problem(answer, 401)["title"] == "Please log in", f"{method} {path}"
        assert answer.headers["WWW-Authenticate"] == "Bearer realm=Drumbeat"


def test_a_session_opens_nothing(app: Flask, owner_client: Visitor) -> None:
    assert owner_client.get("/admin/").status_code == 200
    for method, path, _ in calls(app):
        if not path.endswith("openapi.json"):
            answer = owner_client.open(path, method=method)
            assert (answer.status_code, "Set-Cookie" in answer.headers) == (401, False), f"{method} {path}"


@pytest.mark.parametrize("value", ["Bearer nonsense", "Bearer ", "Basic b3duZXI6eA==", "drum_x", "bearer \x00"])
def test_a_wrong_token_is_told_apart_from_none(client: Visitor, value: str) -> None:
    answer = client.get("/api/v1/articles", headers={"Authorization": value})
    assert "not known here, or was revoked" in problem(answer, 401)["detail"]
    assert "error=invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_revoked_token_opens_nothing(app: Flask, context: Context) -> None:
    program = Program(app, context, "admin")
    assert program.get("/articles").status_code == 200
    with context.database.writing() as tx:
        tokens.revoke(tx, tokens.all_tokens(tx)[0].id, 1)
    assert program.get("/articles").status_code == 401


def test_each_scope_opens_what_it_says(app: Flask, context: Context) -> None:
    described = Program(app, context).get("/openapi.json").json
    assert described
    programs = {scope: Program(app, context, scope) for scope in ("read", "write", "admin")}
    for method, path, rule in calls(app):
        if path.endswith("openapi.json"):
            continue
        changes_accounts = path.startswith("/api/v1/accounts") and (method == "DELETE" or path.endswith("accounts"))
        needed = "read" if method == "GET" else "admin" if changes_accounts else "write"
        operation = described["paths"][re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.removeprefix("/api/v1"))]
        assert f"`{needed}`" in operation[method.lower()]["description"]
        for scope, program in programs.items():
            answer = program.send(method, path)
            if scope in (needed, "admin"):
                assert answer.status_code not in (401, 403), f"{method} {path} with {scope}: {answer.text}"
            else:
                assert f"“{needed}”" in problem(answer, 403)["detail"], f"{method} {path} with {scope}"
                assert f"error=insufficient_scope, scope={needed}" in answer.headers["WWW-Authenticate"]


def test_no_cookie_is_set_and_no_other_site_may_read(program: Program) -> None:
    answer = program.get("/articles", headers={"Origin": "https://evil.example"})
    assert "Set-Cookie" not in answer.headers
    assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer.headers["Vary"]
    preflight = program.send("OPTIONS", "/articles", headers={"Origin": "https://evil.example"})
    assert preflight.status_code == 200
    assert sorted(preflight.headers["Allow"].split(", ")) == ["GET", "HEAD", "OPTIONS", "POST"]
    assert not [name for name in dict(preflight.headers) if name.startswith("Access-Control")]


def test_too_many_calls_of_one_token(app: Flask, context: Context, program: Program) -> None:
    first = program.get("/accounts")
    assert first.headers["X-RateLimit-Limit"] == str(CALLS_PER_MINUTE)
    assert "Retry-After" not in first.headers
    for _ in range(CALLS_PER_MINUTE - 1):
        program.client.get("/api/v1/accounts", headers=program.headers)
    answer = program.get("/accounts")
    problem(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert Program(app, context, "read").get("/accounts").status_code == 200, "another token has its own count"


# What is not JSON ----------------------------------------------------------------------------------------------------


def test_addresses_and_methods_that_are_not_there(program: Program) -> None:
    problem(program.get("/nothing"), 404)
    problem(program.get("/articles/"), 404)
    problem(program.get("/articles/nothing"), 404)
    problem(program.get("/teasers/99999999999999999999999999"), 404)
    answer = program.send("PUT", "/articles/x")
    problem(answer, 405)
    assert "PATCH" in answer.headers["Allow"]


def test_head_answers_as_get_without_a_body(program: Program) -> None:
    answer = program.send("HEAD", "/articles")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == program.get("/articles").headers["ETag"]


def test_only_json_is_answered(program: Program) -> None:
    problem(program.get("/articles", headers={"Accept": "text/html"}), 406)
    for accepted in ("application/json", "*/*", "application/*", "text/html, application/json;q=0.5"):
        assert program.get("/articles", headers={"Accept": accepted}).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(program: Program, kind: str) -> None:
    for path in ("/articles", "/teasers"):
        problem(program.post(path, data=b'{"title": "x"}', headers={"Content-Type": kind}), 415)


def test_only_a_form_is_an_upload(program: Program) -> None:
    problem(program.post("/assets", {"file": "x"}), 415)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "cannot be read as JSON"),
        (b"{", "cannot be read as JSON"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'"x"', "must be a JSON object"),
        (b'{"title": NaN}', "cannot be read as JSON"),
        (b'{"title": 1e999999, "x": -Infinity}', "cannot be read as JSON"),
        (b'{"title": "\xff"}', "it is not UTF-8"),
        (b"\xef\xbb\xbf{}", "cannot be read as JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "cannot be read as JSON"),
        (b'{"a":' + b"[" * 200_000, "cannot be read as JSON"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "more than 20 levels"),
        (b'{"title": ' + b"9" * 5000 + b"}", "cannot be read as JSON"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bodies_that_are_no_object(program: Program, body: bytes, said: str) -> None:
    answer = program.post("/articles", data=body, headers={"Content-Type": "application/json"})
    assert said in problem(answer, 400)["detail"]


def test_a_body_that_is_too_big(program: Program) -> None:
    data = json.dumps({"title": "x", "markdown": "y" * 3_000_000})
    problem(program.post("/articles", data=data, headers={"Content-Type": "application/json"}), 413)
    problem(
        program.post("/articles", data=data, headers={"Content-Type": "application/json", "Idempotency-Key": "k"}), 413
    )


def test_every_field_at_fault_is_named(program: Program) -> None:
    body = (
        '{"slug": 1, "markdown": "a\\u0000b", "status": "gone", "publish_at": "tomorrow", "image": {"alt": true},'
        ' "categories": "x", "tags": ["a", 2, null], "noindex": "yes", "extra": 1, "author": "a", "author": "b",'
        ' "description": "\\ud800"}'
    )
    answer = program.post("/articles", data=body, headers={"Content-Type": "application/json"})
    found = errors(answer)
    bad = "author categories description extra image.alt image.asset markdown noindex publish_at slug status"
    assert sorted(found) == [*bad.split(), "tags.1", "tags.2", "title"]
    assert "given twice" in found["author"]
    assert "Known are: title, slug" in found["extra"]
    assert "missing" in found["title"]


def test_query_parameters_are_checked_too(program: Program) -> None:
    found = errors(program.get("/deliveries?state=gone&account=x&since=2026-11-23&limit=3&limit=4&color=red"))
    assert sorted(found) == ["account", "color", "limit", "since", "state"]
    assert "whole number from 1 to 200" in errors(program.get("/assets?limit=0"))["limit"]
    for cursor in (
        "x",
        "W10=",
        "WzEsMl0=x",
        "[1,2]",
        "WyJhIiwiYiJd",
        "WzFlOTksMV0=",
        "é",
        "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LDFd",
    ):
        assert "Begin again" in errors(program.get(f"/deliveries?cursor={cursor}"))["cursor"]


def test_an_unexpected_error_tells_nothing(
    app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr("scheduler.services.editorial.articles.search", broken)
    answer = program.client.get("/api/v1/articles", headers=program.headers)
    assert "swordfish" not in answer.text
    assert problem(answer, 500)["title"] == "Something went wrong on our side"
    assert "unexpected error" in caplog.text


def test_a_token_is_never_in_an_answer(app: Flask, context: Context, client: Visitor) -> None:
    token = create_token(context, name="x", scopes=["read"])
    for path in ("/api/v1/articles", "/api/v1/accounts", "/api/v1/nothing"):
        assert token not in client.get(path, headers={"Authorization": f"Bearer {token}"}).text


def test_the_owner_is_not_needed(owner: User, program: Program) -> None:
    assert program.get("/articles").json == {"items": [], "next": None}
