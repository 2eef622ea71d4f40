"""Signing in to a practice network: authorize page, codes, client authentication, PKCE, refreshing, revoking."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from scheduler.practice.grants import ACCESS
from scheduler.practice.oauth import CLIENT_ID, CLIENT_SECRET, OAuthRules, PracticeOAuth
from scheduler.practice.store import PracticeStore
from scheduler.resources import template_folder
from tests.support.practice_server import HeldClock

REDIRECT = "http://127.0.0.1:9/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ROTATING = OAuthRules(
    "mastodon",
    "Rotating",
    ("write", "read", "offline"),
    pkce=True,
    client_auth="basic",
    code_seconds=60,
    access_seconds=7200,
    refresh="rotating",
    wants_refresh=lambda asked: "offline" in asked.get("scope", ""),
    more=lambda grant: {"user": grant.account.handle},
)
STABLE = replace(ROTATING, pkce=False, client_auth="body", refresh="stable", separator=",")
NONE = replace(STABLE, refresh="none", separator=" ", scope_error="unauthorized_scope_error", denied="user_cancelled")
Said = dict[str, str]


@dataclass
class Stand:
    """One network's sign-in over HTTP, with one account."""

    url: str
    store: PracticeStore
    oauth: PracticeOAuth
    account_id: int
    clock: HeldClock

    def ask(self, **changes: str) -> Said:
        scope = self.oauth.rules.separator.join(("write", "offline"))
        asked = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": REDIRECT, "state": "s t/1"}
        challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"} if self.oauth.rules.pkce else {}
        return {**asked, "scope": scope, **challenge, **changes}

    def open(self, **changes: str) -> requests.Response:
        return requests.get(f"{self.url}/authorize", self.ask(**changes), allow_redirects=False, timeout=10)

    def back(self, **changes: str) -> Said:
        wish = {"practice_decision": "allow", "practice_account": str(self.account_id), **changes}
        answer = self.open(**wish)
        assert answer.status_code == 302, answer.text
        assert answer.headers["Location"].startswith(f"{REDIRECT}?")
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def post(self, path: str, **form: str) -> requests.Response:
        if self.oauth.rules.client_auth == "basic":
            return requests.post(f"{self.url}/{path}", form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=10)
        app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return requests.post(f"{self.url}/{path}", app | form, timeout=10)

    def redeem(self, code: str, **changes: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return self.post("token", **form | changes)

    def renew(self, token: str) -> requests.Response:
        return self.post("token", grant_type="refresh_token", refresh_token=token)


@pytest.fixture
def stand(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stand]:
    clock = HeldClock()
    store = PracticeStore(tmp_path / "practice.db", clock)
    oauth = PracticeOAuth(store, getattr(request, "param", ROTATING))
    app = Flask("stand", template_folder=str(template_folder()))
    app.add_url_rule("/authorize", "authorize", oauth.authorize)
    app.add_url_rule("/token", "token", oauth.token, methods=["POST"])
    app.add_url_rule("/revoke", "revoke", oauth.revoke, methods=["POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    account = store.create_account("mastodon", "harbor", "Harbor Street Clinic").account_id
    yield Stand(f"http://127.0.0.1:{server.server_port}", store, oauth, account, clock)
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


def refused(answer: requests.Response, error: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text


def test_the_page_shows_scopes_and_accounts_and_has_no_inline_code(stand: Stand) -> None:
    page = stand.open()
    assert page.status_code == 200
    for expected in ("write", "Harbor Street Clinic", "Allow", "Refuse", "A new practice account", 'value="s t/1"'):
        assert expected in page.text
    assert "style=" not in page.text and "<script" not in page.text and "onclick" not in page.text


def test_what_the_address_holds_is_escaped(stand: Stand) -> None:
    assert "<b>" not in stand.open(state='"><b>').text


def test_allowing_gives_a_code_and_the_code_gives_tokens(stand: Stand) -> None:
    back = stand.back()
    assert back["state"] == "s t/1"
    said = stand.redeem(back["code"]).json()
    assert (said["expires_in"], said["user"], set(said["scope"].split())) == (7200, "harbor", {"write", "offline"})
    grant = stand.oauth.grants.look_up(ACCESS, said["access_token"])
    assert grant is not None and grant.account.id == stand.account_id and not grant.expired
    stand.clock.advance(7200)
    late = stand.oauth.grants.look_up(ACCESS, said["access_token"])
    assert late is not None and late.expired


def test_a_new_account_can_be_made_on_the_page(stand: Stand) -> None:
    for number in (1, 2):
        said = stand.redeem(stand.back(practice_account="new")["code"]).json()
        grant = stand.oauth.grants.look_up(ACCESS, said["access_token"])
        assert grant is not None and grant.account.name == f"Practice {number}"


def test_an_account_of_nobody_is_asked_for_again(stand: Stand) -> None:
    answer = stand.open(practice_decision="allow", practice_account="999")
    assert answer.status_code == 400 and "Choose an account" in answer.text


def test_refusing_comes_back_as_access_denied(stand: Stand) -> None:
    back = stand.back(practice_decision="refuse")
    assert back["error"] == "access_denied" and back["state"] == "s t/1" and "code" not in back


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"redirect_uri": "https://evil.example/back"},
        {"redirect_uri": ""},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
def test_a_foreign_client_or_address_is_shown_and_never_sent_on(stand: Stand, changes: Said) -> None:
    answer = stand.open(practice_decision="allow", practice_account=str(stand.account_id), **changes)
    assert answer.status_code == 400 and "<form" not in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "write admin"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"state": "s" * 501}, "invalid_request"),
    ],
)
def test_a_wrong_request_comes_back_with_its_error(stand: Stand, changes: Said, error: str) -> None:
    assert stand.back(**changes)["error"] == error


