"""What is particular to Mastodon: counting, limits of the server, media that take time, finding a post again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scheduler.domain.outcome import Absent, CannotTell, Found, NotSent, Published, Rejected, Unknown
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.connectors.mastodon.connector import Mastodon
from tests.platforms.fault_server import Answering, Reply
from tests.platforms.stage import LINK, MARK, PHOTO, PHOTOS, TEXT, VIDEO, Stage, once

PLAIN = Payload("Good morning, runners")


def _status(number: int, content: str, at: str = "2026-11-22T16:00:01.000Z", **more: Any) -> dict[str, Any]:
    return {"id": str(number), "url": f"https://m.example/{number}", "created_at": at, "content": content, **more}


def _publish(stage: Stage, payload: Payload) -> Any:
    session = stage.session()
    return stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("", 0),
        ("plain", 5),
        ("https://example.com/" + "a" * 200, 23),
        ("http://e.co", 23),
        ("HTTPS://EXAMPLE.COM/x", 23),
        ("see https://example.com/a, and https://example.com/b.", 4 + 23 + 6 + 23 + 1),
        ("(https://example.com/a)", 25),
        ("https://example.com/?a=1&b=2#c d", 25),
        ("example.com", 11),
        ("@alice@very-long-server.example hi", 9),
        ("@alice hi", 9),
        ("mail alice@example.com", 22),
        ("#hashtag", 8),
        ("👨‍👩‍👧‍👧 é", 3),
    ],
)
def test_counting(text: str, used: int) -> None:
    assert Mastodon().count(text, Mastodon().rules({})).used == used


def test_the_link_is_added_to_the_text_and_counted() -> None:
    payload = Payload("x" * 480, LinkCard(LINK))
    assert Mastodon().wire_text(payload) == f"{'x' * 480}\n\n{LINK}"
    assert Mastodon().wire_text(TEXT) == TEXT.text
    assert Mastodon().wire_text(Payload("", LinkCard(LINK))) == LINK
    problems = Mastodon().validate(payload, Mastodon().rules({}))
    assert ["505 of at most 500" in problem.message for problem in problems] == [True]
    assert Mastodon().validate(Payload("x" * 475, LinkCard(LINK)), Mastodon().rules({})) == []


def test_what_is_posted(mastodon: Stage) -> None:
    payload = replace(PHOTOS, text="Look", language="de", options={"visibility": "unlisted"})
    assert isinstance(_publish(mastodon, payload), Published)
    call = next(call for call in mastodon.server.calls if call.path == "/api/v1/statuses")
    assert call.json == {
        "status": f"Look\n\n{LINK}",
        "language": "de",
        "visibility": "unlisted",
        "media_ids": ["77"],
    }
    assert call.headers["idempotency-key"] == MARK.idempotency_key
    assert call.headers["content-type"] == "application/json"
    media = mastodon.server.last("/api/v2/media").body
    assert b"A knee brace on a bench" in media
    assert b"<photo>" in media
    assert b"scheduled_at" not in call.body


def test_the_servers_limits_count(mastodon: Stage) -> None:
    limits = mastodon.platform.connect(mastodon.session(connected=False), mastodon.form).limits
    rules = mastodon.platform.rules(limits)
    assert (rules.text_limit, rules.photo_bytes, rules.video_bytes, rules.alt_limit) == (600, 1000, 5000, 100)
    assert (rules.photo_mimes, rules.video_mimes) == (("image/jpeg", "image/png"), ("video/mp4",))
    assert (limits["software"], mastodon.platform.idempotency_seconds(limits)) == ("mastodon", 3600)


def test_an_older_server_is_asked_the_older_way(mastodon: Stage) -> None:
    mastodon.server.fault("GET", "/api/v2/instance", Reply(404))
    older = {"version": "2.7 (compatible; Pleroma 2.4)", "max_toot_chars": 5000, "description_limit": 900}
    mastodon.server.fault("GET", "/api/v1/instance", Reply(json=older))
    limits = mastodon.platform.check(mastodon.session()).limits
    rules = mastodon.platform.rules(limits)
    assert (rules.text_limit, rules.alt_limit, rules.link_length) == (5000, 900, None)
    assert (limits["software"], mastodon.platform.idempotency_seconds(limits)) == ("pleroma", 0)


@pytest.mark.parametrize(
    ("software", "seconds"), [("mastodon", 3600), ("gotosocial", 0), ("friendica", 0), ("pixelfed", 0)]
)
def test_only_mastodon_itself_is_trusted_with_the_key(mastodon: Stage, software: str, seconds: int) -> None:
    href = f"{mastodon.server.origin}/nodeinfo/2.0"
    mastodon.server.fault("GET", "/.well-known/nodeinfo", Reply(json={"links": [{"rel": "2.0", "href": href}]}))
    mastodon.server.fault("GET", "/nodeinfo/2.0", Reply(json={"software": {"name": software}}))
    limits = mastodon.platform.check(mastodon.session()).limits
    assert (limits["software"], mastodon.platform.idempotency_seconds(limits)) == (software, seconds)


def test_pixelfed_needs_a_photo_and_gets_no_key(mastodon: Stage) -> None:
    mastodon.limits = {"software": "pixelfed"}
    problems = mastodon.platform.validate(PLAIN, mastodon.platform.rules(mastodon.limits))
    assert [problem.field for problem in problems] == ["media"]
    _publish(mastodon, PHOTOS)
    call = next(call for call in mastodon.server.calls if call.path == "/api/v1/statuses")
    assert "idempotency-key" not in call.headers


@pytest.mark.parametrize(
    "answer", [Reply(500), Reply(200, text="<html>"), Reply(200, {"configuration": {"statuses": 5}})]
)
def test_odd_instance_documents_leave_the_defaults(mastodon: Stage, answer: Reply) -> None:
    mastodon.server.fault("GET", "/instance", answer)
    rules = mastodon.platform.rules(mastodon.platform.check(mastodon.session()).limits)
    assert rules.text_limit == 500


def test_known_limits_stand_while_the_server_is_silent(mastodon: Stage) -> None:
    mastodon.limits = {"software": "gotosocial", "text_characters": 5000, "idempotency_seconds": 0}
    mastodon.server.fault("GET", "/instance", Reply(503))
    assert mastodon.platform.check(mastodon.session()).limits == mastodon.limits


@pytest.mark.parametrize(
    ("typed", "path"),
    [("{}", ""), ("{}/", ""), ("{}/@clinic", ""), ("{}/home", ""), ("{}/practice/mastodon", "/practice/mastodon")],
)
def test_the_address_is_read_as_people_paste_it(mastodon: Stage, typed: str, path: str) -> None:
    form = {**mastodon.form, "instance": typed.format(mastodon.server.origin)}
    connection = mastodon.platform.connect(mastodon.session(connected=False), form)
    assert connection.credentials["instance"] == mastodon.server.origin + path
    assert connection.profile.handle.startswith("@clinic@127.0.0.1")


def test_a_token_with_odd_characters_is_refused(mastodon: Stage) -> None:
    with pytest.raises(Invalid, match="not an access token"):
        mastodon.platform.connect(mastodon.session(connected=False), {**mastodon.form, "access_token": "abc\ndef"})


def _answers(*answers: Answering) -> Answering:
    first, *rest = answers
    return once(first, _answers(*rest)) if rest else first


def test_media_that_take_time_are_waited_for(mastodon: Stage) -> None:
    mastodon.server.fault("POST", "/api/v2/media", Reply(202, {"id": "77", "url": None}))
    ready = Reply(200, {"id": "77", "url": "https://m.example/77.mp4"})
    mastodon.server.fault(
        "GET", "/api/v1/media/77", _answers(Reply(206), Reply(206), Reply(206), Reply(206), Reply(206), ready)
    )
    _publish(mastodon, Payload("Watch", media=(VIDEO,)))
    assert mastodon.clock.slept[:6] == [1, 2, 3, 5, 5, 5]
    assert mastodon.commits() == 1


def test_media_that_take_too_long_are_tried_again_later(mastodon: Stage) -> None:
    mastodon.config = {"media_seconds": 20}
    mastodon.server.fault("POST", "/api/v2/media", Reply(202, {"id": "77", "url": None}))
    mastodon.server.fault("GET", "/api/v1/media/77", Reply(206))
    with pytest.raises(Refused, match="still processing") as refusal:
        mastodon.platform.prepare(mastodon.session(), PHOTOS, MARK)
    assert isinstance(refusal.value.outcome, NotSent)
    assert sum(mastodon.clock.slept) < 30


def test_media_that_cannot_be_processed_are_rejected(mastodon: Stage) -> None:
    mastodon.server.fault("POST", "/api/v2/media", Reply(202, {"id": "77", "url": None}))
    mastodon.server.fault("GET", "/api/v1/media/77", Reply(422, {"error": "Verarbeitung fehlgeschlagen"}))
    with pytest.raises(Refused, match="Verarbeitung fehlgeschlagen") as refusal:
        mastodon.platform.prepare(mastodon.session(), PHOTOS, MARK)
    assert isinstance(refusal.value.outcome, Rejected)


def test_a_post_that_was_accepted_and_does_not_exist_is_unknown(mastodon: Stage) -> None:
    mastodon.server.fault("GET", "/api/v1/statuses/1001$", Reply(404))
    outcome = _publish(mastodon, TEXT)
    assert isinstance(outcome, Unknown)
    assert "spam filter" in outcome.sentence
    assert mastodon.server.count("GET", "/api/v1/statuses/1001$") == 2
    assert mastodon.commits() == 1


@pytest.mark.parametrize("second", [Reply(500), Reply(403, {"error": "scope"}), Reply(429), Reply(200, text="<html>")])
def test_a_failed_second_look_does_not_take_back_the_first(mastodon: Stage, second: Reply) -> None:
    mastodon.server.fault("GET", "/api/v1/statuses/1001$", second)
    assert isinstance(_publish(mastodon, TEXT), Published)


def test_a_lagging_copy_is_asked_again(mastodon: Stage) -> None:
    mastodon.server.fault("GET", "/api/v1/statuses/1001$", once(Reply(404), Reply(200, {})))
    assert isinstance(_publish(mastodon, TEXT), Published)


def test_a_scheduled_post_is_not_taken_for_a_live_one(mastodon: Stage) -> None:
    mastodon.server.fault("POST", "/api/v1/statuses$", Reply(200, {"id": "5", "scheduled_at": "2026-12-01T00:00:00Z"}))
    assert isinstance(_publish(mastodon, TEXT), Unknown)


@pytest.mark.parametrize(
    "content",
    [
        '<p>x <a href="https://clinic.example/x/k7Qx2m">clinic.example</a></p>',
        '<p>x <a href="https://clinic.example/a?b=1&amp;utm_content=k7Qx2m&amp;c=2">…</a></p>',
        "<p>x https://clinic.example/x/k7Qx2m</p>",
    ],
)
def test_a_post_is_found_by_its_short_code(mastodon: Stage, content: str) -> None:
    mastodon.server.fault("GET", "/accounts/42/statuses", Reply(json=[_status(8, "<p>other</p>"), _status(7, content)]))
    found = mastodon.platform.find(mastodon.session(), TEXT, MARK)
    assert isinstance(found, Found)
    assert found.remote_id == "7"


def test_a_longer_code_or_the_same_text_is_another_post(mastodon: Stage) -> None:
    other = '<p>How to return to running. <a href="https://clinic.example/x/k7Qx2mZ">…</a></p>'
    listing = once(Reply(json=[_status(7, other)]), Reply(json=[]))
    mastodon.server.fault("GET", "/accounts/42/statuses", listing)
    assert isinstance(mastodon.platform.find(mastodon.session(), TEXT, MARK), Absent)


def test_a_post_without_link_is_found_by_its_text(mastodon: Stage) -> None:
    rewritten = _status(7, "<p>Good morning, <b>runners</b>!</p>")
    mastodon.server.fault("GET", "/accounts/42/statuses", once(Reply(json=[rewritten]), Reply(json=[])))
    mastodon.server.fault("GET", "/statuses/7/source", Reply(json={"id": "7", "text": "Good morning, runners"}))
    assert isinstance(mastodon.platform.find(mastodon.session(), PLAIN, MARK), Found)


def test_a_text_that_may_be_rewritten_proves_nothing(mastodon: Stage) -> None:
    rewritten = _status(7, "<p>Good morning, <b>runners</b>!</p>")
    mastodon.server.fault("GET", "/accounts/42/statuses", once(Reply(json=[rewritten]), Reply(json=[])))
    mastodon.server.fault("GET", "/statuses/7/source", Reply(404))
    answer = mastodon.platform.find(mastodon.session(), PLAIN, MARK)
    assert isinstance(answer, CannotTell)
    assert not answer.passing


def test_a_shown_text_that_is_the_same_is_found_without_its_source(mastodon: Stage) -> None:
    mastodon.server.fault("GET", "/accounts/42/statuses", Reply(json=[_status(7, "<p>Good morning,<br>runners</p>")]))
    assert isinstance(mastodon.platform.find(mastodon.session(), PLAIN, MARK), Found)


def test_absence_is_only_proven_at_an_older_post_or_the_end(mastodon: Stage) -> None:
    page = [_status(number, "<p>other</p>") for number in range(50, 10, -1)]
    mastodon.server.fault("GET", "max_id=11", Reply(json=[]))
    mastodon.server.fault("GET", "/accounts/42/statuses", Reply(json=page))
    assert isinstance(mastodon.platform.find(mastodon.session(), TEXT, MARK), Absent)
    assert mastodon.server.count("GET", "max_id=11") == 1


def test_too_many_posts_prove_nothing(mastodon: Stage) -> None:
    page = [_status(number, "<p>other</p>") for number in range(50, 10, -1)]
    mastodon.server.fault("GET", "/accounts/42/statuses", Reply(json=page))
    answer = mastodon.platform.find(mastodon.session(), TEXT, MARK)
    assert isinstance(answer, CannotTell)
    assert not answer.passing
    assert mastodon.server.count("GET", "/accounts/42/statuses") == 5


def test_an_id_cannot_reach_another_path(mastodon: Stage) -> None:
    mastodon.server.fault("GET", "%2F", Reply(404))
    with pytest.raises(Refused):
        mastodon.platform.metrics(mastodon.session(), "../accounts/verify_credentials")
    assert mastodon.server.calls[-1].path == "/api/v1/statuses/..%2Faccounts%2Fverify_credentials"


def test_a_wrong_visibility_is_named() -> None:
    problems = Mastodon().validate(replace(PLAIN, options={"visibility": "secret"}), Mastodon().rules({}))
    assert [problem.field for problem in problems] == ["options.visibility"]


def test_photos_and_a_video_do_not_mix() -> None:
    problems = Mastodon().validate(Payload("x", media=(PHOTO, VIDEO)), Mastodon().rules({}))
    assert [problem.field for problem in problems] == ["media"]
