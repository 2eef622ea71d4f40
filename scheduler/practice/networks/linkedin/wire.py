"""How the LinkedIn imitation speaks: refusals with codes, versions, URNs, JSON bodies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify, request

from scheduler.clock import to_ms
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore

DAY_SECONDS = 86_400
POST_BUDGET = Budget("linkedin-posts", 150, DAY_SECONDS)
SUNSETS = {
    "202601": (2027, 1, 15), "202602": (2027, 2, 15), "202603": (2027, 3, 16), "202604": (2027, 4, 15),
    "202605": (2027, 5, 15), "202606": (2027, 6, 15), "202607": (2027, 7, 15), "202608": (2027, 8, 15),
    "202609": (2027, 9, 15), "202610": (2027, 10, 15),
}  # fmt: skip
"""Until when each version answers."""


@dataclass(eq=False)
class LinkedInRefusal(Exception):
    """An answer that is not 2xx."""

    status: int
    code: str
    message: str
    service_code: int | None = None
    detail: str = ""


def refusal_answer(refusal: LinkedInRefusal) -> Response:
    """Return the refusal as LinkedIn shapes it."""
    body: dict[str, Any] = {"message": refusal.message, "status": refusal.status}
    if refusal.code:
        body["code"] = refusal.code
    if refusal.service_code is not None:
        body["serviceErrorCode"] = refusal.service_code
    if refusal.detail:
        errors = [{"description": refusal.message, "code": refusal.code, "input": {"inputPath": refusal.detail}}]
        body |= {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "errorDetails": {"inputErrors": errors},
        }
    answer = jsonify(body)
    answer.status_code = refusal.status
    return answer


def bad_field(path: str, code: str, message: str, status: int = 400) -> LinkedInRefusal:
    """Return the refusal of one field."""
    return LinkedInRefusal(status, code, message, detail=path)


def denied(message: str = "Not enough permissions to access: posts.CREATE") -> LinkedInRefusal:
    """Return the refusal for want of a scope or a role."""
    return LinkedInRefusal(403, "ACCESS_DENIED", message, 100)


def not_found() -> LinkedInRefusal:
    """Return the refusal for something that is not there."""
    return LinkedInRefusal(404, "NOT_FOUND", "Entity not found")


def throttled() -> LinkedInRefusal:
    """Return the refusal of a day's last call; LinkedIn sends no header with it."""
    limit = "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached."
    return LinkedInRefusal(429, "TOO_MANY_REQUESTS", limit, 101)


def dead_token(code: str) -> LinkedInRefusal:
    """Return the refusal of a token: EMPTY, INVALID, EXPIRED or REVOKED_ACCESS_TOKEN."""
    numbers = {"INVALID_ACCESS_TOKEN": 65600, "REVOKED_ACCESS_TOKEN": 65601, "EXPIRED_ACCESS_TOKEN": 65602}
    words = {"EXPIRED_ACCESS_TOKEN": "The token used in the request has expired"}
    words["REVOKED_ACCESS_TOKEN"] = "The token used in the request has been revoked by the user"  # noqa: S105
    words["EMPTY_ACCESS_TOKEN"] = "Empty oauth2 access token"  # noqa: S105
    return LinkedInRefusal(401, code, words.get(code, "Invalid access token"), numbers.get(code, 65604))


def dead_version(version: str) -> LinkedInRefusal:
    """Return the refusal of a version that is no longer, or not yet, active."""
    return LinkedInRefusal(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")


def check_version(now_ms: int) -> None:
    """Check the headers of a versioned call. Raises LinkedInRefusal (400, 426)."""
    version = request.headers.get("LinkedIn-Version", "")
    if not version:
        message = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        raise LinkedInRefusal(400, "VERSION_MISSING", message)
    ends = SUNSETS.get(version)
    if ends is None or to_ms(datetime(*ends, tzinfo=UTC)) <= now_ms:
        raise dead_version(version)
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        raise LinkedInRefusal(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0")
    if "urn:li:" in urlsplit(str(request.environ.get("RAW_URI", ""))).path:
        raise LinkedInRefusal(400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables")


def spend(store: PracticeStore, subject: str) -> None:
    """Count a post of the day; raise 429 when it is one too many."""
    if store.rates.spend(POST_BUDGET, subject).exceeded:
        raise throttled()


def json_body() -> dict[str, Any]:
    """Return the JSON object of the request; raise 400 when it is none."""
    try:
        body = json.loads(request.get_data()) if request.mimetype == "application/json" else None
        json.dumps(body, ensure_ascii=False).encode()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise LinkedInRefusal(400, "ILLEGAL_ARGUMENT", "The request body is not a JSON object")
    return body


def person_of(account: PracticeAccount) -> str:
    """Return the URN of the member."""
    return f"urn:li:person:m{account.public_id}"


def organization_of(account: PracticeAccount) -> str:
    """Return the URN of the organization that the member administers."""
    return f"urn:li:organization:{account.public_id}"
