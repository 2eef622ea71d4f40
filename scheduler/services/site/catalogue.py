"""Every public path of the site, family by family: what the export writes and the bench asks for.

A family is a function from the context to its paths, a page number of a list included ("/blog/tag/knee/?page=2").
A view names its own: `@public(paths=catalogue.article_paths)`; one whose address has no variable part names none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scheduler.content.library import Category
from scheduler.domain.addresses import author_path, category_path, path_of, series_path, tag_path
from scheduler.services.context import Context

Paths = Callable[[Context], Iterable[str]]

BLOG = "/blog/"


def article_paths(ctx: Context) -> Iterator[str]:
    """Yield the path of every article that visitors may see."""
    return (path_of(article) for article in ctx.articles.public(ctx.clock.now_ms()))


def page_paths(ctx: Context) -> Iterator[str]:
    """Yield the path of every page that stands by itself."""
    return (path_of(page) for page in ctx.articles.pages(ctx.clock.now_ms()))


def series_paths(ctx: Context) -> Iterator[str]:
    """Yield the page of every series."""
    return (series_path(slug) for slug in ctx.articles.all_series(ctx.clock.now_ms()))


def blog_paths(ctx: Context) -> Iterator[str]:
    """Yield every page of the list of all articles."""
    yield BLOG
    last = _last(ctx, len(ctx.articles.public(ctx.clock.now_ms())))
    yield from (f"{BLOG}page/{number}/" for number in range(2, last + 1))


def category_paths(ctx: Context) -> Iterator[str]:
    """Yield every page of every category, of those below it too."""
    for category in _every(ctx.articles.categories(ctx.clock.now_ms())):
        yield from numbered(ctx, category_path(category.names), category.count)


def tag_paths(ctx: Context) -> Iterator[str]:
    """Yield every page of every tag."""
    for tag in ctx.articles.tags(ctx.clock.now_ms()):
        yield from numbered(ctx, tag_path(tag.name), tag.count)


def author_paths(ctx: Context) -> Iterator[str]:
    """Yield every page of every author with a public article."""
    for author in ctx.articles.authors():
        if count := len(ctx.articles.public(ctx.clock.now_ms(), author=author.key)):
            yield from numbered(ctx, author_path(author.key), count)


def numbered(ctx: Context, path: str, articles: int) -> Iterator[str]:
    """Yield the pages of a list of so many articles whose pages are turned by `?page=`."""
    yield path
    yield from (f"{path}?page={number}" for number in range(2, _last(ctx, articles) + 1))


def _every(categories: Iterable[Category]) -> Iterator[Category]:
    for category in categories:
        yield category
        yield from _every(category.children)


def _last(ctx: Context, articles: int) -> int:
    return -(-articles // ctx.settings.site.page_size)
