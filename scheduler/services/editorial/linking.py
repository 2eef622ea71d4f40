"""Links from one article to another: kept by id in the text (`article:ID`), so that a new address breaks none.

Which article a writer means (`suggested`), where its link leads now (`linked`), and who links to an article
(`linking_to`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.content.links import Linked
from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article, Status, is_public
from scheduler.services.context import Context

MOST_SUGGESTED = 10
MOST_READ = 1000
"""Of more articles only the links by id are looked at: reading ten thousand texts would make a page wait."""

_HIDDEN = {
    Status.DRAFT: "is a draft",
    Status.SCHEDULED: "has not appeared yet",
    Status.PUBLISHED: "has not appeared yet",
    Status.ARCHIVED: "is archived",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article that a link may be meant for. `status` is what visitors see of it: public, or why not."""

    id: str
    title: str
    status: str
    path: str


def linked(ctx: Context, ids: Iterable[str], preview: bool = False) -> dict[str, Linked]:
    """Return where the links to some articles lead now, by id.

    For visitors a link to what they cannot see leads nowhere; in a preview it leads to the address to come.
    """
    return {article_id: _target(ctx, article_id, preview) for article_id in ids}


def suggested(ctx: Context, words: str, leaving_out: str = "") -> list[Suggestion]:
    """Return the articles that `words` may mean, the best first; the newest ones while there are no words.

    Only titles, addresses and tags are looked at. `leaving_out` is the id of the article that is being written.
    """
    wanted = words.casefold().split()
    found = [article for article in ctx.articles.all() if article.id != leaving_out]
    if wanted:
        rated = [(rank, article) for article in found if (rank := _rank(article, wanted)) is not None]
        found = [article for _, article in sorted(rated, key=lambda pair: pair[0])]
    now = ctx.clock.now_ms()
    return [_suggestion(article, now) for article in found[:MOST_SUGGESTED]]


def linking_to(ctx: Context, article: Article) -> list[Article]:
    """Return the articles that link to this one by its id or by its present address, newest first."""
    others = [other for other in ctx.articles.all() if other.id != article.id]
    sign = f"]({path_of(article)}"
    read = len(others) <= MOST_READ
    return [other for other in others if article.id in other.links or (read and sign in other.body)]


def _target(ctx: Context, article_id: str, preview: bool) -> Linked:
    article = ctx.articles.by_id(article_id)
    if article is None:
        return Linked("", "the link leads to an article that does not exist any more; choose another one")
    path = path_of(article)
    if is_public(article, ctx.clock.now_ms()):
        return Linked(path, title=article.title)
    problem = f'visitors see no link here while "{article.title}" {_HIDDEN[article.status]}'
    return Linked(path if preview else "", problem, article.title)


def _rank(article: Article, wanted: list[str]) -> int | None:
    """Return how well an article fits, 0 for best, or None when one of the words is nowhere in it."""
    title = article.title.casefold()
    around = f"{title} {article.slug} {' '.join(article.tags).casefold()}"
    if not all(word in around for word in wanted):
        return None
    if title.startswith(" ".join(wanted)):
        return 0
    if all(any(start.startswith(word) for start in title.split()) for word in wanted):
        return 1
    return 2 if all(word in title for word in wanted) else 3


def _suggestion(article: Article, now: int) -> Suggestion:
    public = is_public(article, now)
    return Suggestion(article.id, article.title, "public" if public else str(article.status), path_of(article))
