"""What every connector keeps to, whatever the platform does: tried on all of them over real HTTP."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.domain.outcome import (
    Absent,
    CannotTell,
    Duplicate,
    Forbidden,
    Found,
    NotSent,
    Outcome,
    Published,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
)
from scheduler.domain.problem import Invalid, NotFound
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.registry import all_platforms, platform
from tests.platforms.fault_server import Answering, Close, CloseUnread, Hang, Reply
from tests.platforms.stage import MARK, NOW, PHOTO, PHOTOS, SECRETS, TEXT, WEBHOOK_SECRET, Stage, as_text, once

LATER = NOW + 90_000
ISO = datetime.fromtimestamp(LATER / 1000, tz=UTC).isoformat().replace("+00:00", "Z")
HTTP_DATE = datetime.fromtimestamp(LATER / 1000, tz=UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")

FAULTS: dict[str, tuple[Answering, type[Outcome]]] = {
    "closed before reading": (CloseUnread(), Unknown),
    "closed after reading": (Close(), Unknown),
    "applied, then silent": (Hang(), Unknown),
    "applied, then 500": (Reply(500, {"error": "InternalServerError"}, echo=True), Unknown),
    "502 in HTML": (Reply(502, text="<html>Bad gateway</html>"), Unknown),
    "truncated 200": (Reply(200, {"id": "1", "uri": "at://"}, missing=10), Unknown),
    "408": (Reply(408), Unknown),
    "425": (Reply(425), NotSent),
    "429 in seconds": (Reply(429, {"error": "slow"}, headers={"Retry-After": "90"}, echo=True), Throttled),
    "429 as an HTTP date": (Reply(429, headers={"Retry-After": HTTP_DATE}), Throttled),
    "429 in ISO 8601": (Reply(429, headers={"X-RateLimit-Reset": ISO}), Throttled),
    "429 in epoch seconds": (Reply(429, headers={"RateLimit-Reset": str(LATER // 1000)}), Throttled),
    "503 with a time": (Reply(503, headers={"Retry-After": "90"}), Throttled),
    "401": (Reply(401, {"error": "AuthMissing"}, echo=True), Unauthorized),
    "410": (Reply(410, {"error": "gone"}), Unauthorized),
    "moved": (Reply(307, headers={"Location": "http://127.0.0.1:9/elsewhere"}), Unauthorized),
    "422": (Reply(422, {"error": "too long", "message": "too long"}), Rejected),
    "413": (Reply(413, {"error": "PayloadTooLarge"}), Rejected),
    "409": (Reply(409, {"error": "conflict"}), Duplicate),
}
NOT_FOR_WEBHOOKS: dict[str, tuple[Answering, type[Outcome]]] = {
    "403": (Reply(403, {"error": "This action is outside the authorized scopes"}), Forbidden),
    "403 of a firewall": (Reply(403, text="<html>Blocked</html>", echo=True), Unknown),
    "200 with other JSON": (Reply(200, {"surprise": True}), Unknown),
    "200 with a list": (Reply(200, []), Unknown),
    "200 with no JSON": (Reply(200, text="<html>Welcome</html>"), Unknown),
    "200 with an empty body": (Reply(200), Unknown),
}


def _publish(stage: Stage, session: Session | None = None) -> Outcome:
    session = session or stage.session()
    prepared = stage.platform.prepare(session, TEXT, MARK)
    return stage.platform.publish(session, prepared)


def _is_clean(stage: Stage, *things: object) -> bool:
    hidden = [*SECRETS, WEBHOOK_SECRET, "hush-path-456"]
    return not any(secret in as_text(thing) for thing in things for secret in hidden)


def test_connecting_tells_who_it_is_and_keeps_the_credentials(stage: Stage) -> None:
    connection = stage.platform.connect(stage.session(connected=False), stage.form)
    assert connection.profile.remote_id
    assert connection.profile.name
    assert set(stage.credentials) == set(connection.credentials)
    assert stage.commits() <= 1  # a webhook is told that it was connected; nothing else is called


def test_an_empty_form_names_every_field_that_is_needed(stage: Stage) -> None:
    with pytest.raises(Invalid) as refusal:
        stage.platform.connect(stage.session(connected=False), {})
    needed = {field.name for field in stage.platform.credential_fields if field.required}
    assert {problem.field for problem in refusal.value.problems} == needed
    assert stage.server.calls == []


def test_an_address_that_is_none_is_refused_before_anything_is_sent(stage: Stage) -> None:
    name = {"bluesky": "service", "mastodon": "instance", "webhook": "url"}[stage.platform.name]
    for typed in (
        "https://",
        "ftp://example.com",
        "https://user:pass@example.com",
        "https://exa mple.com",
        "https://[",
    ):
        with pytest.raises(Invalid) as refusal:
            stage.platform.connect(stage.session(connected=False), {**stage.form, name: typed})
        assert [problem.field for problem in refusal.value.problems] == [name], typed
    assert stage.server.calls == []


def test_refused_credentials_are_refused_with_a_sentence(stage: Stage) -> None:
    stage.server.fault("GET", "verify_credentials", Reply(401, {"error": "invalid"}, echo=True))
    stage.server.fault("POST", "createSession|/hook", Reply(401, {"error": "AuthenticationRequired"}, echo=True))
    with pytest.raises(Refused) as refusal:
        stage.platform.connect(stage.session(connected=False), stage.form)
    assert isinstance(refusal.value.outcome, Unauthorized)
    assert "onnect" in refusal.value.outcome.sentence
    assert _is_clean(stage, refusal.value, refusal.value.outcome)


def test_connecting_to_nobody_says_that_no_connection_came_about(stage: Stage) -> None:
    stage.server.close()
    with pytest.raises(Refused) as refusal:
        stage.platform.connect(stage.session(connected=False), stage.form)
    assert isinstance(refusal.value.outcome, NotSent)


def test_checking_finds_the_same_account(stage: Stage) -> None:
    connection = stage.platform.check(stage.session())
    assert connection.credentials == stage.credentials
    if stage.platform.name != "webhook":
        assert connection.profile.remote_id == stage.remote_id
    assert stage.commits() == 0


def test_all_problems_come_at_once(stage: Stage) -> None:
    rules = stage.platform.rules({})
    bad = replace(PHOTO, alt="", mime="image/x-nothing", bytes=10**12)
    payload = Payload("x" * (rules.text_limit + 7), media=(bad,) * (rules.photos + 1))
    problems = stage.platform.validate(payload, rules)
    fields = [problem.field for problem in problems]
    assert {"text", "media", "media.0", f"media.{rules.photos}"} <= set(fields)
    assert fields.count("media.0") == 3
    assert any("Shorten it by 7" in problem.message for problem in problems)


def test_a_good_payload_has_no_errors(stage: Stage) -> None:
    rules = stage.platform.rules({})
    for payload in (TEXT, PHOTOS):
        assert [p for p in stage.platform.validate(payload, rules) if p.severity == "error"] == []


def test_an_empty_post_is_refused(stage: Stage) -> None:
    problems = stage.platform.validate(Payload("  \n"), stage.platform.rules({}))
    assert "text" in [problem.field for problem in problems]


def test_preparing_makes_nothing_public(stage: Stage) -> None:
    for _ in range(2):
        stage.platform.prepare(stage.session(), PHOTOS, MARK)
    assert stage.commits() == 0


def test_publishing_makes_one_irreversible_call(stage: Stage) -> None:
    outcome = _publish(stage)
    assert isinstance(outcome, Published)
    assert outcome.remote_id
    assert outcome.url.startswith("https://")
    assert stage.commits() == 1
    assert _is_clean(stage, outcome)


def test_a_repeat_carries_the_same_mark(stage: Stage) -> None:
    _publish(stage)
    _publish(stage)
    first, second = (
        call for call in stage.server.calls if call.method == "POST" and re.search(stage.commit[1], call.path)
    )
    header = {"mastodon": "idempotency-key", "webhook": "webhook-id"}.get(stage.platform.name, "x-none")
    assert first.headers.get(header) == second.headers.get(header)
    assert first.body == second.body


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_its_outcome_and_is_never_repeated(
    stage: Stage, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fault, expected = FAULTS[name]
    stage.server.fault(*stage.commit, fault)
    outcome = _publish(stage)
    assert type(outcome) is expected
    assert stage.commits() == 1
    assert outcome.sentence.endswith((".", "”"))
    assert _is_clean(stage, outcome, caplog.text)
    if isinstance(outcome, Throttled):
        assert outcome.until == LATER


@pytest.mark.parametrize("name", NOT_FOR_WEBHOOKS)
@pytest.mark.parametrize("connector", ["bluesky", "mastodon"])
def test_answers_that_only_a_platform_can_give(connector: str, name: str, request: pytest.FixtureRequest) -> None:
    stage: Stage = request.getfixturevalue(connector)
    fault, expected = NOT_FOR_WEBHOOKS[name]
    stage.server.fault(*stage.commit, fault)
    outcome = _publish(stage)
    assert type(outcome) is expected
    assert stage.commits() == 1
    assert _is_clean(stage, outcome)


def test_nothing_listening_is_certainly_not_sent(stage: Stage) -> None:
    session = stage.session()
    prepared = stage.platform.prepare(session, TEXT, MARK)
    stage.server.close()
    outcome = stage.platform.publish(session, prepared)
    assert type(outcome) is NotSent
    assert _is_clean(stage, outcome)


@pytest.mark.parametrize(
    "fault", [Close(), Hang(), Reply(500, echo=True), Reply(200, {"odd": 1}), Reply(200, {}, missing=5)]
)
@pytest.mark.parametrize("connector", ["bluesky", "mastodon"])
def test_a_failed_upload_is_tried_again_later(connector: str, fault: Answering, request: pytest.FixtureRequest) -> None:
    stage: Stage = request.getfixturevalue(connector)
    assert stage.upload
    stage.server.fault(*stage.upload, fault)
    with pytest.raises(Refused) as refusal:
        stage.platform.prepare(stage.session(), PHOTOS, MARK)
    assert type(refusal.value.outcome) is NotSent
    assert "may be live" not in refusal.value.outcome.sentence
    assert stage.commits() == 0
    assert _is_clean(stage, refusal.value.outcome)


@pytest.mark.parametrize("connector", ["bluesky", "mastodon"])
def test_a_lost_post_is_found_or_proven_absent(connector: str, request: pytest.FixtureRequest) -> None:
    stage: Stage = request.getfixturevalue(connector)
    assert stage.lookup
    published = _publish(stage)
    found = stage.platform.find(stage.session(), TEXT, MARK)
    assert isinstance(published, Published)
    assert isinstance(found, Found)
    assert (found.remote_id, found.url) == (published.remote_id, published.url)
    stage.server.fault(*stage.lookup, stage.absent)
    assert isinstance(stage.platform.find(stage.session(), TEXT, MARK), Absent)
    assert stage.commits() == 1


@pytest.mark.parametrize(
    ("fault", "passing"),
    [
        (Reply(500), True),
        (Hang(), True),
        (Close(), True),
        (Reply(200, text="<html>"), True),
        (Reply(200, {}, missing=5), True),
        (Reply(403, text="<html>Blocked</html>"), True),
        (Reply(429), True),
        (Reply(400, {"error": "InvalidRequest"}), False),
    ],
)
@pytest.mark.parametrize("connector", ["bluesky", "mastodon"])
def test_a_look_up_without_proof_says_so(
    connector: str, fault: Answering, passing: bool, request: pytest.FixtureRequest
) -> None:
    stage: Stage = request.getfixturevalue(connector)
    assert stage.lookup
    stage.server.fault(*stage.lookup, fault)
    answer = stage.platform.find(stage.session(), TEXT, MARK)
    assert isinstance(answer, CannotTell)
    assert answer.passing is passing


def test_a_webhook_cannot_be_asked(webhook: Stage) -> None:
    answer = webhook.platform.find(webhook.session(), TEXT, MARK)
    assert isinstance(answer, CannotTell)
    assert not answer.passing
    assert not webhook.platform.capabilities.lookup
    assert webhook.platform.idempotency_seconds({}) == 86_400


@pytest.mark.parametrize("connector", ["bluesky", "mastodon"])
def test_deleting_and_counting(connector: str, request: pytest.FixtureRequest) -> None:
    stage: Stage = request.getfixturevalue(connector)
    published = _publish(stage)
    assert isinstance(published, Published)
    numbers = {"likes": 3, "reposts": 2, "replies": 1, "quotes": 0}
    assert stage.platform.metrics(stage.session(), published.remote_id) == numbers
    stage.platform.delete(stage.session(), published.remote_id)
    stage.server.fault("DELETE", "/statuses/", Reply(404, {"error": "Record not found"}))
    stage.platform.delete(stage.session(), published.remote_id)
    stage.server.fault("POST", "deleteRecord", Reply(500))
    stage.server.faults.insert(0, ("DELETE", "/statuses/", Reply(500)))
    with pytest.raises(Refused) as refusal:
        stage.platform.delete(stage.session(), published.remote_id)
    assert isinstance(refusal.value.outcome, NotSent)


def test_refreshing_renews_or_asks_to_connect_again(stage: Stage) -> None:
    session = stage.session()
    if stage.platform.name == "bluesky":
        stage.platform.refresh(session)
        assert stage.remembered == [session.credentials]
        assert session.credentials["access_jwt"] != stage.credentials["access_jwt"]
    else:
        with pytest.raises(Refused) as refusal:
            stage.platform.refresh(session)
        assert isinstance(refusal.value.outcome, Unauthorized)


def test_an_overlong_wait_is_cut_to_a_day(stage: Stage) -> None:
    stage.server.fault(*stage.commit, once(Reply(429, headers={"Retry-After": "99999999"}), Reply(500)))
    outcome = _publish(stage)
    assert isinstance(outcome, Throttled)
    assert outcome.until == NOW + 24 * 3600 * 1000


def test_the_list_of_platforms() -> None:
    assert [each.name for each in all_platforms()] == ["bluesky", "mastodon", "webhook"]
    assert all(each.icon and each.label and each.connect_help and each.post_text_hint for each in all_platforms())
    assets = Path(__file__).parents[2] / "assets"
    drawn = {
        *json.loads((assets / "icons.json").read_text()),
        *(file.stem for file in (assets / "icons").glob("*.svg")),
    }
    assert {each.icon for each in all_platforms()} <= drawn
    assert platform("mastodon").practice
    with pytest.raises(NotFound, match="no platform called “myspace”"):
        platform("myspace")
