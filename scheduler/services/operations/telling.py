"""Telling the owner outside the app: what is open and not told yet goes out, several causes of one minute together.

Nothing here is in the way of publishing, and nothing is told twice while all goes well: a batch is taken in the
database before it is sent, each way out is ticked off by itself, and what did not go is tried again with longer and
longer pauses. A teller that dies between sending and ticking off repeats one message, under the same Message-ID.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass

from scheduler.domain.notice import Level, Notice, tell_again_at
from scheduler.services.context import Context
from scheduler.services.operations.channels import Channel, News, NotTold, channels, half_set_up
from scheduler.services.operations.letters import number_of, subject_of, words
from scheduler.services.operations.notices import close_what_is_over, over
from scheduler.storage import notices, preferences
from scheduler.storage.engine import Connection

log = logging.getLogger(__name__)

LEASE_MS = 5 * 60_000
"""How long a batch is one teller's: longer than the slowest server may take."""
NOBODY, SAID = "nobody-told", "said"
"""The cause, and the preference's value, of the notice that nobody is told outside the app."""


def tell(ctx: Context) -> int:
    """Tell what is to be told by now, by every way that is set up; return how many notices that were."""
    now, levels, ways = ctx.clock.now_ms(), ctx.settings.notices.levels, channels(ctx)
    with ctx.database.reading() as tx:  # most of the time there is nothing to write, and nobody waits for a reader
        if not (_is_to_tidy(tx, ways) or (ways and notices.anything_to_tell(tx, levels, now))):
            return 0
    with ctx.database.writing() as tx:
        close_what_is_over(tx, now)
        _say_whether_anybody_is_told(ctx, tx, ways)
        batch = notices.claim(tx, levels, now, now + LEASE_MS) if ways else []
        notices.forget_old(tx, now)
    if batch:
        _tell_batch(ctx, ways, batch)
    return len(batch)


def _is_to_tidy(tx: Connection, ways: list[Channel]) -> bool:
    return bool(over(tx)) or _is_to_say(tx, ways)


def _is_to_say(tx: Connection, ways: list[Channel]) -> bool:
    said = preferences.get(tx, NOBODY) == SAID
    return said if ways else not said and any(n.level is not Level.NOTE for n in notices.open_notices(tx))


def _say_whether_anybody_is_told(ctx: Context, tx: Connection, ways: list[Channel]) -> None:
    """Say once, in the app, that nobody is told outside of it; and take it back when that has changed."""
    if not _is_to_say(tx, ways):
        return
    now = ctx.clock.now_ms()
    preferences.put(tx, NOBODY, "" if ways else SAID)
    if ways:
        notices.resolve(tx, NOBODY, now)
        return
    sentence = " ".join(half_set_up(ctx)) or "Enter an address under Settings, Notices, to get them by mail as well."
    subject, path = "Nobody is told outside this app", "/admin/settings/notices"
    notices.report(tx, NOBODY, subject=subject, sentence=sentence, now=now, path=path, level=Level.NOTE)


def _tell_batch(ctx: Context, ways: list[Channel], batch: list[Notice]) -> None:
    troubles = [trouble for way in ways if (trouble := _tell_by(ctx, way, batch))]
    now, ids = ctx.clock.now_ms(), [notice.id for notice in batch]
    again_at = tell_again_at(now, max(notice.tries for notice in batch), random.random())  # noqa: S311
    said = " ".join(trouble.sentence for trouble in troubles)
    with ctx.database.writing() as tx:
        if any(trouble.is_to_repeat for trouble in troubles):
            notices.put_off(tx, ids, again_at, said)
        else:
            notices.finish_telling(tx, ids, now, said)


@dataclass(frozen=True, slots=True)
class _Trouble:
    sentence: str
    is_to_repeat: bool


def _tell_by(ctx: Context, way: Channel, batch: list[Notice]) -> _Trouble | None:
    """Tell by one way those of the batch that did not go that way yet, and tick them off."""
    left = [notice for notice in batch if getattr(notice, way.done) is None]
    if not left:
        return None
    try:
        refused = way.tell(ctx, _news(ctx, left))
    except NotTold as error:
        log.warning("%s: %s", way.name, error)
        return _Trouble(str(error), is_to_repeat=True)
    with ctx.database.writing() as tx:
        notices.note_told(tx, [notice.id for notice in left], way.done, ctx.clock.now_ms())
    return _Trouble(refused, is_to_repeat=False) if refused else None


def _news(ctx: Context, batch: list[Notice]) -> News:
    subject, base = subject_of(batch), ctx.settings.base_url
    text, html = words(ctx, "notices", subject, notices=batch)
    told = [
        {
            "id": notice.id,
            "cause": notice.cause,
            "level": str(notice.level),
            "subject": notice.subject,
            "sentence": notice.sentence,
            "count": notice.count,
            "first_at": notice.first_at,
            "last_at": notice.last_at,
            "url": f"{base}{notice.path}" if notice.path else "",
        }
        for notice in batch
    ]
    number = number_of("notices", [base, *((notice.id, notice.first_at) for notice in batch)])
    return News(number, "notices.opened", subject, text, html, {"notices": told})


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a test by one way."""

    ok: bool
    sentence: str


def send_test(ctx: Context) -> list[Tested]:
    """Send a test by every way that is set up, and say plainly what happened with each; [] when none is set up."""
    now = ctx.clock.now_ms()
    subject = f"A test from {ctx.settings.site.name}"
    text, html = words(ctx, "test", subject)
    news = News(number_of("test", [ctx.settings.base_url, now]), "notices.test", subject, text, html)
    tested = [_tested(ctx, way, news) for way in channels(ctx)]
    if any(test.ok for test in tested):
        with ctx.database.writing() as tx:
            notices.try_now(tx, now)
    return tested + [Tested(False, sentence) for sentence in half_set_up(ctx)]


def _tested(ctx: Context, way: Channel, news: News) -> Tested:
    try:
        refused = way.tell(ctx, news)
    except NotTold as error:
        return Tested(False, f"{way.name}: the test did not go out. {error}")
    if refused:
        return Tested(False, f"{way.name}: the test went out, but not to everybody. {refused}")
    return Tested(True, f"{way.name}: the test was taken for {way.goes_to}. Look whether it arrived.")
