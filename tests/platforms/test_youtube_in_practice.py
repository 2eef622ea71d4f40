"""The YouTube connector against the practice network, which another hand wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from tests.platforms.google_stand import LINK, MARK, Stand
from tests.support.pictures import video
from tests.support.practice_clients import jpeg
from tests.support.practice_server import HeldClock, PracticeServer

FILM = MediaItem("film", "video/mp4", 320, 180, 9, alt="An exercise", duration_ms=1000)
COVER = MediaItem("cover", "image/jpeg", 640, 360, 9, alt="A leg")
TEXT = Payload("Café ☕ and knees.", LinkCard(LINK, "Knees", "About knees"), (FILM,))


@pytest.fixture
def stand(practice_server: PracticeServer, practice_clock: HeldClock, tmp_path: Path) -> Stand:
    made = Stand.of("youtube", practice_server, practice_clock)
    made.files["film"] = video(tmp_path / "film.mp4", 0.4).read_bytes()
    made.files["cover"] = jpeg(640, 360)
    made.sign_in()
    return made


def test_signing_in_opens_the_channel_and_checking_finds_it(stand: Stand) -> None:
    [connection] = stand.sign_in()
    assert connection.profile.name == "The Clinic"
    assert connection.limits["uploads"].startswith("UU")
    assert ["22", "People & Blogs"] in connection.limits["categories"]
    assert stand.platform.check(stand.session()).profile == connection.profile
    for changes in ({"decision": "refuse"}, {"scope": "https://www.googleapis.com/auth/youtube.upload"}):
        with pytest.raises(Refused) as refusal:
            stand.sign_in(**changes)
        assert isinstance(refusal.value.outcome, o.Forbidden)


def test_a_video_with_its_settings_thumbnail_and_comment(stand: Stand) -> None:
    options = {"title": "Knees at home", "privacy": "unlisted", "tags": "knee, run slowly", "category": "17"}
    live = stand.live(replace(TEXT, media=(FILM, COVER), options=options))
    assert live.url == f"{stand.server.url}/practice/youtube/web/watch?v={live.remote_id}"
    [post] = stand.feed()
    assert "Knees at home" in post.text
    assert LINK in post.text
    outcome = stand.publish(Payload("More tomorrow.", reply_to=live.remote_id))
    assert isinstance(outcome, o.Published)
    assert stand.feed()[0].text == "More tomorrow."
    found = stand.platform.find(stand.session(), Payload("More tomorrow.", reply_to=live.remote_id), MARK)
    assert isinstance(found, o.Found)
    assert found.remote_id == outcome.remote_id
    stand.platform.delete(stand.session(), outcome.remote_id)
    assert len(stand.feed()) == 1


def test_a_video_in_a_playlist(stand: Stand) -> None:
    assert stand.connection is not None
    [[playlist, name]] = stand.connection.limits["playlists"]
    assert name == "Practice playlist"
    outcome = stand.publish(replace(TEXT, options={"playlist": playlist}))
    assert isinstance(outcome, o.Pending)
    assert "playlist" not in outcome.sentence
    wrong = stand.publish(replace(TEXT, options={"playlist": "PL0"}))
    assert isinstance(wrong, o.Pending)
    assert "not put into the playlist" in wrong.sentence


def test_a_large_video_goes_up_in_pieces(stand: Stand) -> None:
    stand.config = {"upload_bytes": 262_144}
    stand.files["film"] += bytes(600_000)  # behind the end of the film nobody looks
    assert isinstance(stand.publish(TEXT), o.Pending)
    puts = [one for one in stand.server.store.requests.newest("youtube") if one.method == "PUT"]
    assert len(puts) == 3
    [post] = stand.feed()
    assert len(post.images) == 1


def test_numbers_edit_and_delete(stand: Stand) -> None:
    live = stand.live(TEXT)
    stand.server.store.posts.set_counts(stand.feed()[0].id, likes=4, reposts=90, replies=1)
    assert stand.platform.metrics(stand.session(), live.remote_id) == {"views": 90, "likes": 4, "replies": 1}
    stand.platform.edit(stand.session(), live.remote_id, replace(TEXT, text="Changed"))
    assert "Changed" in stand.feed()[0].text
    stand.platform.delete(stand.session(), live.remote_id)
    stand.platform.delete(stand.session(), live.remote_id)
    assert stand.feed() == []


@pytest.mark.parametrize("kind", ["error_after", "hang_after", "close_after"])
def test_a_lost_answer_is_unknown_and_the_video_is_found(stand: Stand, kind: str) -> None:
    stand.switch(kind)
    assert isinstance(stand.publish(TEXT), o.Unknown)
    stand.patience = 20
    found = stand.platform.find(stand.session(), TEXT, MARK)
    assert isinstance(found, o.Found)
    assert len(stand.feed()) == 1
    stand.platform.delete(stand.session(), found.remote_id)
    assert isinstance(stand.platform.find(stand.session(), TEXT, MARK), o.Absent)


def test_an_error_before_the_end_posts_nothing_and_the_same_session_goes_on(stand: Stand) -> None:
    session = stand.session()
    prepared = stand.platform.prepare(session, TEXT, MARK)
    stand.switch("error_before")
    assert isinstance(stand.platform.publish(session, prepared), o.Unknown)
    assert isinstance(stand.platform.find(stand.session(), TEXT, MARK), o.Absent)
    assert isinstance(stand.platform.publish(session, prepared), o.Pending)
    again = stand.platform.publish(session, prepared)
    assert isinstance(again, o.Pending)
    assert len(stand.feed()) == 1


@pytest.mark.parametrize(("kind", "expected"), [("rate_limited", o.Throttled), ("expired_token", o.Unauthorized)])
def test_a_refusal_while_preparing(stand: Stand, kind: str, expected: type[o.Outcome]) -> None:
    stand.switch(kind)
    with pytest.raises(Refused) as refusal:
        stand.platform.prepare(stand.session(), TEXT, MARK)
    assert type(refusal.value.outcome) is expected
    assert stand.feed() == []


def test_a_project_that_is_not_set_up_is_the_owners_matter(stand: Stand) -> None:
    stand.switch("misconfigured_app", requests=None)
    with pytest.raises(Refused) as refusal:
        stand.platform.prepare(stand.session(), TEXT, MARK)
    assert isinstance(refusal.value.outcome, o.Misconfigured), refusal.value.outcome


def test_a_video_that_is_slow_or_refused(stand: Stand) -> None:
    stand.switch("slow_processing", seconds=90)
    pending = stand.publish(TEXT)
    assert isinstance(pending, o.Pending)
    stand.clock.sleep(60)
    assert isinstance(stand.platform.poll(stand.session(), pending.remote_id), o.Pending)
    stand.clock.sleep(60)
    assert isinstance(stand.platform.poll(stand.session(), pending.remote_id), o.Published)
    same = stand.publish(TEXT)
    assert isinstance(same, o.Pending)
    stand.clock.sleep(60)
    refused = stand.platform.poll(stand.session(), same.remote_id)
    assert isinstance(refused, o.Rejected)
    assert "same file" in refused.sentence
    stand.files["film"] += b"0"
    stand.switch("rejected_media")
    assert isinstance(wait(stand, stand.publish(TEXT)), o.Rejected)


def wait(stand: Stand, outcome: o.Outcome) -> o.Outcome:
    if isinstance(outcome, o.Pending):
        stand.clock.sleep(60)
        return stand.platform.poll(stand.session(), outcome.remote_id)
    return outcome


def test_the_sign_in_is_renewed_and_ends_when_it_is_revoked(stand: Stand, practice_clock: HeldClock) -> None:
    practice_clock.advance(3600)
    with pytest.raises(Refused) as refusal:
        stand.publish(TEXT)
    assert isinstance(refusal.value.outcome, o.Unauthorized)
    stand.platform.refresh(stand.session())
    assert isinstance(stand.publish(TEXT), o.Pending)
    stand.switch("revoked_app")
    with pytest.raises(Refused) as refusal:
        stand.platform.refresh(stand.session())
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_what_is_refused_here_is_refused_there(stand: Stand) -> None:
    rules = stand.platform.rules({})
    for bad in (
        replace(TEXT, options={"title": "x" * 101}),
        replace(TEXT, text="é" * 2501),
        replace(TEXT, options={"tags": ",".join(f"{n:050}" for n in range(10))}),
        replace(TEXT, text="a < b"),
    ):
        assert stand.platform.validate(bad, rules)
        with pytest.raises(Refused) as refusal:
            stand.platform.prepare(stand.session(), bad, MARK)
        assert isinstance(refusal.value.outcome, o.Rejected)
