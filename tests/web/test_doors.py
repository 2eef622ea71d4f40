"""The doors: nothing in the admin without login, no form without its token, no foreign host or origin, no guessing."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from scheduler.services.context import Context
from scheduler.services.operations.users import create_user, new_setup_link
from scheduler.storage.users import User
from scheduler.web.admin import OPEN, OWNERS_ONLY
from tests.support.house import OWNER_EMAIL, OWNER_PASSWORD, Visitor
from tests.support.html import parse

SAMPLES = {"int": "1", "string": "x", "path": "x", "default": "x"}


def address(rule: Rule) -> str:
    """Return an address that `rule` answers."""
    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda found: SAMPLES.get(found[1] or "default", "1"), rule.rule)


def admin_calls(app: Flask) -> list[tuple[str, str]]:
    """Return method and address of everything below /admin that is not open on purpose."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/admin") and rule.endpoint not in OPEN]
    return [
        (method, address(rule)) for rule in rules for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_nothing_in_the_admin_answers_a_stranger(app: Flask, client: Visitor) -> None:
    assert {"login.show_login", "login.log_in", "login.log_out"} == OPEN
    calls = admin_calls(app)
    assert len(calls) > 20
    for method, path in calls:
        answer = client.open(path, method=method)
        if method == "GET":
            assert (answer.status_code, answer.location.split("?")[0]) == (302, "/admin/login"), f"{method} {path}"
        else:
            assert answer.status_code == 401, f"{method} {path}"


def test_an_editor_looks_at_accounts_and_settings_but_changes_nothing(app: Flask, context: Context) -> None:
    people = create_user(context, email="ed@clinic.example", name="Ed", password="a long enough one", role="editor")
    editor = app.test_client()
    assert isinstance(editor, Visitor)
    editor.log_in(people)
    changes = [call for call in admin_calls(app) if call[0] != "GET" and call[1].startswith(OWNERS_ONLY)]
    assert len(changes) > 5
    for method, path in changes:
        assert editor.open(path, method=method).status_code == 403, f"{method} {path}"
    for path in OWNERS_ONLY:
        assert editor.get(f"{path}/", follow_redirects=True).status_code == 200


def test_parts_of_pages_send_a_stranger_to_the_login(client: Visitor) -> None:
    answer = client.get("/admin/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/admin/login")


def test_unknown_addresses_tell_a_stranger_nothing(client: Visitor) -> None:
    assert client.get("/admin/no-such-page").location.startswith("/admin/login")


def test_a_session_of_yesterday_ends_with_the_epoch(app: Flask, owner: User, owner_client: Visitor) -> None:
    assert owner_client.get("/admin/").status_code == 200
    with owner_client.session_transaction() as session:
        session["_user_id"] = f"{owner.id}.{owner.session_epoch + 1}"
    assert owner_client.get("/admin/").status_code == 302


def test_no_form_is_taken_without_its_token(app: Flask, owner_client: Visitor) -> None:
    changing = [(method, path) for method, path in admin_calls(app) if method != "GET"]
    for method, path in [*changing, ("POST", "/admin/logout"), ("POST", "/theme"), ("POST", "/admin/login")]:
        answer = owner_client.open(path, method=method, csrf=False)
        assert answer.status_code == 400, f"{method} {path} answered {answer.status_code}"
    assert owner_client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost.evil.example", "null", "http://localhost:81"]
)
def test_no_form_is_taken_from_another_site(owner_client: Visitor, origin: str) -> None:
    answer = owner_client.post("/theme", data={"theme": "dark"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_cross_site_forms_without_an_origin_are_refused_too(owner_client: Visitor) -> None:
    answer = owner_client.post("/theme", data={"theme": "dark"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_our_own_origin_is_welcome(owner_client: Visitor) -> None:
    answer = owner_client.post("/theme", data={"theme": "dark"}, headers={"Origin": "http://localhost"})
    assert answer.status_code == 302


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "169.254.169.254", "localhost.evil:8000"])
@pytest.mark.parametrize("path", ["/admin/login", "/healthz", "/favicon.svg"])
def test_foreign_host_names_are_refused(client: Visitor, host: str, path: str) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_our_own_host_names_are_served(client: Visitor, host: str) -> None:
    assert client.get("/admin/login", headers={"Host": host}).status_code == 200


def test_guessing_passwords_is_throttled(client: Visitor, owner: User) -> None:
    guesses = [client.post("/admin/login", data={"email": OWNER_EMAIL, "password": f"guess {n}"}) for n in range(9)]
    assert [guess.status_code for guess in guesses] == [422] * 8 + [429]
    right = client.post("/admin/login", data={"email": OWNER_EMAIL, "password": OWNER_PASSWORD})
    assert right.status_code == 429


def test_the_owner_logs_in_and_out(client: Visitor, owner: User) -> None:
    form = {"email": OWNER_EMAIL.upper(), "password": OWNER_PASSWORD}
    answer = client.post("/admin/login?next=/admin/settings/site", data=form)
    assert answer.location == "/admin/settings/site"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout")
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/admin\\@evil"])
def test_the_login_leads_to_our_own_pages_only(client: Visitor, owner: User, target: str) -> None:
    form = {"email": OWNER_EMAIL, "password": OWNER_PASSWORD}
    answer = client.post("/admin/login", query_string={"next": target}, data=form)
    assert answer.location == "/admin/"


def test_the_set_up_link_works_once(client: Visitor, context: Context) -> None:
    link = new_setup_link(context)
    assert client.get(link).status_code == 200
    wrong = client.post(link, data={"name": "", "email": "x", "password": "short"})
    assert wrong.status_code == 422
    assert wrong.text.count('class="error"') == 3
    form = {"name": "Alex", "email": "alex@ferrystreet.example", "password": "a long enough password"}
    assert client.post(link, data=form).location == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert client.get(link).status_code == 404
    assert client.post(link, data=form).status_code == 422
    assert new_setup_link(context) == ""


def test_a_made_up_set_up_link_is_nothing(client: Visitor) -> None:
    assert client.get("/setup/made-up").status_code == 404


def test_every_page_carries_the_strict_headers(owner_client: Visitor) -> None:
    for path in ("/admin/", "/admin/login", "/admin/accounts/connect", "/admin/settings/calendar", "/no-such-page"):
        headers = owner_client.get(path).headers
        directives = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert directives["default-src"] == "'none'"
        assert directives["script-src"] == directives["style-src"] == "'self'"
        assert directives["frame-ancestors"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        if path.startswith("/admin"):
            assert headers["Cache-Control"] == "no-store"


def test_the_icon_and_the_colours_need_no_login(client: Visitor) -> None:
    icon = client.get("/favicon.svg")
    assert (icon.status_code, icon.content_type) == (200, "image/svg+xml")
    answer = client.post("/theme", data={"theme": "dark"}, headers={"Referer": "http://localhost/admin/login"})
    assert answer.location == "/admin/login"
    assert 'data-theme="dark"' in client.get("/admin/login").text
    assert "Set-Cookie" not in client.post("/theme", data={"theme": "<script>"}).headers
    elsewhere = client.post("/theme", data={"theme": "light"}, headers={"Referer": "https://evil.example/admin/"})
    assert elsewhere.location == "/admin/"


def test_a_form_of_an_earlier_login_saves_nothing_and_gives_the_words_back(owner_client: Visitor) -> None:
    form = {"title": "Knees", "body": "<b>My</b> words", "password": "not to be shown"}
    answer = owner_client.post("/admin/articles/new", data=form, csrf=False)
    assert answer.status_code == 400
    words = parse(answer.text).words()
    assert "Nothing was saved" in words and "<b>My</b> words" in words and "Knees" in words
    assert "not to be shown" not in answer.text


def test_who_tries_too_often_is_told_to_wait(client: Visitor) -> None:
    for _ in range(8):
        client.post("/admin/login", data={"email": "a@b.example", "password": "wrong wrong"})
    answer = client.post("/admin/login", data={"email": "a@b.example", "password": "wrong wrong"})
    assert answer.status_code == 429
    assert "Wait a minute, then try again." in answer.text and "per 1 minute" not in answer.text
