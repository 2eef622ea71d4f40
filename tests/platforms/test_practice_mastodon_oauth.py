"""Signing in to the Mastodon imitation: registration, the page, PKCE, tokens that end, revoking."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from scheduler.practice.networks.mastodon.oauth import OUT_OF_BAND
from tests.support.practice_server import HeldClock, PracticeServer

BACK = "http://127.0.0.1:9/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPES = "read:accounts write:statuses write:media"


class Visitor:
    """One application at one server of the family, and the person who signs in."""

    def __init__(self, server: PracticeServer, flavour: str = "") -> None:
        prefix = f"{flavour}_" if flavour else ""
        made = server.store.create_account("mastodon", f"{prefix}clinic", "Clinic")
        self.base, self.account_id = server.url + made.service_url_path, made.account_id
        self.app: dict[str, Any] = self.register().json()

    def register(self, **changes: Any) -> requests.Response:
        fields = {"client_name": "Drumbeat", "redirect_uris": f"{BACK}\n{OUT_OF_BAND}", "scopes": SCOPES}
        return requests.post(f"{self.base}/api/v1/apps", data=fields | changes, timeout=10)

    def ask(self, **changes: Any) -> requests.Response:
        asked = {
            "response_type": "code",
            "client_id": self.app["client_id"],
            "redirect_uri": BACK,
            "scope": SCOPES,
            "state": "s",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return requests.get(f"{self.base}/oauth/authorize", asked | changes, allow_redirects=False, timeout=10)

    def allow(self, **changes: Any) -> dict[str, str]:
        answer = self.ask(practice_decision="allow", practice_account=str(self.account_id), **changes)
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def token(self, path: str = "token", **changes: Any) -> requests.Response:
        fields = {
            "grant_type": "authorization_code",
            "client_id": self.app["client_id"],
            "client_secret": self.app["client_secret"],
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        return requests.post(f"{self.base}/oauth/{path}", data=fields | changes, timeout=10)

    def me(self, token: str, call: str = "accounts/verify_credentials") -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.base}/api/v1/{call}", headers=headers, timeout=10).status_code


@pytest.fixture
def visitor(practice_server: PracticeServer) -> Visitor:
    return Visitor(practice_server)


def error(answer: requests.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"])


def test_the_server_describes_its_sign_in_and_every_address_is_served(visitor: Visitor) -> None:
    found = requests.get(f"{visitor.base}/.well-known/oauth-authorization-server", timeout=10).json()
    assert found["app_registration_endpoint"] == f"{visitor.base}/api/v1/apps"
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert requests.get(found["authorization_endpoint"], timeout=10).status_code == 401
    assert requests.post(found["token_endpoint"], timeout=10).status_code == 401


def test_an_application_registers_itself(visitor: Visitor) -> None:
    assert (visitor.app["client_secret_expires_at"], visitor.app["redirect_uris"]) == (0, [BACK, OUT_OF_BAND])
    for change in ({"client_name": " "}, {"redirect_uris": "nowhere"}, {"scopes": "write:everything"}):
        error(visitor.register(**change), 422)
    assert visitor.register().status_code == 200
    error(visitor.register(), 429)


def test_a_person_allows_it_and_the_token_has_the_scopes(visitor: Visitor) -> None:
    page = visitor.ask()
    assert (page.status_code, "Allow" in page.text, "write:media" in page.text) == (200, True, True)
    code = visitor.allow()
    assert code["state"] == "s"
    said = visitor.token(code=code["code"]).json()
    assert (said["token_type"], said["scope"], "refresh_token" in said) == ("Bearer", SCOPES, False)
    assert visitor.me(said["access_token"]) == 200
    assert visitor.me(said["access_token"], "scheduled_statuses") == 403
    assert visitor.me(said["access_token"], "apps/verify_credentials") == 200
    assert error(visitor.token(code=code["code"]), 400) == "invalid_grant"


def test_saying_no_and_asking_wrongly(visitor: Visitor) -> None:
    for change, reason in (
        ({"practice_decision": "refuse"}, "access_denied"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read write"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_code_challenge_method"),
    ):
        answer = visitor.ask(**change)
        assert parse_qs(urlsplit(answer.headers["Location"]).query)["error"] == [reason]
    for change, status in (({"client_id": "x"}, 401), ({"redirect_uri": "http://127.0.0.1:9/else"}, 400)):
        answer = visitor.ask(**change)
        assert (answer.status_code, "Location" in answer.headers) == (status, False)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"code_verifier": "w" * 64}, 400), ({"redirect_uri": OUT_OF_BAND}, 400), ({"client_secret": "x"}, 401)],
)
def test_a_code_only_serves_who_asked_for_it(visitor: Visitor, change: dict[str, str], status: int) -> None:
    error(visitor.token(code=visitor.allow()["code"], **change), status)


def test_a_code_lasts_ten_minutes(visitor: Visitor, practice_clock: HeldClock) -> None:
    code = visitor.allow()["code"]
    practice_clock.advance(600)
    error(visitor.token(code=code), 400)


def test_without_a_public_address_the_code_is_shown(visitor: Visitor) -> None:
    asked = {"practice_decision": "allow", "practice_account": "new", "redirect_uri": OUT_OF_BAND}
    shown = requests.get(visitor.ask(**asked).headers["Location"], timeout=10).text
    code = shown.removeprefix("Copy this code: ")
    assert visitor.token(code=code, redirect_uri=OUT_OF_BAND).status_code == 200


def test_a_revoked_token_is_dead_and_unknown_ones_are_no_error(visitor: Visitor) -> None:
    token = visitor.token(code=visitor.allow()["code"]).json()["access_token"]
    other = visitor.register().json()
    mine, visitor.app = visitor.app, other
    assert error(visitor.token("revoke", token=token), 403) == "unauthorized_client"
    visitor.app = mine
    for given in (token, token, "unknown"):
        assert visitor.token("revoke", token=given).json() == {}
    assert visitor.me(token) == 401


def test_a_token_of_an_application_is_nobody(visitor: Visitor) -> None:
    token = visitor.token(grant_type="client_credentials").json()["access_token"]
    assert visitor.me(token, "apps/verify_credentials") == 200
    assert visitor.me(token) == 422


@pytest.mark.parametrize(("flavour", "days", "rotates"), [("pleroma", 30, False), ("pixelfed", 365, True)])
def test_some_servers_end_their_tokens(
    practice_server: PracticeServer, practice_clock: HeldClock, flavour: str, days: int, rotates: bool
) -> None:
    visitor = Visitor(practice_server, flavour)
    said = visitor.token(code=visitor.allow()["code"]).json()
    assert said["expires_in"] == days * 86_400
    assert visitor.me(said["access_token"]) == 200
    practice_clock.advance(days * 86_400)
    assert visitor.me(said["access_token"]) == 401
    renewed = visitor.token(grant_type="refresh_token", refresh_token=said["refresh_token"]).json()
    assert visitor.me(renewed["access_token"]) == 200
    assert (renewed["refresh_token"] != said["refresh_token"]) is rotates
    again = visitor.token(grant_type="refresh_token", refresh_token=said["refresh_token"])
    assert again.status_code == (400 if rotates else 200)
