"""LinkedIn, signed in as an administrator of a page."""

from __future__ import annotations

from typing import Any

from scheduler.domain.outcome import Duplicate, Forbidden, Misconfigured, NotSent, Rejected, Unauthorized
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import LINK, NOW, SECRETS, Stage

ABLE = {"sign_in", "upload", "renewal"}
EXPECTS: dict[str, Any] = {}
URN = "urn:li:share:7001"
PAGE = "urn:li:organization:77"
DAY_MS = 86_400_000


def post(**changes: Any) -> dict[str, Any]:
    """Return our post as LinkedIn gives it back: as little text."""
    known = {
        "id": URN,
        "author": PAGE,
        "commentary": "How to return to running. {hashtag|\\#|knees}",
        "content": {"article": {"source": LINK}},
        "createdAt": NOW + 1000,
        "publishedAt": NOW + 1000,
        "lastModifiedAt": NOW + 1000,
    }
    return known | changes


def refusal(status: int, code: str, message: str = "Refused") -> Reply:
    """Return a refusal that names its code at the field."""
    inputs = [{"description": message, "code": code, "input": {}}]
    return Reply(status, {"message": message, "status": status, "errorDetails": {"inputErrors": inputs}})


def stage() -> Stage:
    token = {"access_token": "new-access", "expires_in": 5_184_000, "scope": "w_organization_social"}
    refresh = {"refresh_token": "new-refresh", "refresh_token_expires_in": 31_536_000}
    page = {"id": 77, "localizedName": "The Clinic", "vanityName": "the-clinic"}
    numbers = {"likeCount": 3, "shareCount": 2, "commentCount": 1, "clickCount": 5}
    counted = {"totalShareStatistics": {**numbers, "impressionCount": 90, "uniqueImpressionsCount": 60}}
    role = {"organization": PAGE, "role": "ADMINISTRATOR", "state": "APPROVED"}
    other = {"organization": "urn:li:organization:78", "role": "ANALYST", "state": "APPROVED"}
    server = FaultServer([])
    upload = {"uploadUrl": f"{server.origin}/dms/1", "image": "urn:li:image:C4E1"}
    comment = {"id": "5", "actor": PAGE, "commentUrn": f"urn:li:comment:({URN},5)", "message": {"text": "Hi"}}
    server.routes += [
        ("POST", "/oauth/v2/accessToken", Reply(json={**token, **refresh})),
        ("GET", "/rest/organizationAcls", Reply(json={"elements": [other, role]})),
        ("GET", "/rest/organizations/77$", Reply(json=page)),
        ("POST", "/rest/images\\?action=initializeUpload", Reply(json={"value": upload})),
        ("PUT", "/dms/", Reply(201)),
        ("GET", "/rest/images/", Reply(json={"status": "AVAILABLE"})),
        ("POST", "/rest/posts$", Reply(201, headers={"x-restli-id": URN})),
        ("POST", "/rest/posts/", Reply(204)),
        ("GET", "/rest/posts\\?q=author", Reply(json={"elements": [post()]})),
        ("DELETE", "/rest/posts/", Reply(204)),
        ("DELETE", "/rest/socialActions/", Reply(204)),
        ("GET", "/rest/socialActions/", Reply(json={"elements": [comment]})),
        ("POST", "/rest/socialActions/", Reply(201, comment)),
        ("GET", "/rest/organizationalEntityShareStatistics", Reply(json={"elements": [counted]})),
    ]
    return Stage(
        platform("linkedin"),
        server,
        credentials={
            "access_token": SECRETS[1],
            "refresh_token": SECRETS[2],
            "scopes": "w_organization_social",
            "expires_at": str(NOW + 60 * DAY_MS),
            "renew_at": str(NOW + 48 * DAY_MS),
            "dies_at": str(NOW + 365 * DAY_MS),
            "author": PAGE,
        },
        remote_id=PAGE,
        signs_in=("organization", {"code": "the-code"}, {"redirect_uri": "https://c.example/b"}),
        app={"client_id": "drumbeat", "client_secret": SECRETS[3]},
        who=("GET", "/rest/organizations/77$"),
        renewal=("POST", "/oauth/v2/accessToken"),
        commit=("POST", "/rest/posts$"),
        upload=("POST", "/rest/images"),
        lookup=("GET", "/rest/posts"),
        absent=Reply(json={"elements": [post(id="urn:li:share:1", commentary="Old", content={})]}),
        removal=("DELETE", "/rest/posts/"),
        answered="urn%3Ali%3Ashare%3A7001",
        numbers={"likes": 3, "reposts": 2, "replies": 1, "clicks": 5, "impressions": 90, "reach": 60},
        config={"web": "https://www.linkedin.com"},
        faults={
            "the same again": (refusal(422, "DUPLICATE_POST", "Content is a duplicate of urn:li:share:1"), Duplicate),
            "a version that ended": (Reply(426, {"code": "NONEXISTENT_VERSION", "status": 426}), Misconfigured),
            "dead token": (Reply(401, {"code": "EXPIRED_ACCESS_TOKEN", "serviceErrorCode": 65601}), Unauthorized),
            "no right": (Reply(403, {"code": "ACCESS_DENIED", "serviceErrorCode": 100}), Forbidden),
            "file not ready": (refusal(400, "MEDIA_ASSET_WAITING_UPLOAD"), NotSent),
            "file broken": (refusal(400, "MEDIA_ASSET_PROCESSING_FAILED"), Rejected),
            "field too long": (refusal(400, "FIELD_LENGTH_TOO_LONG"), Rejected),
        },
    )
