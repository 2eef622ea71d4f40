"""A Mastodon server, signed in on its own pages; the form with an access token beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import LINK, SECRETS, Stage

INSTANCE: Mapping[str, Any] = {
    "version": "4.6.4",
    "api_versions": {"mastodon": 9},
    "configuration": {
        "statuses": {"max_characters": 600, "max_media_attachments": 4, "characters_reserved_per_url": 23},
        "media_attachments": {
            "supported_mime_types": ["image/jpeg", "image/png", "video/mp4"],
            "image_size_limit": 1000,
            "image_matrix_limit": 2_000_000,
            "video_size_limit": 5000,
            "description_limit": 100,
        },
    },
}
ABLE = {"form", "sign_in", "upload"}


def stage() -> Stage:
    account = {"id": "42", "acct": "clinic", "display_name": "The Clinic", "url": "https://m.example/@clinic"}
    status = {
        "id": "1001",
        "url": "https://m.example/@clinic/1001",
        "created_at": "2026-11-22T16:00:01.000Z",
        "content": f'<p>How to return to running. <a href="{LINK}">clinic.example</a></p>',
        "favourites_count": 3,
        "reblogs_count": 2,
        "replies_count": 1,
        "quotes_count": 0,
        "media_attachments": [{"id": "77"}],
    }
    old = {**status, "id": "900", "created_at": "2026-11-01T00:00:00.000Z", "content": "<p>Old</p>"}
    server = FaultServer(
        [
            ("GET", "verify_credentials", Reply(json={**account, "avatar": "https://m.example/a.png"})),
            ("GET", "/api/v2/instance", Reply(json=INSTANCE)),
            ("GET", "oauth-authorization-server", Reply(404)),
            ("POST", "/api/v1/apps", Reply(json={"client_id": "cid-1", "client_secret": SECRETS[0]})),
            ("POST", "/oauth/token", Reply(json={"access_token": SECRETS[3], "scope": "write:statuses"})),
            ("POST", "/api/v2/media", Reply(json={"id": "77", "url": "https://m.example/77.jpg"})),
            ("POST", "/api/v1/statuses$", Reply(json=status)),
            ("GET", "/api/v1/statuses/1001$", Reply(json=status)),
            ("GET", "/api/v1/accounts/42/statuses", Reply(json=[status, old])),
            ("PUT", "/api/v1/statuses/1001$", Reply(json=status)),
            ("DELETE", "/api/v1/statuses/1001$", Reply(json=status)),
        ]
    )
    form = {"instance": server.origin, "access_token": SECRETS[3]}
    app = {
        "instance": server.origin,
        "token_url": f"{server.origin}/oauth/token",
        "scopes": "write:statuses",
        "client_id": "cid-1",
        "client_secret": SECRETS[0],
    }
    kept = {"server": json.dumps(app), "code_verifier": "v", "redirect_uri": "https://clinic.example/back"}
    return Stage(
        platform("mastodon"),
        server,
        credentials={**app, "access_token": SECRETS[3]},
        remote_id=f"42@{server.origin.removeprefix('http://')}",
        form=form,
        signs_in=("oauth", {"code": "the-code", "state": "the-state"}, kept),
        address="instance",
        who=("GET", "verify_credentials"),
        removal=("DELETE", "/statuses/"),
        numbers={"likes": 3, "reposts": 2, "replies": 1, "quotes": 0},
        same_mark="idempotency-key",
        commit=("POST", "/api/v1/statuses$"),
        upload=("POST", "/api/v2/media"),
        lookup=("GET", "/api/v1/accounts/42/statuses"),
        absent=Reply(json=[old]),
        answered='"in_reply_to_id": "1001"',
    )
