"""What the composer starts with: an article's text from a template, the accounts used last, and a sensible time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from scheduler.domain.account import AccountState
from scheduler.domain.article import Article
from scheduler.domain.queue import QueueRules, next_place
from scheduler.domain.slots import NoFreeSlot, local
from scheduler.domain.teaser import Teaser, When
from scheduler.services.context import Context
from scheduler.services.planning import templates
from scheduler.storage import accounts, teasers

FIRST_TEMPLATE = "excerpt"


def opened(ctx: Context, article: str = "", when: When | None = None) -> Teaser:
    """Return the teaser that an empty composer shows: nothing of it is stored.

    `article` is an id or a slug; one that does not exist is left out.
    """
    about = ctx.articles.by_id(article) or ctx.articles.get(article) if article else None
    return Teaser(
        id=0,
        text=_first_text(ctx, about) if about else "",
        article_id=about.id if about else "",
        template=FIRST_TEMPLATE if about else "",
        accounts=_usual_accounts(ctx),
        when=when or _usual_when(ctx),
    )


def reopened(ctx: Context, draft: Teaser) -> tuple[Teaser, list[str]]:
    """Return a draft without the accounts that were disconnected since, and the names of those left out."""
    with ctx.database.reading() as tx:
        found = [accounts.get(tx, account_id) for account_id in draft.accounts]
    gone = [each for each in found if each and each.state is AccountState.DISCONNECTED]
    kept = tuple(each.id for each in found if each and each not in gone)
    return replace(draft, accounts=kept), [each.name for each in gone]


def suggested_wall(ctx: Context) -> datetime:
    """Return the wall time that the form offers: the calendar's next slot on an open day, else tomorrow at nine."""
    calendar, now = ctx.settings.calendar, ctx.clock.now_ms()
    rules = QueueRules(calendar.default.slots, calendar.zone, 0, calendar.default.blackout)
    try:
        return local(next_place(rules, now, ()).due_at, calendar.zone).replace(tzinfo=None)
    except NoFreeSlot:
        tomorrow = local(now, calendar.zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(9, 0))


def _first_text(ctx: Context, article: Article) -> str:
    found = templates.suggestions(ctx, article)
    preferred = [each for each in found if each.template.name == FIRST_TEMPLATE] or found
    return preferred[0].text if preferred else ""


def _usual_accounts(ctx: Context) -> tuple[int, ...]:
    """Return the accounts of the last teaser, else the only account there is."""
    with ctx.database.reading() as tx:
        connected = [a.id for a in accounts.all_accounts(tx) if a.state is AccountState.CONNECTED]
        last = teasers.listing(tx, limit=1)
    used = [account_id for account_id in (last[0].accounts if last else ()) if account_id in connected]
    return tuple(used or (connected if len(connected) == 1 else ()))


def _usual_when(ctx: Context) -> When:
    return When(queue="next") if ctx.settings.calendar.default.slots else When()
