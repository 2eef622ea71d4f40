"""A signed webhook: a teaser goes as JSON to an address of the owner's own, by the Standard Webhooks specification.

`webhook-id` is the delivery's idempotency key and the same at every try, so that a receiver drops what it has already
seen. Source: the platform sheet of webhooks, and the specification 1.0.0.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.clock import to_datetime
from scheduler.domain.outcome import Outcome, Published, Rejected, Unauthorized
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.teaser import Payload
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import Reader, Result, attempt, secrets_of
from scheduler.platforms.base import (
    Capabilities,
    Connection,
    ContentRules,
    Count,
    CredentialField,
    Credentials,
    Mark,
    Platform,
    Prepared,
    Profile,
    Refused,
    Session,
)
from scheduler.platforms.guard import Blocked, spelled
from scheduler.platforms.http import Answer, TransportError
from scheduler.platforms.text import graphemes
from scheduler.platforms.validation import media_problems, text_problems

TEXT_CHARACTERS = 5000
BODY_BYTES = 20_000
"""The specification asks for payloads below 20 kB."""
TIMEOUT_SECONDS = 20
KEY_BYTES = range(24, 65)
IDEMPOTENCY_SECONDS = 24 * 3600
"""A receiver that follows the specification remembers ids at least as long as senders usually repeat."""
PREFIX = "whsec_"

_GONE = frozenset({401, 403, 404, 410})
_CONTENT = frozenset({400, 413, 415, 422})


class Webhook(Platform):
    """An address of the owner's own: an automation, a newsletter tool, a chat bridge."""

    name = "webhook"
    label = "Webhook"
    icon = "webhook"
    post_text_hint = "The text, the link and the descriptions of the files are sent as JSON."
    connect_help = "Enter the address that is to receive the teasers. It is called at once and has to answer with 2xx."
    credential_fields = (
        CredentialField("url", "Address", "Begins with https://.", secret=True, placeholder="https://example.com/hook"),
        CredentialField(
            "secret", "Signing secret", "Leave it empty and one is made for you.", True, False, "whsec_..."
        ),
    )
    capabilities = Capabilities(idempotency_seconds=IDEMPOTENCY_SECONDS)

    def rules(self, limits: Mapping[str, Any]) -> ContentRules:
        """Return wide rules: the receiver gets words about files, never the files themselves."""
        return ContentRules(
            text_limit=TEXT_CHARACTERS, photos=20, photo_bytes=1_000_000_000, video_bytes=10_000_000_000
        )

    def count(self, text: str, rules: ContentRules) -> Count:
        """Return the number of grapheme clusters."""
        return Count(graphemes(text), rules.text_limit)

    def connect(self, session: Session, form: Mapping[str, str]) -> Connection:
        """Send `account.connected` and keep the address when the receiver takes it.

        An empty secret is made here and is in the connection's credentials, to be shown once.
        """
        session.credentials = _read_form(form)
        body = {"type": "account.connected", "timestamp": _iso(session.clock.now_ms()), "data": {}}
        result = _send(session, f"msg_{secrets.token_urlsafe(18)}", body)
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(_outcome(_reader(session).harmless(), result))
        return self._connection(session)

    def check(self, session: Session) -> Connection:
        """Make sure that the address can still be found and spoken to; nothing is sent."""
        try:
            session.http.vet(session.credentials["url"])
        except TransportError as error:
            raise Refused(_reader(session).harmless().outcome_of(error)) from error
        return self._connection(session)

    def validate(self, payload: Payload, rules: ContentRules) -> list[Problem]:
        """Return the problems of text and files, and of a message that would be too large."""
        problems = text_problems(payload, self.count(payload.text, rules), rules) + media_problems(payload, rules)
        if not problems and len(_encoded(_message(payload, Mark("0" * 36, 0, "0" * 12)))) > BODY_BYTES:
            problems.append(Problem("text", "Text and descriptions are larger than 20 kB together. Shorten them."))
        return problems

    def prepare(self, session: Session, payload: Payload, mark: Mark) -> Prepared:
        """Do nothing: there is nothing to upload."""
        return Prepared(payload, mark)

    def publish(self, session: Session, prepared: Prepared) -> Outcome:
        """Send the message once. A receiver may answer `{"id", "url"}` to tell where the post is."""
        reader, key = _reader(session), prepared.mark.idempotency_key
        result = _send(session, key, _message(prepared.payload, prepared.mark))
        if not isinstance(result, Answer) or not result.ok:
            return _outcome(reader, result)
        said, host = result.object(), urlsplit(session.credentials["url"]).hostname
        remote_id = said.get("id")
        return Published(
            sentence=f"{host} has received it.",
            evidence=reader.evidence(result),
            remote_id=remote_id if isinstance(remote_id, str) and 0 < len(remote_id) < 500 else key,
            url=web_address(said.get("url")),
        )

    def _connection(self, session: Session) -> Connection:
        url = session.credentials["url"]
        # The path may be a secret, as with many chat services: only the host is ever shown.
        host = urlsplit(url).hostname or ""
        remote_id = hashlib.sha256(url.encode()).hexdigest()[:32]
        return Connection(Profile(remote_id, host, host), session.credentials, session.settings)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`; `timestamp` is in unix seconds, `body` exactly what is sent."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def signed_headers(secret: str, message_id: str, now: int, body: bytes) -> dict[str, str]:
    """Return the headers under which `body` goes out at `now` (UTC ms)."""
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(now // 1000),
        "webhook-signature": sign(secret, message_id, now // 1000, body),
    }


def new_secret() -> str:
    """Return a fresh signing secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _read_form(form: Mapping[str, str]) -> Credentials:
    """Return the credentials of the form. Raises `Invalid` with every problem."""
    url, problems = form.get("url", "").strip(), []
    try:
        spelled(url)
    except Blocked as blocked:
        problems.append(Problem("url", f"{blocked} Write it like https://example.com/hook."))
    secret = form.get("secret", "").strip() or new_secret()
    if not _is_secret(secret):
        message = "This is not a signing secret (whsec_ and 24 to 64 bytes in Base64). Leave it empty to get a new one."
        problems.append(Problem("secret", message))
    if problems:
        raise Invalid(problems)
    return {"url": url, "secret": secret if secret.startswith(PREFIX) else PREFIX + secret}


def _is_secret(secret: str) -> bool:
    try:
        return len(base64.b64decode(secret.removeprefix(PREFIX), validate=True)) in KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _message(payload: Payload, mark: Mark) -> dict[str, Any]:
    """Return the message; its time is that of the mark, so that a repeat sends the same bytes."""
    media = [{"alt": item.alt, "mime": item.mime, "width": item.width, "height": item.height} for item in payload.media]
    link = payload.link.url if payload.link else None
    data = {"text": payload.text, "link": link, "media": media, "short_code": mark.short_code}
    return {"type": "teaser.published", "timestamp": _iso(mark.stamp_at), "data": data}


def _send(session: Session, message_id: str, message: Mapping[str, Any]) -> Result:
    """Sign and send a message: the same id at every try, a new time and signature."""
    body = _encoded(message)
    headers = signed_headers(session.credentials["secret"], message_id, session.clock.now_ms(), body)
    timeout = (5.0, float(session.config.get("timeout", TIMEOUT_SECONDS)))
    url = session.credentials["url"]
    return attempt(lambda: session.http.request("POST", url, headers=headers, body=body, timeout=timeout))


def _encoded(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _iso(instant: int) -> str:
    return to_datetime(instant).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _reader(session: Session) -> Reader:
    return Reader("The webhook", secrets_of(session.credentials.values()), session.clock.now_ms())


def _outcome(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means (sheet, last line); repeats are safe thanks to the id."""
    if isinstance(result, Answer) and result.status in _GONE:
        sentence = f"The webhook refuses us (status {result.status}). Check its address and connect it again."
        return Unauthorized(sentence=sentence, evidence=reader.evidence(result))
    if isinstance(result, Answer) and result.status in _CONTENT:
        sentence = f"The webhook does not accept this content (status {result.status}). Change the post."
        return Rejected(sentence=sentence, evidence=reader.evidence(result))
    return reader.outcome_of(result)


PLATFORM = Webhook()
