"""The Instagram connector on the practice network, which another hand built from the same sheet: both sign-ins."""

from __future__ import annotations

from dataclasses import replace

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
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.base import Refused
from tests.support.meta_practice import Practising, film, photo
from tests.support.pictures import video
from tests.support.practice_clients import jpeg
from tests.support.practice_server import HeldClock, PracticeServer

LINK = "https://clinic.example/blog/knees?utm_content=k7Qx2m"
PHOTO = Payload("Café ☕ and knees (soon). #knees", LinkCard(LINK, "Knees"), (photo("one", "A knee"),))
CAROUSEL = Payload("Two photos", media=(photo("one", "A knee"), photo("two", "A hip")))
DAY = 86_400


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("films")
    return video(folder / "reel.mp4", 3.2, size=(180, 320), audio="aac").read_bytes()


@pytest.fixture
def unconnected(practice_server: PracticeServer, practice_clock: HeldClock, reel: bytes) -> Practising:
    files = {"one": jpeg(400, 400), "two": jpeg(400, 320), "tall": jpeg(400, 900), "reel": reel}
    return Practising(practice_server, practice_clock, "instagram", files)


@pytest.fixture(params=["instagram", "facebook"])
def either(request: pytest.FixtureRequest, unconnected: Practising) -> Practising:
    unconnected.sign_in(request.param)
    return unconnected


@pytest.fixture
def insta(unconnected: Practising) -> Practising:
    unconnected.sign_in("instagram")
    return unconnected


def live(outcome: Outcome) -> Published:
    assert isinstance(outcome, Published), outcome
    return outcome


def test_both_sign_ins_name_the_account_and_say_how_long_they_last(either: Practising) -> None:
    assert either.connection
    profile, kept = either.connection.profile, either.connection.credentials
    assert (profile.name, profile.handle) == ("The Clinic", "@clinic")
    times, now = either.platform.token_times(kept), either.clock.now_ms()
    if kept["login"] == "instagram":
        assert times.expires_at == now + 60 * DAY * 1000 and times.renew_at == now + 48 * DAY * 1000
    else:
        assert times.expires_at == 0 and times.dies_at == now + 90 * DAY * 1000
    checked = either.platform.check(either.session())
    assert checked.profile.remote_id == profile.remote_id and checked.limits["posts_a_day"] > 0


@pytest.mark.parametrize("way", ["instagram", "facebook"])
def test_saying_no_connects_nothing(unconnected: Practising, way: str) -> None:
    with pytest.raises(Refused) as refusal:
        unconnected.sign_in(way, "refuse")
    assert isinstance(refusal.value.outcome, Forbidden)


def test_a_photo_with_its_alternative_text(either: Practising) -> None:
    assert [one.field for one in either.platform.validate(PHOTO, either.platform.rules({}))] == ["link"]
    published = live(either.publish(PHOTO))
    (post,) = either.feed()
    assert post.text == PHOTO.text and [image.alt for image in post.images] == ["A knee"]
    assert published.url.endswith(post.permalink)


def test_a_carousel_and_a_mixed_one(either: Practising) -> None:
    live(either.publish(CAROUSEL))
    assert [image.alt for image in either.feed()[0].images] == ["A knee", "A hip"]
    live(either.publish(Payload("Mixed", media=(photo("one", "A knee"), film("reel", 3.2, (180, 320))))))
    assert [image.kind for image in either.feed()[0].images] == ["image", "video"]


def test_a_video_is_a_reel(either: Practising) -> None:
    payload = Payload("Moving", media=(film("reel", 3.2, (180, 320)),), options={"reel_only": "1"})
    assert either.platform.validate(payload, either.platform.rules({})) == []
    live(either.publish(payload))
    (post,) = either.feed()
    assert post.warning == "Reel" and post.images[0].kind == "video"
    assert '"share_to_feed": "false"' in post.raw_json


def test_stories_of_photos_and_videos(either: Practising) -> None:
    for media in ((photo("tall", "A leg", (400, 900)),), (film("reel", 3.2, (180, 320)),)):
        payload = Payload("", media=media, options={"kind": "story"})
        assert either.platform.validate(payload, either.platform.rules({})) == []
        live(either.publish(payload))
        assert either.feed()[0].warning == "Story"
        assert isinstance(either.find(payload), CannotTell)


def test_a_first_comment_is_found_again(either: Practising) -> None:
    first = live(either.publish(PHOTO))
    comment = Payload("More tomorrow.", reply_to=first.remote_id)
    assert isinstance(either.find(comment), Absent)
    live(either.publish(comment))
    assert either.feed()[0].text == "More tomorrow."
    assert isinstance(either.find(comment), Found)


def test_co_authors_are_invited(insta: Practising) -> None:
    live(insta.publish(replace(PHOTO, options={"collaborators": "@harbor cafe"})))
    assert "harbor" in insta.feed()[0].raw_json


