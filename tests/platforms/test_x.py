"""What only the connector of X does: counting, options, uploads in segments, rebuilding texts, its own refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scheduler.domain.outcome import Absent, CannotTell, Found, Published, Rejected, Throttled
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Back, Prepared, Refused
from scheduler.platforms.connectors.x.search import made_at, written
from tests.platforms import stages
from tests.platforms.fault_server import Call, Reply
from tests.platforms.stage import LINK, MARK, NOW, PHOTO, PHOTOS, TEXT, VIDEO, Stage, once
from tests.platforms.stages.x import POST_ID, post, problem

GIF = MediaItem("gif", "image/gif", 400, 300, 6_000_000, alt="A knee bends")


@pytest.fixture
def x() -> Iterator[Stage]:
    stage = stages.set_up("x")
    yield stage
    stage.server.close()


def problems(stage: Stage, payload: Payload, **limits: Any) -> list[str]:
    rules = stage.platform.rules(limits)
    return [f"{one.field}: {one.message}" for one in stage.platform.validate(payload, rules)]


def sent(stage: Stage, payload: Payload) -> dict[str, Any]:
    session = stage.session()
    outcome = stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    assert isinstance(outcome, Published)
    body: dict[str, Any] = stage.server.last("/2/tweets$").json
    return body


# what is sent


def test_the_link_goes_into_the_text_once(x: Stage) -> None:
    assert sent(x, TEXT) == {"text": TEXT.text}
    assert sent(x, Payload("Read on.", LinkCard(LINK)))["text"] == f"Read on.\n\n{LINK}"


def test_a_photo_carries_its_alternative_text(x: Stage) -> None:
    body = sent(x, PHOTOS)
    assert body["media"] == {"media_ids": ["7001"]}
    described = x.server.last("/2/media/metadata").json
    assert described == {"id": "7001", "metadata": {"alt_text": {"text": PHOTO.alt}}}
    upload = x.server.last("/2/media/upload$").body
    assert b"tweet_image" in upload and b"<photo>" in upload


def test_options_are_sent_as_x_calls_them(x: Stage) -> None:
    chosen = {"reply_settings": "following", "made_with_ai": "1", "paid_partnership": ""}
    assert sent(x, replace(TEXT, options=chosen)) == {
        "text": TEXT.text, "reply_settings": "following", "made_with_ai": True,
    }  # fmt: skip
    assert {option.name for option in x.platform.options({})} == {"reply_settings", "made_with_ai", "paid_partnership"}


def test_a_reply_names_what_it_answers_and_no_settings(x: Stage) -> None:
    body = sent(x, Payload("And more.", reply_to="123", options={"reply_settings": "verified"}))
    assert body == {"text": "And more.", "reply": {"in_reply_to_tweet_id": "123"}}


def test_a_video_goes_in_segments_and_is_waited_for(x: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.platforms.connectors.x.media.SEGMENT_BYTES", 3)
    busy = {"data": {"id": "9", "processing_info": {"state": "in_progress", "check_after_secs": 4}}}
    done = {"data": {"id": "9", "processing_info": {"state": "succeeded"}}}
    x.server.fault("POST", "/2/media/upload/initialize", Reply(json={"data": {"id": "9"}}))
    x.server.fault("POST", "/2/media/upload/9/append", Reply(json={"data": {"expires_at": 1}}))
    x.server.fault("POST", "/2/media/upload/9/finalize", Reply(json=busy))
    x.server.fault("GET", "/2/media/upload", once(Reply(json=busy), Reply(json=done)))
    assert sent(x, replace(TEXT, media=(VIDEO,)))["media"] == {"media_ids": ["9"]}
    begun = x.server.last("initialize").json
    assert begun == {"media_type": "video/mp4", "total_bytes": 7, "media_category": "tweet_video"}
    assert x.server.count("POST", "/9/append") == 3
    assert x.clock.slept == [4.0, 4.0]
    assert x.server.count("POST", "/2/media/metadata") == 0


def test_a_video_that_x_cannot_process_is_refused_before_anything_is_posted(x: Stage) -> None:
    failed = {"data": {"id": "9", "processing_info": {"state": "failed"}}}
    x.server.fault("POST", "initialize", Reply(json={"data": {"id": "9"}}))
    x.server.fault("POST", "append", Reply())
    x.server.fault("POST", "finalize", Reply(json=failed))
    with pytest.raises(Refused) as refusal:
        x.platform.prepare(x.session(), replace(TEXT, media=(VIDEO,)), MARK)
    assert isinstance(refusal.value.outcome, Rejected)
    assert x.commits() == 0


# what is refused beforehand


def test_the_length_is_weighted_and_premium_writes_more(x: Stage) -> None:
    rules = x.platform.rules({})
    assert (x.platform.count("の" * 140, rules).used, rules.text_limit) == (280, 280)
    assert problems(x, Payload("の" * 140)) == []
    assert "Shorten it by 2" in problems(x, Payload("の" * 141))[0]
    assert problems(x, Payload("の" * 141), premium=True) == []
    link = LinkCard("https://clinic.com/x/k7Qx2m")
    assert "281 of at most 280" in problems(x, Payload("a" * 256, link))[0]
    assert problems(x, Payload("a" * 255, link)) == []


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (Payload("$TWTR and $GOOG"), "text"),
        (Payload("a\ufffe"), "text"),
        (Payload("Hi", options={"reply_settings": "nobody"}), "options.reply_settings"),
        (Payload("Hi", media=(PHOTO, GIF)), "media"),
        (Payload("Hi", media=(PHOTO, VIDEO)), "media"),
        (Payload("Hi", media=(PHOTO,) * 5), "media"),
        (Payload("Hi", media=(VIDEO, VIDEO)), "media"),
        (Payload("Hi", media=(replace(PHOTO, bytes=5_242_881),)), "media.0"),
        (Payload("Hi", media=(replace(GIF, bytes=15_728_641),)), "media.0"),
        (Payload("Hi", media=(replace(VIDEO, duration_ms=1_200_001),)), "media.0"),
        (Payload("Hi", media=(replace(VIDEO, duration_ms=400),)), "media.0"),
        (Payload("Hi", media=(replace(VIDEO, width=4000, height=1000),)), "media.0"),
        (Payload("Hi", media=(replace(VIDEO, mime="video/webm"),)), "media.0"),
        (Payload("Hi", media=(replace(PHOTO, alt="x" * 1001),)), "media.0"),
    ],
)
def test_what_x_would_refuse_is_told_beforehand(x: Stage, payload: Payload, field: str) -> None:
    assert field in [one.partition(":")[0] for one in problems(x, payload)]


def test_what_x_takes(x: Stage) -> None:
    for media in ((GIF,), (VIDEO,), (PHOTO,) * 4, (replace(PHOTO, mime="image/webp"),)):
        assert problems(x, Payload("Hi", media=media)) == []


# signing in


def test_the_sign_in_asks_for_the_least_and_proves_itself(x: Stage) -> None:
    begun = x.platform.sign_in(x.session(False), "oauth", {}, Back("https://c.example/back", "state-1"))
    asked = parse_qs(urlsplit(begun.url).query)
    assert asked["scope"] == ["tweet.read tweet.write users.read media.write offline.access"]
    assert asked["code_challenge_method"] == ["S256"] and asked["state"] == ["state-1"]
    way, answer, _ = x.signs_in or ("", {}, {})
    (made,) = x.platform.signed_in(
        x.session(False), way, answer, {**begun.kept, "redirect_uri": "https://c.example/back"}
    )
    token = x.server.last("/2/oauth2/token")
    assert token.headers["authorization"].startswith("Basic ")
    assert begun.kept["code_verifier"].encode() in token.body and b"client_secret" not in token.body
    assert (made.profile.handle, made.profile.profile_url) == ("@clinic", "https://x.com/clinic")
    assert made.credentials["expires_at"] == str(NOW + 7_200_000)


def test_premium_is_read_from_x(x: Stage) -> None:
    user = {"id": "42", "name": "The Clinic", "username": "clinic", "subscription_type": "PremiumPlus"}
    x.server.fault("GET", "/2/users/me", Reply(json={"data": user}))
    limits = x.platform.check(x.session()).limits
    assert x.platform.rules(limits).text_limit == 25_000


# refusals


def test_a_forbidden_reply_is_about_the_reply_and_not_about_the_account(x: Stage) -> None:
    x.server.fault("POST", "/2/tweets$", problem(403, "about:blank", "Reply to this conversation is not allowed."))
    outcome = x.platform.publish(x.session(), Prepared(Payload("x", reply_to="1"), MARK, {"media_ids": []}))
    assert isinstance(outcome, Rejected)


def test_the_time_of_a_limit_stands_in_x_s_own_header(x: Stage) -> None:
    reset = {"x-rate-limit-reset": str(NOW // 1000 + 600)}
    x.server.fault("POST", "/2/tweets$", Reply(429, {"title": "Too Many Requests"}, headers=reset))
    outcome = x.platform.publish(x.session(), Prepared(TEXT, MARK, {"media_ids": []}))
    assert isinstance(outcome, Throttled) and outcome.until == NOW + 600_000


# looking a post up


def test_a_text_is_rebuilt_from_what_x_made_of_it() -> None:
    urls = [
        {"url": "https://t.co/abc", "expanded_url": LINK},
        {"url": "https://t.co/pic", "expanded_url": "https://x.com/clinic/status/1/photo/1"},
    ]
    returned = post(text="Rest &amp; move https://t.co/abc https://t.co/pic", entities={"urls": urls})
    assert written(returned) == f"Rest & move {LINK}"
    assert written(post(text="cut…", note_post={"text": "The whole text", "entities": {}})) == "The whole text"
    assert made_at(POST_ID) == NOW + 1000


def test_looking_up_by_text_and_by_what_it_answers(x: Stage) -> None:
    answering = [{"type": "replied_to", "id": "5"}]
    reply = post(id=str(int(POST_ID) + 1), text="More", entities={}, referenced_tweets=answering)
    x.server.fault("GET", "/tweets", Reply(json={"data": [reply], "meta": {"result_count": 1}}))
    mark = replace(MARK, short_code="")
    assert isinstance(x.platform.find(x.session(), Payload("More", reply_to="5"), mark), Found)
    assert isinstance(x.platform.find(x.session(), Payload("More", reply_to="6"), mark), Absent)
    assert isinstance(x.platform.find(x.session(), Payload("More"), mark), Absent)
    asked = parse_qs(urlsplit(x.server.last("/2/users/42/tweets").path).query)
    assert asked["start_time"] == ["2026-11-22T15:55:00Z"]


def test_the_new_vocabulary_is_tried_when_the_old_one_is_unknown(x: Stage) -> None:
    def answer(call: Call) -> Reply:
        if "referenced_tweets" in call.path:
            return problem(400, "invalid-request", "tweet.fields")
        return Reply(json={"data": [post()], "meta": {"result_count": 1}})

    x.server.fault("GET", "/2/users/42/tweets", answer)
    assert isinstance(x.platform.find(x.session(), TEXT, MARK), Found)


def test_all_pages_are_read_before_a_post_counts_as_absent(x: Stage) -> None:
    more = Reply(
        json={"data": [post(id="7", text="Other", entities={})], "meta": {"result_count": 1, "next_token": "n"}}
    )
    last = Reply(json={"data": [post()], "meta": {"result_count": 1}})
    x.server.fault("GET", "/2/users/42/tweets", once(more, last))
    assert isinstance(x.platform.find(x.session(), TEXT, MARK), Found)
    x.server.faults[:] = [("GET", "/2/users/42/tweets", more)]
    assert isinstance(x.platform.find(x.session(), TEXT, MARK), CannotTell)
    x.server.faults[:] = [
        ("GET", "/2/users/42/tweets", Reply(json={"errors": [{"title": "x"}], "meta": {"result_count": 0}}))
    ]
    assert isinstance(x.platform.find(x.session(), TEXT, MARK), CannotTell)


def test_numbers_in_the_new_vocabulary_and_of_a_post_that_is_gone(x: Stage) -> None:
    counted = post(public_metrics={"repost_count": 9, "like_count": 1})
    x.server.fault("GET", "/2/tweets", Reply(json={"data": [counted]}))
    assert x.platform.metrics(x.session(), POST_ID) == {"likes": 1, "reposts": 9}
    x.server.faults[:] = [("GET", "/2/tweets", Reply(json={"errors": [{"title": "Not Found Error"}]}))]
    with pytest.raises(Refused):
        x.platform.metrics(x.session(), POST_ID)
