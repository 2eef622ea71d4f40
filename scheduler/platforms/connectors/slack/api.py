"""Slack's Web API and its webhooks: how they are called, and what their answers mean (platform sheet of Slack).

The Web API answers 200 with `ok: false` and a code as a rule; a webhook answers one word of plain text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.outcome import Forbidden, Misconfigured, NotSent, Outcome, Rejected, Throttled, Unauthorized
from scheduler.platforms.answers import Reader, Result, attempt, secrets_of, wait_until
from scheduler.platforms.base import Credentials, Refused, Session
from scheduler.platforms.http import Answer

API = "https://slack.com/api"
HOOKS = "https://hooks.slack.com"
TIMEOUT_SECONDS = 30
UPLOAD_SECONDS = 120
_HOOK = re.compile(r".*(/services/(T[A-Z0-9]+)/(B[A-Z0-9]+)/[A-Za-z0-9]+)/?")

_SIGNED_OUT = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"}
    | {"two_factor_setup_required", "team_access_not_granted", "not_allowed_token_type", "invalid_refresh_token"}
    | {"invalid_code", "code_already_used", "code_expired"}
)
_NO_RIGHT = frozenset({"missing_scope", "no_permission", "ekm_access_denied", "app_access_restricted"})
_OURS = frozenset({"invalid_client_id", "bad_client_secret", "bad_redirect_uri"})
_CLOSED = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "posting_to_channel_denied"}
    | {"restricted_action_read_only_channel", "restricted_action_thread_only_channel"}
    | {"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "file_uploads_disabled"}
    | {"file_uploads_except_images_disabled", "storage_limit_reached"}
)
_PASSING = frozenset({"service_unavailable", "internal_error", "request_timeout", "team_added_to_org"})
_WAIT = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_PERHAPS = frozenset({"fatal_error"})
_HOOK_DEAD = frozenset(
    {"action_prohibited", "invalid_token", "channel_not_found", "no_service", "no_team", "no_active_hooks"}
    | {"channel_is_archived"}
)
_HOOK_CONTENT = frozenset({"invalid_payload", "no_text", "user_not_found", "too_many_attachments", "invalid_blocks"})


def is_webhook(credentials: Credentials) -> bool:
    """Return whether the account is opened by a webhook and not by a bot."""
    return bool(credentials.get("url"))


def hook_parts(address: str) -> tuple[str, str, str] | None:
    """Return path, workspace and service of a webhook's address, None when it is no such address."""
    found = _HOOK.fullmatch(urlsplit(address).path)
    return (found[1], found[2], found[3]) if found else None


def call(session: Session, method: str, fields: Mapping[str, Any]) -> Result:
    """Call a method of the Web API as a form, in which everything that is no text is written as JSON."""
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    url = f"{session.config.get('api', API)}/{method}"
    headers = {"Authorization": f"Bearer {token_of(session.credentials)}"}
    timeout = _timeout(session, TIMEOUT_SECONDS)
    return attempt(lambda: session.http.request("POST", url, headers=headers, form=form, timeout=timeout))


