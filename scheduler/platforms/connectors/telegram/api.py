"""The Bot API: how it is called, and what its answers mean (platform sheet of Telegram, "Base and auth" and "Errors").

The bot's token stands in the address of every call, so addresses are never logged and the token is hidden everywhere.
Telegram tells its errors apart by a status and a fixed English description; only whole descriptions are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scheduler.domain.outcome import Forbidden, NotSent, Outcome, Rejected, Throttled, Unauthorized
from scheduler.platforms.answers import LONGEST_WAIT_MS, Reader, Result, attempt, secrets_of
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.http import Answer, Files

API = "https://api.telegram.org"
TEXT_SECONDS = 60
"""How long an answer may take: Telegram answers only when a message is really sent."""
FILE_SECONDS = 300
_CONNECT_SECONDS = 5.0
_BAD = "Bad Request: "
_NO_RIGHT = (
    "need administrator rights in the channel chat",
    "not enough rights",
    "have no rights to send a message",
    "CHAT_WRITE_FORBIDDEN",
    "chat not found",
)
"""What a description begins with when the bot may not post there any more."""
_UNREACHABLE = ("Failed to get HTTP URL content", "wrong type of the web page content")
_SAME = "message is not modified"
_GONE = ("message to delete not found", "message identifier is not specified")


def call(session: Session, method: str, fields: Mapping[str, Any], files: Files | None = None) -> Result:
    """Call a method, as JSON, or as a form when there are files (then every value has to be text)."""
    url = f"{session.config.get('api', API)}/bot{session.credentials['bot_token']}/{method}"
    seconds = FILE_SECONDS if files else TEXT_SECONDS
    timeout = (_CONNECT_SECONDS, float(session.config.get("timeout", seconds)))
    if files:
        return attempt(lambda: session.http.request("POST", url, form=fields, files=files, timeout=timeout))
    return attempt(lambda: session.http.request("POST", url, json=dict(fields), timeout=timeout))


def asked(session: Session, method: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of a call that makes nothing public and answers with an object. Raises `Refused`."""
    result = call(session, method, fields)
    found = result_of(result)
    if not isinstance(found, dict):
        raise Refused(outcome_of(reader_of(session).harmless(), result))
    return found


def result_of(result: Result) -> Any:
    """Return what a call gave, None when it did not succeed: `ok` has to be true beside the status."""
    if not isinstance(result, Answer) or not result.ok or result.object().get("ok") is not True:
        return None
    return result.object().get("result")


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means."""
    if not isinstance(result, Answer):
        return reader.outcome_of(result)
    said, answer = result.object(), result
    if result.ok and said.get("ok") is False and isinstance(said.get("error_code"), int):
        answer = replace(result, status=said["error_code"])
    if answer.ok:
        return reader.unreadable(answer)
    return _told(reader, answer, said) or reader.outcome_of(answer, str(said.get("description") or ""))


def moved_to(result: Result) -> str:
    """Return the new id of a group that has become a supergroup, "" when the answer says no such thing."""
    said = _table(result.object(), "parameters") if isinstance(result, Answer) else {}
    new = said.get("migrate_to_chat_id")
    return str(new) if isinstance(new, int) and not isinstance(new, bool) else ""


def is_same(result: Result) -> bool:
    """Return whether an edit changed nothing because it stood so already."""
    return _begins(result, (_SAME,))


def is_gone(result: Result) -> bool:
    """Return whether the message to be taken down is not there."""
    return _begins(result, _GONE)


def reader_of(session: Session) -> Reader:
    """Return the reader of this account's answers."""
    token = session.credentials.get("bot_token", "")
    return Reader("Telegram", secrets_of([token, token.partition(":")[2]]), session.clock.now_ms())


def _told(reader: Reader, answer: Answer, said: Mapping[str, Any]) -> Outcome | None:
    """Return the outcome of what Telegram documents, None for the rest."""
    evidence, label = reader.evidence(answer), reader.quoted(str(said.get("description") or ""))
    wait = _table(said, "parameters").get("retry_after")
    if answer.status == 429 and isinstance(wait, int):
        until = reader.now + min(max(wait, 0) * 1000, LONGEST_WAIT_MS)
        sentence = "Telegram asks us to slow down. The post waits and is sent again by itself."
        return Throttled(sentence=sentence, evidence=evidence, until=until)
    if answer.status in (401, 404):
        sentence = "Telegram does not know this bot token any more. Copy it from @BotFather and connect again."
        return Unauthorized(sentence=sentence, evidence=evidence)
    if (answer.status == 403 and "error_code" in said) or _begins(answer, _NO_RIGHT):
        sentence = (
            "The bot may not post in this chat. Add it to the chat again, in a channel as an administrator "
            f"with the right to post messages.{label}"
        )
        return Forbidden(sentence=sentence, evidence=evidence)
    if moved_to(answer):
        sentence = "The group has become a supergroup with a new id. The post will be sent there."
        return NotSent(sentence=sentence, evidence=evidence)
    if _begins(answer, _UNREACHABLE):
        return NotSent(sentence=f"Telegram could not fetch a file.{label} It will be tried again.", evidence=evidence)
    if answer.status == 400:
        return Rejected(sentence=f"Telegram refused this. Change it and try again.{label}", evidence=evidence)
    return None


def _begins(result: Result, beginnings: tuple[str, ...]) -> bool:
    said = result.object().get("description") if isinstance(result, Answer) and result.status == 400 else ""
    return str(said or "").removeprefix(_BAD).startswith(beginnings)


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}
