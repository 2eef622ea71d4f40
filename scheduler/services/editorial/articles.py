"""Articles as the marketer handles them: made, changed, published, scheduled, archived, deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

from scheduler.content import writer
from scheduler.content.article_file import LONGEST_TITLE
from scheduler.content.yaml_tree import Broken, Value
from scheduler.domain.article import Article, Kind, Status, is_public
from scheduler.domain.problem import Conflict, Invalid, NotFound, Problem, refuse
from scheduler.domain.revision import THE_API, By
from scheduler.domain.slots import local
from scheduler.domain.slug import UNNAMED, is_unnamed, numbered, slugify
from scheduler.services.context import Context
from scheduler.services.editorial import revisions
from scheduler.services.editorial.article_input import (
    ArticleInput,
    category,
    date_at,
    input_of,
    is_within,
    problems_of,
    tidy,
)
from scheduler.services.site.searching import SearchAway, having_words

__all__ = [
    "ArticleInput",
    "change",
    "create",
    "create_unnamed",
    "delete",
    "existing",
    "for_now",
    "front_matter",
    "search",
    "status_keys",
    "with_status",
]

MINUTE_MS = 60_000
TRIES = 5


def existing(ctx: Context, slug: str) -> Article:
    """Return the article of a slug as its file is now. Raises `NotFound`."""
    ctx.articles.refresh(force=True)  # another web process may have written it a moment ago
    article = ctx.articles.get(slug)
    if article is None:
        raise NotFound("There is no such article. It may have been renamed or deleted.")
    return article


def search(ctx: Context, words: str = "", status: str = "", category_name: str = "", tag: str = "") -> list[Article]:
    """Return articles, newest first (drafts without a date on top): all words in title, tags, categories or text.

    `category_name` is a whole path ("Physical Therapy/Knee"), `tag` is a slug.
    """
    wanted, names = _having(ctx, words), category(category_name)
    found = [
        article
        for article in ctx.articles.all()
        if (wanted is None or article.id in wanted)
        and (not status or article.status == status)
        and (not tag or tag in map(slugify, article.tags))
        and (not category_name or any(is_within(path, names) for path in article.categories))
    ]
    return sorted(found, key=lambda article: article.date_at is not None)


def _having(ctx: Context, words: str) -> frozenset[str] | None:
    try:
        return having_words(ctx, words)
    except SearchAway as error:
        raise Conflict(
            f"The articles cannot be searched now: {error}. Look at the data folder and its disk."
        ) from error


def create(ctx: Context, given: ArticleInput, by: By = THE_API, article_id: str = "") -> Article:
    """Write a new article. A slug that was not asked for gives way to one that is taken. Raises `Invalid`.

    `article_id` is the identity that the page had for it from the beginning.
    """
    asked = bool(given.slug.strip())
    given = _dated(ctx, tidy(given))
    for _ in range(1 if asked else TRIES):
        named = given if asked else replace(given, slug=_free_slug(ctx, given.slug))
        fields = {**_accepted(ctx, named, None), "id": article_id or None}
        with as_problems(), suppress(writer.Taken):  # another process may have taken the address at this moment
            return revisions.note(ctx, writer.create(ctx.articles, fields, given.body), by)
    raise Conflict(f'The address "{named.slug}" is taken by another article. Choose another one.')


def create_unnamed(ctx: Context, title: str, article_id: str = "", by: By = THE_API) -> Article:
    """Write an empty draft with a slug for the time being: a place for words that nobody has saved yet."""
    title = " ".join(title.split())[:LONGEST_TITLE] or "Untitled"
    fields: dict[str, Value] = {"title": title, "status": str(Status.DRAFT)}
    if article_id:
        fields["id"] = article_id
    for _ in range(TRIES):
        try:
            with as_problems():
                made = writer.create(ctx.articles, fields | {"slug": _free_slug(ctx, UNNAMED)}, "")
                return revisions.note(ctx, made, by)
        except writer.Taken:  # another window may have taken the name at this moment
            continue
        except Conflict:
            if there := ctx.articles.by_id(article_id):  # another process made it at this moment
                return there
            raise
    raise Conflict("There are too many articles without a name at this moment. Try again.")


def change(
    ctx: Context,
    slug: str,
    given: ArticleInput,
    base_hash: str,
    by: By = THE_API,
    more: Mapping[str, Value] | None = None,
) -> Article:
    """Save an article as `given` says. `more` are keys of the file that are not ours.

    Raises `Invalid` with every problem, `NotFound`, and `writer.EditConflict` when the file is not the one of
    `base_hash` any more: nothing is written then.
    """
    base = existing(ctx, slug)
    given = _dated(ctx, _named(ctx, tidy(given), base))
    fields = _accepted(ctx, given, base)
    if is_public(base, ctx.clock.now_ms()) and given.status == Status.PUBLISHED and _visibly_changed(base, given):
        fields["updated"] = _written(ctx, ctx.clock.now_ms())
    revisions.ensure(ctx, base)
    with as_problems():
        saved = writer.save(ctx.articles, slug, {**(more or {}), **fields}, given.body, base_hash)
    return saved if saved.content_hash == base_hash else revisions.note(ctx, saved, by)


def with_status(ctx: Context, article: Article, status: Status) -> ArticleInput:
    """Return an article as an input that changes its status; what is published is published now."""
    given = replace(input_of(article, ctx.settings.calendar.zone), status=status)
    return for_now(ctx, given) if status is Status.PUBLISHED else given


def status_keys(ctx: Context, article: Article, status: Status) -> dict[str, Value]:
    """Return the keys of the front matter that give an article another status. Raises `Invalid` with what stands
    against it."""
    return _accepted(ctx, _dated(ctx, with_status(ctx, article, status)), article)


def for_now(ctx: Context, given: ArticleInput) -> ArticleInput:
    """Return the input published at once: a date that is still to come gives way to now."""
    try:
        later = (date_at(given) or 0) > ctx.clock.now_ms()
    except ValueError:
        later = False  # a date that cannot be read is for the check to name
    return replace(given, status=Status.PUBLISHED, date="" if later else given.date)


def delete(ctx: Context, slug: str, base_hash: str) -> None:
    """Move an article to the trash below `posts/`. Raises `NotFound` and `writer.EditConflict`."""
    existing(ctx, slug)
    with as_problems():
        writer.delete(ctx.articles, slug, base_hash)


def _named(ctx: Context, given: ArticleInput, base: Article) -> ArticleInput:
    """Give an article that had its address for the time being the one of its title, unless another was asked for."""
    slug = slugify(given.title)
    if is_unnamed(base.slug) and is_unnamed(slug) and given.slug == slug:
        return replace(given, slug=base.slug)
    if not is_unnamed(base.slug) or given.slug not in (base.slug, slug) or slug == base.slug or not slug:
        return given
    return replace(given, slug=_free_slug(ctx, slug))


def _free_slug(ctx: Context, slug: str) -> str:
    base, number = slug or "untitled", 2
    slug = base
    while not writer.is_free(ctx.articles, slug):
        slug, number = numbered(base, number), number + 1
    return slug


def _dated(ctx: Context, given: ArticleInput) -> ArticleInput:
    """Give an article that is published without a date the date of now, to the minute."""
    given = given if given.zone else replace(given, zone=ctx.settings.calendar.zone)
    if given.status != Status.PUBLISHED or given.date:
        return given
    return replace(given, date=_written(ctx, ctx.clock.now_ms() // MINUTE_MS * MINUTE_MS))


def _accepted(ctx: Context, given: ArticleInput, base: Article | None) -> dict[str, Value]:
    """Return the keys that `given` changes, if nothing stands against it. Raises `Invalid`."""
    if errors := [problem for problem in problems_of(ctx, given, base) if problem.severity == "error"]:
        raise Invalid(errors)
    return front_matter(ctx, given, base)


def front_matter(ctx: Context, given: ArticleInput, base: Article | None) -> dict[str, Value]:
    """Return the keys that `given` changes: what says the same as before keeps its way of being written."""
    paths = tuple(category(text) for text in given.categories)
    moment = date_at(given)
    card: Value = {
        "title": given.card_title or None,
        "description": given.card_description or None,
        "asset": given.card_image or None,
    }
    image: Value = {"asset": given.image, "alt": given.alt or None, "caption": given.caption or None}
    before = input_of(base, given.zone) if base else ArticleInput(status="")
    changed: dict[str, tuple[bool, Value]] = {
        "title": (given.title != before.title, given.title),
        "slug": (given.slug != before.slug, given.slug),
        "status": (given.status != before.status, str(given.status)),
        "date": (
            moment != (base.date_at if base else None) and given.date != before.date,  # walls tell not every moment
            _written(ctx, moment) if moment is not None else None,
        ),
        "categories": (paths != (base.categories if base else ()), ["/".join(path) for path in paths]),
        "tags": (given.tags != before.tags, list(given.tags)),
        "author": (given.author != before.author, given.author),
        "description": (given.description != before.description, given.description),
        "image": (
            (given.image, given.alt, given.caption) != (before.image, before.alt, before.caption),
            image if given.image else None,
        ),
        "canonical": (given.canonical != before.canonical, given.canonical),
        "noindex": (given.noindex != before.noindex, given.noindex),
        "kind": (given.kind != before.kind, str(given.kind) if given.kind != Kind.ARTICLE else None),
        "series": (given.series != before.series, given.series),
        "search_title": (given.search_title != before.search_title, given.search_title),
        "card": (
            _card(given) != _card(before),
            card if any(_card(given)) else None,
        ),
        "lang": (given.lang != before.lang, given.lang),
        "translation": (given.translation != before.translation, given.translation),
    }
    return {
        key: value if value not in ("", [], False) else None for key, (differs, value) in changed.items() if differs
    }


def _card(given: ArticleInput) -> tuple[str, str, str]:
    return given.card_title, given.card_description, given.card_image


def _written(ctx: Context, moment: int) -> str:
    """Return an instant as the file has it: to the second, with the offset of the site's zone."""
    seconds = moment // 1000 * 1000
    return local(seconds, ctx.settings.calendar.zone).isoformat(timespec="seconds")


def _visibly_changed(base: Article, given: ArticleInput) -> bool:
    before = input_of(base, given.zone)
    names = ("title", "body", "description", "image", "alt", "caption")
    return any(getattr(before, name) != _comparable(given, name) for name in names)


def _comparable(given: ArticleInput, name: str) -> str:
    text = str(getattr(given, name))
    return writer.shown_body(text) if name == "body" else text


@contextmanager
def as_problems() -> Iterator[None]:
    """Turn what the files say into what a form can show."""
    try:
        yield
    except Broken as error:
        raise Invalid(_problem(problem.reason, problem.line) for problem in error.problems) from error
    except OSError as error:
        raise refuse("", f"The file could not be written: {error.strerror or error}. Nothing was changed.") from error


def _problem(reason: str, line: int) -> Problem:
    field, _, words = reason.partition(": ")
    known = ArticleInput.__dataclass_fields__
    return Problem(field, words) if field in known else Problem("", f"Line {line} of the file: {reason}.")
