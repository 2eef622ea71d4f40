"""What only the Pinterest connector does: the pin's fields, its choices, its boards, its numbers of errors."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import Close, Reply
from tests.platforms.stage import LINK, MARK, PHOTO, PHOTOS, Stage, once
from tests.platforms.stages import set_up
from tests.platforms.stages.pinterest import BOARDS, FILM, refusal, tokens
from tests.support.specs import schema_problems

PINTEREST = platform("pinterest")
RULES = PINTEREST.rules({})
SPEC = "pinterest/openapi-5.23.0.organic-subset.json"
CARD = LinkCard(LINK, "Running again")


@pytest.fixture
def pinterest() -> Iterator[Stage]:
    stage = set_up("pinterest")
    yield stage
    stage.server.close()


def sent(stage: Stage, payload: Payload) -> dict[str, Any]:
    """Publish and return the body of the irreversible call."""
    session = stage.session()
    assert isinstance(PINTEREST.publish(session, PINTEREST.prepare(session, payload, MARK)), o.Published)
    body: dict[str, Any] = stage.server.last("/v5/pins$").json
    assert schema_problems(SPEC, "PinCreate", body) == []
    return body


def wrong(payload: Payload) -> list[str]:
    return [problem.field for problem in PINTEREST.validate(payload, RULES) if problem.severity == "error"]


def test_a_photo_travels_as_bytes_with_all_its_words(pinterest: Stage) -> None:
    assert sent(pinterest, PHOTOS) == {
        "board_id": "70",
        "title": "Running again",
        "description": PHOTOS.text,
        "link": LINK,
        "alt_text": PHOTO.alt,
        "media_source": {
            "source_type": "image_base64",
            "content_type": "image/jpeg",
            "data": base64.b64encode(b"<photo>").decode(),
        },
    }


def test_what_is_empty_is_left_out(pinterest: Stage) -> None:
    body = sent(pinterest, Payload("", None, (replace(PHOTO, alt=""),)))
    assert set(body) == {"board_id", "media_source"}


def test_several_photos_share_the_link(pinterest: Stage) -> None:
    second = replace(PHOTO, key="second", mime="image/png", alt="Another knee")
    body = sent(pinterest, Payload("Two", CARD, (PHOTO, second), options={"board": "71", "title": "Chosen"}))
    assert (body["board_id"], body["title"]) == ("71", "Chosen")
    assert body["alt_text"] == f"1. {PHOTO.alt} 2. Another knee"
    source = body["media_source"]
    assert (source["source_type"], source["index"]) == ("multiple_image_base64", 0)
    assert [(item["content_type"], item["link"]) for item in source["items"]] == [
        ("image/jpeg", LINK),
        ("image/png", LINK),
    ]


def test_a_video_goes_to_the_store_first_the_file_last_and_no_token_beside_it(pinterest: Stage) -> None:
    waiting = Reply(json={"media_id": "55", "status": "processing"})
    pinterest.server.fault("GET", "/media/55", once(waiting, Reply(json={"media_id": "55", "status": "succeeded"})))
    body = sent(pinterest, Payload("A film", CARD, (FILM,)))
    assert body["media_source"] == {"source_type": "video_id", "media_id": "55", "cover_image_key_frame_time": 1}
    call = pinterest.server.last("/bucket$")
    assert "authorization" not in call.headers
    places = [call.body.index(name) for name in (b'name="key"', b'name="policy"', b'name="Content-Type"')]
    assert max(places) < call.body.index(b'name="file"')
    assert b"<video>" in call.body
    assert pinterest.clock.slept == [2]


@pytest.mark.parametrize(
    ("place", "answer", "expected"),
    [
        ("/bucket$", Reply(403, text="<Error>AccessDenied</Error>"), o.NotSent),
        ("/bucket$", Close(), o.NotSent),
        ("/media/55", Reply(json={"status": "failed"}), o.Rejected),
        ("/media/55", Reply(500), o.NotSent),
        ("/media/55", Reply(json={"status": "processing"}), o.NotSent),
    ],
)
def test_a_video_that_does_not_get_through(pinterest: Stage, place: str, answer: Any, expected: type) -> None:
    pinterest.server.fault("POST" if "bucket" in place else "GET", place, answer)
    with pytest.raises(Refused) as refused:
        PINTEREST.prepare(pinterest.session(), Payload("A film", CARD, (FILM,)), MARK)
    assert type(refused.value.outcome) is expected
    assert pinterest.commits() == 0


def test_a_long_title_of_an_article_is_cut_and_a_chosen_one_is_not() -> None:
    long = "How to come back to running after an injury of the knee, and what to do when it starts to hurt again today"
    assert wrong(replace(PHOTOS, link=LinkCard(LINK, long))) == []
    assert wrong(replace(PHOTOS, options={"title": long})) == ["options.title"]
    assert wrong(replace(PHOTOS, link=LinkCard(LINK, "x" * 200))) == []


def test_a_cut_title_ends_at_a_word(pinterest: Stage) -> None:
    body = sent(pinterest, replace(PHOTOS, link=LinkCard(LINK, "knee " * 30)))
    assert body["title"] == " ".join(["knee"] * 19) + "…"
    assert len(sent(pinterest, replace(PHOTOS, link=LinkCard(LINK, "x" * 200)))["title"]) == 100


def test_more_than_five_hundred_characters_are_a_warning() -> None:
    [problem] = PINTEREST.validate(replace(PHOTOS, text="x" * 501), RULES)
    assert (problem.field, problem.severity) == ("text", "warning")
    assert wrong(replace(PHOTOS, text="x" * 801)) == ["text"]


@pytest.mark.parametrize(
    "address", ["https://bit.ly/abc", "https://www.tinyurl.com/x", "https://a.example/" + "x" * 2048]
)
def test_links_that_pinterest_blocks(address: str) -> None:
    assert wrong(replace(PHOTOS, link=LinkCard(address, "x"))) == ["link"]


def test_a_pin_shows_something() -> None:
    assert wrong(Payload("Words", CARD)) == ["media"]


@pytest.mark.parametrize(
    ("media", "fields"),
    [
        ((MediaItem("p", "image/jpeg", 100, 200, 9, alt="x"),), []),
        ((MediaItem("p", "image/jpeg", 99, 200, 9, alt="x"),), ["media.0"]),
        ((MediaItem("p", "image/jpeg", 300, 199, 9, alt="x"),), ["media.0"]),
        ((MediaItem("p", "image/webp", 1000, 1500, 9, alt="x"),), ["media.0"]),
        ((PHOTO,) * 5, []),
        ((PHOTO,) * 6, ["media"]),
        ((PHOTO, replace(PHOTO, width=800)), ["media"]),
        ((replace(PHOTO, alt="x" * 300), replace(PHOTO, alt="x" * 300)), ["media"]),
        ((FILM,), []),
        ((replace(FILM, duration_ms=3999),), ["media.0"]),
        ((replace(FILM, duration_ms=901_000),), ["media.0"]),
        ((PHOTO, FILM), ["media"]),
    ],
)
def test_files_are_looked_at_before_anything_is_sent(media: tuple[MediaItem, ...], fields: list[str]) -> None:
    assert wrong(Payload("x", CARD, media)) == fields


@pytest.mark.parametrize(
    ("second", "fields"), [("", []), ("12", []), ("-1", ["options.cover_second"]), ("²", ["options.cover_second"])]
)
def test_the_cover_is_a_number_of_seconds(second: str, fields: list[str]) -> None:
    assert wrong(Payload("x", CARD, (FILM,), options={"cover_second": second})) == fields


def test_all_boards_are_read_and_the_usual_one_comes_first(pinterest: Stage) -> None:
    more = {"items": [{"id": "72", "name": "Backs"}], "bookmark": None}
    pinterest.server.fault("GET", r"/boards\?.*bookmark=next", Reply(json=more))
    pinterest.server.fault("GET", r"/boards\?", Reply(json={"items": BOARDS, "bookmark": "next"}))
    pinterest.credentials["board"] = "72"
    found = PINTEREST.check(pinterest.session())
    assert [board["id"] for board in found.limits["boards"]] == ["72", "70", "71"]
    assert found.credentials["board"] == "72"


def test_an_account_without_boards_is_told_to_make_one(pinterest: Stage) -> None:
    pinterest.server.fault("GET", r"/boards\?", Reply(json={"items": [], "bookmark": None}))
    assert pinterest.signs_in
    with pytest.raises(Refused) as refused:
        PINTEREST.signed_in(pinterest.session(connected=False), *pinterest.signs_in)
    assert isinstance(refused.value.outcome, o.Forbidden)
    assert "Make one" in refused.value.outcome.sentence


def test_the_token_endpoint_is_asked_with_basic_authentication(pinterest: Stage) -> None:
    assert pinterest.signs_in
    PINTEREST.signed_in(pinterest.session(connected=False), *pinterest.signs_in)
    call = pinterest.server.last("/oauth/token$")
    pair = base64.b64encode(f"app:{pinterest.app['client_secret']}".encode()).decode()
    assert call.headers["authorization"] == f"Basic {pair}"
    assert b"client_secret" not in call.body
    assert b"grant_type=authorization_code" in call.body


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [(400, 283, o.Unauthorized), (401, 281, o.Unauthorized), (401, 2, o.Misconfigured), (400, 1, o.Misconfigured)],
)
def test_refusals_of_the_token_endpoint(pinterest: Stage, status: int, code: int, expected: type) -> None:
    pinterest.server.fault("POST", "/oauth/token$", refusal(status, code))
    with pytest.raises(Refused) as refused:
        PINTEREST.refresh(pinterest.session())
    assert type(refused.value.outcome) is expected
    assert pinterest.remembered == []


def test_a_limit_names_its_end_in_seconds(pinterest: Stage) -> None:
    limited = Reply(429, {"code": 8, "message": "No"}, headers={"X-RateLimit-Reset": "40"})
    pinterest.server.fault(*pinterest.commit, limited)
    session = pinterest.session()
    outcome = PINTEREST.publish(session, PINTEREST.prepare(session, PHOTOS, MARK))
    assert isinstance(outcome, o.Throttled)
    assert outcome.until == pinterest.clock.now_ms() + 40_000


def test_a_pin_without_a_code_is_found_by_its_words(pinterest: Stage) -> None:
    plain = Payload("Three exercises.\nSlowly.", None, (PHOTO,), options={"title": "Knees"})
    pin = {"id": "5", "title": "Knees", "description": "Three exercises. Slowly.", "created_at": "2026-11-22T16:00:05"}
    pinterest.server.fault(
        *(pinterest.lookup or ("", "")), Reply(json={"items": [pin | {"title": "Hips", "id": "4"}, pin]})
    )
    found = PINTEREST.find(pinterest.session(), plain, MARK)
    assert isinstance(found, o.Found)
    assert (found.remote_id, found.url) == ("5", "https://www.pinterest.com/pin/5/")
    nothing = PINTEREST.find(pinterest.session(), Payload("", None, (PHOTO,)), MARK)
    assert isinstance(nothing, o.CannotTell)


def test_a_long_board_is_read_page_by_page_and_not_for_ever(pinterest: Stage) -> None:
    pin = {"id": "5", "link": "https://clinic.example/other", "created_at": "2026-11-22T16:00:05"}
    pinterest.server.fault("GET", "/boards/70/pins", Reply(json={"items": [pin] * 50, "bookmark": "next"}))
    answer = PINTEREST.find(pinterest.session(), PHOTOS, MARK)
    assert isinstance(answer, o.CannotTell)
    assert not answer.passing
    assert "bookmark=next" in pinterest.server.last("/boards/70/pins").path


def test_editing_sends_the_words_alone(pinterest: Stage) -> None:
    PINTEREST.edit(pinterest.session(), "1001", replace(PHOTOS, text="New"))
    body = pinterest.server.last("/v5/pins/1001$").json
    assert body == {"title": "Running again", "description": "New", "link": LINK, "alt_text": PHOTO.alt}
    assert schema_problems(SPEC, "PinUpdate", body) == []
    assert json.dumps(body)


def test_a_right_that_was_left_out_is_named(pinterest: Stage) -> None:
    assert pinterest.signs_in
    said = tokens("hush-token-123", "hush-app-pass").json | {"scope": "boards:read pins:read user_accounts:read"}
    pinterest.server.fault("POST", "/oauth/token$", Reply(json=said))
    with pytest.raises(Refused) as refused:
        PINTEREST.signed_in(pinterest.session(connected=False), *pinterest.signs_in)
    assert isinstance(refused.value.outcome, o.Forbidden)
    assert "boards:write, pins:write" in refused.value.outcome.sentence


def test_a_photo_that_got_lost_meanwhile_is_certainly_not_sent(pinterest: Stage) -> None:
    def lost(_key: str) -> bytes:
        raise FileNotFoundError("There is no file photo in the media store.")

    session = pinterest.session()
    prepared = PINTEREST.prepare(session, PHOTOS, MARK)
    session.read_media = lost
    assert isinstance(PINTEREST.publish(session, prepared), o.NotSent)
    assert pinterest.commits() == 0
