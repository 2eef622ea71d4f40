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
    Pending,
    Published,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
)
from scheduler.domain.problem import Invalid, NotFound
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Back, Connection, Refused, Session
from scheduler.platforms.registry import all_platforms, platform
from tests.platforms import stages
from tests.platforms.fault_server import Answering, Close, CloseUnread, Hang, Reply
from tests.platforms.stage import MARK, NOW, PHOTO, SECRETS, WEBHOOK_SECRET, Stage, as_text, once

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
    "403": (Reply(403, {"error": "This action is outside the authorized scopes"}), Forbidden),
    "403 of a firewall": (Reply(403, text="<html>Blocked</html>", echo=True), Unknown),
    "200 with other JSON": (Reply(200, {"surprise": True}), Unknown),
    "200 with a list": (Reply(200, []), Unknown),
    "200 with no JSON": (Reply(200, text="<html>Welcome</html>"), Unknown),
    "200 with an empty body": (Reply(200), Unknown),
}


ADDRESSES_THAT_ARE_NONE = (
    "https://",
    "ftp://example.com",
    "https://user:pass@example.com",
    "https://exa mple.com",
    "https://[",
)


def _faults_of(name: str) -> list[tuple[str, str]]:
    """Return the faults to try on a connector: those that its platform can answer with."""
    return [(name, fault) for fault in FAULTS if stages.expects(name).get(fault, Outcome) is not None]


def _live(stage: Stage) -> Published:
    """Publish, and wait for a platform that goes on working after it has accepted the post."""
    outcome = _publish(stage)
    if isinstance(outcome, Pending):
        outcome = stage.platform.poll(stage.session(), outcome.remote_id)
    assert isinstance(outcome, Published)
    return outcome


def _publish(stage: Stage, session: Session | None = None) -> Outcome:
    session = session or stage.session()
    prepared = stage.platform.prepare(session, stage.text, MARK)
    return stage.platform.publish(session, prepared)


def _is_clean(stage: Stage, *things: object) -> bool:
    hidden = [*SECRETS, WEBHOOK_SECRET, "hush-path-456"]
    return not any(secret in as_text(thing) for thing in things for secret in hidden)


def _connect(stage: Stage) -> list[Connection]:
    session = stage.session(connected=False)
    if stage.signs_in is None:
        return [stage.platform.connect(session, stage.form)]
    return stage.platform.signed_in(session, *stage.signs_in)


def test_connecting_tells_who_it_is_and_keeps_the_credentials(stage: Stage) -> None:
    connections = _connect(stage)
    assert stage.remote_id in [found.profile.remote_id for found in connections] or stage.platform.name == "webhook"
    assert all(found.profile.name for found in connections)
    assert set(stage.credentials) == set(connections[0].credentials)
    assert stage.commits() <= 1  # a webhook is told that it was connected; nothing else is called


def test_there_is_a_way_to_connect_and_it_says_how(stage: Stage) -> None:
    ways = stage.platform.ways
    assert ways
    assert len({way.name for way in ways}) == len(ways)
    for way in ways:
        assert way.help
        assert way.redirects or way.fields
        if way.app:
            assert way.app.register_url.startswith("https://")
            assert any("{redirect_uri}" in step for step in way.app.steps)


def test_an_empty_form_names_every_field_that_is_needed(form_stage: Stage) -> None:
    with pytest.raises(Invalid) as refusal:
        form_stage.platform.connect(form_stage.session(connected=False), {})
    forms = [way for way in form_stage.platform.ways if not way.redirects]
    needed = {field.name for field in forms[0].fields if field.required}
    assert {problem.field for problem in refusal.value.problems} == needed
    assert form_stage.server.calls == []


def test_an_address_that_is_none_is_refused_before_anything_is_sent(form_stage: Stage) -> None:
    name = form_stage.address
    for typed in ADDRESSES_THAT_ARE_NONE if name else ():
        with pytest.raises(Invalid) as refusal:
            form_stage.platform.connect(form_stage.session(connected=False), {**form_stage.form, name: typed})
        assert [problem.field for problem in refusal.value.problems] == [name], typed
    assert form_stage.server.calls == []


def test_refused_credentials_are_refused_with_a_sentence(stage: Stage) -> None:
    assert stage.who
    stage.server.fault(*stage.who, stage.refusal)
    with pytest.raises(Refused) as refusal:
        _connect(stage)
    assert isinstance(refusal.value.outcome, Unauthorized)
    assert "onnect" in refusal.value.outcome.sentence
    assert _is_clean(stage, refusal.value, refusal.value.outcome)


def test_a_person_who_says_no_is_told_that_nothing_was_connected(redirecting_stage: Stage) -> None:
    stage = redirecting_stage
    assert stage.signs_in
    way, _, kept = stage.signs_in
    with pytest.raises(Refused) as refusal:
        stage.platform.signed_in(stage.session(connected=False), way, {"error": "access_denied"}, kept)
    assert isinstance(refusal.value.outcome, Forbidden)
    assert stage.server.calls == []


