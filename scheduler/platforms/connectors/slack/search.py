"""Finding a bot's post again in its channel, by the id in its metadata, its short code or its whole text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from scheduler.domain.outcome import Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.slack.api import asked, call, outcome_of, reader_of
from scheduler.platforms.connectors.slack.files import ts_of
from scheduler.platforms.connectors.slack.message import plain, words_of

PAGE = 200
PAGES = 20
CLOCK_SKEW_MS = 5 * 60_000


def search(session: Session, payload: Payload, mark: Mark) -> dict[str, Any] | None:
    """Return our message, None when it is proven not to be there. Raises `Refused`."""
    bot = asked(session, "auth.test", {})
    own = {str(bot.get(name) or "") for name in ("bot_id", "user_id")} - {""}
    code = mark.short_code if mark.short_code and mark.short_code in words_of(payload) else ""
    for message in _messages_since(session, payload, mark.earliest - CLOCK_SKEW_MS):
        if _named(message) == mark.idempotency_key:
            return message
        if not {str(message.get(name) or "") for name in ("bot_id", "user")} & own:
            continue
        if _carries(message, code) if code else _says(message, words_of(payload)):
            return message
    return None


def _named(message: Mapping[str, Any]) -> str:
    """Return the id that we wrote into the metadata of a message."""
    metadata = message.get("metadata")
    event = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return str(event.get("id") or "") if isinstance(event, dict) else ""


def _carries(message: Mapping[str, Any], code: str) -> bool:
    said = json.dumps([message.get("text"), message.get("blocks")], ensure_ascii=False)
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])", said) is not None


def _says(message: Mapping[str, Any], words: str) -> bool:
    return bool(words.strip()) and (
        plain(str(message.get("text") or "")).strip() == words.strip() or _block_words(message).strip() == words.strip()
    )


def _block_words(message: Mapping[str, Any]) -> str:
    """Return the words of a message's rich text: a message with files has its words only there."""
    found = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if value.get("type") in ("text", "link"):
                found.append(str(value.get("text") or value.get("url") or ""))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(message.get("blocks"))
    return "".join(found)


def _messages_since(session: Session, payload: Payload, since: int) -> Iterator[dict[str, Any]]:
    """Yield the messages of the channel, or of the thread, from `since` (UTC ms) on, read to the end."""
    place = {"channel": session.credentials["channel"], "oldest": f"{max(since, 0) / 1000:.6f}", "limit": str(PAGE)}
    place |= {"include_all_metadata": "true"}
    method = "conversations.history"
    if payload.reply_to:
        place["ts"], method = ts_of(session, payload.reply_to), "conversations.replies"
    cursor = ""
    for _ in range(PAGES):
        result = call(session, method, place | ({"cursor": cursor} if cursor else {}))
        reader = reader_of(session).harmless()
        said = result.object() if not isinstance(result, Exception) else {}
        page = said.get("messages")
        if said.get("ok") is not True or not isinstance(page, list):
            raise Refused(outcome_of(reader, result))
        if not all(isinstance(one, dict) and isinstance(one.get("ts"), str) and one["ts"] for one in page):
            raise Refused(reader.unreadable(result))
        yield from (one for one in page if isinstance(one, dict))
        following = said.get("response_metadata")
        cursor = str(following.get("next_cursor") or "") if isinstance(following, dict) else ""
        if not cursor:
            return
    raise Refused(Rejected(sentence="The channel has had too many messages since then to find this post again."))
