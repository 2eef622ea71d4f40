"""One connector against one peer: connect, photo, card, find, repeat, reply, refuse, delete; each step said aloud."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scheduler.clock import SystemClock
from scheduler.domain.outcome import Absent, Found, Outcome, Published, Rejected, Unauthorized
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Connection, Credentials, Mark, Platform, Refused, Session
from scheduler.platforms.http import Http
from tests.support.practice_clients import jpeg

FILES = {"photo": jpeg(), "thumb": jpeg(120, 63, "navy")}


@dataclass
class Trial:
    """A connector, the address of its peer, and what was found out so far."""

    platform: Platform
    origin: str
    config: Mapping[str, Any] = field(default_factory=dict)
    credentials: Credentials = field(default_factory=dict)
    connection: Connection | None = None
    failures: list[str] = field(default_factory=list)
    other_origins: tuple[str, ...] = ()
    """Further addresses of this machine that may be spoken to."""

    def session(self) -> Session:
        """Return a session of the account, of nobody before it is connected."""
        known = self.connection
        return Session(
            http=Http(False, [self.origin, *self.other_origins], timeout=(5, 30), clock=SystemClock()),
            clock=SystemClock(),
            config=dict(self.config),
            credentials=dict(self.credentials),
            settings={},
            limits=known.limits if known else {},
            remote_id=known.profile.remote_id if known else "",
            read_media=FILES.__getitem__,
            remember=self._remember,
        )

    def connect(self, form: Mapping[str, str]) -> None:
        """Connect by a form."""
        self.connection = self.platform.connect(self.session(), form)
        self.credentials = dict(self.connection.credentials)
        self.say("connect", True, f"{self.connection.profile.name} {self.connection.profile.handle}")

    def signed_in(self, connection: Connection) -> None:
        """Go on as the account that a sign-in opened."""
        self.connection, self.credentials = connection, dict(connection.credentials)
        self.say("sign-in", True, f"{connection.profile.name} {connection.profile.handle}")

    def refuses(self, form: Mapping[str, str]) -> None:
        """See that a wrong sign-in is refused as one."""
        try:
            self.platform.connect(self.session(), form)
        except Refused as refused:
            self.say("wrong sign-in", isinstance(refused.outcome, Unauthorized), refused.outcome.sentence)
            return
        self.say("wrong sign-in", False, "it was taken")

    def publish(self, name: str, payload: Payload, mark: Mark | None = None) -> tuple[Outcome, Mark]:
        """Publish and say how it ended."""
        session, mark = self.session(), mark or new_mark()
        outcome = self.platform.publish(session, self.platform.prepare(session, payload, mark))
        self.say(name, isinstance(outcome, Published), outcome.sentence + f" {getattr(outcome, 'url', '')}")
        return outcome, mark

    def run(self) -> None:
        """Go through everything that a connected account does."""
        link = LinkCard("https://clinic.example/x/k7Qx2m", "Running again", "Slowly", item("thumb"))
        text = Payload(f"How to return to running. {link.url}", link)
        first, mark = self.publish("text with a card", text)
        self._finds(text, mark, Found)
        again, _ = self.publish("the same mark again", text, mark)
        self.say("no second post", _id(again) == _id(first), _id(first))
        photo = Payload("Knees like these. #Running", media=(item("photo"),))
        pictured, photo_mark = self.publish("a photo", photo)
        self._finds(photo, photo_mark, Found)
        if self.platform.capabilities.threads or self.platform.capabilities.first_comment:
            self.publish("a reply", Payload("More tomorrow.", reply_to=_id(first)))
        self._refuses_length()
        for outcome in (pictured, first):
            self.step("delete", partial(self.platform.delete, self.session(), _id(outcome)))
        self._finds(text, mark, Absent)
        self.step("delete what is gone", lambda: self.platform.delete(self.session(), _id(first)))
        self.step("check", lambda: self.platform.check(self.session()))

    def step(self, name: str, act: Callable[[], object]) -> None:
        """Do something that may be refused, and say so."""
        try:
            act()
            self.say(name, True, "")
        except Refused as refused:
            self.say(name, False, refused.outcome.sentence)

    def say(self, name: str, good: bool, details: str) -> None:
        """Print one line and remember a failure."""
        print(f"{'ok  ' if good else 'FAIL'} {name}: {details}".rstrip(": "))
        if not good:
            self.failures.append(name)

    def _finds(self, payload: Payload, mark: Mark, expected: type) -> None:
        found = self.platform.find(self.session(), payload, mark)
        self.say(f"look-up says {expected.__name__}", isinstance(found, expected), found.sentence)

    def _refuses_length(self) -> None:
        limit = self.platform.rules(self.connection.limits if self.connection else {}).text_limit
        session, mark = self.session(), new_mark()
        prepared = self.platform.prepare(session, Payload("x" * (limit + 1)), mark)
        outcome = self.platform.publish(session, prepared)
        self.say(f"{limit + 1} characters", isinstance(outcome, Rejected), outcome.sentence)

    def _remember(self, credentials: Credentials) -> None:
        self.credentials = dict(credentials)


def item(key: str) -> MediaItem:
    """Return one of our files as a payload holds it."""
    return MediaItem(key, "image/jpeg", 40, 30, len(FILES[key]), alt="A knee brace on a bench")


def new_mark() -> Mark:
    """Return the mark of a fresh delivery."""
    return Mark(str(uuid.uuid4()), SystemClock().now_ms(), "k7Qx2m")


def _id(outcome: Outcome) -> str:
    return outcome.remote_id if isinstance(outcome, Published) else ""
