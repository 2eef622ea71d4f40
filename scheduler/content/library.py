"""Every article and author of the `posts/` folder, held in memory and kept in step with the files."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, overload

from scheduler import reads
from scheduler.clock import Clock
from scheduler.content import shelf, shelf_index
from scheduler.content.article_file import alias_path
from scheduler.content.public_shelf import Category, PublicShelf, Tag, category_path
from scheduler.content.shelf import FileProblem, Volume
from scheduler.domain.article import Article, Author, is_public
from scheduler.reads import Question

__all__ = ["ArticleLibrary", "Category", "FileProblem", "Listed", "Tag", "category_path"]

LOOK_EVERY_SECONDS = 2.0
WORTH_KEEPING = 50
"""So many files read at one look make it worth to keep what they said for the next start."""


class Headline(NamedTuple):
    """An article in a list of everything; `date_at` is UTC ms, None for one without a date."""

    title: str
    slug: str
    date_at: int | None


@dataclass(frozen=True, slots=True)
class _State:
    """What the folder said at one look; never changed, only replaced."""

    volumes: Mapping[str, Volume] = field(default_factory=dict)
    articles: tuple[Article, ...] = ()
    by_slug: Mapping[str, Article] = field(default_factory=dict)
    by_id: Mapping[str, Article] = field(default_factory=dict)
    by_alias: Mapping[str, Article] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    authors: Mapping[str, Author] = field(default_factory=dict)
    problems: tuple[FileProblem, ...] = ()
    public: PublicShelf = field(default_factory=lambda: PublicShelf((), 0))
    names: dict[Question, str] = field(default_factory=dict)
    """The names of long answers; an answer that changes comes with another state."""


class Listed(Sequence[Article]):
    """Public articles, newest first. Whoever takes only a part of them has asked only for that part."""

    def __init__(self, articles: tuple[Article, ...], which: Question, named: dict[Question, str]) -> None:
        self._articles, self._which, self._named = articles, which, named

    def __len__(self) -> int:
        reads.note(("count", *self._which), lambda: str(len(self._articles)))
        return len(self._articles)

    @overload
    def __getitem__(self, part: int) -> Article: ...
    @overload
    def __getitem__(self, part: slice) -> list[Article]: ...
    def __getitem__(self, part: int | slice) -> Article | list[Article]:
        if isinstance(part, slice):
            start, stop, step = part.indices(len(self._articles))
            reads.note(("part", *self._which, start, stop), lambda: _name(self._articles[start:stop]))
            return list(self._articles[start:stop:step])
        article = self._articles[part]
        place = part % len(self._articles)
        reads.note(("part", *self._which, place, place + 1), lambda: _name((article,)))
        return article

    def __iter__(self) -> Iterator[Article]:
        question = ("list", *self._which)
        reads.note(question, lambda: _long_name(self._named, question, self._articles))
        return iter(self._articles)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class ArticleLibrary:
    """The articles of one folder. Safe to use from many threads; no method raises because of a bad file.

    `index` is a file in which to keep what was read: with it a start need not read every article again. It may be
    deleted or damaged at any time.
    """

    def __init__(self, root: Path, clock: Clock, index: Path | None = None) -> None:
        self.root, self.clock, self.index = root, clock, index
        self.generation = 0
        """Counts the changes seen; whatever is derived from the articles is stale when it has moved."""
        self.watched = False
        """Whether somebody looks regularly; then nobody who only asks has to."""
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._state = _State()

    def refresh(self, force: bool = False) -> bool:
        """Look at the folder again (at most every 2 seconds unless forced); return whether anything changed."""
        if self.watched and not force:
            return False
        with self._lock:
            now = self.clock.monotonic()
            if not force and self._looked is not None and now - self._looked < LOOK_EVERY_SECONDS:
                return False
            known = self._state.volumes or self._remembered()
            volumes, problems = shelf.look(str(self.root), known, self.clock.now_ms() * 1_000_000)
            self._looked = now
            changed = not (self.generation and not problems and _same(volumes, self._state.volumes))
            if changed:
                self._state = _indexed(self.root, volumes, problems, self.clock.now_ms())
                self.generation += 1
            else:
                self._state = replace(self._state, volumes=volumes)
        self._keep(known, volumes)
        return changed

    def all(self) -> tuple[Article, ...]:
        """Return every article, drafts included, newest first."""
        reads.note(("everything",), partial(self.answer, ("everything",)))
        return self._now().articles

    def get(self, slug: str) -> Article | None:
        """Return the article of a slug."""
        reads.note(("slug", slug), partial(self.answer, ("slug", slug)))
        return self._now().by_slug.get(slug)

    def by_id(self, article_id: str) -> Article | None:
        """Return the article of an id."""
        reads.note(("id", article_id), partial(self.answer, ("id", article_id)))
        return self._now().by_id.get(article_id)

    def by_alias(self, path: str) -> Article | None:
        """Return the article that used to live at `path` ("/blog/old-name/")."""
        reads.note(("alias", path), partial(self.answer, ("alias", path)))
        return self._now().by_alias.get(alias_path(path))

    def author(self, key: str) -> Author | None:
        """Return the author of a key."""
        reads.note(("author", key), partial(self.answer, ("author", key)))
        return self._now().authors.get(key)

    def author_name(self, key: str) -> str:
        """Return the name of an author, "" for an unknown one: all that a list shows of them."""
        reads.note(("author name", key), partial(self.answer, ("author name", key)))
        author = self._now().authors.get(key)
        return author.name if author else ""

    def authors(self) -> tuple[Author, ...]:
        """Return every author, by name."""
        reads.note(("authors",), partial(self.answer, ("authors",)))
        return tuple(sorted(self._now().authors.values(), key=lambda author: author.name.casefold()))

    def problems(self) -> tuple[FileProblem, ...]:
        """Return what is wrong with which file. A broken file's last good version stays in force."""
        reads.unnamed()
        return self._now().problems

    def path(self, slug: str) -> Path | None:
        """Return the file of an article."""
        reads.unnamed()
        found = self._now().paths.get(slug)
        return Path(found) if found else None

    def public(
        self, now: int, category: str | None = None, tag: str | None = None, author: str | None = None
    ) -> Listed:
        """Return the articles that visitors may see at `now` (UTC ms), newest first; pages are not among them.

        `category` is an address part ("physical-therapy/dry-needling") and includes what lies below it, `tag` the
        slug of a tag, `author` the key of an author.
        """
        found = self._public(now).listed(category, tag, author)
        return Listed(found, (category or "", tag or "", author or ""), self._state.names)

    def headlines(self, now: int) -> tuple[Headline, ...]:
        """Return what a list of everything shows of the public articles; it stays the same when only a text changes."""
        reads.note(("headlines",), partial(self.answer, ("headlines",)))
        return _headlines(self._public(now))

    def pages(self, now: int) -> Listed:
        """Return the pages of their own ("About us") that visitors may see at `now` (UTC ms)."""
        return Listed(self._public(now).pages, ("pages",), self._state.names)

    def around(self, article: Article, now: int) -> tuple[Article | None, Article | None]:
        """Return the next newer and the next older public article; one that is not public itself has neither."""
        found = self._public(now).around(article)
        reads.note(("around", article.id), lambda: _name(found))
        return found

    def related(self, article: Article, now: int, most: int) -> tuple[Article, ...]:
        """Return the public articles that share most with this one, the closest first, then the newest."""
        found = self._public(now).related(article, most)
        reads.note(("related", article.id, most), lambda: _name(found))
        return found

    def series(self, slug: str, now: int) -> tuple[Article, ...]:
        """Return the parts of a series that visitors may see, the first one first."""
        found = self._public(now).series(slug)
        reads.note(("series", slug), lambda: _name(found))
        return found

    def all_series(self, now: int) -> tuple[str, ...]:
        """Return the slug of every series with a public part, in the order of the alphabet."""
        found = tuple(sorted(self._public(now).by_series))
        reads.note(("all series",), lambda: reads.name_of(found))
        return found

    def translations(self, key: str, now: int) -> tuple[Article, ...]:
        """Return the articles that visitors may see and that are one article in several languages."""
        found = self._public(now).translations(key)
        reads.note(("translations", key), lambda: _name(found))
        return found

    def categories(self, now: int) -> tuple[Category, ...]:
        """Return the categories of the public articles as a tree, by name."""
        reads.note(("categories",), partial(self.answer, ("categories",)))
        return self._public(now).categories

    def tags(self, now: int) -> tuple[Tag, ...]:
        """Return the tags of the public articles, by name."""
        reads.note(("tags",), partial(self.answer, ("tags",)))
        return self._public(now).tags

    def category(self, address: str, now: int) -> Category | None:
        """Return a category with public articles by its address part ("physical-therapy/dry-needling")."""
        found = self._public(now).category(address)
        reads.note(("category", address), lambda: reads.name_of([repr(found)]))
        return found

    def tag(self, slug: str, now: int) -> Tag | None:
        """Return a tag with public articles by its slug."""
        found = self._public(now).tag(slug)
        reads.note(("tag", slug), lambda: reads.name_of([repr(found)]))
        return found

    def standing(self, now: int) -> object:
        """Return a sign that is another one as soon as anything about the articles, or what is public, has changed."""
        return self._public(now)

    def changes_at(self, now: int) -> int | None:
        """Return when (UTC ms) the next scheduled article becomes public by itself; None if none waits."""
        return self._public(now).until

    def answer(self, question: Question) -> str:
        """Return the present name of the answer to a question that was noted; "" to one that nobody asks any more."""
        state, public = self._now(), self._public(self.clock.now_ms())
        match question:
            case ("slug", str(slug)):
                return _standing_name(state.by_slug.get(slug), self.clock.now_ms())
            case ("id", str(key)):
                return _standing_name(state.by_id.get(key), self.clock.now_ms())
            case ("alias", str(path)):
                return _standing_name(state.by_alias.get(alias_path(path)), self.clock.now_ms())
            case ("author", str(key)):
                return reads.name_of([repr(state.authors.get(key))])
            case ("category", str(address)):
                return reads.name_of([repr(public.category(address))])
            case ("tag", str(slug)):
                return reads.name_of([repr(public.tag(slug))])
            case ("author name", str(key)):
                return state.authors[key].name if key in state.authors else ""
            case ("around", str(key)):
                return _name(public.around(state.by_id[key])) if key in state.by_id else ""
            case ("related", str(key), int(most)):
                return _name(public.related(state.by_id[key], most)) if key in state.by_id else ""
            case ("series", str(slug)):
                return _name(public.series(slug))
            case ("all series",):
                return reads.name_of(sorted(public.by_series))
            case ("translations", str(key)):
                return _name(public.translations(key))
            case ("count", *which):
                return str(len(_listed(public, which)))
            case ("part", *which, int(start), int(stop)):
                return _name(_listed(public, which)[start:stop])
            case ("list", *which):
                return _long_name(state.names, question, _listed(public, which))
            case ("everything",):
                return _long_name(state.names, question, state.articles)
            case ("authors",):
                return _kept_name(state.names, question, lambda: state.authors)
            case ("categories",):
                return _kept_name(state.names, question, lambda: public.categories)
            case ("tags",):
                return _kept_name(state.names, question, lambda: public.tags)
            case ("headlines",):
                return _kept_name(state.names, question, lambda: _headlines(public))
        return ""

    def _public(self, now: int) -> PublicShelf:
        state = self._now()
        if state.public.covers(now):
            return state.public
        struck = replace(state, public=PublicShelf(state.articles, now), names={})
        if self._lock.acquire(blocking=False):  # whoever looks at the folder just now brings a newer state anyway
            try:
                self._state = struck if self._state is state else self._state
            finally:
                self._lock.release()
        return struck.public

    def _now(self) -> _State:
        if self._looked is None:
            self.refresh()
        return self._state

    def _remembered(self) -> Mapping[str, Volume]:
        return shelf_index.load(self.index, str(self.root)) if self.index and not self.generation else {}

    def _keep(self, known: Mapping[str, Volume], volumes: Mapping[str, Volume]) -> None:
        fresh = sum(1 for path, volume in volumes.items() if volume is not known.get(path))
        if self.index and fresh >= WORTH_KEEPING:
            shelf_index.save(self.index, str(self.root), volumes)


