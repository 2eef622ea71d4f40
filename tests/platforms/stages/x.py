"""X with a signed-in account."""

from __future__ import annotations

from typing import Any

from scheduler.domain.outcome import Duplicate, Forbidden, Misconfigured, Rejected, Throttled, Unauthorized
from scheduler.platforms.connectors.x.search import SNOWFLAKE_EPOCH_MS
from scheduler.platforms.connectors.x.server import DUPLICATE
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import Call, FaultServer, Reply
from tests.platforms.stage import LINK, NOW, SECRETS, Stage

ABLE = {"sign_in", "upload", "renewal"}
EXPECTS: dict[str, Any] = {}
POST_ID = str((NOW + 1000 - SNOWFLAKE_EPOCH_MS) << 22)
PROBLEM = "https://api.twitter.com/2/problems/"


def post(**changes: Any) -> dict[str, Any]:
    """Return our post as X gives it back: with a short link of its own."""
    known = {
        "id": POST_ID,
        "text": "How to return to running. https://t.co/abc",
        "created_at": "2026-11-22T16:00:01.000Z",
        "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": LINK, "start": 26, "end": 42}]},
        "edit_history_tweet_ids": [""],
    }
    return known | changes


def problem(status: int, kind: str, detail: str = "") -> Reply:
    """Return a refusal in X's form."""
    said = {"title": "Refused", "detail": detail, "type": kind if kind == "about:blank" else PROBLEM + kind}
    return Reply(status, {**said, "status": status})


def created(call: Call) -> Reply:
    """Return the answer to a new post; one that answers another gets an id of its own."""
    new_id = str(int(POST_ID) + 1) if "reply" in call.json else POST_ID
    return Reply(201, {"data": {"id": new_id, "text": "…", "edit_history_tweet_ids": [""]}})


def stage() -> Stage:
    user = {"id": "42", "name": "The Clinic", "username": "clinic", "subscription_type": "None"}
    numbers = {"like_count": 3, "retweet_count": 2, "reply_count": 1, "quote_count": 0, "bookmark_count": 4}
    counted = post(public_metrics={**numbers, "impression_count": 50})
    token = {"token_type": "bearer", "expires_in": 7200, "scope": "tweet.read tweet.write"}
    server = FaultServer(
        [
            ("GET", "/2/users/me", Reply(json={"data": user})),
            ("POST", "/2/media/upload$", Reply(json={"data": {"id": "7001", "media_key": "3_7001"}})),
            ("POST", "/2/media/metadata$", Reply(json={"data": {"id": "7001"}})),
            ("POST", "/2/tweets$", created),
            ("GET", "/2/users/42/tweets", Reply(json={"data": [post()], "meta": {"result_count": 1}})),
            ("GET", "/2/tweets", Reply(json={"data": [counted]})),
            ("DELETE", "/2/tweets/", Reply(json={"data": {"deleted": True}})),
            (
                "POST",
                "/2/oauth2/token",
                Reply(json={**token, "access_token": "new-access", "refresh_token": "new-refresh"}),
            ),
        ]
    )
    duplicate = problem(403, "about:blank", DUPLICATE)
    reset = {"x-rate-limit-reset": str((NOW + 90_000) // 1000)}
    return Stage(
        platform("x"),
        server,
        credentials={
            "access_token": SECRETS[1],
            "refresh_token": SECRETS[2],
            "scopes": "tweet.read tweet.write",
            "expires_at": str(NOW + 7_200_000),
            "renew_at": str(NOW + 5_760_000),
        },
        remote_id="42",
        signs_in=("oauth", {"code": "the-code"}, {"code_verifier": "v" * 64, "redirect_uri": "https://c.example/b"}),
        app={"client_id": "drumbeat", "client_secret": SECRETS[3]},
        who=("GET", "/2/users/me"),
        renewal=("POST", "/2/oauth2/token"),
        spent=Reply(400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}),
        commit=("POST", "/2/tweets$"),
        upload=("POST", "/2/media/upload$"),
        lookup=("GET", "/2/users/42/tweets"),
        absent=Reply(json={"meta": {"result_count": 0}}),
        removal=("DELETE", "/2/tweets/"),
        gone=problem(404, "resource-not-found"),
        answered=POST_ID,
        numbers={"likes": 3, "reposts": 2, "replies": 1, "quotes": 0, "saves": 4, "impressions": 50},
        config={"web": "https://x.com"},
        faults={
            "the same text": (duplicate, Duplicate),
            "the same text, older form": (Reply(403, {"errors": [{"code": 187, "message": "Status"}]}), Duplicate),
            "no credits": (Reply(402, {"title": "CreditsDepleted", "detail": "No credits"}), Misconfigured),
            "plan used up": (problem(429, "usage-capped"), Misconfigured),
            "not enrolled": (problem(403, "client-not-enrolled"), Misconfigured),
            "not permitted": (problem(403, "not-authorized-for-resource"), Forbidden),
            "locked": (problem(403, "about:blank", "This account is temporarily locked."), Forbidden),
            "other authentication": (problem(403, "unsupported-authentication"), Unauthorized),
            "rate limit": (Reply(429, {"title": "Too Many Requests"}, headers=reset), Throttled),
            "bad media": (problem(400, "invalid-request", "Your media IDs are invalid."), Rejected),
        },
    )
