"""Finding a post again among an account's own posts (platform sheet, section 8).

X writes short links of its own into the text: it is rebuilt from the list of links beside it. Every post that is read
costs money, so only those since the attempt are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from scheduler.clock import to_datetime
from scheduler.domain.outcome import Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.x.server import call, outcome_of, reader_of, safe
from scheduler.platforms.http import Answer

PAGE = 100
PAGES = 5
CLOCK_SKEW_MS = 5 * 60 * 1000
FIELDS = ("created_at,entities,note_tweet,referenced_tweets", "created_at,entities,note_post,referenced_posts")
"""The fields in the old and in the new vocabulary; a server that does not know one of them answers 400."""
SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_OWN_MEDIA = re.compile(r"https://(?:x|twitter)\.com/[^/]+/status/\d+/(?:photo|video)/\d+")


def search(session: Session, text: str, payload: Payload, mark: Mark) -> dict[str, Any] | None:
    """Return our post among the account's own, None when it is proven not to be there. Raises `Refused`."""
    by_code = bool(mark.short_code) and mark.short_code in text
    for post in _posts_since(session, mark.earliest - CLOCK_SKEW_MS):
        if _answers(post) != payload.reply_to:
            continue
        if _carries(post, mark.short_code) if by_code else written(post).split() == text.split():
            return post
    return None


def made_at(remote_id: str) -> int:
    """Return when a post was made (UTC ms): its id says it."""
    return (int(remote_id) >> 22) + SNOWFLAKE_EPOCH_MS


def written(post: Mapping[str, Any]) -> str:
    """Return the text of a post as it was sent: with its own links, without that of its photos."""
    note = post.get("note_tweet") or post.get("note_post")
    source: Mapping[str, Any] = note if isinstance(note, dict) else post
    text = str(source.get("text") or "")
    for link in _links(post, source):
        full = str(link.get("expanded_url") or "")
        own = "media_key" in link or _OWN_MEDIA.fullmatch(full)
        text = text.replace(str(link.get("url") or "\0"), "" if own else full)
    return unescape(text).strip()


def _carries(post: Mapping[str, Any], code: str) -> bool:
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])")
    return bool(whole.search(written(post)))


def _links(post: Mapping[str, Any], source: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for holder in (source, post):
        entities = holder.get("entities")
        urls = entities.get("urls") if isinstance(entities, dict) else None
        yield from (url for url in (urls if isinstance(urls, list) else ()) if isinstance(url, dict))


def _answers(post: Mapping[str, Any]) -> str:
    """Return the id of the post that this one replies to, "" for none."""
    found = post.get("referenced_tweets") or post.get("referenced_posts")
    listed = found if isinstance(found, list) else []
    replies = (one for one in listed if isinstance(one, dict) and one.get("type") == "replied_to")
    return str(next(replies, {}).get("id") or "")


def _posts_since(session: Session, since: int) -> Iterator[dict[str, Any]]:
    """Yield the account's own posts from now back to `since` (UTC ms). Raises `Refused` when that cannot be done."""
    start = to_datetime(max(since, SNOWFLAKE_EPOCH_MS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    token = ""
    for _ in range(PAGES):
        said = _page(session, start, token)
        yield from said.get("data") or []
        token = str(_meta(said).get("next_token") or "")
        if not token:
            return
    raise Refused(Rejected(sentence="The account has posted too much since then to find this post again."))


def _page(session: Session, start: str, token: str) -> dict[str, Any]:
    path, reader = f"/2/users/{safe(session.remote_id)}/tweets", reader_of(session).harmless()
    for fields in FIELDS:
        params: dict[str, str | list[str]] = {"max_results": str(PAGE), "start_time": start, "tweet.fields": fields}
        if token:
            params["pagination_token"] = token
        result = attempt(lambda params=params: call(session, "GET", path, params=params))  # type: ignore[misc]
        if not isinstance(result, Answer) or result.status != 400:
            break
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    said = result.object()
    posts = said.get("data", [])
    readable = isinstance(posts, list) and all(isinstance(one, dict) and _is_id(one.get("id")) for one in posts)
    # A complete listing always counts its posts; an answer with errors proves nothing.
    if not readable or said.get("errors") or not isinstance(_meta(said).get("result_count"), int):
        raise Refused(reader.unreadable(result))
    return said


def _meta(said: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = said.get("meta")
    return meta if isinstance(meta, dict) else {}


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value.isdecimal() and len(value) < 21
