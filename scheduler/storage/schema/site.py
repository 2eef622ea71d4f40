"""What the files of articles do not say: versions, previews, old addresses, announcements and imports."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint

from scheduler.storage.schema.columns import identity, instant, metadata, number, words

preview_links = Table(
    "preview_links",
    metadata,
    identity(),
    Column("token_hash", Text, nullable=False, unique=True),
    words("article_id"),
    words("note"),
    instant("expires_at"),
    instant("revoked_at", nullable=True),
    instant("last_used_at", nullable=True),
    Column("created_by", Integer, ForeignKey("users.id", ondelete="SET NULL")),
    instant("created_at"),
    words("version"),
)

preview_versions = Table(
    "preview_versions",
    metadata,
    Column("hash", Text, primary_key=True),
    words("words", None),
    instant("created_at"),
)

revisions = Table(
    "revisions",
    metadata,
    identity(),
    Column("article_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    instant("at"),
    words("kind"),
    words("origin"),
    words("name"),
    words("content_hash"),
    words("change"),
    Column("words", LargeBinary, nullable=False),
    UniqueConstraint("article_id", "number"),
)

presence = Table(
    "presence",
    metadata,
    Column("article_id", Text, primary_key=True),
    Column("tab", Text, primary_key=True),
    words("name"),
    instant("seen_at"),
    instant("typed_at"),
)

redirects = Table(
    "redirects",
    metadata,
    identity(),
    Column("source", Text, nullable=False, unique=True),
    words("target"),
    number("status", "301"),
    words("note"),
    instant("created_at"),
    sqlite_autoincrement=True,
)

redirect_hits = Table(
    "redirect_hits",
    metadata,
    Column("source", Text, primary_key=True),
    number("hits"),
    instant("last_at"),
)

missed_addresses = Table(
    "missed_addresses",
    metadata,
    Column("path", Text, primary_key=True),
    number("hits"),
    instant("first_at"),
    instant("last_at"),
)

announced = Table(
    "announced",
    metadata,
    Column("way", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    words("state"),
    instant("told_at"),
)

announcing = Table(
    "announcing",
    metadata,
    Column("way", Text, primary_key=True),
    number("tries"),
    instant("try_at"),
    instant("told_at"),
    words("trouble"),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    words("source"),
    words("site"),
    words("filename"),
    words("state"),
    words("options"),
    words("report"),
    words("trouble"),
    instant("created_at"),
    instant("changed_at"),
)

import_items = Table(
    "import_items",
    metadata,
    Column("import_id", Text, ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    words("origin"),
    words("kind"),
    words("title"),
    words("state"),
    words("article_id"),
    words("notes"),
)

imported = Table(
    "imported",
    metadata,
    Column("origin", Text, primary_key=True),
    words("ours"),
    words("digest"),
    words("fingerprint"),
    instant("brought_at"),
)
