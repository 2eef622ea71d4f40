"""The Instagram imitation: both sign-ins, containers and their states, publishing once, and what it refuses."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from scheduler.practice.meta.tokens import HOUR_MS, LONG_MS, MetaTokens
from scheduler.practice.networks.instagram import facebook_credentials
from scheduler.practice.networks.instagram.login import FACEBOOK_SCOPES, SCOPES
from scheduler.practice.networks.instagram.server import THROTTLE
from tests.support.pictures import video
from tests.support.practice_clients import jpeg, moving_gif
from tests.support.practice_server import HeldClock, PracticeServer

REDIRECT = "http://127.0.0.1:9/back"
APP = {"client_id": "practice-app", "client_secret": "practice-secret"}
DAY = 86_400
SITE = "https://clinic.example/media"


class Insta:
    """One account, by either sign-in; `files` of the site are what Instagram can fetch."""

    def __init__(self, server: PracticeServer, host: str = "api") -> None:
        made = server.store.create_account("instagram", "harbor", "Harbor Street Clinic")
        self.server, self.store, self.account_id, self.host = server, server.store, made.account_id, host
        account = server.store.accounts.get(made.account_id)
        assert account is not None
        kept = made.more if host == "api" else facebook_credentials(server.store, account)
        self.token, self.user = kept["access_token"], kept["user_id"]
        self.base = f"{server.url}/practice/instagram"
        server.files.update({f"{SITE}/{name}.jpg": jpeg(400 + index, 400) for index, name in enumerate("abc")})

    def call(self, verb: str, path: str, timeout: float = 10, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        url = f"{self.base}/{self.host}/v25.0/{path}"
        return requests.request(verb, url, headers=headers, timeout=timeout, **more)

    def container(self, **fields: Any) -> requests.Response:
        return self.call("POST", f"{self.user}/media", data=fields)

    def made(self, **fields: Any) -> str:
        return str(self.container(**fields).json()["id"])

    def state(self, container: str) -> str:
        wanted = {"fields": "status_code,status"}
        return str(self.call("GET", container, params=wanted).json()["status_code"])

    def publish(self, container: str, timeout: float = 10) -> requests.Response:
        return self.call("POST", f"{self.user}/media_publish", timeout, data={"creation_id": container})

    def photo(self, caption: str = "A knee", **fields: Any) -> str:
        return str(self.publish(self.made(image_url=f"{SITE}/a.jpg", caption=caption, **fields)).json()["id"])

    def media(self) -> list[dict[str, Any]]:
        wanted = {"fields": "id,caption,permalink,shortcode,timestamp,media_type,media_product_type,children"}
        listed: list[dict[str, Any]] = self.call("GET", f"{self.user}/media", params=wanted).json()["data"]
        return listed

    def with_scopes(self, *scopes: str) -> None:
        self.token = MetaTokens(self.store, "instagram").issue("instagram", self.account_id, scopes, LONG_MS)


@pytest.fixture(params=["api", "facebook_api"])
def either(request: pytest.FixtureRequest, practice_server: PracticeServer) -> Insta:
    return Insta(practice_server, request.param)


@pytest.fixture
def insta(practice_server: PracticeServer) -> Insta:
    return Insta(practice_server)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return video(tmp_path_factory.mktemp("clip") / "clip.mp4", 3.2, size=(180, 320), audio="aac").read_bytes()


def refused(answer: requests.Response, code: int, subcode: int | None = None) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    assert (error["code"], error.get("error_subcode")) == (code, subcode), error
    assert answer.status_code >= 400
    return error


def allowed(url: str, account_id: int, scopes: tuple[str, ...]) -> str:
    asked = {"client_id": "practice-app", "redirect_uri": REDIRECT, "response_type": "code", "scope": ",".join(scopes)}
    choice = {"practice_decision": "allow", "practice_account": str(account_id)}
    return requests.get(url, params=asked | choice, timeout=10, allow_redirects=False).headers["Location"]


# signing in with Instagram


def test_the_sign_in_with_instagram(insta: Insta, practice_clock: HeldClock) -> None:
    location = allowed(f"{insta.base}/login/oauth/authorize", insta.account_id, SCOPES)
    assert location.endswith("#_")
    code = dict(parse_qsl(urlsplit(location).query))["code"]
    exchange = f"{insta.base}/token/oauth/access_token"
    redeem = {**APP, "grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": code}
    wrong = requests.post(exchange, data={**redeem, "client_secret": "wrong"}, timeout=10)
    assert (wrong.status_code, wrong.json()["error_type"]) == (400, "OAuthException")
    short = requests.post(exchange, data=redeem, timeout=10).json()
    assert (str(short["user_id"]), set(short["permissions"])) == (insta.user, set(SCOPES))
    assert requests.post(exchange, data=redeem, timeout=10).json()["code"] == 400

    insta.token = short["access_token"]
    refresh = {"grant_type": "ig_refresh_token"}
    refused(insta.call("GET", "refresh_access_token", params=refresh), 100)
    lengthen = {"grant_type": "ig_exchange_token", "access_token": insta.token}
    refused(insta.call("GET", "access_token", params={**lengthen, "client_secret": "wrong"}), 1)
    long = insta.call("GET", "access_token", params={**lengthen, "client_secret": "practice-secret"}).json()
    assert long["expires_in"] == 60 * DAY
    practice_clock.advance(3600)
    refused(insta.call("GET", "me"), 190, 463)

    insta.token = long["access_token"]
    me = insta.call("GET", "me", params={"fields": "user_id,username,name,account_type,profile_picture_url"}).json()
    assert (me["user_id"], me["username"], me["account_type"]) == (insta.user, "harbor", "BUSINESS")


def test_a_long_token_is_refreshed_from_its_second_day_until_it_dies(insta: Insta, practice_clock: HeldClock) -> None:
    old = insta.token

    def refresh(token: str) -> requests.Response:
        asked = {"grant_type": "ig_refresh_token", "access_token": token}
        return requests.get(f"{insta.base}/api/refresh_access_token", params=asked, timeout=10)

    practice_clock.advance(DAY - 1)
    refused(refresh(old), 100)
    practice_clock.advance(1)
    new = refresh(old).json()
    assert new["expires_in"] == 60 * DAY and new["access_token"] != old and "content_publish" in new["permissions"]
    practice_clock.advance(59 * DAY)
    refused(refresh(old), 190, 463)
    assert refresh(new["access_token"]).status_code == 200


# signing in with Facebook


def test_the_sign_in_with_facebook_leads_to_the_linked_account(practice_server: PracticeServer) -> None:
    insta = Insta(practice_server, "facebook_api")
    location = allowed(f"{insta.base}/facebook_login/v25.0/dialog/oauth", insta.account_id, FACEBOOK_SCOPES)
    code = dict(parse_qsl(urlsplit(location).query))["code"]
    exchange = f"{insta.base}/facebook_api/v25.0/oauth/access_token"
    redeem = {**APP, "redirect_uri": REDIRECT, "code": code}
    short = requests.get(exchange, params=redeem, timeout=10).json()["access_token"]
    lengthen = {**APP, "grant_type": "fb_exchange_token", "fb_exchange_token": short}
    insta.token = requests.get(exchange, params=lengthen, timeout=10).json()["access_token"]
    wanted = {"fields": "id,name,access_token,instagram_business_account{id,username,profile_picture_url}"}
    (page,) = insta.call("GET", "me/accounts", params=wanted).json()["data"]
    assert page["instagram_business_account"]["id"] == insta.user != page["id"]
    assert insta.photo()
    insta.token = page["access_token"]
    assert insta.photo()
    assert insta.call("GET", "me/permissions").status_code == 400


def test_tokens_open_only_their_own_host(insta: Insta) -> None:
    insta.host = "facebook_api"
    refused(insta.call("GET", insta.user), 190)
    other = Insta.__new__(Insta)
    other.__dict__.update(insta.__dict__, token="IGAAforged", host="api")
    refused(other.call("GET", "me"), 190)


# photos


def test_a_photo_is_prepared_then_published_once(either: Insta) -> None:
    container = either.made(image_url=f"{SITE}/a.jpg", caption="A knee #physio", alt_text="A bent knee")
    assert either.state(container) == "FINISHED" and either.media() == []
    published = either.publish(container)
    assert json.loads(published.headers["X-Business-Use-Case-Usage"])[either.user][0]["type"] == "instagram"
    assert either.state(container) == "PUBLISHED"
    refused(either.publish(container), 24, 2207006)
    (medium,) = either.media()
    assert (medium["id"], medium["caption"]) == (published.json()["id"], "A knee #physio")
    assert (medium["media_type"], medium["media_product_type"]) == ("IMAGE", "FEED")
    assert either.call("GET", medium["id"], params={"fields": "alt_text"}).json()["alt_text"] == "A bent knee"
    visit = requests.get(medium["permalink"], timeout=10, allow_redirects=False)
    assert "/admin/practice/instagram#post-" in visit.headers["Location"]
    (shown,) = either.store.feed("instagram")
    assert (shown.text, shown.images[0].alt) == ("A knee #physio", "A bent knee")


def test_what_a_photo_must_be(insta: Insta, practice_server: PracticeServer) -> None:
    files = practice_server.files
    files[f"{SITE}/tall.jpg"], files[f"{SITE}/wide.jpg"] = jpeg(400, 520), jpeg(800, 400)
    files[f"{SITE}/anim.gif"], files[f"{SITE}/words.jpg"] = moving_gif(), b"no picture"
    files[f"{SITE}/heavy.jpg"] = jpeg(400, 400) + bytes(8 * 1024 * 1024)
    files[f"{SITE}/edge.jpg"], files[f"{SITE}/edge2.jpg"] = jpeg(400, 500), jpeg(1080, 566)
    refusals = {
        "none": (9004, 2207052), "tall": (36003, 2207009), "wide": (36003, 2207009), "words": (36001, 2207005),
        "heavy": (36000, 2207004),
    }  # fmt: skip
    for name, (code, subcode) in refusals.items():
        refused(insta.container(image_url=f"{SITE}/{name}.jpg"), code, subcode)
    refused(insta.container(image_url=f"{SITE}/anim.gif"), 36001, 2207005)
    assert insta.container(image_url=f"{SITE}/edge.jpg").status_code == 200
    assert insta.container(image_url=f"{SITE}/edge2.jpg").status_code == 200


@pytest.mark.parametrize(
    ("fields", "code", "subcode"),
    [
        ({"caption": "x" * 2201}, 36004, 2207010),
        ({"caption": "#a " * 31}, 36004, 2207010),
        ({"caption": "@a " * 21}, 36004, 2207010),
        ({"alt_text": "x" * 1001}, 100, 2207023),
        ({"alt_text": "x", "media_type": "STORIES"}, 100, 2207023),
        ({"media_type": "POSTER"}, 100, 2207023),
        ({"media_type": "VIDEO"}, 100, 2207067),
        ({"media_type": "REELS", "is_carousel_item": "true"}, 100, 2207037),
        ({"collaborators": '["a","b","c","d"]'}, 100, 2207040),
        ({"thumb_offset": "1", "cover_url": SITE}, 100, 2207023),
        ({"video_url": f"{SITE}/v.mp4"}, 100, 2207023),
        ({"is_carousel_item": "perhaps"}, 100, None),
    ],
)
def test_what_a_container_refuses(insta: Insta, fields: dict[str, str], code: int, subcode: int | None) -> None:
    refused(insta.container(image_url=f"{SITE}/a.jpg", **fields), code, subcode)


def test_a_text_alone_is_impossible(insta: Insta) -> None:
    refused(insta.container(caption="Only words"), 100, 2207023)
    refused(insta.container(caption="Only words", media_type="REELS"), 100, 2207023)


# videos


def test_a_reel_is_processed_before_it_can_be_published(
    either: Insta, clip: bytes, practice_server: PracticeServer, practice_clock: HeldClock
) -> None:
    practice_server.files[f"{SITE}/v.mp4"] = clip
    container = either.made(media_type="REELS", video_url=f"{SITE}/v.mp4", caption="A walk", share_to_feed="true")
    assert either.state(container) == "IN_PROGRESS"
    refused(either.publish(container), 9007, 2207027)
    practice_clock.advance(2)
    assert either.state(container) == "FINISHED"
    assert either.publish(container).status_code == 200
    (medium,) = either.media()
    assert (medium["media_type"], medium["media_product_type"]) == ("VIDEO", "REELS")
    assert either.store.feed("instagram")[0].images[0].kind == "video"


def test_a_video_that_fails_says_so_in_its_status(
    insta: Insta, clip: bytes, practice_server: PracticeServer, practice_clock: HeldClock
) -> None:
    practice_server.files[f"{SITE}/words.mp4"] = b"no video"
    for name, number in (("missing", "2207052"), ("words", "2207026")):
        container = insta.made(media_type="REELS", video_url=f"{SITE}/{name}.mp4")
        said = insta.call("GET", container, params={"fields": "status_code,status"}).json()
        assert said["status_code"] == "ERROR" and number in said["status"]
        refused(insta.publish(container), 9007, 2207027)
    practice_server.files[f"{SITE}/v.mp4"] = clip
    insta.store.set_switch(insta.account_id, "rejected_media")
    assert insta.state(insta.made(media_type="REELS", video_url=f"{SITE}/v.mp4")) == "ERROR"
    insta.store.set_switch(insta.account_id, "slow_processing", seconds=90)
    slow = insta.made(media_type="REELS", video_url=f"{SITE}/v.mp4")
    practice_clock.advance(89)
    assert insta.state(slow) == "IN_PROGRESS"
    practice_clock.advance(1)
    assert insta.state(slow) == "FINISHED"


@pytest.mark.parametrize("wrong", [{"seconds": 1.0}, {"codec": "mpeg4"}, {"size": (1930, 64)}])
def test_what_a_reel_must_be(
    insta: Insta, practice_server: PracticeServer, tmp_path_factory: pytest.TempPathFactory, wrong: dict[str, Any]
) -> None:
    wishes: dict[str, Any] = {"seconds": 3.2, "size": (180, 320)} | wrong
    made = video(tmp_path_factory.mktemp("wrong") / "v.mp4", **wishes)
    practice_server.files[f"{SITE}/v.mp4"] = made.read_bytes()
    assert insta.state(insta.made(media_type="REELS", video_url=f"{SITE}/v.mp4")) == "ERROR"


def test_a_video_can_be_sent_as_bytes(insta: Insta, clip: bytes, practice_clock: HeldClock) -> None:
    answer = insta.container(media_type="REELS", upload_type="resumable", caption="Bytes").json()
    assert insta.state(answer["id"]) == "IN_PROGRESS"

    def send(data: bytes, **headers: str) -> dict[str, Any]:
        named = {
            "Authorization": f"OAuth {insta.token}",
            **{name.replace("_", "-"): one for name, one in headers.items()},
        }
        said: dict[str, Any] = requests.post(answer["uri"], data=data, headers=named, timeout=10).json()
        return said

    size = str(len(clip))
    assert send(clip)["debug_info"]["type"] == "InvalidRequestError"
    assert send(clip[:500], offset="0", file_size=size)["debug_info"]["retriable"] is True
    assert send(clip, offset="0", file_size=size)["debug_info"]["type"] == "OffsetInvalidError"
    assert send(clip[500:], offset="500", file_size=size)["success"] is True
    practice_clock.advance(2)
    assert insta.publish(answer["id"]).status_code == 200
    assert requests.post(answer["uri"], timeout=10).json()["debug_info"]["type"] == "NotAuthorizedError"
    refused(insta.container(media_type="IMAGE", upload_type="resumable"), 100, 2207023)


# carousels and stories


def test_a_carousel(either: Insta, clip: bytes, practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    practice_server.files[f"{SITE}/v.mp4"] = clip
    photos = [
        either.made(image_url=f"{SITE}/{name}.jpg", is_carousel_item="true", alt_text=f"Photo {name}") for name in "ab"
    ]
    moving = either.made(media_type="VIDEO", video_url=f"{SITE}/v.mp4", is_carousel_item="true")
    container = either.made(media_type="CAROUSEL", children=",".join([*photos, moving]), caption="Three")
    assert either.state(container) == "IN_PROGRESS"
    practice_clock.advance(2)
    refused(either.publish(photos[0]), 24, 2207006)
    assert either.publish(container).status_code == 200
    (medium,) = either.media()
    assert (medium["media_type"], len(medium["children"]["data"])) == ("CAROUSEL_ALBUM", 3)
    assert [image.alt for image in either.store.feed("instagram")[0].images] == ["Photo a", "Photo b", ""]
    quota = either.call("GET", f"{either.user}/content_publishing_limit").json()["data"]
    assert quota == [{"quota_usage": 1}]


def test_what_a_carousel_refuses(insta: Insta, practice_clock: HeldClock) -> None:
    alone = insta.made(image_url=f"{SITE}/a.jpg")
    items = [insta.made(image_url=f"{SITE}/a.jpg", is_carousel_item="true") for _ in range(11)]
    refused(insta.container(media_type="CAROUSEL", children=items[0]), 100, 2207028)
    refused(insta.container(media_type="CAROUSEL", children=",".join(items)), 100, 2207028)
    refused(insta.container(media_type="CAROUSEL", children=f"{items[0]},{alone}"), 100, 2207035)
    refused(insta.container(media_type="CAROUSEL", children=f"{items[0]},17"), 100, 2207035)
    practice_clock.advance(DAY)
    refused(insta.container(media_type="CAROUSEL", children=",".join(items[:2])), 100, 2207035)


def test_a_child_is_published_once(insta: Insta) -> None:
    items = ",".join(insta.made(image_url=f"{SITE}/a.jpg", is_carousel_item="true") for _ in range(2))
    first, second = (insta.made(media_type="CAROUSEL", children=items) for _ in range(2))
    assert insta.publish(first).status_code == 200
    refused(insta.publish(second), 24, 2207006)


def test_stories_are_listed_apart_for_a_day(either: Insta, practice_clock: HeldClock) -> None:
    container = either.made(media_type="STORIES", image_url=f"{SITE}/a.jpg", caption="Nobody sees this")
    story = either.publish(container).json()["id"]
    assert either.media() == []
    wanted = {"fields": "id,caption,media_product_type"}
    listed = either.call("GET", f"{either.user}/stories", params=wanted).json()["data"]
    assert listed == [{"id": story, "media_product_type": "STORY"}]
    practice_clock.advance(DAY + 1)
    assert either.call("GET", f"{either.user}/stories").json() == {"data": []}


# limits


def test_a_container_lives_a_day(insta: Insta, practice_clock: HeldClock) -> None:
    container = insta.made(image_url=f"{SITE}/a.jpg")
    practice_clock.advance(DAY)
    assert insta.state(container) == "EXPIRED"
    refused(insta.publish(container), -2, 2207020)


def test_the_quota_of_a_day_is_told_and_kept(
    insta: Insta, practice_clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.practice.networks.instagram.publishing.POSTS_A_DAY", 2)
    insta.photo("One")
    insta.photo("Two")
    third = insta.made(image_url=f"{SITE}/a.jpg")
    refused(insta.publish(third), 9, 2207042)
    wanted = {"fields": "quota_usage,config{quota_total,quota_duration}"}
    (quota,) = insta.call("GET", f"{insta.user}/content_publishing_limit", params=wanted).json()["data"]
    assert quota == {"quota_usage": 2, "config": {"quota_total": 100, "quota_duration": DAY}}
    practice_clock.advance(DAY - 1)
    refused(insta.publish(third), 9, 2207042)


def test_four_hundred_containers_a_day(insta: Insta, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.practice.networks.instagram.containers.CONTAINERS_A_DAY", 1)
    insta.made(image_url=f"{SITE}/a.jpg")
    refused(insta.container(image_url=f"{SITE}/a.jpg"), 4)


def test_too_many_calls(insta: Insta) -> None:
    insta.store.rates.spend(THROTTLE.budget, insta.user, 4800)
    answer = insta.call("GET", "me")
    refused(answer, 80002, 2446079)
    assert answer.status_code == 400


# rights, comments, numbers, deletion


def test_rights_are_checked_call_by_call(insta: Insta) -> None:
    medium = insta.photo()
    insta.with_scopes("instagram_business_basic")
    assert insta.media()
    refused(insta.container(image_url=f"{SITE}/a.jpg"), 10)
    refused(insta.publish("1"), 10)
    refused(insta.call("POST", f"{medium}/comments", data={"message": "Hi"}), 10)
    refused(insta.call("GET", f"{medium}/insights", params={"metric": "views"}), 10)
    insta.with_scopes("instagram_business_content_publish")
    refused(insta.call("GET", "me"), 10)
    other = insta.store.create_account("instagram", "other", "Other").more["user_id"]
    refused(insta.call("POST", f"{other}/media", data={"image_url": f"{SITE}/a.jpg"}), 100, 33)


def test_the_first_comment_and_a_reply(either: Insta) -> None:
    medium = either.photo()
    refused(either.call("POST", f"{medium}/comments", data={"message": ""}), 100)
    comment = either.call("POST", f"{medium}/comments", data={"message": "#physio"}).json()["id"]
    reply = either.call("POST", f"{comment}/replies", data={"message": "Thanks"}).json()["id"]
    wanted = {"fields": "id,text,username,timestamp"}
    listed = either.call("GET", f"{medium}/comments", params=wanted).json()["data"]
    assert [(one["id"], one["text"], one["username"]) for one in listed] == [
        (comment, "#physio", "harbor"),
        (reply, "Thanks", "harbor"),
    ]
    assert either.call("GET", medium, params={"fields": "comments_count"}).json()["comments_count"] == 2
    assert either.store.feed("instagram")[0].warning == "Comment"
    assert either.call("POST", medium, data={"comment_enabled": "false"}).json() == {"success": True}
    refused(either.call("POST", f"{medium}/comments", data={"message": "Late"}), 100)
    refused(either.call("POST", medium, data={"caption": "Edited"}), 100)
    refused(either.call("POST", "1/replies", data={"message": "x"}), 100, 33)


def test_numbers(either: Insta) -> None:
    medium = either.photo()
    either.store.posts.set_counts(either.store.posts.of_account(either.account_id, "")[0].id, likes=4, reposts=1)
    found = either.call("GET", f"{medium}/insights", params={"metric": "likes,shares,views"}).json()["data"]
    assert [one["values"][0]["value"] for one in found] == [4, 1, 5]
    for wrong in ("impressions", "ig_reels_avg_watch_time", "navigation"):
        refused(either.call("GET", f"{medium}/insights", params={"metric": wrong}), 100)
    account = either.call("GET", f"{either.user}/insights", params={"metric": "reach", "period": "day"})
    assert account.status_code == 200


def test_only_the_facebook_host_deletes(insta: Insta, practice_server: PracticeServer) -> None:
    medium = insta.photo()
    refused(insta.call("DELETE", medium), 100, 33)
    account = insta.store.accounts.get(insta.account_id)
    assert account is not None
    insta.token, insta.host = facebook_credentials(insta.store, account)["access_token"], "facebook_api"
    assert insta.call("DELETE", medium).json() == {"success": True}
    refused(insta.call("DELETE", medium), 100, 33)
    assert insta.media() == []


# failures


def test_failures_before_publishing(insta: Insta) -> None:
    container = insta.made(image_url=f"{SITE}/a.jpg")
    insta.store.set_switch(insta.account_id, "rate_limited", seconds=61)
    answer = insta.publish(container)
    refused(answer, 80002, 2446079)
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])[insta.user][0]
    assert usage["estimated_time_to_regain_access"] == 2
    insta.store.set_switch(insta.account_id, "error_before")
    assert refused(insta.publish(container), 2)["is_transient"] is True
    insta.store.set_switch(insta.account_id, "expired_token")
    refused(insta.publish(container), 190, 463)
    insta.store.set_switch(insta.account_id, "misconfigured_app")
    refused(insta.publish(container), 104)
    insta.store.set_switch(insta.account_id, "revoked_app", requests=1)
    refused(insta.call("GET", "me"), 190, 458)
    assert insta.state(container) == "FINISHED"


def test_failures_after_publishing(insta: Insta, practice_clock: HeldClock) -> None:
    containers = [insta.made(image_url=f"{SITE}/a.jpg", caption=f"Post {n}") for n in range(4)]
    insta.store.set_switch(insta.account_id, "error_after")
    assert insta.publish(containers[0]).status_code == 500
    insta.store.set_switch(insta.account_id, "duplicate")
    refused(insta.publish(containers[1]), 24, 2207006)
    insta.store.set_switch(insta.account_id, "close_after")
    with pytest.raises(requests.ConnectionError):
        insta.publish(containers[2])
    insta.store.set_switch(insta.account_id, "hang_after", seconds=60)
    with pytest.raises(requests.Timeout):
        insta.publish(containers[3], timeout=0.3)
    practice_clock.release.set()
    assert [insta.state(one) for one in containers] == ["PUBLISHED"] * 4
    assert [one["caption"] for one in insta.media()] == ["Post 3", "Post 2", "Post 1", "Post 0"]


def test_rejected_photos(insta: Insta) -> None:
    insta.store.set_switch(insta.account_id, "rejected_media")
    refused(insta.container(image_url=f"{SITE}/a.jpg"), 36001, 2207005)


def test_a_short_token_lives_an_hour(insta: Insta, practice_clock: HeldClock) -> None:
    insta.token = MetaTokens(insta.store, "instagram").issue("instagram", insta.account_id, SCOPES, HOUR_MS)
    assert insta.call("GET", "me").status_code == 200
    practice_clock.advance(3600)
    refused(insta.call("GET", "me"), 190, 463)
