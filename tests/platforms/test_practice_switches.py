"""Failure switches on every network: what the client sees, and what was really posted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import requests

from scheduler.practice.accounts import PracticeError
from scheduler.practice.switches import FailureSwitch
from tests.platforms.test_practice_webhook import Sender
from tests.support.practice_clients import BlueskyClient, MastodonClient, jpeg, post_record
from tests.support.practice_server import HeldClock, PracticeServer

RKEY = "3ke6kg3wk2222"


class Publisher:
    """One network seen from outside: publish the same thing, count what is there."""

    def __init__(self, server: PracticeServer, clock: HeldClock, network: str) -> None:
        self.store = server.store
        self.network = network
        if network == "bluesky":
            bluesky = BlueskyClient(server)
            self.account_id = bluesky.account_id
            self.publish: Callable[[], requests.Response] = lambda: bluesky.put(post_record(), RKEY)
        elif network == "mastodon":
            mastodon = MastodonClient(server)
            self.account_id = mastodon.account_id
            self.publish = lambda: mastodon.publish("Hello", key="k")
        else:
            sender = Sender(server, clock)
            self.account_id = sender.credentials.account_id
            self.publish = sender.send

    def switch(self, kind: str, requests: int | None = 1, seconds: int = 30) -> None:
        self.store.set_switch(self.account_id, kind, requests=requests, seconds=seconds)

    def posted(self) -> int:
        return len(self.store.feed(self.network, self.account_id))


@pytest.fixture(params=["bluesky", "mastodon", "webhook"])
def publisher(request: pytest.FixtureRequest, practice_server: PracticeServer, practice_clock: HeldClock) -> Publisher:
    return Publisher(practice_server, practice_clock, request.param)


@pytest.fixture
def bluesky(practice_server: PracticeServer) -> BlueskyClient:
    return BlueskyClient(practice_server)


@pytest.fixture
def mastodon(practice_server: PracticeServer) -> MastodonClient:
    return MastodonClient(practice_server)


@pytest.mark.parametrize(
    ("kind", "statuses", "posted"),
    [
        ("rate_limited", {"bluesky": 429, "mastodon": 429, "webhook": 429}, 0),
        ("error_before", {"bluesky": 500, "mastodon": 500, "webhook": 500}, 0),
        ("expired_token", {"bluesky": 400, "mastodon": 401, "webhook": 401}, 0),
        ("revoked_app", {"bluesky": 400, "mastodon": 401, "webhook": 410}, 0),
        ("error_after", {"bluesky": 500, "mastodon": 500, "webhook": 500}, 1),
        ("duplicate", {"bluesky": 400, "mastodon": 404, "webhook": 409}, 1),
    ],
)
def test_a_switch_spoils_so_many_requests_and_no_more(
    publisher: Publisher, kind: str, statuses: dict[str, int], posted: int
) -> None:
    publisher.switch(kind, requests=2)
    for _ in range(2):
        assert publisher.publish().status_code == statuses[publisher.network]
        assert publisher.posted() == posted
    assert publisher.publish().status_code == 200
    assert publisher.posted() == 1
    notes = [entry.note for entry in publisher.store.requests.newest(publisher.network, 3)]
    assert [bool(note) for note in notes] == [False, True, True]


def test_a_closed_connection_leaves_the_post(publisher: Publisher) -> None:
    publisher.switch("close_after")
    with pytest.raises(requests.ConnectionError):
        publisher.publish()
    assert publisher.posted() == 1
    assert publisher.publish().status_code == 200
    assert publisher.posted() == 1


def test_a_held_answer_comes_late_and_the_post_is_there_before_it(
    practice_server: PracticeServer, practice_clock: HeldClock
) -> None:
    client = MastodonClient(practice_server)
    client.store.set_switch(client.account_id, "hang_after", seconds=45)
    with pytest.raises(requests.ReadTimeout):
        client.publish("Hello", timeout=0.3)
    assert practice_clock.sleeping.wait(10)
    assert practice_clock.slept == [45]
    assert len(client.store.feed("mastodon")) == 1
    practice_clock.release.set()
    client.store.set_switch(client.account_id, "hang_after", seconds=45)
    assert client.publish("Again").status_code == 200


def test_a_switch_without_a_number_stays_until_switched_off(publisher: Publisher) -> None:
    publisher.switch("error_before", requests=None)
    for _ in range(3):
        assert publisher.publish().status_code == 500
    publisher.store.clear_switch(publisher.account_id, "error_before")
    assert publisher.publish().status_code == 200
    assert publisher.store.switches.active(publisher.account_id) == []


def test_a_switch_acts_on_its_account_only(practice_server: PracticeServer) -> None:
    one, other = MastodonClient(practice_server), MastodonClient(practice_server, "other")
    one.store.set_switch(one.account_id, "error_before")
    assert other.publish("x").status_code == 200
    assert one.publish("x").status_code == 500


def test_rate_limits_name_their_end(
    bluesky: BlueskyClient, mastodon: MastodonClient, practice_clock: HeldClock
) -> None:
    for account in (bluesky.account_id, mastodon.account_id):
        bluesky.store.set_switch(account, FailureSwitch.RATE_LIMITED, seconds=90)
    answer = bluesky.create(post_record())
    assert answer.json()["error"] == "RateLimitExceeded"
    assert answer.headers["Retry-After"] == "90"
    assert int(answer.headers["RateLimit-Reset"]) == practice_clock.now_ms() // 1000 + 90
    reset = datetime.fromisoformat(mastodon.publish("x").headers["X-RateLimit-Reset"])
    assert reset.timestamp() == practice_clock.now_ms() // 1000 + 90


def test_bluesky_says_its_own_names(bluesky: BlueskyClient) -> None:
    for kind, error in (
        ("expired_token", "ExpiredToken"),
        ("error_before", "InternalServerError"),
        ("duplicate", "InternalServerError"),
    ):
        bluesky.store.set_switch(bluesky.account_id, kind)
        assert bluesky.create(post_record()).json()["error"] == error
    bluesky.store.set_switch(bluesky.account_id, "duplicate")
    assert bluesky.put(post_record(), RKEY).json()["error"] == "InvalidSwap"


def test_an_expired_token_is_healed_by_a_refresh(bluesky: BlueskyClient) -> None:
    bluesky.store.set_switch(bluesky.account_id, "expired_token")
    assert bluesky.create(post_record()).json()["error"] == "ExpiredToken"
    bluesky.session = bluesky.refresh(bluesky.session["refreshJwt"]).json()
    assert bluesky.create(post_record()).status_code == 200


def test_a_revoked_app_can_neither_refresh_nor_sign_in(bluesky: BlueskyClient) -> None:
    bluesky.store.set_switch(bluesky.account_id, "revoked_app", requests=None)
    assert bluesky.create(post_record()).json()["error"] == "InvalidToken"
    assert bluesky.refresh(bluesky.session["refreshJwt"]).json()["error"] == "ExpiredToken"
    assert bluesky.sign_in().json()["error"] == "AuthenticationRequired"
    bluesky.store.clear_switch(bluesky.account_id)
    assert bluesky.sign_in().status_code == 200


def test_media_switches(bluesky: BlueskyClient, mastodon: MastodonClient, practice_clock: HeldClock) -> None:
    for account in (bluesky.account_id, mastodon.account_id):
        bluesky.store.set_switch(account, "rejected_media")
    assert bluesky.upload(jpeg()).json()["error"] == "InvalidMimeType"
    assert mastodon.upload(jpeg()).status_code == 422
    for account in (bluesky.account_id, mastodon.account_id):
        bluesky.store.set_switch(account, "slow_processing", seconds=7)
    slow = mastodon.upload(jpeg())
    assert slow.status_code == 202
    practice_clock.advance(6)
    assert mastodon.call("GET", f"v1/media/{slow.json()['id']}").status_code == 206
    practice_clock.advance(1)
    assert mastodon.call("GET", f"v1/media/{slow.json()['id']}").status_code == 200
    practice_clock.release.set()
    assert bluesky.upload(jpeg()).status_code == 200
    assert practice_clock.slept == [7]


def test_every_problem_of_a_switch_is_named_at_once(practice_server: PracticeServer) -> None:
    client = MastodonClient(practice_server)
    with pytest.raises(PracticeError) as problem:
        client.store.set_switch(client.account_id, "explode", requests=0, seconds=1000)
    for word in ("failure:", "requests:", "seconds:"):
        assert word in str(problem.value)
    assert client.store.switches.active(client.account_id) == []
