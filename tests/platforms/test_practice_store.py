"""The practice networks' memory: accounts, the request log without secrets, and the feed as a page shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from scheduler.practice.accounts import PracticeError
from scheduler.practice.media import Upload
from scheduler.practice.posts import MediaTaken, NewPost
from scheduler.practice.requestlog import KEPT_REQUESTS, LoggedRequest
from scheduler.practice.richtext import bluesky_html, mastodon_html
from scheduler.practice.store import PracticeStore
from tests.support.practice_clients import BlueskyClient, MastodonClient, jpeg, mp4, post_record
from tests.support.practice_server import HeldClock, PracticeServer


@pytest.fixture
def store(tmp_path: Path, practice_clock: HeldClock) -> PracticeStore:
    return PracticeStore(tmp_path / "deep" / "practice.db", practice_clock)


# accounts


def test_credentials_have_the_shape_of_their_network(store: PracticeStore) -> None:
    bluesky = store.create_account("bluesky", "@Harbor", "Harbor Street")
    assert bluesky.identifier == "harbor.practice.test"
    assert [len(part) for part in bluesky.password.split("-")] == [4, 4, 4, 4]
    assert bluesky.service_url_path == "/practice/bluesky"
    mastodon = store.create_account("mastodon", "harbor", "Harbor Street")
    assert (mastodon.service_url_path, bool(mastodon.access_token)) == ("/practice/mastodon", True)
    webhook = store.create_account("webhook", "harbor", "")
    assert webhook.service_url_path == "/practice/webhook/harbor"
    assert webhook.secret.startswith("whsec_")
    assert [account.network for account in store.accounts.all()] == ["bluesky", "mastodon", "webhook"]
    assert store.accounts.all("webhook")[0].name == "harbor"


@pytest.mark.parametrize(
    ("network", "handle", "word"),
    [
        ("myspace", "harbor", "network"),
        ("bluesky", "no spaces", "handle"),
        ("bluesky", "", "handle"),
        ("mastodon", "harbor street", "handle"),
        ("mastodon", "../x", "handle"),
        ("webhook", "", "handle"),
    ],
)
def test_accounts_that_are_refused(store: PracticeStore, network: str, handle: str, word: str) -> None:
    with pytest.raises(PracticeError, match=f"^{word}:"):
        store.create_account(network, handle, "x")


def test_a_taken_handle_is_refused(store: PracticeStore) -> None:
    store.create_account("mastodon", "harbor", "x")
    store.create_account("webhook", "harbor", "x")
    with pytest.raises(PracticeError, match="taken"):
        store.create_account("mastodon", "HARBOR", "y")


def test_the_file_is_private_and_holds_no_password_or_token(store: PracticeStore, tmp_path: Path) -> None:
    made = [store.create_account("bluesky", "harbor", "x"), store.create_account("mastodon", "harbor", "x")]
    path = tmp_path / "deep" / "practice.db"
    assert path.stat().st_mode & 0o077 == 0
    written = b"".join(one.read_bytes() for one in path.parent.iterdir())
    for credentials in made:
        assert (credentials.password or credentials.access_token).encode() not in written


def test_storing_twice_under_one_key_keeps_the_first(store: PracticeStore) -> None:
    account = store.create_account("mastodon", "harbor", "x").account_id
    body = {"text": "one", "spoiler_text": "", "media_ids": []}
    first = store.posts.add(account, NewPost("mastodon", "", body, body), "k")
    again = store.posts.add(account, NewPost("mastodon", "", body | {"text": "two"}, body), "k")
    assert again == first
    assert [post.text for post in store.feed("mastodon")] == ["one"]


def test_nothing_is_stored_when_an_upload_is_taken(store: PracticeStore) -> None:
    account = store.create_account("mastodon", "harbor", "x").account_id
    photo = store.media.add(account, Upload(jpeg(), "image/jpeg", "image")).public_id
    body = {"text": "one", "spoiler_text": "", "media_ids": [photo]}
    store.posts.add(account, NewPost("mastodon", "", body, body, media=[photo]), "k")
    with pytest.raises(MediaTaken):
        store.posts.add(account, NewPost("mastodon", "", body, body, media=[photo]), "other")
    assert len(store.feed("mastodon")) == 1
    assert store.posts.replayed(account, "other") == (False, None)


# the request log


def test_the_log_shows_requests_without_their_secrets(practice_server: PracticeServer) -> None:
    client = BlueskyClient(practice_server)
    client.sign_in(password="aaaa-bbbb-cccc-dddd")
    client.create(post_record("Hello"))
    client.upload(jpeg())
    client.get("com.atproto.server.getSession", access_token="tell-nobody")
    entries = client.store.requests.newest("bluesky")
    assert [entry.status for entry in entries] == [200, 200, 200, 401, 200]
    assert json.loads(entries[2].body)["record"]["text"] == "Hello"
    assert entries[1].body == f"[{len(jpeg())} bytes of image/jpeg]"
    everything = repr(entries)
    for secret in ("aaaa-bbbb", client.credentials.password, "tell-nobody", client.session["accessJwt"]):
        assert secret not in everything
    assert entries[2].account_id == client.account_id


def test_the_log_shows_forms_and_files(practice_server: PracticeServer) -> None:
    client = MastodonClient(practice_server)
    client.upload(jpeg(), description="A knee")
    client.call("POST", "v1/statuses", data={"status": "Hello", "access_token": "tell-nobody"})
    newest, upload = client.store.requests.newest("mastodon", 2)
    assert json.loads(newest.body) == {"status": "Hello", "access_token": "[redacted]"}
    assert json.loads(upload.body) == {"description": "A knee", "file": "[file of application/octet-stream]"}
    assert client.token not in repr([newest, upload])


def test_the_log_forgets_the_oldest(store: PracticeStore) -> None:
    for number in range(KEPT_REQUESTS + 5):
        store.requests.add(LoggedRequest("bluesky", None, "GET", f"/{number}", 200, "", "", 0))
    kept = store.requests.newest("bluesky", 10_000)
    assert (len(kept), kept[0].path, kept[-1].path) == (KEPT_REQUESTS, f"/{KEPT_REQUESTS + 4}", "/5")


# the feed


def test_the_feed_shows_newest_first_and_one_account_if_asked(practice_server: PracticeServer) -> None:
    one, other = MastodonClient(practice_server), MastodonClient(practice_server, "other", "Other")
    one.publish("first", spoiler_text="careful")
    other.publish("second")
    store = practice_server.store
    assert [post.text for post in store.feed("mastodon")] == ["second", "first"]
    assert [post.text for post in store.feed("mastodon", limit=1)] == ["second"]
    first = store.feed("mastodon", one.account_id)[0]
    assert (first.account.name, first.account.initial, first.warning) == ("Harbor Street Clinic", "H", "careful")
    assert json.loads(first.raw_json) == {"status": "first", "spoiler_text": "careful"}
    assert store.feed("bluesky") == []


def test_photos_and_videos_show_with_their_alt_text(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    client = MastodonClient(practice_server)
    client.publish(media_ids=[client.media(jpeg(), description="A knee")])
    clip = client.media(mp4())
    practice_clock.advance(5)
    client.publish(media_ids=[clip])
    video, photo = client.store.feed("mastodon")
    assert [(one.kind, one.alt) for one in photo.images + video.images] == [("image", "A knee"), ("video", "")]
    assert requests.get(practice_server.url + video.images[0].src, timeout=10).headers["Content-Type"] == "video/mp4"


def test_a_permalink_leads_to_the_place_on_the_feed_page(practice_server: PracticeServer) -> None:
    bluesky, mastodon = BlueskyClient(practice_server), MastodonClient(practice_server)
    bluesky.create(post_record())
    address = mastodon.publish("x").json()["url"]
    for network, where in (("mastodon", address), ("bluesky", "")):
        post = practice_server.store.feed(network)[0]
        answer = requests.get(where or practice_server.url + post.permalink, allow_redirects=False, timeout=10)
        assert answer.headers["Location"] == f"/admin/practice/{network}#post-{post.id}"
    assert requests.get(practice_server.url + "/practice/mastodon/@harbor/1", timeout=10).status_code == 404


def test_unknown_pictures_are_not_found(practice_server: PracticeServer) -> None:
    for path in ("mastodon/media/x", "bluesky/media/..%2f..%2fpractice.db", "mastodon/avatar/nobody.png"):
        assert requests.get(f"{practice_server.url}/practice/{path}", timeout=10).status_code == 404


def test_what_is_no_picture_is_only_offered_for_download(practice_server: PracticeServer) -> None:
    client = BlueskyClient(practice_server)
    blob = client.upload(b"<script>alert(1)</script>", "text/html").json()["blob"]
    media = client.store.media.of_account(client.account_id, blob["ref"]["$link"])
    assert media is not None
    answer = requests.get(f"{client.base}/media/{media.id}", timeout=10)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "https://e.com/\"onclick='x'", "#<b>x</b>"],
)
def test_what_people_wrote_never_becomes_markup(text: str) -> None:
    for html in (mastodon_html(text), mastodon_html(text, "https://x.example"), bluesky_html(text, [])):
        assert "<script" not in html
        assert "<img" not in html
        assert "<b>" not in html
        assert 'onclick="' not in html


def test_a_link_that_is_no_web_address_is_not_linked() -> None:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": "javascript:alert(1)"}
    facets = [{"index": {"byteStart": 0, "byteEnd": 2}, "features": [feature]}]
    assert str(bluesky_html("hi", facets)) == "<p>hi</p>"
