"""Links to the preview of one article. Only the hash of a token is stored, so that a copied database opens nothing.

A link that shows one version only names it by the hash of its text, which is kept as long as such a link works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from scheduler.storage.schema import preview_links as table
from scheduler.storage.schema import preview_versions as versions


@dataclass(frozen=True, slots=True)
class PreviewLink:
    """One link. Instants are UTC ms; `last_used_at` and `revoked_at` are None until it happens.

    `version` is the hash of the one text that it shows, "" when it follows every change.
    """

    id: int
    article_id: str
    note: str
    expires_at: int
    revoked_at: int | None
    last_used_at: int | None
    created_at: int
    version: str = ""

    def works(self, now: int) -> bool:
        """Return whether the link opens the preview at `now`."""
        return self.revoked_at is None and now < self.expires_at


def _link(row: Row[Any]) -> PreviewLink:
    return PreviewLink(**{name: row._mapping[name] for name in PreviewLink.__dataclass_fields__})


def add(tx: Connection, link: PreviewLink, token_hash: str, created_by: int | None) -> PreviewLink:
    """Store a new link (its `id` is given by the database) and return it."""
    row = insert(table).values(
        token_hash=token_hash,
        article_id=link.article_id,
        note=link.note,
        expires_at=link.expires_at,
        created_by=created_by,
        created_at=link.created_at,
        version=link.version,
    )
    return _link(tx.execute(row.returning(table)).one())


def by_hash(tx: Connection, token_hash: str) -> PreviewLink | None:
    """Return the link of a token's hash."""
    row = tx.execute(select(table).where(table.c.token_hash == token_hash)).one_or_none()
    return _link(row) if row else None


def of_article(tx: Connection, article_id: str) -> list[PreviewLink]:
    """Return an article's links, newest first."""
    rows = tx.execute(select(table).where(table.c.article_id == article_id).order_by(table.c.id.desc()))
    return [_link(row) for row in rows]


def revoke(tx: Connection, article_id: str, link_id: int, now: int) -> bool:
    """End a link of an article; return False when there is none that still could be ended."""
    which = (table.c.id == link_id) & (table.c.article_id == article_id) & table.c.revoked_at.is_(None)
    return tx.execute(update(table).where(which).values(revoked_at=now)).rowcount == 1


def note_use(tx: Connection, link_id: int, now: int) -> None:
    """Note that a link was opened."""
    tx.execute(update(table).where(table.c.id == link_id).values(last_used_at=now))


def keep_version(tx: Connection, digest: str, words: str, now: int) -> None:
    """Keep the text of a version under its hash, once."""
    if version(tx, digest) is None:
        tx.execute(insert(versions).values(hash=digest, words=words, created_at=now))


def version(tx: Connection, digest: str) -> str | None:
    """Return the text of a version."""
    return tx.execute(select(versions.c.words).where(versions.c.hash == digest)).scalar_one_or_none()


def forget_versions(tx: Connection, now: int) -> None:
    """Remove every version that no working link shows any more."""
    shown = select(table.c.version).where(table.c.revoked_at.is_(None), table.c.expires_at > now)
    tx.execute(delete(versions).where(versions.c.hash.not_in(shown)))
