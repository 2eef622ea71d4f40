"""The Threads API with a token of 60 days."""

from __future__ import annotations

from scheduler.domain.outcome import Forbidden, NotSent, Rejected, Throttled, Unauthorized, Unknown
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import LINK, NOW, SECRETS, Stage

ABLE = {"sign_in", "upload", "renewal"}
DAYS_60 = 60 * 86_400
SCOPES = (
    "threads_basic threads_content_publish threads_manage_replies threads_read_replies threads_manage_insights "
    "threads_delete"
)


def refusal(code: int, subcode: int = 0, status: int = 400, **more: object) -> Reply:
    """Return an error as Meta words it."""
    error = {"message": "No", "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A"}
    return Reply(status, {"error": error | more})


def stage() -> Stage:
    post = {
        "id": "1001",
        "permalink": "https://www.threads.net/@clinic/post/DQ1",
        "timestamp": "2026-11-22T16:00:01+0000",
        "media_type": "TEXT_POST",
        "text": f"How to return to running. {LINK}",
    }
    old = {**post, "id": "900", "timestamp": "2026-11-22T15:58:00+0000", "text": "Old"}
    names = ("views", "likes", "replies", "reposts", "quotes", "shares")
    insights = [{"name": name, "period": "lifetime", "values": [{"value": at}]} for at, name in enumerate(names)]
    limits = {"quota_usage": 4, "config": {"quota_total": 250, "quota_duration": 86_400}}
    server = FaultServer(
        [
            ("POST", "/oauth/access_token$", Reply(json={"access_token": SECRETS[1], "user_id": 42})),
            (
                "GET",
                "/access_token",
                Reply(json={"access_token": SECRETS[3], "token_type": "bearer", "expires_in": DAYS_60}),
            ),
            (
                "GET",
                "/refresh_access_token",
                Reply(json={"access_token": "hush-renewed", "token_type": "bearer", "expires_in": DAYS_60}),
            ),
            ("GET", r"/v1.0/me\?", Reply(json={"id": "42", "username": "clinic", "name": "The Clinic"})),
            ("GET", "/v1.0/debug_token", Reply(json={"data": {"is_valid": True, "scopes": SCOPES.split()}})),
            ("GET", "/v1.0/me/threads_publishing_limit", Reply(json={"data": [limits]})),
            ("POST", "/v1.0/42/threads$", Reply(json={"id": "17"})),
            ("GET", r"/v1.0/17\?fields=status", Reply(json={"id": "17", "status": "FINISHED"})),
            ("POST", "/v1.0/42/threads_publish$", Reply(json={"id": "1001"})),
            ("GET", r"/v1.0/1001\?fields=id", Reply(json=post)),
            ("GET", r"/v1.0/me/(threads|replies)\?", Reply(json={"data": [post, old], "paging": {}})),
            ("GET", "/v1.0/1001/insights", Reply(json={"data": insights})),
            ("DELETE", "/v1.0/1001$", Reply(json={"success": True, "deleted_id": "1001"})),
        ]
    )
    ends_at = str(NOW + DAYS_60 * 1000)
    return Stage(
        platform("threads"),
        server,
        credentials={
            "access_token": SECRETS[3],
            "user_id": "42",
            "scopes": SCOPES,
            "expires_at": ends_at,
            "renew_at": str(NOW + DAYS_60 * 800),
            "dies_at": ends_at,
        },
        remote_id="42",
        commit=("POST", "/threads_publish$"),
        signs_in=("threads", {"code": "c0de#_"}, {"redirect_uri": "https://clinic.example/admin/accounts/back"}),
        app={"client_id": "app", "client_secret": SECRETS[0]},
        who=("GET", r"/v1.0/me\?"),
        renewal=("GET", "/refresh_access_token"),
        upload=("POST", "/v1.0/42/threads$"),
        lookup=("GET", r"/v1.0/me/threads\?"),
        absent=Reply(json={"data": [old], "paging": {}}),
        removal=("DELETE", "/v1.0/1001$"),
        gone=refusal(24, 4279009),
        spent=refusal(190, 463, 401),
        refusal=refusal(190, 467, 401),
        answered="reply_to_id=1001",
        numbers={"views": 0, "likes": 1, "replies": 2, "reposts": 3, "quotes": 4, "shares": 5},
        faults={
            "expired": (refusal(190, 463, 401), Unauthorized),
            "expired, said with 400": (refusal(190, 463), Unauthorized),
            "session": (refusal(102), Unauthorized),
            "permission": (refusal(10, status=403), Forbidden),
            "role": (refusal(200, status=403), Forbidden),
            "spam": (refusal(100, 2207051), Forbidden),
            "restricted": (refusal(10, 4279013, 403), Forbidden),
            "too often": (refusal(4, status=403, is_transient=True), Throttled),
            "quota": (refusal(9, 2207042, 403), Throttled),
            "too long": (refusal(100, message="Param text must be at most 500 characters long."), Rejected),
            "passing, and nobody knows when": (refusal(2, status=400, is_transient=True), Unknown),
            "fault": (refusal(2, status=500, is_transient=True), Unknown),
            "not ready": (refusal(24, 4279009), NotSent),
        },
    )
