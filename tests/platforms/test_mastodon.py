"""What is particular to Mastodon: counting, limits of the server, media that take time, finding a post again."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scheduler.domain.outcome import Absent, CannotTell, Found, NotSent, Published, Rejected, Unknown
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.base import Back, Refused
from scheduler.platforms.connectors.mastodon.connector import Mastodon
from tests.platforms.fault_server import Answering, Reply
from tests.platforms.stage import LINK, MARK, NOW, PHOTO, PHOTOS, TEXT, VIDEO, Stage, once

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


# options, polls, warnings

POLL = {"poll_options": "Knee\nHip\n", "poll_expires_in": "3600", "poll_multiple": "1"}


def _problems(payload: Payload) -> list[str]:
    return [problem.field for problem in Mastodon().validate(payload, Mastodon().rules({}))]


def _sent(stage: Stage, verb: str = "POST") -> dict[str, Any]:
    path = stage.commit[1] if verb == "POST" else "/api/v1/statuses/1001$"
    sent = [call for call in stage.server.calls if call.method == verb and re.search(path, call.path)]
    found: dict[str, Any] = json.loads(sent[-1].body)
    return found


def test_options_go_out_in_the_servers_own_fields(mastodon: Stage) -> None:
    options = {"visibility": "unlisted", "spoiler_text": " Surgery ", "sensitive": "1", **POLL}
    options["quote_approval_policy"] = "nobody"
    assert isinstance(_publish(mastodon, replace(PLAIN, options=options)), Published)
    sent = _sent(mastodon)
    assert (sent["visibility"], sent["spoiler_text"], sent["sensitive"]) == ("unlisted", "Surgery", True)
    assert sent["quote_approval_policy"] == "nobody"
    assert sent["poll"] == {"options": ["Knee", "Hip"], "expires_in": 3600, "multiple": True, "hide_totals": False}
    assert isinstance(_publish(mastodon, PLAIN), Published)
    assert set(_sent(mastodon)) == {"status", "language"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"visibility": "secret"}, "options.visibility"),
        ({"quote_approval_policy": "friends"}, "options.quote_approval_policy"),
        ({"poll_options": "Only one"}, "options.poll_options"),
        ({"poll_options": "1\n2\n3\n4\n5"}, "options.poll_options"),
        ({"poll_options": "Same\nSame"}, "options.poll_options"),
        ({"poll_options": "x" * 51 + "\ny"}, "options.poll_options"),
        ({"poll_options": "a\nb", "poll_expires_in": "7"}, "options.poll_expires_in"),
    ],
)
def test_options_that_are_refused(options: dict[str, str], field: str) -> None:
    assert _problems(replace(PLAIN, options=options)) == [field]


def test_a_poll_has_no_photos_and_a_warning_counts() -> None:
    assert _problems(Payload("Which?", media=(PHOTO,), options=POLL)) == ["media"]
    assert _problems(Payload("x" * 490, options={"spoiler_text": "y" * 10})) == []
    assert _problems(Payload("x" * 490, options={"spoiler_text": "y" * 11})) == ["text"]


@pytest.mark.parametrize(
    ("limits", "offered", "missing"),
    [
        ({"software": "mastodon", "api_version": 7}, {"direct", "quote_approval_policy", "poll_options"}, {"local"}),
        ({"software": "mastodon"}, {"poll_options"}, {"quote_approval_policy"}),
        ({"software": "pixelfed"}, {"private"}, {"direct", "poll_options"}),
        ({"software": "akkoma"}, {"local"}, {"mutuals_only"}),
        ({"software": "gotosocial"}, {"mutuals_only"}, {"local"}),
    ],
)
def test_every_server_offers_what_it_has(limits: dict[str, Any], offered: set[str], missing: set[str]) -> None:
    options = Mastodon().options(limits)
    known = {option.name for option in options} | {value for option in options for value, _ in option.choices}
    assert offered <= known
    assert not missing & known


# answers, edits, kin


def test_an_answer_to_a_post_that_is_gone_is_refused(mastodon: Stage) -> None:
    mastodon.server.fault(*mastodon.commit, Reply(404, {"error": "Record not found"}))
    mastodon.server.fault("GET", "/api/v1/statuses/1001$", Reply(404, {"error": "Record not found"}))
    outcome = _publish(mastodon, replace(PLAIN, reply_to="1001"))
    assert isinstance(outcome, Rejected)
    assert "answers" in outcome.sentence


def test_an_answer_is_looked_for_among_answers(mastodon: Stage) -> None:
    shown = f"<p>{PLAIN.text}</p>"
    posts = [_status(3, shown), _status(2, shown, in_reply_to_id="1001"), _status(1, shown, in_reply_to_id="7")]
    mastodon.server.fault("GET", "/api/v1/accounts/42/statuses", once(Reply(json=posts), Reply(json=[])))
    found = mastodon.platform.find(mastodon.session(), replace(PLAIN, reply_to="1001"), replace(MARK, short_code=""))
    assert isinstance(found, Found)
    assert found.remote_id == "2"


def test_an_edit_keeps_the_files(mastodon: Stage) -> None:
    here = _status(1001, "<p>x</p>", media_attachments=[{"id": "77"}, {"id": "78"}])
    mastodon.server.fault("GET", "/api/v1/statuses/1001$", Reply(json=here))
    mastodon.server.fault("PUT", "/api/v1/statuses/1001$", Reply(json=here))
    payload = replace(PLAIN, options={"visibility": "private", "spoiler_text": "Surgery"})
    mastodon.platform.edit(mastodon.session(), "1001", payload)
    sent = _sent(mastodon, "PUT")
    assert (sent["media_ids"], sent["spoiler_text"], "visibility" in sent) == (["77", "78"], "Surgery", False)


def test_an_edit_that_cannot_see_the_post_changes_nothing(mastodon: Stage) -> None:
    mastodon.server.fault("GET", "/api/v1/statuses/1001$", Reply(500))
    with pytest.raises(Refused) as refusal:
        mastodon.platform.edit(mastodon.session(), "1001", PLAIN)
    assert isinstance(refusal.value.outcome, NotSent)
    assert mastodon.server.count("PUT", "/api/v1/statuses") == 0


def test_servers_without_the_second_media_call_get_the_first(mastodon: Stage) -> None:
    mastodon.server.fault("POST", "/api/v2/media", Reply(404, {"error": "Not found"}))
    mastodon.server.fault("POST", "/api/v1/media", Reply(json={"id": "78", "url": "https://m.example/78.jpg"}))
    assert isinstance(_publish(mastodon, PHOTOS), Published)
    assert _sent(mastodon)["media_ids"] == ["78"]


def test_an_answer_on_pixelfed_needs_no_photo() -> None:
    rules = Mastodon().rules({"software": "pixelfed"})
    assert [one.field for one in Mastodon().validate(PLAIN, rules)] == ["media"]
    assert Mastodon().validate(replace(PLAIN, reply_to="1"), rules) == []


def test_a_sign_in_that_ends_is_renewed_with_the_servers_own_application(mastodon: Stage) -> None:
    until = str(NOW + 86_400_000)
    mastodon.credentials |= {"refresh_token": "renewal-1", "expires_at": until, "renew_at": until}
    said = {"access_token": "fresh", "refresh_token": "renewal-2", "expires_in": 7200}
    mastodon.server.fault("POST", "/oauth/token", Reply(json=said))
    session = mastodon.session()
    mastodon.platform.refresh(session)
    sent = parse_qs(mastodon.server.calls[-1].body.decode())
    assert (sent["refresh_token"], sent["client_id"], sent["grant_type"]) == (
        ["renewal-1"],
        ["cid-1"],
        ["refresh_token"],
    )
    assert (session.credentials["access_token"], session.credentials["instance"]) == ("fresh", mastodon.server.origin)
    times = mastodon.platform.token_times(session.credentials)
    assert (times.expires_at, times.dies_at) == (NOW + 7_200_000, 0)


def test_a_sign_in_that_ends_and_cannot_be_renewed_ends_for_good(mastodon: Stage) -> None:
    times = mastodon.platform.token_times({"access_token": "x", "expires_at": str(NOW + 1000)})
    assert (times.renew_at, times.dies_at) == (0, NOW + 1000)
    assert mastodon.platform.token_times({"access_token": "x"}).expires_at == 0


def test_a_server_that_sends_people_elsewhere_is_not_followed(mastodon: Stage) -> None:
    elsewhere = {"authorization_endpoint": "https://evil.example/authorize", "token_endpoint": "https://evil.example/t"}
    mastodon.server.fault("GET", "oauth-authorization-server", Reply(json=elsewhere))
    back = Back("https://clinic.example/admin/accounts/connect/mastodon/back", "the-state")
    begun = mastodon.platform.sign_in(mastodon.session(), "oauth", mastodon.form, back)
    assert begun.url.startswith(f"{mastodon.server.origin}/oauth/authorize?")
    asked = parse_qs(urlsplit(begun.url).query)
    assert (asked["code_challenge_method"], asked["state"]) == (["S256"], ["the-state"])
    assert asked["scope"] == ["read:accounts read:statuses write:statuses write:media"]


def test_a_server_that_registers_nobody(mastodon: Stage) -> None:
    mastodon.server.fault("POST", "/api/v1/apps", Reply(200, {"client_id": ""}))
    with pytest.raises(Refused) as refusal:
        mastodon.platform.sign_in(mastodon.session(), "oauth", mastodon.form, Back("https://clinic.example/b", "s"))
    assert isinstance(refusal.value.outcome, NotSent)
    with pytest.raises(Invalid):
        mastodon.platform.sign_in(mastodon.session(), "oauth", {"instance": "https://"}, Back("https://c.example", "s"))
