"""What the composer shows: everything its templates need, prepared, so that they stay dumb."""

from __future__ import annotations

from dataclasses import dataclass, field

from scheduler.domain import wording
from scheduler.domain.account import Account, AccountState
from scheduler.domain.article import Article, Status
from scheduler.domain.asset import Asset
from scheduler.domain.delivery import Delivery
from scheduler.domain.problem import Problem
from scheduler.domain.state_words import StateWords, words_of
from scheduler.domain.teaser import Teaser, Variant
from scheduler.platforms.base import Option, Platform
from scheduler.platforms.registry import platform
from scheduler.services.accounts.pictures import has_picture
from scheduler.services.context import Context
from scheduler.services.library.pictures import Picture, pictures
from scheduler.services.planning import links
from scheduler.services.planning.changing import is_open
from scheduler.services.planning.checking import AccountCheck, Check
from scheduler.services.planning.templates import Suggestion, suggestions
from scheduler.storage import accounts, assets, deliveries
from scheduler.web.admin.composer_form import WhenChoice

ARTICLES_SHOWN = 30
ASSETS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """One account to choose, with its variant and what the check says about it."""

    account: Account
    platform: Platform
    chosen: bool
    variant: Variant
    has_picture: bool
    entry: AccountCheck | None
    options: tuple[tuple[Option, str, str], ...] = ()
    """The platform's choices that are to be seen, each with its value now and what a new post begins with."""

    @property
    def usable(self) -> bool:
        """Return whether the account can be published to."""
        return self.account.state is AccountState.CONNECTED


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery of a scheduled teaser, with its account's name and its state in words."""

    delivery: Delivery
    account: str
    words: StateWords


@dataclass(frozen=True, slots=True)
class Preview:
    """How the post will look on one account."""

    entry: AccountCheck
    has_picture: bool
    photos: tuple[Picture, ...]
    card_image: str
    template: str
    card_host: str


@dataclass(frozen=True, slots=True)
class ComposerPage:
    """The composer as it is to be drawn."""

    teaser: Teaser
    check: Check
    key: str
    choice: WhenChoice
    problems: tuple[Problem, ...]
    """What the list on top shows: every problem, or on an untouched page none of what is simply not chosen yet."""
    article: Article | None
    address: str
    suggestions: tuple[Suggestion, ...]
    accounts: tuple[AccountChoice, ...]
    photos: tuple[Picture, ...]
    previews: tuple[Preview, ...]
    times: tuple[tuple[str, str], ...]
    """(names of accounts, "will go out Tuesday ...") for each different time."""
    button: str
    deliveries: tuple[DeliveryRow, ...] = ()
    waiting: int = 0
    notice: str = ""
    zones: dict[str, str] = field(default_factory=dict)

    def anchor(self, problem: Problem) -> str:
        """Return the id of the control that a problem is about."""
        parts = problem.field.split(".")
        if parts[0] != "accounts":
            return parts[0]
        if len(parts) < 3 or parts[2] == "account":
            return ".".join(parts[:2])
        variant = self.teaser.variants.get(int(parts[1]), Variant())
        if parts[2] == "text" and variant.text is not None:
            return f"variant-{parts[1]}"
        if parts[2] == "options" and len(parts) > 3:
            return f"option-{parts[1]}-{parts[3]}"
        return {"media": "assets"}.get(parts[2], parts[2])

    @property
    def gone(self) -> int:
        """Return how many deliveries keep their words, whatever is changed here."""
        return len(self.deliveries) - self.waiting


def build(ctx: Context, teaser: Teaser, check: Check, choice: WhenChoice, *, key: str = "", strict: bool = False,
          notice: str = "") -> ComposerPage:  # fmt: skip
    """Return the page for a teaser and its check; `strict` also lists what is simply not chosen yet."""
    article = ctx.articles.by_id(teaser.article_id) if teaser.article_id else None
    with ctx.database.reading() as tx:
        everyone = accounts.all_accounts(tx)
        names = {each.id: each.name for each in accounts.all_accounts(tx, disconnected=True)}
        sent = tuple(deliveries.of_teaser(tx, teaser.id)) if teaser.scheduled else ()
    sent_assets = {item.asset for entry in check.accounts for item in entry.payload.media}
    lead = article.image.asset if article and article.image else ""
    library = pictures(ctx, [*teaser.assets, *sorted(sent_assets), *([lead] if lead else [])])
    waiting = sum(is_open(delivery) for delivery in sent)
    return ComposerPage(
        teaser=teaser,
        check=check,
        key=key,
        choice=choice,
        problems=tuple(p for p in check.all_problems if strict or p not in _simply_missing(check)),
        article=article,
        address=links.article_address(ctx.settings, article) if article else "",
        suggestions=tuple(suggestions(ctx, article)) if article else (),
        accounts=tuple(_choice(ctx, account, teaser, check) for account in everyone),
        photos=tuple(library[asset] for asset in teaser.assets if asset in library),
        previews=tuple(_preview(ctx, entry, library, lead) for entry in check.accounts),
        times=_times(check),
        button=_button(ctx, teaser, check, choice, waiting),
        deliveries=tuple(DeliveryRow(each, names.get(each.account_id, ""), words_of(each)) for each in sent),
        waiting=waiting,
        notice=notice,
    )


