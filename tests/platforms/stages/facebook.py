"""A Page on Facebook, signed in with Facebook."""

from __future__ import annotations

from typing import Any

from scheduler.domain.outcome import Duplicate, Forbidden, Misconfigured, Rejected, Throttled, Unauthorized, Unknown
from scheduler.platforms.meta_login import DATA_ACCESS_MS
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import LINK, NOW, SECRETS, Stage

ABLE = {"sign_in", "upload"}
POST_ID = "55_1001"
PERMALINK = "https://www.facebook.com/55/posts/1001"


def error(code: int, subcode: int = 0, **more: object) -> Reply:
    """Return a refusal of the Graph API."""
    said = {"message": "No", "type": "OAuthException", "code": code, "error_subcode": subcode, **more}
    return Reply(400, {"error": said})


def stage() -> Stage:
    page = {"id": "55", "name": "The Clinic", "username": "clinic", "link": "https://www.facebook.com/clinic"}
    listed = {**page, "tasks": ["CREATE_CONTENT"], "access_token": SECRETS[3]}
    post = {"id": POST_ID, "permalink_url": PERMALINK}
    made: dict[str, Any] = {**post, "message": "How to return to running.", "created_time": "2026-11-22T16:00:05+0000"}
    made["attachments"] = {"data": [{"unshimmed_url": LINK}]}
    counts = {"shares": {"count": 2}, "comments": {"summary": {"total_count": 1}}}
    insights = {"data": [{"name": "post_media_view", "values": [{"value": 40}]}]}
    granted = [
        {"permission": scope, "status": "granted"}
        for scope in ("pages_show_list", "pages_read_engagement", "pages_manage_posts")
    ]
    server = FaultServer(
        [
            ("POST", "oauth/access_token", Reply(json={"access_token": SECRETS[1], "expires_in": 5_184_000})),
            ("GET", "me/permissions", Reply(json={"data": granted})),
            ("GET", "me/accounts", Reply(json={"data": [listed]})),
            ("GET", r"/55\?", Reply(json=page)),
            ("POST", "/55/photos", Reply(json={"id": "77"})),
            ("POST", "/55/feed", Reply(json=post)),
            ("GET", "/55/published_posts", Reply(json={"data": [made]})),
            ("POST", f"/{POST_ID}/comments", Reply(json={"id": "1001_3"})),
            ("POST", f"/{POST_ID}$", Reply(json={"success": True})),
            ("GET", f"/{POST_ID}/insights", Reply(json=insights)),
            ("GET", rf"/{POST_ID}\?", Reply(json={**counts, "reactions": {"summary": {"total_count": 3}}})),
            ("DELETE", f"/{POST_ID}", Reply(json={"success": True})),
        ]
    )
    rights = "pages_manage_posts pages_read_engagement pages_show_list"
    return Stage(
        platform("facebook"),
        server,
        credentials={
            "access_token": SECRETS[3],
            "page_id": "55",
            "scopes": rights,
            "dies_at": str(NOW + DATA_ACCESS_MS),
        },
        remote_id="55",
        app={"client_id": "an-app", "client_secret": SECRETS[0]},
        signs_in=("page", {"code": "a-code"}, {"redirect_uri": "https://clinic.example/back"}),
        who=("GET", "me/accounts"),
        commit=("POST", "/55/feed"),
        upload=("POST", "/55/photos"),
        lookup=("GET", "/55/published_posts"),
        absent=Reply(json={"data": [{**made, "attachments": {}, "message": "Old"}]}),
        removal=("DELETE", f"/{POST_ID}"),
        gone=error(100, 33),
        answered=POST_ID,
        numbers={"likes": 3, "replies": 1, "shares": 2, "views": 40},
        faults={
            "expired": (error(190, 463), Unauthorized),
            "right missing": (error(200), Forbidden),
            "no such page": (error(100, 33), Forbidden),
            "bad parameter": (error(100, error_user_msg="The link is wrong."), Rejected),
            "link refused": (error(1_609_005), Rejected),
            "too many calls": (error(80_001), Throttled),
            "same again": (error(506), Duplicate),
            "blocked": (error(368), Forbidden),
            "wrong secret": (error(104), Misconfigured),
            "their trouble": (error(2, is_transient=True), Unknown),
            "passing": (error(100, is_transient=True), Unknown),
            "never seen": (error(98_765), Unknown),
            "200 with an error": (Reply(200, {"error": {"code": 506, "message": "Duplicate"}}), Duplicate),
        },
    )
