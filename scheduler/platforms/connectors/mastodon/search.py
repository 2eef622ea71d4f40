"""Finding a post again among an account's own posts on a Mastodon-compatible server (platform sheet, section 5)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from html import unescape
from typing import Any

from scheduler.clock import to_ms
from scheduler.domain.outcome import Rejected
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.mastodon.server import call, outcome_of, reader_of, safe
from scheduler.platforms.http import Answer

PAGE = 40
PAGES = 5
_BREAK = re.compile(r"<(?:p|br)\b[^<>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")
CLOCK_SKEW_MS = 5 * 60 * 1000
"""How wrong the server's clock may be when we compare its times with ours."""


def search(session: Session, text: str, mark: Mark, reply_to: str = "") -> dict[str, Any] | None:
    """Return our post among the account's own, None when it is proven not to be there. Raises `Refused`.

    A post that answers `reply_to` is looked for among the answers to that one only.
    """
    by_code = bool(mark.short_code) and mark.short_code in text
    unreadable = False
    for post in _posts_since(session, mark.earliest - CLOCK_SKEW_MS):
        if reply_to and str(post.get("in_reply_to_id") or "") != reply_to:
            continue
        if _carries(post, mark.short_code) if by_code else _shown(post).split() == text.split():
            return post
        if not by_code:
            source = _source(session, post)
            if source is not None and source.split() == text.split():
                return post
            unreadable = unreadable or source is None
    if unreadable:
        # Servers rewrite what they show (mentions, Markdown): a text that looks different proves nothing.
        raise Refused(Rejected(sentence="The server does not give out the text of posts as they were sent."))
    return None


def _posts_since(session: Session, since: int) -> Iterator[dict[str, Any]]:
    """Yield the account's own posts from now back to `since` (UTC ms). Raises `Refused` when that cannot be done."""
    reader, last = reader_of(session).harmless(), ""
    for _ in range(PAGES):
        path = _listing(session, last)
        result = attempt(partial(call, session, "GET", path))
        posts = result.json() if isinstance(result, Answer) and result.ok else None
        if not isinstance(posts, list) or not all(isinstance(post, dict) and post.get("id") for post in posts):
            raise Refused(outcome_of(reader, result))
        recent = [post for post in posts if _created_at(post) >= since]
        yield from recent
        # The list runs from new to old: an older post, or no post at all, means that all later ones were seen.
        if not posts or len(recent) < len(posts):
            return
        last = str(posts[-1]["id"])
    raise Refused(Rejected(sentence="The account has posted too much since then to find this post again."))


def _listing(session: Session, before: str) -> str:
    account = session.remote_id.partition("@")[0]
    older = f"&max_id={safe(before)}" if before else ""
    return f"/api/v1/accounts/{safe(account)}/statuses?limit={PAGE}&exclude_reblogs=true{older}"


def made_at(post: Mapping[str, Any]) -> int | None:
    """Return when a post was made (UTC ms), None when it has no readable time."""
    try:
        moment = datetime.fromisoformat(str(post.get("created_at")))
    except ValueError:
        return None
    return to_ms(moment) if moment.tzinfo else None


def _created_at(post: Mapping[str, Any]) -> int:
    """Return when a post was made; one without a readable time counts as new, so that it is looked at."""
    at = made_at(post)
    return sys.maxsize if at is None else at


def _carries(post: Mapping[str, Any], code: str) -> bool:
    """Return whether a short code is in the post's links; as a whole, not as a part of another word."""
    card = post.get("card")
    places = (post.get("content"), card.get("url") if isinstance(card, dict) else "")
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])")
    return any(whole.search(unescape(str(place or ""))) for place in places)


def _source(session: Session, post: Mapping[str, Any]) -> str | None:
    """Return a post's text as it was sent, None when the server does not give it. Raises `Refused`."""
    result = attempt(partial(call, session, "GET", f"/api/v1/statuses/{safe(str(post['id']))}/source"))
    if not isinstance(result, Answer) or result.status >= 500 or result.status == 429:
        raise Refused(outcome_of(reader_of(session).harmless(), result))
    text = result.object().get("text") if result.ok else None
    return text if isinstance(text, str) else None


def _shown(post: Mapping[str, Any]) -> str:
    """Return the plain text of a post's HTML; paragraphs and breaks become white space.

    By two patterns that read every character once: `html.parser` takes minutes for a hostile 40 KB.
    """
    spaced = _BREAK.sub("\n", str(post.get("content") or ""))
    return unescape(_MARKUP.sub("", spaced))
