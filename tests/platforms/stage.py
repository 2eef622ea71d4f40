"""What a connector is tried on: a held clock, a session, and for every connector a server that behaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Credentials, Mark, Platform, Session
from scheduler.platforms.connectors.bluesky.connector import record_key
from scheduler.platforms.http import Http
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import Answering, Call, FaultServer, Hang, Reply

NOW = 1_795_363_200_000  # 2026-11-22T16:00:00Z
MARK = Mark("6f1c9a52-6a0e-4a55-9a43-3a6f5d0c2b11", NOW, "k7Qx2m")
LINK = "https://clinic.example/x/k7Qx2m"
PHOTO = MediaItem("photo", "image/jpeg", 1200, 800, 9, alt="A knee brace on a bench")
VIDEO = MediaItem("video", "video/mp4", 640, 360, 9, alt="An exercise", duration_ms=4000)
THUMB = MediaItem("thumb", "image/jpeg", 1200, 630, 9, alt="")
TEXT = Payload(f"How to return to running. {LINK}", LinkCard(LINK, "Running again", "Slowly", THUMB))
PHOTOS = Payload(f"How to return to running. {LINK}", LinkCard(LINK, "Running again"), (PHOTO,))
DID = "did:plc:abcdefghijklmnopqrstuvwx"
SECRETS = ("hush-app-pass", "eyJhbGciOiJIUzI1NiJ9.access.sig", "eyJhbGciOiJIUzI1NiJ9.renewal.sig", "hush-token-123")
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class HeldClock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return NOW + round(sum(self.slept) * 1000)

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Stage:
    """One connector with its server and an account that is already connected."""

    platform: Platform
    server: FaultServer
    form: dict[str, str]
    credentials: Credentials
    remote_id: str
    commit: tuple[str, str]
    """The one irreversible call: method and path."""
    upload: tuple[str, str] | None = None
    lookup: tuple[str, str] | None = None
    absent: Reply = field(default_factory=Reply)
    remembered: list[Credentials] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    clock: HeldClock = field(default_factory=HeldClock)

    def session(self, connected: bool = True) -> Session:
        # Short only where no answer will come: a busy machine may be slow to give one.
        patience = 0.5 if any(isinstance(action, Hang) for _, _, action in self.server.faults) else 20
        return Session(
            http=Http(False, [self.server.origin], timeout=(5, patience), clock=self.clock),
            clock=self.clock,
            config={"timeout": patience, "appview": self.server.origin, **self.config},
            credentials=dict(self.credentials) if connected else {},
            settings={},
            limits=self.limits,
            remote_id=self.remote_id if connected else "",
            read_media=lambda key: f"<{key}>".encode(),
            remember=self.remembered.append,
        )

    def commits(self) -> int:
        return self.server.count(*self.commit)


def bluesky() -> Stage:
    tokens = {"did": DID, "handle": "clinic.test", "accessJwt": SECRETS[1], "refreshJwt": SECRETS[2], "active": True}
    blob = {"blob": {"$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "image/jpeg", "size": 9}}
    uri = f"at://{DID}/app.bsky.feed.post/{record_key(MARK)}"
    counts = {"likeCount": 3, "repostCount": 2, "replyCount": 1, "quoteCount": 0}
    server = FaultServer(
        [
            ("POST", "createSession", Reply(json=tokens)),
            ("POST", "refreshSession", Reply(json={**tokens, "accessJwt": SECRETS[1] + "2"})),
            ("GET", "getSession", Reply(json={"did": DID, "handle": "clinic.test", "active": True})),
            ("GET", "getProfile", Reply(json={"displayName": "The Clinic", "avatar": "https://cdn.example/a.jpg"})),
            ("GET", "describeServer", Reply(json={"did": "did:web:pds", "blobUploadLimit": 5_242_880})),
            ("GET", "resolveHandle\\?handle=bob.test", Reply(json={"did": "did:plc:bob"})),
            ("GET", "resolveHandle", Reply(400, {"error": "InvalidRequest", "message": "Unable to resolve handle"})),
            ("POST", "uploadBlob", Reply(json=blob)),
            ("POST", "putRecord", Reply(json={"uri": uri, "cid": "bafyrei"})),
            ("GET", "getRecord", Reply(json={"uri": uri, "cid": "bafyrei", "value": {}})),
            ("POST", "deleteRecord", Reply(json={})),
            ("GET", "getPosts", Reply(json={"posts": [{"uri": uri, **counts}]})),
        ]
    )
    form = {"service": server.origin, "identifier": "@clinic.test", "password": SECRETS[0]}
    kept = {**form, "identifier": "clinic.test", "did": DID, "pds": server.origin}
    return Stage(
        platform("bluesky"),
        server,
        form,
        {**kept, "access_jwt": SECRETS[1], "refresh_jwt": SECRETS[2]},
        DID,
        commit=("POST", "/xrpc/com.atproto.repo.putRecord"),
        upload=("POST", "uploadBlob"),
        lookup=("GET", "getRecord"),
        absent=Reply(400, {"error": "RecordNotFound", "message": "Could not locate record"}),
    )


def mastodon() -> Stage:
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
    }
    old = {**status, "id": "900", "created_at": "2026-11-01T00:00:00.000Z", "content": "<p>Old</p>"}
    server = FaultServer(
        [
            ("GET", "verify_credentials", Reply(json={**account, "avatar": "https://m.example/a.png"})),
            ("GET", "/api/v2/instance", Reply(json=INSTANCE)),
            ("POST", "/api/v2/media", Reply(json={"id": "77", "url": "https://m.example/77.jpg"})),
            ("POST", "/api/v1/statuses$", Reply(json=status)),
            ("GET", "/api/v1/statuses/1001$", Reply(json=status)),
            ("GET", "/api/v1/accounts/42/statuses", Reply(json=[status, old])),
            ("DELETE", "/api/v1/statuses/1001$", Reply(json=status)),
        ]
    )
    form = {"instance": server.origin, "access_token": SECRETS[3]}
    return Stage(
        platform("mastodon"),
        server,
        form,
        dict(form),
        f"42@{server.origin.removeprefix('http://')}",
        commit=("POST", "/api/v1/statuses$"),
        upload=("POST", "/api/v2/media"),
        lookup=("GET", "/api/v1/accounts/42/statuses"),
        absent=Reply(json=[old]),
    )


def webhook() -> Stage:
    server = FaultServer([("POST", "/hook", Reply(json={"id": "n-1", "url": "https://clinic.example/news/1"}))])
    form = {"url": f"{server.origin}/hook/hush-path-456", "secret": WEBHOOK_SECRET}
    return Stage(platform("webhook"), server, form, dict(form), "hash", commit=("POST", "/hook"))


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

STAGES: dict[str, Callable[[], Stage]] = {"bluesky": bluesky, "mastodon": mastodon, "webhook": webhook}


def authorised_as(call: Call) -> str:
    """Return the bearer token of a call."""
    return call.headers.get("authorization", "").removeprefix("Bearer ")


def once(first: Answering, then: Answering) -> Answering:
    """Return an answer that differs from the second call on."""
    calls: list[Call] = []

    def answer(call: Call) -> Any:
        calls.append(call)
        chosen = first if len(calls) == 1 else then
        return chosen(call) if callable(chosen) else chosen

    return answer


def as_text(value: object) -> str:
    """Return everything a value says, for a search for secrets."""
    return f"{value!r} {json.dumps(str(value))}"
