"""Finding a video again (platform sheet of YouTube, sections 4 and 8)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from scheduler.clock import to_ms
from scheduler.domain.outcome import Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.youtube.answers import asked, items_of, table
from scheduler.platforms.connectors.youtube.videos import description_of, title_of

PAGE, PAGES = 50, 5
CLOCK_SKEW_MS = 5 * 60 * 1000
"""How far YouTube's clock and ours may be apart when their times are compared."""


def search_video(session: Session, payload: Payload, mark: Mark) -> dict[str, Any] | None:
    """Return our entry in the channel's list of uploads, None when it is proven not to be there. Raises `Refused`.

    An upload is made a little before the attempt (up to the life of what was prepared), never published then.
    """
    code, description = mark.short_code, description_of(payload)
    by_code = bool(code) and code in description
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])") if by_code else None
    for item in _uploads_since(session, mark.earliest - CLOCK_SKEW_MS):
        snippet = table(item, "snippet")
        shown = str(snippet.get("description") or "")
        same = shown.split() == description.split() and snippet.get("title") == title_of(payload)
        if whole.search(shown) if whole else same:
            return item
    return None


def made_at(snippet: Mapping[str, Any]) -> int:
    """Return when something was published (UTC ms); what has no readable time counts as new, so it is looked at."""
    try:
        moment = datetime.fromisoformat(str(snippet.get("publishedAt")))
    except ValueError:
        return sys.maxsize
    return to_ms(moment) if moment.tzinfo else sys.maxsize


def video_id(item: Mapping[str, Any]) -> str:
    """Return the video that an entry of the list of uploads names."""
    return str(table(item, "contentDetails").get("videoId") or "")


def _uploads_since(session: Session, since: int) -> Iterator[dict[str, Any]]:
    """Yield the channel's uploads from now back to `since` (UTC ms). Raises `Refused` when that cannot be done."""
    playlist, token = str(session.limits.get("uploads") or ""), ""
    if not playlist:
        raise Refused(Rejected(sentence="The channel's list of uploads is not known. Connect the channel again."))
    for _ in range(PAGES):
        params = {"part": "snippet,contentDetails", "playlistId": playlist, "maxResults": str(PAGE)}
        said = asked(session, "playlistItems", params | ({"pageToken": token} if token else {}))
        if not isinstance(said.get("items"), list):
            raise Refused(Rejected(sentence="YouTube did not give out the channel's list of uploads."))
        found = items_of(said)
        recent = [item for item in found if made_at(table(item, "snippet")) >= since]
        yield from recent
        token = str(said.get("nextPageToken") or "")
        # Newest first: an older entry means that all later ones were seen.
        if not token or len(recent) < len(found):
            return
    raise Refused(Rejected(sentence="The channel has uploaded too much since then to find this video again."))
