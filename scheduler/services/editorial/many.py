"""One change made to many articles: each file by itself, as long as a request may take, then on from there.

What was done so far travels with the page (`Progress`), so that a stopped server, or a closed page, leaves nothing
half-written: what is done is done, and the rest is done by asking again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from scheduler.content import article_file, writer
from scheduler.content.writer import EditConflict
from scheduler.content.yaml_tree import Value
from scheduler.domain.article import Article, is_public
from scheduler.domain.problem import Conflict, Invalid, NotFound
from scheduler.domain.revision import By, RevisionKind
from scheduler.services.context import Context
from scheduler.services.editorial import revisions
from scheduler.services.editorial.articles import as_problems

SECONDS = 4.0
"""How long one request works before it shows how far it is."""
MOST_REFUSALS = 200

Work = Callable[[Article], object]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An article that could not be changed, and why."""

    title: str
    slug: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a change of many articles is. `after` is the id of the last one looked at; `left` are still to do."""

    done: int = 0
    after: str = ""
    left: int = 0
    refused: tuple[Refusal, ...] = ()
    more_refused: int = 0
    """How many were refused beyond those that are listed."""

    @property
    def refusals(self) -> int:
        """Return how many articles were refused in all."""
        return len(self.refused) + self.more_refused


def change_many(ctx: Context, articles: Iterable[Article], work: Work, so_far: Progress) -> Progress:
    """Do `work` to every article that was not looked at yet, for some seconds, and return how far it is.

    An article that another program changed in between is read again and tried once more.
    """
    waiting = sorted((a for a in articles if a.id > so_far.after), key=lambda article: article.id)
    until = ctx.clock.monotonic() + SECONDS
    progress = replace(so_far, left=len(waiting))
    for article in waiting:
        if progress.after != so_far.after and ctx.clock.monotonic() >= until:
            break
        progress = _one(ctx, article, work, replace(progress, after=article.id, left=progress.left - 1))
    ctx.articles.refresh(force=True)  # once for all of them: `set_keys` does not
    return progress


def set_keys(ctx: Context, article: Article, changes: Mapping[str, Value], by: By) -> None:
    """Write some keys of an article's front matter and nothing else; the versions before and after are on record.

    Raises `Invalid`, `NotFound`, and `EditConflict` when the file is not the one of `article` any more.
    """
    revisions.ensure(ctx, article)
    with as_problems():
        data = writer.set_keys(ctx.articles, article.slug, changes, article.content_hash)
    if article_file.content_hash(data) != article.content_hash:
        after = article_file.read(data, article.slug) if "status" in changes else article
        kind = RevisionKind.PUBLISHED if is_public(after, ctx.clock.now_ms()) else RevisionKind.SAVED
        revisions.record(ctx, article.id, kind, by, data)


def _one(ctx: Context, article: Article, work: Work, progress: Progress) -> Progress:
    try:
        try:
            work(article)
        except EditConflict:
            ctx.articles.refresh(force=True)
            fresh = ctx.articles.by_id(article.id)
            if fresh is None:
                raise NotFound("It is not there any more.") from None
            work(fresh)
    except (Invalid, Conflict, NotFound) as error:
        return _refused(progress, Refusal(article.title, article.slug, _sentence(error)))
    return replace(progress, done=progress.done + 1)


def _sentence(error: Exception) -> str:
    if isinstance(error, Invalid):
        return " ".join(problem.message for problem in error.problems)
    return str(error)


def _refused(progress: Progress, refusal: Refusal) -> Progress:
    if len(progress.refused) < MOST_REFUSALS:
        return replace(progress, refused=(*progress.refused, refusal))
    return replace(progress, more_refused=progress.more_refused + 1)
