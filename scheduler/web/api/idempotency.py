"""Idempotency-Key: a POST that is repeated after a lost answer does nothing twice and gets the first answer again.

Answers are kept in the database, so a restart changes nothing. Only successes are kept: a refused call has changed
nothing, and its key may be used again once it is corrected.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from flask import Response, abort, g, request

from scheduler.domain.problem import refuse
from scheduler.storage import idempotency as kept
from scheduler.web.api.auth import caller
from scheduler.web.context import ctx

HEADER = "Idempotency-Key"
LIFETIME_MS = 24 * 3_600_000
PATIENCE_MS = 10 * 60_000
"""After this long a request without an answer is taken for dead (the server was stopped in the middle of it). What it
may have made is found again: a teaser by its submission key, a file by its bytes, an account by its destination."""
KEPT_HEADERS = ("Content-Type", "ETag", "Location")


def answer_again() -> Response | None:
    """Before a POST: return the kept answer of its key, or take the key for this request."""
    key = request.headers.get(HEADER)
    if request.method != "POST" or key is None:
        return None
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise refuse(HEADER, "The key must have 1 to 255 visible ASCII characters; a fresh UUID is best.")
    own_key, now = f"{caller().id}:{key}", ctx().clock.now_ms()
    fingerprint = _fingerprint()
    with ctx().database.writing() as tx:
        kept.forget_old(tx, now - LIFETIME_MS, now - PATIENCE_MS)
        known = kept.claim(tx, own_key, fingerprint, now)
    if known is None:
        g.idempotency_key, g.submission_key = own_key, f"api:{own_key}:{fingerprint[:16]}"
        return None
    return _known(known, fingerprint)


def _known(known: kept.Kept, fingerprint: str) -> Response:
    if known.request_hash != fingerprint:
        raise refuse(HEADER, "This key was used for another request. Use a fresh key for every new request.")
    if known.status == 0:
        abort(409, "A request with this key is still being answered. Wait a moment, then send it again.")
    headers = {**known.headers, "Idempotency-Replayed": "true"}
    return Response(known.body, known.status, headers)


def keep_answer(response: Response) -> Response:
    """After a POST that has taken a key: keep what it answered, or let the key go when nothing was changed."""
    key = g.pop("idempotency_key", None)
    if key is None:
        return response
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    with ctx().database.writing() as tx:
        if response.status_code < 400:
            kept.keep(tx, key, response.status_code, headers, response.get_data(as_text=True))
        else:
            kept.release(tx, key)
    return response


def submission_key() -> str:
    """Return what marks a teaser as made by this request; "" when the request came without a key."""
    return str(g.get("submission_key", ""))


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for part in _parts():
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _parts() -> Iterator[bytes]:
    """Yield what makes a request the same. The boundary of a form is drawn anew each time, so its parts count."""
    yield from (request.method.encode(), request.full_path.encode(), request.mimetype.encode())
    if request.mimetype != "multipart/form-data":
        yield request.get_data(cache=True)
        return
    for name, value in sorted(request.form.items(multi=True)):
        yield from (name.encode(), value.encode("utf-8", "surrogatepass"))
    for name, file in request.files.items(multi=True):
        yield from (name.encode(), hashlib.file_digest(file.stream, "sha256").digest())  # type: ignore[arg-type]
        file.stream.seek(0)
