"""The Facebook connector on the practice network, which another hand built from the same sheet."""

from __future__ import annotations

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
from tests.support.meta_practice import MARK, Practising, film, photo
from tests.support.pictures import video
from tests.support.practice_clients import jpeg
from tests.support.practice_server import HeldClock, PracticeServer

LINK = "https://clinic.example/blog/knees?utm_content=k7Qx2m"
TEXT = Payload("Café ☕ and knees (soon).", LinkCard(LINK, "Knees"))
PHOTOS = Payload("Two photos", LinkCard(LINK, "Knees"), (photo("one", "A knee"), photo("two", "A hip")))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("films")
    upright = video(folder / "reel.mp4", 3.2, size=(540, 960))
    return {"film": video(folder / "film.mp4", 1.2).read_bytes(), "reel": upright.read_bytes()}


@pytest.fixture
def page(practice_server: PracticeServer, practice_clock: HeldClock, films: dict[str, bytes]) -> Practising:
    files = {"one": jpeg(400, 300), "two": jpeg(300, 400), "broken": b"no picture", **films}
    made = Practising(practice_server, practice_clock, "facebook", files)
    made.sign_in("page")
    return made


def live(outcome: Outcome) -> Published:
    assert isinstance(outcome, Published), outcome
    return outcome


def valid(page: Practising, payload: Payload) -> bool:
    found = page.platform.validate(payload, page.platform.rules({}))
    return not [problem for problem in found if problem.severity == "error"]


def test_signing_in_connects_the_page_and_checking_finds_it(page: Practising) -> None:
    assert page.connection
    profile = page.connection.profile
    assert (profile.name, profile.handle) == ("The Clinic", "clinic")
    kept = page.connection.credentials
    assert kept["page_id"] == profile.remote_id and "pages_manage_posts" in kept["scopes"]
    assert page.platform.token_times(kept).dies_at > page.clock.now_ms() + 89 * 86_400_000
    assert page.platform.check(page.session()).profile == profile


def test_saying_no_connects_nothing(page: Practising) -> None:
    with pytest.raises(Refused) as refusal:
        page.sign_in("page", "refuse")
    assert isinstance(refusal.value.outcome, Forbidden)


def test_text_with_a_link_has_a_card(page: Practising) -> None:
    assert valid(page, TEXT)
    published = live(page.publish(TEXT))
    (post,) = page.feed()
    assert post.text == TEXT.text and post.card is not None and post.card.url == LINK
    assert published.remote_id.startswith(page.session().credentials["page_id"])
    assert published.url.endswith(post.permalink)


def test_photos_keep_their_alternative_texts_and_the_link_goes_into_the_text(page: Practising) -> None:
    assert valid(page, PHOTOS)
    live(page.publish(PHOTOS))
    (post,) = page.feed()
    assert [image.alt for image in post.images] == ["A knee", "A hip"]
    assert post.text == f"Two photos\n\n{LINK}"


def test_one_photo_alone(page: Practising) -> None:
    live(page.publish(Payload("One", media=(photo("one", "A knee"),))))
    assert [image.alt for image in page.feed()[0].images] == ["A knee"]


@pytest.mark.parametrize(
    ("kind", "key", "size", "shown"),
    [("", "film", (320, 180), "video"), ("reel", "reel", (540, 960), "video"), ("story", "film", (320, 180), "video")],
)
def test_videos_reels_and_stories(page: Practising, kind: str, key: str, size: tuple[int, int], shown: str) -> None:
    payload = Payload("" if kind == "story" else "Moving", media=(film(key, 3.2, size),), options={"kind": kind})
    assert valid(page, payload)
    published = live(page.publish(payload))
    (post,) = page.feed()
    assert post.images[0].kind == shown
    assert published.remote_id


def test_a_photo_as_a_story(page: Practising) -> None:
    payload = Payload("", media=(photo("one", "A knee"),), options={"kind": "story"})
    assert isinstance(page.find(payload), Absent)
    live(page.publish(payload))
    assert "tory" in page.feed()[0].warning
    assert isinstance(page.find(payload), CannotTell)


def test_a_first_comment_is_found_again(page: Practising) -> None:
    first = live(page.publish(TEXT))
    comment = Payload("More tomorrow.", reply_to=first.remote_id)
    assert isinstance(page.find(comment), Absent)
    live(page.publish(comment))
    assert page.feed()[0].text == "More tomorrow."
    assert isinstance(page.find(comment), Found)


@pytest.mark.parametrize(
    ("payload", "switch", "expected"),
    [
        (TEXT, "error_after", Unknown),
        (TEXT, "hang_after", Unknown),
        (TEXT, "duplicate", Duplicate),
        (PHOTOS, "close_after", Unknown),
        (Payload("No link at all"), "error_after", Unknown),
    ],
)
def test_a_lost_answer_is_looked_up(page: Practising, payload: Payload, switch: str, expected: type[Outcome]) -> None:
    assert isinstance(page.find(payload), Absent)
    page.switch(switch)
    assert isinstance(page.publish(payload), expected)
    found = page.find(payload)
    assert isinstance(found, Found)
    assert found.url.endswith(page.feed()[0].permalink)
    assert len(page.feed()) == 1


def test_a_lost_video_is_looked_up_when_it_had_time(page: Practising) -> None:
    payload = Payload("Moving", media=(film("film", 1.2, (320, 180)),))
    absent = page.find(payload)
    assert isinstance(absent, CannotTell) and absent.passing
    page.switch("error_after")
    assert isinstance(page.publish(payload), Unknown)
    page.clock.sleep(10)
    assert isinstance(page.find(payload), Found)


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ("rate_limited", Throttled),
        ("error_before", Unknown),
        ("expired_token", Unauthorized),
        ("revoked_app", Unauthorized),
    ],
)
def test_refusals_before_anything_is_made(page: Practising, switch: str, expected: type[Outcome]) -> None:
    page.switch(switch, seconds=120)
    outcome = page.publish(TEXT)
    assert isinstance(outcome, expected)
    if isinstance(outcome, Throttled):
        assert outcome.until == page.clock.now_ms() + 120_000
    assert page.feed() == []
    assert isinstance(page.find(TEXT), Absent)


def test_the_same_text_twice_is_a_duplicate(page: Practising) -> None:
    live(page.publish(Payload("Again")))
    assert isinstance(page.publish(Payload("Again")), Duplicate)


def test_files_that_facebook_refuses(page: Practising) -> None:
    for switch, payload in (("", Payload("x", media=(photo("broken"),))), ("rejected_media", PHOTOS)):
        if switch:
            page.switch(switch)
        with pytest.raises(Refused) as refusal:
            page.publish(payload)
        assert isinstance(refusal.value.outcome, Rejected | NotSent)
    assert page.feed() == []


def test_editing_deleting_and_numbers(page: Practising) -> None:
    published = live(page.publish(TEXT))
    page.platform.edit(page.session(), published.remote_id, Payload("Changed", TEXT.link))
    assert page.feed()[0].text == "Changed"
    page.server.store.posts.set_counts(page.feed()[0].id, likes=3, replies=2, reposts=1)
    numbers = page.platform.metrics(page.session(), published.remote_id)
    assert (numbers["likes"], numbers["shares"]) == (3, 1)
    assert numbers["views"] == 6
    for _ in range(2):
        page.platform.delete(page.session(), published.remote_id)
    assert page.feed() == []


def test_a_post_by_another_hand_is_not_taken_for_ours(page: Practising) -> None:
    live(page.publish(Payload("Something else")))
    assert isinstance(page.find(TEXT, MARK), Absent)