def asked(session: Session, method: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of a call that makes nothing public. Raises `Refused`."""
    result = call(session, method, fields)
    if not succeeded(result):
        raise Refused(outcome_of(reader_of(session).harmless(), result))
    return result.object() if isinstance(result, Answer) else {}


def execute(session: Session, message: Mapping[str, Any]) -> Result:
    """Send a message through the webhook."""
    timeout, url = _timeout(session, TIMEOUT_SECONDS), session.credentials["url"]
    return attempt(lambda: session.http.request("POST", url, json=dict(message), timeout=timeout))


def send_file(session: Session, address: str, data: bytes) -> Result:
    """Send the bytes of a file to the address that Slack gave for it; the address itself is the permission."""
    headers, timeout = {"Content-Type": "application/octet-stream"}, _timeout(session, UPLOAD_SECONDS)
    return attempt(lambda: session.http.request("POST", address, headers=headers, body=data, timeout=timeout))


def succeeded(result: Result) -> bool:
    """Return whether a call of the Web API was carried out: a 200 alone does not say so."""
    return isinstance(result, Answer) and result.ok and result.object().get("ok") is True


def error_of(result: Result) -> str:
    """Return the code of a refusal, "" when there is none."""
    said = result.object() if isinstance(result, Answer) else {}
    return str(said.get("error") or "") if said.get("ok") is False else ""


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call of the Web API means, by Slack's own codes."""
    if not isinstance(result, Answer):
        return reader.outcome_of(result)
    error, said, evidence = error_of(result), result.object(), reader.evidence(result)
    if result.status == 429 or error in _WAIT:
        sentence = "Slack asks us to slow down. The post waits and is sent again by itself."
        return Throttled(sentence=sentence, evidence=evidence, until=wait_until(result, reader.now))
    if error in _PERHAPS:
        return reader.unreadable(result)
    if error in _PASSING:
        return NotSent(sentence=f"Slack has a fault ({error}). It will be tried again.", evidence=evidence)
    if error:
        return _refusal(reader, error, said, result)
    return reader.unreadable(result) if result.ok else reader.outcome_of(result, str(said.get("error") or ""))


def hook_outcome(reader: Reader, result: Result) -> Outcome:
    """Return what a webhook's refusal means; only whole words are compared."""
    if not isinstance(result, Answer):
        return reader.outcome_of(result)
    word, evidence = result.text().strip()[:60], reader.evidence(result)
    if word in _HOOK_DEAD or result.status in (404, 410):
        sentence = (
            f"Slack does not know this webhook any more, or its channel is closed ({result.status}). Connect again."
        )
        return Unauthorized(sentence=sentence, evidence=evidence)
    if result.status == 400 and word in _HOOK_CONTENT:
        return Rejected(sentence=f"Slack refused this ({word}). Change it and try again.", evidence=evidence)
    return reader.unreadable(result) if result.ok else reader.outcome_of(result)


def reader_of(session: Session) -> Reader:
    """Return the reader of this account's answers."""
    credentials, parts = session.credentials, hook_parts(session.credentials.get("url", ""))
    hidden = [credentials.get(name, "") for name in ("bot_token", "access_token", "refresh_token", "url")]
    hidden += [parts[0].rpartition("/")[2]] if parts else []
    return Reader("Slack", secrets_of(hidden, session.app.values()), session.clock.now_ms())


def token_of(credentials: Credentials) -> str:
    """Return the bot's token: from the sign-in, or as it was pasted."""
    return credentials.get("access_token") or credentials.get("bot_token", "")


def _refusal(reader: Reader, error: str, said: Mapping[str, Any], result: Answer) -> Outcome:
    evidence = reader.evidence(result)
    if error in _SIGNED_OUT:
        sentence = f"Slack no longer accepts the sign-in ({error}). Connect the account again."
        return Unauthorized(sentence=sentence, evidence=evidence)
    if error in _OURS:
        sentence = f"Slack does not accept this installation's client id, secret or redirect address ({error})."
        return Misconfigured(sentence=sentence, evidence=evidence)
    if error in _NO_RIGHT:
        needed = f" The right it needs: {said['needed']}." if isinstance(said.get("needed"), str) else ""
        sentence = f"The Slack app lacks a right ({error}).{needed} Add it to the app and connect again."
        return Forbidden(sentence=sentence, evidence=evidence)
    if error in _CLOSED:
        sentence = f"The bot may not post in this channel ({error}). Invite it there (/invite), or choose another."
        return Forbidden(sentence=sentence, evidence=evidence)
    return Rejected(sentence=f"Slack refused this ({error[:60]}). Change it and try again.", evidence=evidence)


def _timeout(session: Session, seconds: int) -> tuple[float, float]:
    return 5.0, float(session.config.get("timeout", seconds))
