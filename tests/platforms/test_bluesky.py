"""What is particular to Bluesky: record keys, the record itself, the sign-in and its renewal."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from scheduler.domain.outcome import (
    Duplicate,
    Forbidden,
    Found,
    NotSent,
    Outcome,
    Published,
    Rejected,
    Unauthorized,
)
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.connectors.bluesky.connector import Bluesky, record_key, tid
from scheduler.platforms.connectors.bluesky.record import THUMB_BYTES
from tests.platforms.fault_server import Call, FaultServer, Reply
from tests.platforms.stage import DID, LINK, MARK, PHOTO, PHOTOS, TEXT, THUMB, VIDEO, Stage, authorised_as, once

EXPIRED = Reply(400, {"error": "ExpiredToken", "message": "Token has expired"})


def _published(stage: Stage, payload: Payload) -> dict[str, Any]:
    session = stage.session()
    outcome = stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    assert isinstance(outcome, Published)
    record: dict[str, Any] = stage.server.last("putRecord").json["record"]
    return record


def test_the_vectors_of_record_keys() -> None:
    assert tid(0, 0) == "2222222222222"
    assert tid(1_700_000_000_000_000, 0) == "3ke6kg3wk2222"
    assert tid((1 << 53) - 1, 1023) == "bzzzzzzzzzzzz"


def test_a_record_key_follows_the_mark_alone() -> None:
    assert re.fullmatch(r"[234567abcdefghij][234567a-z]{12}", record_key(MARK))
    assert record_key(MARK) == record_key(replace(MARK, short_code="other"))
    assert record_key(MARK) != record_key(replace(MARK, idempotency_key="another"))
    assert record_key(MARK) < record_key(replace(MARK, stamp_at=MARK.stamp_at + 1))


def test_the_record_of_a_link(bluesky: Stage) -> None:
    record = _published(bluesky, TEXT)
    body = bluesky.server.last("putRecord").json
    assert (body["repo"], body["collection"], body["swapRecord"]) == (DID, "app.bsky.feed.post", None)
    assert record["text"] == TEXT.text
    assert record["createdAt"] == "2026-11-22T16:00:00.000Z"
    assert record["langs"] == ["en"]
    assert record["facets"][0]["features"] == [{"$type": "app.bsky.richtext.facet#link", "uri": LINK}]
    external = record["embed"]["external"]
    assert (external["uri"], external["title"], external["description"]) == (LINK, "Running again", "Slowly")
    assert external["thumb"]["ref"] == {"$link": "bafkrei"}
    assert bluesky.server.last("uploadBlob").body == b"<thumb>"


def test_photos_take_the_place_of_the_card(bluesky: Stage) -> None:
    embed = _published(bluesky, replace(PHOTOS, media=(PHOTO, replace(PHOTO, alt="Second"))))["embed"]
    assert embed["$type"] == "app.bsky.embed.images"
    assert [image["alt"] for image in embed["images"]] == ["A knee brace on a bench", "Second"]
    assert embed["images"][0]["aspectRatio"] == {"width": 1200, "height": 800}
    assert bluesky.server.last("uploadBlob").headers["content-type"] == "image/jpeg"


def test_a_video(bluesky: Stage) -> None:
    embed = _published(bluesky, Payload("Watch", media=(VIDEO,)))["embed"]
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "An exercise")
    assert bluesky.server.last("uploadBlob").headers["content-type"] == "video/mp4"


def test_a_plain_text_has_neither_facets_nor_embed(bluesky: Stage) -> None:
    assert set(_published(bluesky, Payload("Good morning"))) == {"$type", "text", "createdAt", "langs"}


def test_mentions_are_resolved_and_unknown_ones_left_plain(bluesky: Stage) -> None:
    record = _published(bluesky, Payload("Hi @bob.test and @nobody.test"))
    assert [facet["features"][0]["did"] for facet in record["facets"]] == ["did:plc:bob"]


def test_a_large_card_image_is_left_out_with_a_warning(bluesky: Stage) -> None:
    payload = Payload("Read", LinkCard(LINK, "T", "", replace(THUMB, bytes=THUMB_BYTES + 1)))
    assert "thumb" not in _published(bluesky, payload)["embed"]["external"]
    assert [p.severity for p in Bluesky().validate(payload, Bluesky().rules({}))] == ["warning"]


def test_the_permalink_and_the_id(bluesky: Stage) -> None:
    outcome = bluesky.platform.find(bluesky.session(), TEXT, MARK)
    assert isinstance(outcome, Found)
    assert outcome.url == f"https://bsky.app/profile/{DID}/post/{record_key(MARK)}"
    assert outcome.remote_id == f"at://{DID}/app.bsky.feed.post/{record_key(MARK)}"
    session = bluesky.session()
    session.settings = {"web": "http://127.0.0.1:8000/practice/bluesky"}
    found = bluesky.platform.find(session, TEXT, MARK)
    assert isinstance(found, Found)
    assert found.url.startswith("http://127.0.0.1:8000/practice/bluesky/profile/")


def test_looking_up_needs_no_sign_in(bluesky: Stage) -> None:
    bluesky.platform.find(bluesky.session(), TEXT, MARK)
    assert "authorization" not in bluesky.server.last("getRecord").headers


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("x" * 300, []),
        ("x" * 301, ["text"]),
        ("👨‍👩‍👧‍👧" * 120, []),
        ("👨‍👩‍👧‍👧" * 121, ["text"]),  # 121 graphemes, 3025 bytes
    ],
)
def test_300_graphemes_and_3000_bytes(text: str, fields: list[str]) -> None:
    assert [p.field for p in Bluesky().validate(Payload(text), Bluesky().rules({}))] == fields


def test_a_link_that_nobody_would_see_is_warned_of() -> None:
    hidden = replace(PHOTOS, text="No link here")
    problems = Bluesky().validate(hidden, Bluesky().rules({}))
    assert [(p.field, p.severity) for p in problems] == [("link", "warning")]
    assert "with photos Bluesky shows no card" in problems[0].message
    assert Bluesky().validate(PHOTOS, Bluesky().rules({})) == []


def test_the_servers_own_size_limit_counts(bluesky: Stage) -> None:
    connection = bluesky.platform.connect(bluesky.session(connected=False), bluesky.form)
    rules = bluesky.platform.rules(connection.limits)
    assert (rules.video_bytes, rules.photo_bytes) == (5_242_880, 2_000_000)


@pytest.mark.parametrize("password", ["my real password", "abcd-efgh-ijkl", "ABCD-EFGH-IJKL-MNOP"])
def test_the_real_password_is_not_taken_for_bluesky_itself(bluesky: Stage, password: str) -> None:
    form = {"identifier": "clinic.bsky.social", "password": password}
    with pytest.raises(Invalid, match="not an app password"):
        bluesky.platform.connect(bluesky.session(connected=False), form)


def test_connecting(bluesky: Stage) -> None:
    connection = bluesky.platform.connect(bluesky.session(connected=False), bluesky.form)
    assert connection.profile.remote_id == DID
    assert (connection.profile.name, connection.profile.handle) == ("The Clinic", "@clinic.test")
    assert connection.profile.avatar_url == "https://cdn.example/a.jpg"
    assert bluesky.server.last("createSession").json["identifier"] == "clinic.test"


def test_a_server_without_profiles_can_be_connected(bluesky: Stage) -> None:
    bluesky.server.fault("GET", "getProfile|describeServer", Reply(501, {"error": "MethodNotImplemented"}))
    connection = bluesky.platform.connect(bluesky.session(connected=False), bluesky.form)
    assert (connection.profile.name, connection.limits) == ("clinic.test", {})


def test_the_accounts_own_server_is_used_for_everything_but_the_sign_in(bluesky: Stage) -> None:
    own = FaultServer(bluesky.server.routes)
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": own.origin}
    tokens = {"did": DID, "handle": "clinic.test", "accessJwt": "a-token", "refreshJwt": "r-token"}
    bluesky.server.fault("POST", "createSession", Reply(json={**tokens, "didDoc": {"id": DID, "service": [service]}}))
    session = bluesky.session(connected=False)
    # Only for this test: the second server is an origin of our own too.
    session.http = type(session.http)(False, [bluesky.server.origin, own.origin])
    connection = bluesky.platform.connect(session, bluesky.form)
    assert connection.credentials["pds"] == own.origin
    assert [call.path for call in bluesky.server.calls] == ["/xrpc/com.atproto.server.createSession"]
    assert own.count("GET", "getProfile") == 1
    own.close()


@pytest.mark.parametrize("status", ["takendown", "suspended", "deactivated"])
def test_an_account_that_cannot_publish_is_not_connected(bluesky: Stage, status: str) -> None:
    tokens = {"did": DID, "handle": "h.test", "accessJwt": "a-token", "refreshJwt": "r-token"}
    bluesky.server.fault("POST", "createSession", Reply(json={**tokens, "active": False, "status": status}))
    with pytest.raises(Refused, match=status) as refusal:
        bluesky.platform.connect(bluesky.session(connected=False), bluesky.form)
    assert isinstance(refusal.value.outcome, Forbidden)


def test_an_expired_token_is_renewed_while_preparing_and_never_by_a_login(bluesky: Stage) -> None:
    def by_token(call: Call) -> Reply:
        fresh = authorised_as(call).endswith("2")
        return Reply(json={"did": DID, "handle": "clinic.test", "active": True}) if fresh else EXPIRED

    bluesky.server.fault("GET", "getSession", by_token)
    _published(bluesky, TEXT)
    assert bluesky.server.count("POST", "refreshSession") == 1
    assert bluesky.server.count("POST", "createSession") == 0
    assert authorised_as(bluesky.server.last("refreshSession")) == bluesky.credentials["refresh_jwt"]
    assert authorised_as(bluesky.server.last("putRecord")) == bluesky.remembered[0]["access_jwt"]


def test_new_tokens_are_remembered_before_they_are_used(bluesky: Stage) -> None:
    bluesky.server.fault("GET", "getSession", EXPIRED)
    session = bluesky.session()

    def lost(_: Any) -> None:
        raise OSError("disk full")

    session.remember = lost
    with pytest.raises(OSError, match="disk full"):
        bluesky.platform.prepare(session, TEXT, MARK)
    assert session.credentials == bluesky.credentials
    assert bluesky.server.calls[-1].path.endswith("refreshSession")


def test_a_dead_refresh_token_is_replaced_by_one_login(bluesky: Stage) -> None:
    bluesky.server.fault("POST", "refreshSession", EXPIRED)
    bluesky.platform.refresh(bluesky.session())
    assert bluesky.server.count("POST", "createSession") == 1
    bluesky.server.fault("POST", "createSession", Reply(401, {"error": "AuthenticationRequired"}))
    with pytest.raises(Refused) as refusal:
        bluesky.platform.refresh(bluesky.session())
    assert isinstance(refusal.value.outcome, Unauthorized)
    assert bluesky.server.count("POST", "createSession") == 2


def test_a_refresh_that_fails_for_now_does_not_log_in(bluesky: Stage) -> None:
    bluesky.server.fault("POST", "refreshSession", Reply(502))
    with pytest.raises(Refused) as refusal:
        bluesky.platform.refresh(bluesky.session())
    assert isinstance(refusal.value.outcome, NotSent)
    assert bluesky.server.count("POST", "createSession") == 0


def test_another_accounts_sign_in_is_refused(bluesky: Stage) -> None:
    tokens = {"did": "did:plc:other", "handle": "o.test", "accessJwt": "a-token", "refreshJwt": "r-token"}
    bluesky.server.fault("POST", "refreshSession", Reply(json=tokens))
    with pytest.raises(Refused, match="another Bluesky account"):
        bluesky.platform.refresh(bluesky.session())
    assert bluesky.remembered == []


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, "ExpiredToken", Unauthorized),
        (400, "InvalidToken", Unauthorized),
        (401, "InvalidToken", Unauthorized),
        (400, "AccountTakedown", Unauthorized),
        (403, "ScopeMissingError", Forbidden),
        (400, "InvalidSwap", Duplicate),
        (400, "BlobNotFound", NotSent),
        (400, "InvalidRequest", Rejected),
        (413, "PayloadTooLarge", Rejected),
    ],
)
def test_errors_by_their_names(bluesky: Stage, status: int, error: str, expected: type[Outcome]) -> None:
    bluesky.server.fault("POST", "putRecord", Reply(status, {"error": error, "message": "the platform's words"}))
    session = bluesky.session()
    outcome = bluesky.platform.publish(session, bluesky.platform.prepare(session, TEXT, MARK))
    assert type(outcome) is expected
    assert bluesky.commits() == 1


def test_another_records_uri_is_no_proof(bluesky: Stage) -> None:
    other = f"at://{DID}/app.bsky.feed.post/3ke6kg3wk2222"
    bluesky.server.fault("GET", "getRecord", once(Reply(json={"uri": other}), Reply(500)))
    assert not isinstance(bluesky.platform.find(bluesky.session(), TEXT, MARK), Found)
