"""The Google Business Profile connector against the practice network, which another hand wrote."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from PIL import Image

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from tests.platforms.google_stand import LINK, MARK, Stand
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

CARD = LinkCard(LINK, "Knees", "About knees")
TEXT = Payload(f"Café ☕ and knees. {LINK}", CARD)
PHOTO = MediaItem("photo", "image/jpeg", 400, 300, 60_000, alt="A knee")
DATES = {"title": "Open house", "starts": "2026-12-01T09:00", "ends": "2026-12-01T12:30"}


def noisy_jpeg(width: int = 400, height: int = 300) -> bytes:
    """Return a photo that is large enough in bytes."""
    written = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3)).save(written, "JPEG")
    return written.getvalue()


@pytest.fixture
def stand(practice_server: PracticeServer, practice_clock: HeldClock) -> Stand:
    made = Stand.of("google_business", practice_server, practice_clock)
    made.files["photo"] = noisy_jpeg()
    made.sign_in()
    return made


def test_signing_in_offers_the_verified_location_and_checking_finds_it(stand: Stand) -> None:
    [connection] = stand.sign_in()
    assert connection.profile.name == "The Clinic"
    assert connection.credentials["location"].startswith("locations/")
    assert stand.platform.check(stand.session()).profile == connection.profile
    stand.connection = replace(connection, credentials=dict(stand.made.more))
    assert stand.platform.check(stand.session()).profile == connection.profile


def test_a_person_may_refuse_or_untick(stand: Stand) -> None:
    for changes in ({"decision": "refuse"}, {"scope": "openid"}):
        with pytest.raises(Refused) as refusal:
            stand.sign_in(**changes)
        assert isinstance(refusal.value.outcome, o.Forbidden)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"action": "CALL"},
        {"kind": "EVENT", **DATES},
        {"kind": "OFFER", **DATES, "coupon_code": "RUN", "terms": "x"},
    ],
)
def test_every_kind_is_reviewed_and_goes_live(stand: Stand, options: dict[str, str]) -> None:
    payload = replace(TEXT, text="Café ☕ and knees.", options=options, media=(PHOTO,))
    assert isinstance(stand.publish(payload), o.Pending)
    stand.clock.sleep(60)
    assert isinstance(stand.platform.find(stand.session(), payload, MARK), o.Found)
    [post] = stand.feed()
    assert post.text == "Café ☕ and knees."
    assert len(post.images) == 1
    assert ("Open house" in post.html) is ("title" in options)


def test_a_post_that_breaks_the_rules_is_rejected_by_the_review(stand: Stand) -> None:
    outcome = stand.publish(Payload("Call 0117 496 0123 today"))
    assert isinstance(outcome, o.Pending)
    stand.clock.sleep(60)
    assert isinstance(stand.platform.poll(stand.session(), outcome.remote_id), o.Rejected)


def test_a_live_post_is_edited_and_deleted(stand: Stand) -> None:
    live = stand.live(TEXT)
    assert live.url.startswith(f"{stand.server.url}/practice/google_business/web/")
    stand.platform.edit(stand.session(), live.remote_id, Payload("Changed", CARD))
    assert stand.feed()[0].text == "Changed"
    stand.platform.delete(stand.session(), live.remote_id)
    stand.platform.delete(stand.session(), live.remote_id)
    assert stand.feed() == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("error_after", o.Unknown), ("hang_after", o.Unknown), ("close_after", o.Unknown), ("duplicate", o.Duplicate)],
)
def test_a_lost_answer_is_unknown_and_the_post_is_found(stand: Stand, kind: str, expected: type[o.Outcome]) -> None:
    stand.switch(kind)
    assert type(stand.publish(TEXT)) is expected
    stand.patience = 20
    found = stand.platform.find(stand.session(), TEXT, MARK)
    assert isinstance(found, o.Found)
    assert found.at is not None
    assert abs(found.at - START_MS) < 1000
    stand.platform.delete(stand.session(), found.remote_id)
    assert isinstance(stand.platform.find(stand.session(), TEXT, MARK), o.Absent)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("rate_limited", o.Throttled), ("error_before", o.Unknown), ("expired_token", o.Unauthorized)],
)
def test_a_refusal_posts_nothing(stand: Stand, kind: str, expected: type[o.Outcome]) -> None:
    stand.switch(kind)
    assert type(stand.publish(TEXT)) is expected
    assert isinstance(stand.platform.find(stand.session(), TEXT, MARK), o.Absent)


def test_a_photo_that_cannot_be_fetched_or_is_refused(stand: Stand) -> None:
    payload = replace(TEXT, media=(PHOTO,))
    session = stand.session()
    prepared = stand.platform.prepare(session, payload, MARK)
    stand.server.files.clear()
    outcome = stand.platform.publish(session, prepared)
    assert isinstance(outcome, o.Rejected)
    assert "media[0].source_url" in outcome.sentence
    stand.switch("rejected_media")
    pending = stand.publish(payload)
    assert isinstance(pending, o.Pending)
    stand.clock.sleep(60)
    assert isinstance(stand.platform.poll(stand.session(), pending.remote_id), o.Rejected)


def test_a_project_that_google_has_not_approved_is_the_owners_matter(stand: Stand) -> None:
    stand.switch("misconfigured_app", requests=None)
    outcome = stand.publish(TEXT)
    assert isinstance(outcome, o.Misconfigured), outcome
    assert "Basic API Access" in outcome.sentence


def test_the_sign_in_is_renewed_and_ends_when_it_is_revoked(stand: Stand, practice_clock: HeldClock) -> None:
    practice_clock.advance(3600)
    assert isinstance(stand.publish(TEXT), o.Unauthorized)
    stand.platform.refresh(stand.session())
    assert stand.remembered[-1]["refresh_token"]
    assert isinstance(stand.publish(TEXT), o.Pending)
    stand.switch("revoked_app")
    with pytest.raises(Refused) as refusal:
        stand.platform.refresh(stand.session())
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_an_unverified_location_is_refused(stand: Stand) -> None:
    assert stand.connection is not None
    kept = stand.connection.credentials
    stand.connection = replace(stand.connection, credentials={**kept, "location": kept["location"] + "9"})
    assert isinstance(stand.publish(TEXT), o.Rejected)
    with pytest.raises(Refused, match="no verified location"):
        stand.platform.check(stand.session())
