"""Finding a post or a comment of an organization again (platform sheet, section 8); a member's cannot be listed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scheduler.domain.outcome import NotSent, Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.linkedin.server import asked, author_of, safe
from scheduler.platforms.connectors.linkedin.text import plain_text

PAGE = 50
PAGES = 5
CLOCK_SKEW_MS = 5 * 60 * 1000


def search_post(session: Session, text: str, payload: Payload, mark: Mark) -> dict[str, Any] | None:
    """Return our post among the organization's, None when it is proven not to be there. Raises `Refused`."""
    whole = f"{text} {payload.link.url if payload.link else ''}"
    by_code = bool(mark.short_code) and mark.short_code in whole
    for post in _posts_since(session, mark.earliest - CLOCK_SKEW_MS):
        if _carries(post, mark.short_code) if by_code else _said(post).split() == text.split():
            return post
    return None


def search_comment(session: Session, text: str, post: str) -> dict[str, Any] | None:
    """Return our comment under a post, None when it is proven not to be there. Raises `Refused`."""
    said = asked(session, "GET", f"/rest/socialActions/{safe(post)}/comments")
    for comment in _elements(said):
        message = comment.get("message")
        written = str(message.get("text") or "") if isinstance(message, dict) else ""
        if comment.get("actor") == author_of(session) and written.split() == text.split():
            return comment
    return None


def made_at(post: Mapping[str, Any]) -> int | None:
    """Return when a post went out (UTC ms), None when LinkedIn does not say."""
    at = post.get("publishedAt") or post.get("createdAt")
    return at if isinstance(at, int) else None


def _posts_since(session: Session, since: int) -> Iterator[dict[str, Any]]:
    """Yield the organization's posts, the last changed first, until one that was not touched since `since`."""
    author = safe(author_of(session))
    for page in range(PAGES):
        path = f"/rest/posts?q=author&author={author}&count={PAGE}&start={page * PAGE}&sortBy=LAST_MODIFIED"
        posts = _elements(asked(session, "GET", path, rest_method="FINDER"))
        yield from posts
        if len(posts) < PAGE or _touched_at(posts[-1]) < since:
            return
    raise Refused(Rejected(sentence="The page has posted too much since then to find this post again."))


def _elements(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = said.get("elements")
    if not isinstance(found, list) or not all(isinstance(one, dict) and one.get("id") for one in found):
        sentence = "LinkedIn gave an answer that cannot be read. It will be asked again."
        raise Refused(NotSent(sentence=sentence))
    return found


def _touched_at(post: Mapping[str, Any]) -> int:
    at = post.get("lastModifiedAt") or made_at(post)
    return at if isinstance(at, int) else 0


def _said(post: Mapping[str, Any]) -> str:
    return plain_text(str(post.get("commentary") or ""))


def _carries(post: Mapping[str, Any], code: str) -> bool:
    content = post.get("content")
    article = content.get("article") if isinstance(content, dict) else None
    source = str(article.get("source") or "") if isinstance(article, dict) else ""
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])")
    return bool(whole.search(f"{_said(post)} {source}"))
