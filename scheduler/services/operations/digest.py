"""The daily digest: what went out yesterday, what goes out today, what needs a person, what is wrong.

It goes out once for each local date, at the owner's time of day or as soon after it as a worker runs. A row of the
preferences remembers the date, so that neither a restart nor a second worker repeats it.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta

from scheduler.domain.account import AccountState
from scheduler.domain.delivery import UNDER_WAY, WAITING, Delivery, State
from scheduler.domain.notice import Notice, tell_again_at
from scheduler.domain.slots import instant, local
from scheduler.domain.teaser import payload_from_json
from scheduler.domain.wording import day as day_words
from scheduler.services.context import Context
from scheduler.services.operations.channels import Channel, News, NotTold, channels
from scheduler.services.operations.home import Need
from scheduler.services.operations.letters import number_of, words
from scheduler.services.operations.notices import name_of
from scheduler.storage import accounts, listings, notices, preferences
from scheduler.storage.engine import Connection

log = logging.getLogger(__name__)

KEY = "digest"
LEASE_MS = 5 * 60_000
LINES = 50
TEXT_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One post, on one line. `at` is UTC ms."""

    at: int
    account: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Day:
    """The posts of one local date: how many, and the first of them."""

    count: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What one morning has to say."""

    yesterday: Day
    today: Day
    needs: tuple[Need, ...]
    notices: tuple[Notice, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to say."""
        return not (self.yesterday.count or self.today.count or self.needs or self.notices)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the digest of a date (ISO) has got: the ways it went, or `done`; tried again at `try_at` (UTC ms)."""

    date: str
    done: bool = False
    went: tuple[str, ...] = ()
    tries: int = 0
    try_at: int = 0


def send_when_due(ctx: Context) -> bool:
    """Send today's digest if it is time and there is something to say; return whether it went out."""
    at, ways = ctx.settings.notices.digest_at, channels(ctx)
    if at is None or not ways:
        return False
    now, zone = ctx.clock.now_ms(), ctx.settings.calendar.zone
    today = local(now, zone).date()
    with ctx.database.reading() as tx:
        seen = preferences.get(tx, KEY)
    progress = _progress(seen, today)
    if now < instant(datetime.combine(today, at), zone) or progress.done or now < progress.try_at:
        return False
    if not seen:  # mail has just been set up: the first digest is tomorrow's
        _swap(ctx, seen, replace(progress, done=True))
        return False
    claimed = replace(progress, tries=progress.tries + 1, try_at=now + LEASE_MS)
    return _swap(ctx, seen, claimed) and _send(ctx, ways, claimed, today)


def _progress(seen: str, today: date) -> Progress:
    """Return how far today's digest has got. A clock that was set back does not bring an earlier date's again."""
    if not seen:
        return Progress(today.isoformat())
    stored = json.loads(seen)
    known = Progress(**(stored | {"went": tuple(stored["went"])}))
    if known.date < today.isoformat():
        return Progress(today.isoformat())
    return known if known.date == today.isoformat() else replace(known, done=True)


def _swap(ctx: Context, seen: str, progress: Progress) -> bool:
    with ctx.database.writing() as tx:
        return preferences.swap(tx, KEY, seen, json.dumps(asdict(progress)))


def _send(ctx: Context, ways: list[Channel], progress: Progress, today: date) -> bool:
    before = json.dumps(asdict(progress))
    digest = compose(ctx, today)
    if digest.is_empty:
        _swap(ctx, before, replace(progress, done=True))
        return False
    news, went = _news(ctx, digest, today), list(progress.went)
    for way in ways:
        if way.name not in went and _went(ctx, way, news):
            went.append(way.name)
    done = all(way.name in went for way in ways)
    now = ctx.clock.now_ms()
    again_at = tell_again_at(now, progress.tries, random.random())  # noqa: S311
    _swap(ctx, before, replace(progress, done=done, went=tuple(went), try_at=again_at))
    return done


