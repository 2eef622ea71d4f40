"""Accounts as pages show them: state in plain words, what is queued, the next free slot, limits for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.config import PostingRules
from scheduler.domain.account import Account, AccountState
from scheduler.domain.queue import QueueRules, next_place
from scheduler.domain.slots import NoFreeSlot
from scheduler.domain.wording import size
from scheduler.platforms.base import ContentRules, Option, Platform
from scheduler.platforms.registry import platform
from scheduler.services.accounts import health
from scheduler.services.accounts.pictures import has_picture
from scheduler.services.context import Context
from scheduler.services.planning.moments import posting_rules
from scheduler.storage import accounts, listings

ENDS_SOON_MS = 7 * 86_400_000


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
    calendar = ctx.settings.calendar
    gaps = [rules.minimum_gap for rules in (calendar.default, *calendar.accounts.values())]
    with ctx.database.reading() as tx:
        ahead = listings.ahead_by_account(tx)
        taken = listings.due_times_by_account(tx, ctx.clock.now_ms() - max(gaps))
        known = accounts.all_accounts(tx)
    return [_view(ctx, each, ahead.get(each.id, listings.Ahead()), taken.get(each.id, [])) for each in known]


def view(ctx: Context, account_id: int) -> AccountView:
    """Return one account. Raises `NotFound`."""
    found = health.account(ctx, account_id)
    gap = ctx.settings.calendar.rules_for(found.key).minimum_gap
    with ctx.database.reading() as tx:
        ahead = listings.ahead_of(tx, account_id)
        taken = listings.due_times(tx, account_id, ctx.clock.now_ms() - gap)
    return _view(ctx, found, ahead, taken)


def _view(ctx: Context, account: Account, ahead: listings.Ahead, taken: list[int]) -> AccountView:
    calendar, now = ctx.settings.calendar, ctx.clock.now_ms()
    rules = calendar.rules_for(account.key)
    return AccountView(
        account=account,
        platform=platform(account.platform),
        standing=standing(account, now),
        has_picture=has_picture(ctx, account.id),
        waiting=ahead.count,
        next_post=ahead.first_due_at,
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


@dataclass(frozen=True, slots=True)
class SignInRow:
    """How one account's sign-in is. `tone` is "ok", "warn" or "bad"; `trouble` says what is wrong, "" for nothing."""

    view: AccountView
    way: str
    tone: str
    trouble: str


def sign_ins(ctx: Context) -> list[SignInRow]:
    """Return how every sign-in is, what needs a person first."""
    now = ctx.clock.now_ms()
    rows = [sign_in(view, now) for view in all_views(ctx) if _is_signed_in(view.platform)]
    return sorted(rows, key=lambda row: ("bad", "warn", "ok").index(row.tone))


def _is_signed_in(connector: Platform) -> bool:
    """Return whether accounts there are opened by anything secret at all; what is posted by hand is not."""
    return any(way.redirects or any(field.secret for field in way.fields) for way in connector.ways)


def sign_in(view: AccountView, now: int) -> SignInRow:
    """Return how the sign-in of one account is at `now` (UTC ms)."""
    account = view.account
    ways = view.platform.ways
    way = next((way.label for way in ways if way.name == account.settings.get("way", "")), ways[0].label)
    if account.state is AccountState.BROKEN:
        return SignInRow(view, way, "bad", account.problem)
    if 0 < account.token_dies_at <= now + ENDS_SOON_MS:
        return SignInRow(view, way, "warn", "It ends soon, and the platform lets nobody renew it. Connect it again.")
    if account.renewal_trouble:
        return SignInRow(view, way, "warn", f"The last renewal came to nothing: {account.renewal_trouble}")
    return SignInRow(view, way, "ok", "")


def post_options(view: AccountView) -> list[tuple[Option, str]]:
    """Return the platform's choices with what a new post to the account begins with."""
    chosen = view.account.post_options
    offered = view.platform.options(view.account.limits)
    lasting = [option for option in offered if option.kind in ("choice", "flag") and option.when is None]
    return [(option, chosen.get(option.name) or option.default) for option in lasting]


def limits(connector: Platform, account: Account) -> list[tuple[str, str]]:
    """Return what the account accepts, as rows for people: from its platform's answer where that gives one."""
    return list(_limits(connector.rules(account.limits)))


def _limits(rules: ContentRules) -> Iterator[tuple[str, str]]:
    yield "Text", f"{rules.text_limit:,} characters"
    if rules.link_length is not None:
        yield "A link counts as", f"{rules.link_length} characters"
    yield "Photos in a post", f"up to {rules.photos}, {size(rules.photo_bytes)} each" if rules.photos else "none"
    yield "Videos in a post", f"up to {rules.videos}, {size(rules.video_bytes)}" if rules.videos else "none"
    yield "Alternative text", f"{rules.alt_limit:,} characters"
