"""The X imitation: sign-in, media in segments, posts, what it refuses, and its failure switches."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import yaml
from PIL import Image

from scheduler.practice.networks.x.text import cashtags_in, links_in, weighted_length, wire_text
from tests.support.practice_clients import TIMEOUT, jpeg, moving_gif, mp4
from tests.support.practice_server import HeldClock, PracticeServer

APP = ("practice-app", "practice-secret")
BACK = "http://127.0.0.1:9/back"
Json = dict[str, Any]


class XClient:
    """One account on the imitation, signed in."""

    def __init__(self, server: PracticeServer, handle: str = "harbor") -> None:
        self.store = server.store
        made = server.store.create_account("x", handle, "Harbor Street Clinic")
        self.account_id, self.token, self.more = made.account_id, made.access_token, made.more
        self.base = server.address(made)
        self.user = made.more["user_id"]

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, f"{self.base}/2/{path}", headers=headers, timeout=TIMEOUT, **more)

    def post(self, **body: Any) -> requests.Response:
        return self.call("POST", "tweets", json=body)

    def posted(self, **body: Any) -> str:
        answer = self.post(**body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def upload(self, data: bytes, category: str = "tweet_image") -> requests.Response:
        return self.call("POST", "media/upload", files={"media": data}, data={"media_category": category})

    def photo(self, alt: str = "") -> str:
        media = str(self.upload(jpeg()).json()["data"]["id"])
        if alt:
            self.call("POST", "media/metadata", json={"id": media, "metadata": {"alt_text": {"text": alt}}})
        return media

    def begin(self, total: int, media_type: str = "video/mp4", category: str = "tweet_video") -> requests.Response:
        body = {"media_type": media_type, "total_bytes": total, "media_category": category}
        return self.call("POST", "media/upload/initialize", json=body)

    def append(self, media: str, index: int, data: bytes) -> requests.Response:
        form = {"segment_index": str(index)}
        return self.call("POST", f"media/upload/{media}/append", files={"media": data}, data=form)

    def segments(self, data: bytes, media_type: str = "video/mp4", category: str = "tweet_video") -> str:
        media = str(self.begin(len(data), media_type, category).json()["data"]["id"])
        half = len(data) // 2
        for index, part in enumerate((data[:half], data[half:])):
            assert self.append(media, index, part).status_code == 200
        return media

    def state(self, media: str) -> Json:
        found = self.call("GET", "media/upload", params={"command": "STATUS", "media_id": media}).json()["data"]
        return dict(found["processing_info"])


@pytest.fixture
def x(practice_server: PracticeServer) -> XClient:
    return XClient(practice_server)


def refused(answer: requests.Response, status: int) -> Json:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["title"] and body["type"]
    return dict(body)


# signing in


def test_a_person_signs_in_with_pkce_and_the_token_lasts_two_hours(
    practice_server: PracticeServer, practice_clock: HeldClock, x: XClient
) -> None:
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": APP[0], "redirect_uri": BACK, "state": "s", "code_challenge": challenge,
        "scope": "tweet.read users.read offline.access", "code_challenge_method": "S256",
        "practice_decision": "allow", "practice_account": str(x.account_id),
    }  # fmt: skip
    page = f"{practice_server.url}/practice/x/login/i/oauth2/authorize"
    location = requests.get(page, asked, allow_redirects=False, timeout=TIMEOUT).headers["Location"]
    code = dict(parse_qsl(urlsplit(location).query))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
    token_url = f"{x.base}/2/oauth2/token"
    said = requests.post(token_url, form, auth=APP, timeout=TIMEOUT).json()
    assert (said["token_type"], said["expires_in"]) == ("bearer", 7200)
    x.token = said["access_token"]
    assert x.call("GET", "users/me").json()["data"]["username"] == "harbor"
    assert refused(x.post(text="No right"), 403)["type"].endswith("not-authorized-for-resource")
    practice_clock.advance(7200)
    refused(x.call("GET", "users/me"), 401)
    renewing = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
    x.token = requests.post(token_url, renewing, auth=APP, timeout=TIMEOUT).json()["access_token"]
    assert x.call("GET", "users/me").status_code == 200
    again = requests.post(token_url, renewing, auth=APP, timeout=TIMEOUT)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")
    refused(x.call("GET", "users/me"), 401)


def test_a_code_lives_thirty_seconds_and_the_page_wants_pkce(practice_server: PracticeServer) -> None:
    page = f"{practice_server.url}/practice/x/login/i/oauth2/authorize"
    asked = {"response_type": "code", "client_id": APP[0], "redirect_uri": BACK, "scope": "tweet.read"}
    answer = requests.get(page, asked, allow_redirects=False, timeout=TIMEOUT)
    assert "error=invalid_request" in answer.headers["Location"]


def test_me_names_the_person_and_the_plan(practice_server: PracticeServer, x: XClient) -> None:
    wish = {"user.fields": "profile_image_url,subscription_type"}
    me = x.call("GET", "users/me", params=wish).json()["data"]
    assert (me["id"], me["subscription_type"]) == (x.user, "None")
    assert requests.get(me["profile_image_url"], timeout=TIMEOUT).content.startswith(b"\x89PNG")
    rich = XClient(practice_server, "harbor_premium")
    assert rich.call("GET", "users/me", params=wish).json()["data"]["subscription_type"] == "Premium"
    refused(x.call("GET", "users/me", params={"user.fields": "shoe_size"}), 400)


def test_revoking_and_wrong_tokens(x: XClient) -> None:
    assert requests.post(f"{x.base}/2/oauth2/revoke", {"token": x.token}, auth=APP, timeout=TIMEOUT).ok
    for token in ("", "wrong", x.token):
        x.token = token
        assert refused(x.post(text="Hello"), 401)["title"] == "Unauthorized"


def test_a_suspended_or_locked_account_is_refused(x: XClient) -> None:
    x.store.accounts.set_status(x.account_id, "suspended")
    assert refused(x.post(text="Hello"), 403)["type"].endswith("user-suspended")
    x.store.accounts.set_status(x.account_id, "deactivated")
    assert "temporarily locked" in refused(x.post(text="Hello"), 403)["detail"]


# posts


def test_a_post_is_made_listed_counted_and_deleted(x: XClient, practice_clock: HeldClock) -> None:
    answer = x.post(text="Knees & hips: https://example.com/knees")
    assert answer.status_code == 201
    said = answer.json()["data"]
    assert said["edit_history_tweet_ids"] == [said["id"]]
    assert "https://t.co/" in said["text"] and "Knees &amp; hips" in said["text"]
    assert (int(said["id"]) >> 22) + 1_288_834_974_657 == practice_clock.now_ms()
    assert answer.headers["x-rate-limit-remaining"] == "99"
    fields = {"tweet.fields": "created_at,entities,public_metrics,non_public_metrics"}
    listed = x.call("GET", f"users/{x.user}/tweets", params=fields).json()
    assert listed["meta"]["result_count"] == 1
    assert listed["data"][0]["entities"]["urls"][0]["expanded_url"] == "https://example.com/knees"
    post = x.store.feed("x")[0]
    assert post.permalink == f"/practice/x/web/harbor/status/{said['id']}"
    x.store.posts.set_counts(post.id, likes=3)
    found = x.call("GET", "tweets", params={"ids": f"{said['id']},1", "post.fields": "public_metrics"}).json()
    assert found["data"][0]["public_metrics"]["like_count"] == 3
    assert found["errors"][0]["type"].endswith("resource-not-found")
    for _ in range(2):
        assert x.call("DELETE", f"tweets/{said['id']}").json() == {"data": {"deleted": True}}
    assert x.call("GET", f"users/{x.user}/tweets").json() == {"meta": {"result_count": 0}}


def test_the_listing_is_bounded_by_time_and_comes_in_pages(x: XClient, practice_clock: HeldClock) -> None:
    for number in range(7):
        x.posted(text=f"Post {number}")
        practice_clock.advance(60)
    path = f"users/{x.user}/tweets"
    first = x.call("GET", path, params={"max_results": 5}).json()
    assert [post["text"] for post in first["data"]] == [f"Post {number}" for number in (6, 5, 4, 3, 2)]
    rest = x.call("GET", path, params={"max_results": 5, "pagination_token": first["meta"]["next_token"]}).json()
    assert [post["text"] for post in rest["data"]] == ["Post 1", "Post 0"] and "next_token" not in rest["meta"]
    late = x.call("GET", path, params={"start_time": "2026-11-23T09:06:00Z"}).json()
    assert [post["text"] for post in late["data"]] == ["Post 6"]
    refused(x.call("GET", path, params={"max_results": 4}), 400)
    refused(x.call("GET", path, params={"start_time": "yesterday"}), 400)


def test_a_thread_is_replies_to_oneself_and_others_are_not_answered(
    practice_server: PracticeServer, x: XClient
) -> None:
    first = x.posted(text="One")
    second = x.posted(text="Two", reply={"in_reply_to_tweet_id": first})
    fields = {"ids": second, "tweet.fields": "conversation_id,referenced_tweets"}
    found = x.call("GET", "tweets", params=fields).json()["data"][0]
    assert found["conversation_id"] == first
    assert found["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    other = XClient(practice_server, "cafe")
    answer = refused(other.post(text="Me too", reply={"in_reply_to_tweet_id": first}), 403)
    assert answer["detail"].startswith("Reply to this conversation is not allowed")
    x.posted(text="Well, @cafe?")
    refused(x.post(text="Gone", reply={"in_reply_to_tweet_id": "17"}), 403)
    refused(x.post(text="Gone", reply={}), 400)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"text": " "}, 400),
        ({"text": 7}, 400),
        ({"text": "a", "colour": "red"}, 400),
        ({"text": "a", "made_with_ai": "yes"}, 400),
        ({"text": "a", "reply_settings": "nobody"}, 400),
        ({"text": "a", "poll": {"options": ["a", "b"], "duration_minutes": 5}}, 400),
        ({"text": "a", "media": {"media_ids": []}}, 400),
        ({"text": "a", "media": {"media_ids": ["17"]}}, 400),
        ({"text": "a", "quote_tweet_id": "17"}, 403),
        ({"text": "$ABC and $XYZ"}, 403),
    ],
)
def test_what_it_refuses_to_post(x: XClient, body: Json, status: int) -> None:
    refused(x.post(**body), status)
    assert x.store.feed("x") == []


def test_a_body_that_is_no_json_is_refused(x: XClient) -> None:
    refused(x.call("POST", "tweets", data={"text": "Form"}), 400)


def test_the_weighted_length_and_the_longer_one_of_premium(practice_server: PracticeServer, x: XClient) -> None:
    x.posted(text="x" * 256 + " https://example.com/" + "y" * 200)
    assert refused(x.post(text="字" * 141), 400)["errors"][0]["code"] == 186
    rich = XClient(practice_server, "rich_premium")
    long = rich.posted(text="z" * 400)
    fields = {"ids": long, "tweet.fields": "note_tweet"}
    assert rich.call("GET", "tweets", params=fields).json()["data"][0]["note_tweet"]["text"] == "z" * 400
    refused(rich.post(text="z" * 25_001), 400)


def test_the_same_text_is_refused_for_a_day(x: XClient, practice_clock: HeldClock) -> None:
    x.posted(text="Open today")
    body = refused(x.post(text="Open today"), 403)
    assert (body["title"], body["type"], "duplicate content" in body["detail"]) == ("Forbidden", "about:blank", True)
    practice_clock.advance(86_401)
    x.token = x.store.accounts.network("x").credentials(x.store, account(x), "").access_token
    x.posted(text="Open today")


def account(x: XClient) -> Any:
    return x.store.accounts.get(x.account_id)


# media


def test_four_photos_with_alt_text_stand_in_the_feed(x: XClient) -> None:
    x.posted(text="Photos", media={"media_ids": [x.photo(f"Knee {number}") for number in range(4)]})
    assert [image.alt for image in x.store.feed("x")[0].images] == [f"Knee {number}" for number in range(4)]


def test_a_video_goes_up_in_segments_and_is_processed(x: XClient, practice_clock: HeldClock) -> None:
    media = x.segments(mp4())
    refused(x.post(text="Too early", media={"media_ids": [media]}), 400)
    done = x.call("POST", f"media/upload/{media}/finalize").json()["data"]
    assert done["processing_info"]["state"] == "in_progress" and done["processing_info"]["check_after_secs"] == 1
    refused(x.post(text="Still early", media={"media_ids": [media]}), 400)
    practice_clock.advance(2)
    assert x.state(media)["state"] == "succeeded"
    x.posted(media={"media_ids": [media]})
    assert x.store.feed("x")[0].images[0].kind == "video"
    refused(x.post(text="Again", media={"media_ids": [media]}), 400)


def test_a_video_that_cannot_be_read_or_lasts_too_long_is_refused(
    x: XClient, practice_clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = x.segments(mp4()[:40] + bytes(200))
    x.call("POST", f"media/upload/{broken}/finalize")
    practice_clock.advance(2)
    assert x.state(broken)["state"] == "failed"
    refused(x.post(text="Broken", media={"media_ids": [broken]}), 400)
    monkeypatch.setattr("scheduler.practice.networks.x.posts.VIDEO_MINUTES", 0.05)
    long = x.segments(mp4())
    x.call("POST", f"media/upload/{long}/finalize")
    practice_clock.advance(2)
    assert "longer than" in refused(x.post(text="Long", media={"media_ids": [long]}), 403)["detail"]


def test_a_gif_is_its_own_category(x: XClient, practice_clock: HeldClock) -> None:
    media = x.segments(moving_gif(), "image/gif", "tweet_gif")
    x.call("POST", f"media/upload/{media}/finalize")
    practice_clock.advance(2)
    refused(x.post(text="Mixed", media={"media_ids": [media, x.photo()]}), 400)
    x.posted(text="Moving", media={"media_ids": [media]})


def test_uploads_out_of_order_or_incomplete_are_refused(x: XClient) -> None:
    media = str(x.begin(len(mp4())).json()["data"]["id"])
    refused(x.call("POST", f"media/upload/{media}/finalize"), 400)
    assert x.append(media, 1, mp4()).status_code == 200
    refused(x.call("POST", f"media/upload/{media}/finalize"), 400)
    x.append(media, 0, b"more")
    refused(x.call("POST", f"media/upload/{media}/finalize"), 400)
    refused(x.append("17", 0, b"x"), 404)
    refused(x.append(media, 1000, b"x"), 400)
    refused(x.append(media, 2, bytes(8 * 1024 * 1024 + 1)), 413)
    whole = x.segments(mp4())
    assert x.call("POST", f"media/upload/{whole}/finalize").status_code == 200
    refused(x.append(whole, 2, b"x"), 400)


@pytest.mark.parametrize(
    "begin",
    [
        {"total": 0},
        {"total": 17_179_869_185},
        {"total": 100, "media_type": "video/webm"},
        {"total": 100, "media_type": "image/png"},
        {"total": 6_000_000, "media_type": "image/png", "category": "tweet_image"},
        {"total": 100, "category": "story"},
    ],
)
def test_what_cannot_be_begun(x: XClient, begin: Json) -> None:
    refused(x.begin(**begin), 400)


def test_wrong_files_are_refused(x: XClient, practice_clock: HeldClock) -> None:
    refused(x.upload(b"no picture"), 400)
    refused(x.upload(jpeg(), "tweet_video"), 400)
    refused(x.call("POST", "media/upload", data={"command": "INIT"}), 400)
    wide = io.BytesIO()
    Image.new("L", (1300, 10)).save(wide, "GIF")
    media = x.segments(wide.getvalue(), "image/gif", "tweet_gif")
    refused(x.call("POST", f"media/upload/{media}/finalize"), 400)
    refused(
        x.call("POST", "media/metadata", json={"id": x.photo(), "metadata": {"alt_text": {"text": "a" * 1001}}}), 400
    )
    refused(x.call("POST", "media/metadata", json={"id": "17", "metadata": {"alt_text": {"text": "a"}}}), 400)
    old = x.photo()
    practice_clock.advance(86_400)
    x.token = x.store.accounts.network("x").credentials(x.store, account(x), "").access_token
    assert "media IDs are invalid" in refused(x.post(text="Old", media={"media_ids": [old]}), 400)["detail"]


def test_media_of_somebody_else_or_without_the_right_is_refused(practice_server: PracticeServer, x: XClient) -> None:
    other = XClient(practice_server, "cafe")
    refused(x.post(text="Theirs", media={"media_ids": [other.photo()]}), 400)


# limits and failure switches


def test_the_hundred_and_first_post_of_a_quarter_hour_is_refused(x: XClient) -> None:
    for _ in range(100):
        x.post(text="")
    answer = x.post(text="One too many")
    refused(answer, 429)
    assert answer.headers["x-rate-limit-limit"] == "100" and int(answer.headers["x-rate-limit-reset"]) > 0


@pytest.mark.parametrize(
    ("switch", "status", "title"),
    [
        ("rate_limited", 429, "Too Many Requests"),
        ("error_before", 500, "Internal Server Error"),
        ("expired_token", 401, "Unauthorized"),
        ("revoked_app", 401, "Unauthorized"),
        ("misconfigured_app", 402, "CreditsDepleted"),
    ],
)
def test_switches_that_refuse_before_the_post_is_made(x: XClient, switch: str, status: int, title: str) -> None:
    x.store.set_switch(x.account_id, switch)
    assert refused(x.post(text="Hello"), status)["title"] == title
    assert x.store.feed("x") == []
    x.posted(text="Hello")


@pytest.mark.parametrize(("switch", "status"), [("error_after", 500), ("duplicate", 403)])
def test_switches_that_lie_after_the_post_is_made(x: XClient, switch: str, status: int) -> None:
    x.store.set_switch(x.account_id, switch)
    refused(x.post(text="Hello"), status)
    assert len(x.store.feed("x")) == 1


def test_a_closed_connection_leaves_the_post(x: XClient) -> None:
    x.store.set_switch(x.account_id, "close_after")
    with pytest.raises(requests.ConnectionError):
        x.post(text="Hello")
    assert len(x.store.feed("x")) == 1


def test_switches_of_media(x: XClient, practice_clock: HeldClock) -> None:
    x.store.set_switch(x.account_id, "rejected_media")
    refused(x.upload(jpeg()), 400)
    x.store.set_switch(x.account_id, "rejected_media")
    media = x.segments(mp4())
    x.call("POST", f"media/upload/{media}/finalize")
    practice_clock.advance(2)
    assert x.state(media)["state"] == "failed"
    x.store.set_switch(x.account_id, "slow_processing", seconds=60)
    slow = x.segments(mp4())
    x.call("POST", f"media/upload/{slow}/finalize")
    practice_clock.advance(30)
    assert x.state(slow)["state"] == "in_progress"


def test_the_log_keeps_no_secret(x: XClient) -> None:
    requests.post(f"{x.base}/2/oauth2/revoke", {"token": x.token}, auth=APP, timeout=TIMEOUT)
    assert x.token not in repr(x.store.requests.newest("x"))


# the text


def test_text_as_x_reads_it() -> None:
    assert weighted_length("Hi http://test.co") == 26
    assert weighted_length("👨‍👩‍👧‍👦") == 2
    assert weighted_length("故人") == 4
    assert cashtags_in("$ABC, $5 and a$XYZ") == 1
    text, urls = wire_text("<b> example.com!")
    assert text.startswith("&lt;b&gt; https://t.co/") and urls[0]["expanded_url"] == "http://example.com"


def test_the_published_vectors_of_the_weighted_length() -> None:
    # They are not part of this repository; where they lie beside it they are read.
    found = [one for one in Path(__file__).resolve().parents if (one / "shared/specs/x/twitter-text").is_dir()]
    if not found:
        return
    tests = yaml.safe_load((found[0] / "shared/specs/x/twitter-text/validate.yml").read_text())["tests"]
    for group in ("WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"):
        for case in tests[group]:
            assert weighted_length(case["text"]) == case["expected"]["weightedLength"], case["description"]
    assert links_in("no link here") == []