def _headlines(public: PublicShelf) -> tuple[Headline, ...]:
    return tuple(Headline(article.title, article.slug, article.date_at) for article in public.articles)


def _listed(public: PublicShelf, which: Sequence[str | int]) -> tuple[Article, ...]:
    if list(which) == ["pages"]:
        return public.pages
    category, tag, author = (str(part) or None for part in which)
    return public.listed(category, tag, author)


def _name(articles: Sequence[Article | None]) -> str:
    """Return the name of some articles in their order; a content hash is the name of one, its id included."""
    return reads.name_of([" ".join([article.content_hash if article else "" for article in articles])])


def _standing_name(article: Article | None, now: int) -> str:
    """Return the name of one article, another one as soon as visitors may see it: links to it come alive then."""
    if article is None:
        return ""
    return f"{article.content_hash} public" if is_public(article, now) else article.content_hash


def _long_name(known: dict[Question, str], question: Question, articles: Sequence[Article]) -> str:
    if question not in known:
        known[question] = _name(articles)
    return known[question]


def _kept_name(known: dict[Question, str], question: Question, said: Callable[[], object]) -> str:
    if question not in known:
        known[question] = reads.name_of([repr(said())])
    return known[question]


def _same(new: Mapping[str, Volume], old: Mapping[str, Volume]) -> bool:
    return len(new) == len(old) and all(
        volume is before or (before is not None and (volume.hash, volume.problems) == (before.hash, before.problems))
        for volume, before in ((volume, old.get(path)) for path, volume in new.items())
    )


