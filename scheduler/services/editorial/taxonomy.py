"""Categories and tags as the marketer handles them: renamed, moved, merged and deleted in every article that has them.

They exist only in the articles. So renaming one to a name that is there already is merging the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.content.article_file import DEEPEST_CATEGORY
from scheduler.content.library import category_path as address_of
from scheduler.content.yaml_tree import Value
from scheduler.domain.addresses import category_path, tag_path
from scheduler.domain.article import Article, is_public
from scheduler.domain.problem import NotFound, refuse
from scheduler.domain.revision import By
from scheduler.domain.slug import slugify
from scheduler.services.context import Context
from scheduler.services.editorial import redirects
from scheduler.services.editorial.article_input import is_within
from scheduler.services.editorial.many import Progress, change_many, set_keys

__all__ = [
    "CategoryRow", "TagRow", "address_of", "all_names", "articles_in", "articles_with", "categories", "category",
    "move_category", "move_tag", "named", "new_category", "new_tag", "require_fits", "tag", "tags",
]  # fmt: skip

LONGEST_NAME = 100
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category: `own` articles have it itself, `all` have it or one below it, `public` of those are visible."""

    names: Path
    address: str
    own: int
    all: int
    public: int


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag, with every way in which it is written."""

    name: str
    slug: str
    all: int
    public: int
    spellings: tuple[str, ...]


def categories(ctx: Context) -> list[CategoryRow]:
    """Return every category of all articles, drafts included, each followed by those below it."""
    names: dict[str, Path] = {}
    own: dict[str, set[str]] = {}
    members: dict[str, set[str]] = {}
    for article in ctx.articles.all():
        for path in article.categories:
            own.setdefault(address_of(path), set()).add(article.id)
            for depth in range(1, len(path) + 1):
                address = address_of(path[:depth])
                names.setdefault(address, path[:depth])
                members.setdefault(address, set()).add(article.id)
    public = _public_ids(ctx)
    rows = [
        CategoryRow(path, address, len(own.get(address, ())), len(members[address]), len(members[address] & public))
        for address, path in names.items()
    ]
    return sorted(rows, key=lambda row: tuple((slugify(name), name) for name in row.names))


def category(ctx: Context, address: str) -> CategoryRow:
    """Return the category of an address ("physical-therapy/knee"). Raises `NotFound`."""
    for row in categories(ctx):
        if row.address == address:
            return row
    raise NotFound("No article is in this category any more.")


def tags(ctx: Context) -> list[TagRow]:
    """Return every tag of all articles, drafts included, by name."""
    written: dict[str, dict[str, int]] = {}
    members: dict[str, set[str]] = {}
    for article in ctx.articles.all():
        for name in article.tags:
            counts = written.setdefault(slugify(name), {})
            counts[name] = counts.get(name, 0) + 1
            members.setdefault(slugify(name), set()).add(article.id)
    public = _public_ids(ctx)
    rows = []
    for slug, counts in written.items():
        spellings = sorted(counts, key=lambda name: (-counts[name], name))
        rows.append(TagRow(spellings[0], slug, len(members[slug]), len(members[slug] & public), tuple(spellings)))
    return sorted(rows, key=lambda row: row.name.casefold())


def tag(ctx: Context, slug: str) -> TagRow:
    """Return a tag. Raises `NotFound`."""
    for row in tags(ctx):
        if row.slug == slug:
            return row
    raise NotFound("No article has this tag any more.")


def new_category(ctx: Context, row: CategoryRow, name: str, below: str) -> Path:
    """Return the path of a category that is called `name` now and stands below the category of the address `below`.

    Raises `Invalid` with the reason when that cannot be.
    """
    name = " ".join(name.split())
    if "/" in name or not _is_name(name):
        raise refuse("name", f"Write a name of at most {LONGEST_NAME} characters, without a slash.")
    if below == row.address or below.startswith(f"{row.address}/"):
        raise refuse("below", "A category cannot stand below itself.")
    above = category(ctx, below).names if below else ()
    require_fits(ctx, row.names, (*above, name))
    return (*above, name)


def require_fits(ctx: Context, names: Path, new: Path, field: str = "below") -> None:
    """Raise `Invalid` (of `field`) when a category, or what is below it, would be too deep at its new place, and
    when it would have no name."""
    if not all_names(new):
        raise refuse("name", f"Write a name of at most {LONGEST_NAME} characters, without a slash.")
    below = (len(path) for a in ctx.articles.all() for path in a.categories if is_within(path, names))
    deepest = max(below, default=len(names)) - len(names)
    if len(new) + deepest > DEEPEST_CATEGORY:
        raise refuse(field, f"Categories can be {DEEPEST_CATEGORY} levels deep; this would be deeper.")


def new_tag(name: str) -> str:
    """Return a tag's name as it is written. Raises `Invalid`."""
    name = " ".join(name.split())
    if "," in name or not _is_name(name):
        raise refuse("name", f"Write a name of at most {LONGEST_NAME} characters, without a comma.")
    return name


