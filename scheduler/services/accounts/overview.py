"""Accounts as pages show them: state in plain words, what is queued, the next free slot, limits for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.config import PostingRules
from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import WAITING
from scheduler.domain.queue import QueueRules, next_place
from scheduler.domain.slots import NoFreeSlot
from scheduler.domain.wording import size
from scheduler.platforms.base import ContentRules, Platform
from scheduler.platforms.registry import platform
from scheduler.services.accounts import health
from scheduler.services.accounts.pictures import has_picture
from scheduler.services.context import Context
from scheduler.services.planning.moments import posting_rules
from scheduler.storage import accounts, listings
from scheduler.storage.engine import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an account can be published to, in words; `tone` is "ok", "warn", "bad" or ""."""

    word: str
    tone: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account and everything a page says about it. Instants are UTC ms, None when there is none."""

    account: Account
    platform: Platform
    standing: Standing
    has_picture: bool
    waiting: int
    next_post: int | None
    next_slot: int | None
    rules: PostingRules
    has_own_rules: bool

    @property
    def network(self) -> str:
        """Return where the account is: "Bluesky", or "Bluesky practice network"."""
        return f"{self.platform.label} practice network" if self.account.practice else self.platform.label


_STANDINGS = {
    AccountState.CONNECTED: ("Ready", "ok"),
    AccountState.PAUSED: ("Paused", "warn"),
    AccountState.BROKEN: ("Needs you", "bad"),
    AccountState.DISCONNECTED: ("Disconnected", ""),
}


def all_views(ctx: Context) -> list[AccountView]:
    """Return every account that is not disconnected."""
    with ctx.database.reading() as tx:
        return [_view(ctx, tx, account) for account in accounts.all_accounts(tx)]


def view(ctx: Context, account_id: int) -> AccountView:
    """Return one account. Raises `NotFound`."""
    found = health.account(ctx, account_id)
    with ctx.database.reading() as tx:
        return _view(ctx, tx, found)


def _view(ctx: Context, tx: Connection, account: Account) -> AccountView:
    calendar, now = ctx.settings.calendar, ctx.clock.now_ms()
    rules = calendar.rules_for(account.key)
    waiting = listings.search(tx, states=WAITING, account_id=account.id, limit=1)
    taken = listings.due_times(tx, account.id, now - rules.minimum_gap)
    return AccountView(
        account=account,
        platform=platform(account.platform),
        standing=standing(account, now),
        has_picture=has_picture(ctx, account.id),
        waiting=listings.count_waiting(tx, account.id),
        next_post=waiting[0].due_at if waiting else None,
        next_slot=_next_slot(posting_rules(account, calendar), now, taken),
        rules=rules,
        has_own_rules=account.key in calendar.accounts,
    )


def _next_slot(rules: QueueRules, now: int, taken: list[int]) -> int | None:
    try:
        return next_place(rules, now, taken).due_at
    except NoFreeSlot:
        return None


def standing(account: Account, now: int) -> Standing:
    """Return whether the account can be published to, in plain words."""
    if account.state is AccountState.CONNECTED and account.not_before > now:
        return Standing("Waiting", "warn", "The platform asked us to wait. What is queued goes out after that.")
    return Standing(*_STANDINGS[account.state], account.problem)


def limits(connector: Platform, account: Account) -> list[tuple[str, str]]:
    """Return what the account accepts, as rows for people: from its platform's answer where that gives one."""
    return list(_limits(connector.rules(account.limits)))


def _limits(rules: ContentRules) -> Iterator[tuple[str, str]]:
    yield "Text", f"{rules.text_limit:,} characters"
    if rules.link_length is not None:
        yield "A link counts as", f"{rules.link_length} characters"
    yield "Photos in a post", f"up to {rules.photos}, {size(rules.photo_bytes)} each"
    yield "Videos in a post", f"up to {rules.videos}, {size(rules.video_bytes)}"
    yield "Alternative text", f"{rules.alt_limit:,} characters"
