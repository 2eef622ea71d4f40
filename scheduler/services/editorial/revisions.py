"""Every accepted version of an article is on record: who it came from, when, and what changed in a line.

What the admin, the API or an import saves is noted by whoever saves it. What another program or git writes is noted by
whichever process sees it first. Nothing is written over before it is on record.
"""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

from scheduler.content import article_file, frontmatter
from scheduler.content.shelf import read_bytes
from scheduler.content.writer import shown_body
from scheduler.content.yaml_tree import Broken
from scheduler.domain.article import Article, is_public
from scheduler.domain.problem import NotFound
from scheduler.domain.revision import ANOTHER_PROGRAM, By, Revision, RevisionKind, to_drop
from scheduler.services.context import Context
from scheduler.services.editorial.article_input import ArticleInput
from scheduler.services.editorial.typed_files import as_typed
from scheduler.services.editorial.versions import differing_fields
from scheduler.storage import revisions
from scheduler.storage.engine import Connection
from scheduler.storage.revisions import NewRevision

__all__ = [
    "ensure",
    "listed",
    "note",
    "note_file",
    "note_outside",
    "of_hash",
    "record",
    "text_of",
    "version",
    "writer_of",
]

log = logging.getLogger(__name__)

PAGE = 50
MOST_NAMED = 3
AT_ONCE = 100
"""How many versions found in the folder are recorded in one transaction."""


def note(ctx: Context, article: Article, by: By) -> Article:
    """Record the version that the file of an article has now, and return the article."""
    kind = RevisionKind.PUBLISHED if is_public(article, ctx.clock.now_ms()) else RevisionKind.SAVED
    _note_file(ctx, article, kind, by)
    return article


def ensure(ctx: Context, article: Article) -> None:
    """See to it that the version the file has now is on record, whoever wrote it."""
    with ctx.database.reading() as tx:
        known = revisions.words_of(tx, article.id, article.content_hash) is not None
    if not known:
        _note_file(ctx, article, RevisionKind.OUTSIDE, ANOTHER_PROGRAM)


def note_file(ctx: Context, article: Article) -> None:
    """Record whatever the file of an article says now, even if it cannot be read as an article."""
    _note_file(ctx, article, RevisionKind.OUTSIDE, ANOTHER_PROGRAM)


def note_outside(ctx: Context) -> int:
    """Record every version that no process of Drumbeat wrote; return how many there were."""
    with ctx.database.reading() as tx:
        known = revisions.latest_hashes(tx)
    new = [article for article in ctx.articles.all() if known.get(article.id) != article.content_hash]
    for start in range(0, len(new), AT_ONCE):
        _note_many(ctx, new[start : start + AT_ONCE])
    return len(new)


def _note_many(ctx: Context, articles: list[Article]) -> None:
    paths = ((article.id, ctx.articles.path(article.slug)) for article in articles)
    found = [(article_id, data) for article_id, path in paths if path and (data := _bytes(path)) is not None]
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        for article_id, data in found:
            _record(tx, _version(tx, article_id, (RevisionKind.OUTSIDE, ANOTHER_PROGRAM), data), now)


def _note_file(ctx: Context, article: Article, kind: RevisionKind, by: By) -> None:
    path = ctx.articles.path(article.slug)
    data = _bytes(path) if path else None
    if data is None:
        log.info("the file of article %s went before its version could be recorded", article.id)
    elif kind is RevisionKind.OUTSIDE or article_file.content_hash(data) == article.content_hash:
        record(ctx, article.id, kind, by, data)
    # else: somebody has written it again already, and says so


def _bytes(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except OSError:
        return None


def record(ctx: Context, article_id: str, kind: RevisionKind, by: By, data: bytes) -> None:
    """Record a version of an article; the same one twice in a row is one."""
    with ctx.database.writing() as tx:
        _record(tx, _version(tx, article_id, (kind, by), data), ctx.clock.now_ms())


def _version(tx: Connection, article_id: str, made: tuple[RevisionKind, By], data: bytes) -> NewRevision:
    digest, change = article_file.content_hash(data), _change(tx, article_id, data)
    return NewRevision(article_id, made[0], made[1], digest, data, change)


def _record(tx: Connection, version: NewRevision, now: int) -> None:
    if revisions.add(tx, version, now):
        kept = revisions.of_article(tx, version.article_id)
        revisions.drop(tx, to_drop(kept, _current(kept), now))


def _current(kept: list[Revision]) -> str:
    return next((r.content_hash for r in kept if r.kind != RevisionKind.DISCARDED), "")


def _change(tx: Connection, article_id: str, data: bytes) -> str:
    last = revisions.latest(tx, article_id)
    before = revisions.numbered(tx, article_id, last.number) if last else None
    return change_line(before[1], data) if before else "The first version on record"


def change_line(before: bytes, after: bytes) -> str:
    """Return what changed between two files in one line."""
    one, two = _read(before), _read(after)
    if one is None or two is None:
        return "It can be read again" if two else "A file that cannot be read as an article"
    labels = [label for label, _, _ in differing_fields(one, two)]
    more = len(labels) - MOST_NAMED
    named = [*labels[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
    return (
        "; ".join([*_words(shown_body(one.body), shown_body(two.body)), ", ".join(named)]).strip("; ") or "Layout only"
    )


def _read(data: bytes) -> ArticleInput | None:
    try:
        return as_typed(article_file.decode(data), "article", "UTC")
    except Broken:
        return None


def _words(before: str, after: str) -> list[str]:
    if before == after:
        return []
    one, two = Counter(before.split()), Counter(after.split())
    more, less = (two - one).total(), (one - two).total()
    said = [
        f"{count} {'word' if count == 1 else 'words'} {what}" for count, what in ((more, "in"), (less, "out")) if count
    ]
    return [", ".join(said) or "The text in another order"]


def listed(ctx: Context, article: Article, before: int | None = None) -> list[Revision]:
    """Return a page of an article's versions and one more if there is, newest first; the file's own is among them."""
    ensure(ctx, article)
    with ctx.database.reading() as tx:
        return revisions.of_article(tx, article.id, before, PAGE + 1)


def version(ctx: Context, article: Article, number: int) -> tuple[Revision, bytes]:
    """Return one version and its file. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        found = revisions.numbered(tx, article.id, number)
    if found is None:
        raise NotFound("This version is not kept any more.")
    return found


def of_hash(ctx: Context, article: Article) -> Revision | None:
    """Return the version that the file of an article has now, if it is on record."""
    with ctx.database.reading() as tx:
        found = revisions.of_article(tx, article.id, limit=PAGE)
    return next((r for r in found if r.content_hash == article.content_hash), None)


def writer_of(ctx: Context, article_id: str, content_hash: str) -> str:
    """Return who made the version with this hash: a name, or what stands for it."""
    with ctx.database.reading() as tx:
        found = revisions.of_article(tx, article_id, limit=PAGE)
    return next((r.name for r in found if r.content_hash == content_hash and r.name), "somebody else")


def text_of(ctx: Context, article_id: str, content_hash: str) -> str | None:
    """Return the text of the file that had this hash, None when it is not on record or was no article."""
    with ctx.database.reading() as tx:
        data = revisions.words_of(tx, article_id, content_hash) if content_hash else None
    try:
        return str(frontmatter.split(article_file.decode(data))) if data is not None else None
    except Broken:
        return None
