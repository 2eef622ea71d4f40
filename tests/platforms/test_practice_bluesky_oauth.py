"""Signing in to the Bluesky imitation by OAuth, as the sheet describes it, and everything that is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from scheduler.practice.networks.bluesky.oauth import ASSERTION_TYPE
from scheduler.practice.store import PracticeStore
from tests.support.dpop import ProofKey, encoded
from tests.support.practice_clients import jpeg, mp4, post_record
from tests.support.practice_server import HeldClock, PracticeServer

BACK = "http://127.0.0.1/back"
VERIFIER = "v" * 64
CHALLENGE = encoded(hashlib.sha256(VERIFIER.encode()).digest())
GENERIC = "atproto transition:generic"
DOCUMENT_AT = "https://clinic.example/oauth/client-metadata.json"
TIMEOUT = 10


class Visitor:
    """A program in development that signs a person in; it keeps the nonce it was told last."""

    def __init__(self, server: PracticeServer, clock: HeldClock, scope: str = GENERIC) -> None:
        made = server.store.create_account("bluesky", "harbor", "Harbor Clinic")
        self.base, self.account_id, self.clock, self.scope = server.address(made), made.account_id, clock, scope
        self.key, self.nonce = ProofKey(), ""
        self.client_id = "http://localhost?" + urlencode({"redirect_uri": BACK, "scope": scope})

    def form(self, path: str, fields: dict[str, str], proof: str | None = None) -> requests.Response:
        url = f"{self.base}/oauth/{path}"
        proof = self.key.proof(("POST", url), self.clock.now_ms(), nonce=self.nonce or None) if proof is None else proof
        headers = {"DPoP": proof} if proof else {}
        body = {"client_id": self.client_id} | fields
        answer = requests.post(url, data=body, headers=headers, timeout=TIMEOUT)
        self.nonce = answer.headers["DPoP-Nonce"]
        return answer

    def push(self, **changes: str) -> requests.Response:
        fields = {
            "response_type": "code",
            "redirect_uri": "http://127.0.0.1:4567/back",
            "scope": self.scope,
            "state": "the-state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "login_hint": "harbor.practice.test",
        }
        return self.form("par", fields | changes)

    def decide(self, request_uri: str, **clicked: str) -> requests.Response:
        asked = {"client_id": self.client_id, "request_uri": request_uri, **clicked}
        return requests.get(f"{self.base}/oauth/authorize", asked, allow_redirects=False, timeout=TIMEOUT)

    def code(self) -> str:
        self.push()
        pushed = self.push().json()["request_uri"]
        answer = self.decide(pushed, practice_decision="allow", practice_account=str(self.account_id))
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert (back["iss"], back["state"]) == ([self.base], ["the-state"])
        return back["code"][0]

    def redeem(self, code: str, **changes: str) -> requests.Response:
        fields = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
        return self.form("token", fields | {"redirect_uri": "http://127.0.0.1:4567/back"} | changes)

    def renew(self, token: str) -> requests.Response:
        return self.form("token", {"grant_type": "refresh_token", "refresh_token": token})

    def call(self, verb: str, nsid: str, token: str, proof: str | None = None, **more: Any) -> requests.Response:
        url = f"{self.base}/xrpc/{nsid}"
        if proof is None:
            proof = self.key.proof((verb, url), self.clock.now_ms(), token, nonce=self.nonce)
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof} | more.pop("headers", {})
        return requests.request(verb, url, headers=headers, timeout=TIMEOUT, **more)

    def create(self, token: str, did: str, call: str = "createRecord", **more: str) -> requests.Response:
        body = {"repo": did, "collection": "app.bsky.feed.post", "record": post_record(), **more}
        return self.call("POST", f"com.atproto.repo.{call}", token, json=body)


@pytest.fixture
def visitor(practice_server: PracticeServer, practice_clock: HeldClock) -> Visitor:
    return Visitor(practice_server, practice_clock)


def error(answer: requests.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"])


def test_everything_is_found_from_the_handle(visitor: Visitor) -> None:
    did = requests.get(
        f"{visitor.base}/appview/xrpc/com.atproto.identity.resolveHandle",
        {"handle": "harbor.practice.test"},
        timeout=TIMEOUT,
    ).json()["did"]
    document = requests.get(f"{visitor.base}/directory/{did}", timeout=TIMEOUT).json()
    assert document["alsoKnownAs"] == ["at://harbor.practice.test"]
    pds = document["service"][0]["serviceEndpoint"]
    resource = requests.get(f"{pds}/.well-known/oauth-protected-resource", timeout=TIMEOUT).json()
    issuer = resource["authorization_servers"][0]
    server = requests.get(f"{issuer}/.well-known/oauth-authorization-server", timeout=TIMEOUT).json()
    assert server["issuer"] == issuer
    assert server["require_pushed_authorization_requests"] is True
    assert requests.get(f"{visitor.base}/directory/did:plc:nobody", timeout=TIMEOUT).status_code == 404


def test_the_whole_way_to_a_post_and_back(visitor: Visitor) -> None:
    assert error(visitor.push(), 400) == "use_dpop_nonce"
    pushed = visitor.push()
    assert (pushed.status_code, pushed.json()["expires_in"]) == (201, 300)
    page = visitor.decide(pushed.json()["request_uri"])
    assert (page.status_code, "Harbor Clinic" in page.text, "transition:generic" in page.text) == (200, True, True)
    said = visitor.redeem(visitor.code()).json()
    assert (said["token_type"], said["scope"], said["expires_in"]) == ("DPoP", GENERIC, 3600)
    token, did = said["access_token"], said["sub"]
    created = visitor.create(token, did)
    assert created.status_code == 200, created.text
    assert created.headers["DPoP-Nonce"]
    assert visitor.call("GET", "com.atproto.server.getSession", token).json()["did"] == did
    kind = {"Content-Type": "image/jpeg"}
    uploaded = visitor.call("POST", "com.atproto.repo.uploadBlob", token, headers=kind, data=jpeg())
    assert uploaded.status_code == 200
    assert visitor.form("revoke", {"token": said["refresh_token"]}).status_code == 200
    assert error(visitor.create(token, did), 401) == "invalid_token"


def test_a_refresh_token_is_good_once_and_its_replay_ends_the_session(
    visitor: Visitor, practice_clock: HeldClock
) -> None:
    said = visitor.redeem(visitor.code()).json()
    practice_clock.advance(3600)
    assert error(visitor.create(said["access_token"], said["sub"]), 401) == "use_dpop_nonce"
    visitor.nonce = visitor.form("revoke", {"token": "x"}).headers["DPoP-Nonce"]
    assert error(visitor.create(said["access_token"], said["sub"]), 401) == "invalid_token"
    second = visitor.renew(said["refresh_token"]).json()
    assert visitor.create(second["access_token"], said["sub"]).status_code == 200
    assert error(visitor.renew(said["refresh_token"]), 400) == "invalid_grant"
    assert error(visitor.create(second["access_token"], said["sub"]), 401) == "invalid_token"
    assert error(visitor.renew(second["refresh_token"]), 400) == "invalid_grant"


def test_requests_that_are_not_pushed(visitor: Visitor) -> None:
    visitor.push()
    for change, reason in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"redirect_uri": "http://127.0.0.1/else"}, "invalid_request"),
        ({"redirect_uri": "https://clinic.example/back"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"scope": "transition:generic"}, "invalid_scope"),
        ({"scope": f"{GENERIC} transition:email"}, "invalid_scope"),
        ({"client_id": "http://localhost:80"}, "invalid_client_metadata"),
        ({"client_id": "http://localhost/app"}, "invalid_client_metadata"),
        ({"client_id": DOCUMENT_AT}, "invalid_client_metadata"),
        ({"client_id": "https://clinic.example/"}, "invalid_client_metadata"),
    ):
        assert error(visitor.push(**change), 400) == reason, change
    assert visitor.decide("urn:ietf:params:oauth:request_uri:req-0").status_code == 400


def test_a_request_is_answered_once_and_in_time(visitor: Visitor, practice_clock: HeldClock) -> None:
    visitor.push()
    pushed = visitor.push().json()["request_uri"]
    refused = visitor.decide(pushed, practice_decision="refuse")
    assert parse_qs(urlsplit(refused.headers["Location"]).query)["error"] == ["access_denied"]
    assert visitor.decide(pushed).status_code == 400
    late = visitor.push().json()["request_uri"]
    practice_clock.advance(300)
    assert visitor.decide(late).status_code == 400


@pytest.mark.parametrize("change", [{"code_verifier": "w" * 64}, {"redirect_uri": BACK}])
def test_a_code_only_serves_who_asked_for_it_and_is_used_up(visitor: Visitor, change: dict[str, str]) -> None:
    code = visitor.code()
    assert error(visitor.redeem(code, **change), 400) == "invalid_grant"
    assert error(visitor.redeem(code), 400) == "invalid_grant"
    assert error(visitor.redeem("unknown"), 400) == "invalid_grant"


def test_another_key_opens_nothing(visitor: Visitor) -> None:
    said = visitor.redeem(visitor.code()).json()
    visitor.key = ProofKey()
    assert error(visitor.create(said["access_token"], said["sub"]), 401) == "invalid_token"
    assert error(visitor.renew(said["refresh_token"]), 400) == "invalid_grant"


def test_proofs_that_prove_nothing(visitor: Visitor) -> None:
    said = visitor.redeem(visitor.code()).json()
    token, url, now = said["access_token"], f"{visitor.base}/xrpc/com.atproto.server.getSession", visitor.clock.now_ms()
    good = visitor.key.proof(("GET", url), now, token, nonce=visitor.nonce)
    assert visitor.call("GET", "com.atproto.server.getSession", token, good).status_code == 200
    plain = visitor.key.jwt({"typ": "JWT", "jwk": visitor.key.public}, {})
    forged = good.rpartition(".")[0] + "." + plain.rpartition(".")[2]
    bad = [good, "", "x.y", plain, forged]
    for change in (
        {"htm": "POST"},
        {"htu": f"{url}/more"},
        {"iat": now // 1000 - 600},
        {"jti": None},
        {"ath": "x"},
        {"iss": "me"},
    ):
        bad.append(visitor.key.proof(("GET", url), now, token, **{"nonce": visitor.nonce} | change))
    for proof in bad:
        answer = visitor.call("GET", "com.atproto.server.getSession", token, proof)
        assert error(answer, 401) == "invalid_dpop_proof", proof
        assert answer.headers["WWW-Authenticate"].startswith('DPoP error="invalid_dpop_proof"')
    old = visitor.key.proof(("GET", url), now, token, nonce="old")
    assert error(visitor.call("GET", "com.atproto.server.getSession", token, old), 401) == "use_dpop_nonce"


def test_fine_scopes_grant_only_their_part(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    scope = "atproto repo:app.bsky.feed.post?action=create blob:image/*"
    visitor = Visitor(practice_server, practice_clock, scope)
    said = visitor.redeem(visitor.code()).json()
    token, did = said["access_token"], said["sub"]
    assert visitor.create(token, did).status_code == 200
    assert error(visitor.create(token, did, "putRecord", rkey="3ke6kg3wk2222"), 403) == "ScopeMissingError"
    body = {"repo": did, "collection": "app.bsky.feed.post", "rkey": "3ke6kg3wk2222"}
    assert error(visitor.call("POST", "com.atproto.repo.deleteRecord", token, json=body), 403) == "ScopeMissingError"
    headers = {"Content-Type": "video/mp4"}
    clip = visitor.call("POST", "com.atproto.repo.uploadBlob", token, headers=headers, data=mp4())
    assert error(clip, 403) == "ScopeMissingError"


def test_a_revoked_application_gets_no_tokens(visitor: Visitor, practice_server: PracticeServer) -> None:
    said = visitor.redeem(visitor.code()).json()
    practice_server.store.set_switch(visitor.account_id, "revoked_app", requests=None)
    assert error(visitor.renew(said["refresh_token"]), 400) == "invalid_grant"
    assert visitor.create(said["access_token"], said["sub"]).status_code == 400


# a client with a metadata document of its own


@pytest.fixture
def confidential(tmp_path: Path, practice_clock: HeldClock) -> Iterator[tuple[Visitor, ProofKey, dict[str, Any]]]:
    signing = ProofKey()
    document = {
        "client_id": DOCUMENT_AT,
        "client_name": "Drumbeat",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": GENERIC,
        "redirect_uris": ["https://clinic.example/back"],
        "dpop_bound_access_tokens": True,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": {"keys": [signing.public | {"kid": "one"}]},
    }
    store = PracticeStore(tmp_path / "own.db", practice_clock)
    server = PracticeServer(
        store, fetch_media=lambda url: json.dumps(document).encode() if url == DOCUMENT_AT else None
    )
    visitor = Visitor(server, practice_clock)
    visitor.client_id = DOCUMENT_AT
    yield visitor, signing, document
    server.stop()


def assertion(visitor: Visitor, signing: ProofKey, **changes: Any) -> dict[str, str]:
    now = visitor.clock.now_ms() // 1000
    claims = {
        "iss": DOCUMENT_AT,
        "sub": DOCUMENT_AT,
        "aud": visitor.base,
        "iat": now,
        "exp": now + 60,
        "jti": str(id({})),
    }
    token = signing.jwt({"kid": "one"}, claims | {"jti": encoded(str(changes).encode()) + str(visitor.nonce)} | changes)
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}


def test_a_confidential_client_signs_for_itself(confidential: tuple[Visitor, ProofKey, dict[str, Any]]) -> None:
    visitor, signing, _ = confidential
    back = {"redirect_uri": "https://clinic.example/back"}
    visitor.push(**back, **assertion(visitor, signing))
    assert visitor.push(**back, **assertion(visitor, signing)).status_code == 201
    assert error(visitor.push(**back), 401) == "invalid_client"
    for change in ({"aud": "https://else.example"}, {"exp": 1}, {"iss": "x"}):
        assert error(visitor.push(**back, **assertion(visitor, signing, **change)), 401) == "invalid_client"
    assert error(visitor.push(**back, **assertion(visitor, ProofKey())), 401) == "invalid_client"


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "https://else.example/x"},
        {"dpop_bound_access_tokens": False},
        {"scope": "transition:generic"},
        {"redirect_uris": []},
        {"jwks": {"keys": []}},
        {"token_endpoint_auth_method": "client_secret_post"},
    ],
)
def test_metadata_that_is_not_accepted(
    confidential: tuple[Visitor, ProofKey, dict[str, Any]], change: dict[str, Any]
) -> None:
    visitor, signing, document = confidential
    document.update(change)
    assert error(visitor.push(**assertion(visitor, signing)), 400) == "invalid_client_metadata"
