"""Every article and author of the `posts/` folder, held in memory and kept in step with the files."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.clock import Clock
from scheduler.content import shelf
from scheduler.content.article_file import alias_path
from scheduler.content.shelf import FileProblem, Volume
from scheduler.domain.article import Article, Author, is_public
from scheduler.domain.slug import slugify

__all__ = ["ArticleLibrary", "Category", "FileProblem", "Tag"]

LOOK_EVERY_SECONDS = 2.0


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


@dataclass(frozen=True, slots=True)
class _State:
    """What the folder said at one look; never changed, only replaced."""

    volumes: Mapping[Path, Volume] = field(default_factory=dict)
    articles: tuple[Article, ...] = ()
    by_slug: Mapping[str, Article] = field(default_factory=dict)
    by_id: Mapping[str, Article] = field(default_factory=dict)
    by_alias: Mapping[str, Article] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)
    authors: Mapping[str, Author] = field(default_factory=dict)
    problems: tuple[FileProblem, ...] = ()


class ArticleLibrary:
    """The articles of one folder. Safe to use from many threads; no method raises because of a bad file."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self.root, self.clock = root, clock
        self.generation = 0
        """Counts the changes seen; whatever is derived from the articles is stale when it has moved."""
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._state = _State()

    def refresh(self, force: bool = False) -> bool:
        """Look at the folder again (at most every 2 seconds unless forced); return whether anything changed."""
        with self._lock:
            now = self.clock.monotonic()
            if not force and self._looked is not None and now - self._looked < LOOK_EVERY_SECONDS:
                return False
            self._looked = now
            volumes, problems = shelf.look(self.root, self._state.volumes, self.clock.now_ms() * 1_000_000)
            if _same(volumes, self._state.volumes) and not problems and self.generation:
                self._state = _with_volumes(self._state, volumes)
                return False
            self._state = _indexed(self.root, volumes, problems)
            self.generation += 1
            return True

    def all(self) -> tuple[Article, ...]:
        """Return every article, drafts included, newest first."""
        return self._now().articles

    def get(self, slug: str) -> Article | None:
        """Return the article of a slug."""
        return self._now().by_slug.get(slug)

    def by_id(self, article_id: str) -> Article | None:
        """Return the article of an id."""
        return self._now().by_id.get(article_id)

    def by_alias(self, path: str) -> Article | None:
        """Return the article that used to live at `path` ("/blog/old-name/")."""
        return self._now().by_alias.get(alias_path(path))

    def author(self, key: str) -> Author | None:
        """Return the author of a key."""
        return self._now().authors.get(key)

    def authors(self) -> tuple[Author, ...]:
        """Return every author, by name."""
        return tuple(sorted(self._now().authors.values(), key=lambda author: author.name.casefold()))

    def problems(self) -> tuple[FileProblem, ...]:
        """Return what is wrong with which file. A broken file's last good version stays in force."""
        return self._now().problems

    def path(self, slug: str) -> Path | None:
        """Return the file of an article."""
        return self._now().paths.get(slug)

    def public(
        self, now: int, category: str | None = None, tag: str | None = None, author: str | None = None
    ) -> list[Article]:
        """Return the articles that visitors may see at `now` (UTC ms), newest first.

        `category` is an address part ("physical-therapy/dry-needling") and includes what lies below it, `tag` the
        slug of a tag, `author` the key of an author.
        """
        return [
            article
            for article in self._now().articles
            if is_public(article, now)
            and (category is None or any(_within(path, category) for path in article.categories))
            and (tag is None or tag in map(slugify, article.tags))
            and (author is None or article.author == author)
        ]

    def categories(self, now: int) -> tuple[Category, ...]:
        """Return the categories of the public articles as a tree, by name."""
        names: dict[str, tuple[str, ...]] = {}
        members: dict[str, set[str]] = {}
        for article in self.public(now):
            for path in article.categories:
                for depth in range(1, len(path) + 1):
                    address = category_path(path[:depth])
                    names.setdefault(address, path[:depth])
                    members.setdefault(address, set()).add(article.id)
        return _tree("", names, {address: len(ids) for address, ids in members.items()})

    def tags(self, now: int) -> tuple[Tag, ...]:
        """Return the tags of the public articles, by name."""
        names: dict[str, str] = {}
        counts: dict[str, int] = {}
        for article in self.public(now):
            for slug, name in {slugify(name): name for name in article.tags}.items():
                names.setdefault(slug, name)
                counts[slug] = counts.get(slug, 0) + 1
        return tuple(Tag(names[slug], slug, counts[slug]) for slug in sorted(names, key=lambda s: names[s].casefold()))

    def _now(self) -> _State:
        if self._looked is None:
            self.refresh()
        return self._state