def _simply_missing(check: Check) -> list[Problem]:
    """Return the problems of what is just not written or chosen yet: on an open page they would only scold."""
    missing = {f"accounts.{entry.account.id}.text" for entry in check.accounts if not entry.payload.text}
    missing |= set() if check.accounts else {"accounts"}
    return [problem for problem in check.all_problems if problem.field in missing]


def _choice(ctx: Context, account: Account, teaser: Teaser, check: Check) -> AccountChoice:
    entry = next((entry for entry in check.accounts if entry.account.id == account.id), None)
    return AccountChoice(
        account=account,
        platform=platform(account.platform),
        chosen=account.id in teaser.accounts,
        variant=teaser.variants.get(account.id, Variant()),
        has_picture=has_picture(ctx, account.id),
        entry=entry,
        options=_options(account, teaser.variants.get(account.id, Variant())),
    )


def _options(account: Account, variant: Variant) -> tuple[tuple[Option, str, str], ...]:
    """Return the choices of an account with their values; one that depends on another is shown while that holds."""
    offered = platform(account.platform).options(account.limits)
    begins = {option.name: account.post_options.get(option.name) or option.default for option in offered}
    now = {option.name: variant.options.get(option.name, begins[option.name]) for option in offered}
    return tuple(
        (option, now[option.name], begins[option.name])
        for option in offered
        if option.when is None or now.get(option.when[0], "") in option.when[1]
    )


def _preview(ctx: Context, entry: AccountCheck, library: dict[str, Picture], lead: str) -> Preview:
    card = entry.payload.link
    image = library[lead].card if card and card.image and lead in library else None
    return Preview(
        entry=entry,
        has_picture=has_picture(ctx, entry.account.id),
        photos=tuple(library[item.asset] for item in entry.payload.media if item.asset in library),
        card_image=image.url if image else "",
        template=f"admin/previews/{entry.platform.name}.html",
        card_host=card.url.split("/")[2] if card and "//" in card.url else "",
    )


def _times(check: Check) -> tuple[tuple[str, str], ...]:
    found: dict[str, list[str]] = {}
    for entry in check.accounts:
        if entry.sentence:
            found.setdefault(entry.sentence, []).append(f"{entry.account.name} ({entry.platform.label})")
    return tuple((", ".join(names), sentence) for sentence, names in found.items())


def _button(ctx: Context, teaser: Teaser, check: Check, choice: WhenChoice, waiting: int) -> str:
    """Say on the button what it will do."""
    if teaser.scheduled:
        return "Save the new words" if waiting <= 1 else f"Save for {waiting} waiting posts"
    times = {entry.due_at for entry in check.accounts if entry.due_at is not None}
    if choice.mode == "now":
        return "Publish now"
    if len(times) == 1:
        return f"Schedule for {wording.short(times.pop(), choice.zone, ctx.clock.now_ms())}"
    return f"Schedule {len(check.accounts)} posts" if len(times) > 1 else "Schedule"


def article_choices(ctx: Context, words: str = "") -> list[Article]:
    """Return the articles to choose from: those with `words` in title or slug, the newest first; none archived."""
    fits = [
        article
        for article in ctx.articles.all()
        if article.status is not Status.ARCHIVED and words.strip().lower() in f"{article.title} {article.slug}".lower()
    ]
    return sorted(fits, key=lambda article: article.date_at or 2**62, reverse=True)[:ARTICLES_SHOWN]


def offered_assets(ctx: Context) -> list[Asset]:
    """Return the newest photos and videos that may be chosen, for people without JavaScript."""
    with ctx.database.reading() as tx:
        newest = assets.search(tx, limit=ASSETS_SHOWN)
    return [asset for asset in newest if asset.alt]
