"""Finding a post again among the account's own posts or replies (platform sheet, section 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from scheduler.clock import to_ms
from scheduler.domain.outcome import Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.threads.graph import ask

PAGE = 50
PAGES = 6
CLOCK_SKEW_MS = 5 * 60 * 1000
"""How wrong Meta's clock may be when we compare its times with ours."""
_FIELDS = "id,text,permalink,timestamp,media_type,link_attachment_url,is_quote_post"


def search(session: Session, payload: Payload, text: str, mark: Mark) -> Mapping[str, Any] | None:
    """Return our post, None when it is proven not to be there. Raises `Refused`."""
    link = payload.link.url if payload.link else ""
    by_code = bool(mark.short_code) and mark.short_code in f"{text} {link}"
    if not by_code and not text.strip():
        sentence = "The post has neither words nor a link by which it could be told from others."
        raise Refused(Rejected(sentence=sentence))
    for post in _posts_since(session, payload, mark.earliest - CLOCK_SKEW_MS):
        if _carries(post, mark.short_code) if by_code else str(post.get("text") or "").split() == text.split():
            return post
    return None


def made_at(post: Mapping[str, Any]) -> int | None:
    """Return when a post was made (UTC ms), None when it has no readable time."""
    try:
        moment = datetime.fromisoformat(str(post.get("timestamp")))
    except ValueError:
        return None
    return to_ms(moment) if moment.tzinfo else None


def _posts_since(session: Session, payload: Payload, since: int) -> Iterator[Mapping[str, Any]]:
    """Yield the account's posts (replies, for a reply) from now back to `since` (UTC ms). Raises `Refused`."""
    edge = "replies" if payload.reply_to else "threads"
    fields = {"fields": _FIELDS, "limit": str(PAGE), "since": str(max(since, 0) // 1000)}
    for _ in range(PAGES):
        said = ask(session, "GET", f"me/{edge}", fields)
        posts = said.get("data")
        if not isinstance(posts, list) or not all(isinstance(post, dict) and post.get("id") for post in posts):
            raise Refused(_unreadable())
        yield from posts
        after = _cursor(said)
        if len(posts) < PAGE or not after:
            return
        fields["after"] = after
    raise Refused(Rejected(sentence="The account has posted too much since then to find this post again."))


def _unreadable() -> Rejected:
    return Rejected(sentence="Threads gave a list of posts that cannot be read.")


def _cursor(said: Mapping[str, Any]) -> str:
    paging = said.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) else None
    return str(cursors.get("after") or "") if isinstance(cursors, dict) else ""


def _carries(post: Mapping[str, Any], code: str) -> bool:
    """Return whether a short code is in the post's words or link; as a whole, not as a part of another word."""
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])")
    return any(whole.search(str(post.get(name) or "")) for name in ("text", "link_attachment_url"))
