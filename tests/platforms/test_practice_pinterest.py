"""The Pinterest imitation: tokens, boards, media, pins, analytics, and everything it refuses.

Requests and answers are checked against the published description where it lies beside the repository.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from jsonschema import Draft202012Validator

from scheduler.practice.networks.pinterest.wire import READ_BUDGET
from scheduler.practice.switches import FailureSwitch
from tests.support.pictures import video
from tests.support.practice_clients import jpeg, moving_gif
from tests.support.practice_server import HeldClock, PracticeServer

Json = dict[str, Any]
Answer = requests.Response
BACK = "http://127.0.0.1:9/back"
DAY = 86_400
APP = ("practice-app", "practice-secret")
ALL_SCOPES = "boards:read,boards:write,pins:read,pins:write,user_accounts:read"
PHOTO = "https://clinic.example/media/knee.jpg"
PIN = ("PinCreate", "Pin")
BOARD = ("BoardCreate", "Board")
# Which schemas the description gives to the body and to the answer of a call; "[Pin]" is a page of them.
SCHEMAS: dict[tuple[str, str], tuple[str, str]] = {
    ("POST", "pins"): PIN,
    ("GET", "pins"): ("", "[Pin]"),
    ("GET", "pins/<id>"): ("", "Pin"),
    ("PATCH", "pins/<id>"): ("PinUpdate", "Pin"),
    ("GET", "pins/<id>/analytics"): ("", "PinAnalyticsResponse"),
    ("GET", "pins/analytics"): ("", "BulkPinAnalyticsResponse"),
    ("POST", "boards"): BOARD,
    ("GET", "boards"): ("", "[Board]"),
    ("GET", "boards/<id>"): ("", "Board"),
    ("PATCH", "boards/<id>"): ("BoardWithUpdatePrivacyUpdate", "BoardWithUpdatePrivacy"),
    ("GET", "boards/<id>/pins"): ("", "[Pin]"),
    ("GET", "boards/<id>/sections"): ("", "[BoardSection]"),
    ("POST", "boards/<id>/sections"): ("BoardSection", "BoardSection"),
    ("GET", "boards/<id>/sections/<id>/pins"): ("", "[Pin]"),
    ("POST", "media"): ("MediaUploadCreate", "MediaUpload"),
    ("GET", "media"): ("", "[Media]"),
    ("GET", "media/<id>"): ("", "Media"),
    ("GET", "user_account"): ("", "Account"),
    ("GET", "user_account/analytics"): ("", "AnalyticsResponse"),
}


@cache
def description() -> Json | None:
    """Return the published description, or None where it is not at hand."""
    name = "shared/specs/pinterest/openapi-5.23.0.organic-subset.json"
    path = next((found for parent in Path(__file__).parents if (found := parent / name).is_file()), None)
    return _without_openapi(json.loads(path.read_text("utf-8"))) if path else None


def _without_openapi(value: Any) -> Any:
    """Return the description with what OpenAPI 3.0 says in its own way said as JSON Schema does."""
    if isinstance(value, list):
        return [_without_openapi(one) for one in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _without_openapi(inner) for name, inner in value.items()}
    return {"anyOf": [changed, {"type": "null"}]} if changed.pop("nullable", False) is True else changed


def conforms(value: Any, name: str) -> None:
    """Check a value against a schema of the description."""
    document = description()
    if document is None or not name:
        return
    if name.startswith("["):
        assert isinstance(value["bookmark"], str | None)
        for item in value["items"]:
            conforms(item, name[1:-1])
        return
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema).validate(value)


def _pattern(path: str) -> str:
    return "/".join("<id>" if part.isdecimal() else part for part in path.split("/"))


class PinterestClient:
    """One account on the Pinterest imitation."""

    def __init__(self, server: PracticeServer, handle: str = "harbor") -> None:
        self.store, self.server = server.store, server
        self.credentials = server.store.create_account("pinterest", handle, "Harbor Street Clinic")
        self.account_id = self.credentials.account_id
        self.board = self.credentials.more["board"]
        self.token = self.credentials.more["access_token"]
        self.base = server.url + "/practice/pinterest"
        server.files[PHOTO] = jpeg(200, 300)

    def call(self, verb: str, path: str, body: Json | None = None, /, **params: str) -> Answer:
        """Make a call; what succeeds must conform to the description, its body too."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.base}/api/v5/{path}"
        answer = requests.request(verb, url, json=body, params=params, headers=headers, timeout=10)
        sent, said = SCHEMAS.get((verb, _pattern(path)), ("", ""))
        if answer.ok:
            conforms(body, sent)
            conforms(answer.json() if answer.content else None, said if answer.content else "")
        elif answer.headers["Content-Type"].startswith("application/json"):
            conforms(answer.json(), "Error")
        return answer

    def create(self, **fields: Any) -> Answer:
        body: Json = {"board_id": self.board, "title": "Knee braces", "media_source": photo()} | fields
        return self.call("POST", "pins", body)

    def created(self, **fields: Any) -> Json:
        answer = self.create(**fields)
        assert answer.status_code == 201, answer.text
        pin: Json = answer.json()
        return pin

    def register(self) -> Json:
        answer = self.call("POST", "media", {"media_type": "video"})
        assert answer.status_code == 201
        said: Json = answer.json()
        return said

    def send(self, said: Json, data: bytes, **changes: str) -> Answer:
        fields = said["upload_parameters"] | changes
        return requests.post(said["upload_url"], fields, files={"file": ("a.mp4", data)}, timeout=10)

    def uploaded(self, data: bytes) -> str:
        said = self.register()
        assert self.send(said, data).status_code == 204
        return str(said["media_id"])

    def status(self, media_id: str) -> str:
        return str(self.call("GET", f"media/{media_id}").json()["status"])

    def feed(self) -> list[Any]:
        return self.store.feed("pinterest", self.account_id)