def test_a_code_is_good_once_and_not_for_long(stand: Stand) -> None:
    code = stand.back()["code"]
    assert stand.redeem(code).status_code == 200
    refused(stand.redeem(code), "invalid_grant")
    late = stand.back()["code"]
    stand.clock.advance(60)
    refused(stand.redeem(late), "invalid_grant")
    refused(stand.redeem("unknown"), "invalid_grant")


@pytest.mark.parametrize("changes", [{"redirect_uri": f"{REDIRECT}/"}, {"code_verifier": "w" * 43}])
def test_the_code_needs_the_same_address_and_the_verifier(stand: Stand, changes: Said) -> None:
    refused(stand.redeem(stand.back()["code"], **changes), "invalid_grant")


def test_the_application_shows_who_it_is(stand: Stand) -> None:
    form = {"grant_type": "authorization_code", "code": stand.back()["code"], "redirect_uri": REDIRECT}
    for auth in (None, (CLIENT_ID, "wrong"), ("somebody", CLIENT_SECRET)):
        refused(requests.post(f"{stand.url}/token", form, auth=auth, timeout=10), "invalid_client", 401)
    body = form | {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    refused(requests.post(f"{stand.url}/token", body, timeout=10), "invalid_client", 401)
    refused(stand.post("token", grant_type="password"), "unsupported_grant_type")


def test_a_rotating_refresh_token_is_good_once_and_its_replay_ends_everything(stand: Stand) -> None:
    first = stand.redeem(stand.back()["code"]).json()
    second = stand.renew(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert stand.oauth.grants.look_up(ACCESS, second["access_token"]) is not None
    refused(stand.renew(first["refresh_token"]), "invalid_grant")
    refused(stand.renew(second["refresh_token"]), "invalid_grant")
    assert stand.oauth.grants.look_up(ACCESS, second["access_token"]) is None


def test_no_refresh_token_without_asking_for_one(stand: Stand) -> None:
    assert "refresh_token" not in stand.redeem(stand.back(scope="write")["code"]).json()


@pytest.mark.parametrize("stand", [STABLE], indirect=True)
def test_a_stable_refresh_token_stays(stand: Stand) -> None:
    first = stand.redeem(stand.back(scope="write,offline")["code"]).json()
    assert first["scope"] == "offline,write"
    for _ in range(2):
        again = stand.renew(first["refresh_token"]).json()
        assert "refresh_token" not in again and again["access_token"] != first["access_token"]


@pytest.mark.parametrize("stand", [NONE], indirect=True)
def test_a_network_without_refresh_and_with_its_own_words(stand: Stand) -> None:
    assert stand.back(scope="admin")["error"] == "unauthorized_scope_error"
    assert stand.back(practice_decision="refuse")["error"] == "user_cancelled"
    assert "refresh_token" not in stand.redeem(stand.back()["code"]).json()
    refused(stand.renew("x"), "unsupported_grant_type")


def test_revoking_ends_the_token_and_of_a_refresh_token_the_whole_sign_in(stand: Stand) -> None:
    said = stand.redeem(stand.back()["code"]).json()
    assert stand.post("revoke", token="unknown").status_code == 200
    assert stand.post("revoke", token=said["refresh_token"]).status_code == 200
    assert stand.oauth.grants.look_up(ACCESS, said["access_token"]) is None
    refused(stand.renew(said["refresh_token"]), "invalid_grant")
    refused(requests.post(f"{stand.url}/revoke", {"token": "x"}, timeout=10), "invalid_client", 401)


def test_a_revoked_app_gets_no_tokens(stand: Stand) -> None:
    said = stand.redeem(stand.back()["code"]).json()
    stand.store.set_switch(stand.account_id, "revoked_app", requests=2)
    refused(stand.renew(said["refresh_token"]), "invalid_grant")
    refused(stand.redeem(stand.back()["code"]), "invalid_grant")


def test_a_fresh_account_is_signed_in_directly(stand: Stand) -> None:
    account = stand.store.accounts.get(stand.account_id)
    assert account is not None
    kept = stand.oauth.credentials(account, ("write", "offline"))
    assert kept["scopes"] == "write offline"
    assert int(kept["expires_at"]) == stand.clock.now_ms() + 7_200_000
    assert stand.renew(kept["refresh_token"]).status_code == 200
