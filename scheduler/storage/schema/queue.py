"""Teasers and their deliveries: what goes out where and when, and everything that was tried."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from scheduler.domain.delivery import State
from scheduler.storage.schema.columns import identity, instant, metadata, number, words

teasers = Table(
    "teasers",
    metadata,
    identity(),
    Column("submission_key", Text, unique=True),
    words("article_id"),
    words("text"),
    words("link"),
    words("template"),
    words("assets", "[]"),
    words("accounts", "[]"),
    words("at_wall"),
    words("at_zone"),
    words("queue"),
    words("late_policy"),
    words("replies", "[]"),
    number("now"),
    number("scheduled"),
    Column("created_by", Integer, ForeignKey("users.id", ondelete="SET NULL")),
    instant("created_at"),
    instant("updated_at"),
    number("version", "1"),
    Index("ix_teasers_article_id", "article_id"),
    sqlite_autoincrement=True,  # an old window must never mean a newer row
)

variants = Table(
    "variants",
    metadata,
    Column("teaser_id", Integer, ForeignKey("teasers.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text),
    Column("assets", Text),
    Column("replies", Text),
    words("options", "{}"),
)

STANDS = "coalesce(published_at, due_at)"
"""Where a delivery stands in time: when it went out, else when it is due. Lists of one state come straight from the
index that holds it."""

_STATES = ", ".join(f"'{state}'" for state in State)

deliveries = Table(
    "deliveries",
    metadata,
    identity(),
    Column("teaser_id", Integer, ForeignKey("teasers.id", ondelete="RESTRICT"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="RESTRICT"), nullable=False),
    number("occurrence"),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("short_code", Text, nullable=False, unique=True),
    words("payload"),
    words("payload_hash"),
    words("at_wall"),
    words("at_zone"),
    number("queued"),
    instant("due_at"),
    instant("turn_at"),
    instant("not_before"),
    instant("late_after"),
    words("late_policy", "hold"),
    words("state", "scheduled"),
    number("attempts"),
    number("maybe_live"),
    number("lease_token"),
    instant("lease_until", nullable=True),
    Column("worker_id", Text),
    instant("request_started_at", nullable=True),
    instant("stamp_at", nullable=True),
    instant("key_until"),
    words("remote_id"),
    words("url"),
    words("reason"),
    words("sentence"),
    instant("published_at", nullable=True),
    number("clicks"),
    instant("created_at"),
    instant("updated_at"),
    number("version", "1"),
    UniqueConstraint("teaser_id", "account_id", "occurrence"),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    Index("ix_deliveries_state_not_before", "state", "not_before"),
    Index("ix_deliveries_state_turn_at", "state", "turn_at", "id"),
    Index("ix_deliveries_account_id_state_turn_at", "account_id", "state", "turn_at", "id"),
    Index("ix_deliveries_account_id_due_at", "account_id", "due_at"),
    Index("ix_deliveries_due_at", "due_at"),
    Index("ix_deliveries_state_stands", "state", text(STANDS), "id"),
    Index("ix_deliveries_account_id_state_stands", "account_id", "state", text(STANDS), "id"),
    Index(
        "ix_deliveries_restored",
        "due_at",
        sqlite_where=text("stamp_at < 0"),
        postgresql_where=text("stamp_at < 0"),
    ),
    Index(
        "uq_deliveries_one_in_flight",
        "account_id",
        unique=True,
        sqlite_where=text("state = 'sending'"),
        postgresql_where=text("state = 'sending'"),
    ),
    sqlite_autoincrement=True,  # an old window must never mean a newer row
)

attempts = Table(
    "attempts",
    metadata,
    identity(),
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    number("n"),
    words("action"),
    words("worker_id"),
    number("lease_token"),
    instant("started_at"),
    instant("ended_at"),
    words("outcome"),
    Column("http_status", Integer),
    words("sentence"),
    words("detail"),
)

post_numbers = Table(
    "post_numbers",
    metadata,
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    words("numbers", "{}"),
)

events = Table(
    "events",
    metadata,
    identity(),
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    instant("at"),
    words("kind"),
    words("sentence"),
    words("who"),
)

preparations = Table(
    "preparations",
    metadata,
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    words("payload_hash"),
    words("data"),
    words("problem"),
    instant("prepared_at"),
    instant("good_until"),
    instant("try_at"),
    number("tries"),
)
