"""Finding a post again among the account's own (platform sheet, section 7): by its caption, in the time since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scheduler.clock import to_ms
from scheduler.domain.outcome import Absent, CannotTell, Found, NotSent
from scheduler.domain.teaser import Payload
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import instant
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.instagram.account import graph_of
from scheduler.platforms.connectors.instagram.rules import is_story
from scheduler.platforms.meta import safe

SKEW_MS = 2 * 60_000
"""How wrong Instagram's clock may be when we compare its times with ours."""
Answered = Found | Absent | CannotTell


def search(session: Session, payload: Payload, caption: str, mark: Mark) -> Answered:
    """Return whether a delivery is live. Raises `Refused`."""
    since = mark.earliest - SKEW_MS
    for entry in _entries(session, payload, since):
        said = str(entry.get("text" if payload.reply_to else "caption") or "")
        # The text of a story is not shown, and a post may have none: then a new one proves nothing.
        if _made_at(entry, since) < since:
            continue
        if is_story(payload) or not caption.strip():
            sentence = "The account has something new, but Instagram does not say whether it is this. Look there."
            return CannotTell(sentence=sentence, passing=False)
        if said.split() == caption.split():
            return _found(entry)
    return Absent(sentence="The post is not among the account's posts on Instagram.")


def _entries(session: Session, payload: Payload, since: int) -> list[dict[str, Any]]:
    user = safe(session.credentials["user_id"])
    if payload.reply_to:
        path, fields = f"{safe(payload.reply_to)}/comments", "id,text,timestamp"
    elif is_story(payload):
        path, fields = f"{user}/stories", "id,permalink,timestamp"
    else:
        path, fields = f"{user}/media", "id,caption,permalink,timestamp"
    query = {"fields": fields, "limit": "50"}
    query |= {} if payload.reply_to or is_story(payload) else {"since": str(max(0, since) // 1000)}
    return list(graph_of(session).walk(path, query))


def _found(entry: Mapping[str, Any]) -> Found:
    remote_id, url, at = entry.get("id"), web_address(entry.get("permalink")), _made_at(entry, 0)
    if not isinstance(remote_id, str) or not remote_id:
        raise Refused(NotSent(sentence="Instagram gave a list of posts that cannot be read."))
    sentence = "The post is live on Instagram."
    return Found(sentence=sentence, remote_id=remote_id, url=url, at=instant(at))


def _made_at(entry: Mapping[str, Any], otherwise: int) -> int:
    """Return when an entry was made (UTC ms); one without a readable time counts as new, so that it is looked at."""
    try:
        moment = datetime.fromisoformat(str(entry.get("timestamp")))
    except ValueError:
        return otherwise
    return to_ms(moment) if moment.tzinfo else otherwise
