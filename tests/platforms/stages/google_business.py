"""Google Business Profile, signed in with Google."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scheduler.domain.outcome import Duplicate, Forbidden, Misconfigured, Rejected, Throttled
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import LINK, NOW, PHOTO, SECRETS, Stage

ABLE = {"sign_in", "renewal"}
SCOPE = "https://www.googleapis.com/auth/business.manage"
PLACE = "accounts/1/locations/2"
POSTS = f"/v4/{PLACE}/localPosts"
LOCATION: dict[str, Any] = {
    "name": "locations/2",
    "title": "The Clinic",
    "storefrontAddress": {"addressLines": ["5 Harbor Street"], "locality": "Bristol"},
    "metadata": {"hasVoiceOfMerchant": True, "mapsUri": "https://maps.google.com/maps?cid=2"},
}
CARD = LinkCard(LINK, "Running again", "Slowly")
TEXT = Payload("How to return to running.", CARD)
INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def error(http: int, status: str, reason: str = "", **metadata: str) -> Reply:
    """Return a refusal as Google writes it."""
    details = [{"@type": INFO, "reason": reason, "metadata": metadata}] if reason else []
    return Reply(http, {"error": {"code": http, "message": "No.", "status": status, "details": details}}, echo=False)


def stage() -> Stage:
    tokens = {"access_token": SECRETS[1], "expires_in": 3599, "scope": SCOPE, "token_type": "Bearer"}
    post = {
        "name": f"{PLACE}/localPosts/77",
        "state": "LIVE",
        "topicType": "STANDARD",
        "summary": TEXT.text,
        "callToAction": {"actionType": "LEARN_MORE", "url": LINK},
        "createTime": "2026-11-22T16:00:01Z",
        "searchUrl": "https://local.google.com/place?id=2&lpsid=77",
    }
    old = {**post, "name": f"{PLACE}/localPosts/5", "createTime": "2026-11-01T00:00:00Z", "callToAction": {}}
    unverified = {**LOCATION, "name": "locations/3", "metadata": {}}
    server = FaultServer(
        [
            ("POST", "/token$", _tokens(tokens)),
            ("GET", "/v1/accounts\\?", Reply(json={"accounts": [{"name": "accounts/1"}]})),
            ("GET", "/v1/accounts/1/locations", Reply(json={"locations": [unverified, LOCATION]})),
            ("POST", POSTS + "$", Reply(json={**post, "state": "PROCESSING"})),
            ("GET", f"{POSTS}/77$", Reply(json=post)),
            ("PATCH", f"{POSTS}/77\\?", Reply(json=post)),
            ("GET", POSTS + "\\?", Reply(json={"localPosts": [post, old]})),
            ("DELETE", f"{POSTS}/77$", Reply(json={})),
        ]
    )
    kept = {"access_token": SECRETS[1], "refresh_token": SECRETS[2], "scopes": SCOPE}
    times = {"expires_at": str(NOW + 3_599_000), "renew_at": str(NOW + 3_599_000 - 719_800)}
    return Stage(
        platform("google_business"),
        server,
        credentials={**kept, **times, "account": "accounts/1", "location": "locations/2"},
        remote_id=PLACE,
        commit=("POST", POSTS + "$"),
        signs_in=(
            "google",
            {"code": "the-code"},
            {"redirect_uri": "https://clinic.example/back", "code_verifier": "v" * 43},
        ),
        app={"client_id": "id-1", "client_secret": SECRETS[0]},
        who=("GET", "/v1/accounts"),
        renewal=("POST", "/token$"),
        lookup=("GET", POSTS + "\\?"),
        absent=Reply(json={"localPosts": [old]}),
        removal=("DELETE", POSTS),
        poll=("GET", f"{POSTS}/77$"),
        text=TEXT,
        rich=replace(TEXT, media=(replace(PHOTO, bytes=90_000),)),
        faults={
            "not approved": (
                error(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit_value="0"),
                Misconfigured,
            ),
            "too many": (error(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit_value="300"), Throttled),
            "switched off": (error(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), Misconfigured),
            "unticked": (error(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), Forbidden),
            "no manager": (error(403, "PERMISSION_DENIED"), Forbidden),
            "no such location": (error(404, "NOT_FOUND"), Forbidden),
            "invalid": (error(400, "INVALID_ARGUMENT"), Rejected),
            "not eligible": (error(400, "FAILED_PRECONDITION"), Rejected),
            "there already": (error(409, "ALREADY_EXISTS"), Duplicate),
            "rejected at once": (Reply(json={**post, "state": "REJECTED"}), Rejected),
        },
    )


def _tokens(tokens: dict[str, Any]) -> Any:
    """Answer a code with a refresh token, a refresh token with a new access token alone."""

    def answer(call: Any) -> Reply:
        if b"authorization_code" in call.body:
            return Reply(json={**tokens, "refresh_token": SECRETS[2]})
        return Reply(json={**tokens, "access_token": SECRETS[1] + "2"})

    return answer