def category_path(names: Iterable[str]) -> str:
    """Return the address part of a category path: ("Physical Therapy", "Knee") is "physical-therapy/knee"."""
    return "/".join(slugify(name) for name in names)


def _within(names: tuple[str, ...], address: str) -> bool:
    return f"{category_path(names)}/".startswith(f"{address}/")


def _tree(above: str, names: Mapping[str, tuple[str, ...]], counts: Mapping[str, int]) -> tuple[Category, ...]:
    here = [address for address in names if address.rpartition("/")[0] == above]
    return tuple(
        Category(names[address][-1], address, names[address], counts[address], _tree(address, names, counts))
        for address in sorted(here, key=lambda address: names[address][-1].casefold())
    )


def _same(new: Mapping[Path, Volume], old: Mapping[Path, Volume]) -> bool:
    return new.keys() == old.keys() and all(
        (volume.hash, volume.problems) == (old[path].hash, old[path].problems) for path, volume in new.items()
    )


def _with_volumes(state: _State, volumes: Mapping[Path, Volume]) -> _State:
    return _State(
        volumes, state.articles, state.by_slug, state.by_id, state.by_alias, state.paths, state.authors, state.problems
    )


def _indexed(root: Path, volumes: Mapping[Path, Volume], problems: list[FileProblem]) -> _State:
    by_slug: dict[str, Article] = {}
    by_id: dict[str, Article] = {}
    paths: dict[str, Path] = {}
    for volume in sorted(volumes.values(), key=_standing):
        problems.extend(FileProblem(_shown(root, volume), p.line, p.reason) for p in volume.problems)
        article = volume.good
        if not isinstance(article, Article):
            continue
        if reason := _double(article, by_slug, by_id, paths, root):
            problems.append(FileProblem(_shown(root, volume), 1, reason))
            continue
        by_slug[article.slug] = by_id[article.id] = article
        paths[article.slug] = volume.path
    articles = tuple(sorted(by_slug.values(), key=lambda a: (-(a.date_at or 0), a.slug)))
    aliases = {alias: article for article in reversed(articles) for alias in article.aliases}
    authors = {v.name: v.good for v in volumes.values() if isinstance(v.good, Author)}
    found = tuple(sorted(set(problems), key=lambda p: (p.path, p.line)))
    return _State(volumes, articles, by_slug, by_id, aliases, paths, authors, found)


def _standing(volume: Volume) -> tuple[bool, Path]:
    """Order the files so that of two with the same slug the one whose folder has that name comes first."""
    return not (isinstance(volume.good, Article) and volume.good.slug == volume.name), volume.path


def _shown(root: Path, volume: Volume) -> str:
    return volume.path.relative_to(root).as_posix()


def _double(
    article: Article,
    by_slug: Mapping[str, Article],
    by_id: Mapping[str, Article],
    paths: Mapping[str, Path],
    root: Path,
) -> str:
    other = by_slug.get(article.slug) or by_id.get(article.id)
    if other is None:
        return ""
    field_name, same = ("slug", article.slug) if other.slug == article.slug else ("id", article.id)
    where = paths[other.slug].relative_to(root).as_posix()
    way_out = "give one of them another" if field_name == "slug" else "remove the id line of the copy to get a new one"
    return f'{field_name}: "{same}" is used by {where} too; {way_out}. This file is left out until then'
