"""What is particular to the signed webhook: the signature, the message, the secret."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from scheduler.domain.outcome import Published, Rejected, Unauthorized, Unknown
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import Payload
from scheduler.platforms.connectors.webhook import Webhook, new_secret, sign
from tests.platforms.fault_server import Reply
from tests.platforms.stage import LINK, MARK, NOW, PHOTO, PHOTOS, TEXT, WEBHOOK_SECRET, Stage


def _publish(stage: Stage, payload: Payload) -> object:
    session = stage.session()
    return stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))


def test_the_published_vector() -> None:
    body = b'{"test": 2432232314}'
    signature = sign(WEBHOOK_SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_message(webhook: Stage) -> None:
    assert isinstance(_publish(webhook, PHOTOS), Published)
    call = webhook.server.calls[-1]
    assert call.json == {
        "type": "teaser.published",
        "timestamp": "2026-11-22T16:00:00.000Z",
        "data": {
            "text": PHOTOS.text,
            "link": LINK,
            "media": [{"alt": PHOTO.alt, "mime": "image/jpeg", "width": 1200, "height": 800}],
            "short_code": "k7Qx2m",
        },
    }
    assert call.headers["content-type"] == "application/json"
    assert call.headers["webhook-id"] == MARK.idempotency_key


def test_the_exact_bytes_are_signed_and_a_repeat_is_signed_anew(webhook: Stage) -> None:
    _publish(webhook, replace(TEXT, text="Café ☕"))
    webhook.clock.sleep(60)
    _publish(webhook, replace(TEXT, text="Café ☕"))
    first, second = webhook.server.calls
    for call in (first, second):
        timestamp = int(call.headers["webhook-timestamp"])
        expected = sign(WEBHOOK_SECRET, call.headers["webhook-id"], timestamp, call.body)
        assert call.headers["webhook-signature"] == expected
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60
    assert first.headers["webhook-timestamp"] == str(NOW // 1000)
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_an_empty_secret_is_made_for_you(webhook: Stage) -> None:
    connection = webhook.platform.connect(webhook.session(connected=False), {**webhook.form, "secret": ""})
    secret = connection.credentials["secret"]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert new_secret() != new_secret()
    call = webhook.server.calls[-1]
    assert json.loads(call.body)["type"] == "account.connected"
    assert call.headers["webhook-signature"] == sign(
        secret, call.headers["webhook-id"], int(call.headers["webhook-timestamp"]), call.body
    )


@pytest.mark.parametrize("size", [23, 65])
def test_a_secret_has_24_to_64_bytes(webhook: Stage, size: int) -> None:
    secret = "whsec_" + base64.b64encode(b"x" * size).decode()
    with pytest.raises(Invalid, match="24 to 64 bytes"):
        webhook.platform.connect(webhook.session(connected=False), {**webhook.form, "secret": secret})


def test_a_secret_without_its_prefix_is_taken(webhook: Stage) -> None:
    form = {**webhook.form, "secret": WEBHOOK_SECRET.removeprefix("whsec_")}
    assert webhook.platform.connect(webhook.session(connected=False), form).credentials["secret"] == WEBHOOK_SECRET


def test_only_the_host_of_the_address_is_shown(webhook: Stage) -> None:
    profile = webhook.platform.connect(webhook.session(connected=False), webhook.form).profile
    assert "hush" not in repr(profile)
    assert profile.name == "127.0.0.1"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, Unauthorized),
        (403, Unauthorized),
        (404, Unauthorized),
        (410, Unauthorized),
        (400, Rejected),
        (415, Rejected),
        (504, Unknown),
    ],
)
def test_answers_by_the_sheet(webhook: Stage, status: int, expected: type[object]) -> None:
    webhook.server.fault("POST", "/hook", Reply(status, text="<html>"))
    assert type(_publish(webhook, TEXT)) is expected


@pytest.mark.parametrize(
    "answer", [Reply(204), Reply(200, text="ok"), Reply(200, {"id": 5, "url": "javascript:alert(1)"})]
)
def test_any_2xx_is_a_success_and_odd_answers_are_ignored(webhook: Stage, answer: Reply) -> None:
    webhook.server.fault("POST", "/hook", answer)
    outcome = _publish(webhook, TEXT)
    assert isinstance(outcome, Published)
    assert (outcome.remote_id, outcome.url) == (MARK.idempotency_key, "")


def test_a_message_stays_below_20_kb() -> None:
    media = tuple(replace(PHOTO, alt="ü" * 1500) for _ in range(8))
    problems = Webhook().validate(Payload("x", media=media), Webhook().rules({}))
    assert [problem.field for problem in problems] == ["text"]
