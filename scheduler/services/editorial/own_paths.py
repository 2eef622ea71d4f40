"""Whether a link to this site leads anywhere: what the checks beside the editor say of links without an id."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urljoin, urlsplit

from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article, Kind, is_public
from scheduler.services.context import Context
from scheduler.services.site.moved import answer

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
    reason = _reason(ctx, path, serves)
    return "" if reason and _moved(ctx, path) else reason


def _reason(ctx: Context, path: str, serves: Serves) -> str:
    first, _, rest = path.strip("/").partition("/")
    if first == "blog" and rest:
        parts = [part for part in rest.split("/") if "." not in part]  # a feed stands below the page it is of
        return _in_blog(ctx, parts) if parts[:1] != ["page"] and not serves(path) else ""
    page = ctx.articles.get(first) if not rest else None
    if page and page.kind is Kind.PAGE:
        return _hidden(ctx, page)
    return "" if serves(path) else "there is no page at this address"


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


def _in_blog(ctx: Context, parts: list[str]) -> str:
    now = ctx.clock.now_ms()
    match parts:
        case [slug] if (found := ctx.articles.get(slug)) and found.kind is Kind.ARTICLE:
            return _hidden(ctx, found)
        case ["category", *names]:
            known = any(ctx.articles.public(now, category="/".join(names)))
            return "" if known else "no article that visitors see is in this category"
        case ["tag", name]:
            return "" if any(ctx.articles.public(now, tag=name)) else "no article that visitors see has this tag"
        case ["author", key]:
            return "" if any(ctx.articles.public(now, author=key)) else "no article that visitors see is by this author"
        case ["series", name]:
            return "" if ctx.articles.series(name, now) else "no article that visitors see is in this series"
        case [_]:
            return "there is no article at this address"
    return "there is no page at this address"


def _hidden(ctx: Context, article: Article) -> str:
    return "" if is_public(article, ctx.clock.now_ms()) else f'visitors do not see "{article.title}" at present'


def _moved(ctx: Context, path: str) -> bool:
    """Return whether a redirect, or an article that once lived there, leads on from `path`."""
    found = answer(ctx, path)
    return found is not None and bool(found.target)
