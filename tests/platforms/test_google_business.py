"""What only the Google Business Profile connector does: kinds of posts, the button, what it warns of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scheduler.domain.outcome import Found, Pending, Rejected, Unauthorized
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.connectors.google_business.connector import _pause_ms
from tests.platforms import stages
from tests.platforms.fault_server import Reply
from tests.platforms.stage import LINK, MARK, NOW, PHOTO, VIDEO, Stage
from tests.platforms.stages.google_business import LOCATION, POSTS, TEXT

CARD = LinkCard(LINK, "Running again")
DATES = {"title": "Open house", "starts": "2026-12-01T09:00", "ends": "2026-12-01T12:30"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    found = stages.set_up("google_business")
    yield found
    found.server.close()


def sent(stage: Stage, payload: Payload) -> dict[str, object]:
    session = stage.session()
    stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    body: dict[str, object] = stage.server.last(POSTS).json
    return body


def problems(stage: Stage, severity: str = "error", /, **changes: object) -> list[str]:
    options = {name: str(value) for name, value in changes.items() if name not in ("text", "media", "link")}
    media, link = changes.get("media", ()), None if "link" in changes else CARD
    assert isinstance(media, tuple)
    payload = Payload(str(changes.get("text", "Words")), link, media, options=options)
    found = stage.platform.validate(payload, stage.platform.rules({}))
    return [problem.field for problem in found if problem.severity == severity]


def test_the_link_becomes_a_button_and_leaves_the_end_of_the_text(stage: Stage) -> None:
    assert sent(stage, Payload(f"Run again. {LINK}", CARD)) == {
        "languageCode": "en",
        "summary": "Run again.",
        "topicType": "STANDARD",
        "callToAction": {"actionType": "LEARN_MORE", "url": LINK},
    }
    kept = Payload(f"Run again. {LINK}", CARD, options={"action": "NONE"})
    assert stage.platform.wire_text(kept) == f"Run again. {LINK}"
    assert "callToAction" not in sent(stage, kept)


def test_a_button_may_lead_elsewhere_or_call(stage: Stage) -> None:
    elsewhere = {"action": "BOOK", "action_url": "https://clinic.example/book"}
    body = sent(stage, Payload("Book now", CARD, options=elsewhere))
    assert body["callToAction"] == {"actionType": "BOOK", "url": "https://clinic.example/book"}
    assert sent(stage, Payload("Call", CARD, options={"action": "CALL"}))["callToAction"] == {"actionType": "CALL"}
    assert "callToAction" not in sent(stage, Payload("Words"))


def test_an_event_has_a_title_and_wall_times(stage: Stage) -> None:
    body = sent(stage, Payload("Come by", CARD, options={"kind": "EVENT", **DATES}))
    day = {"year": 2026, "month": 12, "day": 1}
    times = {"startTime": {"hours": 9, "minutes": 0}, "endTime": {"hours": 12, "minutes": 30}}
    assert body["event"] == {"title": "Open house", "schedule": {"startDate": day, "endDate": day, **times}}
    assert body["callToAction"] == {"actionType": "LEARN_MORE", "url": LINK}


def test_an_offer_carries_its_link_itself(stage: Stage) -> None:
    options = {"kind": "OFFER", **DATES, "coupon_code": "RUN", "terms": "One each."}
    body = sent(stage, Payload(f"First visit free {LINK}", CARD, options=options))
    assert body["offer"] == {"couponCode": "RUN", "redeemOnlineUrl": LINK, "termsConditions": "One each."}
    assert (body["summary"], "callToAction" in body, "event" in body) == ("First visit free", False, True)


def test_a_photo_is_named_by_its_public_address(stage: Stage) -> None:
    body = sent(stage, replace(TEXT, media=(PHOTO,)))
    assert body["media"] == [{"mediaFormat": "PHOTO", "sourceUrl": "https://clinic.example/media/photo"}]


def test_everything_that_is_wrong_with_the_options_is_said(stage: Stage) -> None:
    assert problems(stage, kind="PARTY", action="DANCE") == ["options.kind", "options.action"]
    assert problems(stage, link=None, action="BOOK") == ["options.action_url"]
    assert problems(stage, action="BOOK", action_url="clinic.example") == ["options.action_url"]
    assert problems(stage, kind="EVENT") == ["options.title", "options.starts", "options.ends"]
    late = {**DATES, "kind": "EVENT", "title": "x" * 59, "starts": "2026-12-01T13:00"}
    assert problems(stage, **late) == ["options.title", "options.ends"]
    assert problems(stage, **DATES, kind="OFFER", redeem_url="x") == ["options.redeem_url"]
    assert problems(stage, **DATES, kind="OFFER") == []


def test_photos_that_google_does_not_take(stage: Stage) -> None:
    good = replace(PHOTO, bytes=20_000)
    assert problems(stage, media=(good,)) == []
    assert problems(stage, media=(replace(good, bytes=10_000),)) == ["media.0"]
    assert problems(stage, media=(replace(good, mime="image/webp"),)) == ["media.0"]
    assert problems(stage, media=(replace(good, width=249),)) == ["media.0"]
    assert problems(stage, media=(good, good)) == ["media"]
    [refusal] = stage.platform.validate(replace(TEXT, media=(good, VIDEO)), stage.platform.rules({}))
    assert (refusal.field, refusal.message) == ("media", "Videos are not accepted here. Take it out.")


def test_addresses_and_phone_numbers_in_the_text_are_warned_of(stage: Stage) -> None:
    assert problems(stage, "warning", text=f"See {LINK} for more") == ["text"]
    assert problems(stage, "warning", text="Call +44 117 496 0123 or www.clinic.example") == ["text", "text"]
    assert problems(stage, "warning", text=f"Open 9-5, since 1998, 20 places. {LINK}") == []


def test_a_review_is_asked_about_less_and_less(stage: Stage) -> None:
    pauses = [_pause_ms(minutes * 60_000) // 60_000 for minutes in (0, 1, 3, 15, 90)]
    assert pauses == [1, 1, 5, 15, 60]
    stage.server.fault("GET", "/77$", Reply(json={"name": f"{POSTS[4:]}/77", "state": "PROCESSING"}))
    outcome = stage.platform.poll(stage.session(), f"{POSTS[4:]}/77")
    assert isinstance(outcome, Pending)
    assert outcome.ask_again_at > NOW


def test_a_review_may_end_badly(stage: Stage) -> None:
    remote_id = f"{POSTS[4:]}/77"
    stage.server.fault("GET", "/77$", Reply(json={"name": remote_id, "state": "REJECTED"}))
    assert isinstance(stage.platform.poll(stage.session(), remote_id), Rejected)
    stage.server.faults.clear()
    stage.server.fault("GET", "/77$", Reply(404, {"error": {"status": "NOT_FOUND"}}))
    assert isinstance(stage.platform.poll(stage.session(), remote_id), Rejected)


def test_a_post_without_a_link_is_found_by_its_words(stage: Stage) -> None:
    found = stage.platform.find(stage.session(), Payload(TEXT.text, None), replace(MARK, short_code=""))
    assert isinstance(found, Found)
    assert found.at == NOW + 1000


def test_a_list_without_order_is_read_to_its_end(stage: Stage) -> None:
    session, asked = stage.session(), []
    old = {"name": "x/localPosts/1", "createTime": "2026-11-01T00:00:00Z", "topicType": "STANDARD", "summary": "Old"}
    new = {**old, "name": "x/localPosts/2", "createTime": "2026-11-22T16:00:01Z", "summary": TEXT.text}

    def pages(call: object) -> Reply:
        asked.append(call)
        first = {"localPosts": [old, {**new, "summary": "Other"}, old], "nextPageToken": "p2"}
        return Reply(json=first if len(asked) == 1 else {"localPosts": [old, new]})

    stage.server.fault("GET", POSTS, pages)
    found = stage.platform.find(session, replace(TEXT, link=None), MARK)
    assert isinstance(found, Found)
    assert len(asked) == 2


def test_an_ended_sign_in_is_said_so_that_it_is_renewed_before_looking_again(stage: Stage) -> None:
    stage.server.fault("GET", POSTS, Reply(401, {"error": {"status": "UNAUTHENTICATED"}}))
    with pytest.raises(Refused) as refusal:
        stage.platform.find(stage.session(), TEXT, MARK)
    assert isinstance(refusal.value.outcome, Unauthorized)


def test_locations_that_may_not_post_are_not_offered(stage: Stage) -> None:
    assert stage.signs_in
    unverified = {**LOCATION, "metadata": {"canOperateLocalPost": True}}
    stage.server.fault("GET", "/locations", Reply(json={"locations": [unverified]}))
    with pytest.raises(Refused, match="no verified location"):
        stage.platform.signed_in(stage.session(connected=False), *stage.signs_in)
    stage.server.faults.clear()
    stage.server.fault("GET", "/locations", Reply(json={}))
    with pytest.raises(Refused, match="no longer shows this location"):
        stage.platform.check(stage.session())


def test_a_right_that_was_unticked_and_a_missing_refresh_token_are_named(stage: Stage) -> None:
    assert stage.signs_in
    for said, words in (
        ({"scope": "openid"}, "business.manage"),
        ({"scope": "all"}, "business.manage"),
        ({}, "rights"),
    ):
        stage.server.faults.clear()
        stage.server.fault("POST", "/token$", Reply(json={"access_token": "a", "expires_in": 3599, **said}))
        with pytest.raises(Refused, match=words):
            stage.platform.signed_in(stage.session(connected=False), *stage.signs_in)
    scope = "https://www.googleapis.com/auth/business.manage"
    stage.server.faults.clear()
    stage.server.fault("POST", "/token$", Reply(json={"access_token": "a", "expires_in": 3599, "scope": scope}))
    with pytest.raises(Refused, match="no lasting sign-in"):
        stage.platform.signed_in(stage.session(connected=False), *stage.signs_in)


def test_an_item_without_measures_is_not_called_small(stage: Stage) -> None:
    assert problems(stage, media=(MediaItem("k", "image/jpeg", 0, 0, 20_000, alt="A"),)) == []


SENT_TYPES = {
    "callToAction": "CallToAction",
    "event": "LocalPostEvent",
    "offer": "LocalPostOffer",
    "schedule": "TimeInterval",
    "media": "MediaItem",
}


def fits(value: dict[str, Any], name: str, types: dict[str, Any]) -> None:
    """Check that a value holds only what the published description knows, and none of what it only tells."""
    for field, inner in value.items():
        known = types[name][field]
        assert not (isinstance(known, dict) and known.get("output_only")), field
        if isinstance(known, dict) and "enum" in known:
            assert inner in known["enum"], field
        for one in inner if isinstance(inner, list) else [inner]:
            if field in SENT_TYPES and isinstance(one, dict):
                fits(one, SENT_TYPES[field], types)


def test_what_is_sent_fits_the_published_description(stage: Stage) -> None:
    name = "shared/specs/google_business_profile/mybusiness.v4.localPosts.handmade.json"
    path = next((found for parent in Path(__file__).parents if (found := parent / name).is_file()), None)
    offer = {"kind": "OFFER", **DATES, "coupon_code": "RUN", "terms": "x"}
    for options in ({}, {"action": "CALL"}, {"kind": "EVENT", **DATES}, offer):
        body = sent(stage, Payload("Words", CARD, (PHOTO,), options=options))
        assert body["topicType"] in ("STANDARD", "EVENT", "OFFER")
        if path:
            fits(body, "LocalPost", json.loads(path.read_text("utf-8"))["types"])