def _went(ctx: Context, way: Channel, news: News) -> bool:
    try:
        refused = way.tell(ctx, news)
    except NotTold as error:
        log.warning("%s: the digest did not go out. %s", way.name, error)
        return False
    if refused:
        log.warning("%s: the digest did not reach everybody. %s", way.name, refused)
    return True


def compose(ctx: Context, today: date) -> Digest:
    """Return what there is to say on the morning of a local date."""
    start, end = _midnight(ctx, today), _midnight(ctx, today + timedelta(days=1))
    before = _midnight(ctx, today - timedelta(days=1))
    with ctx.database.reading() as tx:
        names = {account.id: name_of(account) for account in accounts.all_accounts(tx, disconnected=True)}
        return Digest(
            yesterday=_day(tx, names, (before, start), {State.PUBLISHED}),
            today=_day(tx, names, (start, end), WAITING | UNDER_WAY),
            needs=tuple(_needs(tx)),
            notices=tuple(notices.open_notices(tx)),
        )


_NEEDS = (
    (State.NEEDS_HUMAN, "waiting for you: look and decide", "/admin/queue/?state=needs_human"),
    (State.FAILED, "refused by the platform", "/admin/queue/?state=failed"),
    (State.MISSED, "missed their time", "/admin/queue/away"),
)


def _needs(tx: Connection) -> Iterator[Need]:
    counts = listings.count_by_state(tx, [state for state, _, _ in _NEEDS])
    for state, asked, href in _NEEDS:
        if count := counts.get(state, 0):
            yield Need(count, asked, href)
    if broken := sum(account.state is AccountState.BROKEN for account in accounts.all_accounts(tx)):
        asked = "account has to be connected again" if broken == 1 else "accounts have to be connected again"
        yield Need(broken, asked, "/admin/accounts/")


def _midnight(ctx: Context, day: date) -> int:
    return instant(datetime.combine(day, time()), ctx.settings.calendar.zone)


def _day(tx: Connection, names: dict[int, str], span: tuple[int, int], states: Collection[State]) -> Day:
    found = listings.between(tx, *span, states=states, limit=LINES + 1)
    count = len(found) if len(found) <= LINES else listings.count_between(tx, *span, states=states)
    return Day(count, tuple(_line(delivery, names) for delivery in found[:LINES]))


def _line(delivery: Delivery, names: dict[int, str]) -> Line:
    text = " ".join(payload_from_json(delivery.payload).text.split()) or "(no text)"
    if len(text) > TEXT_CHARACTERS:
        text = text[: TEXT_CHARACTERS - 1].rstrip() + "…"
    url = delivery.url if delivery.url.startswith(("https://", "http://")) else ""
    return Line(delivery.published_at or delivery.due_at, names[delivery.account_id], text, url)


def _news(ctx: Context, digest: Digest, today: date) -> News:
    subject = f"{day_words(_midnight(ctx, today), ctx.settings.calendar.zone)}: {_summary(digest)}"
    text, html = words(ctx, "digest", subject, digest=digest)
    data = {
        "date": today.isoformat(),
        "went_out_yesterday": digest.yesterday.count,
        "goes_out_today": digest.today.count,
        "needs_you": sum(need.count for need in digest.needs),
        "open_notices": len(digest.notices),
    }
    number = number_of("digest", [ctx.settings.base_url, today.isoformat()])
    return News(number, "digest.daily", subject, text, html, data)


def _summary(digest: Digest) -> str:
    """Return the subject's own words: what asks for somebody comes first."""
    asking, today, yesterday = sum(n.count for n in digest.needs), digest.today.count, digest.yesterday.count
    parts = [
        f"{asking} {'needs' if asking == 1 else 'need'} you" if asking else "",
        f"{today} to go out" if today else "",
        f"{yesterday} went out yesterday" if yesterday else "",
    ]
    return ", ".join(part for part in parts if part) or "something is wrong"
