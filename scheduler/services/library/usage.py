"""Where an asset is used: articles, authors and teasers. What is used cannot be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.article import Article
from scheduler.domain.asset import Asset
from scheduler.domain.problem import Conflict
from scheduler.services.context import Context
from scheduler.storage import assets as table


class UsedBy(StrEnum):
    """What can use an asset."""

    ARTICLE = "article"
    AUTHOR = "author"
    TEASER = "teaser"


@dataclass(frozen=True, slots=True)
class Use:
    """One use. `key` is the article's slug, the author's key or the teaser's id; `label` what people call it."""

    by: UsedBy
    key: str
    label: str


class InUse(Conflict):
    """An asset that cannot be deleted; `uses` says why."""

    def __init__(self, asset: Asset, uses: tuple[Use, ...]) -> None:
        self.asset, self.uses = asset, uses
        places = ", ".join(f"the {use.by} “{use.label}”" for use in uses)
        super().__init__(f"This {asset.kind} is used by {places}. Take it out there first, then delete it.")


def uses_of(ctx: Context, asset_id: str) -> tuple[Use, ...]:
    """Return everything that uses an asset."""
    ctx.articles.refresh(force=True)
    with ctx.database.reading() as tx:
        teasers = table.teasers_using(tx, asset_id)
    return (
        *_in_articles(ctx, asset_id),
        *(Use(UsedBy.TEASER, str(key), _first_words(text) or f"no. {key}") for key, text in teasers),
    )


def _in_articles(ctx: Context, asset_id: str) -> Iterator[Use]:
    for article in ctx.articles.all():
        if asset_id in _assets(article):
            yield Use(UsedBy.ARTICLE, article.slug, article.title)
    for author in ctx.articles.authors():
        if author.photo == asset_id:
            yield Use(UsedBy.AUTHOR, author.key, author.name)


def _assets(article: Article) -> set[str]:
    return {*article.assets, *([article.image.asset] if article.image else [])}


def _first_words(text: str, length: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
