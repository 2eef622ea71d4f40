"""The connectors against the practice networks, which were written from the same sheets by other hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from scheduler.clock import Clock
from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Connection, Credentials, Mark, Platform, Refused, Session
from scheduler.platforms.http import Http
from scheduler.platforms.registry import platform
from scheduler.practice.accounts import PracticeCredentials
from scheduler.practice.feed import PracticePost
from tests.support.practice_clients import jpeg, mp4
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

LINK = "https://clinic.example/blog/knees?utm_content=k7Qx2m"
MARK = Mark("6f1c9a52-6a0e-4a55-9a43-3a6f5d0c2b11", START_MS, "k7Qx2m")
CARD = LinkCard(LINK, "Knees", "About knees", MediaItem("thumb", "image/jpeg", 120, 63, 900, alt=""))
TEXT = Payload(f"Café ☕ and knees: {LINK} #knees", CARD)
PHOTOS = Payload(
    f"Two photos {LINK}",
    CARD,
    (
        MediaItem("one", "image/jpeg", 40, 30, 900, alt="One"),
        MediaItem("two", "image/jpeg", 60, 30, 900, alt="Two"),
    ),
)
VIDEO = Payload(f"A film {LINK}", None, (MediaItem("film", "video/mp4", 64, 36, 224, alt="A film", duration_ms=1000),))
FILES = {"thumb": jpeg(120, 63), "one": jpeg(), "two": jpeg(60, 30), "film": mp4()}


class Passing:
    """The clock of the practice networks as the connectors have it: whoever sleeps moves it on."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held
        self.now_ms, self.monotonic = held.now_ms, held.monotonic

    def sleep(self, seconds: float) -> None:
        self._held.advance(seconds)


@dataclass
class Practising:
    """One connector with a fresh practice account."""

    platform: Platform
    server: PracticeServer
    made: PracticeCredentials
    clock: Clock
    connection: Connection | None = None
    remembered: list[Credentials] = field(default_factory=list)
    patience: float = 20
    """Seconds to wait for an answer: short only where none will come."""

    def session(self) -> Session:
        own = f"{self.server.url}/practice/{self.platform.name}"
        connection = self.connection
        return Session(
            http=Http(False, [self.server.url], timeout=(5, self.patience), clock=self.clock),
            clock=self.clock,
            config={"timeout": self.patience},
            credentials=self.remembered[-1] if self.remembered else (connection.credentials if connection else {}),
            settings={"web": own, "appview": own},
            limits=connection.limits if connection else {},
            remote_id=connection.profile.remote_id if connection else "",
            read_media=FILES.__getitem__,
            remember=self.remembered.append,
        )

    def connect(self) -> Connection:
        address = self.server.address(self.made)
        form = {
            "bluesky": {"service": address, "identifier": self.made.identifier, "password": self.made.password},
            "mastodon": {"instance": address, "access_token": self.made.access_token},
            "webhook": {"url": address, "secret": self.made.secret},
        }
        self.connection = self.platform.connect(self.session(), form[self.platform.name])
        self.remembered.clear()
        return self.connection

    def publish(self, payload: Payload = TEXT) -> o.Outcome:
        session = self.session()
        return self.platform.publish(session, self.platform.prepare(session, payload, MARK))

    def switch(self, kind: str, seconds: int = 30) -> None:
        self.patience = 1 if kind == "hang_after" else 20
        self.server.store.set_switch(self.made.account_id, kind, requests=1, seconds=seconds)

    def feed(self) -> list[PracticePost]:
        posts = self.server.store.feed(self.platform.name, self.made.account_id)
        return [post for post in posts if '"account.connected"' not in post.raw_json]


def _practising(server: PracticeServer, clock: HeldClock, network: str) -> Practising:
    made = server.store.create_account(network, "clinic", "The Clinic")
    practising = Practising(platform(network), server, made, Passing(clock))
    practising.connect()
    return practising


@pytest.fixture(params=["bluesky", "mastodon", "webhook"])
def practising(
    request: pytest.FixtureRequest, practice_server: PracticeServer, practice_clock: HeldClock
) -> Iterator[Practising]:
    yield _practising(practice_server, practice_clock, request.param)


@pytest.fixture(params=["bluesky", "mastodon"])
def network(
    request: pytest.FixtureRequest, practice_server: PracticeServer, practice_clock: HeldClock
) -> Iterator[Practising]:
    yield _practising(practice_server, practice_clock, request.param)


Making = Callable[[str], Practising]


@pytest.fixture
def making(practice_server: PracticeServer, practice_clock: HeldClock) -> Making:
    return lambda name: _practising(practice_server, practice_clock, name)


def test_connecting_and_checking(practising: Practising) -> None:
    connection = practising.connect()
    assert connection.profile.name
    again = practising.platform.check(practising.session())
    assert again.profile.remote_id == connection.profile.remote_id


def test_a_wrong_sign_in_is_refused(network: Practising) -> None:
    practising = Practising(network.platform, network.server, network.made, network.clock)
    address = network.server.address(network.made)
    form = {"service": address, "identifier": network.made.identifier, "password": "aaaa-bbbb-cccc-dddd"}
    with pytest.raises(Refused) as refusal:
        network.platform.connect(practising.session(), {**form, "instance": address, "access_token": "wrong-token"})
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_a_link_is_posted_with_its_card(practising: Practising) -> None:
    outcome = practising.publish()
    assert isinstance(outcome, o.Published), outcome
    [post] = practising.feed()
    assert post.text == TEXT.text
    if practising.platform.name == "bluesky":
        assert post.card is not None
        assert (post.card.url, post.card.title) == (LINK, "Knees")


