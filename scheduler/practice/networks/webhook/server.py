"""A receiver of signed webhooks (Standard Webhooks 1.0.0): what a customer's own endpoint would do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges, note_switch, spoil
from scheduler.practice.feed import permalink_path
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.posts import AlreadyPosted, NewPost, StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, FailureSwitch

TOLERANCE_MS = 5 * 60_000
MAX_BODY_BYTES = 262_144
COLLECTION = ""


class WebhookReceiver:
    """One address per account, `<mount>/<handle>`, each with its own secret."""

    def __init__(self, store: PracticeStore) -> None:
        """Store the events in `store`."""
        self._store = store

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/webhook`."""
        blueprint = Blueprint("practice_webhook", __name__, url_prefix="/practice/webhook")
        blueprint.add_url_rule("/<handle>", "receive", self._receive, methods=["POST"])
        blueprint.add_url_rule("/<handle>/events/<path:event_id>", "post", self._visit)
        serve_pictures(blueprint, self._store, "webhook")
        log_exchanges(blueprint, self._store, "webhook")
        return blueprint

    def _receive(self, handle: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        account = self._store.accounts.find("webhook", handle)
        if account is None:
            return _refusal(404, "there is no receiver at this address")
        g.practice_account_id = account.id
        try:
            body = request.get_data()
        except RequestEntityTooLarge:
            drain_body()
            return _refusal(413, f"an event may have at most {MAX_BODY_BYTES} bytes")
        return self._switched_refusal(account) or self._verified(account, body)

    def _verified(self, account: PracticeAccount, body: bytes) -> Response:
        problem = self._problem(account, body)
        if problem is not None:
            return problem
        try:
            event = json.loads(body)
            json.dumps(event, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            return _refusal(400, "the body is not JSON")
        if not isinstance(event, dict):
            return _refusal(400, "the body is not a JSON object")
        answer = self._keep(account, event)
        lies = {
            FailureSwitch.ERROR_AFTER: lambda: _refusal(500, "internal error"),
            FailureSwitch.DUPLICATE: lambda: _refusal(409, "this event was received before"),
        }
        return spoil(answer, self._store.switches.take(account.id, *AFTER_PUBLISHING), self._store, lies)

    def _problem(self, account: PracticeAccount, body: bytes) -> Response | None:
        sent = [request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
        event_id, timestamp, signatures = sent
        if not all(sent):
            return _refusal(400, "the headers webhook-id, webhook-timestamp and webhook-signature are required")
        if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
            return _refusal(400, "webhook-timestamp must be seconds since the epoch")
        if abs(int(timestamp) * 1000 - self._store.clock.now_ms()) > TOLERANCE_MS:
            return _refusal(401, "webhook-timestamp is more than five minutes from now")
        expected = sign(account.secret, event_id, timestamp, body)
        if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures.split(" ")):
            return _refusal(401, "no signature in webhook-signature is right")
        return None

    def _keep(self, account: PracticeAccount, event: dict[str, Any]) -> Response:
        event_id = request.headers["webhook-id"]
        new = NewPost("webhook", COLLECTION, event, event, event_id)
        try:
            post: StoredPost | None = self._store.posts.add(account.id, new)
            again = False
        except AlreadyPosted:
            post, again = self._store.posts.get(account.id, COLLECTION, event_id), True
        url = request.url_root.rstrip("/") + permalink_path("webhook", account, event_id)
        return jsonify(id=post.public_id if post else event_id, url=url, duplicate=again)

    def _switched_refusal(self, account: PracticeAccount) -> Response | None:
        switch = self._store.switches.take(
            account.id, FailureSwitch.REVOKED_APP, *BEFORE_PUBLISHING, FailureSwitch.REJECTED_MEDIA
        )
        if switch is None:
            return None
        note_switch(switch)
        status, reason = _SWITCHED[switch.kind]
        answer = _refusal(status, reason)
        if switch.kind is FailureSwitch.RATE_LIMITED:
            answer.headers["Retry-After"] = str(switch.seconds)
        return answer

    def _visit(self, handle: str, event_id: str) -> AnyResponse:
        account = self._store.accounts.find("webhook", handle)
        post = self._store.posts.get(account.id, COLLECTION, event_id) if account else None
        return to_feed("webhook", post.id) if post else Response("There is no such event.", 404, mimetype="text/plain")


_SWITCHED = {
    FailureSwitch.REVOKED_APP: (410, "this receiver was removed"),
    FailureSwitch.RATE_LIMITED: (429, "too many requests"),
    FailureSwitch.ERROR_BEFORE: (500, "internal error"),
    FailureSwitch.EXPIRED_TOKEN: (401, "the secret has expired"),
    FailureSwitch.REJECTED_MEDIA: (422, "the media of this event was refused"),
}


def sign(secret: str, event_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of an event as the header carries it: `v1,` and base64 of HMAC-SHA256.

    Raises ValueError when the secret is not `whsec_` and base64.
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook secret is whsec_ followed by base64") from error
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _refusal(status: int, reason: str) -> Response:
    answer = jsonify(error=reason)
    answer.status_code = status
    return answer
