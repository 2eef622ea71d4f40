"""Telling search engines (IndexNow) and feed readers (WebSub) of what is new, changed or gone.

Nothing is noted when an article is saved. Each round compares what visitors may see now with what was told before,
and tells the difference: so nothing is forgotten, whoever changed the file and whatever crashed, and nothing is told
twice in a row. Never in the way of publishing; a way in trouble is tried again later and later.

Sources: indexnow.org/documentation; WebSub, W3C Recommendation 2018, section 4 (the ping form is the hubs' custom).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from scheduler.content.library import category_path as category_address
from scheduler.domain.addresses import FEED_FILES, author_path, category_path, path_of
from scheduler.domain.article import Article, Kind
from scheduler.platforms.http import Answer, TransportError
from scheduler.services.context import Context
from scheduler.services.site.findable import FEED_ITEMS, listed
from scheduler.storage import announcements
from scheduler.storage.announcements import Told, Way

log = logging.getLogger(__name__)

INDEXNOW, WEBSUB = "indexnow", "websub"
REST_MS = 600_000
"""What was told is not told again sooner, however often it is edited."""
MOST = 10_000
"""Addresses in one message of IndexNow."""
HUB_AT_ONCE = 50
"""Feeds of which a hub is told in one round."""
TIMEOUT = (5.0, 20.0)
FIRST_WAIT_MS, LONGEST_WAIT_MS = 300_000, 86_400_000


class NotTold(Exception):
    """It was not taken; the message says why and what to do. `wait_ms` is how long to leave it alone at least."""

    def __init__(self, sentence: str, wait_ms: int = 0) -> None:
        self.wait_ms = wait_ms
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class _News:
    """What is to be told one way: the states of what is there, and the paths of what is gone."""

    there: Mapping[str, str]
    gone: tuple[str, ...]


def announce_due(ctx: Context) -> None:
    """Tell what is to be told by now, each way for itself."""
    if wants_indexnow(ctx):
        _round(ctx, INDEXNOW, _news_of(ctx, INDEXNOW, _pages(ctx), MOST), _tell_indexnow)
    if wants_websub(ctx):
        _round(ctx, WEBSUB, _news_of(ctx, WEBSUB, _feeds(ctx), HUB_AT_ONCE), _tell_hub)


def wants_indexnow(ctx: Context) -> bool:
    """Return whether search engines are told: the owner wants it, and the site is one that they can visit."""
    return ctx.settings.site.discovery.indexnow and _is_public(ctx)


def wants_websub(ctx: Context) -> bool:
    """Return whether a hub is told."""
    return bool(ctx.settings.site.discovery.websub_hub) and _is_public(ctx)


def _is_public(ctx: Context) -> bool:
    return ctx.settings.base_url.startswith("https://") or ctx.settings.allow_private_network


def key(ctx: Context) -> str:
    """Return the key of IndexNow (32 hex digits). It is no secret: /<key>.txt shows it to everybody."""
    return hmac.new(ctx.settings.secret_key.encode(), b"indexnow key", hashlib.sha256).hexdigest()[:32]


def _pages(ctx: Context) -> dict[str, str]:
    return {path_of(article): article.content_hash[:16] for article in listed(ctx)}


def _feeds(ctx: Context) -> dict[str, str]:
    """Return the state of every feed: which articles it holds, in which version."""
    holds: dict[str, list[str]] = {}
    for article in listed(ctx):
        if article.kind is Kind.ARTICLE:
            for page in _pages_with_feed(article):
                if len(holds.setdefault(page, [])) < FEED_ITEMS:
                    holds[page].append(article.content_hash)
    states = {page: hashlib.sha256("".join(hashes).encode()).hexdigest()[:16] for page, hashes in holds.items()}
    return {page + name: state for page, state in states.items() for name in FEED_FILES}


def _pages_with_feed(article: Article) -> set[str]:
    ways = {names[:depth] for names in article.categories for depth in range(1, len(names) + 1)}
    own = {author_path(article.author)} if article.author else set()
    return {"/", *(category_path(names) for names in ways if category_address(names)), *own}


def _news_of(ctx: Context, way: str, now_there: Mapping[str, str], most: int) -> _News:
    """Return what differs between what is there and what was told, no more than `most` addresses."""
    with ctx.database.reading() as tx:
        before = announcements.told(tx, way)
    now = ctx.clock.now_ms()
    there = [(path, state) for path, state in now_there.items() if _is_news(before.get(path), state, now)][:most]
    gone = [path for path in before if path not in now_there]
    return _News(dict(there), tuple(gone[: most - len(there)]))


def _is_news(told: Told | None, state: str, now: int) -> bool:
    return told is None or (told.state != state and now - told.told_at >= REST_MS)


def _round(ctx: Context, way: str, news: _News, tell: Callable[[Context, _News], None]) -> None:
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        standing = announcements.standing(tx, way)
    if standing.try_at > now or not (news.there or news.gone):
        return
    try:
        _look_at_one(ctx, news)
        tell(ctx, news)
    except NotTold as error:
        _remember_trouble(ctx, way, standing, error)
        return
    with ctx.database.writing() as tx:
        announcements.note(tx, way, news.there, now)
        announcements.forget(tx, way, news.gone)
        announcements.set_standing(tx, way, Way(told_at=now))


def _look_at_one(ctx: Context, news: _News) -> None:
    """Make sure that the outside sees the new state before anybody is sent there."""
    if not (ctx.settings.site.check_pages and news.there):
        return
    address = ctx.settings.base_url + next(iter(news.there))
    try:
        status = ctx.http.fetch(address, timeout=TIMEOUT).status
    except TransportError as error:
        raise NotTold(f"{address} cannot be opened: {error.sentence}") from error
    if status != 200:
        raise NotTold(f"{address} answers with status {status}.")


def _tell_indexnow(ctx: Context, news: _News) -> None:
    base = ctx.settings.base_url
    message = {
        "host": urlsplit(base).netloc,
        "key": key(ctx),
        "keyLocation": f"{base}/{key(ctx)}.txt",
        "urlList": [base + path for path in (*news.there, *news.gone)],
    }
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = _post(ctx, ctx.settings.site.discovery.indexnow_api, headers, json.dumps(message).encode())
    if answer.status == 403:
        raise NotTold(f"The search engines found no proof at {base}/{key(ctx)}.txt: that address must be reachable.")
    if not answer.ok:
        raise NotTold(f"The search engines did not take the message (status {answer.status}).", _wait_of(answer))


def _tell_hub(ctx: Context, news: _News) -> None:
    hub = ctx.settings.site.discovery.websub_hub
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in news.there:
        body = urlencode({"hub.mode": "publish", "hub.url": ctx.settings.base_url + path}).encode()
        answer = _post(ctx, hub, headers, body)
        if not answer.ok:
            raise NotTold(f"The hub did not take {path} (status {answer.status}).", _wait_of(answer))


def _post(ctx: Context, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        return ctx.http.request("POST", url, headers=headers, body=body, timeout=TIMEOUT, max_bytes=100_000)
    except TransportError as error:
        raise NotTold(f"{urlsplit(url).hostname} could not be told: {error.sentence}") from error


def _wait_of(answer: Answer) -> int:
    """Return how long (ms) the receiver wants to be left alone; an hour for one that says 429 and no time."""
    asked = answer.header("Retry-After")
    seconds = int(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else 0
    return seconds * 1000 or (3_600_000 if answer.status == 429 else 0)


def _remember_trouble(ctx: Context, way: str, standing: Way, error: NotTold) -> None:
    wait = max(min(FIRST_WAIT_MS * 2**standing.tries, LONGEST_WAIT_MS), error.wait_ms)
    now = ctx.clock.now_ms()
    log.info("%s: %s", way, error)
    with ctx.database.writing() as tx:
        tries = min(standing.tries + 1, 20)
        announcements.set_standing(tx, way, Way(tries, now + wait, standing.told_at, str(error)))


def standing(ctx: Context) -> dict[str, Way]:
    """Return how telling goes, by way."""
    with ctx.database.reading() as tx:
        return {way: announcements.standing(tx, way) for way in (INDEXNOW, WEBSUB)}
