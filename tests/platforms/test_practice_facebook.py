"""The Facebook imitation: signing in, every way to publish, looking back, and what the Graph API refuses."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from scheduler.practice.meta.tokens import LONG_MS, MetaTokens
from scheduler.practice.networks.facebook.server import SCOPES, THROTTLE
from scheduler.practice.posts import NewPost
from tests.support.pictures import video
from tests.support.practice_clients import jpeg
from tests.support.practice_server import HeldClock, PracticeServer

REDIRECT = "http://127.0.0.1:9/back"
APP = {"client_id": "practice-app", "client_secret": "practice-secret"}
DAY = 86_400


class Graph:
    """One Page."""

    def __init__(self, server: PracticeServer) -> None:
        made = server.store.create_account("facebook", "harbor", "Harbor Street Clinic")
        self.server, self.store, self.account_id = server, server.store, made.account_id
        self.token, self.page = made.more["access_token"], made.more["page_id"]
        self.base = f"{server.url}/practice/facebook"

    def call(self, verb: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return requests.request(verb, f"{self.base}/api/v25.0/{path}", headers=headers, timeout=10, **more)

    def feed(self, message: str = "", timeout: float = 10, **fields: Any) -> requests.Response:
        return requests.post(
            f"{self.base}/api/v25.0/{self.page}/feed",
            json={"message": message, "access_token": self.token, **fields},
            timeout=timeout,
        )

    def photo(self, **fields: str) -> requests.Response:
        return self.call("POST", f"{self.page}/photos", data=fields, files={"source": ("a.jpg", jpeg(), "image/jpeg")})

    def published(self) -> list[dict[str, Any]]:
        wanted = {"fields": "id,message,permalink_url,attachments{media_type,unshimmed_url,subattachments}"}
        listed: list[dict[str, Any]] = self.call("GET", f"{self.page}/published_posts", params=wanted).json()["data"]
        return listed

    def user_token(self, scopes: tuple[str, ...] = SCOPES, lifetime_ms: int = LONG_MS) -> str:
        return MetaTokens(self.store, "facebook").issue("user", self.account_id, scopes, lifetime_ms)

    def with_scopes(self, *scopes: str) -> None:
        tokens = MetaTokens(self.store, "facebook")
        self.token = tokens.page_token(tokens.read(self.user_token(scopes)), self.account_id)


@pytest.fixture
def graph(practice_server: PracticeServer) -> Graph:
    return Graph(practice_server)


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return video(tmp_path_factory.mktemp("reel") / "reel.mp4", 3.2, size=(540, 960)).read_bytes()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return video(tmp_path_factory.mktemp("clip") / "clip.mp4", 1.0).read_bytes()


def refused(answer: requests.Response, code: int, subcode: int | None = None) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    assert (error["code"], error.get("error_subcode")) == (code, subcode), error
    assert answer.status_code >= 400
    return error


# signing in


def test_a_person_allows_and_the_page_token_of_a_long_user_token_never_expires(graph: Graph) -> None:
    asked = {**APP, "redirect_uri": REDIRECT, "state": "s1", "response_type": "code", "scope": ",".join(SCOPES)}
    choice = {"practice_decision": "allow", "practice_account": str(graph.account_id)}
    dialog = f"{graph.base}/login/v25.0/dialog/oauth"
    assert "pages_manage_posts" in requests.get(dialog, params=asked, timeout=10).text
    back = requests.get(dialog, params={**asked, **choice}, timeout=10, allow_redirects=False)
    said = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    assert said["state"] == "s1"

    exchange = f"{graph.base}/api/v25.0/oauth/access_token"
    redeem = {**APP, "redirect_uri": REDIRECT, "code": said["code"]}
    refused(requests.get(exchange, params={**redeem, "client_secret": "wrong"}, timeout=10), 1)
    refused(requests.get(exchange, params={**redeem, "client_id": "wrong"}, timeout=10), 101)
    short = requests.get(exchange, params=redeem, timeout=10).json()
    assert short["expires_in"] == 7200
    refused(requests.get(exchange, params=redeem, timeout=10), 100, 36009)
    lengthen = {**APP, "grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
    long = requests.get(exchange, params=lengthen, timeout=10).json()
    assert long["expires_in"] == 60 * DAY

    expiry = {}
    for name, token in (("short", short["access_token"]), ("long", long["access_token"])):
        graph.token = token
        fields = {"fields": "id,name,tasks,access_token,instagram_business_account"}
        (page,) = graph.call("GET", "me/accounts", params=fields).json()["data"]
        assert (page["id"], page["name"]) == (graph.page, "Harbor Street Clinic")
        asked_about = {"input_token": page["access_token"], "access_token": "practice-app|practice-secret"}
        expiry[name] = requests.get(f"{graph.base}/api/v25.0/debug_token", params=asked_about, timeout=10).json()[
            "data"
        ]
    assert expiry["short"]["expires_at"] > 0
    assert expiry["long"]["expires_at"] == 0 and expiry["long"]["is_valid"] is True
    assert expiry["long"]["type"] == "PAGE"


def test_a_code_is_for_one_redirect_address(graph: Graph) -> None:
    asked = {**APP, "redirect_uri": REDIRECT, "response_type": "code", "scope": "pages_show_list"}
    choice = {"practice_decision": "allow", "practice_account": str(graph.account_id)}
    dialog = f"{graph.base}/login/v25.0/dialog/oauth"
    back = requests.get(dialog, params={**asked, **choice}, timeout=10, allow_redirects=False)
    code = dict(parse_qsl(urlsplit(back.headers["Location"]).query))["code"]
    redeem = {**APP, "redirect_uri": f"{REDIRECT}/other", "code": code}
    refused(requests.post(f"{graph.base}/api/v25.0/oauth/access_token", data=redeem, timeout=10), 100, 36009)


def test_what_was_granted_can_be_read_and_taken_back(graph: Graph) -> None:
    graph.token = graph.user_token(("pages_show_list",))
    granted = graph.call("GET", "me/permissions").json()["data"]
    assert granted == [{"permission": "pages_show_list", "status": "granted"}]
    assert graph.call("GET", "me/businesses").json() == {"data": []}
    assert graph.call("GET", "me").json()["name"] == "Harbor Street Clinic (owner)"
    assert graph.call("DELETE", "me/permissions").json() == {"success": True}
    refused(graph.call("GET", "me/permissions"), 190, 458)


def test_tokens_die_for_the_reasons_that_the_real_ones_die_of(graph: Graph, practice_clock: HeldClock) -> None:
    graph.token, page_token = graph.user_token(lifetime_ms=3_600_000), graph.token
    practice_clock.advance(3601)
    assert refused(graph.call("GET", "me/accounts"), 190, 463)["type"] == "OAuthException"
    graph.token = page_token
    assert graph.feed("Still alive").status_code == 200
    practice_clock.advance(91 * DAY)
    refused(graph.feed("Data access is over"), 190, 460)
    graph.token = "EAAPforged"
    refused(graph.feed("Hello"), 190)
    graph.token = ""
    refused(graph.feed("Hello"), 104)


def test_a_wrong_proof_is_refused_and_a_right_one_taken(graph: Graph) -> None:
    right = hmac.new(b"practice-secret", graph.token.encode(), hashlib.sha256).hexdigest()
    assert graph.feed("With proof", appsecret_proof=right).status_code == 200
    refused(graph.feed("Without", appsecret_proof="0" * 64), 104)


def test_rights_are_checked_call_by_call(graph: Graph) -> None:
    post = graph.feed("First").json()["id"]
    graph.with_scopes("pages_read_engagement")
    refused(graph.feed("Second"), 200)
    refused(graph.photo(), 200)
    refused(graph.call("POST", f"{post}/comments", data={"message": "Hi"}), 200)
    refused(graph.call("GET", f"{post}/insights", params={"metric": "post_clicks"}), 10)
    graph.with_scopes("pages_manage_posts")
    refused(graph.call("GET", f"{graph.page}/published_posts"), 10)
    refused(graph.call("GET", post), 10)
    graph.token = graph.user_token()
    refused(graph.feed("As a person"), 190, 2069032)
    graph.token = graph.user_token(("read_insights",))
    refused(graph.call("GET", "me/accounts"), 200)


@pytest.mark.parametrize(
    ("status", "code", "subcode"), [("suspended", 368, None), ("deactivated", 190, 459), ("takendown", 190, 492)]
)
def test_a_blocked_account_is_told_why(graph: Graph, status: str, code: int, subcode: int | None) -> None:
    graph.store.accounts.set_status(graph.account_id, status)
    refused(graph.feed("Hello"), code, subcode)


def test_another_page_is_not_visible(graph: Graph) -> None:
    other = graph.store.create_account("facebook", "other", "Other").more["page_id"]
    for path in (f"{other}/feed", f"{other}/photos", f"{other}/video_reels"):
        assert refused(graph.call("POST", path, data={"message": "x"}), 100, 33)["type"] == "GraphMethodException"
    refused(graph.call("GET", f"{other}_1"), 100, 33)
    refused(graph.call("GET", "no/such/call"), 100, 33)


def test_versions_are_in_the_path(graph: Graph) -> None:
    old = requests.get(f"{graph.base}/api/v19.0/me", params={"access_token": graph.token}, timeout=10)
    assert old.status_code == 200 and "x-ad-api-version-warning" in old.headers
    usual = requests.get(f"{graph.base}/api/v25.0/me", params={"access_token": graph.token}, timeout=10)
    assert usual.headers["facebook-api-version"] == "v25.0" and "x-ad-api-version-warning" not in usual.headers
    refused(requests.get(f"{graph.base}/api/v99.0/me", params={"access_token": graph.token}, timeout=10), 2500)


# text and link


def test_a_text_is_published_listed_edited_and_deleted(graph: Graph) -> None:
    answer = graph.feed("Knees love stairs.  ", fields="id,permalink_url")
    post = answer.json()
    assert post["id"].startswith(f"{graph.page}_")
    assert json.loads(answer.headers["X-App-Usage"])["call_count"] == 0
    assert graph.page in json.loads(answer.headers["X-Business-Use-Case-Usage"])
    assert (
        requests.get(post["permalink_url"], timeout=10, allow_redirects=False)
        .headers["Location"]
        .startswith("/admin/practice/facebook#post-")
    )
    assert [one["message"] for one in graph.published()] == ["Knees love stairs."]
    assert graph.call("POST", post["id"], data={"message": "Knees like stairs."}).json() == {"success": True}
    assert graph.call("GET", post["id"], params={"fields": "message"}).json()["message"] == "Knees like stairs."
    refused(graph.call("POST", post["id"], data={"message": " "}), 100, 1349125)
    assert graph.call("DELETE", post["id"]).json() == {"success": True}
    refused(graph.call("DELETE", post["id"]), 100, 33)
    assert graph.published() == []


def test_a_link_becomes_a_card(graph: Graph) -> None:
    link = "https://clinic.example/blog/knees"
    graph.feed("Read on", link=link)
    (attachment,) = graph.published()[0]["attachments"]["data"]
    assert (attachment["media_type"], attachment["unshimmed_url"]) == ("link", link)
    (shown,) = graph.store.feed("facebook")
    assert shown.card is not None and shown.card.url == link


def test_what_the_feed_refuses(graph: Graph) -> None:
    refused(graph.feed(""), 100, 1349125)
    refused(graph.feed("x" * 63_207), 100)
    assert graph.feed("x" * 63_206).status_code == 200
    refused(graph.feed("Hi", link="clinic.example"), 1500, 1609005)
    refused(graph.feed("Hi", link="https://www.facebook.com/x"), 200, 1609008)
    refused(graph.feed("Hi", attached_media=[{"media_fbid": "1"}]), 100)
    refused(graph.feed("Hi", published="perhaps"), 100)
    refused(graph.feed("Hi", fields="no_such_field"), 100)


def test_the_same_text_again_is_a_duplicate_until_another_comes_between(graph: Graph) -> None:
    assert graph.feed("Once").status_code == 200
    assert refused(graph.feed("Once"), 506, 1455006)["error_user_title"] == "Duplicate Status Update"
    assert graph.feed("Between").status_code == 200
    assert graph.feed("Once").status_code == 200


def test_facebook_schedules_between_ten_minutes_and_thirty_days(graph: Graph, practice_clock: HeldClock) -> None:
    now = practice_clock.now_ms() // 1000
    for wrong in (now + 599, now + 30 * DAY + 1):
        refused(graph.feed("Later", published=False, scheduled_publish_time=wrong), 100)
    refused(graph.feed("Later", scheduled_publish_time=now + 3600), 100)
    graph.feed("Later", published=False, scheduled_publish_time=now + 3600)
    waiting = graph.call("GET", f"{graph.page}/scheduled_posts", params={"fields": "message,scheduled_publish_time"})
    assert [one["scheduled_publish_time"] for one in waiting.json()["data"]] == [now + 3600]
    assert graph.published() == []
    practice_clock.advance(3600)
    assert [one["message"] for one in graph.published()] == ["Later"]


def test_the_listing_is_paged_and_bounded_in_time(graph: Graph, practice_clock: HeldClock) -> None:
    start = practice_clock.now_ms() // 1000
    for number in range(3):
        graph.feed(f"Post {number}")
        practice_clock.advance(60)
    path = f"{graph.page}/published_posts"
    first = graph.call("GET", path, params={"limit": 2, "fields": "message"}).json()
    assert [one["message"] for one in first["data"]] == ["Post 2", "Post 1"] and "next" in first["paging"]
    after = {"after": first["paging"]["cursors"]["after"], "fields": "message"}
    rest = graph.call("GET", path, params=after).json()
    assert [one["message"] for one in rest["data"]] == ["Post 0"] and "next" not in rest["paging"]
    since = graph.call("GET", path, params={"since": start + 60, "until": start + 60, "fields": "message"}).json()
    assert [one["message"] for one in since["data"]] == ["Post 1"]


# photos


def test_one_photo_with_its_alt_text(graph: Graph) -> None:
    made = graph.photo(message="A knee", alt_text_custom="A bent knee").json()
    assert made["post_id"].startswith(f"{graph.page}_")
    (shown,) = graph.store.feed("facebook")
    assert (shown.text, shown.images[0].alt) == ("A knee", "A bent knee")
    assert graph.call("GET", made["id"], params={"fields": "width,alt_text_custom"}).json()["alt_text_custom"]
    assert graph.published()[0]["attachments"]["data"][0]["media_type"] == "photo"


def test_several_photos_are_uploaded_unpublished_and_attached(graph: Graph) -> None:
    ids = [graph.photo(published="false", alt_text_custom=f"Photo {n}").json()["id"] for n in range(3)]
    assert graph.published() == []
    attached = {f"attached_media[{n}]": json.dumps({"media_fbid": one}) for n, one in enumerate(ids)}
    answer = graph.call("POST", f"{graph.page}/feed", data={"message": "Three", **attached})
    assert answer.status_code == 200
    (album,) = graph.published()[0]["attachments"]["data"]
    assert [one["target"]["id"] for one in album["subattachments"]["data"]] == ids
    assert [image.alt for image in graph.store.feed("facebook")[0].images] == ["Photo 0", "Photo 1", "Photo 2"]
    refused(graph.feed("Again", attached_media=[{"media_fbid": ids[0]}]), 100)


def test_a_photo_from_an_address(graph: Graph, practice_server: PracticeServer) -> None:
    practice_server.files["https://clinic.example/a.jpg"] = jpeg()
    assert graph.call("POST", f"{graph.page}/photos", data={"url": "https://clinic.example/a.jpg"}).status_code == 200
    refused(graph.call("POST", f"{graph.page}/photos", data={"url": "https://clinic.example/b.jpg"}), 324, 2069019)
    refused(graph.call("POST", f"{graph.page}/photos", data={"message": "None"}), 324)


def test_an_unreadable_photo_and_an_unused_one(graph: Graph, practice_clock: HeldClock) -> None:
    files = {"source": ("a.jpg", b"not a picture", "image/jpeg")}
    answer = graph.call("POST", f"{graph.page}/photos", files=files)
    assert refused(answer, 100, 1366046)["error_user_title"] == "Can't Read Files"
    graph.store.set_switch(graph.account_id, "rejected_media")
    refused(graph.photo(), 100, 1366046)
    old = graph.photo(published="false").json()["id"]
    practice_clock.advance(DAY)
    refused(graph.call("POST", f"{graph.page}/photo_stories", data={"photo_id": old}), 100, 33)


def test_a_photo_story(graph: Graph) -> None:
    photo = graph.photo(published="false").json()["id"]
    answer = graph.call("POST", f"{graph.page}/photo_stories", data={"photo_id": photo}).json()
    assert answer["success"] is True
    listed = graph.call("GET", f"{graph.page}/stories").json()["data"]
    assert [(one["post_id"], one["media_id"]) for one in listed] == [(answer["post_id"], photo)]
    assert graph.published() == []
    assert graph.store.feed("facebook")[0].warning == "Story"
    refused(graph.call("POST", f"{graph.page}/photo_stories", data={"photo_id": photo}), 100)


# videos


def test_a_video_in_one_call_shows_its_post_when_processed(
    graph: Graph, clip: bytes, practice_clock: HeldClock
) -> None:
    files = {"source": ("v.mp4", clip, "video/mp4")}
    path = f"{graph.base}/video/v25.0/{graph.page}/videos"
    fields = {"description": "A walk", "access_token": graph.token}
    made = requests.post(path, data=fields, files=files, timeout=10).json()["id"]
    asked = {"fields": "status,post_id,published"}
    before = graph.call("GET", made, params=asked).json()
    assert before["status"]["video_status"] == "processing" and "post_id" not in before and not before["published"]
    assert graph.published() == []
    practice_clock.advance(2)
    after = graph.call("GET", made, params=asked).json()
    assert after["status"]["video_status"] == "ready" and after["published"] is True
    assert [one["id"] for one in graph.published()] == [after["post_id"]]
    listed = graph.call("GET", f"{graph.page}/videos").json()["data"]
    assert [one["description"] for one in listed] == ["A walk"]
    assert graph.call("POST", f"{made}/comments", data={"message": "First"}).status_code == 200
    assert graph.call("DELETE", made).json() == {"success": True}
    assert graph.published() == []


def test_a_video_in_chunks(graph: Graph, clip: bytes, practice_clock: HeldClock) -> None:
    path = f"{graph.page}/videos"
    refused(graph.call("POST", path, data={"upload_phase": "start"}), 100)
    start = graph.call("POST", path, data={"upload_phase": "start", "file_size": len(clip)}).json()
    session = {"upload_session_id": start["upload_session_id"]}
    middle = len(clip) // 2

    def send(offset: int, data: bytes) -> requests.Response:
        fields = {"upload_phase": "transfer", "start_offset": offset, **session}
        return graph.call("POST", path, data=fields, files={"video_file_chunk": ("c", data, "video/mp4")})

    assert send(0, clip[:middle]).json()["start_offset"] == str(middle)
    refused(send(0, clip[:middle]), 6001, 1363037)
    refused(graph.call("POST", path, data={"upload_phase": "finish", **session}), 6000, 1363033)
    last = send(middle, clip[middle:]).json()
    assert last["start_offset"] == last["end_offset"] == str(len(clip))
    finish = {"upload_phase": "finish", "description": "In pieces", **session}
    assert graph.call("POST", path, data=finish).json() == {"success": True}
    refused(graph.call("POST", path, data=finish), 100)
    practice_clock.advance(2)
    assert [one["message"] for one in graph.published()] == ["In pieces"]
    refused(graph.call("POST", path, data={"upload_phase": "transfer", "upload_session_id": "1"}), 6000, 1363041)


def test_a_cancelled_session_and_a_file_that_is_no_video(graph: Graph) -> None:
    path = f"{graph.page}/videos"
    start = graph.call("POST", path, data={"upload_phase": "start", "file_size": 9}).json()
    session = {"upload_session_id": start["upload_session_id"]}
    assert graph.call("POST", path, data={"upload_phase": "cancel", **session}).json() == {"success": True}
    refused(graph.call("POST", path, data={"upload_phase": "finish", **session}), 6000, 1363041)
    refused(graph.call("POST", path, data={"upload_phase": "other", **session}), 6000, 1363041)
    refused(graph.call("POST", path, files={"source": ("v.mp4", b"no", "video/mp4")}), 352, 1363024)
    refused(graph.call("POST", path, data={"file_url": "https://clinic.example/v.mp4"}), 389)
    refused(graph.call("POST", path, data={"title": "x"}), 100, 1363020)


def send_bytes(graph: Graph, url: str, data: bytes, offset: int = 0, size: int | None = None) -> requests.Response:
    headers = {"Authorization": f"OAuth {graph.token}", "offset": str(offset), "file-size": str(size or len(data))}
    return requests.post(url, data=data, headers=headers, timeout=10)


def test_a_reel(graph: Graph, reel: bytes, practice_clock: HeldClock) -> None:
    path = f"{graph.page}/video_reels"
    start = graph.call("POST", path, data={"upload_phase": "start"}).json()
    finish = {"upload_phase": "finish", "video_id": start["video_id"], "video_state": "PUBLISHED", "description": "R"}
    refused(graph.call("POST", path, data=finish), 6000, 1363030)
    assert send_bytes(graph, start["upload_url"], reel[:100], size=len(reel)).status_code == 400
    status = graph.call("GET", start["video_id"], params={"fields": "status"}).json()["status"]
    assert status["uploading_phase"]["bytes_transferred"] == 100
    again = send_bytes(graph, start["upload_url"], reel)
    assert again.json()["debug_info"]["type"] == "OffsetInvalidError"
    assert send_bytes(graph, start["upload_url"], reel[100:], 100, len(reel)).json() == {"success": True}
    assert graph.call("POST", path, data=finish).json() == {"success": True}
    practice_clock.advance(2)
    status = graph.call("GET", start["video_id"], params={"fields": "status,post_id"}).json()
    assert status["status"]["publishing_phase"]["status"] == "complete"
    assert [one["id"] for one in graph.published()] == [status["post_id"]]
    assert graph.store.feed("facebook")[0].warning == "Reel"
    listed = graph.call("GET", path, params={"fields": "id,post_id"}).json()["data"]
    assert [one["id"] for one in listed] == [start["video_id"]]
    metric = {"metric": "blue_reels_play_count"}
    assert graph.call("GET", f"{start['video_id']}/video_insights", params=metric).status_code == 200


def test_what_a_reel_must_be(graph: Graph, clip: bytes, practice_server: PracticeServer) -> None:
    practice_server.files["https://clinic.example/wide.mp4"] = clip
    start = graph.call("POST", f"{graph.page}/video_reels", data={"upload_phase": "start"}).json()
    headers = {"Authorization": f"OAuth {graph.token}"}
    missing = headers | {"file-url": "https://clinic.example/none.mp4"}
    assert requests.post(start["upload_url"], headers=missing, timeout=10).status_code == 400
    wide = headers | {"file-url": "https://clinic.example/wide.mp4"}
    assert requests.post(start["upload_url"], headers=wide, timeout=10).json() == {"success": True}
    finish = {"upload_phase": "finish", "video_id": start["video_id"], "video_state": "PUBLISHED"}
    refused(graph.call("POST", f"{graph.page}/video_reels", data=finish), 6000, 1363040)
    refused(graph.call("POST", f"{graph.page}/video_stories", data=finish), 100, 33)
    assert requests.post(start["upload_url"], headers=headers, timeout=10).status_code == 400
    assert requests.post(start["upload_url"], timeout=10).json()["debug_info"]["type"] == "NotAuthorizedError"


def test_thirty_reels_a_day(graph: Graph, reel: bytes) -> None:
    path = f"{graph.page}/video_reels"

    def finished() -> requests.Response:
        start = graph.call("POST", path, data={"upload_phase": "start"}).json()
        send_bytes(graph, start["upload_url"], reel)
        finish = {"upload_phase": "finish", "video_id": start["video_id"], "video_state": "PUBLISHED"}
        return graph.call("POST", path, data=finish)

    assert finished().status_code == 200
    account = graph.store.posts.of_account(graph.account_id, "")[0]
    for number in range(29):
        graph.store.posts.add(graph.account_id, NewPost("facebook", "", account.body | {"n": number}, {}))
    refused(finished(), 613)


def test_a_video_story(graph: Graph, clip: bytes) -> None:
    path = f"{graph.page}/video_stories"
    start = graph.call("POST", path, data={"upload_phase": "start"}).json()
    assert send_bytes(graph, start["upload_url"], clip).json() == {"success": True}
    done = graph.call("POST", path, data={"upload_phase": "finish", "video_id": start["video_id"]}).json()
    assert done["success"] is True and done["post_id"]
    assert len(graph.call("GET", f"{graph.page}/stories").json()["data"]) == 1


def test_slow_and_rejected_videos(graph: Graph, clip: bytes, practice_clock: HeldClock) -> None:
    files = {"source": ("v.mp4", clip, "video/mp4")}
    graph.store.set_switch(graph.account_id, "slow_processing", seconds=60)
    made = graph.call("POST", f"{graph.page}/videos", files=files).json()["id"]
    practice_clock.advance(59)
    assert graph.call("GET", made, params={"fields": "status"}).json()["status"]["video_status"] == "processing"
    practice_clock.advance(1)
    assert graph.call("GET", made, params={"fields": "status"}).json()["status"]["video_status"] == "ready"
    graph.store.set_switch(graph.account_id, "rejected_media")
    refused(graph.call("POST", f"{graph.page}/videos", files=files), 6000, 1363022)


# comments and numbers


def test_the_first_comment(graph: Graph) -> None:
    post = graph.feed("Post").json()["id"]
    refused(graph.call("POST", f"{post}/comments", data={"message": ""}), 100)
    made = graph.call("POST", f"{post}/comments", data={"message": "Link inside"}).json()["id"]
    listed = graph.call("GET", f"{post}/comments", params={"fields": "id,message,from"}).json()["data"]
    assert [(one["id"], one["message"], one["from"]["id"]) for one in listed] == [(made, "Link inside", graph.page)]
    counted = graph.call("GET", post, params={"fields": "comments.limit(0).summary(true),shares"}).json()
    assert counted["comments"] == {"data": [], "summary": {"total_count": 1}} and "shares" not in counted
    assert graph.store.feed("facebook")[0].warning.startswith("Comment")
    assert graph.call("DELETE", made).json() == {"success": True}
    refused(graph.call("POST", f"{graph.page}_1/comments", data={"message": "x"}), 100, 33)


def test_numbers(graph: Graph) -> None:
    post = graph.feed("Post").json()["id"]
    stored = graph.store.posts.of_account(graph.account_id, "")[0]
    graph.store.posts.set_counts(stored.id, likes=3, reposts=2)
    wanted = {"metric": "post_media_view,post_reactions_by_type_total"}
    found = graph.call("GET", f"{post}/insights", params=wanted).json()["data"]
    assert [one["values"][0]["value"] for one in found] == [5, {"like": 3}]
    for retired in ("post_impressions", "post_clicks,post_impressions", ""):
        refused(graph.call("GET", f"{post}/insights", params={"metric": retired}), 100)
    assert graph.call("GET", f"{graph.page}/insights", params={"metric": "page_follows"}).status_code == 200
    shares = graph.call("GET", post, params={"fields": "shares,reactions.limit(0).summary(true)"}).json()
    assert shares["shares"] == {"count": 2} and shares["reactions"]["summary"]["total_count"] == 3


# failures


def test_failures_before_publishing(graph: Graph) -> None:
    graph.store.set_switch(graph.account_id, "rate_limited", seconds=120)
    answer = graph.feed("Hello")
    refused(answer, 80001, 2446079)
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])[graph.page][0]
    assert (answer.status_code, usage["estimated_time_to_regain_access"], usage["call_count"]) == (400, 2, 100)
    graph.store.set_switch(graph.account_id, "error_before")
    assert refused(graph.feed("Hello"), 2)["is_transient"] is True
    graph.store.set_switch(graph.account_id, "expired_token")
    refused(graph.feed("Hello"), 190, 463)
    graph.store.set_switch(graph.account_id, "misconfigured_app")
    refused(graph.feed("Hello"), 104)
    graph.store.set_switch(graph.account_id, "revoked_app", requests=None)
    refused(graph.feed("Hello"), 190, 458)
    refused(graph.call("GET", "me"), 190, 458)
    graph.store.clear_switch(graph.account_id)
    assert graph.published() == []


def test_failures_after_publishing(graph: Graph, practice_clock: HeldClock) -> None:
    graph.store.set_switch(graph.account_id, "error_after")
    assert graph.feed("One").status_code == 500
    graph.store.set_switch(graph.account_id, "duplicate")
    refused(graph.feed("Two"), 506, 1455006)
    graph.store.set_switch(graph.account_id, "close_after")
    with pytest.raises(requests.ConnectionError):
        graph.feed("Three")
    graph.store.set_switch(graph.account_id, "hang_after", seconds=60)
    with pytest.raises(requests.Timeout):
        graph.feed("Four", timeout=0.3)
    practice_clock.release.set()
    assert [one["message"] for one in graph.published()] == ["Four", "Three", "Two", "One"]


def test_the_day_budget_ends_in_a_throttle(graph: Graph) -> None:
    graph.store.rates.spend(THROTTLE.budget, graph.page, 4800)
    answer = graph.feed("Too many")
    refused(answer, 80001, 2446079)
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])[graph.page][0]
    assert usage["estimated_time_to_regain_access"] == 15 * 60


def test_the_log_shows_calls_without_secrets(graph: Graph) -> None:
    graph.call("GET", "me", params={"access_token": graph.token, "appsecret_proof": "f" * 64})
    graph.feed("Hello")
    told = " ".join(f"{one.path} {one.body}" for one in graph.store.requests.newest("facebook"))
    assert graph.token not in told and "f" * 64 not in told and "/api/v25.0/" in told and "Hello" in told
    assert graph.token not in graph.store.feed("facebook")[0].raw_json


def test_a_broken_request_is_refused(graph: Graph) -> None:
    headers = {"Content-Type": "application/json"}
    for body in ("[1]", "{", '{"message": {"a": 1}}'):
        refused(graph.call("POST", f"{graph.page}/feed", data=body, headers=headers), 100)
    for fields in ("a{", "a,,b", "message}", "id)"):
        refused(graph.call("GET", graph.page, params={"fields": fields}), 100)
