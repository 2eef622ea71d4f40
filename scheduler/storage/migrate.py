"""Bringing a database to the newest schema. Safe to run from several processes at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from scheduler.storage.engine import Database

MIGRATION_LOCK = 0x6472756D  # "drum": an advisory lock number that only migrations use


def migrate(database: Database) -> None:
    """Run every missing revision in one transaction; a failure leaves the database as it was."""
    with database.writing() as tx:
        if not database.is_sqlite:
            tx.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK})
        config = _config()
        config.attributes["connection"] = tx
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Return whether the database has the newest schema."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.reading() as tx:
        return MigrationContext.configure(tx).get_current_revision() == head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config
