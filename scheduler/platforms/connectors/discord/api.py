"""Discord's HTTP API as one account: how it is called, and what its error codes mean (platform sheet of Discord).

A webhook is opened by the token in its own address, a bot by a header. Both secrets are hidden everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.outcome import Forbidden, Misconfigured, Outcome, Rejected, Throttled, Unauthorized
from scheduler.platforms.answers import LONGEST_WAIT_MS, Reader, Result, attempt, secrets_of, wait_until
from scheduler.platforms.base import Credentials, Refused, Session
from scheduler.platforms.http import Answer, Files

API = "https://discord.com/api"
VERSION = "v10"
USER_AGENT = "DiscordBot (drumbeat, 0.1)"
"""Discord's shield blocks clients that do not say what they are in this form."""
HOSTS = frozenset({"discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com"})
TIMEOUT_SECONDS = 30
FILE_SECONDS = 120
UNKNOWN_MESSAGE = 10008
_WEBHOOK = re.compile(r"(.*)/api(?:/v\d+)?/webhooks/(\d{5,25})/([A-Za-z0-9_-]{20,100})/?")

_DEAD = frozenset({10003, 10004, 10015, 40001, 50027})
_NO_RIGHT = frozenset({50001, 50008, 50013, 400001})
_OURS = frozenset({40333})
_WAIT = frozenset({20016, 20022, 20028, 30046})
_CONTENT = frozenset(
    {30015, 40005, 50006, 50035, 50046, 50083, 50109, 160005, 200000, 200001, 220001, 220002, 220003, 240000}
)


def webhook_parts(address: str) -> tuple[str, str] | None:
    """Return id and token of a webhook's address, None when it is no such address."""
    found = _WEBHOOK.fullmatch(urlsplit(address).path)
    return (found[2], found[3]) if found else None


def is_webhook(credentials: Credentials) -> bool:
    """Return whether the account is opened by a webhook and not by a bot."""
    return bool(credentials.get("url"))


def own_path(session: Session) -> str:
    """Return the path of the account's webhook. Raises `Refused` when its address is spoilt."""
    parts = webhook_parts(session.credentials.get("url", ""))
    if parts is None:
        raise Refused(Unauthorized(sentence="The stored address of the webhook is no good. Connect the account again."))
    return f"/webhooks/{parts[0]}/{parts[1]}"


def call(
    session: Session,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    files: Files | None = None,
    params: Mapping[str, str] | None = None,
) -> Result:
    """Call the API, as JSON, or as a form with `payload_json` when there are files."""
    url = f"{session.config.get('api', API)}/{session.config.get('version', VERSION)}{path}"
    timeout = (5.0, float(session.config.get("timeout", FILE_SECONDS if files else TIMEOUT_SECONDS)))
    headers = {"User-Agent": str(session.config.get("user_agent", USER_AGENT)), **_bearer(session)}
    content: dict[str, Any] = {"json": body}
    if files:
        content = {"form": {"payload_json": json.dumps(body, ensure_ascii=False)}, "files": files}
    request = session.http.request
    return attempt(lambda: request(method, url, headers=headers, params=params, timeout=timeout, **content))


def asked(session: Session, path: str) -> dict[str, Any]:
    """Return the object that a GET answers with. Raises `Refused`."""
    result = call(session, "GET", path)
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader_of(session).harmless(), result))
    if not isinstance(result.object().get("id"), str):
        raise Refused(reader_of(session).harmless().unreadable(result))
    return result.object()


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means, by Discord's own codes first."""
    if not isinstance(result, Answer):
        return reader.outcome_of(result)
    said, code = result.object(), code_of(result)
    evidence, words = reader.evidence(result), str(said.get("message") or "")
    quoted = reader.quoted(words)
    if code in _OURS:
        sentence = (
            "Discord blocks this installation itself. Whoever runs it should look at `user_agent` in its settings."
        )
        return Misconfigured(sentence=sentence, evidence=evidence)
    if (result.status == 429 and isinstance(said.get("retry_after"), int | float)) or code in _WAIT:
        sentence = "Discord asks us to slow down. The post waits and is sent again by itself."
        return Throttled(sentence=sentence, evidence=evidence, until=_until(reader, result, said))
    if (result.status == 401 and said) or code in _DEAD:
        sentence = f"Discord does not know this webhook, bot or channel any more. Connect the account again.{quoted}"
        return Unauthorized(sentence=sentence, evidence=evidence)
    if code in _NO_RIGHT:
        sentence = (
            f"The bot may not post in this channel. Give it the rights to see it, write and attach files.{quoted}"
        )
        return Forbidden(sentence=sentence, evidence=evidence)
    if code in _CONTENT and result.status < 500:
        sentence = f"Discord refused this. Change it and try again.{reader.quoted(_details(said) or words)}"
        return Rejected(sentence=sentence, evidence=evidence)
    return reader.outcome_of(result, words)


def code_of(result: Result) -> int:
    """Return Discord's own code of an error, 0 when it names none."""
    code = result.object().get("code") if isinstance(result, Answer) and not result.ok else 0
    return code if isinstance(code, int) else 0


def reader_of(session: Session) -> Reader:
    """Return the reader of this account's answers."""
    credentials = session.credentials
    parts = webhook_parts(credentials.get("url", ""))
    hidden = [credentials.get("bot_token", ""), credentials.get("url", ""), parts[1] if parts else ""]
    return Reader("Discord", secrets_of(hidden), session.clock.now_ms())


def _bearer(session: Session) -> dict[str, str]:
    token = session.credentials.get("bot_token", "")
    return {"Authorization": f"Bot {token}"} if token else {}


def _until(reader: Reader, result: Answer, said: Mapping[str, Any]) -> int | None:
    wait = said.get("retry_after")
    if isinstance(wait, int | float) and wait >= 0:
        return reader.now + min(round(wait * 1000), LONGEST_WAIT_MS)
    return wait_until(result, reader.now)


def _details(said: Mapping[str, Any]) -> str:
    """Return the first sentence of the nested errors of an invalid form, with the name of its field."""
    place, names = said.get("errors"), []
    while isinstance(place, dict) and "_errors" not in place and place:
        name = next(iter(place))
        names.append(str(name))
        place = place[name]
    errors = place.get("_errors") if isinstance(place, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    message = first.get("message") if isinstance(first, dict) else ""
    return f"{'.'.join(names)}: {message}" if message else ""