def _indexed(root: Path, volumes: Mapping[str, Volume], problems: list[FileProblem], now: int) -> _State:
    by_slug: dict[str, Article] = {}
    by_id: dict[str, Article] = {}
    paths: dict[str, str] = {}
    for volume in sorted(volumes.values(), key=_standing):
        problems.extend(FileProblem(_shown(root, volume.path), p.line, p.reason) for p in volume.problems)
        article = volume.good
        if not isinstance(article, Article):
            continue
        if reason := _double(article, by_slug, by_id, paths, root):
            problems.append(FileProblem(_shown(root, volume.path), 1, reason))
            continue
        by_slug[article.slug] = by_id[article.id] = article
        paths[article.slug] = volume.path
    articles = tuple(sorted(by_slug.values(), key=lambda a: (-(a.date_at or 0), a.slug)))
    aliases = {alias: article for article in reversed(articles) for alias in article.aliases}
    authors = {v.name: v.good for v in volumes.values() if isinstance(v.good, Author)}
    found = tuple(sorted(set(problems), key=lambda p: (p.path, p.line)))
    public = PublicShelf(articles, now)
    return _State(volumes, articles, by_slug, by_id, aliases, paths, dict(sorted(authors.items())), found, public)


def _standing(volume: Volume) -> tuple[bool, str]:
    """Order the files so that of two with the same slug the one whose folder has that name comes first."""
    return not (isinstance(volume.good, Article) and volume.good.slug == volume.name), volume.path


def _shown(root: Path, path: str) -> str:
    return path[len(str(root)) + 1 :].replace(os.sep, "/")


def _double(
    article: Article,
    by_slug: Mapping[str, Article],
    by_id: Mapping[str, Article],
    paths: Mapping[str, str],
    root: Path,
) -> str:
    other = by_slug.get(article.slug) or by_id.get(article.id)
    if other is None:
        return ""
    field_name, same = ("slug", article.slug) if other.slug == article.slug else ("id", article.id)
    where = _shown(root, paths[other.slug])
    way_out = "give one of them another" if field_name == "slug" else "remove the id line of the copy to get a new one"
    return f'{field_name}: "{same}" is used by {where} too; {way_out}. This file is left out until then'
