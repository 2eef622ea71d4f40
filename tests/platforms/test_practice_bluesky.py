"""The Bluesky imitation: sessions, blobs, records, and everything it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from scheduler.practice.identifiers import blob_cid, record_cid, tid
from scheduler.practice.networks.bluesky.records import is_datetime, is_tid
from scheduler.practice.store import PracticeStore
from tests.support.practice_clients import BlueskyClient, jpeg, mp4, post_record
from tests.support.practice_server import HeldClock, PracticeServer

RKEY = "3ke6kg3wk2222"
OTHER_RKEY = "3ke6kg3wk2223"


@pytest.fixture
def bluesky(practice_server: PracticeServer) -> BlueskyClient:
    return BlueskyClient(practice_server)


def refused(answer: requests.Response, status: int, error: str) -> str:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    return str(answer.json()["message"])


# sessions


def test_a_session_names_the_account_and_its_server(bluesky: BlueskyClient) -> None:
    session = bluesky.session
    assert session["handle"] == "harbor.practice.test"
    assert session["active"] is True
    assert session["didDoc"]["service"][0]["serviceEndpoint"] == bluesky.base
    assert bluesky.get("com.atproto.server.getSession").json()["did"] == bluesky.did
    assert bluesky.sign_in(identifier=bluesky.did).status_code == 200


def test_a_wrong_password_is_refused(bluesky: BlueskyClient) -> None:
    refused(bluesky.sign_in(password="aaaa-bbbb-cccc-dddd"), 401, "AuthenticationRequired")
    refused(bluesky.sign_in(password=""), 401, "AuthenticationRequired")
    message = refused(bluesky.post("com.atproto.server.createSession", {"identifier": "x"}), 400, "InvalidRequest")
    assert "password" in message


def test_logging_in_too_often_is_refused_until_the_window_ends(
    bluesky: BlueskyClient, practice_clock: HeldClock
) -> None:
    for _ in range(29):
        assert bluesky.sign_in().status_code == 200
    answer = bluesky.sign_in()
    refused(answer, 429, "RateLimitExceeded")
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert int(answer.headers["RateLimit-Reset"]) > practice_clock.now_ms() // 1000
    practice_clock.advance(int(answer.headers["Retry-After"]))
    assert bluesky.sign_in().status_code == 200


def test_tokens_that_are_missing_broken_or_of_the_other_kind(bluesky: BlueskyClient) -> None:
    call = "com.atproto.server.getSession"
    refused(bluesky.get(call, token=""), 401, "AuthMissing")
    refused(bluesky.get(call, token="ey.broken.token"), 400, "InvalidToken")
    refused(bluesky.get(call, token=bluesky.session["accessJwt"][:-4] + "AAAA"), 400, "InvalidToken")
    refused(bluesky.get(call, token=bluesky.session["refreshJwt"]), 400, "InvalidToken")
    refused(bluesky.refresh(bluesky.session["accessJwt"]), 400, "InvalidToken")


def test_an_access_token_lives_two_hours(bluesky: BlueskyClient, practice_clock: HeldClock) -> None:
    practice_clock.advance(2 * 3600 - 1)
    assert bluesky.create(post_record()).status_code == 200
    practice_clock.advance(1)
    refused(bluesky.create(post_record()), 400, "ExpiredToken")


def test_refresh_rotates_and_the_old_token_gives_the_same_successor_for_two_hours(
    bluesky: BlueskyClient, practice_clock: HeldClock
) -> None:
    old = bluesky.session["refreshJwt"]
    first, again = bluesky.refresh(old).json(), bluesky.refresh(old).json()
    assert first["refreshJwt"] != old
    assert first["refreshJwt"] == again["refreshJwt"]
    assert bluesky.get("com.atproto.server.getSession", token=first["accessJwt"]).status_code == 200
    practice_clock.advance(2 * 3600)
    refused(bluesky.refresh(old), 400, "ExpiredToken")
    assert bluesky.refresh(first["refreshJwt"]).status_code == 200


def test_a_refresh_token_lives_ninety_days(bluesky: BlueskyClient, practice_clock: HeldClock) -> None:
    practice_clock.advance(90 * 86_400)
    refused(bluesky.refresh(bluesky.session["refreshJwt"]), 400, "ExpiredToken")


def test_logging_out_ends_the_refresh_token(bluesky: BlueskyClient) -> None:
    token = bluesky.session["refreshJwt"]
    assert bluesky.post("com.atproto.server.deleteSession", None, token=token).status_code == 200
    refused(bluesky.refresh(token), 400, "ExpiredToken")


@pytest.mark.parametrize(
    ("status", "error"),
    [("takendown", "AccountTakedown"), ("deactivated", "AccountDeactivated"), ("suspended", "AccountDeactivated")],
)
def test_an_account_that_is_not_active_cannot_post(bluesky: BlueskyClient, status: str, error: str) -> None:
    bluesky.store.accounts.set_status(bluesky.account_id, status)
    refused(bluesky.create(post_record()), 401, error)
    if status != "takendown":
        assert bluesky.sign_in().json()["status"] == status
    else:
        refused(bluesky.sign_in(), 401, "AccountTakedown")


def test_the_server_remembers_everything_over_a_restart(
    bluesky: BlueskyClient, tmp_path: Path, practice_clock: HeldClock
) -> None:
    bluesky.create(post_record("before"))
    server = PracticeServer(PracticeStore(tmp_path / "practice.db", practice_clock))
    try:
        bluesky.base = server.address(bluesky.credentials)
        assert bluesky.create(post_record("after")).status_code == 200
        assert [one["value"]["text"] for one in bluesky.records()] == ["after", "before"]
    finally:
        server.stop()


# identity and profile


def test_handles_resolve_and_profiles_show_a_name_and_a_picture(bluesky: BlueskyClient) -> None:
    answer = bluesky.get("com.atproto.identity.resolveHandle", token="", handle="harbor.practice.test")
    assert answer.json() == {"did": bluesky.did}
    refused(bluesky.get("com.atproto.identity.resolveHandle", handle="no.body.test"), 400, "HandleNotFound")
    profile = bluesky.get("app.bsky.actor.getProfile", actor=bluesky.did).json()
    assert profile["displayName"] == "Harbor Street Clinic"
    picture = requests.get(profile["avatar"], timeout=10)
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_calls_that_do_not_exist(bluesky: BlueskyClient) -> None:
    refused(bluesky.get("com.atproto.repo.applyWrites"), 501, "MethodNotImplemented")
    refused(bluesky.get("com.atproto.repo.createRecord"), 400, "InvalidRequest")
    assert bluesky.get("com.atproto.server.describeServer", token="").json()["blobUploadLimit"] == 52_428_800


# blobs


def test_a_blob_has_the_cid_of_its_bytes_and_the_type_they_show(bluesky: BlueskyClient) -> None:
    data = jpeg()
    blob = bluesky.upload(data, "application/octet-stream").json()["blob"]
    ref = {"$link": blob_cid(data)}
    assert blob == {"$type": "blob", "ref": ref, "mimeType": "image/jpeg", "size": len(data)}
    assert blob["ref"]["$link"].startswith("bafkrei")
    assert bluesky.blob(data) == blob


def test_uploads_that_are_refused(bluesky: BlueskyClient) -> None:
    too_large = bytes(52_428_801)
    refused(bluesky.upload(too_large), 413, "PayloadTooLarge")
    no_token = requests.post(
        f"{bluesky.base}/xrpc/com.atproto.repo.uploadBlob",
        data=jpeg(),
        headers={"Content-Type": "image/jpeg"},
        timeout=10,
    )
    refused(no_token, 401, "AuthMissing")


# records


def test_a_post_is_created_read_listed_and_deleted(bluesky: BlueskyClient) -> None:
    created = bluesky.create(post_record("One"), RKEY).json()
    assert created["uri"] == f"at://{bluesky.did}/app.bsky.feed.post/{RKEY}"
    assert created["validationStatus"] == "valid"
    assert set(created["commit"]) == {"cid", "rev"}
    where = {"repo": bluesky.did, "collection": "app.bsky.feed.post", "rkey": RKEY}
    read = bluesky.get("com.atproto.repo.getRecord", token="", **where).json()
    assert read == {"uri": created["uri"], "cid": created["cid"], "value": post_record("One")}
    for _ in range(2):
        assert bluesky.post("com.atproto.repo.deleteRecord", where).status_code == 200
    refused(bluesky.get("com.atproto.repo.getRecord", **where), 400, "RecordNotFound")
    assert bluesky.create(post_record("One"), RKEY).status_code == 200


def test_without_a_key_the_server_makes_rising_ones(bluesky: BlueskyClient) -> None:
    keys = [bluesky.create(post_record(str(number))).json()["uri"].rpartition("/")[2] for number in range(3)]
    assert all(is_tid(key) for key in keys)
    assert keys == sorted(set(keys))
    page = bluesky.get(
        "com.atproto.repo.listRecords", repo=bluesky.did, collection="app.bsky.feed.post", limit=2
    ).json()
    assert [one["value"]["text"] for one in page["records"]] == ["2", "1"]
    rest = bluesky.get(
        "com.atproto.repo.listRecords",
        repo=bluesky.did,
        collection="app.bsky.feed.post",
        cursor=page["cursor"],
    ).json()
    assert [one["value"]["text"] for one in rest["records"]] == ["0"]
    end = bluesky.get(
        "com.atproto.repo.listRecords", repo=bluesky.did, collection="app.bsky.feed.post", cursor=rest["cursor"]
    )
    assert end.json() == {"records": []}


def test_the_same_key_created_twice_is_a_server_error_and_one_post(bluesky: BlueskyClient) -> None:
    assert bluesky.create(post_record(), RKEY).status_code == 200
    refused(bluesky.create(post_record(), RKEY), 500, "InternalServerError")
    assert len(bluesky.records()) == 1


def test_putting_the_identical_record_again_changes_nothing(bluesky: BlueskyClient) -> None:
    first = bluesky.put(post_record(), RKEY, swapRecord=None).json()
    again = bluesky.put(post_record(), RKEY, swapRecord=None)
    assert again.status_code == 200
    assert "commit" in first
    assert again.json() == {"uri": first["uri"], "cid": first["cid"], "validationStatus": "valid"}
    assert len(bluesky.records()) == 1


def test_put_guards_against_another_record(bluesky: BlueskyClient) -> None:
    first = bluesky.put(post_record("one"), RKEY).json()
    refused(bluesky.put(post_record("two"), RKEY, swapRecord=None), 400, "InvalidSwap")
    refused(bluesky.put(post_record("two"), RKEY, swapRecord=record_cid("other")), 400, "InvalidSwap")
    refused(bluesky.put(post_record("two"), RKEY, swapRecord="bafyother"), 400, "InvalidRequest")
    refused(bluesky.put(post_record("two"), OTHER_RKEY, swapRecord=first["cid"]), 400, "InvalidSwap")
    assert bluesky.put(post_record("two"), RKEY, swapRecord=first["cid"]).status_code == 200
    assert [one["value"]["text"] for one in bluesky.records()] == ["two"]


def test_nobody_writes_into_anothers_repository(bluesky: BlueskyClient, practice_server: PracticeServer) -> None:
    other = BlueskyClient(practice_server, "other")
    body = {"repo": other.did, "collection": "app.bsky.feed.post", "record": post_record()}
    refused(bluesky.post("com.atproto.repo.createRecord", body), 401, "AuthenticationRequired")
    refused(bluesky.post("com.atproto.repo.createRecord", body | {"repo": "did:plc:nobody"}), 403, "AccountNotFound")


def test_counts_of_posts(bluesky: BlueskyClient) -> None:
    uri = bluesky.create(post_record()).json()["uri"]
    bluesky.store.posts.set_counts(bluesky.store.feed("bluesky")[0].id, likes=3, replies=1)
    posts = bluesky.get("app.bsky.feed.getPosts", token="", uris=[uri, uri + "x"]).json()["posts"]
    assert [(one["uri"], one["likeCount"], one["replyCount"], one["repostCount"]) for one in posts] == [(uri, 3, 1, 0)]
    refused(bluesky.get("app.bsky.feed.getPosts", uris=[uri] * 26), 400, "InvalidRequest")


def test_every_answer_says_what_is_left_of_the_rate_limit(bluesky: BlueskyClient) -> None:
    answer = bluesky.create(post_record())
    assert answer.headers["RateLimit-Limit"] == "5000"
    assert answer.headers["RateLimit-Remaining"] == "4997"
    assert answer.headers["RateLimit-Policy"] == "5000;w=3600"
    assert answer.headers["RateLimit-Reset"].isdecimal()


# what a record may be

GRAPHEME_FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"


def test_text_counts_graphemes_and_bytes(bluesky: BlueskyClient) -> None:
    assert bluesky.create(post_record("é" * 300)).status_code == 200
    assert bluesky.create(post_record(GRAPHEME_FAMILY * 100 + "x" * 200)).status_code == 200
    message = refused(bluesky.create(post_record("x" * 301)), 400, "InvalidRequest")
    assert "app.bsky.feed.post" in message
    assert "graphemes" in message
    bytes_message = refused(bluesky.create(post_record(GRAPHEME_FAMILY * 121)), 400, "InvalidRequest")
    assert "3000" in bytes_message


def link(start: int, end: int, uri: str = "https://example.com/a") -> dict[str, Any]:
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": uri}],
    }


def test_the_worked_example_of_facets_is_accepted(bluesky: BlueskyClient) -> None:
    text = "Café ☕ see https://example.com/a #tést @alice.bsky.social"
    tag = {"$type": "app.bsky.richtext.facet#tag", "tag": "tést"}
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": bluesky.did}
    facets = [
        link(14, 35),
        {"index": {"byteStart": 36, "byteEnd": 42}, "features": [tag]},
        {"index": {"byteStart": 43, "byteEnd": 61}, "features": [mention]},
    ]
    answer = bluesky.create(post_record(text, facets=facets))
    assert answer.status_code == 200, answer.text
    html = bluesky.store.feed("bluesky")[0].html
    assert '<a href="https://example.com/a" rel="nofollow noopener noreferrer" target="_blank">' in html
    assert ">https://example.com/a</a>" in html
    assert '<span class="hashtag">#tést</span>' in html


@pytest.mark.parametrize(
    "facets",
    [
        pytest.param([link(14, 62)], id="beyond the text"),
        pytest.param([link(4, 4)], id="empty"),
        pytest.param([link(8, 3)], id="backwards"),
        pytest.param([link(-1, 3)], id="negative"),
        pytest.param([link(4, 9)], id="starts inside a character"),
        pytest.param([link(0, 4)], id="ends inside a character"),
        pytest.param([link(14, 35), link(30, 40)], id="overlap"),
        pytest.param([link(14, 35, "not a uri")], id="no uri"),
        pytest.param([{"index": {"byteStart": 0, "byteEnd": 2}}], id="no features"),
        pytest.param([{"features": []}], id="no index"),
        pytest.param([link(0, 2) | {"features": [{"uri": "https://e.com"}]}], id="no type"),
        pytest.param([{"index": {"byteStart": 0.0, "byteEnd": 2}, "features": []}], id="float"),
        pytest.param({}, id="not a list"),
        pytest.param(None, id="null"),
    ],
)
def test_facets_that_are_refused(bluesky: BlueskyClient, facets: object) -> None:
    text = "Café ☕ see https://example.com/a #tést @alice.bsky.social"
    refused(bluesky.create(post_record(text, facets=facets)), 400, "InvalidRequest")
    assert bluesky.records() == []


def images(blob: dict[str, Any], count: int = 1, **changes: Any) -> dict[str, Any]:
    one = {"image": blob, "alt": "A knee", "aspectRatio": {"width": 4, "height": 3}} | changes
    one = {name: value for name, value in one.items() if value is not ...}
    return {"$type": "app.bsky.embed.images", "images": [one] * count}


def test_up_to_four_images_with_alt_text_are_accepted_and_shown(bluesky: BlueskyClient) -> None:
    blob = bluesky.blob(jpeg())
    assert bluesky.create(post_record(embed=images(blob, 4))).status_code == 200
    shown = bluesky.store.feed("bluesky")[0].images
    assert [one.alt for one in shown] == ["A knee"] * 4
    picture = requests.get(bluesky.base.removesuffix("/practice/bluesky") + shown[0].src, timeout=10)
    assert picture.content == jpeg()
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"


def test_a_gallery_and_a_video_are_accepted(bluesky: BlueskyClient) -> None:
    blob = bluesky.blob(jpeg())
    item = {"$type": "app.bsky.embed.gallery#image"} | images(blob)["images"][0]
    gallery = {"$type": "app.bsky.embed.gallery", "items": [item] * 10}
    assert bluesky.create(post_record(embed=gallery)).status_code == 200
    clip = bluesky.upload(mp4(), "video/mp4").json()["blob"]
    video = {"$type": "app.bsky.embed.video", "video": clip, "alt": "A stretch"}
    assert bluesky.create(post_record(embed=video)).status_code == 200
    wrong = {"$type": "app.bsky.embed.video", "video": blob}
    refused(bluesky.create(post_record(embed=wrong)), 400, "InvalidRequest")


Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(lambda blob: images(blob, 5), "InvalidRequest", id="five"),
        pytest.param(lambda blob: images(blob, alt=...), "InvalidRequest", id="no alt"),
        pytest.param(lambda blob: images(blob, alt=None), "InvalidRequest", id="alt null"),
        pytest.param(lambda blob: images(blob, aspectRatio={"width": 0, "height": 3}), "InvalidRequest", id="ratio 0"),
        pytest.param(
            lambda blob: images(blob, aspectRatio={"width": 1.5, "height": 3}), "InvalidRequest", id="ratio float"
        ),
        pytest.param(
            lambda blob: images(blob | {"ref": {"$link": "bafkreinever"}}), "BlobNotFound", id="never uploaded"
        ),
        pytest.param(lambda blob: images(blob | {"size": 1}), "InvalidSize", id="another size"),
        pytest.param(lambda blob: images(blob | {"mimeType": "image/png"}), "InvalidMimeType", id="another type"),
        pytest.param(lambda blob: images({"cid": "x", "mimeType": "image/png"}), "InvalidRequest", id="no blob"),
        pytest.param(lambda blob: {"$type": "app.bsky.embed.images"}, "InvalidRequest", id="no images"),
        pytest.param(lambda blob: {"images": []}, "InvalidRequest", id="no type"),
        pytest.param(lambda blob: "x", "InvalidRequest", id="a string"),
    ],
)
def test_image_embeds_that_are_refused(bluesky: BlueskyClient, change: Change, error: str) -> None:
    refused(bluesky.create(post_record(embed=change(bluesky.blob(jpeg())))), 400, error)
    assert bluesky.records() == []


def padded_jpeg(size: int) -> bytes:
    return jpeg() + bytes(size - len(jpeg()))


def test_images_up_to_two_million_bytes_and_thumbs_up_to_one(bluesky: BlueskyClient) -> None:
    assert bluesky.create(post_record(embed=images(bluesky.blob(padded_jpeg(2_000_000))))).status_code == 200
    refused(bluesky.create(post_record(embed=images(bluesky.blob(padded_jpeg(2_000_001))))), 400, "InvalidRequest")
    assert bluesky.create(post_record(embed=card(bluesky.blob(padded_jpeg(1_000_000))))).status_code == 200
    refused(bluesky.create(post_record(embed=card(bluesky.blob(padded_jpeg(1_000_001))))), 400, "InvalidRequest")


def test_a_blob_of_another_account_is_not_found(bluesky: BlueskyClient, practice_server: PracticeServer) -> None:
    other = BlueskyClient(practice_server, "other")
    refused(bluesky.create(post_record(embed=images(other.blob(jpeg())))), 400, "BlobNotFound")


def card(thumb: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    external = {"uri": "https://example.com/knee", "title": "Knees", "description": "About knees"} | changes
    external |= {"thumb": thumb} if thumb else {}
    return {
        "$type": "app.bsky.embed.external",
        "external": {name: value for name, value in external.items() if value is not ...},
    }


def test_a_link_card_is_accepted_and_shown(bluesky: BlueskyClient) -> None:
    assert bluesky.create(post_record(embed=card(bluesky.blob(jpeg())))).status_code == 200
    shown = bluesky.store.feed("bluesky")[0].card
    assert shown is not None
    assert (shown.host, shown.title, shown.description) == ("example.com", "Knees", "About knees")
    assert requests.get(bluesky.base.removesuffix("/practice/bluesky") + shown.image, timeout=10).content == jpeg()


@pytest.mark.parametrize(
    "changes", [{"title": ...}, {"description": ...}, {"uri": ...}, {"uri": "not a uri"}, {"title": 7}, {"thumb": "x"}]
)
def test_link_cards_that_are_refused(bluesky: BlueskyClient, changes: dict[str, Any]) -> None:
    refused(bluesky.create(post_record(embed=card(**changes))), 400, "InvalidRequest")


@pytest.mark.parametrize(
    "changes",
    [
        {"createdAt": "2026-11-23"},
        {"createdAt": "2026-11-23T09:00:00"},
        {"createdAt": "2026-13-23T09:00:00Z"},
        {"createdAt": 1},
        {"langs": ["en", "de", "fr", "it"]},
        {"langs": ["not a language"]},
        {"tags": ["x"] * 9},
        {"tags": ["x" * 65]},
        {"reply": {"root": {"uri": "at://did:plc:a/app.bsky.feed.post/3ke6kg3wk2222", "cid": "bafyreia"}}},
        {"labels": {"values": []}},
        {"$type": "app.bsky.feed.like"},
        {"text": None},
    ],
)
def test_records_that_are_refused(bluesky: BlueskyClient, changes: dict[str, Any]) -> None:
    refused(bluesky.create(post_record(**changes)), 400, "InvalidRequest")


@pytest.mark.parametrize("missing", ["text", "createdAt"])
def test_a_post_needs_text_and_time(bluesky: BlueskyClient, missing: str) -> None:
    record = post_record()
    del record[missing]
    assert missing in refused(bluesky.create(record), 400, "InvalidRequest")


@pytest.mark.parametrize("rkey", ["", "self", "zzzzzzzzzzzzz", "3ke6kg3wk222", "3KE6KG3WK2222"])
def test_keys_of_posts_must_be_tids(bluesky: BlueskyClient, rkey: str) -> None:
    refused(bluesky.create(post_record(), rkey), 400, "InvalidRequest")


def test_bodies_that_are_no_json_object(bluesky: BlueskyClient) -> None:
    url = f"{bluesky.base}/xrpc/com.atproto.repo.createRecord"
    for data in (b"{", b"[]", b'"x"', b'{"repo":"\\ud800","collection":"a.b.c","record":{}}'):
        headers = bluesky.auth() | {"Content-Type": "application/json"}
        refused(requests.post(url, data=data, headers=headers, timeout=10), 400, "InvalidRequest")
    refused(requests.post(url, data=b"x", headers=bluesky.auth(), timeout=10), 400, "InvalidRequest")
    too_large = post_record("x" * 1_000_000)
    refused(bluesky.create(too_large), 413, "PayloadTooLargeError")


def test_records_of_unknown_kinds_pass_unchecked(bluesky: BlueskyClient) -> None:
    body = {"repo": bluesky.did, "collection": "example.notes.note", "record": {"title": "x"}}
    assert bluesky.post("com.atproto.repo.createRecord", body).json()["validationStatus"] == "unknown"
    refused(bluesky.post("com.atproto.repo.createRecord", body | {"validate": True}), 400, "InvalidRequest")
    assert bluesky.store.feed("bluesky") == []
    document = body | {"collection": "site.standard.document"}
    assert "site" in refused(bluesky.post("com.atproto.repo.createRecord", document), 400, "InvalidRequest")
    document["record"] = {"site": "https://clinic.example", "title": "x", "publishedAt": "2026-11-23T09:00:00Z"}
    assert bluesky.post("com.atproto.repo.createRecord", document).json()["validationStatus"] == "valid"


def test_vectors_of_the_sheet() -> None:
    assert tid(0) == "2222222222222"
    assert tid(1_700_000_000_000_000) == "3ke6kg3wk2222"
    assert is_datetime("2026-11-23T09:00:00.123456789+05:30")
    assert not is_datetime("2026-11-23T09:00:00-00:00")
    assert not is_datetime("0000-01-01T00:00:00Z")
