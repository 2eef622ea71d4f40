"""the connectors: apps, sign-ins, token times, replies, numbers of posts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _instant(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def upgrade() -> None:
    _more_columns()
    _apps_and_sign_ins()
    _numbers_of_posts()


def _more_columns() -> None:
    op.add_column("accounts", _text("scopes"))
    op.add_column("accounts", _text("post_options", "{}"))
    for name in ("token_expires_at", "token_renew_at", "token_dies_at", "renewed_at", "renewing_until"):
        op.add_column("accounts", _instant(name))
    op.add_column("accounts", _text("renewal_trouble"))
    op.add_column("teasers", _text("replies", "[]"))
    op.add_column("variants", sa.Column("replies", sa.Text(), nullable=True))


def _apps_and_sign_ins() -> None:
    op.create_table(
        "platform_apps",
        sa.Column("name", sa.Text(), nullable=False),
        _text("sealed"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_platform_apps")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        _text("platform"),
        _text("way"),
        sa.Column("account_id", sa.Integer(), server_default="0", nullable=False),
        _text("sealed"),
        _instant("created_at"),
        _instant("expires_at"),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_ins")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id"), ondelete="CASCADE"),
    )


def _numbers_of_posts() -> None:
    op.create_table(
        "post_numbers",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        _text("numbers", "{}"),
        sa.PrimaryKeyConstraint("delivery_id", "at", name=op.f("pk_post_numbers")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_post_numbers_delivery_id"), ondelete="CASCADE"
        ),
    )
