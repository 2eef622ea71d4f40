"""The webhook receiver: signatures, tolerance, and events seen before."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from scheduler.practice.networks.webhook.server import sign
from tests.support.practice_server import HeldClock, PracticeServer

EVENT = {"type": "post.published", "timestamp": "2026-11-23T09:00:00Z", "data": {"text": "Hello <b>"}}


class Sender:
    """Signs and sends."""

    def __init__(self, server: PracticeServer, clock: HeldClock) -> None:
        self.store, self.clock = server.store, clock
        self.credentials = server.store.create_account("webhook", "inbox", "Our endpoint")
        self.url = server.address(self.credentials)

    def send(self, event_id: str = "msg_1", body: bytes | None = None, **changes: str) -> requests.Response:
        body = json.dumps(EVENT).encode() if body is None else body
        timestamp = changes.pop("timestamp", str(self.clock.now_ms() // 1000))
        signature = changes.pop("signature", sign(self.credentials.secret, event_id, timestamp, body))
        headers = {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
        headers = {name: value for name, value in headers.items() if value}
        return requests.post(self.url, data=body, headers=headers | {"Content-Type": "application/json"}, timeout=10)


@pytest.fixture
def sender(practice_server: PracticeServer, practice_clock: HeldClock) -> Sender:
    return Sender(practice_server, practice_clock)


def test_the_published_vector() -> None:
    secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_signed_event_is_stored_once(sender: Sender) -> None:
    first, again = sender.send(), sender.send()
    assert (first.status_code, first.json()["duplicate"]) == (200, False)
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    feed = sender.store.feed("webhook")
    assert [one.text for one in feed] == ["Hello <b>"]
    assert str(feed[0].html) == "<p>Hello &lt;b&gt;</p>"
    assert sender.send("msg_2").json()["duplicate"] is False


def test_one_right_signature_among_several_is_enough(sender: Sender, practice_clock: HeldClock) -> None:
    body, now = json.dumps(EVENT).encode(), str(practice_clock.now_ms() // 1000)
    right = sign(sender.credentials.secret, "msg_1", now, body)
    assert sender.send(signature=f"v1,AAAA v1a,BBBB {right}").status_code == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"signature": "v1,AAAA"}, 401),
        ({"signature": "v1,ünïcode".encode().decode("latin-1")}, 401),
        ({"signature": ""}, 400),
        ({"timestamp": ""}, 400),
        ({"timestamp": "soon"}, 400),
        ({"event_id": ""}, 400),
    ],
)
def test_events_that_are_refused(sender: Sender, changes: dict[str, Any], status: int) -> None:
    assert sender.send(**changes).status_code == status
    assert sender.store.feed("webhook") == []


@pytest.mark.parametrize("seconds", [301, -301])
def test_old_and_future_events_are_refused(sender: Sender, practice_clock: HeldClock, seconds: int) -> None:
    timestamp = str(practice_clock.now_ms() // 1000 - seconds)
    assert sender.send(timestamp=timestamp).status_code == 401


@pytest.mark.parametrize("body", [b"{", b"[]", b'"\\ud800"', bytes(300_000)])
def test_bodies_that_are_refused(sender: Sender, body: bytes) -> None:
    assert sender.send(body=body).status_code == (413 if len(body) > 1000 else 400)


def test_an_unknown_address(sender: Sender) -> None:
    sender.url += "x"
    assert sender.send().status_code == 404
