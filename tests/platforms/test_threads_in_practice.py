"""The Threads connector against the practice Threads, which was written from the same sheet by another hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import platform
from scheduler.practice.networks.threads.quotas import POSTS, ThreadsQuotas
from tests.support.pictures import video as film
from tests.support.practice_clients import jpeg
from tests.support.practice_server import HeldClock, PracticeServer
from tests.support.practising import APP, LINK, MARK, Practising, photo, video

CARD = LinkCard(LINK, "Knees", "About knees")
TEXT = Payload("Café ☕ and knees #knees", CARD)
WORDS = Payload("Just words, no link.")
DAY_S = 86_400


@pytest.fixture
def threads(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    made = practice_server.store.create_account("threads", "clinic", "The Clinic")
    practising = Practising(platform("threads"), practice_server, made, practice_clock)
    practising.sign_in("threads")
    return practising


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return film(Path(tmp_path_factory.mktemp("film")) / "film.mp4", seconds=1.0).read_bytes()


def test_signing_in_gives_sixty_days(threads: Practising) -> None:
    connection = threads.sign_in("threads")[0]
    assert (connection.profile.name, connection.profile.handle) == ("The Clinic", "@clinic")
    assert connection.limits == {"posts_used": 0, "posts_total": 250, "replies_used": 0, "replies_total": 1000}
    times = threads.platform.token_times(connection.credentials)
    assert times.dies_at == times.expires_at == threads.clock.now_ms() + 60 * DAY_S * 1000
    assert times.renew_at == times.expires_at - 12 * DAY_S * 1000


def test_who_says_no_and_a_wrong_secret_connect_nothing(threads: Practising, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as refusal:
        threads.sign_in("threads", "refuse")
    assert isinstance(refusal.value.outcome, o.Forbidden)
    monkeypatch.setitem(APP, "client_secret", "wrong")
    with pytest.raises(Refused) as refusal:
        threads.sign_in("threads")
    assert isinstance(refusal.value.outcome, o.Misconfigured)


def test_a_ready_made_sign_in_works_as_well(threads: Practising) -> None:
    threads.remembered.append(dict(threads.made.more))
    assert threads.platform.check(threads.session()).credentials == threads.made.more


def test_a_text_goes_out_with_its_card(threads: Practising) -> None:
    outcome = threads.live(TEXT)
    [post] = threads.feed()
    assert post.text == TEXT.text
    assert post.card is None or post.card.url == LINK
    assert '"link_attachment"' in post.raw_json
    assert outcome.url.endswith(post.permalink)


def test_options_arrive(threads: Practising) -> None:
    threads.live(replace(TEXT, options={"topic_tag": "#Running", "reply_control": "followers_only"}))
    assert '"topic_tag": "Running"' in threads.feed()[0].raw_json
    assert '"reply_control": "followers_only"' in threads.feed()[0].raw_json


def test_a_photo_carries_its_alternative_text_and_the_link_in_its_words(threads: Practising) -> None:
    threads.offer(one=jpeg(400, 400))
    threads.live(Payload("A photo", CARD, (photo("one", "A knee brace"),), options={"spoiler": "1"}))
    [post] = threads.feed()
    assert [(image.alt, image.kind) for image in post.images] == [("A knee brace", "image")]
    assert post.text == f"A photo\n\n{LINK}"
    assert '"is_spoiler_media": "true"' in post.raw_json


def test_a_carousel_mixes_photos_and_a_video(threads: Practising, movie: bytes) -> None:
    threads.offer(one=jpeg(400, 400), two=jpeg(400, 300), film=movie)
    items = (photo("one", "One"), photo("two", "Two", 400, 300), video("film", "A film"))
    threads.live(Payload(f"Three {LINK}", CARD, items))
    assert [(image.alt, image.kind) for image in threads.feed()[0].images] == [
        ("One", "image"),
        ("Two", "image"),
        ("A film", "video"),
    ]


def test_a_video_is_waited_for(threads: Practising, movie: bytes) -> None:
    threads.offer(film=movie)
    threads.switch("slow_processing", seconds=60)
    before = threads.clock.now_ms()
    threads.live(Payload(f"A film {LINK}", CARD, (video("film"),)))
    assert threads.clock.now_ms() - before >= 60_000
    threads.switch("slow_processing", seconds=120)
    session = threads.session()
    session.config = {**session.config, "media_seconds": 30}
    with pytest.raises(Refused) as refusal:
        threads.platform.prepare(session, Payload("A film", None, (video("film"),)), MARK)
    assert isinstance(refusal.value.outcome, o.NotSent)


def test_a_video_that_is_refused_and_a_photo_nobody_can_fetch(threads: Practising, movie: bytes) -> None:
    threads.offer(film=movie)
    threads.switch("rejected_media")
    with pytest.raises(Refused) as refusal:
        threads.publish(Payload("A film", None, (video("film"),)))
    assert isinstance(refusal.value.outcome, o.Rejected)
    assert "bit rate" in refusal.value.outcome.sentence
    with pytest.raises(Refused) as refusal:
        threads.publish(Payload("A photo", None, (photo("missing"),)))
    assert isinstance(refusal.value.outcome, o.NotSent)
    with pytest.raises(Refused) as refusal:
        threads.publish(Payload("A film", None, (video("missing"),)))
    assert isinstance(refusal.value.outcome, o.NotSent)
    assert threads.feed() == []


def test_replies_follow_their_post_and_are_found_among_replies(threads: Practising) -> None:
    first = threads.live(TEXT)
    reply = Payload("The exercises are in the article.", reply_to=first.remote_id)
    answered = threads.live(reply)
    assert f'"reply_to_id": "{first.remote_id}"' in threads.feed()[0].raw_json
    found = threads.platform.find(threads.session(), reply, MARK)
    assert isinstance(found, o.Found)
    assert (found.remote_id, found.url) == (answered.remote_id, answered.url)
    assert isinstance(threads.platform.find(threads.session(), replace(reply, reply_to=""), MARK), o.Absent)


def test_a_reply_to_a_post_that_is_gone_waits(threads: Practising) -> None:
    with pytest.raises(Refused) as refusal:
        threads.publish(Payload("Hello", reply_to="17"))
    assert isinstance(refusal.value.outcome, o.NotSent)


@pytest.mark.parametrize(
    ("kind", "payload"), [("error_after", TEXT), ("close_after", TEXT), ("close_after", WORDS), ("hang_after", WORDS)]
)
def test_a_lost_answer_is_settled_by_looking(threads: Practising, kind: str, payload: Payload) -> None:
    threads.live(Payload("Another one"))
    prepared = threads.prepare(payload)
    threads.switch(kind, seconds=60)
    assert isinstance(threads.publish_prepared(prepared), o.Unknown)
    threads.clock.release.set()
    threads.patience = 20
    found = threads.platform.find(threads.session(), payload, MARK)
    assert isinstance(found, o.Found)
    assert found.at == threads.clock.now_ms()
    assert len(threads.feed()) == 2


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("rate_limited", o.Throttled), ("expired_token", o.Unauthorized), ("error_before", o.Unknown)],
)
def test_a_refusal_before_publishing_leaves_nothing(threads: Practising, kind: str, expected: type) -> None:
    prepared = threads.prepare(TEXT)
    threads.switch(kind, seconds=60)
    outcome = threads.publish_prepared(prepared)
    assert isinstance(outcome, expected)
    if isinstance(outcome, o.Throttled):
        assert outcome.until == threads.clock.now_ms() + 60_000
    assert threads.feed() == []
    assert isinstance(threads.platform.find(threads.session(), TEXT, MARK), o.Absent)
    assert isinstance(threads.publish_prepared(prepared), o.Published)


def test_what_was_published_already_is_no_refusal(threads: Practising) -> None:
    prepared = threads.prepare(TEXT)
    assert isinstance(threads.publish_prepared(prepared), o.Published)
    assert isinstance(threads.publish_prepared(prepared), o.Duplicate)
    threads.switch("duplicate")
    assert isinstance(threads.publish(WORDS), o.Duplicate)
    assert len(threads.feed()) == 2


def test_a_container_that_has_died_is_made_again(threads: Practising) -> None:
    prepared = threads.prepare(TEXT)
    threads.clock.advance(DAY_S)
    assert isinstance(threads.publish_prepared(prepared), o.Rejected)


def test_a_revoked_app_is_a_lost_sign_in(threads: Practising) -> None:
    threads.switch("revoked_app")
    with pytest.raises(Refused) as refusal:
        threads.platform.check(threads.session())
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_a_used_up_quota_waits(threads: Practising) -> None:
    prepared, account = threads.prepare(TEXT), threads.server.store.accounts.get(threads.made.account_id)
    assert account
    for _ in range(250):
        ThreadsQuotas(threads.server.store).spend(account, POSTS)
    assert threads.platform.check(threads.session()).limits["posts_used"] == 250
    assert isinstance(threads.publish_prepared(prepared), o.Throttled)
    with pytest.raises(Refused) as refusal:
        threads.publish(TEXT)
    assert isinstance(refusal.value.outcome, o.Throttled)
    assert refusal.value.outcome.until == threads.clock.now_ms() + 3_600_000
    assert threads.feed() == []


def test_renewing_gives_another_sixty_days(threads: Practising) -> None:
    threads.clock.advance(49 * DAY_S)
    before = threads.credentials()
    threads.platform.refresh(threads.session())
    after = threads.credentials()
    assert after["access_token"] != before["access_token"]
    assert int(after["expires_at"]) == threads.clock.now_ms() + 60 * DAY_S * 1000
    assert (after["user_id"], after["scopes"]) == (before["user_id"], before["scopes"])
    threads.live(TEXT)


def test_a_token_that_has_ended_cannot_be_renewed(threads: Practising) -> None:
    threads.clock.advance(61 * DAY_S)
    with pytest.raises(Refused) as refusal:
        threads.platform.refresh(threads.session())
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_taking_down_and_counting(threads: Practising) -> None:
    live = threads.live(TEXT)
    threads.server.store.posts.set_counts(threads.feed()[0].id, likes=3, reposts=2, quotes=1)
    counted = threads.platform.metrics(threads.session(), live.remote_id)
    assert (counted["likes"], counted["reposts"], counted["quotes"], counted["replies"]) == (3, 2, 1, 0)
    threads.platform.delete(threads.session(), live.remote_id)
    assert threads.feed() == []
    threads.platform.delete(threads.session(), live.remote_id)
