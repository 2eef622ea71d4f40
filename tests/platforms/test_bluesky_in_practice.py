"""The Bluesky connector on the practice network: sign-in by OAuth, proofs, threads, labels, galleries."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scheduler.domain import outcome as o
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Back, Refused
from scheduler.platforms.connectors.bluesky.sign_in import SESSION_MS, client_document, client_id_of
from scheduler.platforms.registry import platform
from scheduler.practice.documents import Place
from tests.platforms.person import BACK, decides, signs_in
from tests.platforms.practising import FILM, LINK, MARK, ONE, TEXT, TWO, Practising, practising
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

PHOTOS = Payload(f"Two photos {LINK}", TEXT.link, (ONE, TWO))


@pytest.fixture
def stranger(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return practising(platform("bluesky"), practice_server, practice_clock)


@pytest.fixture
def bluesky(stranger: Practising) -> Practising:
    signs_in(stranger, {"identifier": f"@{stranger.made.identifier}"})
    return stranger


@pytest.fixture
def by_password(stranger: Practising) -> Practising:
    made = stranger.made
    address = stranger.server.address(made)
    stranger.connect({"service": address, "identifier": made.identifier, "password": made.password})
    return stranger


# signing in by OAuth


def test_a_sign_in_keeps_what_is_needed_and_says_how_long_it_lasts(bluesky: Practising) -> None:
    assert bluesky.connection
    kept = bluesky.connection.credentials
    assert kept["did"] == bluesky.connection.profile.remote_id
    assert kept["scopes"] == "atproto transition:generic"
    times = bluesky.platform.token_times(kept)
    assert (times.expires_at, times.dies_at) == (START_MS + 3_600_000, START_MS + SESSION_MS)
    assert START_MS < times.renew_at < times.expires_at


def test_everything_works_with_proofs(bluesky: Practising) -> None:
    published = bluesky.live(PHOTOS)
    [post] = bluesky.feed()
    assert [image.alt for image in post.images] == ["One knee", "Two knees"]
    assert isinstance(bluesky.platform.find(bluesky.session(), PHOTOS, MARK), o.Found)
    assert bluesky.platform.metrics(bluesky.session(), published.remote_id)["likes"] == 0
    bluesky.platform.delete(bluesky.session(), published.remote_id)
    assert bluesky.feed() == []
    assert isinstance(bluesky.platform.find(bluesky.session(), PHOTOS, MARK), o.Absent)


def test_renewing_uses_the_refresh_token_once(bluesky: Practising, practice_clock: HeldClock) -> None:
    practice_clock.advance(3601)
    with pytest.raises(Refused) as refusal:
        bluesky.platform.prepare(bluesky.session(), TEXT, MARK)
    assert isinstance(refusal.value.outcome, o.Unauthorized)
    assert bluesky.remembered == []
    old = bluesky.session()
    bluesky.platform.refresh(bluesky.session())
    assert bluesky.remembered[-1]["refresh_token"] != old.credentials["refresh_token"]
    bluesky.live()
    with pytest.raises(Refused) as replay:
        bluesky.platform.refresh(old)
    assert isinstance(replay.value.outcome, o.Unauthorized)


def test_a_sign_in_ends_after_two_weeks(bluesky: Practising, practice_clock: HeldClock) -> None:
    practice_clock.advance(SESSION_MS / 1000 + 1)
    with pytest.raises(Refused) as refusal:
        bluesky.platform.refresh(bluesky.session())
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_a_person_who_says_no(stranger: Practising) -> None:
    with pytest.raises(Refused) as refusal:
        signs_in(stranger, {"identifier": stranger.made.identifier}, "refuse")
    assert isinstance(refusal.value.outcome, o.Forbidden)


def test_who_names_no_handle_says_there_who_they_are(stranger: Practising) -> None:
    connection = signs_in(stranger, {"identifier": ""})
    assert connection.profile.handle == f"@{stranger.made.identifier}"
    assert connection.credentials["pds"] == stranger.server.address(stranger.made)
    stranger.live()


def test_another_account_than_the_one_named(stranger: Practising) -> None:
    other = stranger.server.store.create_account("bluesky", "other", "Other")
    begun = stranger.platform.sign_in(stranger.session(), "oauth", {"identifier": stranger.made.identifier}, BACK)
    answer = decides(begun.url, other.account_id)
    with pytest.raises(Refused, match="another account"):
        stranger.platform.signed_in(
            stranger.session(), "oauth", answer, {**begun.kept, "redirect_uri": BACK.redirect_uri}
        )


def test_an_answer_of_another_server(stranger: Practising) -> None:
    begun = stranger.platform.sign_in(stranger.session(), "oauth", {"identifier": stranger.made.identifier}, BACK)
    answer = decides(begun.url, stranger.made.account_id) | {"iss": "https://evil.example"}
    with pytest.raises(Refused, match="another server"):
        stranger.platform.signed_in(
            stranger.session(), "oauth", answer, {**begun.kept, "redirect_uri": BACK.redirect_uri}
        )


@pytest.mark.parametrize(
    "typed", ["nobody.practice.test", "not a handle", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:x:y"]
)
def test_handles_that_lead_nowhere(stranger: Practising, typed: str) -> None:
    with pytest.raises(Refused):
        stranger.platform.sign_in(stranger.session(), "oauth", {"identifier": typed}, BACK)


def test_the_address_of_the_sign_in_holds_no_secret(stranger: Practising) -> None:
    begun = stranger.platform.sign_in(stranger.session(), "oauth", {"identifier": stranger.made.identifier}, BACK)
    kept = json.loads(begun.kept["begun"])
    assert not any(kept[name] in begun.url for name in ("dpop_key", "code_verifier"))
    assert BACK.state not in begun.url  # it was pushed beforehand


# who we are there


def test_on_this_machine_the_id_for_development_is_used() -> None:
    assert client_id_of("http://127.0.0.1:8000/admin/accounts/connect/bluesky/back").startswith("http://localhost?")


def test_a_public_site_is_known_by_its_document() -> None:
    back = "https://clinic.example/admin/accounts/connect/bluesky/back"
    address = client_id_of(back)
    assert address == "https://clinic.example/oauth-client/bluesky.json"
    found = client_document(address, back)
    assert (found["client_id"], found["redirect_uris"]) == (address, [back])
    assert (found["token_endpoint_auth_method"], found["dpop_bound_access_tokens"]) == ("none", True)


@pytest.mark.parametrize(
    "base", ["http://clinic.example", "https://clinic.example:8443", "https://clinic", "http://localhost:8000"]
)
def test_sites_that_bluesky_would_refuse(stranger: Practising, base: str) -> None:
    with pytest.raises(Refused) as refusal:
        stranger.platform.sign_in(
            stranger.session(), "oauth", {"identifier": stranger.made.identifier}, Back(f"{base}/admin/back", "s")
        )
    assert isinstance(refusal.value.outcome, o.Misconfigured)
    assert "app password" in refusal.value.outcome.sentence


# threads, labels, galleries


@pytest.mark.parametrize("way", ["bluesky", "by_password"])
def test_a_thread_names_its_first_post_and_the_one_before(way: str, request: pytest.FixtureRequest) -> None:
    one: Practising = request.getfixturevalue(way)
    first = one.live()
    second = one.live(Payload("Two", reply_to=first.remote_id), replace(MARK, idempotency_key="second"))
    third = one.live(Payload("Three", reply_to=second.remote_id), replace(MARK, idempotency_key="third"))
    raw = json.loads(one.feed()[0].raw_json)
    reply = raw.get("record", raw)["reply"]
    assert (reply["root"]["uri"], reply["parent"]["uri"]) == (first.remote_id, second.remote_id)
    one.platform.delete(one.session(), third.remote_id)
    one.platform.delete(one.session(), second.remote_id)
    with pytest.raises(Refused) as refusal:
        one.publish(Payload("Four", reply_to=second.remote_id), replace(MARK, idempotency_key="fourth"))
    assert isinstance(refusal.value.outcome, o.Rejected)


def test_a_content_warning(by_password: Practising) -> None:
    by_password.live(replace(PHOTOS, options={"label": "graphic-media"}))
    assert '"graphic-media"' in by_password.feed()[0].raw_json
    rules = by_password.platform.rules({})
    problems = by_password.platform.validate(replace(PHOTOS, options={"label": "boring"}), rules)
    assert [problem.field for problem in problems if problem.severity == "error"] == ["options.label"]
    [option] = by_password.platform.options({})
    assert "graphic-media" in dict(option.choices)


def test_more_than_four_photos_are_a_gallery(by_password: Practising) -> None:
    by_password.live(replace(PHOTOS, media=(ONE, TWO, ONE, TWO, ONE)))
    [post] = by_password.feed()
    assert len(post.images) == 5
    assert "app.bsky.embed.gallery" in post.raw_json
    rules = by_password.platform.rules({})
    eleven = replace(PHOTOS, media=(ONE,) * 11)
    assert "media" in [problem.field for problem in by_password.platform.validate(eleven, rules)]


def test_a_video(bluesky: Practising) -> None:
    bluesky.live(Payload(f"A film {LINK}", None, (FILM,)))
    assert [image.kind for image in bluesky.feed()[0].images] == ["video"]


@pytest.mark.parametrize("kind", ["error_after", "close_after"])
def test_a_lost_answer_is_found(bluesky: Practising, kind: str) -> None:
    bluesky.switch(kind)
    assert isinstance(bluesky.publish(), o.Unknown)
    assert isinstance(bluesky.platform.find(bluesky.session(), TEXT, MARK), o.Found)
    assert len(bluesky.feed()) == 1


LARGE = replace(FILM, bytes=60_000_000)
"""Said to be too large for an upload in one piece; the bytes themselves are few."""


@pytest.mark.parametrize("way", ["bluesky", "by_password"])
def test_a_large_video_goes_through_the_video_service(
    way: str, request: pytest.FixtureRequest, practice_clock: HeldClock
) -> None:
    one: Practising = request.getfixturevalue(way)
    one.live(Payload(f"A film {LINK}", None, (LARGE,)))
    assert practice_clock.now_ms() > START_MS  # it was waited for
    assert [(image.kind, image.alt) for image in one.feed()[0].images] == [("video", "A film")]
    called = " ".join(entry.path for entry in one.server.store.requests.newest("bluesky"))
    assert "com.atproto.server.getServiceAuth" in called
    assert "com.atproto.repo.uploadBlob?" not in called
    one.live(Payload(f"Again {LINK}", None, (LARGE,)), replace(MARK, idempotency_key="again"))


def test_a_video_that_the_service_cannot_use(by_password: Practising) -> None:
    by_password.switch("rejected_media")
    with pytest.raises(Refused, match="MP4") as refusal:
        by_password.publish(Payload("A film", None, (LARGE,)))
    assert isinstance(refusal.value.outcome, o.Rejected)


def test_a_video_that_takes_too_long_is_tried_again(by_password: Practising) -> None:
    by_password.config["media_seconds"] = 10
    by_password.switch("slow_processing", seconds=60)
    with pytest.raises(Refused, match="still processing") as refusal:
        by_password.publish(Payload("A film", None, (LARGE,)))
    assert isinstance(refusal.value.outcome, o.NotSent)


def test_the_daily_quota_of_videos_is_asked_first(by_password: Practising) -> None:
    account = by_password.made.account_id
    for number in range(25):
        place = Place("bluesky", "video-job", f"job-{number}")
        by_password.server.store.documents.put(place, {"failed": True}, account)
    with pytest.raises(Refused, match="daily limit") as refusal:
        by_password.publish(Payload("A film", None, (LARGE,)))
    assert isinstance(refusal.value.outcome, o.Throttled)


def test_servers_say_how_large_a_video_may_be() -> None:
    rules = platform("bluesky").rules
    assert (rules({}).video_bytes, rules({"blob_bytes": 5_242_880}).video_bytes) == (300_000_000, 5_242_880)
