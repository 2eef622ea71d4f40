"""What search engines and networks show of a link to an article, before it is public: title, words and picture, cut
as they cut them.

Networks cut by lines of their own layout, not by characters, and change it without notice: `title_lines` and
`description_lines` are what their web pages showed in 2026 (0: not shown at all).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from scheduler.domain import search_result
from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article
from scheduler.services.context import Context
from scheduler.services.library.pictures import picture


@dataclass(frozen=True, slots=True)
class Layout:
    """How one network lays out a link card. `above` puts the host above the title, `aside` draws a bar at the left."""

    key: str
    label: str
    title_lines: int
    description_lines: int
    above: bool = True
    aside: bool = False
    over_picture: bool = False
    note: str = ""


LAYOUTS = (
    Layout("facebook", "Facebook", 2, 1),
    Layout("linkedin", "LinkedIn", 2, 0, above=False, note="LinkedIn shows no description."),
    Layout("x", "X", 1, 0, above=False, over_picture=True, note="X shows no description, and the title in one line."),
    Layout("mastodon", "Mastodon", 2, 2),
    Layout("bluesky", "Bluesky", 3, 2, above=False),
    Layout("slack", "Slack", 3, 8, aside=True),
    Layout("discord", "Discord", 3, 6, aside=True),
)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An entry in a list of search results; `crumbs` are the parts of the address after the host."""

    title: str
    description: str
    host: str
    crumbs: tuple[str, ...]
    listed: bool


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """What every network reads of the article, and the layouts it is shown in.

    `image` is the path of the picture, "" where one is drawn from the title (`services/site/card_image.py`).
    """

    title: str
    description: str
    host: str
    site: str
    image: str
    search: SearchResult
    layouts: tuple[Layout, ...] = LAYOUTS


def link_preview(ctx: Context, article: Article) -> LinkPreview:
    """Return how a link to an article looks; what its card says differently comes first."""
    site, host = ctx.settings.site.name, urlsplit(ctx.settings.base_url).hostname or ""
    chosen = (article.card.asset, article.image.asset if article.image else "")
    found = next((one for asset in chosen if asset and (one := picture(ctx, asset)) and one.card), None)
    return LinkPreview(
        title=article.card.title or article.title,
        description=article.card.description or article.description,
        host=host,
        site=site,
        image=found.card.url if found and found.card else "",
        search=SearchResult(
            title=search_result.shown_title(article.search_title or article.title),
            description=search_result.shown_description(article.description),
            host=host,
            crumbs=tuple(part for part in path_of(article).split("/") if part),
            listed=not article.noindex,
        ),
    )
