"""What the queue and the page of a delivery show: deliveries with their account, article and state in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from scheduler.domain import wording
from scheduler.domain.account import Account, AccountState
from scheduler.domain.article import Article
from scheduler.domain.delivery import FOR_A_PERSON, UNDER_WAY, WAITING, Delivery, State
from scheduler.domain.problem import NotFound
from scheduler.domain.state_words import StateWords, words_of
from scheduler.domain.teaser import Payload, Teaser, payload_from_json
from scheduler.platforms.base import Platform
from scheduler.platforms.registry import platform
from scheduler.services.accounts.pictures import has_picture
from scheduler.services.context import Context
from scheduler.services.delivery.gate import in_the_way
from scheduler.services.library.pictures import Picture, pictures
from scheduler.services.planning import blackouts
from scheduler.storage import accounts, attempts, deliveries, listings, teasers
from scheduler.storage.attempts import Attempt
from scheduler.storage.engine import Connection

PAGE_SIZE = 100
COUNTED_TO = 1_000
"""The most that a tab counts: what went out only ever grows, and nobody needs its number to the last digit."""

TABS: dict[str, frozenset[State]] = {
    "waiting": WAITING | UNDER_WAY,
    "needs-you": FOR_A_PERSON | {State.HELD},
    "published": frozenset({State.PUBLISHED}),
    "cancelled": frozenset({State.CANCELLED}),
}
"""The lists of the queue page, by the word in its address."""
OVERDUE = "overdue"
"""The word for what should have gone out by now and has not."""
OVERDUE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery as a list shows it; `at` is when it goes or went out (UTC ms).

    `why` says what is in its way, or what the platform said; "" when it simply goes out, or went out, at its time.
    """

    delivery: Delivery
    account: Account
    platform: Platform
    has_picture: bool
    payload: Payload
    article: Article | None
    words: StateWords
    at: int
    why: str

    @property
    def text(self) -> str:
        """Return the words of the post on one line."""
        words = " ".join(self.payload.text.split())
        return f"Under the post before: {words}" if self.payload.reply_to else words

    @property
    def title(self) -> str:
        """Return what the row is called: its article, else its own words."""
        return self.article.title if self.article else self.text

    @property
    def movable(self) -> bool:
        """Return whether it may get another time."""
        return self.delivery.state in WAITING | {State.MISSED} and not self.delivery.maybe_live


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one local date."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """The queue page: one tab of it by day, the accounts to filter by, and how much is in each tab."""

    tab: str
    days: tuple[Day, ...]
    counts: dict[str, int]
    accounts: list[Account]
    account_id: int | None
    missed: tuple[Row, ...]
    more: bool

    def count(self, tab: str) -> str:
        """Return how much is in a tab, for people."""
        found = self.counts[tab]
        return f"{found:,}" if found < COUNTED_TO else f"{COUNTED_TO:,}+"


def queue_page(ctx: Context, tab: str, account_id: int | None, state: State | None = None) -> QueuePage:
    """Return the deliveries of a tab (or of one state), of all accounts or one."""
    states = frozenset({state}) if state else TABS.get(tab, WAITING)
    newest_first = tab in ("published", "cancelled")
    with ctx.database.reading() as tx:
        if tab == OVERDUE:
            found = listings.overdue(tx, ctx.clock.now_ms() - OVERDUE_MS, PAGE_SIZE + 1)
        else:
            found = listings.search(
                tx, states=states, account_id=account_id, newest_first=newest_first, limit=PAGE_SIZE + 1
            )
        rows = rows_of(ctx, tx, found[:PAGE_SIZE])
        missed = rows_of(ctx, tx, listings.search(tx, states={State.MISSED}, limit=PAGE_SIZE))
        counts = {name: listings.count_up_to(tx, group, COUNTED_TO) for name, group in TABS.items()}
        known = accounts.all_accounts(tx)
    return QueuePage(tab, by_day(ctx, rows), counts, known, account_id, tuple(missed), len(found) > PAGE_SIZE)


def by_day(ctx: Context, rows: Sequence[Row]) -> tuple[Day, ...]:
    """Return the rows in groups of one local date, in the order in which they come."""
    zone, now = ctx.settings.calendar.zone, ctx.clock.now_ms()
    groups = groupby(rows, key=lambda row: wording.named_day(row.at, zone, now))
    return tuple(Day(name, tuple(group)) for name, group in groups)


def rows_of(ctx: Context, tx: Connection, found: Sequence[Delivery]) -> list[Row]:
    """Return rows for deliveries, in the same order."""
    known = {account.id: account for account in accounts.all_accounts(tx, disconnected=True)}
    about = teasers.article_ids(tx, {each.teaser_id for each in found})
    pictured = {account_id for account_id in {each.account_id for each in found} if has_picture(ctx, account_id)}
    return [
        _row(ctx, each, known[each.account_id], about[each.teaser_id], each.account_id in pictured) for each in found
    ]


def _row(ctx: Context, delivery: Delivery, account: Account, article_id: str, pictured: bool) -> Row:
    article = ctx.articles.by_id(article_id) if article_id else None
    at = delivery.published_at or (delivery.turn_at if delivery.state is State.SCHEDULED else delivery.due_at)
    payload, connector = payload_from_json(delivery.payload), platform(account.platform)
    problem = in_the_way(article, _goes_at(ctx, delivery)) if article_id else ""
    why = _why(delivery, account, blackouts.forecast(ctx, delivery, account) or problem)
    words = words_of(delivery)
    return Row(delivery, account, connector, pictured, payload, article, words, at, why)


def _goes_at(ctx: Context, delivery: Delivery) -> int:
    return max(delivery.due_at, delivery.not_before, ctx.clock.now_ms())


def _why(delivery: Delivery, account: Account, in_its_way: str) -> str:
    if delivery.state is State.SCHEDULED:
        return _account_in_the_way(account) or in_its_way
    return "" if delivery.state in (State.PUBLISHED, State.CANCELLED) else delivery.sentence


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Everything about one delivery. `next_step` says what happens now, in a sentence; "" when nothing does.

    `pictures` are the photos and videos of the payload that are still in the library, by asset.
    """

    row: Row
    teaser: Teaser
    attempts: list[Attempt]
    next_step: str
    pictures: dict[str, Picture]


