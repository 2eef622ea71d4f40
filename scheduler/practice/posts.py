"""What was posted on the practice networks, each with its raw request, and the idempotency keys used."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scheduler.clock import Clock
from scheduler.practice.database import Database, next_number
from scheduler.practice.identifiers import tid
from scheduler.practice.media import attach, detach

IDEMPOTENCY_LIFETIME_MS = 3_600_000  # Mastodon remembers a key for one hour per account
COUNTS = ("likes", "reposts", "replies", "quotes")


@dataclass(frozen=True)
class StoredPost:
    """One post, record or event as the network keeps it. `public_id` is the rkey, status id or webhook id."""

    id: int
    network: str
    account_id: int
    collection: str
    public_id: str
    cid: str
    body: dict[str, Any]
    request: dict[str, Any]
    card: dict[str, Any] | None
    likes: int
    reposts: int
    replies: int
    quotes: int
    created_at: int
    edited_at: int | None


@dataclass(frozen=True)
class NewPost:
    """A post about to be stored. An empty `public_id` asks for the next status number."""

    network: str
    collection: str
    body: dict[str, Any]
    request: dict[str, Any]
    public_id: str = ""
    cid: str = ""
    card: dict[str, Any] | None = None
    media: Sequence[str] = ()


class AlreadyPosted(Exception):
    """The account has a post with this public id in this collection."""


class MediaTaken(Exception):
    """An upload was attached to another post in the meantime."""


class PracticePosts:
    """The posts of all accounts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the posts in `database`."""
        self._database = database
        self._clock = clock

    def add(self, account_id: int, new: NewPost, idempotency_key: str = "") -> StoredPost:
        """Store a post and attach its uploads, all or nothing; a known key gives the first post again.

        Raises AlreadyPosted for a used public id, MediaTaken when an upload is no longer free.
        """
        now = self._clock.now_ms()
        with self._database.write() as connection:
            known = self._replay(connection, account_id, idempotency_key)
            post_id = known if known is not None else self._insert(connection, account_id, new)
            if known is None:
                if attach(connection, account_id, post_id, new.media) != len(new.media):
                    raise MediaTaken
                if idempotency_key:
                    connection.execute(
                        "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?)",
                        (account_id, idempotency_key, post_id, now),
                    )
            row = connection.execute("SELECT * FROM posts WHERE id = ?", (post_id,)).fetchone()
        return _post(row)

    def replayed(self, account_id: int, idempotency_key: str) -> tuple[bool, StoredPost | None]:
        """Return whether this key was used in the last hour, and the post it made if that is still there."""
        with self._database.read() as connection:
            known = self._replay(connection, account_id, idempotency_key)
            row = connection.execute("SELECT * FROM posts WHERE id = ?", (known,)).fetchone()
        return known is not None, _post(row) if row else None

    def change(self, post: StoredPost, new: NewPost) -> StoredPost:
        """Replace the body, card and uploads of a post."""
        with self._database.write() as connection:
            if attach(connection, post.account_id, post.id, new.media) != len(new.media):
                raise MediaTaken
            connection.execute(
                "UPDATE posts SET body = ?, request = ?, cid = ?, card = ?, edited_at = ? WHERE id = ?",
                (
                    _json(new.body),
                    _json(new.request),
                    new.cid,
                    _json(new.card),
                    self._clock.now_ms(),
                    post.id,
                ),
            )
            row = connection.execute("SELECT * FROM posts WHERE id = ?", (post.id,)).fetchone()
        return _post(row)

    def delete(self, post_id: int) -> None:
        """Delete a post; its uploads become free again."""
        with self._database.write() as connection:
            detach(connection, post_id)
            connection.execute("DELETE FROM posts WHERE id = ?", (post_id,))

    def get(self, account_id: int, collection: str, public_id: str) -> StoredPost | None:
        """Return an account's post, or None."""
        rows = self._select(
            "account_id = ? AND collection = ? AND public_id = ?", (account_id, collection, public_id), "1"
        )
        return rows[0] if rows else None

    def by_public_id(self, network: str, public_id: str) -> StoredPost | None:
        """Return the post with this id whoever wrote it, or None."""
        rows = self._select("network = ? AND public_id = ?", (network, public_id), "1")
        return rows[0] if rows else None

    def of_account(self, account_id: int, collection: str) -> list[StoredPost]:
        """Return an account's posts in a collection, the highest public id first."""
        return self._select(
            "account_id = ? AND collection = ?",
            (account_id, collection),
            "-1",
            "length(public_id) DESC, public_id DESC",
        )

    def newest(self, place: tuple[str, Sequence[str]], account_id: int | None, limit: int) -> list[StoredPost]:
        """Return the newest posts of `place` (a network, and those of its collections that are posts), or of one
        of its accounts."""
        network, collections = place
        return self._select(
            "network = ?1 AND (?2 IS NULL OR account_id = ?2) AND collection IN (SELECT value FROM json_each(?3))",
            (network, account_id, json.dumps(list(collections))),
            str(int(limit)),
            "id DESC",
        )

    def set_counts(self, post_id: int, **counts: int) -> None:
        """Set `likes`, `reposts`, `replies` or `quotes` of a post, as if people had answered it."""
        unknown = set(counts) - set(COUNTS)
        if unknown:
            raise ValueError(f"not a count: {', '.join(sorted(unknown))}")
        with self._database.write() as connection:
            for name, value in counts.items():
                connection.execute(f"UPDATE posts SET {name} = ? WHERE id = ?", (value, post_id))  # noqa: S608

    def new_tid(self) -> str:
        """Return a record key later than every one given before."""
        with self._database.write() as connection:
            return tid(next_number(connection, "tid", self._clock.now_ms() * 1000))

    def new_number(self, name: str, at_least: int = 1) -> int:
        """Return a number higher than every one given before under `name`, and not below `at_least`."""
        with self._database.write() as connection:
            return next_number(connection, name, at_least)

    def _replay(self, connection: sqlite3.Connection, account_id: int, key: str) -> int | None:
        row = connection.execute(
            "SELECT post_id FROM idempotency_keys WHERE account_id = ? AND key = ? AND created_at > ?",
            (account_id, key, self._clock.now_ms() - IDEMPOTENCY_LIFETIME_MS),
        ).fetchone()
        return int(row["post_id"]) if row and key else None

    def _insert(self, connection: sqlite3.Connection, account_id: int, new: NewPost) -> int:
        now = self._clock.now_ms()
        public_id = new.public_id or str(next_number(connection, "snowflake", now << 16))
        place = (new.network, account_id, new.collection, public_id)
        content = (new.cid, _json(new.body), _json(new.request), _json(new.card), now)
        try:
            cursor = connection.execute(
                "INSERT INTO posts"
                " (network, account_id, collection, public_id, cid, body, request, card, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                place + content,
            )
        except sqlite3.IntegrityError as error:
            raise AlreadyPosted from error
        return int(cursor.lastrowid or 0)

    def _select(self, where: str, values: Sequence[object], limit: str, order: str = "id") -> list[StoredPost]:
        # `where`, `order` and `limit` are literals of this module; values travel as parameters.
        query = f"SELECT * FROM posts WHERE {where} ORDER BY {order} LIMIT {limit}"  # noqa: S608
        with self._database.read() as connection:
            return [_post(row) for row in connection.execute(query, tuple(values)).fetchall()]


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _post(row: sqlite3.Row) -> StoredPost:
    columns = dict(row)
    for name in ("body", "request", "card"):
        columns[name] = json.loads(columns[name]) if columns[name] is not None else None
    return StoredPost(**columns)
