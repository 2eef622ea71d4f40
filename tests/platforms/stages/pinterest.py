"""The Pinterest API with an account that has two boards."""

from __future__ import annotations

from dataclasses import replace

from scheduler.domain.outcome import Forbidden, Misconfigured, Rejected, Unauthorized
from scheduler.domain.teaser import Payload
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import LINK, NOW, PHOTOS, SECRETS, TEXT, VIDEO, Stage

ABLE = {"sign_in", "upload", "renewal"}
DAYS_30, DAYS_60 = 30 * 86_400, 60 * 86_400
SCOPES = "boards:read boards:write pins:read pins:write user_accounts:read"
FILM = replace(VIDEO, duration_ms=5000)
BOARDS = [{"id": "70", "name": "Knees", "privacy": "PUBLIC"}, {"id": "71", "name": "Hips", "privacy": "PUBLIC"}]


def refusal(status: int, code: int) -> Reply:
    """Return an error as Pinterest words it."""
    return Reply(status, {"code": code, "message": "No"})


def tokens(access: str, refresh: str) -> Reply:
    """Return an answer of the token endpoint."""
    said = {"access_token": access, "token_type": "bearer", "expires_in": DAYS_30, "scope": SCOPES}
    return Reply(json=said | {"refresh_token": refresh, "refresh_token_expires_in": DAYS_60})


def stage() -> Stage:
    pin = {"id": "1001", "created_at": "2026-11-22T16:00:01", "link": LINK, "title": "Running again"}
    old = {**pin, "id": "900", "created_at": "2026-11-01T00:00:00", "link": "https://clinic.example/x/other1"}
    analytics = {
        "summary_metrics": {"IMPRESSION": 90, "OUTBOUND_CLICK": 4, "SAVE": 3},
        "lifetime_metrics": {"TOTAL_COMMENTS": 2, "TOTAL_REACTIONS": 1},
    }
    account = {"id": "42", "username": "clinic", "business_name": "The Clinic", "account_type": "BUSINESS"}
    server = FaultServer(
        [
            ("POST", "/v5/oauth/token$", tokens(SECRETS[3], SECRETS[2])),
            ("GET", "/v5/user_account$", Reply(json=account)),
            ("GET", r"/v5/boards\?", Reply(json={"items": BOARDS, "bookmark": None})),
            ("POST", "/bucket$", Reply(204)),
            ("GET", "/v5/media/55$", Reply(json={"media_id": "55", "media_type": "video", "status": "succeeded"})),
            ("POST", "/v5/pins$", Reply(201, pin)),
            ("GET", "/v5/boards/70/pins", Reply(json={"items": [pin, old], "bookmark": None})),
            ("GET", "/v5/pins/1001/analytics", Reply(json={"all": analytics})),
            ("PATCH", "/v5/pins/1001$", Reply(json=pin)),
            ("DELETE", "/v5/pins/1001$", Reply(204)),
        ]
    )
    registered = {"media_id": "55", "media_type": "video", "upload_url": f"{server.origin}/bucket"}
    form = {"upload_parameters": {"key": "uploads/55.mp4", "policy": "p", "Content-Type": "multipart/form-data"}}
    server.routes.append(("POST", "/v5/media$", Reply(201, registered | form)))
    return Stage(
        platform("pinterest"),
        server,
        credentials={
            "access_token": SECRETS[1],
            "refresh_token": SECRETS[2],
            "scopes": SCOPES,
            "expires_at": str(NOW + DAYS_30 * 1000),
            "renew_at": str(NOW + DAYS_30 * 800),
            "dies_at": str(NOW + DAYS_60 * 1000),
            "board": "70",
        },
        remote_id="42",
        commit=("POST", "/v5/pins$"),
        signs_in=("pinterest", {"code": "c0de"}, {"redirect_uri": "https://clinic.example/admin/accounts/back"}),
        app={"client_id": "app", "client_secret": SECRETS[0]},
        who=("GET", "/v5/user_account$"),
        renewal=("POST", "/v5/oauth/token$"),
        upload=("POST", "/v5/media$"),
        lookup=("GET", "/v5/boards/70/pins"),
        absent=Reply(json={"items": [old], "bookmark": None}),
        removal=("DELETE", "/v5/pins/1001$"),
        gone=refusal(404, 50),
        spent=refusal(400, 283),
        refusal=refusal(401, 2),
        numbers={"impressions": 90, "clicks": 4, "saves": 3, "replies": 2, "likes": 1},
        text=PHOTOS,
        rich=Payload(TEXT.text, TEXT.link, (FILM,)),
        config={"web": "https://www.pinterest.com"},
        faults={
            "token": (refusal(401, 2), Unauthorized),
            "scope": (refusal(401, 3), Forbidden),
            "trial": (refusal(403, 29), Misconfigured),
            "not allowed": (refusal(403, 3), Forbidden),
            "another refusal": (refusal(403, 7), Forbidden),
            "no board": (refusal(404, 40), Rejected),
            "content": (refusal(400, 1), Rejected),
        },
    )
