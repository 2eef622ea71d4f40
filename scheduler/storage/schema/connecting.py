"""Connected accounts, and what signing in to a platform needs."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from scheduler.storage.schema.columns import identity, instant, metadata, number, words

accounts = Table(
    "accounts",
    metadata,
    identity(),
    Column("key", Text, nullable=False, unique=True),
    words("platform"),
    words("name"),
    words("handle"),
    words("remote_id"),
    words("avatar_url"),
    words("profile_url"),
    words("credentials"),
    words("settings", "{}"),
    words("limits", "{}"),
    words("host"),
    words("state", "connected"),
    words("problem"),
    number("practice"),
    instant("not_before"),
    words("scopes"),
    words("post_options", "{}"),
    instant("token_expires_at"),
    instant("token_renew_at"),
    instant("token_dies_at"),
    instant("renewed_at"),
    instant("renewing_until"),
    words("renewal_trouble"),
    instant("checked_at"),
    instant("created_at"),
    instant("updated_at"),
    number("version", "1"),
    UniqueConstraint("platform", "remote_id"),
    CheckConstraint("state IN ('connected', 'paused', 'broken', 'disconnected')", name="state"),
)

platform_apps = Table(
    "platform_apps",
    metadata,
    Column("name", Text, primary_key=True),
    words("sealed"),
    instant("updated_at"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("state_hash", Text, primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    words("platform"),
    words("way"),
    number("account_id"),
    words("sealed"),
    instant("created_at"),
    instant("expires_at"),
)
