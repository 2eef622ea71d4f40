"""The LinkedIn imitation: versions, scopes, uploads, posts and their contents, comments, and what it refuses."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import requests

from scheduler.practice.networks.linkedin.server import MEMBER_SCOPES, sign_in
from scheduler.practice.networks.linkedin.text import read_little_text
from scheduler.practice.networks.linkedin.wire import POST_BUDGET
from tests.support.practice_clients import TIMEOUT, jpeg, mp4
from tests.support.practice_server import HeldClock, PracticeServer

APP = {"client_id": "practice-app", "client_secret": "practice-secret"}
BACK = "http://127.0.0.1:9/back"
CLIP = mp4() + bytes(80_000)
Json = dict[str, Any]


class LinkedInClient:
    """One member on the imitation, signed in, who administers one organization."""

    def __init__(self, server: PracticeServer, handle: str = "harbor") -> None:
        self.store = server.store
        made = server.store.create_account("linkedin", handle, "Harbor Street Clinic")
        self.account_id, self.token, self.base = made.account_id, made.access_token, server.address(made)
        self.organization = made.more["author"]
        self.person = f"urn:li:person:m{self.organization.rpartition(':')[2]}"
        self.headers = {"LinkedIn-Version": "202608", "X-Restli-Protocol-Version": "2.0.0"}

    def restrict(self, *scopes: str) -> None:
        account = self.store.accounts.get(self.account_id)
        assert account is not None
        self.token = sign_in(self.store).credentials(account, scopes)["access_token"]

    def call(self, method: str, path: str, body: Json | None = None, **headers: str) -> requests.Response:
        sent = {**self.headers, "Authorization": f"Bearer {self.token}", **headers}
        sent = {name.replace("_", "-"): value for name, value in sent.items() if value}
        return requests.request(method, f"{self.base}/{path}", headers=sent, json=body, timeout=TIMEOUT)

    def body(self, text: str, content: Json | None = None, author: str = "") -> Json:
        frame = {
            "author": author or self.organization,
            "commentary": text,
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
        }
        return frame | ({"content": content} if content else {})

    def post(self, text: str, content: Json | None = None, author: str = "", **changes: Any) -> requests.Response:
        return self.call("POST", "rest/posts", self.body(text, content, author) | changes)

    def posted(self, text: str, content: Json | None = None, author: str = "") -> str:
        answer = self.post(text, content, author)
        assert answer.status_code == 201 and answer.content == b"", answer.text
        return str(answer.headers["x-restli-id"])

    def begin(self, kind: str, author: str = "", **more: Any) -> Json:
        wish = {"initializeUploadRequest": {"owner": author or self.organization, **more}}
        answer = self.call("POST", f"rest/{kind}s?action=initializeUpload", wish)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["value"])

    def put(self, url: str, data: bytes, token: str = "") -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.put(url, data=data, headers=headers, timeout=TIMEOUT)

    def image(self, data: bytes = b"", author: str = "") -> str:
        value = self.begin("image", author)
        assert self.put(value["uploadUrl"], data or jpeg(), self.token).status_code == 201
        return str(value["image"])

    def video(self, data: bytes = CLIP, author: str = "") -> str:
        value = self.begin("video", author, fileSizeBytes=len(data), uploadCaptions=False, uploadThumbnail=False)
        etags = []
        for part in value["uploadInstructions"]:
            answer = self.put(part["uploadUrl"], data[part["firstByte"] : part["lastByte"] + 1])
            etags.append(answer.headers["ETag"].strip('"'))
        assert self.finalize(value, etags).status_code == 200
        return str(value["video"])

    def finalize(self, value: Json, etags: list[str]) -> requests.Response:
        wish = {"video": value["video"], "uploadToken": value["uploadToken"], "uploadedPartIds": etags}
        return self.call("POST", "rest/videos?action=finalizeUpload", {"finalizeUploadRequest": wish})


@pytest.fixture
def linkedin(practice_server: PracticeServer) -> LinkedInClient:
    return LinkedInClient(practice_server)


def refused(answer: requests.Response, status: int, code: str = "") -> Json:
    body = answer.json()
    assert (answer.status_code, body["status"]) == (status, status), answer.text
    assert body.get("code", "") == code, answer.text
    return dict(body)


def urn_path(urn: str) -> str:
    return quote(urn, safe="")


# signing in


def consent(server: PracticeServer, account_id: int, scope: str) -> Json:
    asked = {
        "response_type": "code", "client_id": APP["client_id"], "redirect_uri": BACK, "state": "s", "scope": scope,
        "practice_decision": "allow", "practice_account": str(account_id),
    }  # fmt: skip
    page = f"{server.url}/practice/linkedin/login/oauth/v2/authorization"
    location = requests.get(page, asked, allow_redirects=False, timeout=TIMEOUT).headers["Location"]
    back = dict(parse_qsl(urlsplit(location).query))
    if "code" not in back:
        return back
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK, **APP}
    token_url = f"{server.url}/practice/linkedin/login/oauth/v2/accessToken"
    return dict(requests.post(token_url, form, timeout=TIMEOUT).json())


def test_a_member_signs_in_for_sixty_days_without_a_refresh_token(
    practice_server: PracticeServer, practice_clock: HeldClock, linkedin: LinkedInClient
) -> None:
    said = consent(practice_server, linkedin.account_id, " ".join(MEMBER_SCOPES))
    assert said["expires_in"] == 5_184_000 and "refresh_token" not in said
    linkedin.token = said["access_token"]
    assert linkedin.person.endswith(linkedin.call("GET", "v2/userinfo").json()["sub"])
    refused(linkedin.post("Hello"), 403, "ACCESS_DENIED")
    linkedin.posted("Hello", author=linkedin.person)
    practice_clock.advance(5_184_000)
    assert refused(linkedin.call("GET", "v2/userinfo"), 401, "EXPIRED_ACCESS_TOKEN")["serviceErrorCode"] == 65602


def test_a_vetted_application_gets_a_refresh_token_whose_end_is_fixed(
    practice_server: PracticeServer, practice_clock: HeldClock, linkedin: LinkedInClient
) -> None:
    said = consent(practice_server, linkedin.account_id, "w_organization_social r_organization_social")
    assert said["refresh_token_expires_in"] == 365 * 86_400
    practice_clock.advance(86_400)
    form = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"], **APP}
    token_url = f"{practice_server.url}/practice/linkedin/login/oauth/v2/accessToken"
    again = requests.post(token_url, form, timeout=TIMEOUT).json()
    assert again["refresh_token"] == said["refresh_token"]
    assert again["refresh_token_expires_in"] == 364 * 86_400
    introspect = token_url.replace("accessToken", "introspectToken")
    looked = requests.post(introspect, {"token": again["access_token"], **APP}, timeout=TIMEOUT).json()
    assert looked["active"] is True and "w_organization_social" in looked["scope"]


def test_a_scope_that_is_not_approved_comes_back_as_an_error(
    practice_server: PracticeServer, linkedin: LinkedInClient
) -> None:
    assert consent(practice_server, linkedin.account_id, "r_member_social")["error"] == "unauthorized_scope_error"


def test_wrong_tokens(linkedin: LinkedInClient) -> None:
    linkedin.token = "wrong"
    assert refused(linkedin.post("Hello"), 401, "INVALID_ACCESS_TOKEN")["serviceErrorCode"] == 65600
    refused(linkedin.call("POST", "rest/posts", {}, Authorization=""), 401, "EMPTY_ACCESS_TOKEN")


def test_the_organizations_of_a_member(linkedin: LinkedInClient) -> None:
    found = linkedin.call("GET", "rest/organizationAcls?q=roleAssignee&state=APPROVED").json()["elements"]
    assert [(one["organization"], one["role"]) for one in found] == [(linkedin.organization, "ADMINISTRATOR")]
    number = linkedin.organization.rpartition(":")[2]
    assert linkedin.call("GET", f"rest/organizations/{number}").json()["localizedName"] == "Harbor Street Clinic"
    listed = linkedin.call("GET", f"rest/organizations?ids=List({number},1)").json()["results"]
    assert list(listed) == [number]
    refused(linkedin.call("GET", "rest/organizations/1"), 404, "NOT_FOUND")
    linkedin.restrict("w_member_social")
    refused(linkedin.call("GET", "rest/organizationAcls?q=roleAssignee"), 403, "ACCESS_DENIED")


# headers of versioned calls


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"LinkedIn_Version": "202511"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn_Version": "202512"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn_Version": "202999"}, 426, "NONEXISTENT_VERSION"),
        ({"X_Restli_Protocol_Version": "1.0.0"}, 400, "ILLEGAL_ARGUMENT"),
    ],
)
def test_versions(linkedin: LinkedInClient, headers: dict[str, str], status: int, code: str) -> None:
    linkedin.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    refused(linkedin.post("Hello"), status, code)


def test_a_call_without_a_version_and_a_version_past_its_end(
    linkedin: LinkedInClient, practice_clock: HeldClock
) -> None:
    del linkedin.headers["LinkedIn-Version"]
    refused(linkedin.post("Hello"), 400, "VERSION_MISSING")
    linkedin.headers["LinkedIn-Version"] = "202601"
    linkedin.posted("Hello")
    practice_clock.advance(53 * 86_400)
    refused(linkedin.post("Hello again"), 426, "NONEXISTENT_VERSION")


def test_urns_in_paths_are_encoded(linkedin: LinkedInClient) -> None:
    urn = linkedin.posted("Hello")
    refused(linkedin.call("GET", f"rest/posts/{urn}"), 400, "ILLEGAL_ARGUMENT")
    assert linkedin.call("GET", f"rest/posts/{urn_path(urn)}").json()["id"] == urn


# posts


def test_a_post_is_found_changed_and_deleted(linkedin: LinkedInClient, practice_clock: HeldClock) -> None:
    urn = linkedin.posted("Knees \\(and hips\\) #orthopaedics")
    query = f"rest/posts?q=author&author={urn_path(linkedin.organization)}&count=20&sortBy=LAST_MODIFIED"
    refused(linkedin.call("GET", query), 400, "ILLEGAL_ARGUMENT")
    found = linkedin.call("GET", query, X_RestLi_Method="FINDER").json()["elements"]
    assert found[0]["commentary"] == "Knees \\(and hips\\) {hashtag|\\#|orthopaedics}"
    assert (found[0]["id"], found[0]["createdAt"]) == (urn, practice_clock.now_ms())
    shown = linkedin.store.feed("linkedin")[0]
    assert shown.text == "Knees (and hips) #orthopaedics" and shown.warning == "Organization"
    assert shown.permalink == f"/practice/linkedin/web/feed/update/{urn}/"
    path, patch = f"rest/posts/{urn_path(urn)}", {"patch": {"$set": {"commentary": "Hips"}}}
    assert linkedin.call("POST", path, patch, X_RestLi_Method="PARTIAL_UPDATE").status_code == 204
    assert linkedin.store.feed("linkedin")[0].text == "Hips"
    other = {"patch": {"$set": {"visibility": "PUBLIC"}}}
    refused(linkedin.call("POST", path, other, X_RestLi_Method="PARTIAL_UPDATE"), 400, "INVALID_VALUE_FOR_FIELD")
    refused(linkedin.call("POST", path, patch), 400, "ILLEGAL_ARGUMENT")
    for _ in range(2):
        assert linkedin.call("DELETE", path, X_RestLi_Method="DELETE").status_code == 204
    refused(linkedin.call("GET", path), 404, "NOT_FOUND")


def test_a_members_posts_cannot_be_listed(linkedin: LinkedInClient) -> None:
    query = f"rest/posts?q=author&author={urn_path(linkedin.person)}"
    refused(linkedin.call("GET", query, X_RestLi_Method="FINDER"), 403, "ACCESS_DENIED")
    linkedin.restrict(*MEMBER_SCOPES)
    refused(linkedin.call("GET", query, X_RestLi_Method="FINDER"), 403, "ACCESS_DENIED")


@pytest.mark.parametrize(
    ("text", "shown", "cut_at"),
    [
        ("Plain & simple.\nTwo lines", "Plain & simple.\nTwo lines", ""),
        ("Open \\(today\\)", "Open (today)", ""),
        ("Open (today)", "Open", "("),
        ("Mail us: a_b\\@example.com", "Mail us: a", "_"),
        ("Hello @[Harbor](urn:li:organization:1)!", "Hello Harbor!", ""),
        ("{hashtag|\\#|knee} and #hip", "#knee and #hip", ""),
        ("No 1 # here", "No 1", "#"),
        ("back\\slash", "back", "\\"),
    ],
)
def test_unescaped_reserved_characters_cut_the_text_silently(text: str, shown: str, cut_at: str) -> None:
    found = read_little_text(text)
    assert (found.shown, found.cut_at) == (shown, cut_at)


def test_the_feed_tells_what_was_cut(linkedin: LinkedInClient) -> None:
    linkedin.posted("Open (today)")
    assert "cut the text at an unescaped “(”" in linkedin.store.feed("linkedin")[0].warning


def test_an_identical_post_is_refused_for_ten_minutes_and_names_the_first(
    linkedin: LinkedInClient, practice_clock: HeldClock
) -> None:
    urn = linkedin.posted("Hello")
    body = refused(linkedin.post("Hello"), 422, "DUPLICATE_POST")
    assert body["message"] == f"Content is a duplicate of {urn}"
    linkedin.posted("Hello", author=linkedin.person)
    practice_clock.advance(601)
    linkedin.posted("Hello")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"colour": "red"}, 422, ""),
        ({"commentary": " "}, 422, "MISSING_FIELD"),
        ({"commentary": "x" * 3001}, 400, "FIELD_LENGTH_TOO_LONG"),
        ({"lifecycleState": "DRAFT"}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"visibility": "FRIENDS"}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"visibility": "CONNECTIONS"}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"distribution": {}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"author": "harbor"}, 400, "INVALID_URN_TYPE"),
        ({"author": "urn:li:organization:1"}, 403, "ACCESS_DENIED"),
        ({"reshareContext": {"parent": "urn:li:share:1"}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"carousel": {}}}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"media": {"id": "urn:li:image:none"}}}, 400, "INVALID_URN_ID"),
        ({"content": {"media": {"id": "17"}}}, 400, "INVALID_URN_TYPE"),
        ({"content": {"multiImage": {"images": [{"id": "urn:li:image:a"}]}}}, 422, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"article": {"source": "ftp://x"}}}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"article": {"source": "https://x.example", "title": "t" * 400}}}, 400, "FIELD_LENGTH_TOO_LONG"),
        ({"content": {"poll": {"question": "Tea?", "options": [{"text": "Yes"}]}}}, 422, "INVALID_VALUE_FOR_FIELD"),
    ],
)
def test_what_it_refuses_to_post(linkedin: LinkedInClient, changes: Json, status: int, code: str) -> None:
    refused(linkedin.post("Hello", **changes), status, code)
    assert linkedin.store.feed("linkedin") == []


@pytest.mark.parametrize("name", ["author", "commentary", "visibility", "distribution", "lifecycleState"])
def test_required_fields(linkedin: LinkedInClient, name: str) -> None:
    body = linkedin.body("Hello")
    del body[name]
    refused(linkedin.call("POST", "rest/posts", body), 422, "MISSING_FIELD")


# uploads and contents


def test_one_photo_and_several_with_alt_text(linkedin: LinkedInClient) -> None:
    one = linkedin.image()
    assert linkedin.call("GET", f"rest/images/{urn_path(one)}").json()["status"] == "AVAILABLE"
    urn = linkedin.posted("One", {"media": {"id": one, "altText": "A knee"}})
    assert urn.startswith("urn:li:share:")
    images = [{"id": linkedin.image(), "altText": f"Hip {number}"} for number in range(3)]
    assert linkedin.posted("Three", {"multiImage": {"images": images}}).startswith("urn:li:ugcPost:")
    three, first = linkedin.store.feed("linkedin")
    assert [image.alt for image in three.images] == ["Hip 0", "Hip 1", "Hip 2"]
    assert [image.alt for image in first.images] == ["A knee"]


def test_an_article_shows_only_what_is_sent(linkedin: LinkedInClient) -> None:
    source = "https://example.com/knees"
    linkedin.posted("Bare", {"article": {"source": source}})
    article = {"source": source, "title": "Knees", "description": "All about", "thumbnail": linkedin.image()}
    linkedin.posted("Full", {"article": article})
    full, bare = (post.card for post in linkedin.store.feed("linkedin"))
    assert full and bare
    assert (bare.title, bare.image) == (source, "")
    assert full.title == "Knees" and full.image.startswith("/practice/linkedin/media/")


def test_a_video_goes_up_in_parts_and_is_processed(linkedin: LinkedInClient, practice_clock: HeldClock) -> None:
    data = mp4() + bytes(4 * 1024 * 1024)
    value = linkedin.begin("video", fileSizeBytes=len(data))
    assert len(value["uploadInstructions"]) == 2
    refused(linkedin.post("None", {"media": {"id": value["video"]}}), 400, "MEDIA_ASSET_WAITING_UPLOAD")
    urn = linkedin.video(data)
    refused(linkedin.post("Early", {"media": {"id": urn}}), 400, "MEDIA_ASSET_WAITING_UPLOAD")
    practice_clock.advance(2)
    assert linkedin.call("GET", f"rest/videos/{urn_path(urn)}").json()["status"] == "AVAILABLE"
    linkedin.posted("Clip", {"media": {"id": urn, "title": "Clip"}})
    assert linkedin.store.feed("linkedin")[0].images[0].kind == "video"


def test_parts_are_checked(linkedin: LinkedInClient) -> None:
    value = linkedin.begin("video", fileSizeBytes=len(CLIP))
    url = value["uploadInstructions"][0]["uploadUrl"]
    refused(linkedin.put(url, CLIP, linkedin.token), 400, "ILLEGAL_ARGUMENT")
    refused(linkedin.put(url, CLIP[1:]), 400, "UPLOAD_SIZE_MISMATCH")
    refused(linkedin.finalize(value, []), 400, "INVALID_VALUE_FOR_FIELD")
    etag = linkedin.put(url, CLIP).headers["ETag"].strip('"')
    refused(linkedin.finalize(value, [f"{etag}x"]), 400, "INVALID_VALUE_FOR_FIELD")
    refused(linkedin.finalize(value | {"uploadToken": "x"}, [etag]), 400, "INVALID_VALUE_FOR_FIELD")
    assert linkedin.finalize(value, [etag]).status_code == 200
    small = {"initializeUploadRequest": {"owner": linkedin.organization, "fileSizeBytes": 1000}}
    refused(linkedin.call("POST", "rest/videos?action=initializeUpload", small), 400, "INVALID_VALUE_FOR_FIELD")


def test_a_document_needs_a_title(linkedin: LinkedInClient) -> None:
    value = linkedin.begin("document")
    assert linkedin.put(value["uploadUrl"], b"%PDF-1.7 pages", linkedin.token).status_code == 201
    refused(linkedin.post("Pages", {"media": {"id": value["document"]}}), 422, "MISSING_FIELD")
    linkedin.posted("Pages", {"media": {"id": value["document"], "title": "Price list"}})


def test_broken_files_and_late_uploads_are_refused(linkedin: LinkedInClient, practice_clock: HeldClock) -> None:
    broken = linkedin.image(b"no picture")
    assert linkedin.call("GET", f"rest/images/{urn_path(broken)}").json()["status"] == "PROCESSING_FAILED"
    refused(linkedin.post("Broken", {"media": {"id": broken}}), 400, "MEDIA_ASSET_PROCESSING_FAILED")
    value = linkedin.begin("image")
    refused(linkedin.put(value["uploadUrl"], jpeg()), 401, "EMPTY_ACCESS_TOKEN")
    practice_clock.advance(86_400)
    refused(linkedin.put(value["uploadUrl"], jpeg(), linkedin.token), 400, "EXPIRED_UPLOAD_URL")


def test_a_video_is_looked_into(linkedin: LinkedInClient, practice_clock: HeldClock) -> None:
    broken = linkedin.video(mp4()[:40] + bytes(80_000))
    practice_clock.advance(2)
    found = linkedin.call("GET", f"rest/videos/{urn_path(broken)}").json()
    assert found["status"] == "PROCESSING_FAILED" and found["processingFailureReason"]
    refused(linkedin.post("Broken", {"media": {"id": broken}}), 400, "MEDIA_ASSET_PROCESSING_FAILED")


def test_an_asset_belongs_to_its_owner(practice_server: PracticeServer, linkedin: LinkedInClient) -> None:
    image = linkedin.image()
    refused(linkedin.post("Mine", {"media": {"id": image}}, linkedin.person), 400, "INVALID_URN_ID")
    other = LinkedInClient(practice_server, "cafe")
    refused(other.post("Theirs", {"media": {"id": image}}), 400, "INVALID_URN_ID")


def test_a_members_application_may_upload_but_not_ask(linkedin: LinkedInClient) -> None:
    linkedin.restrict(*MEMBER_SCOPES)
    image = linkedin.image(author=linkedin.person)
    refused(linkedin.call("GET", f"rest/images/{urn_path(image)}"), 403, "ACCESS_DENIED")
    linkedin.posted("Photo", {"media": {"id": image}}, linkedin.person)


# comments and numbers


def test_a_comment_of_the_organization(linkedin: LinkedInClient) -> None:
    urn = linkedin.posted("Hello")
    path = f"rest/socialActions/{urn_path(urn)}/comments"
    body = {"actor": linkedin.organization, "object": urn, "message": {"text": "First (plain)"}}
    answer = linkedin.call("POST", path, body)
    assert answer.status_code == 201 and answer.headers["x-restli-id"] == answer.json()["id"]
    assert linkedin.store.feed("linkedin")[0].text == "First (plain)"
    assert linkedin.call("GET", path).json()["elements"][0]["commentUrn"] == answer.json()["commentUrn"]
    found = linkedin.call("GET", f"rest/socialMetadata/{urn_path(urn)}").json()
    assert found["commentSummary"]["count"] == 1
    refused(linkedin.call("POST", path, body | {"message": {"text": "x" * 1251}}), 400, "FIELD_LENGTH_TOO_LONG")
    refused(linkedin.call("POST", path, body | {"message": {}}), 400, "MISSING_FIELD")
    delete = f"{path}/{answer.json()['id']}?actor={urn_path(linkedin.organization)}"
    assert linkedin.call("DELETE", delete).status_code == 204
    linkedin.restrict(*MEMBER_SCOPES)
    refused(linkedin.call("POST", path, body), 403, "ACCESS_DENIED")


def test_numbers_of_a_post(linkedin: LinkedInClient) -> None:
    urn = linkedin.posted("Hello")
    named = f"organizationalEntity={urn_path(linkedin.organization)}&shares=List({urn_path(urn)})"
    query = f"rest/organizationalEntityShareStatistics?q=organizationalEntity&{named}"
    assert linkedin.call("GET", query).json()["elements"] == []
    linkedin.store.posts.set_counts(linkedin.store.feed("linkedin")[0].id, likes=4)
    assert linkedin.call("GET", query).json()["elements"][0]["totalShareStatistics"]["likeCount"] == 4
    mine = f"rest/memberCreatorPostAnalytics?q=entity&entity=(share:{urn_path(urn)})&queryType=REACTION"
    assert linkedin.call("GET", mine).json()["elements"][0]["count"] == 4


# limits and failure switches


def test_the_day_has_a_limit_and_no_header_tells_its_end(linkedin: LinkedInClient, practice_clock: HeldClock) -> None:
    for _ in range(150):
        linkedin.store.rates.spend(POST_BUDGET, linkedin.organization.rpartition(":")[2])
    answer = linkedin.post("Hello")
    refused(answer, 429, "TOO_MANY_REQUESTS")
    assert "Retry-After" not in answer.headers
    practice_clock.advance(15 * 3600)
    linkedin.posted("Hello")


@pytest.mark.parametrize(
    ("switch", "status", "code"),
    [
        ("rate_limited", 429, "TOO_MANY_REQUESTS"),
        ("error_before", 500, "INTERNAL_SERVER_ERROR"),
        ("expired_token", 401, "EXPIRED_ACCESS_TOKEN"),
        ("revoked_app", 401, "REVOKED_ACCESS_TOKEN"),
        ("misconfigured_app", 426, "NONEXISTENT_VERSION"),
    ],
)
def test_switches_that_refuse_before_the_post_is_made(
    linkedin: LinkedInClient, switch: str, status: int, code: str
) -> None:
    linkedin.store.set_switch(linkedin.account_id, switch)
    refused(linkedin.post("Hello"), status, code)
    assert linkedin.store.feed("linkedin") == []
    linkedin.posted("Hello")


def test_switches_that_lie_after_the_post_is_made(linkedin: LinkedInClient) -> None:
    linkedin.store.set_switch(linkedin.account_id, "error_after")
    refused(linkedin.post("One"), 500, "INTERNAL_SERVER_ERROR")
    refused(linkedin.post("One"), 422, "DUPLICATE_POST")
    linkedin.store.set_switch(linkedin.account_id, "duplicate")
    message = refused(linkedin.post("Two"), 422, "DUPLICATE_POST")["message"]
    assert message.endswith(linkedin.store.feed("linkedin")[0].permalink.rstrip("/").rpartition("/")[2])
    linkedin.store.set_switch(linkedin.account_id, "close_after")
    with pytest.raises(requests.ConnectionError):
        linkedin.post("Three")
    assert len(linkedin.store.feed("linkedin")) == 3


def test_switches_of_media(linkedin: LinkedInClient, practice_clock: HeldClock) -> None:
    linkedin.store.set_switch(linkedin.account_id, "rejected_media")
    refused(linkedin.post("No", {"media": {"id": linkedin.image()}}), 400, "MEDIA_ASSET_PROCESSING_FAILED")
    linkedin.store.set_switch(linkedin.account_id, "slow_processing", seconds=60)
    slow = linkedin.image()
    refused(linkedin.post("Not yet", {"media": {"id": slow}}), 400, "MEDIA_ASSET_WAITING_UPLOAD")
    practice_clock.advance(60)
    linkedin.posted("Now", {"media": {"id": slow}})
