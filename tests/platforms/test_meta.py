"""Facebook and Instagram: what a post may hold, what a refusal means, and that no secret gets anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scheduler.domain.outcome import (
    Absent,
    CannotTell,
    Forbidden,
    Misconfigured,
    NotSent,
    Outcome,
    Rejected,
    Throttled,
    Unauthorized,
)
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.meta import Kind, kind_of
from scheduler.platforms.registry import platform
from tests.platforms import stages
from tests.platforms.fault_server import Reply
from tests.platforms.stage import LINK, MARK, NOW, PHOTO, PHOTOS, SECRETS, TEXT, Stage, as_text
from tests.platforms.stages.facebook import error

FILM = MediaItem("film", "video/mp4", 1080, 1920, 900, alt="A film", duration_ms=10_000)
FACEBOOK, INSTAGRAM = platform("facebook"), platform("instagram")


@pytest.fixture
def page() -> Iterator[Stage]:
    stage = stages.set_up("facebook")
    yield stage
    stage.server.close()


@pytest.fixture
def insta() -> Iterator[Stage]:
    stage = stages.set_up("instagram")
    yield stage
    stage.server.close()


def problems(name: str, payload: Payload, severity: str = "error") -> list[str]:
    one = platform(name)
    return [found.field for found in one.validate(payload, one.rules({})) if found.severity == severity]


def refusal_of(stage: Stage, payload: Payload) -> Outcome:
    with pytest.raises(Refused) as refusal:
        stage.platform.prepare(stage.session(), payload, MARK)
    return refusal.value.outcome


# what Facebook takes


def story(*media: MediaItem, text: str = "") -> Payload:
    return Payload(text, media=media, options={"kind": "story"})


def reel(*media: MediaItem, **options: str) -> Payload:
    return Payload("Moving", media=media, options={"kind": "reel", **options})


@pytest.mark.parametrize(
    ("payload", "fields"),
    [
        (Payload("x" * 63_206), []),
        (Payload("x" * 63_207), ["text"]),
        (Payload("x", media=(PHOTO,) * 10), []),
        (Payload("x", media=(PHOTO,) * 11), ["media"]),
        (Payload("x", media=(PHOTO, FILM)), ["media"]),
        (Payload("x", media=(replace(PHOTO, mime="image/webp"),)), ["media.0"]),
        (Payload("x", media=(replace(PHOTO, bytes=4_000_001),)), ["media.0"]),
        (Payload("x", media=(replace(FILM, duration_ms=1_200_001),)), ["media.0"]),
        (Payload("x", options={"kind": "poem"}), ["options.kind"]),
        (Payload("x", media=(FILM,), options={"title": "t" * 256}), ["options.title"]),
        (reel(FILM), []),
        (reel(), ["media"]),
        (reel(PHOTO), ["media", "media"]),
        (reel(replace(FILM, duration_ms=2_900)), ["media.0"]),
        (reel(replace(FILM, duration_ms=90_001)), ["media.0"]),
        (reel(replace(FILM, width=1920, height=1080)), ["media.0"]),
        (reel(replace(FILM, width=270, height=480)), ["media.0"]),
        (story(PHOTO), []),
        (story(FILM), []),
        (story(), ["media"]),
        (story(PHOTO, PHOTO), ["media"]),
        (story(replace(FILM, duration_ms=60_001)), ["media.0"]),
    ],
)
def test_what_facebook_takes(payload: Payload, fields: list[str]) -> None:
    assert sorted(problems("facebook", payload)) == sorted(fields)


def test_a_story_says_that_its_text_is_not_shown() -> None:
    for name in ("facebook", "instagram"):
        assert problems(name, story(PHOTO, text="Hello"), "warning") == ["text"]
        assert problems(name, story(PHOTO, text="Hello")) == []


def test_the_link_of_a_page_is_a_card_or_stands_in_the_text() -> None:
    card = LinkCard("https://clinic.example/a")
    assert FACEBOOK.wire_text(Payload("Read", card)) == "Read"
    assert FACEBOOK.wire_text(Payload("Read", card, (PHOTO,))) == "Read\n\nhttps://clinic.example/a"
    assert FACEBOOK.wire_text(Payload("At https://clinic.example/a", card, (PHOTO,))) == "At https://clinic.example/a"
    assert FACEBOOK.wire_text(Payload("Read", card, reply_to="1")) == "Read"


# what Instagram takes


@pytest.mark.parametrize(
    ("payload", "fields"),
    [
        (Payload("x" * 2200, media=(PHOTO,)), []),
        (Payload("x" * 2201, media=(PHOTO,)), ["text"]),
        (Payload("x"), ["media"]),
        (Payload("x", media=(PHOTO,) * 10), []),
        (Payload("x", media=(PHOTO,) * 11), ["media"]),
        (Payload("x", media=(PHOTO,) * 6 + (FILM,) * 5), ["media"]),
        (Payload("x", media=(PHOTO, FILM)), []),
        (Payload("x", media=(replace(PHOTO, mime="image/png"),)), ["media.0"]),
        (Payload("x", media=(replace(PHOTO, width=700, height=1000),)), ["media.0"]),
        (Payload("x", media=(replace(PHOTO, width=2000, height=1000),)), ["media.0"]),
        (Payload("x", media=(replace(PHOTO, width=300, height=300),)), ["media.0"]),
        (Payload("x", media=(replace(PHOTO, alt="a" * 1001),)), ["media.0"]),
        (Payload("x", media=(replace(FILM, duration_ms=2_000),)), ["media.0"]),
        (Payload("x", media=(replace(FILM, duration_ms=900_001),)), ["media.0"]),
        (Payload("x", media=(replace(FILM, width=2000),)), ["media.0"]),
        (Payload("#a " * 31, media=(PHOTO,)), ["text"]),
        (Payload("@a " * 21, media=(PHOTO,)), ["text"]),
        (Payload("x", media=(PHOTO,), options={"kind": "poem"}), ["options.kind"]),
        (Payload("x", media=(PHOTO,), options={"collaborators": "a b c d"}), ["options.collaborators"]),
        (Payload("x", media=(PHOTO,), options={"collaborators": "a/b"}), ["options.collaborators"]),
        (story(replace(PHOTO, width=900, height=1600)), []),
        (story(PHOTO, FILM), ["media"]),
        (story(replace(FILM, duration_ms=60_001)), ["media.0"]),
        (Payload("More tomorrow", reply_to="1"), []),
        (Payload("#a " * 31, reply_to="1"), ["text"]),
    ],
)
def test_what_instagram_takes(payload: Payload, fields: list[str]) -> None:
    assert problems("instagram", payload) == fields


def test_more_than_five_hashtags_and_a_link_are_warned_about() -> None:
    assert problems("instagram", Payload("#a " * 6, media=(PHOTO,)), "warning") == ["text"]
    assert problems("instagram", Payload("Hello", LinkCard(LINK), (PHOTO,)), "warning") == ["link"]


# what a refusal means


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"code": 190, "error_subcode": 460}, Kind.SIGN_IN),
        ({"code": 102}, Kind.SIGN_IN),
        ({"code": 100, "error_subcode": 33}, Kind.RIGHT),
        ({"code": 100, "error_subcode": 1_609_005}, Kind.CONTENT),
        ({"code": 200, "error_subcode": 1_609_008}, Kind.CONTENT),
        ({"code": 613}, Kind.LIMIT),
        ({"code": 80_014}, Kind.LIMIT),
        ({"code": 6000, "error_subcode": 1_363_041}, Kind.AGAIN),
        ({"code": 6000, "error_subcode": 1_363_024}, Kind.CONTENT),
        ({"code": 368}, Kind.BLOCKED),
        ({"code": 1}, Kind.TROUBLE),
        ({"code": 100, "is_transient": True}, Kind.TROUBLE),
        ({"code": 77_777}, None),
        ({"code": "190"}, None),
        ({}, None),
    ],
)
def test_codes(said: dict[str, object], kind: Kind | None) -> None:
    assert kind_of(said) is kind


def test_a_throttle_is_waited_for_as_long_as_the_header_says(page: Stage) -> None:
    prepared = page.platform.prepare(page.session(), TEXT, MARK)
    for minutes, wait in ((7, 7 * 60_000), (0, 3_600_000), (100_000, 24 * 3_600_000)):
        usage = json.dumps({"55": [{"type": "pages", "estimated_time_to_regain_access": minutes}]})
        page.server.faults.clear()
        refusal = replace(error(80_001), headers={"X-Business-Use-Case-Usage": usage})
        page.server.fault(*page.commit, refusal)
        outcome = page.platform.publish(page.session(), prepared)
        assert isinstance(outcome, Throttled) and outcome.until == NOW + wait
    page.server.faults.clear()
    page.server.fault(*page.commit, replace(error(4), headers={"X-Business-Use-Case-Usage": "[1"}))
    outcome = page.platform.publish(page.session(), prepared)
    assert isinstance(outcome, Throttled) and outcome.until == NOW + 3_600_000


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"status_code": "ERROR", "status": "Error: failed with error code 2207026"}, Rejected),
        ({"status_code": "ERROR", "status": "Error: failed with error code 2207052"}, NotSent),
        ({"status_code": "ERROR", "status": "Error"}, Rejected),
        ({"status_code": "EXPIRED"}, NotSent),
        ({"status_code": "IN_PROGRESS"}, NotSent),
    ],
)
def test_a_container_that_does_not_get_ready(insta: Stage, status: dict[str, str], expected: type[Outcome]) -> None:
    insta.server.fault("GET", r"/77\?", Reply(json=status))
    assert type(refusal_of(insta, PHOTOS)) is expected
    assert sum(insta.clock.slept) <= 400
    assert insta.commits() == 0


def test_an_error_in_a_200_is_no_success(page: Stage) -> None:
    page.server.fault("POST", "/55_1001$", Reply(200, {"error": {"code": 190, "message": "Expired"}}))
    with pytest.raises(Refused) as refusal:
        page.platform.edit(page.session(), "55_1001", Payload("Changed"))
    assert isinstance(refusal.value.outcome, Unauthorized)


def test_a_full_quota_waits(insta: Stage) -> None:
    full = {"data": [{"quota_usage": 50, "config": {"quota_total": 50}}]}
    insta.server.fault("GET", "content_publishing_limit", Reply(json=full))
    assert isinstance(refusal_of(insta, PHOTOS), Throttled)


def test_a_live_post_without_its_address_is_live(insta: Stage) -> None:
    insta.server.fault("GET", r"/1001\?", Reply(500))
    outcome = insta.platform.publish(insta.session(), insta.platform.prepare(insta.session(), PHOTOS, MARK))
    assert (type(outcome).__name__, getattr(outcome, "url", None)) == ("Published", "")


def test_a_post_without_words_is_not_told_from_another(page: Stage) -> None:
    bare = Payload("", media=(PHOTO,))
    made = {"id": "55_9", "message": "", "created_time": "2026-11-22T16:00:05+0000"}
    page.server.fault("GET", "/55/published_posts", Reply(json={"data": [made]}))
    found = page.platform.find(page.session(), bare, MARK)
    assert isinstance(found, CannotTell) and not found.passing


def test_a_comment_of_somebody_else_is_not_ours(page: Stage) -> None:
    said = {"id": "1_2", "message": "Thank you", "created_time": "2026-11-22T16:00:05+0000", "from": {"id": "99"}}
    page.server.fault("GET", "/55_1001/comments", Reply(json={"data": [said]}))
    ours = Payload("Thank you", reply_to="55_1001")
    assert isinstance(page.platform.find(page.session(), ours, MARK), Absent)


# signing in


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (error(1), Misconfigured),
        (error(101), Misconfigured),
        (error(100, 36_009), Unauthorized),
        (Reply(500), NotSent),
    ],
)
def test_a_refused_sign_in_with_facebook(page: Stage, refusal: Reply, expected: type[Outcome]) -> None:
    page.server.fault("POST", "oauth/access_token", refusal)
    assert page.signs_in
    with pytest.raises(Refused) as found:
        page.platform.signed_in(page.session(connected=False), *page.signs_in)
    assert type(found.value.outcome) is expected


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("me/permissions", {"data": [{"permission": "pages_manage_posts", "status": "declined"}]}),
        ("me/accounts", {"data": []}),
        ("me/accounts", {"data": [{"id": "1", "name": "A", "access_token": "t", "tasks": ["ANALYZE"]}]}),
    ],
)
def test_a_right_that_was_unticked_or_no_page_at_all(page: Stage, path: str, said: dict[str, object]) -> None:
    page.server.fault("GET", path, Reply(json=said))
    assert page.signs_in
    with pytest.raises(Refused) as found:
        page.platform.signed_in(page.session(connected=False), *page.signs_in)
    assert isinstance(found.value.outcome, Forbidden)


def test_all_pages_of_a_person_are_offered(page: Stage) -> None:
    entry = {"name": "A", "access_token": SECRETS[3], "tasks": ["MANAGE"]}
    first = {"data": [{**entry, "id": "1"}], "paging": {"cursors": {"after": "x"}, "next": "https://..."}}
    page.server.fault("GET", "after=x", Reply(json={"data": [{**entry, "id": "2"}], "paging": {}}))
    page.server.fault("GET", "me/accounts", Reply(json=first))
    assert page.signs_in
    found = page.platform.signed_in(page.session(connected=False), *page.signs_in)
    assert [one.profile.remote_id for one in found] == ["1", "2"]


def test_no_token_of_facebook_stands_in_an_address_and_the_secret_vouches_for_it(page: Stage) -> None:
    session = page.session()
    page.platform.publish(session, page.platform.prepare(session, PHOTOS, MARK))
    page.platform.find(session, PHOTOS, MARK)
    assert page.signs_in
    page.platform.signed_in(page.session(connected=False), *page.signs_in)
    assert not any(secret in call.path for call in page.server.calls for secret in SECRETS)
    posted = page.server.last("/55/feed").body.decode()
    assert "appsecret_proof=" in posted and SECRETS[0] not in posted


def test_a_renewal_never_writes_an_empty_token(insta: Stage) -> None:
    insta.server.fault("GET", "/refresh_access_token", Reply(json={"access_token": "", "expires_in": 5}))
    with pytest.raises(Refused) as refusal:
        insta.platform.refresh(insta.session())
    assert isinstance(refusal.value.outcome, NotSent) and insta.remembered == []
    assert not any(secret in as_text(refusal.value.outcome) for secret in SECRETS)
