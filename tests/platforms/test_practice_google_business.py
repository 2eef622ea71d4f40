"""The Google Business Profile imitation: sign-in, places, local posts, their review, and everything it refuses."""

from __future__ import annotations

import io
import random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from PIL import Image

from scheduler.practice.feed import PracticePost
from scheduler.practice.switches import FailureSwitch
from tests.support.google_discovery import document, facts_of, faults
from tests.support.practice_clients import jpeg
from tests.support.practice_server import HeldClock, PracticeServer

SCOPE = "https://www.googleapis.com/auth/business.manage"
PHOTO = "https://clinic.example/media/knee.jpg"
BACK = "http://127.0.0.1/back"
STANDARD = {
    "languageCode": "en-US",
    "topicType": "STANDARD",
    "summary": "How to return to running after an injury.",
    "callToAction": {"actionType": "LEARN_MORE", "url": "https://clinic.example/x/k7Qx2m"},
}
DAY = {"startDate": {"year": 2026, "month": 12, "day": 1}, "endDate": {"year": 2026, "month": 12, "day": 1}}
EVENT = {
    "topicType": "EVENT",
    "summary": "Come by.",
    "event": {"title": "Open house", "schedule": DAY | {"startTime": {"hours": 9}, "endTime": {"hours": 12}}},
}
OFFER = {
    "topicType": "OFFER",
    "summary": "First visit free.",
    "event": {"title": "Free first visit", "schedule": DAY},
    "offer": {"couponCode": "RUN", "redeemOnlineUrl": "https://clinic.example/offer", "termsConditions": "One each."},
}
LOCATION_FACTS = {
    "ListAccountsResponse": {"accounts": "[Account]", "nextPageToken": "string"},
    "Account": {
        "name": "string",
        "accountName": "string",
        "type": "string",
        "role": "string",
        "verificationState": "string",
        "vettedState": "string",
    },
}
INFORMATION_FACTS = {
    "ListLocationsResponse": {"locations": "[Location]", "nextPageToken": "string", "totalSize": "integer"},
    "Location": {
        "name": "string",
        "languageCode": "string",
        "storeCode": "string",
        "title": "string",
        "storefrontAddress": "PostalAddress",
        "metadata": "Metadata",
    },
    "PostalAddress": {
        "regionCode": "string",
        "languageCode": "string",
        "postalCode": "string",
        "administrativeArea": "string",
        "locality": "string",
        "addressLines": "[string]",
    },
    "Metadata": {
        "placeId": "string",
        "mapsUri": "string",
        "canDelete": "boolean",
        "hasVoiceOfMerchant": "boolean",
        "newReviewUri": "string",
    },
}
PERFORMANCE_FACTS = {
    "FetchMultiDailyMetricsTimeSeriesResponse": {"multiDailyMetricTimeSeries": "[MultiDailyMetricTimeSeries]"},
    "MultiDailyMetricTimeSeries": {"dailyMetricTimeSeries": "[DailyMetricTimeSeries]"},
    "DailyMetricTimeSeries": {"dailyMetric": "string", "timeSeries": "TimeSeries"},
    "TimeSeries": {"datedValues": "[DatedValue]"},
    "DatedValue": {"date": "Date", "value": "string"},
    "Date": {"year": "integer", "month": "integer", "day": "integer"},
}
LOCAL_POST_FACTS = {
    "LocalPost": {
        "name": "string",
        "languageCode": "string",
        "summary": "string",
        "callToAction": "CallToAction",
        "createTime": "string",
        "updateTime": "string",
        "event": "LocalPostEvent",
        "state": "string",
        "media": "[MediaItem]",
        "searchUrl": "string",
        "topicType": "string",
        "offer": "LocalPostOffer",
    },
    "CallToAction": {"actionType": "string", "url": "string"},
    "LocalPostEvent": {"title": "string", "schedule": "object"},
    "LocalPostOffer": {"couponCode": "string", "redeemOnlineUrl": "string", "termsConditions": "string"},
    "MediaItem": {"name": "string", "mediaFormat": "string", "googleUrl": "string"},
}


