"""What only the YouTube connector does: uploads in pieces, settings of a video, thumbnail, comments, quotas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.clock import to_ms
from scheduler.domain.outcome import Absent, Found, NotSent, Pending, Published, Rejected, Throttled, Unauthorized
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.youtube.answers import next_pacific_day
from scheduler.platforms.connectors.youtube.upload import UNIT, last_piece
from scheduler.platforms.connectors.youtube.videos import title_of
from tests.platforms import stages
from tests.platforms.fault_server import Call, Reply
from tests.platforms.stage import LINK, MARK, NOW, PHOTO, SECRETS, VIDEO, Stage
from tests.platforms.stages.youtube import DESCRIPTION, TEXT, VIDEO_ID, VIDEO_JSON, error

COMMENT_ID = "Ugx" + "a" * 20


@pytest.fixture
def stage() -> Iterator[Stage]:
    found = stages.set_up("youtube")
    yield found
    found.server.close()


def announced(stage: Stage, **options: str) -> dict[str, Any]:
    stage.platform.prepare(stage.session(), replace(TEXT, options=options), MARK)
    body: dict[str, Any] = stage.server.last("uploadType=resumable").json
    return body


def problems(stage: Stage, text: str = "Words", media: tuple[Any, ...] = (VIDEO,), **options: str) -> list[str]:
    payload = Payload(text, LinkCard(LINK, "Running again"), media, options=options)
    return [problem.field for problem in stage.platform.validate(payload, stage.platform.rules({}))]


def in_pieces(stage: Stage, data: bytes, pieces: int) -> Session:
    """Return a session whose video is `data`, sent in pieces of so many units."""
    stage.config = {**stage.config, "upload_bytes": pieces * UNIT}
    session = stage.session()
    session.read_media = lambda _key: data
    return session


# the settings of a video


def test_what_is_said_about_a_video_unless_something_else_is_chosen(stage: Stage) -> None:
    assert announced(stage) == {
        "snippet": {
            "title": "Running again",
            "description": DESCRIPTION,
            "categoryId": "22",
            "defaultLanguage": "en",
        },
        "status": {
            "privacyStatus": "public",
            "selfDeclaredMadeForKids": False,
            "containsSyntheticMedia": False,
            "embeddable": True,
            "license": "youtube",
        },
    }
    call = stage.server.last("uploadType=resumable")
    assert call.headers["x-upload-content-length"] == str(len(b"<video>"))
    assert "notifySubscribers=true" in call.path


def test_every_choice_is_said(stage: Stage) -> None:
    chosen = {"title": "Mine", "privacy": "unlisted", "category": "17", "tags": "knee, #run slowly,knee, "}
    more = {"made_for_kids": "1", "altered": "1", "notify": "0", "licence": "creativeCommon", "embeddable": "0"}
    said = announced(stage, **chosen, **more)
    assert said["snippet"]["title"] == "Mine"
    assert (said["snippet"]["categoryId"], said["snippet"]["tags"]) == ("17", ["knee", "run slowly"])
    assert said["status"] == {
        "privacyStatus": "unlisted",
        "selfDeclaredMadeForKids": True,
        "containsSyntheticMedia": True,
        "embeddable": False,
        "license": "creativeCommon",
    }
    assert "notifySubscribers=false" in stage.server.last("uploadType=resumable").path


def test_the_request_fits_the_published_description(stage: Stage) -> None:
    name = "shared/specs/youtube/youtube.v3.json"
    path = next((found for parent in Path(__file__).parents if (found := parent / name).is_file()), None)
    said = announced(stage, tags="knee")
    schemas = json.loads(path.read_text("utf-8"))["schemas"] if path else {}
    for part, schema in (("snippet", "VideoSnippet"), ("status", "VideoStatus")):
        known = schemas.get(schema, {"properties": {name: {} for name in said[part]}})["properties"]
        assert set(said[part]) <= set(known)
        for field, value in said[part].items():
            assert value in known[field].get("enum", [value])


def test_a_title_is_found_when_none_is_chosen() -> None:
    assert title_of(Payload("First line\nSecond")) == "First line"
    assert title_of(Payload("a <b> c")) == "a b c"
    long = title_of(Payload("word " * 40))
    assert len(long) <= 100
    assert long.endswith("word…")
    assert title_of(Payload("", LinkCard(LINK, "Of the link"))) == "Of the link"


def test_everything_that_is_wrong_is_said(stage: Stage) -> None:
    assert problems(stage) == []
    assert problems(stage, title="x" * 101) == ["options.title"]
    assert problems(stage, title="a < b") == ["options.title"]
    assert problems(stage, privacy="secret", licence="mine") == ["options.privacy", "options.licence"]
    assert problems(stage, category="all") == ["options.category"]
    assert problems(stage, text="a > b") == ["text"]
    assert problems(stage, media=()) == ["media"]
    assert problems(stage, media=(PHOTO,)) == ["media"]
    assert problems(stage, media=(VIDEO, VIDEO)) == ["media"]
    assert problems(stage, media=(VIDEO, replace(PHOTO, bytes=3_000_000))) == ["media.1"]


def test_tags_count_with_commas_and_quotes(stage: Stage) -> None:
    assert problems(stage, tags=",".join(["a" * 49 for _ in range(1)] + [f"{n:049}" for n in range(9)])) == []
    assert problems(stage, tags=",".join(f"{n:050}" for n in range(10))) == ["options.tags"]
    assert problems(stage, tags="x" * 249 + "," + "y" * 124 + " " + "y" * 123) == []
    assert problems(stage, tags="x" * 249 + "," + "y" * 124 + " " + "y" * 124) == ["options.tags"]


def test_the_description_counts_bytes(stage: Stage) -> None:
    room = 5000 - len(f"\n\n{LINK}")
    assert problems(stage, text="é" * (room // 2)) == []
    assert problems(stage, text="é" * (room // 2 + 1)) == ["text"]


def test_a_verified_channel_may_upload_hours(stage: Stage) -> None:
    hour = replace(TEXT, media=(replace(VIDEO, duration_ms=3_600_000),))
    connection = stage.platform.check(stage.session())
    assert connection.limits["categories"] == [["22", "People & Blogs"]]
    assert stage.platform.validate(hour, stage.platform.rules(connection.limits)) == []
    assert [one.field for one in stage.platform.validate(hour, stage.platform.rules({}))] == ["media.0"]


# uploading


def test_all_but_the_last_piece_is_sent_ahead(stage: Stage) -> None:
    data = bytes(range(256)) * 1024 * 2 + b"end"  # two units and three bytes
    session = in_pieces(stage, data, 1)
    sizes: list[str] = []

    def keep(call: Call) -> Reply:
        sizes.append(call.headers["content-range"])
        end = int(call.headers["content-range"].partition("-")[2].partition("/")[0])
        return Reply(308, headers={"Range": f"bytes=0-{end}"})

    stage.server.fault(*stage.commit, keep)
    prepared = stage.platform.prepare(session, TEXT, MARK)
    assert sizes == [f"bytes 0-262143/{len(data)}", f"bytes 262144-524287/{len(data)}"]
    stage.server.faults.clear()
    assert isinstance(stage.platform.publish(session, prepared), Pending)
    last = stage.server.last("upload_id")
    assert (last.headers["content-range"], last.body) == (f"bytes 524288-524290/{len(data)}", b"end")


def test_a_piece_that_was_kept_in_part_goes_on_from_there(stage: Stage) -> None:
    session = in_pieces(stage, bytes(3 * UNIT), 2)
    starts: list[str] = []

    def half(call: Call) -> Reply:
        starts.append(call.headers["content-range"].partition("-")[0])
        return Reply(308, headers={"Range": f"bytes=0-{len(starts) * UNIT - 1}"})

    stage.server.fault(*stage.commit, half)
    prepared = stage.platform.prepare(session, TEXT, MARK)
    assert (starts, prepared.data["at"]) == (["bytes 0", f"bytes {UNIT}"], 2 * UNIT)


def test_a_session_that_keeps_nothing_is_given_up(stage: Stage) -> None:
    session = in_pieces(stage, bytes(3 * UNIT), 1)
    stage.server.fault(*stage.commit, Reply(308))
    with pytest.raises(Refused) as refusal:
        stage.platform.prepare(session, TEXT, MARK)
    assert isinstance(refusal.value.outcome, NotSent)
    assert stage.commits() == 1


def test_the_last_piece_is_never_empty(stage: Stage) -> None:
    session = in_pieces(stage, b"", 1)
    assert [last_piece(session, size) for size in (1, UNIT, UNIT + 1, 2 * UNIT, 2 * UNIT + 1)] == [
        0,
        0,
        UNIT,
        UNIT,
        2 * UNIT,
    ]


def test_the_end_that_was_taken_in_part_is_finished(stage: Stage) -> None:
    session = in_pieces(stage, bytes(UNIT + 5), 2)
    prepared = stage.platform.prepare(session, TEXT, MARK)
    asked: list[Call] = []

    def answer(call: Call) -> Reply:
        asked.append(call)
        return Reply(308, headers={"Range": f"bytes=0-{UNIT - 1}"}) if len(asked) == 1 else Reply(json=VIDEO_JSON)

    stage.server.fault(*stage.commit, answer)
    assert isinstance(stage.platform.publish(session, prepared), Published)
    assert [len(call.body) for call in asked] == [UNIT + 5, 5]


def test_a_session_elsewhere_is_not_used(stage: Stage) -> None:
    assert stage.upload
    for place in ("", "http://127.0.0.1:9/youtube/v3/videos?upload_id=1", "https://googleapis.com.evil.example/x"):
        stage.server.faults.clear()
        stage.server.fault(*stage.upload, Reply(headers={"Location": place} if place else {}))
        with pytest.raises(Refused):
            stage.platform.prepare(stage.session(), TEXT, MARK)
    assert stage.commits() == 0


def test_the_address_of_the_session_is_a_secret(stage: Stage) -> None:
    session = stage.session()
    prepared = stage.platform.prepare(session, TEXT, MARK)
    stage.server.fault(*stage.commit, lambda call: Reply(400, text=f"{prepared.data['session']}"))
    outcome = stage.platform.publish(session, prepared)
    assert SECRETS[3] not in repr(outcome)


# after the upload


def test_a_photo_becomes_the_thumbnail(stage: Stage) -> None:
    session, payload = stage.session(), replace(TEXT, media=(VIDEO, PHOTO))
    outcome = stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    assert isinstance(outcome, Pending)
    call = stage.server.last("thumbnails/set")
    assert (call.body, call.headers["content-type"]) == (b"<photo>", "image/jpeg")
    assert f"videoId={VIDEO_ID}" in call.path
    stage.server.fault("POST", "thumbnails/set", error(403, "forbidden"))
    outcome = stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    assert isinstance(outcome, Pending)
    assert "thumbnail was not set" in outcome.sentence


def test_a_video_is_put_into_a_playlist(stage: Stage) -> None:
    limits = stage.platform.check(stage.session()).limits
    assert limits["playlists"] == [["PL1", "Knees"]]
    [option] = [one for one in stage.platform.options(limits) if one.name == "playlist"]
    assert option.choices == (("", "None"), ("PL1", "Knees"))
    session, payload = stage.session(), replace(TEXT, options={"playlist": "PL1"})
    assert isinstance(stage.platform.publish(session, stage.platform.prepare(session, payload, MARK)), Pending)
    resource = {"kind": "youtube#video", "videoId": VIDEO_ID}
    assert stage.server.last("playlistItems").json == {"snippet": {"playlistId": "PL1", "resourceId": resource}}
    stage.server.fault("POST", "/playlistItems", error(404, "playlistNotFound"))
    outcome = stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    assert isinstance(outcome, Pending)
    assert "not put into the playlist" in outcome.sentence


def test_lists_that_youtube_does_not_tell_just_now_stay_as_they_were(stage: Stage) -> None:
    stage.limits = {"uploads": "UUabc", "playlists": [["PL0", "Old"]], "categories": [["1", "Film"]]}
    for path in ("/playlists", "/videoCategories"):
        stage.server.fault("GET", path, Reply(500))
    limits = stage.platform.check(stage.session()).limits
    assert (limits["playlists"], limits["categories"]) == ([["PL0", "Old"]], [["1", "Film"]])


def test_a_video_that_google_locked_is_told(stage: Stage) -> None:
    locked = {**VIDEO_JSON, "status": {"uploadStatus": "processed", "privacyStatus": "private"}}
    stage.server.fault("GET", "/youtube/v3/videos", Reply(json={"items": [locked]}))
    outcome = stage.platform.poll(stage.session(), VIDEO_ID)
    assert isinstance(outcome, Published)
    assert "audited" in outcome.sentence


def test_a_video_that_is_not_shown_yet_is_asked_about_again(stage: Stage) -> None:
    stage.server.fault("GET", "/youtube/v3/videos", Reply(json={"items": []}))
    assert isinstance(stage.platform.poll(stage.session(), VIDEO_ID), NotSent)
    stage.server.faults.clear()
    stage.server.fault("GET", "/youtube/v3/videos", Reply(401, {"error": {"status": "UNAUTHENTICATED"}}))
    with pytest.raises(Refused) as refusal:
        stage.platform.poll(stage.session(), VIDEO_ID)
    assert isinstance(refusal.value.outcome, Unauthorized)


def test_editing_sends_everything_that_would_be_cleared(stage: Stage) -> None:
    stage.platform.edit(stage.session(), VIDEO_ID, Payload("New words", LinkCard(LINK, "Other")))
    sent = stage.server.last("videos\\?part=snippet").json
    assert sent == {
        "id": VIDEO_ID,
        "snippet": {
            "title": "Running again",
            "description": f"New words\n\n{LINK}",
            "tags": ["knee"],
            "categoryId": "22",
        },
    }


def test_a_video_without_a_link_is_found_by_title_and_words(stage: Stage) -> None:
    plain = Payload(DESCRIPTION, None, (VIDEO,), options={"title": "Running again"})
    mark = replace(MARK, short_code="")
    assert isinstance(stage.platform.find(stage.session(), plain, mark), Found)
    other = replace(plain, options={"title": "Another"})
    assert isinstance(stage.platform.find(stage.session(), other, mark), Absent)


# comments


def comment(stage: Stage, text: str = "More tomorrow.") -> Payload:
    return Payload(text, reply_to=VIDEO_ID)


def test_a_comment_is_posted_found_and_taken_down(stage: Stage) -> None:
    session, payload = stage.session(), comment(stage)
    outcome = stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    assert isinstance(outcome, Published)
    assert outcome.url == f"https://www.youtube.com/watch?v={VIDEO_ID}&lc={COMMENT_ID}"
    assert stage.commits() == 0
    snippet = {"textOriginal": "More tomorrow.", "authorChannelId": {"value": "UCabc"}}
    said = {"id": COMMENT_ID, "snippet": {**snippet, "publishedAt": "2026-11-22T16:00:02Z"}}
    stranger = {"id": "x", "snippet": {**said["snippet"], "authorChannelId": {"value": "UCxyz"}}}  # type: ignore[dict-item]
    threads = [{"snippet": {"topLevelComment": one}} for one in (stranger, said)]
    stage.server.fault("GET", "/commentThreads", Reply(json={"items": threads}))
    found = stage.platform.find(session, payload, MARK)
    assert isinstance(found, Found)
    assert found.remote_id == COMMENT_ID
    assert isinstance(stage.platform.find(session, comment(stage, "Other"), MARK), Absent)
    stage.platform.delete(session, COMMENT_ID)
    assert "/comments?id=" in stage.server.last("comments").path
    assert stage.platform.metrics(session, COMMENT_ID) == {}


def test_a_comment_that_is_refused_or_not_possible_yet(stage: Stage) -> None:
    session, payload = stage.session(), comment(stage)
    for reason, kind in (("commentsDisabled", Rejected), ("processingFailure", NotSent), ("videoNotFound", Rejected)):
        stage.server.faults.clear()
        stage.server.fault("POST", "/commentThreads", error(403, reason))
        assert type(stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))) is kind


def test_a_comment_holds_words_only(stage: Stage) -> None:
    rules = stage.platform.rules({})
    good = comment(stage, "x" * 10_000)
    assert stage.platform.validate(good, rules) == []
    bad = replace(good, text="x" * 10_001, media=(PHOTO,))
    assert [one.field for one in stage.platform.validate(bad, rules)] == ["text", "media"]
    assert [one.field for one in stage.platform.validate(comment(stage, " "), rules)] == ["text"]


def test_a_comment_below_a_closed_video_is_warned_of(stage: Stage) -> None:
    rules = stage.platform.rules({})
    for options, fields in (({"privacy": "private"}, ["replies"]), ({"made_for_kids": "1"}, ["replies"]), ({}, [])):
        found = stage.platform.validate(replace(TEXT, options=options, replies=("More",)), rules)
        assert [one.field for one in found] == fields
        assert all(one.severity == "warning" for one in found)


# quotas


def test_a_spent_day_waits_for_midnight_in_california(stage: Stage) -> None:
    stage.server.fault("POST", "uploadType=resumable", error(403, "quotaExceeded"))
    with pytest.raises(Refused) as refusal:
        stage.platform.prepare(stage.session(), TEXT, MARK)
    outcome = refusal.value.outcome
    assert isinstance(outcome, Throttled)
    # NOW is 08:00 on 22 November in Los Angeles (UTC-8).
    assert outcome.until == to_ms(datetime(2026, 11, 23, 8, 5, tzinfo=UTC))
    autumn = to_ms(datetime(2026, 11, 1, 7, 30, tzinfo=UTC))  # half an hour before the clocks' long day
    assert next_pacific_day(autumn) == to_ms(datetime(2026, 11, 2, 8, 5, tzinfo=UTC))


def test_a_full_channel_waits_a_day(stage: Stage) -> None:
    stage.server.fault("POST", "uploadType=resumable", error(400, "uploadLimitExceeded"))
    with pytest.raises(Refused) as refusal:
        stage.platform.prepare(stage.session(), TEXT, MARK)
    assert isinstance(refusal.value.outcome, Throttled)
    assert refusal.value.outcome.until == NOW + 86_400_000