def test_photos_are_posted_with_their_descriptions(network: Practising) -> None:
    outcome = network.publish(PHOTOS)
    assert isinstance(outcome, o.Published), outcome
    [post] = network.feed()
    assert [image.alt for image in post.images] == ["One", "Two"]


def test_a_video_is_posted(network: Practising) -> None:
    assert isinstance(network.publish(VIDEO), o.Published)


def test_the_same_delivery_twice_is_one_post(practising: Practising) -> None:
    first, second = practising.publish(), practising.publish()
    assert isinstance(first, o.Published)
    assert isinstance(second, o.Published)
    assert len(practising.feed()) == 1
    if practising.platform.name != "webhook":
        assert first.remote_id == second.remote_id


AFTER: list[tuple[str, type[o.Outcome]]] = [
    ("error_after", o.Unknown),
    ("hang_after", o.Unknown),
    ("close_after", o.Unknown),
    ("duplicate", o.Duplicate),
]


@pytest.mark.parametrize(("kind", "expected"), AFTER)
def test_a_lost_answer_is_unknown_and_the_post_is_found(
    network: Practising, kind: str, expected: type[o.Outcome]
) -> None:
    network.switch(kind)
    outcome = network.publish()
    assert type(outcome) is expected, outcome
    found = network.platform.find(network.session(), TEXT, MARK)
    assert isinstance(found, o.Found), found
    assert len(network.feed()) == 1
    network.platform.delete(network.session(), found.remote_id)
    assert network.feed() == []
    assert isinstance(network.platform.find(network.session(), TEXT, MARK), o.Absent)


@pytest.mark.parametrize(("kind", "expected"), AFTER)
def test_a_lost_answer_of_a_webhook_may_be_sent_again(making: Making, kind: str, expected: type[o.Outcome]) -> None:
    webhook = making("webhook")
    webhook.switch(kind)
    assert type(webhook.publish()) is expected
    assert isinstance(webhook.publish(), o.Published)
    assert len(webhook.feed()) == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("rate_limited", o.Throttled), ("error_before", o.Unknown), ("expired_token", o.Unauthorized)],
)
def test_a_refusal_posts_nothing(practising: Practising, kind: str, expected: type[o.Outcome]) -> None:
    session = practising.session()
    prepared = practising.platform.prepare(session, TEXT, MARK)
    practising.switch(kind)
    outcome = practising.platform.publish(session, prepared)
    assert type(outcome) is expected, outcome
    if isinstance(outcome, o.Throttled):
        assert outcome.until == START_MS + 30_000
    assert practising.feed() == []
    if practising.platform.capabilities.lookup:
        assert isinstance(practising.platform.find(practising.session(), TEXT, MARK), o.Absent)


def test_rejected_media_are_named(network: Practising) -> None:
    network.switch("rejected_media")
    with pytest.raises(Refused) as refusal:
        network.publish(PHOTOS)
    assert isinstance(refusal.value.outcome, o.Rejected | o.NotSent)
    assert network.feed() == []


def test_access_that_was_revoked_needs_a_new_connection(practising: Practising) -> None:
    session = practising.session()
    prepared = practising.platform.prepare(session, TEXT, MARK)
    practising.server.store.set_switch(practising.made.account_id, "revoked_app", requests=None, seconds=1)
    assert isinstance(practising.platform.publish(session, prepared), o.Unauthorized)
    with pytest.raises(Refused) as refusal:
        practising.platform.refresh(session)
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_a_session_lasts_longer_than_its_first_token(making: Making, practice_clock: HeldClock) -> None:
    bluesky = making("bluesky")
    practice_clock.advance(3 * 3600)
    assert isinstance(bluesky.publish(), o.Published)
    assert len(bluesky.remembered) == 1
    practice_clock.advance(3 * 3600)
    assert isinstance(bluesky.platform.check(bluesky.session()), Connection)


def test_a_session_that_slept_too_long_signs_in_once(making: Making, practice_clock: HeldClock) -> None:
    bluesky = making("bluesky")
    practice_clock.advance(91 * 24 * 3600)
    bluesky.platform.refresh(bluesky.session())
    assert isinstance(bluesky.publish(), o.Published)


def test_an_upload_that_takes_time_is_waited_for(making: Making, practice_clock: HeldClock) -> None:
    mastodon = making("mastodon")
    mastodon.switch("slow_processing", seconds=4)

    assert isinstance(mastodon.publish(PHOTOS), o.Published)
    assert practice_clock.now_ms() >= START_MS + 4000


def test_numbers_are_read(network: Practising) -> None:
    outcome = network.publish()
    assert isinstance(outcome, o.Published)
    numbers: dict[str, Any] = dict(network.platform.metrics(network.session(), outcome.remote_id))
    assert set(numbers) >= {"likes", "reposts", "replies"}
    assert all(isinstance(number, int) for number in numbers.values())


def test_a_post_that_is_too_long_is_refused_there_as_here(network: Practising) -> None:
    limits = network.connect().limits
    rules = network.platform.rules(limits)
    long = Payload("é" * (rules.text_limit + 1))
    assert [p.field for p in network.platform.validate(long, rules)] == ["text"]
    assert isinstance(network.publish(long), o.Rejected)
    assert isinstance(network.publish(Payload("é" * rules.text_limit)), o.Published)
