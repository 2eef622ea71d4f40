"""Every table. Instants are UTC epoch milliseconds; JSON is text that only this room reads and writes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from scheduler.domain.delivery import State

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _instant(name: str, default: str | None = "0", nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable, server_default=None if nullable else default)


def _words(name: str, default: str | None = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _number(name: str, default: str = "0") -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=default)


users = Table(
    "users",
    metadata,
    _id(),
    Column("email", Text, nullable=False, unique=True),
    _words("name"),
    _words("role", "owner"),
    _words("password_hash"),
    _number("session_epoch"),
    _instant("created_at"),
)

one_time_links = Table(
    "one_time_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    _words("purpose"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    _instant("created_at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    _id(),
    _words("name"),
    Column("token_hash", Text, nullable=False, unique=True),
    _words("scopes"),
    _instant("created_at"),
    _instant("last_used_at", nullable=True),
    _instant("revoked_at", nullable=True),
)

idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    Column("key", Text, primary_key=True),
    _words("request_hash"),
    _number("status"),
    _words("headers", "{}"),
    _words("body"),
    _instant("created_at"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("key", Text, primary_key=True),
    _words("value"),
)

preview_links = Table(
    "preview_links",
    metadata,
    _id(),
    Column("token_hash", Text, nullable=False, unique=True),
    _words("article_id"),
    _words("note"),
    _instant("expires_at"),
    _instant("revoked_at", nullable=True),
    _instant("last_used_at", nullable=True),
    Column("created_by", Integer, ForeignKey("users.id", ondelete="SET NULL")),
    _instant("created_at"),
    _words("version"),
)

preview_versions = Table(
    "preview_versions",
    metadata,
    Column("hash", Text, primary_key=True),
    _words("words", None),
    _instant("created_at"),
)

assets = Table(
    "assets",
    metadata,
    Column("id", Text, primary_key=True),
    _words("kind"),
    _words("filename"),
    _words("mime"),
    Column("sha256", Text, nullable=False, index=True),
    Column("bytes", BigInteger, nullable=False),
    _number("width"),
    _number("height"),
    _number("duration_ms"),
    _words("alt"),
    _words("caption"),
    _words("credit"),
    _instant("created_at"),
    _instant("updated_at"),
    _number("version", "1"),
)

renditions = Table(
    "renditions",
    metadata,
    Column("key", Text, primary_key=True),
    Column("asset_id", Text, ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
    _words("purpose"),
    _words("mime"),
    _number("width"),
    _number("height"),
    Column("bytes", BigInteger, nullable=False),
    _words("label"),
)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    _words("platform"),
    _words("name"),
    _words("handle"),
    _words("remote_id"),
    _words("avatar_url"),
    _words("profile_url"),
    _words("credentials"),
    _words("settings", "{}"),
    _words("limits", "{}"),
    _words("host"),
    _words("state", "connected"),
    _words("problem"),
    _number("practice"),
    _instant("not_before"),
    _words("scopes"),
    _words("post_options", "{}"),
    _instant("token_expires_at"),
    _instant("token_renew_at"),
    _instant("token_dies_at"),
    _instant("renewed_at"),
    _instant("renewing_until"),
    _words("renewal_trouble"),
    _instant("checked_at"),
    _instant("created_at"),
    _instant("updated_at"),
    _number("version", "1"),
    UniqueConstraint("platform", "remote_id"),
    CheckConstraint("state IN ('connected', 'paused', 'broken', 'disconnected')", name="state"),
)

platform_apps = Table(
    "platform_apps",
    metadata,
    Column("name", Text, primary_key=True),
    _words("sealed"),
    _instant("updated_at"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("state_hash", Text, primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    _words("platform"),
    _words("way"),
    _number("account_id"),
    _words("sealed"),
    _instant("created_at"),
    _instant("expires_at"),
)

teasers = Table(
    "teasers",
    metadata,
    _id(),
    Column("submission_key", Text, unique=True),
    _words("article_id"),
    _words("text"),
    _words("link"),
    _words("template"),
    _words("assets", "[]"),
    _words("accounts", "[]"),
    _words("at_wall"),
    _words("at_zone"),
    _words("queue"),
    _words("late_policy"),
    _words("replies", "[]"),
    _number("now"),
    _number("scheduled"),
    Column("created_by", Integer, ForeignKey("users.id", ondelete="SET NULL")),
    _instant("created_at"),
    _instant("updated_at"),
    _number("version", "1"),
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
    _words("options", "{}"),
)

STANDS = "coalesce(published_at, due_at)"
"""Where a delivery stands in time: when it went out, else when it is due. Lists of one state come straight from the
index that holds it."""

_STATES = ", ".join(f"'{state}'" for state in State)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("teaser_id", Integer, ForeignKey("teasers.id", ondelete="RESTRICT"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="RESTRICT"), nullable=False),
    _number("occurrence"),
    Column("idempotency_key", Text, nullable=False, unique=True),
    Column("short_code", Text, nullable=False, unique=True),
    _words("payload"),
    _words("payload_hash"),
    _words("at_wall"),
    _words("at_zone"),
    _number("queued"),
    _instant("due_at"),
    _instant("turn_at"),
    _instant("not_before"),
    _instant("late_after"),
    _words("late_policy", "hold"),
    _words("state", "scheduled"),
    _number("attempts"),
    _number("maybe_live"),
    _number("lease_token"),
    _instant("lease_until", nullable=True),
    Column("worker_id", Text),
    _instant("request_started_at", nullable=True),
    _instant("stamp_at", nullable=True),
    _instant("key_until"),
    _words("remote_id"),
    _words("url"),
    _words("reason"),
    _words("sentence"),
    _instant("published_at", nullable=True),
    _number("clicks"),
    _instant("created_at"),
    _instant("updated_at"),
    _number("version", "1"),
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
    _id(),
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    _number("n"),
    _words("action"),
    _words("worker_id"),
    _number("lease_token"),
    _instant("started_at"),
    _instant("ended_at"),
    _words("outcome"),
    Column("http_status", Integer),
    _words("sentence"),
    _words("detail"),
)

post_numbers = Table(
    "post_numbers",
    metadata,
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    _words("numbers", "{}"),
)

events = Table(
    "events",
    metadata,
    _id(),
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    _instant("at"),
    _words("kind"),
    _words("sentence"),
    _words("who"),
)

preparations = Table(
    "preparations",
    metadata,
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    _words("payload_hash"),
    _words("data"),
    _words("problem"),
    _instant("prepared_at"),
    _instant("good_until"),
    _instant("try_at"),
    _number("tries"),
)

breakers = Table(
    "breakers",
    metadata,
    Column("host", Text, primary_key=True),
    _number("failures"),
    _number("trips"),
    _instant("open_until"),
    _words("sentence"),
    _instant("updated_at"),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    _words("cause"),
    _words("level", "problem"),
    _words("subject"),
    _words("sentence"),
    _words("path"),
    _number("count", "1"),
    _instant("first_at"),
    _instant("last_at"),
    _instant("mailed_at", nullable=True),
    _instant("called_at", nullable=True),
    _instant("told_at", nullable=True),
    _number("tries"),
    _instant("try_at"),
    _words("trouble"),
    _instant("read_at", nullable=True),
    _instant("resolved_at", nullable=True),
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
    _words("host"),
    _number("pid"),
    _number("lock_number"),
    _words("version"),
    _instant("started_at"),
    _instant("beat_at"),
)

# -- drafts and revisions (0004)

revisions = Table(
    "revisions",
    metadata,
    _id(),
    Column("article_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    _instant("at"),
    _words("kind"),
    _words("origin"),
    _words("name"),
    _words("content_hash"),
    _words("change"),
    Column("words", LargeBinary, nullable=False),
    UniqueConstraint("article_id", "number"),
)

presence = Table(
    "presence",
    metadata,
    Column("article_id", Text, primary_key=True),
    Column("tab", Text, primary_key=True),
    _words("name"),
    _instant("seen_at"),
    _instant("typed_at"),
)

# ------------------------------------------------------------

# -- redirects (0005)

redirects = Table(
    "redirects",
    metadata,
    _id(),
    Column("source", Text, nullable=False, unique=True),
    _words("target"),
    _number("status", "301"),
    _words("note"),
    _instant("created_at"),
    sqlite_autoincrement=True,
)

redirect_hits = Table(
    "redirect_hits",
    metadata,
    Column("source", Text, primary_key=True),
    _number("hits"),
    _instant("last_at"),
)

missed_addresses = Table(
    "missed_addresses",
    metadata,
    Column("path", Text, primary_key=True),
    _number("hits"),
    _instant("first_at"),
    _instant("last_at"),
)

# ------------------------------------------------------------

# -- announcements (0006)

announced = Table(
    "announced",
    metadata,
    Column("way", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    _words("state"),
    _instant("told_at"),
)

announcing = Table(
    "announcing",
    metadata,
    Column("way", Text, primary_key=True),
    _number("tries"),
    _instant("try_at"),
    _instant("told_at"),
    _words("trouble"),
)

# ------------------------------------------------------------

# -- imports (0007)

imports = Table(
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    _words("source"),
    _words("site"),
    _words("filename"),
    _words("state"),
    _words("options"),
    _words("report"),
    _words("trouble"),
    _instant("created_at"),
    _instant("changed_at"),
)

import_items = Table(
    "import_items",
    metadata,
    Column("import_id", Text, ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    _words("origin"),
    _words("kind"),
    _words("title"),
    _words("state"),
    _words("article_id"),
    _words("notes"),
)

imported = Table(
    "imported",
    metadata,
    Column("origin", Text, primary_key=True),
    _words("ours"),
    _words("digest"),
    _words("fingerprint"),
    _instant("brought_at"),
)

# ------------------------------------------------------------
