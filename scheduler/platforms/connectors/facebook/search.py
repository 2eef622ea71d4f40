"""Finding a post of a Page again (platform sheet, section 8): by the short code in its link, or by its whole text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scheduler.clock import to_ms
from scheduler.domain.outcome import Absent, CannotTell, Found
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark, Session
from scheduler.platforms.connectors.facebook.page import graph_of, permalink
from scheduler.platforms.connectors.facebook.rules import REEL, STORY, kind_of
from scheduler.platforms.meta import safe

SKEW_MS = 2 * 60_000
"""How wrong Facebook's clock may be when we compare its times with ours."""
PROCESSING_MS = 15 * 60_000
"""A video is listed when it has been processed: before that its absence proves nothing."""
_POST_FIELDS = "id,message,created_time,permalink_url,attachments{media_type,unshimmed_url}"
Answered = Found | Absent | CannotTell


def search(session: Session, payload: Payload, text: str, mark: Mark) -> Answered:
    """Return whether a delivery is live. Raises `Refused`."""
    if payload.reply_to:
        return _by_entries(session, f"{safe(payload.reply_to)}/comments", ("message", text), mark)
    page, kind = safe(session.credentials["page_id"]), kind_of(payload)
    if kind == STORY:
        return _story(session, page, mark)
    if any(item.is_video for item in payload.media):
        edge = "video_reels" if kind == REEL else "videos"
        return _later(session, _by_entries(session, f"{page}/{edge}", ("description", text), mark), mark)
    return _by_entries(session, f"{page}/published_posts", ("message", text), mark)


def _by_entries(session: Session, path: str, wanted: tuple[str, str], mark: Mark) -> Answered:
    (name, text), since = wanted, mark.earliest - SKEW_MS
    fields = {"message": _POST_FIELDS, "description": "id,description,created_time,permalink_url"}[name]
    if path.endswith("/comments"):
        fields = "id,message,created_time,from"
    query = {"fields": fields, "since": str(max(0, since) // 1000), "limit": "50"}
    recent = [entry for entry in graph_of(session).walk(path, query) if _made_at(entry, since) >= since]
    for entry in recent:
        if _is_ours(session, entry, (name, text), mark):
            return _found(session, entry)
    if recent and not text.strip():
        sentence = "The Page has new posts, but one without a text cannot be told from another. Look at the Page."
        return CannotTell(sentence=sentence, passing=False)
    return Absent(sentence="The post is not among the Page's posts on Facebook.")


def _is_ours(session: Session, entry: Mapping[str, Any], wanted: tuple[str, str], mark: Mark) -> bool:
    (name, text), author = wanted, entry.get("from")
    if isinstance(author, dict) and author.get("id") not in (None, session.credentials["page_id"]):
        return False
    said = str(entry.get(name) or "")
    if mark.short_code:
        places = said + json.dumps(entry.get("attachments") or "")
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(mark.short_code)}(?![A-Za-z0-9])", places):
            return True
        if mark.short_code in text:
            return False
    # Facebook trims blanks at the end.
    return bool(text.strip()) and said.split() == text.split()


def _story(session: Session, page: str, mark: Mark) -> Answered:
    """Stories have no text: none since the attempt proves that ours is not there, one proves nothing."""
    since = mark.earliest - SKEW_MS
    stories = graph_of(session).walk(f"{page}/stories", {"fields": "post_id,creation_time,status"})
    if any(_made_at(story, since, "creation_time") >= since for story in stories):
        sentence = "The Page has a new story, but Facebook does not say whether it is this one. Look at the Page."
        return CannotTell(sentence=sentence, passing=False)
    return Absent(sentence="The Page has no story since then on Facebook.")


def _later(session: Session, answered: Answered, mark: Mark) -> Answered:
    if isinstance(answered, Absent) and session.clock.now_ms() < mark.earliest + PROCESSING_MS:
        return CannotTell(sentence="Facebook may still be processing the video.", passing=True)
    return answered


def _found(session: Session, entry: Mapping[str, Any]) -> Found:
    remote_id, at = str(entry.get("id") or ""), _made_at(entry, 0)
    url = permalink(session, entry.get("permalink_url"), remote_id)
    return Found(sentence="The post is live on Facebook.", remote_id=remote_id, url=url, at=at or None)


def _made_at(entry: Mapping[str, Any], otherwise: int, name: str = "created_time") -> int:
    """Return when an entry was made (UTC ms); one without a readable time counts as new, so that it is looked at."""
    value = str(entry.get(name) or "")
    if value.isdigit():
        return int(value) * 1000
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return otherwise
    return to_ms(moment) if moment.tzinfo else otherwise
