"""The versions of articles, their words compressed. Whoever records one first wins; none is recorded twice in a row."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from scheduler.domain.revision import By, Origin, Revision, RevisionKind
from scheduler.storage.schema import revisions

_r = revisions.c
_SHOWN = tuple(_r[name] for name in Revision.__dataclass_fields__)
_OF_THE_FILE = _r.kind != RevisionKind.DISCARDED


@dataclass(frozen=True, slots=True)
class NewRevision:
    """A version to record: `data` is the whole file, `content_hash` the name of those bytes."""

    article_id: str
    kind: str
    by: By
    content_hash: str
    data: bytes
    change: str = ""


def _revision(row: Any) -> Revision:
    return Revision(**{name: row._mapping[name] for name in Revision.__dataclass_fields__})


def add(tx: Connection, new: NewRevision, now: int) -> bool:
    """Record a version unless the one before is the same; return whether it was recorded.

    A version that was found in the folder a moment before its writer said who it is gets that name.
    """
    for _ in range(5):
        last = latest(tx, new.article_id)
        if last is not None and last.content_hash == new.content_hash and _same_kind(last.kind, new.kind):
            if last.origin == Origin.FILESYSTEM and new.by.origin != Origin.FILESYSTEM:
                _rename(tx, last, new)
            return False
        try:
            with tx.begin_nested():
                tx.execute(insert(revisions).values(_values(new, last.number + 1 if last else 1, now)))
            return True
        except IntegrityError:  # another process recorded one at this very moment: look again
            continue
    return False


def _same_kind(one: str, other: str) -> bool:
    return (one == RevisionKind.DISCARDED) == (other == RevisionKind.DISCARDED)


def _rename(tx: Connection, last: Revision, new: NewRevision) -> None:
    who = {"kind": new.kind, "origin": new.by.origin, "name": new.by.name}
    tx.execute(update(revisions).where(_r.id == last.id).values(**who))


def _values(new: NewRevision, number: int, now: int) -> dict[str, Any]:
    return {
        "article_id": new.article_id,
        "number": number,
        "at": now,
        "kind": new.kind,
        "origin": new.by.origin,
        "name": new.by.name,
        "content_hash": new.content_hash,
        "change": new.change,
        "words": zlib.compress(new.data, 6),
    }


def latest(tx: Connection, article_id: str) -> Revision | None:
    """Return an article's newest version."""
    query = select(*_SHOWN).where(_r.article_id == article_id).order_by(_r.number.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return _revision(row) if row else None


def of_article(tx: Connection, article_id: str, before: int | None = None, limit: int | None = None) -> list[Revision]:
    """Return an article's versions, newest first; `before` is a number that they are below."""
    query = select(*_SHOWN).where(_r.article_id == article_id).order_by(_r.number.desc()).limit(limit)
    if before is not None:
        query = query.where(_r.number < before)
    return [_revision(row) for row in tx.execute(query)]


def numbered(tx: Connection, article_id: str, number: int) -> tuple[Revision, bytes] | None:
    """Return a version and its file."""
    query = select(*_SHOWN, _r.words).where(_r.article_id == article_id, _r.number == number)
    row = tx.execute(query).one_or_none()
    return (_revision(row), zlib.decompress(row.words)) if row else None


def words_of(tx: Connection, article_id: str, content_hash: str) -> bytes | None:
    """Return the file of an article that had this hash; None when it is not on record."""
    query = select(_r.words).where(_r.article_id == article_id, _r.content_hash == content_hash)
    words = tx.execute(query.order_by(_r.number.desc()).limit(1)).scalar_one_or_none()
    return None if words is None else zlib.decompress(words)


def latest_hashes(tx: Connection) -> dict[str, str]:
    """Return for every article the hash of the newest version that its file had."""
    # Article by article through the index: the rows between hold whole texts, and there may be hundreds of thousands.
    known = select(_r.article_id).distinct().subquery()
    newest = select(_r.content_hash).where(_r.article_id == known.c.article_id, _OF_THE_FILE)
    rows = tx.execute(select(known.c.article_id, newest.order_by(_r.number.desc()).limit(1).scalar_subquery()))
    return {row[0]: row[1] for row in rows if row[1]}


def drop(tx: Connection, ids: Collection[int]) -> None:
    """Forget versions."""
    if ids:
        tx.execute(delete(revisions).where(_r.id.in_(ids)))
