"""A connector that is signed in at its practice network through the network's own pages, over real HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from scheduler.domain import outcome as o
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Back, Connection, Credentials, Mark, Platform, Prepared, Session, SignIn
from scheduler.platforms.http import Http
from scheduler.practice.accounts import PracticeCredentials
from scheduler.practice.feed import PracticePost
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

APP = {"client_id": "practice-app", "client_secret": "practice-secret"}
BACK = Back("http://127.0.0.1/admin/accounts/back", "the-state")
MARK = Mark("6f1c9a52-6a0e-4a55-9a43-3a6f5d0c2b11", START_MS, "k7Qx2m")
LINK = "https://clinic.example/blog/knees?utm_content=k7Qx2m"
MEDIA = "https://clinic.example/media/"


class Passing:
    """The practice networks' clock as the connectors have it: whoever sleeps moves it on."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held
        self.now_ms, self.monotonic = held.now_ms, held.monotonic

    def sleep(self, seconds: float) -> None:
        self._held.advance(seconds)


@dataclass
class Practising:
    """One connector with an account of its practice network. `files` are the bytes of the media by their keys."""

    platform: Platform
    server: PracticeServer
    made: PracticeCredentials
    clock: HeldClock
    connection: Connection | None = None
    remembered: list[Credentials] = field(default_factory=list)
    patience: float = 20
    """Seconds to wait for an answer: short only where none will come."""
    files: dict[str, bytes] = field(default_factory=dict)

    def session(self) -> Session:
        own, connection = f"{self.server.url}/practice/{self.platform.name}", self.connection
        clock = Passing(self.clock)
        return Session(
            http=Http(False, [self.server.url], timeout=(5, self.patience), clock=clock),
            clock=clock,
            config={host: f"{own}/{host}" for host in self.platform.hosts},
            credentials=dict(self.credentials()),
            settings={},
            limits=connection.limits if connection else {},
            remote_id=connection.profile.remote_id if connection else "",
            read_media=self.files.__getitem__,
            remember=self.remembered.append,
            app=APP,
            media_address=lambda item: f"{MEDIA}{item.key}",
        )

    def credentials(self) -> Credentials:
        """Return what is stored now."""
        if self.remembered:
            return self.remembered[-1]
        return self.connection.credentials if self.connection else {}

    def visit(self, begun: SignIn, decision: str = "allow") -> dict[str, str]:
        """Do what the person does on the network's page, and return what they come back with."""
        query = {"practice_account": str(self.made.account_id), "practice_decision": decision}
        page = requests.get(begun.url, timeout=10)
        assert page.status_code == 200
        answer = requests.get(begun.url, params=query, allow_redirects=False, timeout=10)
        given = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        assert given.pop("state") == BACK.state
        return given

    def sign_in(self, way: str, decision: str = "allow") -> list[Connection]:
        """Sign in through the pages; the first connection stays."""
        self.connection = None
        session = self.session()
        begun = self.platform.sign_in(session, way, {}, BACK)
        given = self.visit(begun, decision)
        kept = {**begun.kept, "redirect_uri": BACK.redirect_uri}
        found = self.platform.signed_in(session, way, given, kept)
        self.connection = found[0]
        return found

    def publish(self, payload: Payload, mark: Mark = MARK) -> o.Outcome:
        return self.publish_prepared(self.prepare(payload, mark))

    def prepare(self, payload: Payload, mark: Mark = MARK) -> Prepared:
        return self.platform.prepare(self.session(), payload, mark)

    def publish_prepared(self, prepared: Prepared) -> o.Outcome:
        return self.platform.publish(self.session(), prepared)

    def live(self, payload: Payload, mark: Mark = MARK) -> o.Published:
        """Publish, and insist that it worked."""
        outcome = self.publish(payload, mark)
        assert isinstance(outcome, o.Published), outcome
        return outcome

    def switch(self, kind: str, seconds: int = 30) -> None:
        self.patience = 1 if kind == "hang_after" else 20
        self.server.store.set_switch(self.made.account_id, kind, requests=1, seconds=seconds)

    def feed(self) -> list[PracticePost]:
        return self.server.store.feed(self.platform.name, self.made.account_id)

    def offer(self, **files: bytes) -> None:
        """Put files where the connector reads them and where the network can fetch them."""
        self.files |= files
        self.server.files |= {f"{MEDIA}{key}": data for key, data in files.items()}


def photo(key: str, alt: str = "A knee", width: int = 400, height: int = 400, mime: str = "image/jpeg") -> MediaItem:
    """Return a photo of a payload."""
    return MediaItem(key, mime, width, height, 900, alt=alt)


def video(key: str, alt: str = "An exercise") -> MediaItem:
    """Return a video of a payload."""
    return MediaItem(key, "video/mp4", 320, 240, 9000, alt=alt, duration_ms=5000)


def numbers(found: Mapping[str, Any], *names: str) -> list[Any]:
    """Return some of the numbers of a post."""
    return [found.get(name) for name in names]
