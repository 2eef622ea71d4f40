"""revisions of articles, and who has which article open"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _instant("at"),
        *(_text(name) for name in ("kind", "origin", "name", "content_hash", "change")),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("article_id", "number", name=op.f("uq_revisions_article_id_number")),
    )
    op.create_table(
        "presence",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("tab", sa.Text(), nullable=False),
        _text("name"),
        _instant("seen_at"),
        _instant("typed_at"),
        sa.PrimaryKeyConstraint("article_id", "tab", name=op.f("pk_presence")),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _instant(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
