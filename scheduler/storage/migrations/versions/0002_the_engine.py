"""the engine: turns, preparations, breakers, notices, events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _number(name: str, default: str = "0") -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def _instant(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def upgrade() -> None:
    _more_columns()
    _events_and_preparations()
    _breakers_and_notices()
    _lists_by_time()


def _more_columns() -> None:
    op.add_column("accounts", _text("host"))
    op.add_column("teasers", _text("late_policy"))
    op.add_column("workers", _number("lock_number"))
    op.add_column("deliveries", _instant("turn_at"))
    op.add_column("deliveries", _text("late_policy", "hold"))
    op.add_column("deliveries", _instant("key_until"))
    op.execute("UPDATE deliveries SET turn_at = due_at")
    op.drop_index("ix_deliveries_account_id_state_due_at", "deliveries")
    op.create_index("ix_deliveries_state_turn_at", "deliveries", ["state", "turn_at", "id"])
    op.create_index("ix_deliveries_account_id_state_turn_at", "deliveries", ["account_id", "state", "turn_at", "id"])
    op.create_index("ix_deliveries_account_id_due_at", "deliveries", ["account_id", "due_at"])
    restored = sa.text("stamp_at < 0")
    op.create_index(
        "ix_deliveries_restored", "deliveries", ["due_at"], sqlite_where=restored, postgresql_where=restored
    )


def _events_and_preparations() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        _instant("at"),
        _text("kind"),
        _text("sentence"),
        _text("who"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_events_delivery_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_events_delivery_id"), "events", ["delivery_id"])
    op.create_table(
        "preparations",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        _text("payload_hash"),
        _text("data"),
        _text("problem"),
        _instant("prepared_at"),
        _instant("good_until"),
        _instant("try_at"),
        _number("tries"),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_preparations")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_preparations_delivery_id"), ondelete="CASCADE"
        ),
    )


def _breakers_and_notices() -> None:
    op.create_table(
        "breakers",
        sa.Column("host", sa.Text(), nullable=False),
        _number("failures"),
        _number("trips"),
        _instant("open_until"),
        _text("sentence"),
        _instant("updated_at"),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_breakers")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        _text("cause"),
        _text("level", "problem"),
        _text("subject"),
        _text("sentence"),
        _text("path"),
        _number("count", "1"),
        _instant("first_at"),
        _instant("last_at"),
        sa.Column("mailed_at", sa.BigInteger(), nullable=True),
        sa.Column("called_at", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        _number("tries"),
        _instant("try_at"),
        _text("trouble"),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_cause", "notices", ["cause"])
    op.create_index(
        "uq_notices_open_cause",
        "notices",
        ["cause"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def _lists_by_time() -> None:
    stands = sa.text("coalesce(published_at, due_at)")
    op.create_index("ix_deliveries_state_stands", "deliveries", ["state", stands, "id"])
    op.create_index("ix_deliveries_account_id_state_stands", "deliveries", ["account_id", "state", stands, "id"])
