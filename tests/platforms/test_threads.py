"""What only the Threads connector does: its counting, its choices, its containers, its numbers of errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import Call, Close, Reply
from tests.platforms.stage import LINK, MARK, PHOTO, SECRETS, TEXT, VIDEO, Stage, as_text, once
from tests.platforms.stages import set_up
from tests.platforms.stages.threads import refusal

THREADS = platform("threads")
RULES = THREADS.rules({})


@pytest.fixture
def threads() -> Iterator[Stage]:
    stage = set_up("threads")
    yield stage
    stage.server.close()


def sent(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(call.body.decode()).items()}


def fields(payload: Payload) -> list[str]:
    return [problem.field for problem in THREADS.validate(payload, RULES)]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("knee", 4),
        ("Café", 4),
        ("日本語", 3),
        ("😀", 4),
        ("☕", 3),
        ("❤️", 6),
        ("👍🏽", 8),
        ("👨‍👩‍👧", 18),
        ("🇺🇸", 8),
        ("© 2026", 6),
        ("a\nb", 3),
    ],
)
def test_an_emoji_counts_its_bytes(text: str, length: int) -> None:
    assert THREADS.count(text, RULES).used == length


def test_the_link_stands_in_the_words_only_beside_files() -> None:
    card = LinkCard(LINK, "Running")
    assert THREADS.wire_text(Payload("Run", card)) == "Run"
    assert THREADS.wire_text(Payload("Run", card, (PHOTO,))) == f"Run\n\n{LINK}"
    assert THREADS.wire_text(Payload(f"Run {LINK}", card, (PHOTO,))) == f"Run {LINK}"
    assert fields(Payload("x" * 500, card)) == []
    assert fields(Payload("x" * 490, card, (PHOTO,))) == ["text"]


def test_five_links_and_no_more() -> None:
    five = " ".join(f"https://a.example/{number}" for number in range(5))
    assert fields(Payload(five)) == []
    assert fields(Payload(five + " https://a.example/0.")) == []
    assert fields(Payload(five, LinkCard(LINK, "x"))) == ["text"]


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({}, []),
        ({"topic_tag": "#Running", "reply_control": "mentioned_only", "spoiler": "1"}, []),
        ({"topic_tag": "x" * 51}, ["options.topic_tag"]),
        ({"topic_tag": "Knees & hips"}, ["options.topic_tag"]),
        ({"topic_tag": "St. John", "reply_control": "nobody"}, ["options.topic_tag", "options.reply_control"]),
    ],
)
def test_choices_are_checked(options: dict[str, str], wrong: list[str]) -> None:
    assert fields(replace(TEXT, options=options)) == wrong


def test_every_choice_is_one_that_passes() -> None:
    for option in THREADS.options({}):
        for value, label in option.choices:
            assert label
            assert fields(replace(TEXT, options={option.name: value})) == []


def test_twenty_files_of_both_kinds() -> None:
    assert fields(Payload("x", media=(PHOTO,) * 15 + (VIDEO,) * 5)) == []
    assert fields(Payload("x", media=(PHOTO,) * 15 + (VIDEO,) * 6)) == ["media"]
    flat = MediaItem("flat", "image/png", 1100, 100, 9, alt="A line")
    assert fields(Payload("x", media=(flat,))) == ["media.0"]
    webp = replace(PHOTO, mime="image/webp")
    assert fields(Payload("x", media=(webp,))) == ["media.0"]


def test_a_container_says_everything_and_the_token_only_in_the_header(threads: Stage) -> None:
    payload = replace(TEXT, options={"topic_tag": "#Running", "reply_control": "followers_only"}, reply_to="77")
    THREADS.prepare(threads.session(), payload, MARK)
    call = threads.server.last("/42/threads$")
    assert sent(call) == {
        "media_type": "TEXT",
        "text": TEXT.text,
        "link_attachment": LINK,
        "reply_to_id": "77",
        "topic_tag": "Running",
        "reply_control": "followers_only",
    }
    assert call.headers["authorization"] == f"Bearer {threads.credentials['access_token']}"
    assert not any(threads.credentials["access_token"] in call.path for call in threads.server.calls)


def test_several_files_become_children_that_are_waited_for_first(threads: Stage) -> None:
    count = iter(range(11, 99))
    threads.server.fault("POST", "/42/threads$", lambda _call: Reply(json={"id": str(next(count))}))
    in_progress, finished = Reply(json={"status": "IN_PROGRESS"}), Reply(json={"status": "FINISHED"})
    threads.server.fault("GET", "/v1.0/12", once(in_progress, finished))
    threads.server.fault("GET", r"/v1.0/1\d", finished)
    prepared = THREADS.prepare(threads.session(), Payload("Two", media=(PHOTO, VIDEO)), MARK)
    assert prepared.data == {"container": "13"}
    made = [sent(call) for call in threads.server.calls if call.method == "POST"]
    assert made == [
        {
            "media_type": "IMAGE",
            "image_url": "https://clinic.example/media/photo",
            "alt_text": PHOTO.alt,
            "is_carousel_item": "true",
        },
        {
            "media_type": "VIDEO",
            "video_url": "https://clinic.example/media/video",
            "alt_text": VIDEO.alt,
            "is_carousel_item": "true",
        },
        {"media_type": "CAROUSEL", "children": "11,12", "text": "Two"},
    ]
    order = [call.path.partition("?")[0] for call in threads.server.calls]
    assert order.index("/v1.0/12") < len(order) - 1 - order[::-1].index("/v1.0/42/threads")
    assert threads.clock.slept == [2]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"status": "ERROR", "error_message": "INVALID_DURATION"}, o.Rejected),
        ({"status": "ERROR", "error_message": "INVALID_ASPEC_RATIO"}, o.Rejected),
        ({"status": "ERROR", "error_message": "SOMETHING_NEW"}, o.Rejected),
        ({"status": "ERROR", "error_message": "FAILED_DOWNLOADING_VIDEO"}, o.NotSent),
        ({"status": "ERROR", "error_message": "UNKNOWN"}, o.NotSent),
        ({"status": "ERROR"}, o.NotSent),
        ({"status": "EXPIRED"}, o.NotSent),
        ({"odd": 1}, o.NotSent),
    ],
)
def test_a_container_that_fails_says_why(threads: Stage, said: dict[str, str], expected: type) -> None:
    threads.server.fault("GET", "/v1.0/17", Reply(json=said))
    with pytest.raises(Refused) as refused:
        THREADS.prepare(threads.session(), TEXT, MARK)
    assert type(refused.value.outcome) is expected
    assert threads.commits() == 0


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PUBLISHED", o.Duplicate),
        ("FINISHED", o.NotSent),
        ("IN_PROGRESS", o.NotSent),
        ("EXPIRED", o.Rejected),
        ("ERROR", o.Rejected),
    ],
)
def test_a_container_that_is_not_found_is_asked_what_it_became(threads: Stage, status: str, expected: type) -> None:
    prepared = THREADS.prepare(threads.session(), TEXT, MARK)
    threads.server.fault(*threads.commit, refusal(24, 4279009))
    threads.server.fault("GET", "/v1.0/17", Reply(json={"status": status}))
    assert type(THREADS.publish(threads.session(), prepared)) is expected
    threads.server.faults[-1] = ("GET", "/v1.0/17", Close())
    assert type(THREADS.publish(threads.session(), prepared)) is o.Unknown


def test_a_success_without_its_address_is_a_success(threads: Stage) -> None:
    threads.server.fault("GET", "/v1.0/1001", Reply(500))
    prepared = THREADS.prepare(threads.session(), TEXT, MARK)
    outcome = THREADS.publish(threads.session(), prepared)
    assert isinstance(outcome, o.Published)
    assert (outcome.remote_id, outcome.url) == ("1001", "")


def test_a_throttle_names_its_end_in_minutes(threads: Stage) -> None:
    usage = {"42": [{"type": "threads", "estimated_time_to_regain_access": 12}]}
    error = refusal(4, status=403).json
    threads.server.fault(*threads.commit, Reply(403, error, headers={"X-Business-Use-Case-Usage": json.dumps(usage)}))
    prepared = THREADS.prepare(threads.session(), TEXT, MARK)
    outcome = THREADS.publish(threads.session(), prepared)
    assert isinstance(outcome, o.Throttled)
    assert outcome.until == threads.clock.now_ms() + 12 * 60_000


@pytest.mark.parametrize("header", ["", "x", "[]", '{"42": [{"estimated_time_to_regain_access": "soon"}]}'])
def test_a_throttle_without_an_end_lasts_an_hour(threads: Stage, header: str) -> None:
    error = refusal(17, status=400).json
    threads.server.fault(*threads.commit, Reply(400, error, headers={"X-Business-Use-Case-Usage": header}))
    outcome = THREADS.publish(threads.session(), THREADS.prepare(threads.session(), TEXT, MARK))
    assert isinstance(outcome, o.Throttled)
    assert outcome.until == threads.clock.now_ms() + 3_600_000


def test_a_quota_that_cannot_be_read_stops_nothing(threads: Stage) -> None:
    threads.server.fault("GET", "threads_publishing_limit", Reply(500))
    assert THREADS.prepare(threads.session(), TEXT, MARK).data == {"container": "17"}
    assert THREADS.check(threads.session()).limits == {}


def test_a_post_is_found_by_its_code_in_the_attached_link(threads: Stage) -> None:
    listed = {"id": "5", "text": "Else", "permalink": "https://www.threads.net/@c/post/5", "link_attachment_url": LINK}
    threads.server.fault("GET", "/me/threads", Reply(json={"data": [listed]}))
    found = THREADS.find(threads.session(), Payload("Words", LinkCard(LINK, "x")), MARK)
    assert isinstance(found, o.Found)
    assert (found.remote_id, found.at) == ("5", None)


def test_a_long_list_is_read_page_by_page_and_not_for_ever(threads: Stage) -> None:
    other = {"id": "5", "text": "Else", "timestamp": "2026-11-22T16:00:00+0000"}
    page = {"data": [other] * 50, "paging": {"cursors": {"after": "next"}}}
    threads.server.fault("GET", "/me/threads", Reply(json=page))
    answer = THREADS.find(threads.session(), TEXT, MARK)
    assert isinstance(answer, o.CannotTell)
    assert not answer.passing
    assert "after=next" in threads.server.last("/me/threads").path


def test_files_without_words_cannot_be_told_apart(threads: Stage) -> None:
    answer = THREADS.find(threads.session(), Payload("", media=(PHOTO,)), MARK)
    assert isinstance(answer, o.CannotTell)
    assert not answer.passing


def test_an_invalid_code_ends_the_sign_in_with_a_sentence(threads: Stage) -> None:
    assert threads.signs_in
    threads.server.fault("POST", "/oauth/access_token", refusal(100))
    with pytest.raises(Refused) as refused:
        THREADS.signed_in(threads.session(connected=False), *threads.signs_in)
    assert isinstance(refused.value.outcome, o.Unauthorized)
    threads.server.faults.clear()
    threads.server.fault("GET", r"/access_token\?", refusal(101))
    with pytest.raises(Refused) as refused:
        THREADS.signed_in(threads.session(connected=False), *threads.signs_in)
    assert isinstance(refused.value.outcome, o.Misconfigured)


def test_the_two_calls_with_a_token_in_their_address_leave_no_trace(
    threads: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert threads.signs_in
    THREADS.signed_in(threads.session(connected=False), *threads.signs_in)
    THREADS.refresh(threads.session())
    for answer in (Reply(500, {"error": "x"}, echo=True), Close()):
        threads.server.fault("GET", "/refresh_access_token", answer)
        with pytest.raises(Refused) as refused:
            THREADS.refresh(threads.session())
        assert "hush" not in as_text(refused.value.outcome)
        threads.server.faults.clear()
    assert "hush" not in caplog.text
    assert SECRETS[1] not in caplog.text


def test_permissions_that_were_taken_out_are_named_or_kept_in_mind(threads: Stage) -> None:
    assert threads.signs_in
    few = {"data": {"scopes": ["threads_basic", "threads_content_publish", "threads_delete"]}}
    threads.server.fault("GET", "/debug_token", Reply(json=few))
    [found] = THREADS.signed_in(threads.session(connected=False), *threads.signs_in)
    assert found.credentials["scopes"] == "threads_basic threads_content_publish threads_delete"
    threads.server.faults[-1] = ("GET", "/debug_token", Reply(json={"data": {"scopes": ["threads_basic"]}}))
    with pytest.raises(Refused) as refused:
        THREADS.signed_in(threads.session(connected=False), *threads.signs_in)
    assert isinstance(refused.value.outcome, o.Forbidden)
    assert "threads_content_publish" in refused.value.outcome.sentence
    threads.server.faults[-1] = ("GET", "/debug_token", Reply(500))
    [found] = THREADS.signed_in(threads.session(connected=False), *threads.signs_in)
    assert len(found.credentials["scopes"].split()) == 6
