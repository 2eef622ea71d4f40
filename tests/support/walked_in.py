"""A connector signed in to its practice network through that network's own pages: both tested against each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from scheduler.domain.outcome import Outcome
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Back, Connection, Credentials, Mark, Platform, Session
from scheduler.platforms.http import Http
from scheduler.platforms.registry import platform
from scheduler.practice.feed import PracticePost
from scheduler.practice.oauth import CLIENT_ID, CLIENT_SECRET
from tests.support.practice_clients import jpeg, moving_gif, mp4
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

REDIRECT = "http://127.0.0.1:9/back"
LINK = "https://clinic.com/x/k7Qx2m"
MARK = Mark("6f1c9a52-6a0e-4a55-9a43-3a6f5d0c2b11", START_MS, "k7Qx2m")
ONE = MediaItem("one", "image/jpeg", 40, 30, 900, alt="A knee")
TWO = MediaItem("two", "image/jpeg", 60, 30, 900, alt="A shoulder")
GIF = MediaItem("gif", "image/gif", 20, 20, 900, alt="A knee bends")
FILM = MediaItem("film", "video/mp4", 640, 360, 90_000, alt="A walk", duration_ms=5000)


class Passing:
    """The clock of the practice network as the connector has it: whoever sleeps moves it on."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held
        self.now_ms, self.monotonic = held.now_ms, held.monotonic

    def sleep(self, seconds: float) -> None:
        self._held.advance(seconds)


@dataclass
class Practising:
    """One connector with a practice account, signed in by `way`."""

    server: PracticeServer
    clock: HeldClock
    name: str
    way: str
    handle: str = "harbor"
    patience: float = 20
    connection: Connection | None = None
    remembered: list[Credentials] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        made = self.server.store.create_account(self.name, self.handle, "Harbor Street Clinic")
        self.account_id = made.account_id
        padded = mp4() + bytes(90_000 - len(mp4()))
        self.files |= {"one": jpeg(), "two": jpeg(60, 30), "gif": moving_gif(), "film": padded}

    @property
    def platform(self) -> Platform:
        """The connector."""
        return platform(self.name)

    def sign_in(self) -> list[Connection]:
        """Go through the pages as a person who allows it; the first account is the one that is used."""
        begun = self.platform.sign_in(self.session(), self.way, {}, Back(REDIRECT, "state-1"))
        decided = {"practice_decision": "allow", "practice_account": str(self.account_id)}
        back = requests.get(begun.url, params=decided, timeout=10, allow_redirects=False)
        answer = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
        assert answer["state"] == "state-1"
        found = self.platform.signed_in(self.session(), self.way, answer, {**begun.kept, "redirect_uri": REDIRECT})
        self.connection = found[0]
        return found

    def session(self) -> Session:
        """Return a session of the account, with the credentials stored last."""
        connection = self.connection
        own = f"{self.server.url}/practice/{self.name}"
        fresh = dict(self.remembered[-1] if self.remembered else connection.credentials if connection else {})
        return Session(
            http=Http(False, [self.server.url], timeout=(5, self.patience), clock=Passing(self.clock)),
            clock=Passing(self.clock),
            config={key: f"{own}/{key}" for key in self.platform.hosts},
            credentials=fresh,
            settings=connection.settings if connection else {},
            limits=connection.limits if connection else {},
            remote_id=connection.profile.remote_id if connection else "",
            read_media=self.files.__getitem__,
            remember=self.remembered.append,
            app={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        )

    def publish(self, payload: Payload, mark: Mark = MARK) -> Outcome:
        """Prepare and publish."""
        session = self.session()
        return self.platform.publish(session, self.platform.prepare(session, payload, mark))

    def fail(self, kind: str, **more: Any) -> None:
        """Turn a failure switch on for the next request."""
        self.server.store.set_switch(self.account_id, kind, **more)

    def feed(self) -> list[PracticePost]:
        """Return what readers of the practice network see, newest first."""
        return self.server.store.feed(self.name, self.account_id)