def delivery_page(ctx: Context, delivery_id: int) -> DeliveryPage:
    """Return the page of a delivery. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        delivery = deliveries.get(tx, delivery_id)
        if delivery is None:
            raise NotFound(f"There is no delivery {delivery_id}.")
        row = rows_of(ctx, tx, [delivery])[0]
        teaser = teasers.get(tx, delivery.teaser_id)
        tried = attempts.of_delivery(tx, delivery_id)
    assert teaser is not None  # a foreign key holds it
    payload = row.payload
    items = [*payload.media, *([payload.link.image] if payload.link and payload.link.image else [])]
    found = pictures(ctx, [item.asset for item in items])
    return DeliveryPage(row, teaser, tried, next_step(ctx, row), found)


def next_step(ctx: Context, row: Row) -> str:
    """Return what happens next by itself, with its time, or what it waits for; "" when nothing happens."""
    zone, now = ctx.settings.calendar.zone, ctx.clock.now_ms()
    delivery, account = row.delivery, row.account
    match delivery.state:
        case State.SCHEDULED if row.why:
            return row.why
        case State.HELD if delivery.reason == "account":
            return _account_in_the_way(account)
        case State.SCHEDULED if delivery.attempts and delivery.not_before > now:
            return f"It is tried again at {wording.clock_time(delivery.not_before, zone)}."
        case State.SCHEDULED if delivery.turn_at > now:
            sentence = wording.will_go_out(delivery.turn_at, zone, now)
            return f"It {sentence}."
        case State.SCHEDULED:
            rest = account.not_before
            if rest > now:
                return f"{account.name} asked us to wait: it goes out after {wording.clock_time(rest, zone)}."
            return "It goes out as soon as the worker and the account are free."
        case State.UNKNOWN | State.PENDING if delivery.not_before > now:
            return f"Drumbeat asks the platform at {wording.clock_time(delivery.not_before, zone)}."
        case State.UNKNOWN | State.PENDING:
            return "Drumbeat is asking the platform."
    return ""


def _account_in_the_way(account: Account) -> str:
    match account.state:
        case AccountState.PAUSED:
            return f"It waits: {account.name} is paused. Resume the account under Accounts."
        case AccountState.BROKEN:
            return f"It waits: {account.name} has to be connected again under Accounts."
    return ""


def waiting_about(ctx: Context, article_id: str) -> int:
    """Return how many deliveries that lead to an article are still to go out."""
    with ctx.database.reading() as tx:
        found = [each for teaser in teasers.about(tx, article_id) for each in deliveries.of_teaser(tx, teaser.id)]
    return sum(each.state in WAITING for each in found)


def standing_counts(ctx: Context) -> tuple[int, int]:
    """Return how many deliveries wait or are under way, and how many need a person."""
    with ctx.database.reading() as tx:
        by_state = listings.count_by_state(tx, WAITING | UNDER_WAY | FOR_A_PERSON)
    waiting, asking = (sum(by_state.get(each, 0) for each in group) for group in (WAITING | UNDER_WAY, FOR_A_PERSON))
    return waiting, asking
