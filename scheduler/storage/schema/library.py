"""The media library: photos and videos, and the files derived from them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from scheduler.storage.schema.columns import instant, metadata, number, words

assets = Table(
    "assets",
    metadata,
    Column("id", Text, primary_key=True),
    words("kind"),
    words("filename"),
    words("mime"),
    Column("sha256", Text, nullable=False, index=True),
    Column("bytes", BigInteger, nullable=False),
    number("width"),
    number("height"),
    number("duration_ms"),
    words("alt"),
    words("caption"),
    words("credit"),
    instant("created_at"),
    instant("updated_at"),
    number("version", "1"),
)

renditions = Table(
    "renditions",
    metadata,
    Column("key", Text, primary_key=True),
    Column("asset_id", Text, ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
    words("purpose"),
    words("mime"),
    number("width"),
    number("height"),
    Column("bytes", BigInteger, nullable=False),
    words("label"),
)
