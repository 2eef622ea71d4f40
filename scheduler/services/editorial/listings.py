"""The pages that list articles: home, blog, category, tag and author. Only what visitors may see is ever listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scheduler.domain.addresses import address_word, author_path, category_path, category_words, tag_path
from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.editorial.cards import ArticleCard, Link, card, category_links
from scheduler.services.editorial.pages import AuthorBox, absolute, author_box

HOME_ARTICLES = 3
BLOG = "/blog/"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list of articles. `sections` are the categories below; `previous` and `next` turn the page."""

    title: str
    url: str
    crumbs: tuple[Link, ...]
    cards: tuple[ArticleCard, ...]
    total: int
    number: int
    last: int
    previous: str
    next: str
    sections: tuple[Link, ...] = ()
    author: AuthorBox | None = None


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the home page shows beside the settings of the site."""

    url: str
    cards: tuple[ArticleCard, ...]
    total: int


def home_page(ctx: Context) -> HomePage:
    """Return the home page with the newest articles."""
    public = _public(ctx)
    return HomePage(absolute(ctx, "/"), tuple(card(ctx, article) for article in public[:HOME_ARTICLES]), len(public))


def blog_page(ctx: Context, number: int) -> Listing:
    """Return one page of all articles, the newest first. Raises `NotFound` for a page that does not exist."""
    public = _public(ctx)
    crumbs = (Link("Home", "/"), Link("Articles", BLOG))
    sections = _sections(public, ())
    return replace(_listing(ctx, crumbs, public, number, _by_path), sections=sections)


def category_page(ctx: Context, words: str, number: int) -> Listing:
    """Return one page of a category and everything below it; `words` is its path as the address writes it."""
    path = tuple(words.strip("/").split("/"))
    public = _public(ctx)
    found = [article for article in public if any(c[: len(path)] == path for c in _words(article))]
    category = _category_named(found, path)
    crumbs = (Link("Home", "/"), *category_links(category))
    return replace(_listing(ctx, crumbs, found, number), sections=_sections(found, path))


def tag_page(ctx: Context, word: str, number: int) -> Listing:
    """Return one page of a tag's articles; `word` is the tag as the address writes it."""
    found = [article for article in _public(ctx) if word in map(address_word, article.tags)]
    names = [tag for article in found for tag in article.tags if address_word(tag) == word]
    if not names:
        raise NotFound("No article has this tag.")
    crumbs = (Link("Home", "/"), Link("Articles", BLOG), Link(names[0], tag_path(names[0])))
    return _listing(ctx, crumbs, found, number)


def author_page(ctx: Context, key: str, number: int) -> Listing:
    """Return one page of an author's articles. An author without a public article has no page."""
    author = ctx.articles.author(key)
    found = [article for article in _public(ctx) if article.author == key]
    if author is None or not found:
        raise NotFound("No article is by this author.")
    crumbs = (Link("Home", "/"), Link("Articles", BLOG), Link(author.name, author_path(key)))
    return replace(_listing(ctx, crumbs, found, number), author=author_box(ctx, author, []))


def _public(ctx: Context) -> list[Article]:
    return ctx.articles.public(ctx.clock.now_ms())


def _words(article: Article) -> list[tuple[str, ...]]:
    return [category_words(category) for category in article.categories]


def _category_named(articles: Sequence[Article], path: tuple[str, ...]) -> tuple[str, ...]:
    for article in articles:
        for category in article.categories:
            if category_words(category)[: len(path)] == path:
                return category[: len(path)]
    raise NotFound("No article is in this category.")


def _sections(articles: Sequence[Article], path: tuple[str, ...]) -> tuple[Link, ...]:
    """Return the categories one level below `path`, each with the number of its articles, in alphabetical order."""
    depth = len(path) + 1
    names: dict[tuple[str, ...], tuple[str, ...]] = {}
    holders: dict[tuple[str, ...], set[str]] = {}
    for article in articles:
        for category in article.categories:
            words = category_words(category)[:depth]
            if len(words) == depth and words[:-1] == path:
                names.setdefault(words, category[:depth])
                holders.setdefault(words, set()).add(article.id)
    return tuple(Link(names[w][-1], category_path(names[w]), len(holders[w])) for w in sorted(names))


def _by_path(base: str, number: int) -> str:
    return base if number == 1 else f"{base}page/{number}/"


def _by_query(base: str, number: int) -> str:
    return base if number == 1 else f"{base}?page={number}"


def _listing(
    ctx: Context,
    crumbs: tuple[Link, ...],
    articles: Sequence[Article],
    number: int,
    address: Callable[[str, int], str] = _by_query,
) -> Listing:
    """Return page `number` of `articles`; the last crumb is the list's title and its first page's address."""
    size = ctx.settings.site.page_size
    last = max(1, -(-len(articles) // size))
    if not 1 <= number <= last:
        raise NotFound("This list has no such page.")
    title, base = crumbs[-1].label, crumbs[-1].href
    shown = articles[(number - 1) * size : number * size]
    return Listing(
        title=title,
        url=absolute(ctx, address(base, number)),
        crumbs=crumbs,
        cards=tuple(card(ctx, article) for article in shown),
        total=len(articles),
        number=number,
        last=last,
        previous=address(base, number - 1) if number > 1 else "",
        next=address(base, number + 1) if number < last else "",
    )
