"""preview links that show one version only"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("preview_links", sa.Column("version", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "preview_versions",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_preview_versions")),
    )
