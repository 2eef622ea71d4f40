"""The Threads imitation: tokens, containers, posts, replies, quotas, insights, and everything it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from scheduler.practice.networks.threads.containers import ThreadsContainers
from scheduler.practice.networks.threads.quotas import POSTS, ThreadsQuotas
from scheduler.practice.networks.threads.text import text_length
from scheduler.practice.networks.threads.wire import CALL_BUDGET, ThreadsRefusal
from scheduler.practice.switches import FailureSwitch
from tests.support.pictures import video
from tests.support.practice_clients import jpeg, moving_gif
from tests.support.practice_server import HeldClock, PracticeServer

PHOTO, CLIP = "https://clinic.example/media/knee.jpg", "https://clinic.example/media/knee.mp4"
BACK = "http://127.0.0.1:9/back"
DAY = 86_400
SCOPES = "threads_basic,threads_content_publish"
Answer = requests.Response


class ThreadsClient:
    """One account on the Threads imitation."""

    def __init__(self, server: PracticeServer, handle: str = "harbor") -> None:
        self.store, self.server = server.store, server
        self.credentials = server.store.create_account("threads", handle, "Harbor Street Clinic")
        self.account_id = self.credentials.account_id
        self.user = self.credentials.more["user_id"]
        self.token = self.credentials.more["access_token"]
        self.base = server.url + "/practice/threads"
        server.files[PHOTO] = jpeg(400, 300)

    def call(self, verb: str, path: str, token: str | None = None, **params: str) -> Answer:
        params["access_token"] = self.token if token is None else token
        url = f"{self.base}/api/v1.0/{path}"
        if verb == "POST":
            return requests.post(url, params, timeout=10)
        return requests.request(verb, url, params=params, timeout=10)

    def get(self, path: str, **params: str) -> Answer:
        return self.call("GET", path, **params)

    def container(self, **params: str) -> Answer:
        return self.call("POST", f"{self.user}/threads", **params)

    def made(self, **params: str) -> str:
        answer = self.container(**params)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def publish(self, container: str) -> Answer:
        return self.call("POST", f"{self.user}/threads_publish", creation_id=container)

    def posted(self, **params: str) -> str:
        answer = self.publish(self.made(**params))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def status(self, container: str) -> dict[str, str]:
        found: dict[str, str] = self.get(container, fields="status,error_message").json()
        return found

    def feed(self) -> list[Any]:
        return self.store.feed("threads", self.account_id)


@pytest.fixture
def threads(practice_server: PracticeServer) -> ThreadsClient:
    return ThreadsClient(practice_server)


def refused(answer: Answer, status: int, code: int, subcode: int | None = None) -> str:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert (error["code"], error.get("error_subcode")) == (code, subcode), answer.text
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    return str(error["message"])


# tokens


def authorize(threads: ThreadsClient, **changes: str) -> Mapping[str, str]:
    asked = {
        "client_id": "practice-app",
        "redirect_uri": BACK,
        "scope": SCOPES,
        "response_type": "code",
        "state": "s",
        "practice_decision": "allow",
        "practice_account": str(threads.account_id),
    } | changes
    url = f"{threads.base}/login/oauth/authorize"
    answer = requests.get(url, asked, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def code_form(code: str, **changes: str) -> dict[str, str]:
    app = {"client_id": "practice-app", "client_secret": "practice-secret", "grant_type": "authorization_code"}
    return app | {"redirect_uri": BACK, "code": code} | changes


def short_token(threads: ThreadsClient, **changes: str) -> str:
    form = code_form(authorize(threads, **changes)["code"])
    answer = requests.post(f"{threads.base}/api/oauth/access_token", data=form, timeout=10)
    return str(answer.json()["access_token"])


def test_a_code_becomes_a_short_token_then_a_long_one_then_a_new_one(
    threads: ThreadsClient, practice_clock: HeldClock
) -> None:
    url = f"{threads.base}/api/oauth/access_token"
    code = authorize(threads)["code"]
    said = requests.post(url, data=code_form(code), timeout=10).json()
    assert said["user_id"] == int(threads.user)
    refused(requests.post(url, data=code_form(code), timeout=10), 400, 100)
    exchange = {"grant_type": "th_exchange_token", "client_secret": "practice-secret"}
    refused(threads.get("access_token", **exchange | {"client_secret": "no"}), 400, 101)
    long = threads.call("GET", "access_token", said["access_token"], **exchange).json()
    assert (long["expires_in"], long["token_type"]) == (60 * DAY, "bearer")
    refresh = {"grant_type": "th_refresh_token"}
    refused(threads.call("GET", "refresh_access_token", long["access_token"], **refresh), 400, 100)
    practice_clock.advance(DAY)
    refused(threads.call("GET", "refresh_access_token", said["access_token"], **refresh), 401, 190, 463)
    again = threads.call("GET", "refresh_access_token", long["access_token"], **refresh).json()
    practice_clock.advance(59 * DAY)
    refused(threads.call("GET", "me", long["access_token"]), 401, 190, 463)
    assert threads.call("GET", "me", again["access_token"]).json()["id"] == threads.user
    refused(threads.call("GET", "refresh_access_token", long["access_token"], **refresh), 401, 190, 463)


def test_a_wrong_secret_and_another_address_are_refused(threads: ThreadsClient) -> None:
    url = f"{threads.base}/api/oauth/access_token"
    for changes, code in (
        ({"client_secret": "no"}, 101),
        ({"redirect_uri": BACK + "/"}, 100),
        ({"grant_type": "x"}, 100),
    ):
        form = code_form(authorize(threads)["code"], **changes)
        refused(requests.post(url, data=form, timeout=10), 400, code)
    assert authorize(threads, practice_decision="refuse")["error"] == "access_denied"


def test_only_short_tokens_are_exchanged_and_only_long_ones_refreshed(threads: ThreadsClient) -> None:
    exchange = {"grant_type": "th_exchange_token", "client_secret": "practice-secret"}
    refused(threads.get("access_token", **exchange), 401, 190, 452)
    short = short_token(threads)
    refused(threads.call("GET", "refresh_access_token", short, grant_type="th_refresh_token"), 401, 190, 452)


def test_a_token_may_come_as_a_header_and_is_required(threads: ThreadsClient) -> None:
    url, header = f"{threads.base}/api/me", {"Authorization": f"Bearer {threads.token}"}
    assert requests.get(url, headers=header, timeout=10).json() == {"id": threads.user}
    refused(requests.get(url, timeout=10), 400, 2500)
    refused(threads.call("GET", "me", "wrong"), 401, 190, 467)


def test_a_token_can_be_looked_at(threads: ThreadsClient, practice_clock: HeldClock) -> None:
    found = threads.get("debug_token", input_token=threads.token).json()["data"]
    assert (found["is_valid"], found["user_id"]) == (True, threads.user)
    assert found["expires_at"] - found["issued_at"] == 60 * DAY
    assert "threads_content_publish" in found["scopes"]
    assert threads.get("debug_token", input_token="wrong").json()["data"]["is_valid"] is False


def test_what_a_token_does_not_allow_is_refused(threads: ThreadsClient) -> None:
    post = threads.posted(media_type="TEXT", text="Hello")
    form = code_form(authorize(threads)["code"])
    threads.token = requests.post(f"{threads.base}/api/oauth/access_token", data=form, timeout=10).json()[
        "access_token"
    ]
    assert threads.posted(media_type="TEXT", text="Allowed")
    refused(threads.container(media_type="TEXT", text="Reply", reply_to_id=post), 403, 10)
    refused(threads.call("DELETE", post), 403, 10)
    refused(threads.get(f"{post}/insights", metric="likes"), 403, 10)
    refused(threads.get("me/threads_insights", metric="likes"), 403, 10)
    refused(threads.get("me/replies"), 403, 10)
    form = code_form(authorize(threads, scope="threads_basic")["code"])
    threads.token = requests.post(f"{threads.base}/api/oauth/access_token", data=form, timeout=10).json()[
        "access_token"
    ]
    refused(threads.container(media_type="TEXT", text="No"), 403, 10)


# containers


def test_a_profile_and_a_text_post(threads: ThreadsClient, practice_clock: HeldClock) -> None:
    fields = "id,username,name,threads_profile_picture_url"
    me = threads.get("me", fields=fields).json()
    assert (me["username"], me["name"]) == ("harbor", "Harbor Street Clinic")
    assert requests.get(me["threads_profile_picture_url"], timeout=10).content.startswith(b"\x89PNG")
    container = threads.made(media_type="TEXT", text="Open on Saturday")
    assert threads.status(container)["status"] == "FINISHED"
    post = threads.publish(container).json()["id"]
    assert threads.status(container)["status"] == "PUBLISHED"
    fields = "id,permalink,shortcode,text,timestamp,media_type,is_quote_post,username"
    found = threads.get(post, fields=fields).json()
    assert found["text"] == "Open on Saturday"
    assert found["timestamp"] == "2026-11-23T09:00:00+0000"
    assert (found["media_type"], found["is_quote_post"]) == ("TEXT_POST", False)
    assert found["permalink"].endswith(f"/practice/threads/web/@harbor/post/{found['shortcode']}")
    visit = requests.get(found["permalink"], allow_redirects=False, timeout=10)
    assert "/admin/practice/threads#post-" in visit.headers["Location"]
    assert requests.get(found["permalink"] + "x", allow_redirects=False, timeout=10).status_code == 404


def test_a_container_is_published_once(threads: ThreadsClient) -> None:
    container = threads.made(media_type="TEXT", text="Once")
    assert threads.publish(container).status_code == 200
    refused(threads.publish(container), 400, 24, 4279009)
    assert len(threads.feed()) == 1


def test_of_two_who_publish_at_once_one_is_refused(threads: ThreadsClient) -> None:
    containers = ThreadsContainers(threads.store, lambda _url: None)
    account = threads.store.accounts.get(threads.account_id)
    assert account is not None
    container = containers.publishable(account, threads.made(media_type="TEXT", text="Once"))
    containers.use_up(container)
    with pytest.raises(ThreadsRefusal):
        containers.use_up(container)


def test_text_can_be_published_in_one_call(threads: ThreadsClient) -> None:
    post = threads.container(media_type="TEXT", text="At once", auto_publish_text="true").json()["id"]
    assert threads.get(post, fields="text").json() == {"id": post, "text": "At once"}


def test_a_photo_with_alt_text(threads: ThreadsClient) -> None:
    post = threads.posted(media_type="IMAGE", image_url=PHOTO, text="A knee", alt_text="A knee brace on a table")
    found = threads.get(post, fields="media_type,media_url,alt_text").json()
    assert (found["media_type"], found["alt_text"]) == ("IMAGE", "A knee brace on a table")
    assert requests.get(found["media_url"], timeout=10).content.startswith(b"\xff\xd8")
    assert threads.feed()[0].images[0].alt == "A knee brace on a table"


def test_a_video_is_processed_first(threads: ThreadsClient, practice_clock: HeldClock, tmp_path: Path) -> None:
    threads.server.files[CLIP] = video(tmp_path / "a.mp4", 0.4, audio="aac").read_bytes()
    container = threads.made(media_type="VIDEO", video_url=CLIP, text="Exercise", alt_text="A leg")
    assert threads.status(container) == {"id": container, "status": "IN_PROGRESS"}
    refused(threads.publish(container), 400, 24, 4279009)
    practice_clock.advance(2)
    assert threads.status(container)["status"] == "FINISHED"
    post = threads.publish(container).json()["id"]
    assert threads.get(post, fields="media_type").json()["media_type"] == "VIDEO"
    assert threads.feed()[0].images[0].kind == "video"


def test_a_carousel_keeps_its_order(threads: ThreadsClient) -> None:
    children = []
    for number, colour in enumerate(("red", "green", "blue")):
        url = f"https://clinic.example/{number}.jpg"
        threads.server.files[url] = jpeg(300 + number, 300, colour)
        item = {"media_type": "IMAGE", "image_url": url, "is_carousel_item": "true", "alt_text": colour}
        children.append(threads.made(**item))
    refused(threads.publish(children[0]), 400, 24, 4279009)
    post = threads.posted(media_type="CAROUSEL", children=",".join(children), text="Three")
    found = threads.get(post, fields="media_type,children{id}").json()
    assert (found["media_type"], len(found["children"]["data"])) == ("CAROUSEL_ALBUM", 3)
    assert [one.alt for one in threads.feed()[0].images] == ["red", "green", "blue"]


def test_a_carousel_has_two_to_twenty_items_that_are_items(threads: ThreadsClient) -> None:
    item = threads.made(media_type="IMAGE", image_url=PHOTO, is_carousel_item="true")
    single = threads.made(media_type="IMAGE", image_url=PHOTO)
    refused(threads.container(media_type="CAROUSEL", children=item), 400, 100)
    refused(threads.container(media_type="CAROUSEL", children=",".join([item] * 21)), 400, 100)
    refused(threads.container(media_type="CAROUSEL", children=f"{item},{single}"), 400, 24, 4279009)
    refused(threads.container(media_type="CAROUSEL", children=f"{item},12345"), 400, 24, 4279009)


def test_a_container_lives_for_a_day(threads: ThreadsClient, practice_clock: HeldClock) -> None:
    container = threads.made(media_type="TEXT", text="Late")
    practice_clock.advance(DAY)
    assert threads.status(container)["status"] == "EXPIRED"
    refused(threads.publish(container), 400, 24, 4279009)


def test_the_text_counts_emoji_by_their_bytes(threads: ThreadsClient) -> None:
    assert text_length("é" * 3 + "日本" + "😀" + "👨‍👩‍👧" + "❤️" + "©") == 3 + 2 + 4 + 18 + 6 + 1
    assert threads.container(media_type="TEXT", text="x" * 496 + "😀").status_code == 200
    assert "500 characters" in refused(threads.container(media_type="TEXT", text="x" * 497 + "😀"), 400, 100)


def test_five_different_links_are_the_most(threads: ThreadsClient) -> None:
    links = [f"https://clinic.example/{number}" for number in range(5)]
    text = " ".join([*links, links[0]])
    assert threads.container(media_type="TEXT", text=text, link_attachment=links[1]).status_code == 200
    answer = threads.container(media_type="TEXT", text=text, link_attachment="https://clinic.example/6")
    assert refused(answer, 400, 100) == "THREADS_API__LINK_LIMIT_EXCEEDED"


def test_a_link_makes_a_card(threads: ThreadsClient) -> None:
    post = threads.posted(media_type="TEXT", text="Read", link_attachment="https://clinic.example/knees")
    card = threads.feed()[0].card
    assert card is not None
    assert (card.url, card.host) == ("https://clinic.example/knees", "clinic.example")
    fields = threads.get(post, fields="link_attachment_url").json()
    assert fields["link_attachment_url"] == "https://clinic.example/knees"


REFUSED: list[dict[str, str]] = [
    {},
    {"media_type": "STORY"},
    {"media_type": "TEXT"},
    {"media_type": "TEXT", "text": "  "},
    {"media_type": "IMAGE"},
    {"media_type": "IMAGE", "image_url": "/media/knee.jpg"},
    {"media_type": "IMAGE", "image_url": PHOTO, "video_url": CLIP},
    {"media_type": "TEXT", "text": "x", "image_url": PHOTO},
    {"media_type": "TEXT", "text": "x", "is_carousel_item": "true"},
    {"media_type": "TEXT", "text": "x", "alt_text": "x"},
    {"media_type": "IMAGE", "image_url": PHOTO, "alt_text": "x" * 1001},
    {"media_type": "IMAGE", "image_url": PHOTO, "link_attachment": "https://clinic.example"},
    {"media_type": "IMAGE", "image_url": PHOTO, "auto_publish_text": "true"},
    {"media_type": "TEXT", "text": "x", "link_attachment": "clinic.example"},
    {"media_type": "TEXT", "text": "x", "reply_control": "nobody"},
    {"media_type": "TEXT", "text": "x", "topic_tag": "a.b"},
    {"media_type": "TEXT", "text": "x", "topic_tag": "a" * 51},
    {"media_type": "TEXT", "text": "x", "text_attachment": "no"},
    {"media_type": "TEXT", "text": "x", "text_attachment": json.dumps({"plaintext": "x" * 10_001})},
    {"media_type": "CAROUSEL", "children": "[1"},
]


def test_containers_that_are_refused(threads: ThreadsClient) -> None:
    for params in REFUSED:
        refused(threads.container(**params), 400, 100)


def test_what_was_chosen_is_kept_and_shown(threads: ThreadsClient) -> None:
    post = threads.posted(media_type="TEXT", text="x", topic_tag="running shoes", reply_control="followers_only")
    found = threads.get(post, fields="topic_tag,reply_audience").json()
    assert found == {"id": post, "topic_tag": "running shoes", "reply_audience": "FOLLOWERS_ONLY"}
    assert "running shoes" in threads.feed()[0].html


def test_photos_that_are_refused(threads: ThreadsClient) -> None:
    files = threads.server.files
    refused(threads.container(media_type="IMAGE", image_url=PHOTO + "x"), 400, 1, 2207052)
    for name, data in {
        "gif": moving_gif(),
        "no": b"no photo",
        "wide": jpeg(1100, 100),
        "big": bytes(9 * 2**20),
    }.items():
        files[f"https://clinic.example/{name}"] = data
        answer = threads.container(media_type="IMAGE", image_url=f"https://clinic.example/{name}")
        refused(answer, 400, 100, 2207004)


def test_videos_that_cannot_be_used_end_in_an_error(threads: ThreadsClient, tmp_path: Path) -> None:
    slow = video(tmp_path / "wide.mp4", 0.2, size=(1922, 100)).read_bytes()
    other = video(tmp_path / "o.mp4", 0.2, codec="mpeg4").read_bytes()
    sound = video(tmp_path / "s.mp4", 0.2, audio="mp3").read_bytes()
    flat = video(tmp_path / "f.mp4", 0.2, size=(640, 32)).read_bytes()
    cases = {
        "gone": (None, "FAILED_DOWNLOADING_VIDEO"),
        "text": (b"no video", "FAILED_PROCESSING_VIDEO"),
        "wide": (slow, "FAILED_PROCESSING_VIDEO"),
        "other": (other, "FAILED_PROCESSING_VIDEO"),
        "sound": (sound, "FAILED_PROCESSING_AUDIO"),
        "flat": (flat, "INVALID_ASPEC_RATIO"),
    }
    for name, (data, error) in cases.items():
        url = f"https://clinic.example/{name}"
        if data is not None:
            threads.server.files[url] = data
        container = threads.made(media_type="VIDEO", video_url=url)
        assert threads.status(container) == {"id": container, "status": "ERROR", "error_message": error}, name
        refused(threads.publish(container), 400, 24, 4279009)


# replies, lists, deletion, quotas, insights


def test_a_reply_thread(threads: ThreadsClient) -> None:
    first = threads.posted(media_type="TEXT", text="One")
    second = threads.posted(media_type="TEXT", text="Two", reply_to_id=first)
    third = threads.posted(media_type="TEXT", text="Three", reply_to_id=second)
    found = threads.get(third, fields="is_reply,replied_to,root_post").json()
    assert (found["replied_to"], found["root_post"]) == ({"id": second}, {"id": first})
    assert [one["id"] for one in threads.get("me/threads").json()["data"]] == [first]
    assert [one["id"] for one in threads.get("me/replies").json()["data"]] == [third, second]
    assert [one["id"] for one in threads.get(f"{first}/replies").json()["data"]] == [second]
    refused(threads.container(media_type="TEXT", text="x", reply_to_id="12"), 400, 24, 4279009)


def test_lists_are_bounded_and_paged(threads: ThreadsClient, practice_clock: HeldClock) -> None:
    posts = []
    for number in range(3):
        posts.append(threads.posted(media_type="TEXT", text=str(number)))
        practice_clock.advance(60)
    since = str(practice_clock.now_ms() // 1000 - 130)
    found = threads.get("me/threads", fields="id,text", since=since).json()["data"]
    assert [one["text"] for one in found] == ["2", "1"]
    assert len(threads.get("me/threads", until="2026-11-23T09:00:30+00:00").json()["data"]) == 1
    page = threads.get("me/threads", limit="2").json()
    after = page["paging"]["cursors"]["after"]
    assert [one["id"] for one in threads.get("me/threads", after=after).json()["data"]] == [posts[0]]
    refused(threads.get("me/threads", after="no"), 400, 100)
    refused(threads.get("me/threads", since="soon"), 400, 100)
    refused(threads.get("me/threads", fields="id,colour"), 400, 100)


def test_quotas_are_told_and_enforced(threads: ThreadsClient, practice_clock: HeldClock) -> None:
    first = threads.posted(media_type="TEXT", text="One")
    threads.posted(media_type="TEXT", text="Two", reply_to_id=first)
    assert threads.call("DELETE", first).json() == {"success": True, "deleted_id": first}
    fields = "quota_usage,config,reply_quota_usage,reply_config,delete_quota_usage,delete_config"
    told = threads.get("me/threads_publishing_limit", fields=fields).json()["data"][0]
    assert (told["quota_usage"], told["reply_quota_usage"], told["delete_quota_usage"]) == (1, 1, 1)
    assert told["config"] == {"quota_total": 250, "quota_duration": DAY}
    assert (told["reply_config"]["quota_total"], told["delete_config"]["quota_total"]) == (1000, 100)
    use_up(threads, 249)
    container = threads.made(media_type="TEXT", text="Too many")
    refused(threads.publish(container), 403, 9, 2207042)
    practice_clock.advance(DAY - 10)
    container = threads.made(media_type="TEXT", text="Too many")
    practice_clock.advance(10)
    assert threads.publish(container).status_code == 200


def use_up(threads: ThreadsClient, number: int) -> None:
    account = threads.store.accounts.get(threads.account_id)
    assert account is not None
    for _ in range(number):
        ThreadsQuotas(threads.store).spend(account, POSTS)


def test_deletion_is_for_ones_own_posts(threads: ThreadsClient, practice_server: PracticeServer) -> None:
    other = ThreadsClient(practice_server, "other")
    post = threads.posted(media_type="TEXT", text="Mine")
    refused(other.call("DELETE", post), 400, 100, 33)
    threads.call("DELETE", post)
    refused(threads.call("DELETE", post), 400, 100, 33)
    refused(threads.get(post), 400, 100, 33)
    assert threads.feed() == []


def test_insights(threads: ThreadsClient) -> None:
    post = threads.posted(media_type="TEXT", text="Seen")
    threads.store.posts.set_counts(threads.feed()[0].id, likes=7, quotes=2)
    data = threads.get(f"{post}/insights", metric="views,likes,quotes").json()["data"]
    assert {one["name"]: one["values"][0]["value"] for one in data} == {"views": 0, "likes": 7, "quotes": 2}
    data = threads.get("me/threads_insights", metric="likes,followers_count").json()["data"]
    assert {one["name"]: one["total_value"]["value"] for one in data} == {"likes": 7, "followers_count": 0}
    for metric in ("", "saves"):
        refused(threads.get(f"{post}/insights", metric=metric), 400, 100)


def test_a_repost_has_no_insights(threads: ThreadsClient) -> None:
    post = threads.posted(media_type="TEXT", text="Again")
    again = threads.call("POST", f"{post}/repost").json()["id"]
    assert threads.get(again, fields="media_type").json()["media_type"] == "REPOST_FACADE"
    assert threads.get(f"{again}/insights", metric="likes").json() == {"data": []}
    data = threads.get(f"{post}/insights", metric="reposts").json()["data"]
    assert data[0]["values"] == [{"value": 1}]


def test_unknown_calls_are_refused(threads: ThreadsClient) -> None:
    refused(threads.get("99"), 400, 100, 33)
    refused(threads.get("me/friends"), 400, 100, 33)
    refused(threads.call("POST", f"{threads.user}/threads_publish"), 400, 100)
    refused(threads.get("a/b/c"), 400, 100, 33)
    refused(threads.publish("99"), 400, 24, 4279009)


# failure switches and limits


@pytest.mark.parametrize(
    ("kind", "status", "code", "subcode", "posted"),
    [
        ("rate_limited", 403, 4, None, 0),
        ("error_before", 500, 2, None, 0),
        ("expired_token", 401, 190, 463, 0),
        ("misconfigured_app", 400, 200, None, 0),
        ("error_after", 500, 2, None, 1),
        ("duplicate", 400, 24, 4279009, 1),
    ],
)
def test_publishing_goes_wrong(
    threads: ThreadsClient, kind: str, status: int, code: int, subcode: int | None, posted: int
) -> None:
    container = threads.made(media_type="TEXT", text="Hello")
    threads.store.set_switch(threads.account_id, kind, seconds=90)
    answer = threads.publish(container)
    refused(answer, status, code, subcode)
    assert len(threads.feed()) == posted
    assert threads.status(container)["status"] == ("PUBLISHED" if posted else "FINISHED")
    if kind == "rate_limited":
        usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])[threads.user][0]
        assert usage["estimated_time_to_regain_access"] == 2


def test_the_answer_is_lost_and_the_container_tells(threads: ThreadsClient) -> None:
    container = threads.made(media_type="TEXT", text="Hello")
    threads.store.set_switch(threads.account_id, FailureSwitch.CLOSE_AFTER)
    with pytest.raises(requests.ConnectionError):
        threads.publish(container)
    assert threads.status(container)["status"] == "PUBLISHED"
    assert threads.get("me/threads", fields="id,text").json()["data"][0]["text"] == "Hello"


def test_a_revoked_app_a_suspended_account(threads: ThreadsClient) -> None:
    threads.store.set_switch(threads.account_id, FailureSwitch.REVOKED_APP)
    refused(threads.get("me"), 401, 190, 458)
    threads.store.accounts.set_status(threads.account_id, "suspended")
    refused(threads.get("me"), 403, 10, 4279013)


def test_media_are_rejected_or_slow(threads: ThreadsClient, practice_clock: HeldClock, tmp_path: Path) -> None:
    threads.server.files[CLIP] = video(tmp_path / "a.mp4", 0.2).read_bytes()
    threads.store.set_switch(threads.account_id, FailureSwitch.REJECTED_MEDIA, requests=2)
    refused(threads.container(media_type="IMAGE", image_url=PHOTO), 400, 1, 2207052)
    container = threads.made(media_type="VIDEO", video_url=CLIP)
    assert threads.status(container)["error_message"] == "INVALID_BIT_RATE"
    threads.store.set_switch(threads.account_id, FailureSwitch.SLOW_PROCESSING, seconds=60)
    container = threads.made(media_type="IMAGE", image_url=PHOTO)
    practice_clock.advance(59)
    assert threads.status(container)["status"] == "IN_PROGRESS"
    practice_clock.advance(1)
    assert threads.status(container)["status"] == "FINISHED"


def test_calls_are_counted_in_a_header(threads: ThreadsClient) -> None:
    assert json.loads(threads.get("me").headers["X-App-Usage"])["call_count"] == 0
    threads.store.rates.spend(CALL_BUDGET, threads.user, 48_000)
    refused(threads.get("me"), 403, 4)


def test_the_request_log_shows_no_token(threads: ThreadsClient) -> None:
    threads.posted(media_type="TEXT", text="Logged")
    logged = threads.store.requests.newest("threads")
    assert "Logged" in "".join(one.body for one in logged)
    assert all(threads.token not in one.body + one.path for one in logged)
