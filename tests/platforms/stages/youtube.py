"""A YouTube channel, signed in with Google."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scheduler.domain.outcome import Forbidden, Misconfigured, NotSent, Outcome, Rejected, Throttled, Unauthorized
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.connectors.youtube.connector import SCOPES
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import Answering, Call, FaultServer, Reply
from tests.platforms.stage import LINK, NOW, PHOTO, SECRETS, VIDEO, Stage

ABLE = {"sign_in", "renewal", "upload"}
EXPECTS: dict[str, type[Outcome] | None] = {"410": Rejected}
VIDEO_ID = "dQw4w9WgXcQ"
UPLOADS = "UUabc"
TEXT = Payload("How to return to running.", LinkCard(LINK, "Running again", "Slowly"), (VIDEO,))
DESCRIPTION = f"How to return to running.\n\n{LINK}"
VIDEO_JSON: dict[str, Any] = {
    "id": VIDEO_ID,
    "snippet": {
        "title": "Running again",
        "description": DESCRIPTION,
        "publishedAt": "2026-11-22T16:00:01Z",
        "categoryId": "22",
        "tags": ["knee"],
    },
    "status": {"uploadStatus": "processed", "privacyStatus": "public"},
    "statistics": {"viewCount": "120", "likeCount": "7", "commentCount": "2", "favoriteCount": "0"},
}
ITEM: dict[str, Any] = {
    "snippet": {name: VIDEO_JSON["snippet"][name] for name in ("title", "description", "publishedAt")},
    "contentDetails": {"videoId": VIDEO_ID},
}
OLD: dict[str, Any] = {
    "snippet": {"title": "Old", "description": LINK, "publishedAt": "2026-10-01T00:00:00Z"},
    "contentDetails": {"videoId": "aaaaaaaaaaa"},
}


def error(http: int, reason: str) -> Reply:
    """Return a refusal as YouTube writes it."""
    one = {"message": "No.", "domain": "youtube.video", "reason": reason}
    status = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}.get(http)
    return Reply(http, {"error": {"code": http, "message": "No.", "errors": [one], "status": status}})


def stage() -> Stage:
    channel = {
        "id": "UCabc",
        "snippet": {
            "title": "The Clinic",
            "customUrl": "@clinic",
            "thumbnails": {"default": {"url": "https://a/b.jpg"}},
        },
        "contentDetails": {"relatedPlaylists": {"uploads": UPLOADS}},
        "status": {"longUploadsStatus": "allowed"},
    }
    categories = [{"id": "22", "snippet": {"title": "People & Blogs", "assignable": True}}]
    categories += [{"id": "18", "snippet": {"title": "Short Movies", "assignable": False}}]
    comment = {"snippet": {"topLevelComment": {"id": "Ugx" + "a" * 20}}}
    uploaded = {**VIDEO_JSON, "status": {"uploadStatus": "uploaded", "privacyStatus": "public"}}
    server = FaultServer(
        [
            ("POST", "/token$", _tokens),
            ("GET", "/channels\\?", Reply(json={"items": [channel]})),
            ("GET", "/videoCategories\\?", Reply(json={"items": categories})),
            ("PUT", "/youtube/v3/videos\\?upload_id=", Reply(json=uploaded)),
            ("POST", "/thumbnails/set", Reply(json={"items": []})),
            ("GET", "/youtube/v3/videos\\?", Reply(json={"items": [VIDEO_JSON]})),
            ("GET", "/playlists\\?", Reply(json={"items": [{"id": "PL1", "snippet": {"title": "Knees"}}]})),
            ("POST", "/playlistItems\\?", Reply(json={"id": "x"})),
            ("GET", "/playlistItems\\?", Reply(json={"items": [ITEM, OLD]})),
            ("POST", "/commentThreads\\?", Reply(json=comment)),
            ("DELETE", "/youtube/v3/(videos|comments)\\?id=", Reply(204)),
            ("PUT", "/youtube/v3/videos\\?part=snippet", Reply(json=VIDEO_JSON)),
        ]
    )
    session = {"Location": f"{server.origin}/youtube/v3/videos?upload_id={SECRETS[3]}"}
    server.routes.insert(3, ("POST", "/youtube/v3/videos\\?uploadType=resumable", Reply(headers=session)))
    times = {"expires_at": str(NOW + 3_599_000), "renew_at": str(NOW + 3_599_000 - 719_800)}
    kept = {"access_token": SECRETS[1], "refresh_token": SECRETS[2], "scopes": " ".join(SCOPES)}
    return Stage(
        platform("youtube"),
        server,
        credentials={**kept, **times, "channel": "UCabc"},
        remote_id="UCabc",
        commit=("PUT", "/youtube/v3/videos\\?upload_id="),
        signs_in=(
            "google",
            {"code": "the-code"},
            {"redirect_uri": "https://clinic.example/b", "code_verifier": "v" * 43},
        ),
        app={"client_id": "id-1", "client_secret": SECRETS[0]},
        who=("GET", "/channels\\?"),
        renewal=("POST", "/token$"),
        upload=("POST", "/youtube/v3/videos\\?uploadType=resumable"),
        lookup=("GET", "/playlistItems\\?"),
        absent=Reply(json={"items": [OLD]}),
        removal=("DELETE", "/youtube/v3/videos"),
        gone=error(404, "videoNotFound"),
        poll=("GET", "/youtube/v3/videos\\?"),
        answered=VIDEO_ID,
        numbers={"views": 120, "likes": 7, "replies": 2},
        text=TEXT,
        rich=replace(TEXT, media=(VIDEO, PHOTO)),
        limits={"uploads": UPLOADS},
        config={"web": "https://www.youtube.com"},
        faults=_faults(uploaded),
    )


def _faults(uploaded: dict[str, Any]) -> dict[str, tuple[Answering, type[Outcome]]]:
    def ended(status: dict[str, str]) -> Reply:
        return Reply(json={**uploaded, "status": status})

    return {
        "the day is spent": (error(403, "quotaExceeded"), Throttled),
        "the channel's day is spent": (error(400, "uploadLimitExceeded"), Throttled),
        "too fast": (error(403, "rateLimitExceeded"), Throttled),
        "no channel": (error(401, "youtubeSignupRequired"), Forbidden),
        "suspended": (error(403, "channelSuspended"), Forbidden),
        "unticked": (error(403, "insufficientPermissions"), Forbidden),
        "switched off": (error(403, "accessNotConfigured"), Misconfigured),
        "not accepted": (error(401, "authError"), Unauthorized),
        "bad title": (error(400, "invalidTitle"), Rejected),
        "session gone": (error(404, "notFound"), Rejected),
        "not all of it": (Reply(308), NotSent),
        "failed": (ended({"uploadStatus": "failed", "failureReason": "codec"}), Rejected),
        "same file": (ended({"uploadStatus": "rejected", "rejectionReason": "duplicate"}), Rejected),
        "deleted": (ended({"uploadStatus": "deleted"}), Rejected),
    }


def _tokens(call: Call) -> Reply:
    """Answer a code with a refresh token, a refresh token with a new access token alone."""
    said = {"access_token": SECRETS[1], "expires_in": 3599, "scope": " ".join(SCOPES), "token_type": "Bearer"}
    if b"authorization_code" in call.body:
        return Reply(json={**said, "refresh_token": SECRETS[2]})
    return Reply(json={**said, "access_token": SECRETS[1] + "2"})
