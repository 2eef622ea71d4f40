"""redirects, and the addresses that visitors looked for in vain"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redirects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        _text("target"),
        _number("status", "301"),
        _text("note"),
        _instant("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirects")),
        sa.UniqueConstraint("source", name=op.f("uq_redirects_source")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "redirect_hits",
        sa.Column("source", sa.Text(), nullable=False),
        _number("hits", "0"),
        _instant("last_at"),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_redirect_hits")),
    )
    op.create_table(
        "missed_addresses",
        sa.Column("path", sa.Text(), nullable=False),
        _number("hits", "0"),
        _instant("first_at"),
        _instant("last_at"),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_missed_addresses")),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _number(name: str, default: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def _instant(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