def test_signing_in_leads_to_the_platform_and_says_nothing_secret(redirecting_stage: Stage) -> None:
    stage = redirecting_stage
    assert stage.signs_in
    back = Back("https://clinic.example/admin/accounts/back", "the-state")
    begun = stage.platform.sign_in(stage.session(connected=False), stage.signs_in[0], stage.form, back)
    assert begun.url.startswith(("https://", stage.server.origin))
    assert stage.app.get("client_secret", "hush") not in begun.url
    assert not any(secret and secret in begun.url for secret in begun.kept.values() if secret != back.redirect_uri)


def test_connecting_to_nobody_says_that_no_connection_came_about(stage: Stage) -> None:
    stage.server.close()
    with pytest.raises(Refused) as refusal:
        _connect(stage)
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
    for payload in (stage.text, stage.rich):
        assert [p for p in stage.platform.validate(payload, rules) if p.severity == "error"] == []


def test_an_empty_post_is_refused(stage: Stage) -> None:
    problems = stage.platform.validate(Payload("  \n"), stage.platform.rules({}))
    assert "text" in [problem.field for problem in problems]


def test_preparing_makes_nothing_public(stage: Stage) -> None:
    for _ in range(2):
        stage.platform.prepare(stage.session(), stage.rich, MARK)
    assert stage.commits() == 0


def test_publishing_makes_one_irreversible_call(stage: Stage) -> None:
    outcome = _live(stage)
    assert outcome.remote_id
    assert outcome.url.startswith("https://")
    assert stage.commits() == 1
    assert _is_clean(stage, outcome)


def test_a_repeat_carries_the_same_mark(stage: Stage) -> None:
    _publish(stage)
    _publish(stage)
    first, second = (
        call for call in stage.server.calls if call.method == stage.commit[0] and re.search(stage.commit[1], call.path)
    )
    assert first.path == second.path
    assert first.headers.get(stage.same_mark or "x-none") == second.headers.get(stage.same_mark or "x-none")
    assert first.body == second.body