def all_names(path: Path) -> bool:
    """Return whether every part of a path is a name, and there is one."""
    return bool(path) and all(map(_is_name, path))


def _is_name(name: str) -> bool:
    return any(c.isalnum() for c in name) and name.isprintable() and len(name) <= LONGEST_NAME


def articles_in(ctx: Context, names: Path) -> list[Article]:
    """Return every article of a category or of one below it, drafts included."""
    return [a for a in ctx.articles.all() if any(is_within(path, names) for path in a.categories)]


def articles_with(ctx: Context, slug: str) -> list[Article]:
    """Return every article with a tag, drafts included."""
    return [a for a in ctx.articles.all() if slug in map(slugify, a.tags)]


def move_category(ctx: Context, old: Path, new: Path | None, by: By, so_far: Progress) -> Progress:
    """Give a category and what is below it another path in every article, or take it out (None).

    Visitors of the old address are led to the new one. Raises `NotFound` when nothing is named.
    """
    if not old:
        raise NotFound("No category is named.")
    found = articles_in(ctx, old)
    if new is not None:
        below = {p[:n] for a in found for p in a.categories if is_within(p, old) for n in range(len(old), len(p) + 1)}
        ways = {category_path(path): category_path((*new, *path[len(old) :])) for path in below}
        redirects.lead_on(ctx, ways, "Category moved")

    def work(article: Article) -> None:
        paths = [_moved(path, old, new) if is_within(path, old) else path for path in article.categories]
        kept = {address_of(path): path for path in reversed([path for path in paths if path is not None])}
        names: list[Value] = ["/".join(path) for path in reversed(kept.values())]
        set_keys(ctx, article, {"categories": names or None}, by)

    return change_many(ctx, found, work, so_far)


def move_tag(ctx: Context, slug: str, new: str | None, by: By, so_far: Progress) -> Progress:
    """Give a tag another name in every article, or take it out (None). Visitors of the old address are led on.

    Raises `NotFound` when nothing is named.
    """
    if not slug:
        raise NotFound("No tag is named.")
    if new is not None:
        redirects.lead_on(ctx, {tag_path(slug): tag_path(new)}, "Tag renamed")

    def work(article: Article) -> None:
        names = [new if slugify(name) == slug else name for name in article.tags]
        kept = {slugify(name): name for name in reversed([name for name in names if name])}
        fresh: list[Value] = [*reversed(kept.values())]
        set_keys(ctx, article, {"tags": fresh or None}, by)

    return change_many(ctx, articles_with(ctx, slug), work, so_far)


def _moved(path: Path, old: Path, new: Path | None) -> Path | None:
    return None if new is None else (*new, *path[len(old) :])


def _public_ids(ctx: Context) -> set[str]:
    now = ctx.clock.now_ms()
    return {article.id for article in ctx.articles.all() if is_public(article, now)}


def named(rows: Iterable[CategoryRow]) -> list[tuple[str, str]]:
    """Return address and full name of categories, for a choice."""
    return [(row.address, " / ".join(row.names)) for row in rows]