@pytest.mark.parametrize(
    ("switch", "expected"),
    [("error_after", Unknown), ("close_after", Unknown), ("hang_after", Unknown)],
)
def test_a_lost_answer_is_looked_up(either: Practising, switch: str, expected: type[Outcome]) -> None:
    assert isinstance(either.find(PHOTO), Absent)
    either.switch(switch)
    assert isinstance(either.publish(PHOTO), expected)
    found = either.find(PHOTO)
    assert isinstance(found, Found)
    assert found.url.endswith(either.feed()[0].permalink)
    assert len(either.feed()) == 1


def test_an_answer_that_denies_what_it_made_never_leads_to_a_second_post(insta: Practising) -> None:
    insta.switch("duplicate")
    outcome = insta.publish(PHOTO)
    assert isinstance(outcome, Unknown | Duplicate | Forbidden | Rejected), outcome
    assert isinstance(insta.find(PHOTO), Found)


@pytest.mark.parametrize(
    ("switch", "expected"),
    [("rate_limited", Throttled), ("expired_token", Unauthorized), ("error_before", Unknown)],
)
def test_refusals_before_anything_is_made(either: Practising, switch: str, expected: type[Outcome]) -> None:
    either.switch(switch, seconds=120)
    outcome = either.publish(PHOTO)
    assert isinstance(outcome, expected)
    if isinstance(outcome, Throttled):
        assert outcome.until == either.clock.now_ms() + 120_000
    assert either.feed() == []
    assert isinstance(either.find(PHOTO), Absent)


def test_a_revoked_app_asks_to_connect_again(either: Practising) -> None:
    either.switch("revoked_app")
    with pytest.raises(Refused) as refusal:
        either.publish(PHOTO)
    assert isinstance(refusal.value.outcome, Unauthorized)


@pytest.mark.parametrize("payload", [PHOTO, Payload("Moving", media=(film("reel", 3.2, (180, 320)),))])
def test_files_that_are_refused_or_take_long(insta: Practising, payload: Payload) -> None:
    insta.switch("rejected_media")
    with pytest.raises(Refused) as refusal:
        insta.publish(payload)
    assert isinstance(refusal.value.outcome, Rejected)
    insta.switch("slow_processing", seconds=60)
    live(insta.publish(payload))


def test_a_file_that_nobody_can_fetch_is_tried_again(insta: Practising) -> None:
    insta.server.files.clear()
    with pytest.raises(Refused) as refusal:
        insta.publish(PHOTO)
    assert isinstance(refusal.value.outcome, NotSent)


def test_the_quota_of_a_day_is_read_and_waited_for(insta: Practising, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.practice.networks.instagram.publishing.POSTS_A_DAY", 2)
    monkeypatch.setattr("scheduler.practice.networks.instagram.server.POSTS_A_DAY", 2)
    for number in range(insta.platform.check(insta.session()).limits["posts_a_day"]):
        live(insta.publish(replace(PHOTO, text=f"Post {number}")))
    with pytest.raises(Refused) as refusal:
        insta.publish(PHOTO)
    outcome = refusal.value.outcome
    assert isinstance(outcome, Throttled) and outcome.until == insta.clock.now_ms() + 3_600_000
    insta.clock.sleep(DAY + 1)
    live(insta.publish(PHOTO))


def test_the_token_is_renewed_and_an_old_one_asks_to_connect_again(insta: Practising) -> None:
    with pytest.raises(Refused) as refusal:
        insta.platform.refresh(insta.session())
    assert isinstance(refusal.value.outcome, Unauthorized)
    insta.clock.sleep(50 * DAY)
    insta.platform.refresh(insta.session())
    assert insta.remembered[-1]["scopes"] and insta.remembered[-1]["user_id"]
    insta.clock.sleep(20 * DAY)
    live(insta.publish(PHOTO))
    insta.clock.sleep(60 * DAY)
    for _ in range(2):
        with pytest.raises(Refused) as refusal:
            insta.platform.refresh(insta.session())
        assert isinstance(refusal.value.outcome, Unauthorized)


def test_numbers_and_deleting(either: Practising) -> None:
    published = live(either.publish(PHOTO))
    either.server.store.posts.set_counts(either.feed()[0].id, likes=3, replies=2)
    numbers = either.platform.metrics(either.session(), published.remote_id)
    assert (numbers["likes"], numbers["replies"], numbers["views"]) == (3, 2, 5)
    if either.session().credentials["login"] == "instagram":
        with pytest.raises(Refused) as refusal:
            either.platform.delete(either.session(), published.remote_id)
        assert isinstance(refusal.value.outcome, Rejected)
        return
    for _ in range(2):
        either.platform.delete(either.session(), published.remote_id)
    assert either.feed() == []
