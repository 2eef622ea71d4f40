"""What a connector is tried on: a held clock, a session, and for every connector a server that behaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.domain.outcome import Outcome
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Credentials, Mark, Platform, Session
from scheduler.platforms.http import Http
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
    """One connector with its server and an account that is already connected.

    What a platform does without is left out. Its module says what it is `ABLE` to do ("form", "sign_in", "upload",
    "renewal"), and in `EXPECTS` which faults of the contract mean something else here (None: it cannot answer so).
    """

    platform: Platform
    server: FaultServer
    credentials: Credentials
    remote_id: str
    commit: tuple[str, str]
    """The one irreversible call: method and path."""
    form: dict[str, str] = field(default_factory=dict)
    """What a person types who connects by a form; empty for those that are signed in on the platform's own pages."""
    signs_in: tuple[str, dict[str, str], dict[str, str]] | None = None
    """Way, answer and kept of a sign-in that succeeds."""
    app: dict[str, str] = field(default_factory=dict)
    address: str = ""
    """The field of the form that holds an address."""
    who: tuple[str, str] | None = None
    """The call that tells whose sign-in it is."""
    renewal: tuple[str, str] | None = None
    """The call that renews the sign-in; None where nothing can be renewed."""
    upload: tuple[str, str] | None = None
    lookup: tuple[str, str] | None = None
    absent: Reply = field(default_factory=Reply)
    removal: tuple[str, str] | None = None
    gone: Reply = field(default_factory=lambda: Reply(404, {"error": "Record not found"}))
    """How the platform says that what is to be taken down is not there."""
    spent: Reply = field(default_factory=lambda: Reply(400, {"error": "invalid_grant"}))
    """How the platform refuses a refresh token for good, at the call `renewal`."""
    answered: str = ""
    """What the request of a reply holds of the post that it answers: its id, in the path or the body."""
    numbers: dict[str, int] | None = None
    """What `metrics` says of the published post."""
    poll: tuple[str, str] | None = None
    """The call that asks what became of a `Pending` post, for platforms whose `publish` ends so."""
    text: Payload = TEXT
    rich: Payload = PHOTOS
    refusal: Reply = field(default_factory=lambda: Reply(401, {"error": "invalid"}, echo=True))
    """How the platform refuses a sign-in that it does not know, at the call `who`."""
    faults: Mapping[str, tuple[Answering, type[Outcome]]] = field(default_factory=dict)
    """What only this platform answers: name, answer to the irreversible call, and what it means."""
    same_mark: str = ""
    """The header in which the mark travels, "" where it lies in the address or the body."""
    until: bool = True
    """Whether this platform names the time to come back in the usual headers."""
    remembered: list[Credentials] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    clock: HeldClock = field(default_factory=HeldClock)

    def session(self, connected: bool = True) -> Session:
        # Short only where no answer will come: a busy machine may be slow to give one.
        patience = 0.5 if any(isinstance(action, Hang) for _, _, action in self.server.faults) else 20
        hosts = dict.fromkeys(self.platform.hosts, self.server.origin)
        return Session(
            http=Http(False, [self.server.origin], timeout=(5, patience), clock=self.clock),
            clock=self.clock,
            config={"timeout": patience, "appview": self.server.origin, **hosts, **self.config},
            credentials=dict(self.credentials) if connected else {},
            settings=dict(self.settings) if connected else {},
            limits=self.limits,
            remote_id=self.remote_id if connected else "",
            read_media=lambda key: f"<{key}>".encode(),
            remember=self.remembered.append,
            app=dict(self.app),
            media_address=lambda item: f"https://clinic.example/media/{item.key}",
        )

    def commits(self) -> int:
        return self.server.count(*self.commit)


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
