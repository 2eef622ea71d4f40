"""One host of the Graph API: versions in the path, errors in one shape, usage headers on every answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from flask import Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from scheduler.practice.answers import drain_body
from scheduler.practice.meta.access import percent
from scheduler.practice.meta.wire import GraphRefusal, not_visible, refusal_answer

MAX_BODY_BYTES = 110 * 1024 * 1024
OLDEST_VERSION = 21
NEWEST_VERSION = 26
USUAL_VERSION = "v25.0"
_VERSION = re.compile(r"v(\d+)\.(\d+)")

Handler = Callable[..., Response]
Routes = Sequence[tuple[str, str, Handler]]


def answered(call: str, routes: Routes) -> Response:
    """Return what the first route that fits answers; `<node>` in a route stands for any one part of the path."""
    request.max_content_length = MAX_BODY_BYTES
    version, parts = _without_version(call)
    try:
        answer = _routed(version, parts, routes)
    except GraphRefusal as refusal:
        answer = refusal_answer(refusal)
    except RequestEntityTooLarge:
        drain_body()
        answer = refusal_answer(GraphRefusal(1, "Please reduce the amount of data you're asking for", None, 413))
    _add_headers(answer, version)
    return answer


def _routed(version: int, parts: list[str], routes: Routes) -> Response:
    if version > NEWEST_VERSION:
        raise GraphRefusal(2500, f"Unknown path components: /v{version}.0")
    for verb, pattern, handler in routes:
        values = _matched(pattern.split("/"), parts)
        if verb == request.method and values is not None:
            return handler(*values)
    raise not_visible(parts[0] if parts else "")


def _without_version(call: str) -> tuple[int, list[str]]:
    parts = [part for part in call.split("/") if part]
    found = _VERSION.fullmatch(parts[0]) if parts else None
    return (int(found[1]), parts[1:]) if found else (int(USUAL_VERSION[1:3]), parts)


def _matched(pattern: list[str], parts: list[str]) -> list[str] | None:
    if len(pattern) != len(parts):
        return None
    pairs = list(zip(pattern, parts, strict=True))
    fits = all(part in ("<node>", value) for part, value in pairs)
    return [value for part, value in pairs if part == "<node>"] if fits else None


def _add_headers(answer: Response, version: int) -> None:
    # A version that is gone is served by the oldest living one, with no more than this header to tell.
    answer.headers["facebook-api-version"] = f"v{max(version, OLDEST_VERSION)}.0"
    if version < OLDEST_VERSION:
        answer.headers["x-ad-api-version-warning"] = f"The call has been auto-upgraded to v{OLDEST_VERSION}.0"
    state = g.get("practice_usage")
    if state is not None:
        used = percent(state)
        answer.headers["X-App-Usage"] = json.dumps({"call_count": used, "total_time": 0, "total_cputime": 0})
        answer.headers.setdefault("X-Business-Use-Case-Usage", g.practice_usage_header)
