"""Unpublished edits: kept while they are typed, shown again when the editor is opened, thrown away so that it can be
undone. Nothing here changes what visitors see."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from scheduler.content import article_file, drafts, frontmatter, writer
from scheduler.content.drafts import Draft, Note
from scheduler.content.yaml_tree import Broken, Scalar, Table, Value
from scheduler.content.yaml_tree import value as plain
from scheduler.domain.article import Article, Status
from scheduler.domain.problem import NotFound, refuse
from scheduler.domain.revision import By, RevisionKind
from scheduler.domain.slug import is_unnamed
from scheduler.services.context import Context
from scheduler.services.editorial import articles, merging, revisions
from scheduler.services.editorial.article_input import ArticleInput, date_at, imagined, input_of, tidy
from scheduler.services.editorial.merging import Merged
from scheduler.services.editorial.typed_files import as_typed


@dataclass(frozen=True, slots=True)
class Page:
    """The page that words come from: what it was opened with, and how often it has saved.

    `article_id` is there from the beginning, also for an article that has no file yet.
    """

    article_id: str
    base_hash: str = ""
    draft_hash: str = ""
    tab: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept: `draft_hash` is "" when the words are the same as the article's own."""

    article: Article
    base_hash: str
    draft_hash: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What the editor shows: the article, or its draft brought up to date.

    `unpublished` says whether it shows other words than the file has. `merged` is set when the article changed after
    the draft was begun; unless it is clean a person must decide. `trouble` says why a draft cannot be read.
    """

    given: ArticleInput
    draft: Draft | None = None
    unpublished: bool = False
    merged: Merged | None = None
    trouble: str = ""


def opened(ctx: Context, article: Article) -> Opened:
    """Return what the editor shows for an article."""
    revisions.ensure(ctx, article)
    own = input_of(article, _zone(ctx))
    try:
        draft = drafts.read(ctx.articles, article.slug)
        mine = replace(as_typed(draft.text, article.slug, _zone(ctx)), status=own.status) if draft else own
    except Broken as error:
        return Opened(own, trouble="; ".join(f"line {p.line}: {p.reason}" for p in error.problems))
    if draft is None or not changes(ctx, mine, article):
        return Opened(own, draft)
    if draft.note.base == article.content_hash:
        return Opened(mine, draft, unpublished=True)
    merged = merging.merge(based_on(ctx, article, draft.note.base), mine, own)
    if merged.is_clean and not changes(ctx, merged.given, article):
        return Opened(own, draft)
    return Opened(merged.given, draft, unpublished=True, merged=merged)


def based_on(ctx: Context, article: Article, content_hash: str) -> ArticleInput | None:
    """Return the version of an article that its file had under this hash, None when nobody knows it any more."""
    text = revisions.text_of(ctx, article.id, content_hash)
    try:
        return as_typed(text, article.slug, _zone(ctx)) if text is not None else None
    except Broken:
        return None


def changes(ctx: Context, given: ArticleInput, article: Article) -> bool:
    """Return whether an input says anything else than the article."""
    return bool(_values(ctx, given, article)) or _body(given.body) != _body(article.body)


def _body(text: str) -> str:
    return writer.shown_body(text)


def has_draft(ctx: Context, article: Article) -> bool:
    """Return whether an article has unpublished edits beside it."""
    return drafts.exists(ctx.articles, article.slug)


def find(ctx: Context, slug: str, article_id: str = "") -> Article:
    """Return the article that a page means: it may have got another address since. Raises `NotFound`."""
    ctx.articles.refresh(force=True)  # another web process may have renamed it a moment ago
    found = ctx.articles.by_id(article_id) if article_id else None
    return found or articles.existing(ctx, slug)


def keep(ctx: Context, given: ArticleInput, page: Page, by: By) -> Kept | None:
    """Keep what is typed, finished or not, as the draft of its article; None when there is nothing to keep.

    The first words of a new article make it: a draft under a name for the time being. Raises
    `content.drafts.DraftConflict` when another page wrote the draft meanwhile, `Invalid` when it cannot be kept.
    """
    given = tidy_loosely(given)
    ctx.articles.refresh()
    article = _present(ctx, page.article_id)
    if article is None:
        if page.base_hash:
            raise NotFound(
                "This article is not there any more: it was deleted in another window or with another program."
            )
        if not has_words(given):
            return None
        article = articles.create_unnamed(ctx, given.title, page.article_id, by)
    base_hash = page.base_hash or article.content_hash
    if base_hash == article.content_hash and not changes(ctx, given, article):
        with suppress(Broken):  # a draft that cannot be read is for the person to look at
            drafts.discard(ctx.articles, article.slug, page.draft_hash, page.tab)
        return Kept(article, base_hash, "")
    revisions.ensure(ctx, article)
    return Kept(article, base_hash, _save(ctx, article, given, replace(page, base_hash=base_hash), by).hash)


def _present(ctx: Context, article_id: str) -> Article | None:
    """Return an article where it is now: another process of the house may have made or renamed it a moment ago."""
    found = ctx.articles.by_id(article_id)
    path = ctx.articles.path(found.slug) if found else None
    if path is None or not path.exists():
        ctx.articles.refresh(force=True)
        found = ctx.articles.by_id(article_id)
    return found


def join(ctx: Context, given: ArticleInput, page: Page, theirs: Draft) -> Merged:
    """Bring what a page says together with the draft that another page wrote meanwhile."""
    article = ctx.articles.by_id(page.article_id)
    if article is None:
        raise NotFound("This article is not there any more.")
    other = as_typed(theirs.text, article.slug, _zone(ctx))
    return merging.merge(based_on(ctx, article, theirs.note.base), tidy_loosely(given), other)


def has_words(given: ArticleInput) -> bool:
    """Return whether anything was typed or chosen."""
    return any((given.title, given.body.strip(), given.description, given.tags, given.categories, given.image))


def tidy_loosely(given: ArticleInput) -> ArticleInput:
    """Return an input without stray spaces; no slug is made for it."""
    return replace(tidy(given), slug=given.slug.strip().lower())


def _save(ctx: Context, article: Article, given: ArticleInput, page: Page, by: By) -> Draft:
    note = Note(page.base_hash, page.tab, page.turn, by.name)
    try:
        text = _text(ctx, article, given)
        return drafts.save(ctx.articles, article.slug, text, note, page.draft_hash)
    except Broken as error:
        raise refuse("body", f"This cannot be kept as a draft: {error}.") from error
    except OSError as error:
        raise refuse("", f"The draft could not be written: {error.strerror or error}.") from error


def _text(ctx: Context, article: Article, given: ArticleInput) -> str:
    """Return the file that `given` makes of the draft that is there, or of the article: all its other lines stay."""
    there = drafts.read(ctx.articles, article.slug)
    path = ctx.articles.path(article.slug)
    if path is None:
        raise NotFound("This article is not there any more.")
    text = there.text if there else article_file.decode(path.read_bytes())
    parts = frontmatter.split(text)
    base = imagined(as_typed(text, article.slug, _zone(ctx)), article)
    body = writer.laid_out(parts.body, given.body)
    return str(frontmatter.change(parts, {**_values(ctx, given, base), "id": article.id}, body))


def _values(ctx: Context, given: ArticleInput, base: Article) -> dict[str, Value]:
    """Return the keys that `given` changes, also those whose values are not right yet: they are kept as typed."""
    given = replace(given, slug=given.slug or base.slug)
    try:
        date_at(given)
        date_is_right = True
    except ValueError:
        date_is_right = False
    values = articles.front_matter(ctx, replace(given, date=given.date if date_is_right else ""), base)
    if not date_is_right:
        values["date"] = given.date
    if "categories" in values:
        values["categories"] = list(given.categories) or None
    return values


def discard(ctx: Context, article: Article, draft_hash: str, by: By) -> bool:
    """Throw the unpublished edits away; they become a version that can be restored. Return whether there were any."""
    try:
        draft = drafts.read(ctx.articles, article.slug)
    except Broken:
        data = drafts.raw(ctx.articles, article.slug)
        revisions.record(ctx, article.id, RevisionKind.DISCARDED, by, data)
        return drafts.discard_broken(ctx.articles, article.slug, data)
    if draft is None:
        return False
    if draft.hash != draft_hash:
        raise drafts.DraftConflict(draft)
    revisions.record(ctx, article.id, RevisionKind.DISCARDED, by, draft.text.encode())
    return drafts.discard(ctx.articles, article.slug, draft_hash) is not None


def set_aside(ctx: Context, article: Article, given: ArticleInput, page: Page, by: By) -> None:
    """Make what a page says a version that can be restored, and go on without it."""
    try:
        data = _text(ctx, article, tidy_loosely(given)).encode()
        revisions.record(ctx, article.id, RevisionKind.DISCARDED, by, data)
        drafts.discard(ctx.articles, article.slug, page.draft_hash, page.tab)
    except drafts.DraftConflict:
        return  # another page's draft stays where it is
    except Broken as error:
        raise refuse("", f"These words could not be put among the versions: {error}.") from error


def restore(ctx: Context, article: Article, number: int, by: By, *, public: bool) -> None:
    """Bring a version back: as the draft of an article that visitors see, else into its file.

    Its address, its status and its date stay as they are. What stood in the draft becomes a version.
    """
    data = revisions.version(ctx, article, number)[1]
    path = ctx.articles.path(article.slug)
    if path is None:
        raise NotFound("This article is not there any more.")
    try:
        text = _with_place_of(data, path.read_bytes())
        article_file.read(text.encode(), article.slug)
        there = drafts.read(ctx.articles, article.slug)
    except Broken as error:
        raise refuse("", f"This version cannot be restored: {error}. Copy its words instead.") from error
    if there:
        revisions.record(ctx, article.id, RevisionKind.DISCARDED, by, there.text.encode())
    revisions.ensure(ctx, article)
    if public:
        note = Note(article.content_hash, by=by.name)
        drafts.save(ctx.articles, article.slug, text, note, there.hash if there else "")
        return
    revisions.note(ctx, writer.replace(ctx.articles, article.slug, text, article.content_hash), by)
    if there:
        drafts.discard(ctx.articles, article.slug, there.hash)


_PLACE = ("id", "slug", "kind", "status", "date", "aliases")


def _with_place_of(data: bytes, now: bytes) -> str:
    table = frontmatter.parse(frontmatter.split(article_file.decode(now)))
    values = {key: _written(table, key) for key in _PLACE}
    return str(frontmatter.change(frontmatter.split(article_file.decode(data)), values))


def _written(table: Table, key: str) -> Value:
    node = table.entries.get(key)
    return node.text if isinstance(node, Scalar) else plain(node) if node is not None else None


def shown_title(ctx: Context, article: Article) -> str:
    """Return the title for lists: an article that was never saved goes by that of its draft."""
    if not (article.status is Status.DRAFT and is_unnamed(article.slug)):
        return article.title
    try:
        draft = drafts.read(ctx.articles, article.slug)
        return (draft and as_typed(draft.text, article.slug, _zone(ctx)).title) or article.title
    except Broken:
        return article.title


def _zone(ctx: Context) -> str:
    return ctx.settings.calendar.zone
