"""What was uploaded to the practice networks: one row each, the bytes in a folder beside the database."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scheduler.clock import Clock
from scheduler.practice.database import Database, next_number


@dataclass(frozen=True)
class PracticeMedia:
    """One upload. `public_id` is the CID on Bluesky; processing ends at `ready_at` (ms); bytes and pixels."""

    id: str
    account_id: int
    public_id: str
    media_type: str
    kind: str
    size: int
    width: int | None
    height: int | None
    description: str | None
    focus: str | None
    ready_at: int
    digest: str
    post_id: int | None


@dataclass(frozen=True)
class Upload:
    """Bytes on their way in. An empty `public_id` asks for the next number of the network."""

    data: bytes
    media_type: str
    kind: str
    public_id: str = ""
    width: int | None = None
    height: int | None = None
    description: str | None = None
    focus: str | None = None
    processing_ms: int = 0


class PracticeMediaLibrary:
    """The uploads of all accounts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep rows in `database` and bytes in a folder beside its file."""
        self._database = database
        self._clock = clock
        self._folder = database.path.with_name(database.path.stem + "-media")

    def add(self, account_id: int, upload: Upload) -> PracticeMedia:
        """Store an upload; the same bytes under the same public id are stored once per account."""
        digest = self._keep_bytes(upload.data)
        now = self._clock.now_ms()
        with self._database.write() as connection:
            public_id = upload.public_id or str(next_number(connection, "snowflake", now << 16))
            connection.execute(
                "INSERT OR IGNORE INTO media VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    secrets.token_hex(12),
                    account_id,
                    public_id,
                    upload.media_type,
                    upload.kind,
                    len(upload.data),
                    upload.width,
                    upload.height,
                    upload.description,
                    upload.focus,
                    now + upload.processing_ms,
                    digest,
                ),
            )
            row = connection.execute(
                "SELECT * FROM media WHERE account_id = ? AND public_id = ?", (account_id, public_id)
            ).fetchone()
        return _media(row)

    def of_account(self, account_id: int, public_id: str) -> PracticeMedia | None:
        """Return this account's upload with this public id, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM media WHERE account_id = ? AND public_id = ?", (account_id, public_id)
            ).fetchone()
        return _media(row) if row else None

    def of_post(self, post_id: int) -> dict[str, PracticeMedia]:
        """Return the uploads attached to a post by their public id."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM media WHERE post_id = ?", (post_id,)).fetchall()
        return {row["public_id"]: _media(row) for row in rows}

    def by_id(self, network: str, media_id: str) -> PracticeMedia | None:
        """Return the upload with this unguessable row id on this network, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT media.* FROM media JOIN accounts ON accounts.id = account_id"
                " WHERE media.id = ? AND network = ?",
                (media_id, network),
            ).fetchone()
        return _media(row) if row else None

    def describe(self, media_id: str, description: str | None, focus: str | None) -> None:
        """Set the alt text and focus of an upload."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE media SET description = ?, focus = ? WHERE id = ?", (description, focus, media_id)
            )

    def forget(self, media: PracticeMedia) -> None:
        """Remove an upload that no post shows, a part of a larger one say; its bytes too when nothing else has them."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM media WHERE id = ?", (media.id,))
            others = connection.execute("SELECT 1 FROM media WHERE digest = ?", (media.digest,)).fetchone()
        if others is None:
            self.file_of(media).unlink(missing_ok=True)

    def file_of(self, media: PracticeMedia) -> Path:
        """Return where the bytes are."""
        return self._folder / media.digest

    def _keep_bytes(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        target = self._folder / digest
        if not target.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f"{digest}.{secrets.token_hex(4)}")
            draft.write_bytes(data)
            draft.replace(target)
        return digest


def attach(connection: sqlite3.Connection, account_id: int, post_id: int, public_ids: Sequence[str]) -> int:
    """Attach an account's free uploads to a post in place of what it had; return how many it got."""
    detach(connection, post_id)
    return sum(
        connection.execute(
            "UPDATE media SET post_id = ? WHERE account_id = ? AND public_id = ? AND post_id IS NULL",
            (post_id, account_id, public_id),
        ).rowcount
        for public_id in public_ids
    )


def detach(connection: sqlite3.Connection, post_id: int) -> None:
    """Free the uploads of a post."""
    connection.execute("UPDATE media SET post_id = NULL WHERE post_id = ?", (post_id,))


def _media(row: sqlite3.Row) -> PracticeMedia:
    return PracticeMedia(**dict(row))
