"""The worker: who runs, which platform rests, and what people are to be told."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from scheduler.storage.schema.columns import identity, instant, metadata, number, words

breakers = Table(
    "breakers",
    metadata,
    Column("host", Text, primary_key=True),
    number("failures"),
    number("trips"),
    instant("open_until"),
    words("sentence"),
    instant("updated_at"),
)

notices = Table(
    "notices",
    metadata,
    identity(),
    words("cause"),
    words("level", "problem"),
    words("subject"),
    words("sentence"),
    words("path"),
    number("count", "1"),
    instant("first_at"),
    instant("last_at"),
    instant("mailed_at", nullable=True),
    instant("called_at", nullable=True),
    instant("told_at", nullable=True),
    number("tries"),
    instant("try_at"),
    words("trouble"),
    instant("read_at", nullable=True),
    instant("resolved_at", nullable=True),
    Index("ix_notices_cause", "cause"),
    Index(
        "uq_notices_open_cause",
        "cause",
        unique=True,
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    words("host"),
    number("pid"),
    number("lock_number"),
    words("version"),
    instant("started_at"),
    instant("beat_at"),
)