class Location:
    """One location on the imitation."""

    def __init__(self, server: PracticeServer) -> None:
        self.server, self.store = server, server.store
        made = server.store.create_account("google_business", "harbor", "Harbor Street Clinic")
        self.account_id, self.more = made.account_id, dict(made.more)
        self.base = f"{server.url}/practice/google_business"
        self.place = f"{self.more['account']}/{self.more['location']}"
        self.token = self.more["access_token"]
        self.number = self.more["location"].removeprefix("locations/")

    def call(self, verb: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return requests.request(verb, f"{self.base}/{path}", headers=headers, timeout=10, **more)

    def create(self, **post: Any) -> requests.Response:
        return self.call("POST", f"api/v4/{self.place}/localPosts", json=post or STANDARD)

    def read(self, name: str) -> Any:
        return self.call("GET", f"api/v4/{name}").json()

    def switch(self, kind: FailureSwitch, seconds: int = 30) -> None:
        self.store.set_switch(self.account_id, kind, seconds=seconds)

    def sign_in(self, **changes: str) -> dict[str, str]:
        asked = {
            "client_id": "practice-app",
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": SCOPE,
            "state": "abc",
            "access_type": "offline",
            "prompt": "consent",
            "practice_account": str(self.account_id),
            "practice_decision": "allow",
        } | changes
        answer = requests.get(
            f"{self.base}/login/o/oauth2/v2/auth", params=asked, allow_redirects=False, timeout=10
        ).headers["Location"]
        return {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}

    def token_call(self, **fields: str) -> requests.Response:
        app = {"client_id": "practice-app", "client_secret": "practice-secret"}
        return requests.post(f"{self.base}/token/token", data=app | fields, timeout=10)

    def redeem(self, code: str) -> Any:
        return self.token_call(grant_type="authorization_code", code=code, redirect_uri=BACK).json()


@pytest.fixture
def location(practice_server: PracticeServer) -> Location:
    return Location(practice_server)


def refused(answer: requests.Response, http: int, status: str) -> dict[str, Any]:
    assert answer.status_code == http, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert (error["code"], error["status"]) == (http, status)
    return error


def fields_of(error: dict[str, Any]) -> set[str]:
    detail = error["details"][0]
    return {one["field"] for one in detail.get("errorDetails", detail.get("fieldViolations"))}


def photo(side: int = 400) -> bytes:
    """Return a JPEG that cannot be packed small."""
    noise = random.Random(7).randbytes(side * side)
    return jpeg_of(Image.frombytes("L", (side, side), noise))


def jpeg_of(image: Image.Image) -> bytes:
    kept = io.BytesIO()
    image.save(kept, "JPEG")
    return kept.getvalue()


# sign-in


def test_signing_in_gives_a_refresh_token_that_stays_the_same(location: Location, practice_clock: HeldClock) -> None:
    back = location.sign_in()
    assert back["state"] == "abc"
    tokens = location.redeem(back["code"])
    assert (tokens["expires_in"], tokens["scope"], tokens["token_type"]) == (3599, SCOPE, "Bearer")
    practice_clock.advance(3600)
    location.token = tokens["access_token"]
    error = refused(location.call("GET", "accounts/v1/accounts"), 401, "UNAUTHENTICATED")
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"
    for _ in range(2):
        renewed = location.token_call(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
        assert "refresh_token" not in renewed
    location.token = renewed["access_token"]
    assert location.call("GET", "accounts/v1/accounts").status_code == 200


@pytest.mark.parametrize("changes", [{"access_type": "online"}, {"prompt": "none"}])
def test_without_offline_access_and_consent_there_is_no_refresh_token(
    location: Location, changes: dict[str, str]
) -> None:
    assert "refresh_token" not in location.redeem(location.sign_in(**changes)["code"])


def test_a_code_works_once_and_a_dead_refresh_token_is_an_invalid_grant(
    location: Location, practice_clock: HeldClock
) -> None:
    tokens = location.redeem(code := location.sign_in()["code"])
    assert location.redeem(code)["error"] == "invalid_grant"
    revoked = requests.post(f"{location.base}/token/revoke", params={"token": tokens["refresh_token"]}, timeout=10)
    assert (revoked.status_code, revoked.json()) == (200, {})
    answer = location.token_call(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    again = requests.post(f"{location.base}/token/revoke", data={"token": tokens["refresh_token"]}, timeout=10)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")
    practice_clock.advance(184 * 86_400)
    assert (
        location.token_call(grant_type="refresh_token", refresh_token=location.more["refresh_token"]).status_code == 400
    )


def test_refused_consent_and_unknown_scopes_come_back_as_errors(location: Location) -> None:
    assert location.sign_in(practice_decision="refuse")["error"] == "access_denied"
    assert location.sign_in(scope="everything")["error"] == "invalid_scope"


def test_tokens_without_the_right_are_refused(location: Location) -> None:
    only_email = location.redeem(location.sign_in(scope="email")["code"])
    location.token = only_email["access_token"]
    error = refused(location.create(), 403, "PERMISSION_DENIED")
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    for token in ("", "wrong"):
        location.token = token
        refused(location.create(), 401, "UNAUTHENTICATED")


# places


def test_accounts_and_locations_are_listed_as_the_discovery_documents_say(location: Location) -> None:
    accounts = location.call("GET", "accounts/v1/accounts", params={"pageSize": 20}).json()
    assert [one["name"] for one in accounts["accounts"]] == [location.more["account"]]
    assert not list(faults(accounts, "ListAccountsResponse", LOCATION_FACTS))
    mask = {"readMask": "name,title,storefrontAddress,storeCode,metadata", "pageSize": 100}
    path = f"information/v1/{location.more['account']}/locations"
    places = location.call("GET", path, params=mask).json()
    assert not list(faults(places, "ListLocationsResponse", INFORMATION_FACTS))
    assert [one["metadata"].get("hasVoiceOfMerchant", False) for one in places["locations"]] == [True, False]
    assert places["locations"][0]["name"] == location.more["location"]
    first = location.call("GET", path, params={"readMask": "name", "pageSize": 1}).json()
    assert (first["locations"], first["totalSize"]) == ([{"name": location.more["location"]}], 2)
    rest = location.call("GET", path, params={"readMask": "title", "pageToken": first["nextPageToken"]}).json()
    assert [list(one) for one in rest["locations"]] == [["title"]]


@pytest.mark.parametrize("more", [{}, {"readMask": "name,colour"}, {"readMask": "name", "pageSize": 101}])
def test_a_list_of_locations_needs_a_good_read_mask_and_page(location: Location, more: dict[str, str]) -> None:
    path = f"information/v1/{location.more['account']}/locations"
    refused(location.call("GET", path, params=more), 400, "INVALID_ARGUMENT")


def test_other_peoples_accounts_are_closed(location: Location) -> None:
    refused(location.call("GET", "information/v1/accounts/17/locations?readMask=name"), 403, "PERMISSION_DENIED")
    refused(
        location.call("POST", f"api/v4/accounts/17/{location.more['location']}/localPosts", json=STANDARD),
        404,
        "NOT_FOUND",
    )
    unverified = f"api/v4/{location.place}9/localPosts"
    error = refused(location.call("POST", unverified, json=STANDARD), 400, "FAILED_PRECONDITION")
    assert error["details"][0]["errorDetails"][0]["message"] == "LOCATION_DISABLED_FOR_LOCAL_POST_API"


def test_a_path_without_the_account_meets_a_page_and_no_json(location: Location) -> None:
    answer = location.call("POST", f"api/v4/{location.more['location']}/localPosts", json=STANDARD)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (404, "text/html")


# posts


@pytest.mark.parametrize("wanted", [STANDARD, EVENT, OFFER])
def test_posts_are_processed_and_then_live(
    location: Location, practice_clock: HeldClock, wanted: dict[str, Any]
) -> None:
    made = location.create(**wanted).json()
    assert (made["state"], made["topicType"]) == ("PROCESSING", wanted["topicType"])
    assert not list(faults(made, "LocalPost", LOCAL_POST_FACTS))
    practice_clock.advance(2)
    assert location.read(made["name"]) == made | {"state": "LIVE"}
    listed = location.call("GET", f"api/v4/{location.place}/localPosts").json()
    assert [one["name"] for one in listed["localPosts"]] == [made["name"]]
    answer = requests.get(made["searchUrl"], allow_redirects=False, timeout=10)
    assert answer.headers["Location"].endswith(f"#post-{shown(location).id}")


def test_the_feed_shows_button_event_and_offer(location: Location) -> None:
    location.create()
    card = shown(location).card
    assert card
    assert (card.title, card.url) == ("Learn more", STANDARD["callToAction"]["url"])  # type: ignore[index]
    location.create(**EVENT)
    assert "Open house: 2026-12-01 09:00 to 2026-12-01 12:00" in shown(location).html
    location.create(**OFFER | {"callToAction": STANDARD["callToAction"]})
    assert "Coupon code: RUN" in shown(location).html
    assert shown(location).card is None


def test_a_photo_is_fetched_and_shown(location: Location, practice_clock: HeldClock) -> None:
    location.server.files[PHOTO] = photo()
    made = location.create(**STANDARD, media=[{"mediaFormat": "PHOTO", "sourceUrl": PHOTO}]).json()
    assert requests.get(made["media"][0]["googleUrl"], timeout=10).content == photo()
    assert "sourceUrl" not in made["media"][0]
    practice_clock.advance(2)
    assert location.read(made["name"])["state"] == "LIVE"
    assert [image.kind for image in shown(location).images] == ["image"]


@pytest.mark.parametrize("data", [photo(240), jpeg(400, 400), b"GIF89a" + bytes(20_000)])
def test_a_photo_of_the_wrong_size_or_kind_is_rejected_by_the_review(
    location: Location, practice_clock: HeldClock, data: bytes
) -> None:
    location.server.files[PHOTO] = data
    made = location.create(**STANDARD, media=[{"mediaFormat": "PHOTO", "sourceUrl": PHOTO}]).json()
    practice_clock.advance(2)
    assert location.read(made["name"])["state"] == "REJECTED"
    assert "rejects" in shown(location).warning


def test_a_photo_that_nobody_can_fetch_is_refused(location: Location) -> None:
    answer = location.create(**STANDARD, media=[{"mediaFormat": "PHOTO", "sourceUrl": PHOTO}])
    error = refused(answer, 400, "INVALID_ARGUMENT")
    assert error["details"][0]["errorDetails"][0]["code"] == 1000
    assert location.call("GET", f"api/v4/{location.place}/localPosts").json() == {}


@pytest.mark.parametrize("summary", ["Read https://clinic.example/a", "Call +1 (555) 010-9999 now"])
def test_addresses_and_phone_numbers_in_the_words_are_rejected(
    location: Location, practice_clock: HeldClock, summary: str
) -> None:
    made = location.create(**STANDARD | {"summary": summary}).json()
    practice_clock.advance(2)
    assert location.read(made["name"])["state"] == "REJECTED"


@pytest.mark.parametrize(
    ("post", "where"),
    [
        ({"summary": "x"}, {"topic_type"}),
        ({"topicType": "STANDARD"}, {"summary"}),
        ({"topicType": "STANDARD", "summary": "x" * 1501}, {"summary"}),
        ({"topicType": "ALERT", "summary": "x"}, {"alert_type"}),
        (STANDARD | {"callToAction": {"actionType": "LEARN_MORE"}}, {"call_to_action.url"}),
        (STANDARD | {"callToAction": {"actionType": "CALL", "url": "https://a.b"}}, {"call_to_action.url"}),
        (STANDARD | {"callToAction": {"actionType": "WINK"}}, {"call_to_action.action_type"}),
        (STANDARD | {"offer": {"couponCode": "x"}}, {"offer"}),
        (STANDARD | {"languageCode": "English!"}, {"language_code"}),
        ({"topicType": "EVENT", "summary": "x"}, {"event"}),
        ({"topicType": "OFFER", "summary": "x", "offer": {"colour": "red"}}, {"event", "offer.colour"}),
        (EVENT | {"event": {"title": "x" * 59}}, {"event.title", "event.schedule"}),
        (
            EVENT | {"event": {"title": "x", "schedule": DAY | {"endDate": {"year": 2026, "month": 11, "day": 30}}}},
            {"event.schedule"},
        ),
        (
            EVENT | {"event": {"title": "x", "schedule": {"startDate": {"year": 2026, "month": 13, "day": 1}}}},
            {"event.schedule.start_date", "event.schedule.end_date"},
        ),
        (STANDARD | {"media": [{"mediaFormat": "VIDEO", "sourceUrl": PHOTO}]}, {"media.media_format"}),
        (STANDARD | {"media": [{"mediaFormat": "PHOTO", "dataRef": {"resourceName": "x"}}]}, {"media.source_url"}),
        (STANDARD | {"media": [{"mediaFormat": "PHOTO", "sourceUrl": PHOTO}] * 2}, {"media"}),
        (STANDARD | {"colour": "red"}, {"colour"}),
        (STANDARD | {"summary": 5}, {"summary"}),
    ],
)
def test_a_post_that_breaks_the_rules_is_refused_field_by_field(
    location: Location, post: dict[str, Any], where: set[str]
) -> None:
    assert fields_of(refused(location.create(**post), 400, "INVALID_ARGUMENT")) == where
    assert location.call("GET", f"api/v4/{location.place}/localPosts").json() == {}


def test_a_body_that_is_no_json_is_refused(location: Location) -> None:
    refused(location.call("POST", f"api/v4/{location.place}/localPosts", data="x"), 400, "INVALID_ARGUMENT")


def test_a_post_is_changed_by_mask_and_deleted_once(location: Location, practice_clock: HeldClock) -> None:
    name = location.create().json()["name"]
    practice_clock.advance(5)
    path = f"api/v4/{name}"
    refused(location.call("PATCH", path, json={"summary": "New"}), 400, "INVALID_ARGUMENT")
    refused(location.call("PATCH", f"{path}?updateMask=colour", json={}), 400, "INVALID_ARGUMENT")
    refused(location.call("PATCH", f"{path}?updateMask=summary", json={"summary": "x" * 1501}), 400, "INVALID_ARGUMENT")
    changed = location.call("PATCH", f"{path}?updateMask=summary,callToAction", json={"summary": "New"}).json()
    assert (changed["summary"], "callToAction" in changed) == ("New", False)
    assert changed["updateTime"] > changed["createTime"]
    assert location.call("DELETE", path).json() == {}
    refused(location.call("DELETE", path), 404, "NOT_FOUND")
    refused(location.call("GET", path), 404, "NOT_FOUND")


def test_lists_are_paged_newest_first(location: Location) -> None:
    names = [location.create().json()["name"] for _ in range(3)]
    path = f"api/v4/{location.place}/localPosts"
    first = location.call("GET", f"{path}?pageSize=2").json()
    rest = location.call("GET", path, params={"pageSize": 2, "pageToken": first["nextPageToken"]}).json()
    assert [one["name"] for one in first["localPosts"] + rest["localPosts"]] == names[::-1]
    assert "nextPageToken" not in rest
    refused(location.call("GET", f"{path}?pageToken=x"), 400, "INVALID_ARGUMENT")


def test_ten_edits_a_minute_and_no_more(location: Location, practice_clock: HeldClock) -> None:
    assert {location.create().status_code for _ in range(10)} == {200}
    refused(location.create(), 429, "RESOURCE_EXHAUSTED")
    practice_clock.advance(60)
    assert location.create().status_code == 200


def test_numbers_exist_for_the_location_only(location: Location) -> None:
    location.create()
    location.store.posts.set_counts(shown(location).id, likes=7)
    path = f"performance/v1/{location.more['location']}:fetchMultiDailyMetricsTimeSeries"
    dates = {f"dailyRange.{side}.{part}": value for side in ("startDate", "endDate") for part, value in TODAY.items()}
    metrics = {"dailyMetrics": ["BUSINESS_IMPRESSIONS_MOBILE_SEARCH", "WEBSITE_CLICKS"]}
    answer = location.call("GET", path, params=metrics | dates).json()
    assert not list(faults(answer, "FetchMultiDailyMetricsTimeSeriesResponse", PERFORMANCE_FACTS))
    series = answer["multiDailyMetricTimeSeries"][0]["dailyMetricTimeSeries"]
    assert series[0]["timeSeries"]["datedValues"] == [{"date": TODAY, "value": "7"}]
    refused(location.call("GET", path, params=dates), 400, "INVALID_ARGUMENT")
    refused(location.call("GET", path, params=metrics), 400, "INVALID_ARGUMENT")
    insights = location.call("POST", f"api/v4/{location.place}/localPosts:reportInsights", json={})
    assert insights.status_code == 404


TODAY = {"year": 2026, "month": 11, "day": 23}


# failure switches


@pytest.mark.parametrize(
    ("kind", "http", "status"),
    [
        (FailureSwitch.RATE_LIMITED, 429, "RESOURCE_EXHAUSTED"),
        (FailureSwitch.ERROR_BEFORE, 500, "INTERNAL"),
        (FailureSwitch.EXPIRED_TOKEN, 401, "UNAUTHENTICATED"),
        (FailureSwitch.REVOKED_APP, 401, "UNAUTHENTICATED"),
        (FailureSwitch.MISCONFIGURED_APP, 429, "RESOURCE_EXHAUSTED"),
    ],
)
def test_switches_that_publish_nothing(location: Location, kind: FailureSwitch, http: int, status: str) -> None:
    location.switch(kind)
    error = refused(location.create(), http, status)
    if kind is FailureSwitch.MISCONFIGURED_APP:
        assert error["details"][0]["metadata"]["quota_limit_value"] == "0"
    assert location.call("GET", f"api/v4/{location.place}/localPosts").json() == {}
    assert location.create().status_code == 200


def test_an_api_that_was_not_switched_on_says_so(location: Location) -> None:
    location.switch(FailureSwitch.MISCONFIGURED_APP)
    error = refused(location.call("GET", "accounts/v1/accounts"), 403, "PERMISSION_DENIED")
    assert [one.get("reason") for one in error["details"]] == [None, "SERVICE_DISABLED"]


def test_a_revoked_app_cannot_refresh(location: Location) -> None:
    location.switch(FailureSwitch.REVOKED_APP)
    answer = location.token_call(grant_type="refresh_token", refresh_token=location.more["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("kind", "http"), [(FailureSwitch.ERROR_AFTER, 500), (FailureSwitch.DUPLICATE, 409), (FailureSwitch.CLOSE_AFTER, 0)]
)
def test_switches_that_publish_and_lie(location: Location, kind: FailureSwitch, http: int) -> None:
    location.switch(kind)
    if http:
        assert location.create().status_code == http
    else:
        with pytest.raises(requests.ConnectionError):
            location.create()
    assert shown(location).text == STANDARD["summary"]


def test_a_slow_review_takes_its_time(location: Location, practice_clock: HeldClock) -> None:
    location.switch(FailureSwitch.SLOW_PROCESSING, seconds=90)
    name = location.create().json()["name"]
    practice_clock.advance(89)
    assert location.read(name)["state"] == "PROCESSING"
    practice_clock.advance(1)
    assert location.read(name)["state"] == "LIVE"


def test_rejected_media_rejects_a_good_photo(location: Location, practice_clock: HeldClock) -> None:
    location.server.files[PHOTO] = photo()
    location.switch(FailureSwitch.REJECTED_MEDIA)
    name = location.create(**STANDARD, media=[{"mediaFormat": "PHOTO", "sourceUrl": PHOTO}]).json()["name"]
    practice_clock.advance(2)
    assert location.read(name)["state"] == "REJECTED"


def test_what_is_assumed_here_is_what_the_documents_say() -> None:
    for name, facts in (
        ("mybusinessaccountmanagement.v1", LOCATION_FACTS),
        ("mybusinessbusinessinformation.v1", INFORMATION_FACTS),
        ("businessprofileperformance.v1", PERFORMANCE_FACTS),
    ):
        described = document(f"google_business_profile/{name}")
        assert described is None or facts_of(described, facts) == facts
    summary = document("google_business_profile/mybusiness.v4.localPosts.handmade")
    if summary:
        for schema in ("LocalPost", "CallToAction", "LocalPostEvent", "LocalPostOffer", "MediaItem"):
            assert set(LOCAL_POST_FACTS[schema]) <= set(summary["types"][schema])


def shown(location: Location) -> PracticePost:
    """Return the newest post as the feed shows it."""
    return location.store.feed("google_business", limit=1)[0]
