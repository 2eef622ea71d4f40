"""The Mastodon imitation: tokens, media, statuses, idempotency, and everything it refuses."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest
import requests

from scheduler.practice.feed import LinkCard
from scheduler.practice.richtext import mastodon_length
from tests.support.practice_clients import MastodonClient, jpeg, moving_gif, mp4
from tests.support.practice_server import HeldClock, PracticeServer


@pytest.fixture
def mastodon(practice_server: PracticeServer) -> MastodonClient:
    return MastodonClient(practice_server)


def refused(answer: requests.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"])


# instance and account


def test_the_instance_says_its_limits_without_a_token(mastodon: MastodonClient) -> None:
    for version in ("v1", "v2"):
        found = requests.get(f"{mastodon.base}/{version}/instance", timeout=10).json()["configuration"]
        assert found["statuses"] == {
            "max_characters": 500,
            "max_media_attachments": 4,
            "characters_reserved_per_url": 23,
        }
        assert found["media_attachments"]["image_size_limit"] == 16_777_216


def test_credentials_show_name_and_picture(mastodon: MastodonClient) -> None:
    me = mastodon.call("GET", "v1/accounts/verify_credentials").json()
    assert (me["username"], me["display_name"]) == ("harbor", "Harbor Street Clinic")
    assert requests.get(me["avatar"], timeout=10).content.startswith(b"\x89PNG")
    assert me["id"].isdecimal()


def test_a_wrong_or_revoked_token_is_refused_with_a_challenge(mastodon: MastodonClient) -> None:
    mastodon.store.accounts.revoke_token(mastodon.token)
    for token in ("", "wrong", mastodon.token):
        mastodon.token = token
        answer = mastodon.publish("Hello")
        refused(answer, 401)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_without_the_scope_is_refused(mastodon: MastodonClient) -> None:
    mastodon.token = mastodon.store.accounts.add_token(mastodon.account_id, "read")
    answer = mastodon.publish("Hello")
    refused(answer, 403)
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert mastodon.call("GET", "v1/accounts/verify_credentials").status_code == 200
    refused(mastodon.upload(jpeg()), 403)


def test_a_disabled_account_is_refused(mastodon: MastodonClient) -> None:
    mastodon.store.accounts.set_status(mastodon.account_id, "suspended")
    refused(mastodon.publish("Hello"), 403)


def test_unknown_calls_are_not_found(mastodon: MastodonClient) -> None:
    refused(mastodon.call("GET", "v1/statuses/1"), 404)
    refused(mastodon.call("POST", "v3/statuses"), 404)
    refused(mastodon.call("DELETE", "v1/accounts/verify_credentials"), 404)


# statuses


def test_a_status_is_published_read_edited_and_deleted(mastodon: MastodonClient) -> None:
    answer = mastodon.publish("Hello & welcome\nto #Running\n\nSee https://example.com/a.", language="en")
    assert answer.status_code == 200
    status = answer.json()
    assert "<p>Hello &amp; welcome<br>to " in status["content"]
    assert 'href="https://example.com/a"' in status["content"]
    path = f"v1/statuses/{status['id']}"
    assert mastodon.call("GET", path).json()["content"] == status["content"]
    assert mastodon.call("GET", f"{path}/source").json()["text"].startswith("Hello & welcome\nto")
    edited = mastodon.call("PUT", path, json={"status": "Changed"}).json()
    assert (edited["content"], edited["edited_at"] is not None) == ("<p>Changed</p>", True)
    assert mastodon.call("DELETE", path).json()["text"] == "Changed"
    for verb, sub in (("GET", path), ("DELETE", path), ("GET", f"{path}/source"), ("PUT", path)):
        refused(mastodon.call(verb, sub), 404)


def test_a_form_body_says_the_same_as_json(mastodon: MastodonClient) -> None:
    media = [mastodon.media(jpeg()), mastodon.media(jpeg(colour="red"))]
    fields = [("status", "Form"), ("sensitive", "true"), *(("media_ids[]", one) for one in media)]
    status = mastodon.call("POST", "v1/statuses", data=fields).json()
    assert [one["id"] for one in status["media_attachments"]] == media
    assert status["sensitive"] is True


def test_the_length_counts_graphemes_and_a_link_as_23(mastodon: MastodonClient) -> None:
    long_link = "https://example.com/" + "x" * 600
    assert mastodon_length(f"{long_link}.") == 24
    assert mastodon_length("@alice@example.social hi", "note") == 13
    assert mastodon.publish("é" * 476 + " " + long_link).status_code == 200
    refused(mastodon.publish("é" * 477 + " " + long_link), 422)
    refused(mastodon.publish("x" * 499, spoiler_text="ab"), 422)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "  "},
        {"status": "x", "visibility": "everyone"},
        {"status": "x", "poll": {"options": ["a"], "expires_in": 600}},
        {"status": "x", "media_ids": ["1"]},
        {"status": "x", "media_ids": ["1", "2", "3", "4", "5"]},
        {"status": "x", "scheduled_at": "2026-11-23T09:04:00Z"},
        {"status": "x", "scheduled_at": "tomorrow"},
    ],
)
def test_statuses_that_are_refused(mastodon: MastodonClient, fields: dict[str, Any]) -> None:
    refused(mastodon.publish(**fields), 422)
    assert mastodon.statuses() == []


def test_a_time_in_the_past_publishes_at_once(mastodon: MastodonClient) -> None:
    assert mastodon.publish("x", scheduled_at="2026-11-23T08:00:00Z").json()["content"] == "<p>x</p>"


def test_bodies_that_are_malformed(mastodon: MastodonClient) -> None:
    for data in (b"{", b"[]", b'{"status": "\\udc00"}', b'{"status": ["x"]}'):
        refused(mastodon.call("POST", "v1/statuses", data=data, headers={"Content-Type": "application/json"}), 400)


def test_a_content_warning_makes_it_sensitive_and_stands_in_for_missing_text(mastodon: MastodonClient) -> None:
    warned = mastodon.publish("Needles", spoiler_text="Dry needling").json()
    assert (warned["sensitive"], warned["spoiler_text"]) == (True, "Dry needling")
    alone = mastodon.publish(spoiler_text="Only this").json()
    assert (alone["content"], alone["spoiler_text"]) == ("<p>Only this</p>", "")


def test_a_reply_needs_its_target(mastodon: MastodonClient) -> None:
    first = mastodon.publish("first").json()["id"]
    assert mastodon.publish("second", in_reply_to_id=first).json()["in_reply_to_id"] == first
    refused(mastodon.publish("third", in_reply_to_id="1"), 404)


def test_private_statuses_show_only_to_their_author(mastodon: MastodonClient) -> None:
    status = mastodon.publish("x", visibility="private").json()["id"]
    assert [one["id"] for one in mastodon.statuses()] == [status]
    refused(requests.get(f"{mastodon.base}/v1/statuses/{status}", timeout=10), 404)


def test_the_listing_is_newest_first_and_pages(mastodon: MastodonClient) -> None:
    ids = [mastodon.publish(f"number {number}").json()["id"] for number in range(4)]
    mastodon.publish("a reply", in_reply_to_id=ids[0])
    me = mastodon.call("GET", "v1/accounts/verify_credentials").json()["id"]
    wanted = {"exclude_replies": "true", "limit": 2}
    first = mastodon.call("GET", f"v1/accounts/{me}/statuses", params=wanted).json()
    assert [one["id"] for one in first] == [ids[3], ids[2]]
    rest = mastodon.call("GET", f"v1/accounts/{me}/statuses", params=wanted | {"max_id": ids[2]}).json()
    assert [one["id"] for one in rest] == [ids[1], ids[0]]
    batch = mastodon.call("GET", "v1/statuses", params={"id[]": [ids[0], "1", ids[1]]}).json()
    assert [one["id"] for one in batch] == [ids[0], ids[1]]


# the same key again


def test_the_same_key_gives_the_first_status_for_an_hour(mastodon: MastodonClient, practice_clock: HeldClock) -> None:
    first = mastodon.publish("one", key="k").json()
    again = mastodon.publish("quite another text", key="k").json()
    assert again["id"] == first["id"]
    assert again["content"] == "<p>one</p>"
    practice_clock.advance(3600)
    assert mastodon.publish("one", key="k").json()["id"] != first["id"]
    assert len(mastodon.statuses()) == 2


def test_a_key_is_kept_only_after_success_and_per_account(
    mastodon: MastodonClient, practice_server: PracticeServer
) -> None:
    refused(mastodon.publish("", key="k"), 422)
    first = mastodon.publish("now", key="k").json()
    other = MastodonClient(practice_server, "other")
    assert other.publish("mine", key="k").json()["id"] != first["id"]


def test_the_key_of_a_deleted_status_is_not_found(mastodon: MastodonClient) -> None:
    first = mastodon.publish("one", key="k").json()["id"]
    mastodon.call("DELETE", f"v1/statuses/{first}")
    refused(mastodon.publish("one", key="k"), 404)


def test_the_same_key_at_the_same_moment_makes_one_status(mastodon: MastodonClient) -> None:
    ids: list[str] = []
    start = threading.Barrier(6)

    def publish() -> None:
        start.wait()
        ids.append(mastodon.publish("one", key="k").json()["id"])

    threads = [threading.Thread(target=publish) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1
    assert len(mastodon.statuses()) == 1


# media


def test_a_photo_is_ready_at_once(mastodon: MastodonClient) -> None:
    answer = mastodon.upload(jpeg(), description="A knee")
    assert answer.status_code == 200
    media = answer.json()
    assert (media["type"], media["description"]) == ("image", "A knee")
    assert media["meta"]["original"]["size"] == "40x30"
    assert requests.get(media["url"], timeout=10).content == jpeg()


@pytest.mark.parametrize(("data", "kind"), [(mp4(), "video"), (moving_gif(), "gifv")])
def test_a_video_or_animation_is_processed_first(
    mastodon: MastodonClient, practice_clock: HeldClock, data: bytes, kind: str
) -> None:
    answer = mastodon.upload(data)
    assert (answer.status_code, answer.json()["url"], answer.json()["type"]) == (202, None, kind)
    path = f"v1/media/{answer.json()['id']}"
    assert mastodon.call("GET", path).status_code == 206
    changed = mastodon.call("PUT", path, json={"description": "A stretch"})
    assert (changed.status_code, changed.json()["description"]) == (206, "A stretch")
    refused(mastodon.publish("early", key="k", media_ids=[answer.json()["id"]]), 422)
    practice_clock.advance(2)
    assert mastodon.call("GET", path).json()["url"] is not None
    status = mastodon.publish("now", key="k", media_ids=[answer.json()["id"]]).json()
    assert status["media_attachments"][0]["description"] == "A stretch"
    refused(mastodon.call("GET", path), 404)


def test_videos_do_not_mix(mastodon: MastodonClient, practice_clock: HeldClock) -> None:
    photo, video, other = mastodon.media(jpeg()), mastodon.media(mp4()), mastodon.media(mp4())
    practice_clock.advance(2)
    refused(mastodon.publish("x", media_ids=[photo, video]), 422)
    refused(mastodon.publish("x", media_ids=[video, other]), 422)
    assert mastodon.publish(media_ids=[video]).status_code == 200


def test_media_belong_to_one_status_of_one_account(mastodon: MastodonClient, practice_server: PracticeServer) -> None:
    photo = mastodon.media(jpeg())
    refused(MastodonClient(practice_server, "other").publish("x", media_ids=[photo]), 422)
    status = mastodon.publish("x", media_ids=[photo]).json()["id"]
    refused(mastodon.publish("y", media_ids=[photo]), 422)
    mastodon.call("DELETE", f"v1/statuses/{status}")
    assert mastodon.publish("y", media_ids=[photo]).status_code == 200


def test_an_edit_without_media_ids_removes_the_media(mastodon: MastodonClient) -> None:
    photo = mastodon.media(jpeg())
    path = f"v1/statuses/{mastodon.publish('x', media_ids=[photo]).json()['id']}"
    kept = mastodon.call("PUT", path, json={"status": "y", "media_ids": [photo]}).json()
    assert [one["id"] for one in kept["media_attachments"]] == [photo]
    assert mastodon.call("PUT", path, json={"status": "z"}).json()["media_attachments"] == []


def test_files_that_are_refused(mastodon: MastodonClient) -> None:
    refused(mastodon.call("POST", "v2/media", data={"description": "x"}), 422)
    refused(mastodon.upload(b"just words"), 422)
    refused(mastodon.upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), 422)
    refused(mastodon.upload(jpeg() + bytes(16_777_216)), 422)
    refused(mastodon.upload(jpeg(), description="x" * 10_001), 422)
    refused(mastodon.upload(jpeg(), focus="2,0"), 422)
    refused(mastodon.upload(b"\xff\xd8\xff" + bytes(50)), 500)


def test_photos_of_too_many_pixels_are_refused(mastodon: MastodonClient) -> None:
    refused(mastodon.upload(jpeg(6000, 6000)), 422)


# rate limits


def test_each_family_of_calls_reports_its_own_limit_with_an_iso_reset(mastodon: MastodonClient) -> None:
    limits = {
        "300": [mastodon.publish("x"), mastodon.call("GET", "v1/accounts/verify_credentials")],
        "30": [mastodon.upload(jpeg())],
    }
    for limit, answers in limits.items():
        for answer in answers:
            assert answer.headers["X-RateLimit-Limit"] == limit
            assert answer.headers["X-RateLimit-Reset"].endswith("Z")
    reset = datetime.fromisoformat(limits["300"][0].headers["X-RateLimit-Reset"])
    assert (reset.hour % 3, reset.minute, reset.utcoffset() is not None) == (0, 0, True)


def test_the_31st_upload_is_refused_until_the_window_ends(mastodon: MastodonClient, practice_clock: HeldClock) -> None:
    for _ in range(30):
        assert mastodon.upload(jpeg()).status_code == 200
    answer = mastodon.upload(jpeg())
    assert refused(answer, 429) == "Too many requests"
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in answer.headers
    practice_clock.advance(1800)
    assert mastodon.upload(jpeg()).status_code == 200


# link cards


def test_the_card_comes_from_what_the_product_knows_and_is_not_in_the_first_answer(
    practice_server: PracticeServer, practice_clock: HeldClock
) -> None:
    known = LinkCard("https://clinic.example/knee", "Knees", "About knees", "/media/knee.jpg")
    server = PracticeServer(practice_server.store, lambda url: known if url == known.url else None)
    try:
        client = MastodonClient(server, "cards")
        first = client.publish("Read https://clinic.example/knee!").json()
        assert first["card"] is None
        card = client.call("GET", f"v1/statuses/{first['id']}").json()["card"]
        assert (card["title"], card["image"]) == ("Knees", f"{server.url}/media/knee.jpg")
        shown = server.store.feed("mastodon")[0].card
        assert shown is not None
        assert (shown.title, shown.image, shown.host) == ("Knees", "/media/knee.jpg", "clinic.example")
        other = client.publish("Read https://elsewhere.example/").json()["id"]
        assert client.call("GET", f"v1/statuses/{other}").json()["card"] is None
    finally:
        server.stop()
