"""People who log in, programs that call the API, and what each of them was answered or prefers."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from scheduler.storage.schema.columns import identity, instant, metadata, number, words

users = Table(
    "users",
    metadata,
    identity(),
    Column("email", Text, nullable=False, unique=True),
    words("name"),
    words("role", "owner"),
    words("password_hash"),
    number("session_epoch"),
    instant("created_at"),
)

one_time_links = Table(
    "one_time_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    words("purpose"),
    instant("expires_at"),
    instant("used_at", nullable=True),
    instant("created_at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    identity(),
    words("name"),
    Column("token_hash", Text, nullable=False, unique=True),
    words("scopes"),
    instant("created_at"),
    instant("last_used_at", nullable=True),
    instant("revoked_at", nullable=True),
)

idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    Column("key", Text, primary_key=True),
    words("request_hash"),
    number("status"),
    words("headers", "{}"),
    words("body"),
    instant("created_at"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("key", Text, primary_key=True),
    words("value"),
)
