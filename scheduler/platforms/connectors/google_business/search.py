"""Finding a post again among the posts of a location (platform sheet of Google Business Profile, section 8)."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from scheduler.clock import to_ms
from scheduler.domain.outcome import NotSent, Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.google_business.places import LABEL
from scheduler.platforms.connectors.google_business.posts import kind_of, local_post, summary_of
from scheduler.platforms.google import bearer, outcome_of, reader_of
from scheduler.platforms.http import Answer

PAGE, PAGES = 100, 10
CLOCK_SKEW_MS = 5 * 60 * 1000
"""How far Google's clock and ours may be apart when their times are compared."""


def search(session: Session, posts_url: str, payload: Payload, mark: Mark) -> dict[str, Any] | None:
    """Return our post among those of the location, None when it is proven not to be there. Raises `Refused`."""
    since, token = mark.earliest - CLOCK_SKEW_MS, ""
    for _ in range(PAGES):
        page = _page(session, posts_url, token)
        posts = [post for post in page.get("localPosts", []) if isinstance(post, dict)]
        for post in posts:
            if made_at(post) >= since and _is_ours(post, payload, mark):
                if not isinstance(post.get("name"), str) or not post["name"]:
                    raise Refused(NotSent(sentence=f"{LABEL} gave a list of posts that cannot be read."))
                return post
        token = str(page.get("nextPageToken") or "")
        # Google documents no order. Only a page that runs from new to old and ends before the attempt ends the search.
        if not token or (_runs_backwards(posts) and made_at(posts[-1]) < since):
            return None
    raise Refused(Rejected(sentence="The location has too many posts to look through them all."))


def made_at(post: Mapping[str, Any]) -> int:
    """Return when a post was made (UTC ms); one without a readable time counts as new, so that it is looked at."""
    try:
        moment = datetime.fromisoformat(str(post.get("createTime")))
    except ValueError:
        return sys.maxsize
    return to_ms(moment) if moment.tzinfo else sys.maxsize


def _is_ours(post: Mapping[str, Any], payload: Payload, mark: Mark) -> bool:
    """Return whether a post is the delivery: by its short code, else by its kind and exact words."""
    code = mark.short_code
    if code and any(code in place for place in _places(local_post(payload, ""))):
        whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])")
        return any(whole.search(place) for place in _places(post))
    same_words = str(post.get("summary") or "").split() == summary_of(payload).split()
    return same_words and post.get("topicType") == kind_of(payload)


def _places(post: Mapping[str, Any]) -> list[str]:
    action, offer = post.get("callToAction"), post.get("offer")
    found = [post.get("summary")]
    found += [action.get("url")] if isinstance(action, dict) else []
    found += [offer.get("redeemOnlineUrl")] if isinstance(offer, dict) else []
    return [str(place) for place in found if place]


def _runs_backwards(posts: list[dict[str, Any]]) -> bool:
    times = [made_at(post) for post in posts]
    return bool(times) and times == sorted(times, reverse=True)


def _page(session: Session, posts_url: str, token: str) -> dict[str, Any]:
    params = {"pageSize": str(PAGE), **({"pageToken": token} if token else {})}
    ask = partial(session.http.request, "GET", posts_url, headers=bearer(session), params=params)
    result, reader = attempt(ask), reader_of(session, LABEL).harmless()
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    page = result.json()
    if not isinstance(page, dict) or not isinstance(page.get("localPosts", []), list):
        raise Refused(reader.unreadable(result))
    return page