@pytest.mark.parametrize(("name", "fault"), [pair for name in stages.names() for pair in _faults_of(name)])
def test_every_fault_has_its_outcome_and_is_never_repeated(
    name: str, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, usual = FAULTS[fault]
    stage = stages.set_up(name)
    try:
        outcome = _judge_fault(stage, answer, stages.expects(name).get(fault, usual), caplog)
    finally:
        stage.server.close()
    if stage.until and isinstance(outcome, Throttled):
        assert outcome.until == LATER


def test_what_only_this_platform_answers_has_its_outcome(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for fault, expected in stage.faults.values():
        stage.server.faults.clear()
        stage.server.calls.clear()
        _judge_fault(stage, fault, expected, caplog)


def _judge_fault(
    stage: Stage, fault: Answering, expected: type[Outcome] | None, caplog: pytest.LogCaptureFixture
) -> Outcome:
    stage.server.fault(*stage.commit, fault)
    outcome = _publish(stage)
    assert type(outcome) is expected
    assert stage.commits() == 1
    assert outcome.sentence.endswith((".", "”"))
    assert _is_clean(stage, outcome, caplog.text)
    return outcome


def test_nothing_listening_is_certainly_not_sent(stage: Stage) -> None:
    session = stage.session()
    prepared = stage.platform.prepare(session, stage.text, MARK)
    stage.server.close()
    outcome = stage.platform.publish(session, prepared)
    assert type(outcome) is NotSent
    assert _is_clean(stage, outcome)


@pytest.mark.parametrize(
    "fault", [Close(), Hang(), Reply(500, echo=True), Reply(200, {"odd": 1}), Reply(200, {}, missing=5)]
)
def test_a_failed_upload_is_tried_again_later(uploading_stage: Stage, fault: Answering) -> None:
    stage = uploading_stage
    assert stage.upload
    stage.server.fault(*stage.upload, fault)
    with pytest.raises(Refused) as refusal:
        stage.platform.prepare(stage.session(), stage.rich, MARK)
    assert type(refusal.value.outcome) is NotSent
    assert "may be live" not in refusal.value.outcome.sentence
    assert stage.commits() == 0
    assert _is_clean(stage, refusal.value.outcome)


def test_a_lost_post_is_found_or_proven_absent(finding_stage: Stage) -> None:
    stage = finding_stage
    assert stage.lookup
    published = _live(stage)
    found = stage.platform.find(stage.session(), stage.text, MARK)
    assert isinstance(found, Found)
    assert (found.remote_id, found.url) == (published.remote_id, published.url)
    stage.server.fault(*stage.lookup, stage.absent)
    assert isinstance(stage.platform.find(stage.session(), stage.text, MARK), Absent)
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
def test_a_look_up_without_proof_says_so(finding_stage: Stage, fault: Answering, passing: bool) -> None:
    stage = finding_stage
    assert stage.lookup
    stage.server.fault(*stage.lookup, fault)
    answer = stage.platform.find(stage.session(), stage.text, MARK)
    assert isinstance(answer, CannotTell)
    assert answer.passing is passing


def test_what_cannot_be_asked_says_so_without_asking(blind_stage: Stage) -> None:
    answer = blind_stage.platform.find(blind_stage.session(), blind_stage.text, MARK)
    assert isinstance(answer, CannotTell)
    assert not answer.passing
    assert blind_stage.server.calls == []


def test_a_webhook_knows_its_key_for_a_day(webhook: Stage) -> None:
    assert webhook.platform.idempotency_seconds({}) == 86_400


def test_taking_a_post_down(deleting_stage: Stage) -> None:
    stage = deleting_stage
    assert stage.removal
    published = _live(stage)
    stage.platform.delete(stage.session(), published.remote_id)
    assert stage.server.count(*stage.removal) == 1
    stage.server.fault(*stage.removal, Reply(500))
    with pytest.raises(Refused) as refusal:
        stage.platform.delete(stage.session(), published.remote_id)
    assert isinstance(refusal.value.outcome, NotSent)


def test_a_post_that_is_gone_counts_as_taken_down(deleting_stage: Stage) -> None:
    stage = deleting_stage
    assert stage.removal
    published = _live(stage)
    stage.server.fault(*stage.removal, stage.gone)
    stage.platform.delete(stage.session(), published.remote_id)
    assert stage.server.count(*stage.removal) == 1


def test_reading_the_numbers_of_a_post(counting_stage: Stage) -> None:
    published = _live(counting_stage)
    assert counting_stage.numbers
    assert counting_stage.platform.metrics(counting_stage.session(), published.remote_id) == counting_stage.numbers


def test_a_post_that_is_being_processed_is_asked_about_and_not_sent_again(waiting_stage: Stage) -> None:
    stage = waiting_stage
    assert stage.poll
    outcome = _publish(stage)
    assert isinstance(outcome, Pending)
    assert outcome.ask_again_at > NOW
    for fault in (Reply(500), Close(), Reply(429, headers={"Retry-After": "90"})):
        stage.server.faults.clear()
        stage.server.fault(*stage.poll, fault)
        assert isinstance(stage.platform.poll(stage.session(), outcome.remote_id), NotSent | Pending | Throttled)
    stage.server.faults.clear()
    assert isinstance(stage.platform.poll(stage.session(), outcome.remote_id), Published)
    assert stage.commits() == 1


def test_an_answer_to_our_own_post_makes_one_irreversible_call(answering_stage: Stage) -> None:
    stage = answering_stage
    first = _live(stage)
    before = len(stage.server.calls)
    reply = Payload("More about it tomorrow.", reply_to=first.remote_id)
    session = stage.session()
    outcome = stage.platform.publish(
        session, stage.platform.prepare(session, reply, replace(MARK, short_code="r3Ply0"))
    )
    assert isinstance(outcome, Published)
    assert outcome.remote_id
    after = stage.server.calls[before:]
    assert any(stage.answered in call.path + call.body.decode(errors="replace") for call in after)


def test_renewing_a_sign_in_stores_it_before_it_is_used(renewing_stage: Stage) -> None:
    stage = renewing_stage
    session = stage.session()
    stage.platform.refresh(session)
    assert stage.remembered == [session.credentials]
    assert session.credentials != stage.credentials
    assert all(session.credentials[name] for name, value in stage.credentials.items() if value)


def test_a_trouble_while_renewing_passes_and_a_refusal_does_not(renewing_stage: Stage) -> None:
    stage = renewing_stage
    assert stage.renewal
    for fault in (Reply(500), Close(), Reply(200, text="<html>"), stage.spent):
        stage.server.faults.clear()
        stage.server.fault(*stage.renewal, fault)
        with pytest.raises(Refused) as refusal:
            stage.platform.refresh(stage.session())
        expected = Unauthorized if fault is stage.spent else NotSent
        assert type(refusal.value.outcome) is expected
        assert _is_clean(stage, refusal.value.outcome)
    assert stage.remembered == []


def test_what_cannot_be_renewed_asks_to_connect_again(lasting_stage: Stage) -> None:
    with pytest.raises(Refused) as refusal:
        lasting_stage.platform.refresh(lasting_stage.session())
    assert isinstance(refusal.value.outcome, Unauthorized)


def test_an_overlong_wait_is_cut_to_a_day(stage: Stage) -> None:
    stage.server.fault(*stage.commit, once(Reply(429, headers={"Retry-After": "99999999"}), Reply(500)))
    outcome = _publish(stage)
    assert isinstance(outcome, Throttled)
    assert outcome.until == NOW + 24 * 3600 * 1000


def test_every_connector_has_a_stage() -> None:
    assert {each.name for each in all_platforms()} - {"by_hand"} == set(stages.names())


def test_the_list_of_platforms() -> None:
    assert all(each.icon and each.label and each.post_text_hint for each in all_platforms())
    assets = Path(__file__).parents[2] / "assets"
    drawn = {
        *json.loads((assets / "icons.json").read_text()),
        *(file.stem for file in (assets / "icons").glob("*.svg")),
    }
    assert {each.icon for each in all_platforms()} <= drawn
    assert platform("mastodon").practice
    with pytest.raises(NotFound, match="no platform called “myspace”"):
        platform("myspace")
