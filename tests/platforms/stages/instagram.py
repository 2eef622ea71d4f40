"""A professional account on Instagram, signed in with Instagram."""

from __future__ import annotations

from dataclasses import replace

from scheduler.domain.outcome import Forbidden, NotSent, Rejected, Throttled, Unauthorized, Unknown
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import NOW, PHOTOS, SECRETS, Stage
from tests.platforms.stages.facebook import error

ABLE = {"sign_in", "upload", "renewal"}
PERMALINK = "https://www.instagram.com/p/abc/"
LIFE_MS = 5_184_000_000
RIGHTS = "instagram_business_basic instagram_business_content_publish"


def stage() -> Stage:
    made = {"id": "1001", "permalink": PERMALINK, "timestamp": "2026-11-22T16:00:05+0000", "caption": PHOTOS.text}
    long = {"access_token": SECRETS[2], "token_type": "bearer", "expires_in": 5_184_000}
    numbers = {"likes": 3, "comments": 1, "shares": 2, "saved": 4, "views": 40, "reach": 30}
    insights = {"data": [{"name": name, "values": [{"value": value}]} for name, value in numbers.items()]}
    first = {"access_token": SECRETS[1], "user_id": 42, "permissions": RIGHTS.split()}
    server = FaultServer(
        [
            ("POST", "/oauth/access_token", Reply(json={"data": [first]})),
            ("GET", "/refresh_access_token", Reply(json={**long, "access_token": SECRETS[2] + "2"})),
            ("GET", "/access_token", Reply(json=long)),
            ("GET", r"/me\?", Reply(json={"id": "7", "user_id": "42", "username": "clinic", "name": "The Clinic"})),
            (
                "GET",
                "/content_publishing_limit",
                Reply(json={"data": [{"quota_usage": 1, "config": {"quota_total": 50}}]}),
            ),
            ("POST", "/42/media$", Reply(json={"id": "77"})),
            ("GET", r"/77\?", Reply(json={"status_code": "FINISHED", "status": "Finished"})),
            ("POST", "/42/media_publish", Reply(json={"id": "1001"})),
            ("GET", r"/1001\?", Reply(json=made)),
            ("GET", r"/42/media\?", Reply(json={"data": [made]})),
            ("POST", "/1001/comments", Reply(json={"id": "1002"})),
            ("GET", "/1001/insights", Reply(json=insights)),
        ]
    )
    return Stage(
        platform("instagram"),
        server,
        credentials={
            "access_token": SECRETS[2],
            "user_id": "42",
            "login": "instagram",
            "scopes": RIGHTS,
            "expires_at": str(NOW + LIFE_MS),
            "renew_at": str(NOW + LIFE_MS * 4 // 5),
        },
        remote_id="42",
        app={"client_id": "an-app", "client_secret": SECRETS[0]},
        signs_in=("instagram", {"code": "a-code#_"}, {"redirect_uri": "https://clinic.example/back"}),
        who=("GET", r"/me\?"),
        renewal=("GET", "/refresh_access_token"),
        spent=error(190, 463),
        commit=("POST", "/42/media_publish"),
        upload=("POST", "/42/media$"),
        lookup=("GET", r"/42/media\?"),
        absent=Reply(json={"data": [{**made, "caption": "Old"}]}),
        answered="1001",
        numbers={"likes": 3, "replies": 1, "shares": 2, "saves": 4, "views": 40, "reach": 30},
        text=PHOTOS,
        rich=replace(PHOTOS, media=(PHOTOS.media[0], replace(PHOTOS.media[0], key="other"))),
        faults={
            "expired": (error(190, 463), Unauthorized),
            "right missing": (error(10), Forbidden),
            "not ready": (error(9007, 2_207_027), NotSent),
            "their trouble": (error(-1, 2_207_001), Unknown),
            "quota": (error(9, 2_207_042), Throttled),
            "too many calls": (error(80_002), Throttled),
            "spam": (error(4, 2_207_051), Forbidden),
            "restricted": (error(25, 2_207_050), Forbidden),
            "ratio": (error(36_003, 2_207_009), Rejected),
            "passing": (error(24, 2_207_008), NotSent),
            "never seen": (error(98_765), Unknown),
        },
    )