def photo(data: bytes = b"", kind: str = "image/jpeg") -> Json:
    encoded = base64.b64encode(data or jpeg(200, 300)).decode()
    return {"source_type": "image_base64", "content_type": kind, "data": encoded}


def item(width: int = 200, colour: str = "red", **more: str) -> Json:
    data = base64.b64encode(jpeg(width, 300, colour)).decode()
    return {"content_type": "image/jpeg", "data": data, **more}


@pytest.fixture
def pinterest(practice_server: PracticeServer) -> PinterestClient:
    return PinterestClient(practice_server)


def refused(answer: Answer, status: int, code: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code, answer.text
    return str(answer.json()["message"])


# tokens


def authorize(pinterest: PinterestClient, **changes: str) -> Mapping[str, str]:
    asked = {
        "client_id": APP[0],
        "redirect_uri": BACK,
        "scope": ALL_SCOPES,
        "response_type": "code",
        "state": "s",
        "practice_decision": "allow",
        "practice_account": str(pinterest.account_id),
    } | changes
    answer = requests.get(f"{pinterest.base}/login/oauth/", asked, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def token(pinterest: PinterestClient, auth: tuple[str, str] = APP, /, **form: str) -> Answer:
    answer = requests.post(f"{pinterest.base}/api/v5/oauth/token", form, auth=auth, timeout=10)
    if answer.ok:
        conforms(answer.json(), "OauthAccessTokenResponseCode")
        conforms(answer.json(), "OauthAccessTokenResponseRefresh")
    return answer


def from_code(pinterest: PinterestClient, **changes: str) -> Answer:
    code = authorize(pinterest, **changes)["code"]
    return token(pinterest, grant_type="authorization_code", code=code, redirect_uri=BACK)


def test_a_code_becomes_tokens_that_rotate(pinterest: PinterestClient, practice_clock: HeldClock) -> None:
    said = from_code(pinterest).json()
    assert (said["expires_in"], said["refresh_token_expires_in"]) == (30 * DAY, 60 * DAY)
    assert said["refresh_token_expires_at"] == practice_clock.now_ms() // 1000 + 60 * DAY
    assert (said["response_type"], set(said["scope"].split(","))) == ("authorization_code", set(ALL_SCOPES.split(",")))
    practice_clock.advance(30 * DAY)
    pinterest.token = said["access_token"]
    refused(pinterest.call("GET", "user_account"), 401, 2)
    again = token(pinterest, grant_type="refresh_token", refresh_token=said["refresh_token"]).json()
    assert again["response_type"] == "refresh_token"
    pinterest.token = again["access_token"]
    assert pinterest.call("GET", "user_account").json()["account_type"] == "BUSINESS"
    old = token(pinterest, grant_type="refresh_token", refresh_token=said["refresh_token"])
    assert refused(old, 400, 283) == "The authorization grant is invalid"


def test_a_refresh_token_ends_after_sixty_days(pinterest: PinterestClient, practice_clock: HeldClock) -> None:
    refresh = pinterest.credentials.more["refresh_token"]
    practice_clock.advance(60 * DAY)
    refused(token(pinterest, grant_type="refresh_token", refresh_token=refresh), 400, 283)


def test_the_token_endpoint_refuses(pinterest: PinterestClient) -> None:
    code = authorize(pinterest)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    refused(token(pinterest, (APP[0], "no"), **form), 401, 2)
    refused(token(pinterest, **form | {"redirect_uri": BACK + "?"}), 400, 283)
    refused(token(pinterest, **form), 400, 283)
    refused(token(pinterest, grant_type="password"), 400, 1)
    assert authorize(pinterest, practice_decision="refuse")["error"] == "access_denied"


def test_a_token_can_be_revoked(pinterest: PinterestClient) -> None:
    url = f"{pinterest.base}/api/v5/oauth/token/revoke"
    assert requests.post(url, {"token": pinterest.token}, auth=APP, timeout=10).status_code == 200
    refused(pinterest.call("GET", "user_account"), 401, 2)


def test_scopes_are_required(pinterest: PinterestClient) -> None:
    pinterest.token = from_code(pinterest, scope="boards:read,pins:read").json()["access_token"]
    assert pinterest.call("GET", "boards").status_code == 200
    refused(pinterest.create(), 401, 3)
    refused(pinterest.call("POST", "boards", {"name": "x"}), 401, 3)
    refused(pinterest.call("GET", "user_account"), 401, 3)
    pinterest.token = "wrong"
    refused(pinterest.call("GET", "boards"), 401, 2)


# boards


def test_boards_and_sections(pinterest: PinterestClient) -> None:
    made = pinterest.call("POST", "boards", {"name": "Exercises", "description": "For knees"})
    assert made.status_code == 201
    board = made.json()["id"]
    names = [one["name"] for one in pinterest.call("GET", "boards", page_size="250").json()["items"]]
    assert sorted(names) == ["Exercises", "Practice board"]
    assert pinterest.call("PATCH", f"boards/{board}", {"name": "Legs"}).json()["description"] == "For knees"
    section = pinterest.call("POST", f"boards/{board}/sections", {"name": "Warm-up"}).json()["id"]
    assert pinterest.call("GET", f"boards/{board}/sections").json()["items"] == [{"id": section, "name": "Warm-up"}]
    pin = pinterest.created(board_id=board, board_section_id=section)
    assert pin["board_section_id"] == section
    for path in (f"boards/{board}/pins", f"boards/{board}/sections/{section}/pins", "pins"):
        assert [one["id"] for one in pinterest.call("GET", path).json()["items"]] == [pin["id"]]
    assert pinterest.call("GET", f"boards/{board}").json()["pin_count"] == 1
    assert pinterest.call("DELETE", f"boards/{board}").status_code == 204
    assert pinterest.feed() == []
    refused(pinterest.call("GET", f"boards/{board}"), 404, 40)
    refused(pinterest.create(board_id=pinterest.board, board_section_id=section), 404, 2031)


def test_boards_that_are_refused(pinterest: PinterestClient, practice_server: PracticeServer) -> None:
    for body in ({}, {"name": " "}, {"name": "x" * 181}, {"name": "x", "privacy": "HIDDEN"}, {"name": 5}):
        refused(pinterest.call("POST", "boards", body), 400, 1)
    other = PinterestClient(practice_server, "other")
    refused(other.create(board_id=pinterest.board), 404, 40)
    refused(other.call("GET", f"boards/{pinterest.board}/pins"), 404, 40)


def test_secret_boards_need_their_scope(pinterest: PinterestClient) -> None:
    pinterest.call("POST", "boards", {"name": "Hidden", "privacy": "SECRET"})
    assert len(pinterest.call("GET", "boards").json()["items"]) == 1
    pinterest.token = from_code(pinterest, scope="boards:read,boards:read_secret").json()["access_token"]
    assert len(pinterest.call("GET", "boards").json()["items"]) == 2
    assert len(pinterest.call("GET", "boards", privacy="SECRET").json()["items"]) == 1


# pins


def test_a_pin_from_bytes(pinterest: PinterestClient) -> None:
    fields = {"description": "Which one fits", "link": "https://clinic.example/knees", "alt_text": "A blue brace"}
    pin = pinterest.created(**fields, dominant_color="#6E7874")
    assert {name: pin[name] for name in fields} == fields
    assert (pin["created_at"], pin["creative_type"], pin["is_owner"]) == ("2026-11-23T09:00:00", "REGULAR", True)
    picture = pin["media"]["images"]["600x"]
    assert (picture["width"], picture["height"]) == (200, 300)
    assert requests.get(picture["url"], timeout=10).content == jpeg(200, 300)
    shown = pinterest.feed()[0]
    assert (shown.images[0].alt, shown.card.url) == ("A blue brace", "https://clinic.example/knees")
    assert "Practice board" in shown.html
    assert "base64]" in shown.raw_json
    visit = requests.get(f"{pinterest.base}/web/pin/{pin['id']}/", allow_redirects=False, timeout=10)
    assert "/admin/practice/pinterest#post-" in visit.headers["Location"]
    assert requests.get(f"{pinterest.base}/web/pin/1/", timeout=10).status_code == 404


def test_a_pin_from_an_address(pinterest: PinterestClient) -> None:
    assert pinterest.created(media_source={"source_type": "image_url", "url": PHOTO})["creative_type"] == "REGULAR"
    for url in (PHOTO + "x", "/media/knee.jpg"):
        refused(pinterest.create(media_source={"source_type": "image_url", "url": url}), 400, 1)


def test_a_carousel(pinterest: PinterestClient) -> None:
    items = [item(colour=colour, title=colour, link=f"https://clinic.example/{colour}") for colour in ("red", "green")]
    source = {"source_type": "multiple_image_base64", "items": items, "index": 1}
    pin = pinterest.created(media_source=source)
    assert (pin["creative_type"], pin["media"]["media_type"]) == ("CAROUSEL", "multiple_images")
    assert [one["title"] for one in pin["media"]["items"]] == ["red", "green"]
    slots = [{"title": "one"}, {"title": "two"}]
    changed = pinterest.call("PATCH", f"pins/{pin['id']}", {"carousel_slots": slots}).json()
    assert [one["title"] for one in changed["media"]["items"]] == ["one", "two"]
    assert changed["media"]["items"][0]["link"] == "https://clinic.example/red"
    urls = {"source_type": "multiple_image_urls", "items": [{"url": PHOTO}, {"url": PHOTO}]}
    assert pinterest.created(media_source=urls)["creative_type"] == "CAROUSEL"


def test_media_sources_that_are_refused(pinterest: PinterestClient) -> None:
    base64s = "multiple_image_base64"
    sources: list[Any] = [
        None,
        {},
        {"source_type": "text"},
        {"source_type": "image_url"},
        photo(kind="image/webp"),
        photo(kind="image/png"),
        photo(moving_gif(), "image/jpeg"),
        photo(b"no photo"),
        photo(jpeg(90, 300)),
        photo() | {"data": "no base64!"},
        photo() | {"data": ""},
        {"source_type": base64s, "items": [item()]},
        {"source_type": base64s, "items": [item()] * 6},
        {"source_type": base64s, "items": [item(), item(260)]},
        {"source_type": base64s, "items": [item(), item()], "index": 2},
        {"source_type": "multiple_image_urls", "items": [item(), item()]},
        {"source_type": "video_id", "media_id": "12", "cover_image_key_frame_time": 0},
    ]
    for source in sources:
        refused(pinterest.create(media_source=source), 400, 1)
    assert pinterest.feed() == []


def test_pins_that_are_refused(pinterest: PinterestClient) -> None:
    changes: list[Json] = [
        {"board_id": None},
        {"board_id": "abc"},
        {"title": "x" * 101},
        {"title": 5},
        {"description": "x" * 801},
        {"alt_text": "x" * 501},
        {"link": "https://clinic.example/" + "x" * 2048},
        {"link": "clinic.example"},
        {"link": "https://bit.ly/abc"},
        {"dominant_color": "blue"},
    ]
    for change in changes:
        refused(pinterest.create(**change), 400, 1)
    refused(pinterest.create(board_id="12"), 404, 40)
    answer = requests.post(
        f"{pinterest.base}/api/v5/pins", b"[]", headers={"Authorization": f"Bearer {pinterest.token}"}, timeout=10
    )
    refused(answer, 400, 1)


def test_a_pin_is_changed_and_deleted(pinterest: PinterestClient, practice_server: PracticeServer) -> None:
    pin = pinterest.created(link="https://clinic.example/a")
    path = f"pins/{pin['id']}"
    changed = pinterest.call("PATCH", path, {"title": "New", "alt_text": "Seen"}).json()
    assert (changed["title"], changed["alt_text"], changed["link"]) == ("New", "Seen", "https://clinic.example/a")
    assert changed["media"] == pin["media"]
    refused(pinterest.call("PATCH", path, {"title": "x" * 101}), 400, 1)
    other = PinterestClient(practice_server, "other")
    for verb in ("GET", "DELETE"):
        refused(other.call(verb, path), 404, 50)
    assert pinterest.call("DELETE", path).status_code == 204
    refused(pinterest.call("GET", path), 404, 50)
    refused(pinterest.call("DELETE", path), 404, 50)


def test_lists_are_newest_first_and_paged(pinterest: PinterestClient, practice_clock: HeldClock) -> None:
    pins = []
    for number in range(3):
        pins.append(pinterest.created(title=str(number))["id"])
        practice_clock.advance(1)
    page = pinterest.call("GET", f"boards/{pinterest.board}/pins", page_size="2").json()
    assert [one["id"] for one in page["items"]] == [pins[2], pins[1]]
    rest = pinterest.call("GET", f"boards/{pinterest.board}/pins", page_size="2", bookmark=page["bookmark"]).json()
    assert ([one["id"] for one in rest["items"]], rest["bookmark"]) == ([pins[0]], None)
    for params in ({"page_size": "0"}, {"page_size": "251"}, {"bookmark": "no"}):
        refused(pinterest.call("GET", "pins", **params), 400, 1)


# video


def test_a_video_is_registered_uploaded_processed_and_pinned(
    pinterest: PinterestClient, practice_clock: HeldClock, tmp_path: Path
) -> None:
    said = pinterest.register()
    media_id = said["media_id"]
    assert pinterest.status(media_id) == "registered"
    assert pinterest.send(said, video(tmp_path / "a.mp4", 4.2, size=(64, 96)).read_bytes()).status_code == 204
    assert pinterest.status(media_id) == "processing"
    source: Json = {"source_type": "video_id", "media_id": media_id, "cover_image_key_frame_time": 1}
    refused(pinterest.create(media_source=source), 400, 1)
    practice_clock.advance(2)
    assert pinterest.status(media_id) == "succeeded"
    refused(pinterest.create(media_source={"source_type": "video_id", "media_id": media_id}), 400, 1)
    refused(pinterest.create(media_source=source | {"cover_image_key_frame_time": -1}), 400, 1)
    pin = pinterest.created(media_source=source)
    assert (pin["creative_type"], pin["media"]["media_type"]) == ("VIDEO", "video")
    assert pinterest.feed()[0].images[0].kind == "video"
    refused(pinterest.create(media_source=source), 400, 1)
    assert [one["media_id"] for one in pinterest.call("GET", "media").json()["items"]] == [media_id]


def test_covers_of_a_video(pinterest: PinterestClient, practice_clock: HeldClock, tmp_path: Path) -> None:
    data = video(tmp_path / "a.mp4", 4.2, size=(64, 96)).read_bytes()
    encoded = {"cover_image_content_type": "image/jpeg", "cover_image_data": photo()["data"]}
    for cover in ({"cover_image_url": PHOTO}, encoded):
        media_id = pinterest.uploaded(data)
        practice_clock.advance(2)
        source = {"source_type": "video_id", "media_id": media_id}
        refused(pinterest.create(media_source=source | {"cover_image_url": PHOTO + "x"}), 400, 1)
        assert pinterest.created(media_source=source | cover)["creative_type"] == "VIDEO"


def test_uploads_that_the_store_refuses(pinterest: PinterestClient, practice_clock: HeldClock) -> None:
    said = pinterest.register()
    for changes in ({"key": "other"}, {"policy": "other"}, {"x-amz-signature": "other"}):
        answer = pinterest.send(said, b"x", **changes)
        assert answer.status_code == 403
        assert "<Error><Code>" in answer.text
    url, fields = said["upload_url"], said["upload_parameters"]
    files = {"file": ("a.mp4", b"x")}
    bearer = {"Authorization": "Bearer x"}
    assert requests.post(url, fields, files=files, headers=bearer, timeout=10).status_code == 400
    parts = [("file", ("a.mp4", b"x")), *((name, (None, value)) for name, value in fields.items())]
    assert requests.post(url, files=parts, timeout=10).status_code == 403
    assert requests.post(url, fields, timeout=10).status_code == 403
    assert pinterest.status(said["media_id"]) == "registered"
    practice_clock.advance(3600)
    assert pinterest.send(said, b"x").status_code == 403
    refused(pinterest.call("POST", "media", {"media_type": "image"}), 400, 1)


def test_videos_that_fail(pinterest: PinterestClient, practice_clock: HeldClock, tmp_path: Path) -> None:
    short = video(tmp_path / "short.mp4", 1.0, size=(64, 96)).read_bytes()
    other = video(tmp_path / "other.webm", 4.2, codec="libvpx-vp9", size=(64, 96)).read_bytes()
    for data in (short, other, b"no video"):
        media_id = pinterest.uploaded(data)
        practice_clock.advance(2)
        assert pinterest.status(media_id) == "failed"
        source = {"source_type": "video_id", "media_id": media_id, "cover_image_key_frame_time": 0}
        refused(pinterest.create(media_source=source), 400, 1)


# analytics, limits, failure switches


def test_analytics(pinterest: PinterestClient, practice_clock: HeldClock) -> None:
    pin = pinterest.created()
    pinterest.store.posts.set_counts(pinterest.feed()[0].id, likes=5, reposts=3, replies=1)
    wish = {"start_date": "2026-11-22", "end_date": "2026-11-23", "metric_types": "SAVE,IMPRESSION,TOTAL_REACTIONS"}
    found = pinterest.call("GET", f"pins/{pin['id']}/analytics", **wish).json()["all"]
    assert found["summary_metrics"] == {"SAVE": 3, "IMPRESSION": 0}
    assert found["lifetime_metrics"] == {"TOTAL_REACTIONS": 5}
    assert [one["data_status"] for one in found["daily_metrics"]] == ["BEFORE_PIN_CREATED", "READY"]
    assert list(pinterest.call("GET", "pins/analytics", pin_ids=pin["id"], **wish).json()) == [pin["id"]]
    assert pinterest.call("GET", "user_account/analytics", **wish).json()["all"]["summary_metrics"]["SAVE"] == 3
    metrics = pinterest.call("GET", f"pins/{pin['id']}", pin_metrics="true").json()["pin_metrics"]
    assert metrics["lifetime_metrics"]["save"] == 3
    wrong = ({"start_date": "2026-08-01"}, {"end_date": "2026-11-21"}, {"metric_types": "LIKES"}, {"start_date": "x"})
    for change in wrong:
        refused(pinterest.call("GET", f"pins/{pin['id']}/analytics", **wish | change), 400, 1)


def test_an_app_with_trial_access_makes_no_pin(practice_server: PracticeServer) -> None:
    pinterest = PinterestClient(practice_server, "trial_clinic")
    assert "Trial access" in refused(pinterest.create(), 403, 29)
    assert pinterest.call("POST", "boards", {"name": "x"}).headers["X-RateLimit-Limit"] == "300"
    assert pinterest.feed() == []


def test_requests_are_counted(pinterest: PinterestClient) -> None:
    headers = pinterest.call("GET", "boards").headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("1000", "999")
    account = pinterest.store.accounts.get(pinterest.account_id)
    assert account is not None
    pinterest.store.rates.spend(READ_BUDGET, account.public_id, 1000)
    answer = pinterest.call("GET", "boards")
    refused(answer, 429, 8)
    assert 0 < int(answer.headers["X-RateLimit-Reset"]) <= 60


@pytest.mark.parametrize(
    ("kind", "status", "code", "posted"),
    [
        ("rate_limited", 429, 8, 0),
        ("error_before", 500, 12, 0),
        ("expired_token", 401, 2, 0),
        ("misconfigured_app", 403, 29, 0),
        ("error_after", 500, 12, 1),
    ],
)
def test_publishing_goes_wrong(pinterest: PinterestClient, kind: str, status: int, code: int, posted: int) -> None:
    pinterest.store.set_switch(pinterest.account_id, kind, seconds=90)
    answer = pinterest.create()
    refused(answer, status, code)
    assert len(pinterest.feed()) == posted
    if kind == "rate_limited":
        assert answer.headers["X-RateLimit-Reset"] == "90"


def test_the_answer_is_lost_and_the_board_tells(pinterest: PinterestClient) -> None:
    pinterest.store.set_switch(pinterest.account_id, FailureSwitch.CLOSE_AFTER)
    with pytest.raises(requests.ConnectionError):
        pinterest.create(title="Lost")
    assert [one["title"] for one in pinterest.call("GET", f"boards/{pinterest.board}/pins").json()["items"]] == ["Lost"]


def test_media_are_rejected_or_slow(pinterest: PinterestClient, practice_clock: HeldClock, tmp_path: Path) -> None:
    data = video(tmp_path / "a.mp4", 4.2, size=(64, 96)).read_bytes()
    pinterest.store.set_switch(pinterest.account_id, FailureSwitch.REJECTED_MEDIA, requests=2)
    refused(pinterest.create(), 400, 1)
    media_id = pinterest.uploaded(data)
    practice_clock.advance(2)
    assert pinterest.status(media_id) == "failed"
    pinterest.store.set_switch(pinterest.account_id, FailureSwitch.SLOW_PROCESSING, seconds=60)
    media_id = pinterest.uploaded(data)
    practice_clock.advance(59)
    assert pinterest.status(media_id) == "processing"
    practice_clock.advance(1)
    assert pinterest.status(media_id) == "succeeded"


def test_a_revoked_app_a_suspended_account_an_unknown_call(pinterest: PinterestClient) -> None:
    pinterest.store.set_switch(pinterest.account_id, FailureSwitch.REVOKED_APP)
    refused(pinterest.call("GET", "user_account"), 401, 2)
    refused(pinterest.call("GET", "pinners"), 404, 0)
    pinterest.store.accounts.set_status(pinterest.account_id, "suspended")
    refused(pinterest.call("GET", "user_account"), 403, 3)
