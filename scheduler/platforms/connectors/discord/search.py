"""Finding a bot's post again among the messages of its channel (platform sheet of Discord, "Reconcile")."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from scheduler.domain.outcome import Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.discord.api import asked, call, outcome_of, reader_of
from scheduler.platforms.connectors.discord.message import content
from scheduler.platforms.http import Answer

PAGE = 100
PAGES = 20
EPOCH_MS = 1_420_070_400_000
CLOCK_SKEW_MS = 5 * 60_000


def search(session: Session, payload: Payload, mark: Mark) -> dict[str, Any] | None:
    """Return our message, None when it is proven not to be there. Raises `Refused`."""
    bot, code = asked(session, "/users/@me")["id"], mark.short_code
    shown = bool(code) and code in f"{payload.text} {payload.link.url if payload.link else ''}"
    for message in _messages_since(session, mark.earliest - CLOCK_SKEW_MS):
        author = message.get("author")
        if not isinstance(author, dict) or author.get("id") != bot:
            continue
        if _carries(message, code) if shown else message.get("content") == content(payload):
            return message
    return None


def made_at(message: Mapping[str, Any]) -> int:
    """Return when a message was made (UTC ms): its id says so."""
    return (int(message["id"]) >> 22) + EPOCH_MS


def _carries(message: Mapping[str, Any], code: str) -> bool:
    said = json.dumps([message.get("content"), message.get("embeds")], ensure_ascii=False)
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])", said) is not None


def _messages_since(session: Session, since: int) -> Iterator[dict[str, Any]]:
    """Yield the channel's messages from `since` (UTC ms) on. Raises `Refused` when they cannot be read to the end."""
    after = str(max(since - EPOCH_MS, 0) << 22)
    for _ in range(PAGES):
        path = f"/channels/{session.credentials['channel']}/messages"
        result = call(session, "GET", path, params={"limit": str(PAGE), "after": after})
        page = result.json() if isinstance(result, Answer) and result.ok else None
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader_of(session).harmless(), result))
        if not isinstance(page, list) or not all(_is_message(one) for one in page):
            raise Refused(reader_of(session).harmless().unreadable(result))
        yield from page
        if len(page) < PAGE:
            return
        after = max((one["id"] for one in page), key=int)
    raise Refused(Rejected(sentence="The channel has had too many messages since then to find this post again."))


def _is_message(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"].isdecimal() and len(one["id"]) < 21
