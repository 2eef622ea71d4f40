"""Answering: JSON with its ETag, conditional requests, and pages of a list."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Never, TypeVar
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

from scheduler.domain.problem import refuse
from scheduler.web.api.fields import Kind, Text, Whole
from scheduler.web.api.parsing import Read

Json = Mapping[str, Any]
Item = TypeVar("Item")
PAGE: dict[str, Kind] = {
    "limit": Whole("How many entries the page has at most; 50 when it is not given.", least=1, most=200),
    "cursor": Text("Where the page begins: taken from the address in `next` of the page before.", longest=400),
}
PAGE_SIZE = 50


def answer(body: Json, status: int = 200, *, location: str = "", extra: Json | None = None) -> Response:
    """Return a JSON answer. `extra` are fields of this answer only: the ETag is that of the resource without them."""
    response = Response(_text({**body, **(extra or {})}), status, content_type="application/json")
    response.set_etag(tag(body))
    if location:
        response.headers["Location"] = location
    if request.method in ("GET", "HEAD"):
        response.make_conditional(request)
    return response


def nothing() -> Response:
    """Return the answer to a call after which there is nothing to show."""
    return Response(status=204)


def _text(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"


def tag(body: Json) -> str:
    """Return the ETag of a resource: any difference in what the API shows of it makes another one."""
    return hashlib.sha256(_text(body).encode()).hexdigest()[:32]


def require_match(body: Json) -> None:
    """End the call with 428 without `If-Match`, and with 412 when it names another state than the resource has now."""
    if "If-Match" not in request.headers:
        raise PreconditionRequired(
            "Send the header If-Match with the ETag of what you are about to change, so that nobody's work is lost. "
            "If-Match: * changes whatever is there."
        )
    if tag(body) not in request.if_match:
        stale()


def honour_match(body: Json) -> None:
    """End the call with 412 when it came with an `If-Match` that does not fit; without one it goes on."""
    if "If-Match" in request.headers:
        require_match(body)


def stale() -> Never:
    """End the call with 412."""
    raise PreconditionFailed("It was changed since you read it, and nothing was overwritten. Read it again.")


def page(asked: Read, found: list[Item], key: Callable[[Item], list[Any]], show: Callable[[Item], Json]) -> Response:
    """Answer with one page of a list; `found` holds one entry more than `page_size` when there are more pages."""
    size = page_size(asked)
    following = None
    if len(found) > size:
        given = [(k, v) for k, v in request.args.items(multi=True) if k != "cursor"]
        following = f"{request.path}?{urlencode([*given, ('cursor', _cursor(key(found[size - 1])))])}"
    response = answer({"items": [show(item) for item in found[:size]], "next": following})
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def page_size(asked: Read) -> int:
    """Return how many entries the page may have."""
    return int(asked.get("limit", PAGE_SIZE))


def after(asked: Read, *kinds: type) -> list[Any] | None:
    """Return the key of the last entry of the page before, None on the first page. Raises `Invalid`."""
    text = asked.get("cursor")
    if text is None:
        return None
    try:
        key = json.loads(base64.b64decode(text, altchars=b"-_", validate=True).decode())
    except (ValueError, binascii.Error, RecursionError):
        key = None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        key = None
    if key is None or any(isinstance(k, int) and abs(k) >= 2**63 for k in key):
        raise refuse("cursor", "This is no place in this list. Begin again without a cursor.")
    return list(key)


def rest(items: Iterable[Item], key: Callable[[Item], list[Any]], last: list[Any] | None) -> list[Item]:
    """Return the items in the order of their keys, those after the key `last`."""
    ordered = sorted(items, key=key)
    return ordered if last is None else [item for item in ordered if key(item) > last]


def _cursor(key: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
