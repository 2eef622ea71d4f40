"""A connector of a Google service with a practice account, signed in through the practice network's own pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from scheduler.clock import Clock
from scheduler.domain import outcome as o
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Back, Connection, Credentials, Mark, Platform, Session
from scheduler.platforms.http import Http
from scheduler.platforms.registry import platform
from scheduler.practice.accounts import PracticeCredentials
from scheduler.practice.feed import PracticePost
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

BACK = "http://127.0.0.1:9/back"
MARK = Mark("6f1c9a52-6a0e-4a55-9a43-3a6f5d0c2b11", START_MS, "k7Qx2m")
LINK = "https://clinic.example/blog/knees?utm_content=k7Qx2m"
PUBLIC = "https://clinic.example/platform-media"


class Passing:
    """The clock of the practice networks as the connectors have it: whoever sleeps moves it on."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held
        self.now_ms, self.monotonic = held.now_ms, held.monotonic

    def sleep(self, seconds: float) -> None:
        self._held.advance(seconds)


@dataclass
class Stand:
    """One connector, one practice account, and the files that it posts."""

    platform: Platform
    server: PracticeServer
    made: PracticeCredentials
    clock: Clock
    files: dict[str, bytes] = field(default_factory=dict)
    connection: Connection | None = None
    remembered: list[Credentials] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    patience: float = 20

    @classmethod
    def of(cls, name: str, server: PracticeServer, clock: HeldClock, handle: str = "clinic") -> Stand:
        made = server.store.create_account(name, handle, "The Clinic")
        return cls(platform(name), server, made, Passing(clock))

    def session(self) -> Session:
        own, connection = f"{self.server.url}/practice/{self.platform.name}", self.connection
        kept = connection.credentials if connection else {}
        return Session(
            http=Http(False, [self.server.url], timeout=(5, self.patience), clock=self.clock),
            clock=self.clock,
            config={**{host: f"{own}/{host}" for host in self.platform.hosts}, **self.config},
            credentials=dict(self.remembered[-1] if self.remembered else kept),
            settings={},
            limits=connection.limits if connection else {},
            remote_id=connection.profile.remote_id if connection else "",
            read_media=self.files.__getitem__,
            remember=self.remembered.append,
            app={"client_id": "practice-app", "client_secret": "practice-secret"},
            media_address=self._address,
        )

    def _address(self, item: MediaItem) -> str:
        address = f"{PUBLIC}/{item.key}.jpg"
        self.server.files[address] = self.files[item.key]
        return address

    def sign_in(self, decision: str = "allow", **changes: str) -> list[Connection]:
        """Sign in as a person does: to Google's page, a click, and back with what it says."""
        session, way = self.session(), self.platform.ways[0].name
        begun = self.platform.sign_in(session, way, {}, Back(BACK, "the-state"))
        url, _, query = begun.url.partition("?")
        click = {"practice_decision": decision, "practice_account": str(self.made.account_id)}
        asked = {**dict(parse_qsl(query)), **click, **changes}
        answer = requests.get(url, asked, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        said = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        assert said.pop("state") == "the-state"
        kept = {**begun.kept, "redirect_uri": BACK}
        found = self.platform.signed_in(session, way, said, kept)
        self.connection = found[0]
        return found

    def publish(self, payload: Payload, mark: Mark = MARK) -> o.Outcome:
        session = self.session()
        return self.platform.publish(session, self.platform.prepare(session, payload, mark))

    def live(self, payload: Payload) -> o.Published:
        """Publish and wait until it can be seen."""
        outcome = self.publish(payload)
        if isinstance(outcome, o.Pending):
            self.clock.sleep(60)
            outcome = self.platform.poll(self.session(), outcome.remote_id)
        assert isinstance(outcome, o.Published), outcome
        return outcome

    def switch(self, kind: str, requests: int | None = 1, seconds: int = 30) -> None:
        self.patience = 1 if kind == "hang_after" else 20
        self.server.store.set_switch(self.made.account_id, kind, requests=requests, seconds=seconds)

    def feed(self) -> list[PracticePost]:
        return self.server.store.feed(self.platform.name, self.made.account_id)
