"""What a network remembers beside accounts, uploads and posts: upload sessions, containers, boards, sign-in codes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.clock import Clock
from scheduler.practice.database import Database


@dataclass(frozen=True)
class Place:
    """Where a document lies: on which network, of which kind ("container", say), under which id."""

    network: str
    kind: str
    id: str


@dataclass(frozen=True)
class Document:
    """One document. Instants in ms; `expires_at` None means never."""

    id: str
    account_id: int | None
    body: dict[str, Any]
    created_at: int
    expires_at: int | None


class PracticeDocuments:
    """Small JSON documents by network, kind and id; an expired one is as good as gone."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep them in `database`."""
        self._database = database
        self._clock = clock

    def put(
        self, place: Place, body: Mapping[str, Any], account_id: int | None = None, expires_at: int | None = None
    ) -> Document:
        """Store a document in place of the one that lies there."""
        with self._database.write() as connection:
            row = connection.execute(
                "INSERT INTO documents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (network, kind, id) DO UPDATE"
                " SET account_id = ?4, body = ?5, expires_at = ?7 RETURNING *",
                (
                    place.network,
                    place.kind,
                    place.id,
                    account_id,
                    json.dumps(body, ensure_ascii=False),
                    self._clock.now_ms(),
                    expires_at,
                ),
            ).fetchone()
        return _document(row)

    def get(self, place: Place) -> Document | None:
        """Return the document, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM documents WHERE network = ? AND kind = ? AND id = ?",
                (place.network, place.kind, place.id),
            ).fetchone()
        return self._alive(row)

    def take(self, place: Place) -> Document | None:
        """Remove the document and return it: of two takers only one gets it."""
        with self._database.write() as connection:
            row = connection.execute(
                "DELETE FROM documents WHERE network = ? AND kind = ? AND id = ? RETURNING *",
                (place.network, place.kind, place.id),
            ).fetchone()
        return self._alive(row)

    def all(self, network: str, kind: str, account_id: int | None = None) -> list[Document]:
        """Return the documents of a kind, of one account or of all, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM documents WHERE network = ?1 AND kind = ?2 AND (?3 IS NULL OR account_id = ?3)"
                " ORDER BY created_at, id",
                (network, kind, account_id),
            ).fetchall()
        return [found for row in rows if (found := self._alive(row)) is not None]

    def _alive(self, row: sqlite3.Row | None) -> Document | None:
        found = _document(row) if row else None
        over = found is not None and found.expires_at is not None and found.expires_at <= self._clock.now_ms()
        return None if over else found


def _document(row: sqlite3.Row) -> Document:
    return Document(row["id"], row["account_id"], json.loads(row["body"]), row["created_at"], row["expires_at"])
