"""Whether a link to this site leads anywhere: what the checks beside the editor say of links without an id."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urljoin, urlsplit

from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article, is_public
from scheduler.domain.slug import slugify
from scheduler.services.context import Context

Serves = Callable[[str], bool]
"""Says whether the application has a page at a path that is not an article, a category, a tag or an author."""

_PRIVATE = ("/admin", "/setup", "/api/", "/preview/")


def dead_end(ctx: Context, article: Article, href: str, serves: Serves) -> str:
    """Return why visitors who follow a link of `article` arrive nowhere, or "" if they arrive (or leave the site)."""
    path = _own_path(ctx, article, href)
    if path is None:
        return ""
    if path.startswith(_PRIVATE):
        return "only you can open this page: visitors have no login"
    first, _, rest = path.strip("/").partition("/")
    if first == "blog" and rest:
        parts = [part for part in rest.split("/") if "." not in part]  # a feed stands below the page it is of
        return _in_blog(ctx, path, parts, serves)
    if serves(path) or _known_alias(ctx, path):
        return ""
    page = ctx.articles.get(first) if not rest else None
    return _hidden(ctx, page) if page else "there is no page at this address"


def _own_path(ctx: Context, article: Article, href: str) -> str | None:
    """Return the path of a link that stays on this site, else None."""
    try:
        base = ctx.settings.base_url.rstrip("/")
        whole = urlsplit(urljoin(base + path_of(article), href))
    except ValueError:
        return None
    own = urlsplit(base)
    if href.startswith(("#", "article:")) or (whole.scheme, whole.netloc) != (own.scheme, own.netloc):
        return None
    return unquote(whole.path) or "/"


def _in_blog(ctx: Context, path: str, parts: list[str], serves: Serves) -> str:
    now = ctx.clock.now_ms()
    match parts:
        case [slug] if found := ctx.articles.get(slug):
            return _hidden(ctx, found)
        case ["category", *names]:
            known = any(ctx.articles.public(now, category="/".join(names)))
            return "" if known else "no article that visitors see is in this category"
        case ["tag", name]:
            return "" if any(ctx.articles.public(now, tag=name)) else "no article that visitors see has this tag"
        case ["author", key]:
            return "" if any(ctx.articles.public(now, author=key)) else "no article that visitors see is by this author"
        case ["series", name]:
            named = {slugify(article.series) for article in ctx.articles.public(now) if article.series}
            return "" if name in named else "no article that visitors see is in this series"
        case [_]:
            return "" if _known_alias(ctx, path) or serves(path) else "there is no article at this address"
    return "" if _known_alias(ctx, path) or serves(path) else "there is no page at this address"


def _hidden(ctx: Context, article: Article) -> str:
    return "" if is_public(article, ctx.clock.now_ms()) else f'visitors do not see "{article.title}" at present'


def _known_alias(ctx: Context, path: str) -> bool:
    return ctx.articles.by_alias(path) is not None
