"""The articles that visitors may see, with every question about them answered beforehand.

Which articles are public changes only when a file changes or the hour of a scheduled one strikes. So the lists, the
tree of categories, the tags and the neighbours are worked out once for the time in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from scheduler.domain.article import Article, Kind, Status, is_public
from scheduler.domain.slug import slugify

_WAITING = (Status.PUBLISHED, Status.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Category:
    """One category with its public articles, those of its subcategories included. `path` is its address part."""

    name: str
    path: str
    names: tuple[str, ...]
    count: int
    children: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag with its public articles."""

    name: str
    slug: str
    count: int


class PublicShelf:
    """What visitors may see from `since` until `until` (UTC ms; None has no end). `articles` are newest first."""

    def __init__(self, everything: Iterable[Article], now: int) -> None:
        public: list[Article] = []
        self.since, self.until = _span(every := list(everything), now)
        for article in every:
            if is_public(article, now):
                public.append(article)
        self.articles = tuple(article for article in public if article.kind is Kind.ARTICLE)
        self.pages = tuple(article for article in public if article.kind is Kind.PAGE)
        self.place = {article.id: place for place, article in enumerate(self.articles)}
        categories, self._category_names = _by_category(self.articles)
        tags, self._tag_names = _by_tag(self.articles)
        self.by_category, self.by_tag = categories, tags
        self.by_author = _by_author(self.articles)
        self.by_series = _by_name(self.articles, lambda article: slugify(article.series))
        self.by_translation = _by_name((*self.articles, *self.pages), lambda article: article.translation)
        self.categories, self.tags = self._tree(""), self._tags()
        self._bits: dict[str, int] = {}

    def covers(self, now: int) -> bool:
        """Return whether this is what visitors may see at `now`."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)

    def listed(
        self, category: str | None = None, tag: str | None = None, author: str | None = None
    ) -> tuple[Article, ...]:
        """Return the articles of a category (and below), with a tag, by an author; newest first."""
        found = [
            within.get(name, ())
            for within, name in ((self.by_category, category), (self.by_tag, tag), (self.by_author, author))
            if name is not None
        ]
        if len(found) < 2:
            return found[0] if found else self.articles
        common = set.intersection(*({article.id for article in each} for each in found))
        return tuple(article for article in found[0] if article.id in common)

    def category(self, address: str) -> Category | None:
        """Return a category by its address part."""
        found, below = None, self.categories
        parts = address.split("/")
        for depth in range(len(parts)):
            path = "/".join(parts[: depth + 1])
            found = next((each for each in below if each.path == path), None)
            below = found.children if found else ()
        return found

    def tag(self, slug: str) -> Tag | None:
        """Return a tag by its slug."""
        name = self._tag_names.get(slug)
        return Tag(name, slug, len(self.by_tag[slug])) if name is not None else None

    def around(self, article: Article) -> tuple[Article | None, Article | None]:
        """Return the next newer and the next older article; an article that is not public has neither."""
        place = self.place.get(article.id)
        if place is None:
            return None, None
        newer = self.articles[place - 1] if place else None
        return newer, self.articles[place + 1] if place + 1 < len(self.articles) else None

    def series(self, slug: str) -> tuple[Article, ...]:
        """Return the parts of a series, the first one first."""
        return tuple(reversed(self.by_series.get(slug, ())))

    def translations(self, key: str) -> tuple[Article, ...]:
        """Return the articles and pages that are one in several languages."""
        return self.by_translation.get(key, ())

    def related(self, article: Article, most: int) -> tuple[Article, ...]:
        """Return the other articles that share most with this one, the closest first, then the newest.

        A level of a category in common counts once, a tag twice. The articles are the bits of large numbers, so that
        one addition counts for all of them.
        """
        sums: list[int] = []
        for address in levels(article):
            _add(sums, self._members("/" + address, self.by_category.get(address, ())), 0)
        for slug in set(map(slugify, article.tags)):
            _add(sums, self._members(slug, self.by_tag.get(slug, ())), 1)
        left = (1 << len(self.articles)) - 1
        if (own := self.place.get(article.id)) is not None:
            left ^= 1 << own
        found: list[Article] = []
        while left and len(found) < most:
            newest = _best(left, sums)
            left ^= newest
            found.append(self.articles[newest.bit_length() - 1])
        return tuple(found)

    def _members(self, name: str, articles: tuple[Article, ...]) -> int:
        """Return the articles of a list as bits; `name` is what they are remembered by."""
        if (bits := self._bits.get(name)) is None:
            marks = bytearray(len(self.articles) // 8 + 1)
            for article in articles:
                place = self.place[article.id]
                marks[place >> 3] |= 1 << (place & 7)
            bits = self._bits[name] = int.from_bytes(marks, "little")
        return bits

    def _tree(self, above: str) -> tuple[Category, ...]:
        below: dict[str, list[str]] = {}
        for address in self.by_category:
            below.setdefault(address.rpartition("/")[0], []).append(address)
        return self._branch(above, below)

    def _branch(self, above: str, below: Mapping[str, list[str]]) -> tuple[Category, ...]:
        names, members = self._category_names, self.by_category
        return tuple(
            Category(names[at][-1], at, names[at], len(members[at]), self._branch(at, below))
            for at in sorted(below.get(above, ()), key=lambda at: names[at][-1].casefold())
        )

    def _tags(self) -> tuple[Tag, ...]:
        names = self._tag_names
        return tuple(
            Tag(names[slug], slug, len(self.by_tag[slug])) for slug in sorted(names, key=lambda s: names[s].casefold())
        )


def levels(article: Article) -> set[str]:
    """Return the address of every category that the article is in, those above its own included."""
    return {address for path in article.categories for address in _addresses(path)}


def category_path(names: Iterable[str]) -> str:
    """Return the address part of a category path: ("Physical Therapy", "Knee") is "physical-therapy/knee"."""
    return "/".join(map(slugify, names))


def _add(sums: list[int], bits: int, weight: int) -> None:
    """Add 2 ** weight to the sum of every article whose bit is set; `sums[n]` holds the n-th binary digit of all."""
    while bits:
        while len(sums) <= weight:
            sums.append(0)
        carried = sums[weight] & bits
        sums[weight] ^= bits
        bits, weight = carried, weight + 1


def _best(left: int, sums: Sequence[int]) -> int:
    """Return the bit of the newest of those in `left` whose sum is highest."""
    for digit in reversed(sums):
        left = left & digit or left
    return left & -left


def _span(articles: Iterable[Article], now: int) -> tuple[int | None, int | None]:
    instants = [a.date_at for a in articles if a.date_at is not None and a.status in _WAITING]
    past, coming = [t for t in instants if t <= now], [t for t in instants if t > now]
    return max(past, default=None), min(coming, default=None)


def _by_category(articles: Iterable[Article]) -> tuple[dict[str, tuple[Article, ...]], dict[str, tuple[str, ...]]]:
    found: dict[str, list[Article]] = {}
    names: dict[str, tuple[str, ...]] = {}
    for article in articles:
        for address in levels(article):
            found.setdefault(address, []).append(article)
        for path in article.categories:
            for depth, address in enumerate(_addresses(path), 1):
                names.setdefault(address, path[:depth])
    return {address: tuple(members) for address, members in found.items()}, names


def _by_tag(articles: Iterable[Article]) -> tuple[dict[str, tuple[Article, ...]], dict[str, str]]:
    found: dict[str, list[Article]] = {}
    names: dict[str, str] = {}
    for article in articles:
        for slug, name in {slugify(name): name for name in article.tags}.items():
            names.setdefault(slug, name)
            found.setdefault(slug, []).append(article)
    return {slug: tuple(members) for slug, members in found.items()}, names


def _by_name(articles: Iterable[Article], name: Callable[[Article], str]) -> Mapping[str, tuple[Article, ...]]:
    """Return the articles by a name that they may have."""
    found: dict[str, list[Article]] = {}
    for article in articles:
        if key := name(article):
            found.setdefault(key, []).append(article)
    return {key: tuple(members) for key, members in found.items()}


def _by_author(articles: Iterable[Article]) -> dict[str, tuple[Article, ...]]:
    found: dict[str, list[Article]] = {}
    for article in articles:
        found.setdefault(article.author, []).append(article)
    return {author: tuple(members) for author, members in found.items()}


@lru_cache(maxsize=4096)
def _addresses(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the address of each level of a category path, the highest first."""
    return tuple(category_path(path[: depth + 1]) for depth in range(len(path)))
