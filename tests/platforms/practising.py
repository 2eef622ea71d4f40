"""A connector with a fresh account on the practice network that was written by other hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Connection, Credentials, Mark, Platform, Prepared, Session
from scheduler.platforms.http import Http
from scheduler.practice.accounts import PracticeCredentials
from scheduler.practice.feed import PracticePost
from tests.support.practice_clients import jpeg, moving_gif, mp4
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

LINK = "https://clinic.example/blog/knees?utm_content=k7Qx2m"
MARK = Mark("6f1c9a52-6a0e-4a55-9a43-3a6f5d0c2b11", START_MS, "k7Qx2m")
CARD = LinkCard(LINK, "Knees", "About knees", MediaItem("thumb", "image/jpeg", 120, 63, 900, alt=""))
TEXT = Payload(f"Café ☕ & knees < 3: {LINK} #knees", CARD)
ONE = MediaItem("one", "image/jpeg", 40, 30, 900, alt="One knee")
TWO = MediaItem("two", "image/jpeg", 60, 30, 900, alt="Two knees")
FILM = MediaItem("film", "video/mp4", 64, 36, 224, alt="A film", duration_ms=1000)
MOVING = MediaItem("moving", "image/gif", 20, 20, 224, alt="A loop")
FILES = {"thumb": jpeg(120, 63), "one": jpeg(), "two": jpeg(60, 30), "film": mp4(), "moving": moving_gif()}

PATIENCE = 20.0


class Passing:
    """The clock of the practice networks as the connectors have it: whoever sleeps moves it on."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held
        self.hanging = held.sleeping
        self.now_ms, self.monotonic = held.now_ms, held.monotonic

    def sleep(self, seconds: float) -> None:
        self._held.advance(seconds)


@dataclass
class Practising:
    """One connector, its practice account, and what it remembered."""

    platform: Platform
    server: PracticeServer
    made: PracticeCredentials
    clock: Passing
    connection: Connection | None = None
    remembered: list[Credentials] = field(default_factory=list)
    patience: float = PATIENCE
    """Seconds to wait for an answer: short only where none will come."""
    config: dict[str, Any] = field(default_factory=dict)

    def session(self) -> Session:
        """Return a session of the account, of nobody before it is connected."""
        known, own = self.connection, f"{self.server.url}/practice/{self.platform.name}"
        hosts = {key: f"{own}/{key}" for key in self.platform.hosts}
        return Session(
            http=Http(False, [self.server.url], timeout=(5, self.patience), clock=self.clock),
            clock=self.clock,
            config={"timeout": self.patience, **hosts, **self.config},
            credentials=self.remembered[-1] if self.remembered else dict(known.credentials) if known else {},
            settings={},
            limits=known.limits if known else {},
            remote_id=known.profile.remote_id if known else "",
            read_media=FILES.__getitem__,
            remember=self.remembered.append,
        )

    def form(self, **changes: str) -> dict[str, str]:
        """Return what a person would type, addresses of this site in full."""
        here = {k: self.server.url + v if v.startswith("/practice/") else v for k, v in self.made.more.items()}
        return here | changes

    def connect(self, form: Mapping[str, str] | None = None) -> Connection:
        """Connect by the form."""
        self.connection = self.platform.connect(self.session(), self.form() if form is None else form)
        return self.connection

    def publish(self, payload: Payload = TEXT, mark: Mark = MARK) -> o.Outcome:
        """Prepare and publish."""
        return self.send(self.platform.prepare(self.session(), payload, mark))

    def send(self, prepared: Prepared) -> o.Outcome:
        """Publish what is prepared; where the network holds its answer back, it has the post when this returns."""
        outcome = self.platform.publish(self.session(), prepared)
        if self.patience < PATIENCE:
            assert self.clock.hanging.wait(PATIENCE)
            self.patience = PATIENCE
        return outcome

    def live(self, payload: Payload = TEXT, mark: Mark = MARK) -> o.Published:
        """Publish, and see that it is live."""
        outcome = self.publish(payload, mark)
        assert isinstance(outcome, o.Published), outcome
        return outcome

    def switch(self, kind: str, seconds: int = 30) -> None:
        """Make the next request go wrong."""
        self.patience = 1 if kind == "hang_after" else PATIENCE
        self.server.store.set_switch(self.made.account_id, kind, requests=1, seconds=seconds)

    def feed(self) -> list[PracticePost]:
        """Return what the account's readers see, newest first."""
        return self.server.store.feed(self.platform.name, self.made.account_id)


def practising(platform: Platform, server: PracticeServer, clock: HeldClock) -> Practising:
    """Return a connector with a fresh account, not yet connected."""
    made = server.store.create_account(platform.name, "clinic", "The Clinic")
    return Practising(platform, server, made, Passing(clock))
