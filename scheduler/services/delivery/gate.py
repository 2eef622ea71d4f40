"""The gate before sending.

Nothing goes out on a blackout day, leads to an article that nobody can read, or needs a file that the platform cannot
fetch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scheduler.domain.account import Account
from scheduler.domain.article import Article, Status, is_public
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.teaser import payload_from_json
from scheduler.platforms.registry import platform
from scheduler.services.context import Context
from scheduler.services.delivery import public_page
from scheduler.services.library import public_media
from scheduler.services.planning import blackouts
from scheduler.storage import accounts, claims, deliveries, teasers

REASON = "article"
FILES = "files"
"""Why a delivery is held whose photos or videos the platform could not fetch from this site."""
LOOK_AGAIN_MS = 30_000
"""How often a public page is asked again that was not as it should be."""


class Closed(Exception):
    """The delivery has to wait: the sentence says why, `look_again_at` (UTC ms) when it is worth another look."""

    def __init__(self, sentence: str, look_again_at: int, reason: str = REASON) -> None:
        super().__init__(sentence)
        self.look_again_at, self.reason = look_again_at, reason


def require_open(ctx: Context, delivery: Delivery, subject: Subject, *, page_was_checked: bool = False) -> None:
    """Return when nothing is in the way of the delivery. Raises `Closed`.

    `page_was_checked` says that the article's public page was looked at minutes ago, when the delivery was prepared.
    """
    _Looks(ctx).require_open(delivery, subject, page_was_checked)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose delivery it is, and which article it is about ("" for none)."""

    account: Account
    article_id: str


def subject_of(ctx: Context, delivery: Delivery) -> Subject:
    """Return the subject of a delivery."""
    with ctx.database.reading() as tx:
        article_id = teasers.article_ids(tx, [delivery.teaser_id]).get(delivery.teaser_id, "")
        account = accounts.get(tx, delivery.account_id)
    assert account is not None  # a foreign key holds it
    return Subject(account, article_id)


@dataclass(slots=True)
class _Looks:
    """Looks at articles for several deliveries at once: each public page is asked only once."""

    ctx: Context
    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def require_open(self, delivery: Delivery, subject: Subject, page_was_checked: bool = False) -> None:
        now = self.ctx.clock.now_ms()
        # What is prepared ahead is judged by the day on which it goes out.
        if reason := blackouts.hold_reason(self.ctx, delivery, subject.account, max(now, delivery.turn_at)):
            raise Closed(reason, now, blackouts.REASON)
        if not page_was_checked and (wrong := self._files(delivery, subject.account)):
            raise Closed(wrong, now + LOOK_AGAIN_MS, FILES)
        if not subject.article_id:
            return
        article = self.ctx.articles.by_id(subject.article_id)
        if reason := in_the_way(article, now):
            raise Closed(reason, now)
        if article is not None and not page_was_checked and (wrong := self._page(article)):
            raise Closed(f"{wrong} It goes out once the page is as it should be.", now + LOOK_AGAIN_MS)

    def _files(self, delivery: Delivery, account: Account) -> str:
        """Return what keeps a platform from fetching the post's files at our public address."""
        if not platform(account.platform).capabilities.needs_public_media:
            return ""
        for item in payload_from_json(delivery.payload).media:
            if item.key not in self.files:
                self.files[item.key] = public_media.problem(self.ctx, item, practising=account.practice)
            if wrong := self.files[item.key]:
                return wrong
        return ""

    def _page(self, article: Article) -> str:
        if article.id not in self.pages:
            self.pages[article.id] = (
                public_page.problem(self.ctx, article) if self.ctx.settings.site.check_pages else ""
            )
        return self.pages[article.id]


def in_the_way(article: Article | None, at: int) -> str:
    """Return why nothing may lead to the article at `at` (UTC ms), as a sentence; "" when visitors can read it."""
    if article is None:
        return "Its article is gone, so the link would lead nowhere. Bring the article back, or cancel this delivery."
    if is_public(article, at):
        return ""
    state = {Status.DRAFT: "is a draft", Status.ARCHIVED: "is archived"}.get(article.status, "is not public by then")
    return f"“{article.title}” {state}, so the link would lead nowhere. It goes out once the article is published."


def release(ctx: Context) -> int:
    """Let held deliveries go whose article or files can be reached by now; return how many."""
    ctx.articles.refresh()
    with ctx.database.reading() as tx:
        now = ctx.clock.now_ms()
        held = [*claims.held_for(tx, REASON, now), *claims.held_for(tx, FILES, now)]
    looks = _Looks(ctx)
    return sum(_release(ctx, looks, delivery) for delivery in held)


def _release(ctx: Context, looks: _Looks, delivery: Delivery) -> bool:
    try:
        looks.require_open(delivery, subject_of(ctx, delivery))
    except Closed as closed:
        if closed.look_again_at > delivery.not_before or str(closed) != delivery.sentence:
            with ctx.database.writing() as tx:
                deliveries.keep_holding(tx, delivery, str(closed), closed.look_again_at)
        return False
    now = ctx.clock.now_ms()
    values: dict[str, Any] = {"reason": "", "not_before": max(now, delivery.turn_at), "version": delivery.version}
    with ctx.database.writing() as tx:
        return deliveries.set_state(tx, delivery.id, State.SCHEDULED, expect={State.HELD}, now=now, **values)
