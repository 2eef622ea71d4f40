"""Bringing a database to the newest schema. Safe to run from several processes at once.

Alembic is imported only where it has something to do: every process looks at the schema when it starts, and nearly
always finds it current.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from scheduler.storage.engine import Database

MIGRATION_LOCK = 0x6472756D  # "drum": an advisory lock number that only migrations use
FOLDER = Path(__file__).with_name("migrations")


def migrate(database: Database) -> None:
    """Run every missing revision in one transaction; a failure leaves the database as it was."""
    if is_current(database):
        return
    with database.writing() as tx:
        if not database.is_sqlite:
            tx.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK})
        _upgrade(tx)


def is_current(database: Database) -> bool:
    """Return whether the database has the newest schema."""
    with database.reading() as tx:
        if not inspect(tx).has_table("alembic_version"):
            return False
        return tx.execute(text("SELECT version_num FROM alembic_version")).scalar() == newest_revision()


def newest_revision() -> str:
    """Return the newest revision: their files are named by number, "0001_what_it_does.py"."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def _upgrade(tx: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")
