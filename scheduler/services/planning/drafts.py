"""Drafts: saved while the marketer types, found again later, copied, deleted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scheduler.domain.article import Article
from scheduler.domain.problem import Conflict
from scheduler.domain.teaser import Teaser, When
from scheduler.services.context import Context
from scheduler.services.planning import compose
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.storage import teasers

SCHEDULED_ALREADY = "This teaser has been scheduled. Open it in the queue to change it."


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with its article, for a list."""

    teaser: Teaser
    article: Article | None


def save(ctx: Context, given: TeaserInput, which: Submission) -> Teaser:
    """Store a draft as it is, finished or not, and return it.

    Raises `Conflict` when it was changed elsewhere or has been scheduled, `NotFound` when it was deleted.
    """
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        stored = compose.meant(tx, which)
        teaser = compose.teaser_of(given, stored)
        if stored is None:
            return teasers.create(tx, replace(teaser, created_by=which.user_id), which.key, now)
        if stored.scheduled:
            raise Conflict(SCHEDULED_ALREADY)
        compose.require_version(stored, which)
        return stored if teaser == stored else teasers.change(tx, teaser, stored.version, now)


def search(ctx: Context, words: str = "") -> list[Draft]:
    """Return drafts, last changed first, with `words` in their text, their link or their article's title."""
    words = words.strip()
    titled = tuple(a.id for a in ctx.articles.all() if words and words.lower() in a.title.lower())
    with ctx.database.reading() as tx:
        found = teasers.drafts(tx, words=words, article_ids=titled)
    return [Draft(teaser, ctx.articles.by_id(teaser.article_id)) for teaser in found]


def duplicate(ctx: Context, teaser_id: int, user_id: int | None = None) -> Teaser:
    """Return a copy of a teaser: a draft without a date. Raises `NotFound`."""
    with ctx.database.writing() as tx:
        original = compose.known(tx, teaser_id)
        copy = replace(original, scheduled=False, when=When(), created_by=user_id)
        return teasers.create(tx, copy, "", ctx.clock.now_ms())


def delete(ctx: Context, teaser_id: int) -> None:
    """Delete a draft. Raises `Conflict` when it has been scheduled, `NotFound` when it is not there."""
    with ctx.database.writing() as tx:
        compose.known(tx, teaser_id)
        if not teasers.remove_draft(tx, teaser_id):
            raise Conflict("This teaser has been scheduled. Cancel its deliveries in the queue instead.")
