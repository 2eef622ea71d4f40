"""A connector on its practice network: signed in by way of the network's own pages, publishing, looking."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import requests

from scheduler.domain.outcome import Outcome, Pending
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Back, Connection, Credentials, Mark, Session
from scheduler.platforms.http import Http
from scheduler.platforms.registry import platform
from scheduler.practice.feed import PracticePost
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

SITE = "https://clinic.example/platform-media"
PATIENCE = 20.0
BACK = Back("http://127.0.0.1:9/admin/accounts/back", "the-state")
MARK = Mark("6f1c9a52-6a0e-4a55-9a43-3a6f5d0c2b11", START_MS, "k7Qx2m")


class Passing:
    """The clock of the practice networks as a connector has it: whoever sleeps moves it on."""

    def __init__(self, held: HeldClock) -> None:
        """Move `held`."""
        self._held = held
        self.now_ms, self.monotonic = held.now_ms, held.monotonic

    def sleep(self, seconds: float) -> None:
        """Move it on."""
        self._held.advance(seconds)


class Practising:
    """One connector and one account of its practice network; `files` are the bytes of the payloads' media."""

    def __init__(self, server: PracticeServer, clock: HeldClock, network: str, files: Mapping[str, bytes]) -> None:
        """Make the account."""
        self.server, self.clock, self.files = server, Passing(clock), files
        self.platform = platform(network)
        self.account_id = server.store.create_account(network, "clinic", "The Clinic").account_id
        self.connection: Connection | None = None
        self.remembered: list[Credentials] = []
        self.patience = PATIENCE
        server.files.update({f"{SITE}/{key}": data for key, data in files.items()})

    def session(self, patience: float = PATIENCE) -> Session:
        """Return the session of the connected account, which waits so many seconds for an answer."""
        own, found = f"{self.server.url}/practice/{self.platform.name}", self.connection
        kept = self.remembered[-1] if self.remembered else (found.credentials if found else {})
        return Session(
            http=Http(False, [self.server.url], timeout=(5, patience), clock=self.clock),
            clock=self.clock,
            config={host: f"{own}/{host}" for host in self.platform.hosts},
            credentials=dict(kept),
            settings={},
            limits=found.limits if found else {},
            remote_id=found.profile.remote_id if found else "",
            read_media=self.files.__getitem__,
            remember=self.remembered.append,
            app={"client_id": "practice-app", "client_secret": "practice-secret"},
            media_address=lambda item: f"{SITE}/{item.key}",
        )

    def sign_in(self, way: str, decision: str = "allow") -> list[Connection]:
        """Sign in as a person does: to the network's page, and back with what it says."""
        begun = self.platform.sign_in(self.session(), way, {}, BACK)
        wish = {"practice_decision": decision, "practice_account": str(self.account_id)}
        answer = requests.get(begun.url, wish, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        said = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        assert said.pop("state") == BACK.state
        kept = {**begun.kept, "redirect_uri": BACK.redirect_uri}
        found = self.platform.signed_in(self.session(), way, said, kept)
        self.connection = found[0]
        return found

    def publish(self, payload: Payload, mark: Mark = MARK) -> Outcome:
        """Prepare and publish, and wait for what is being processed."""
        prepared = self.platform.prepare(self.session(), payload, mark)
        # Short only where no answer will come, and only for this one call: a busy machine may be slow to give one.
        session = self.session(self.patience)
        outcome, self.patience = self.platform.publish(session, prepared), PATIENCE
        if isinstance(outcome, Pending):
            self.clock.sleep(30)
            outcome = self.platform.poll(session, outcome.remote_id)
        return outcome

    def find(self, payload: Payload, mark: Mark = MARK) -> Outcome:
        """Look a payload up."""
        return self.platform.find(self.session(), payload, mark)

    def switch(self, kind: str, seconds: int = 30) -> None:
        """Make the next request that publishes fail in this way."""
        self.patience = 1.0 if kind == "hang_after" else PATIENCE
        self.server.store.set_switch(self.account_id, kind, requests=1, seconds=seconds)

    def feed(self) -> list[PracticePost]:
        """Return what the account has posted, newest first."""
        return self.server.store.feed(self.platform.name, self.account_id)


def photo(key: str, alt: str = "", size: tuple[int, int] = (400, 400), length: int = 900) -> MediaItem:
    """Return a photo of a payload."""
    return MediaItem(key, "image/jpeg", *size, length, alt=alt)


def film(key: str, seconds: float, size: tuple[int, int], length: int = 900) -> MediaItem:
    """Return a video of a payload."""
    return MediaItem(key, "video/mp4", *size, length, alt="A film", duration_ms=round(seconds * 1000))
