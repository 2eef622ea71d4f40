"""An article that was changed here and on the old site since the last import: nobody's words are lost.

The article stays as it is. What the old site says now is laid beside it as unpublished edits that started from what
the last import brought, so that opening the editor joins both, and asks where both changed the same place.
"""

from __future__ import annotations

from scheduler.content import article_file, drafts, frontmatter, writer
from scheduler.content.drafts import Draft, Note
from scheduler.content.shelf import read_bytes
from scheduler.content.yaml_tree import Broken
from scheduler.domain.article import Article
from scheduler.domain.problem import Conflict
from scheduler.domain.revision import AN_IMPORT, Origin, RevisionKind
from scheduler.services.context import Context
from scheduler.services.editorial import revisions
from scheduler.services.moving.fields import KEYS, Made
from scheduler.storage import revisions as versions

OFFERED = "It was changed there too: open it to see both joined. Its page stays as it is until you say so."
ON_RECORD = "It was changed there too, and has unpublished edits here: what is said there stands among its versions."


def laid_beside(ctx: Context, here: Article, wanted: Made) -> str:
    """Keep what the old site says now beside an article, and return what to tell. Raises `Broken`, `Conflict`."""
    revisions.ensure(ctx, here)
    base = _brought_before(ctx, here)
    text = _text(ctx, here, base, wanted)
    there = _draft(ctx, here)
    if there is _UNREADABLE or (isinstance(there, Draft) and there.note.by != AN_IMPORT.name):
        return _on_record(ctx, here, text)
    known = there.hash if isinstance(there, Draft) else ""
    try:
        drafts.save(ctx.articles, here.slug, text, Note(base or here.content_hash, by=AN_IMPORT.name), known)
    except drafts.DraftConflict:  # somebody began to write at this very moment
        return _on_record(ctx, here, text)
    return OFFERED


_UNREADABLE = object()


def _draft(ctx: Context, here: Article) -> Draft | object | None:
    try:
        return drafts.read(ctx.articles, here.slug)
    except Broken:
        return _UNREADABLE


def _on_record(ctx: Context, here: Article, text: str) -> str:
    revisions.record(ctx, here.id, RevisionKind.DISCARDED, AN_IMPORT, text.encode())
    return ON_RECORD


def _brought_before(ctx: Context, here: Article) -> str:
    """Return the hash of the newest version that an import wrote, "" when it is not on record any more."""
    with ctx.database.reading() as tx:
        known = versions.of_article(tx, here.id)
    written = [one for one in known if one.origin == Origin.IMPORT and one.kind != RevisionKind.DISCARDED]
    return max(written, key=lambda one: one.number).content_hash if written else ""


def _text(ctx: Context, here: Article, base: str, wanted: Made) -> str:
    """Return the file as the import would have renewed it: what it never writes stays as it was."""
    old = (revisions.text_of(ctx, here.id, base) if base else None) or _now(ctx, here)
    parts = frontmatter.split(old)
    changes = {key: wanted.values.get(key) for key in KEYS if key != "aliases"}
    return str(frontmatter.change(parts, {**changes, "slug": here.slug}, writer.laid_out(parts.body, wanted.body)))


def _now(ctx: Context, here: Article) -> str:
    path = ctx.articles.path(here.slug)
    if path is None:
        raise Conflict("It was deleted here at this moment.")
    return article_file.decode(read_bytes(path))
