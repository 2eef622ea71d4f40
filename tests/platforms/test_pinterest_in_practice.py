"""The Pinterest connector against the practice Pinterest, which was written from the same sheet by another hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import requests

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import platform
from tests.support.pictures import video as film
from tests.support.practice_clients import jpeg
from tests.support.practice_server import HeldClock, PracticeServer
from tests.support.practising import APP, LINK, MARK, Practising, numbers, photo, video

CARD = LinkCard(LINK, "Knees", "About knees")
PIN = Payload("How to return to running.", CARD, (photo("one", "A knee brace"),))
WORDS = Payload("Just a photo.", None, (photo("one", "A knee brace"),))
DAY_S = 86_400


@pytest.fixture
def pinterest(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    made = practice_server.store.create_account("pinterest", "clinic", "The Clinic")
    practising = Practising(platform("pinterest"), practice_server, made, practice_clock)
    practising.offer(one=jpeg(400, 400), two=jpeg(800, 800), wide=jpeg(800, 400))
    practising.sign_in("pinterest")
    return practising


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return film(Path(tmp_path_factory.mktemp("film")) / "film.mp4", seconds=4.2, size=(64, 48)).read_bytes()


def add_board(pinterest: Practising, name: str) -> str:
    pinterest.clock.advance(1)  # boards come in the order in which they were made
    token = pinterest.credentials()["access_token"]
    url = f"{pinterest.server.url}/practice/pinterest/api/v5/boards"
    headers = {"Authorization": f"Bearer {token}"}
    return str(requests.post(url, json={"name": name}, headers=headers, timeout=10).json()["id"])


def test_signing_in_tells_the_account_and_its_boards(pinterest: Practising) -> None:
    hips = add_board(pinterest, "Hips")
    connection = pinterest.sign_in("pinterest")[0]
    assert (connection.profile.name, connection.profile.handle) == ("The Clinic", "@clinic")
    assert [board["name"] for board in connection.limits["boards"]] == ["Practice board", "Hips"]
    assert connection.credentials["board"] == pinterest.made.more["board"]
    board = pinterest.platform.options(connection.limits)[0]
    assert board.choices == (("", "Usual board (Practice board)"), (hips, "Hips"))
    times = pinterest.platform.token_times(connection.credentials)
    now = pinterest.clock.now_ms()
    assert (times.expires_at, times.dies_at) == (now + 30 * DAY_S * 1000, now + 60 * DAY_S * 1000)


def test_who_says_no_and_a_wrong_secret_connect_nothing(pinterest: Practising, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as refusal:
        pinterest.sign_in("pinterest", "refuse")
    assert isinstance(refusal.value.outcome, o.Forbidden)
    monkeypatch.setitem(APP, "client_secret", "wrong")
    with pytest.raises(Refused) as refusal:
        pinterest.sign_in("pinterest")
    assert isinstance(refusal.value.outcome, o.Misconfigured)


def test_a_ready_made_sign_in_works_as_well(pinterest: Practising) -> None:
    pinterest.remembered.append(dict(pinterest.made.more))
    assert pinterest.platform.check(pinterest.session()).credentials == pinterest.made.more


def test_a_photo_is_pinned_with_everything(pinterest: Practising) -> None:
    outcome = pinterest.live(PIN)
    [post] = pinterest.feed()
    assert post.text == "Knees\n\nHow to return to running."
    assert [(image.alt, image.kind) for image in post.images] == [("A knee brace", "image")]
    assert post.card
    assert post.card.url == LINK
    assert "Practice board" in post.html
    assert outcome.url.endswith(post.permalink)


def test_board_and_title_are_chosen(pinterest: Practising) -> None:
    hips = add_board(pinterest, "Hips")
    chosen = replace(PIN, options={"board": hips, "title": "Three exercises"})
    pinterest.live(chosen)
    assert pinterest.feed()[0].text.startswith("Three exercises")
    assert "Board: Hips" in pinterest.feed()[0].html
    assert isinstance(pinterest.platform.find(pinterest.session(), chosen, MARK), o.Found)
    assert isinstance(pinterest.platform.find(pinterest.session(), PIN, MARK), o.Absent)


def test_several_photos_become_a_carousel(pinterest: Practising) -> None:
    pinterest.live(Payload("Two", CARD, (photo("one", "One"), photo("two", "Two", 800, 800))))
    assert [image.alt for image in pinterest.feed()[0].images] == ["1. One 2. Two"] * 2
    differing = Payload("Two", CARD, (photo("one", "One"), photo("wide", "Two", 800, 400)))
    assert isinstance(pinterest.publish(differing), o.Rejected)
    problems = pinterest.platform.validate(differing, pinterest.platform.rules({}))
    assert [problem.field for problem in problems] == ["media"]


def test_a_video_is_uploaded_processed_and_pinned(pinterest: Practising, movie: bytes) -> None:
    pinterest.offer(film=movie)
    pinterest.switch("slow_processing", seconds=60)
    before = pinterest.clock.now_ms()
    pinterest.live(Payload("A film", CARD, (video("film", "A film"),), options={"cover_second": "2"}))
    assert pinterest.clock.now_ms() - before >= 60_000
    [post] = pinterest.feed()
    assert [image.kind for image in post.images] == ["video"]
    assert '"cover_image_key_frame_time": 2' in post.raw_json


def test_a_video_that_pinterest_cannot_use_is_refused(pinterest: Practising, movie: bytes) -> None:
    pinterest.offer(film=movie)
    pinterest.switch("rejected_media")
    with pytest.raises(Refused) as refusal:
        pinterest.publish(Payload("A film", CARD, (video("film"),)))
    assert isinstance(refusal.value.outcome, o.Rejected)
    pinterest.switch("slow_processing", seconds=120)
    session = pinterest.session()
    session.config = {**session.config, "media_seconds": 30}
    with pytest.raises(Refused) as refusal:
        pinterest.platform.prepare(session, Payload("A film", CARD, (video("film"),)), MARK)
    assert isinstance(refusal.value.outcome, o.NotSent)


@pytest.mark.parametrize(
    ("kind", "payload"), [("error_after", PIN), ("close_after", PIN), ("close_after", WORDS), ("hang_after", WORDS)]
)
def test_a_lost_answer_is_settled_by_looking(pinterest: Practising, kind: str, payload: Payload) -> None:
    pinterest.live(replace(WORDS, text="Another one"))
    prepared = pinterest.prepare(payload)
    pinterest.switch(kind, seconds=60)
    assert isinstance(pinterest.publish_prepared(prepared), o.Unknown)
    pinterest.clock.release.set()
    pinterest.patience = 20
    found = pinterest.platform.find(pinterest.session(), payload, MARK)
    assert isinstance(found, o.Found)
    assert found.at == pinterest.clock.now_ms() // 1000 * 1000
    assert len(pinterest.feed()) == 2


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rate_limited", o.Throttled),
        ("expired_token", o.Unauthorized),
        ("error_before", o.Unknown),
        ("revoked_app", o.Unauthorized),
        ("rejected_media", o.Rejected),
        ("misconfigured_app", o.Misconfigured),
    ],
)
def test_a_refusal_before_publishing_leaves_nothing(pinterest: Practising, kind: str, expected: type) -> None:
    prepared = pinterest.prepare(PIN)
    pinterest.switch(kind, seconds=60)
    outcome = pinterest.publish_prepared(prepared)
    assert isinstance(outcome, expected)
    if isinstance(outcome, o.Throttled):
        assert outcome.until == pinterest.clock.now_ms() + 60_000
    assert pinterest.feed() == []
    assert isinstance(pinterest.platform.find(pinterest.session(), PIN, MARK), o.Absent)
    assert isinstance(pinterest.publish_prepared(prepared), o.Published)


def test_an_app_on_trial_pauses_the_platform(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    made = practice_server.store.create_account("pinterest", "trial_clinic", "On Trial")
    pinterest = Practising(platform("pinterest"), practice_server, made, practice_clock)
    pinterest.offer(one=jpeg(400, 400))
    pinterest.sign_in("pinterest")
    outcome = pinterest.publish(PIN)
    assert isinstance(outcome, o.Misconfigured)
    assert "standard access" in outcome.sentence


def test_a_board_that_is_gone_asks_for_another(pinterest: Practising) -> None:
    outcome = pinterest.publish(replace(PIN, options={"board": "17"}))
    assert isinstance(outcome, o.Rejected)
    assert "another board" in outcome.sentence


def test_renewing_rotates_and_an_old_refresh_token_is_dead(pinterest: Practising) -> None:
    pinterest.clock.advance(25 * DAY_S)
    before = pinterest.credentials()
    pinterest.platform.refresh(pinterest.session())
    after = pinterest.credentials()
    assert before["refresh_token"] != after["refresh_token"]
    assert int(after["dies_at"]) == pinterest.clock.now_ms() + 60 * DAY_S * 1000
    assert after["board"] == before["board"]
    pinterest.live(PIN)
    pinterest.remembered.append(before)
    with pytest.raises(Refused) as refusal:
        pinterest.platform.refresh(pinterest.session())
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_editing_counting_and_taking_down(pinterest: Practising) -> None:
    live = pinterest.live(PIN)
    changed = replace(PIN, text="Changed words.", options={"title": "Changed"})
    pinterest.platform.edit(pinterest.session(), live.remote_id, changed)
    assert pinterest.feed()[0].text == "Changed\n\nChanged words."
    pinterest.server.store.posts.set_counts(pinterest.feed()[0].id, likes=3, reposts=2, replies=1)
    counted = pinterest.platform.metrics(pinterest.session(), live.remote_id)
    assert numbers(counted, "likes", "saves", "replies", "impressions", "clicks") == [3, 2, 1, 0, 0]
    for _ in range(2):
        pinterest.platform.delete(pinterest.session(), live.remote_id)
    assert pinterest.feed() == []
