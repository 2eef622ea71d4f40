"""How the Pinterest imitation speaks: `{"code", "message"}`, JSON bodies, bookmarks, rate headers."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from flask import Response, g, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.rates import Budget, BudgetState
from scheduler.practice.store import PracticeStore

NETWORK = "pinterest"
VERSION = "v5"
MAX_BODY_BYTES = 64 * 1024 * 1024  # five photos of 10 MB in base64 and some words
READ_BUDGET = Budget("pinterest-org_read", 1000, 60)
WRITE_BUDGET = Budget("pinterest-org_write", 100, 60)
ANALYTICS_BUDGET = Budget("pinterest-org_analytics", 300, 60)
TRIAL_BUDGET = Budget("pinterest-trial", 1000, 86_400)
TRIAL_WRITE_BUDGET = Budget("pinterest-trial-org_write", 300, 86_400)
PAGE_SIZE, MAX_PAGE_SIZE = 25, 250


@dataclass(eq=False)
class PinterestRefusal(Exception):
    """An answer that is not 2xx."""

    status: int
    code: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal_answer(refusal: PinterestRefusal) -> Response:
    """Return the refusal as the server words it."""
    answer = jsonify(code=refusal.code, message=refusal.message)
    answer.status_code = refusal.status
    answer.headers.extend(refusal.headers)
    return answer


def invalid(reason: str) -> PinterestRefusal:
    """Return the refusal of a parameter or of a content that breaks a rule."""
    return PinterestRefusal(400, 1, f"Invalid request: {reason}")


def bad_token() -> PinterestRefusal:
    """Return the refusal of a token that is wrong, expired or revoked."""
    return PinterestRefusal(401, 2, "Authentication failed.")


def lacks_scope() -> PinterestRefusal:
    """Return the refusal of a token without a scope."""
    message = (
        "Your token does not have sufficient permissions to perform this operation. Please ensure your token is"
        " authorized with the correct set of scopes."
    )
    return PinterestRefusal(401, 3, message)


def trial_access() -> PinterestRefusal:
    """Return the refusal of an app that was not granted standard access."""
    message = (
        "Apps with Trial access may not create Pins in production https://api.pinterest.com - use API Sandbox"
        " https://api-sandbox.pinterest.com instead."
    )
    return PinterestRefusal(403, 29, message)


def not_permitted() -> PinterestRefusal:
    """Return the refusal of something that belongs to another account."""
    return PinterestRefusal(403, 29, "You are not permitted to access that resource.")


def board_not_found() -> PinterestRefusal:
    """Return the refusal of a board that is not there."""
    return PinterestRefusal(404, 40, "Board not found.")


def section_not_found() -> PinterestRefusal:
    """Return the refusal of a section that is not on its board."""
    return PinterestRefusal(404, 2031, "Sorry! We couldn't find this board section.")


def pin_not_found() -> PinterestRefusal:
    """Return the refusal of a pin that is not there."""
    return PinterestRefusal(404, 50, "Pin not found.")


def too_many_requests(seconds: int) -> PinterestRefusal:
    """Return the refusal of too many requests, which names its end in a header."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(max(1, seconds))}
    return PinterestRefusal(429, 8, "This request exceeded a rate limit.", headers)


def server_error() -> PinterestRefusal:
    """Return the answer of a server in trouble."""
    return PinterestRefusal(500, 12, "Something went wrong on our end. Sorry about that.")


def rate_headers(state: BudgetState | None, now_ms: int) -> dict[str, str]:
    """Return the headers of the budget a request was counted in; the reset in seconds from now."""
    if state is None:
        return {}
    return {
        "X-RateLimit-Limit": str(state.budget.limit),
        "X-RateLimit-Remaining": str(state.remaining),
        "X-RateLimit-Reset": str(max(0, -(-(state.resets_at - now_ms) // 1000))),
    }


def spent(state: BudgetState, now_ms: int) -> None:
    """Report a budget in the headers of the answer, or raise 429 when it is exceeded."""
    g.practice_budget = state
    if state.exceeded:
        raise too_many_requests(-(-(state.resets_at - now_ms) // 1000))


def json_body() -> dict[str, Any]:
    """Return the JSON object of the request."""
    body = request.get_json(silent=True) if request.is_json else None
    if not isinstance(body, dict):
        raise invalid("the body must be a JSON object.")
    return body


def text_in(body: Mapping[str, Any], name: str, most: int) -> str:
    """Return a text of the body, "" when it is absent or null."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid(f"{value!r} is not of type 'string' ({name}).")
    if len(value) > most:
        raise invalid(f"{name} is too long, the maximum is {most} characters.")
    return value


def id_in(body: Mapping[str, Any], name: str) -> str:
    """Return an id of the body, "" when it is absent or null."""
    value = text_in(body, name, 64)
    if value and not value.isdecimal():
        raise invalid(f"'{value}' does not match '^\\\\d+$' ({name}).")
    return value


class _HasId(Protocol):
    @property
    def id(self) -> Any: ...


Listed = TypeVar("Listed", bound=_HasId)


def page_of(items: Sequence[Listed]) -> tuple[Sequence[Listed], str | None]:
    """Return the page of `items` that the request asks for, and the bookmark of the next one."""
    size = request.args.get("page_size", PAGE_SIZE, type=int)
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise invalid(f"page_size must be between 1 and {MAX_PAGE_SIZE}.")
    bookmark = request.args.get("bookmark", "")
    start = 0
    if bookmark:
        known = [number for number, item in enumerate(items) if _bookmark(item) == bookmark]
        if not known:
            raise invalid("the bookmark is not valid.")
        start = known[0] + 1
    page = items[start : start + size]
    return page, _bookmark(page[-1]) if start + size < len(items) else None


def _bookmark(item: _HasId) -> str:
    return base64.urlsafe_b64encode(f"practice|{item.id}".encode()).decode()


def new_id(store: PracticeStore, kind: str) -> str:
    """Return a new id of a board, a section or a media, later than those before it in the order of texts."""
    before = len(store.documents.all(NETWORK, kind))
    return f"{store.clock.now_ms()}{before:04d}{secrets.randbelow(100):02d}"


def zoneless_time(instant_ms: int) -> str:
    """Return an instant as Pinterest writes it: UTC without saying so."""
    return to_datetime(instant_ms).strftime("%Y-%m-%dT%H:%M:%S")
