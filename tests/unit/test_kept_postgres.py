"""What a test leaves in the kept PostgreSQL database is not there for the next."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.kept_postgres import KeptDatabase

ADD = "INSERT INTO users (email, name, role, password_hash, created_at) VALUES (%s, 'A', 'owner', '', 0) RETURNING id"


@pytest.mark.parametrize("rows", [1, 2_000])
def test_rows_numbers_and_connections_are_gone(migrated_postgres: str, rows: int) -> None:
    kept = KeptDatabase(migrated_postgres)
    with psycopg.connect(migrated_postgres) as mine:
        for number in range(rows):
            mine.execute(ADD, (f"{number}@ferrystreet.example",))
        mine.commit()
        mine.execute("LOCK TABLE users")
        assert kept.is_emptied()
        with pytest.raises(psycopg.errors.AdminShutdown):
            mine.execute("SELECT 1")
    with psycopg.connect(migrated_postgres) as later:
        assert later.execute("SELECT count(*) FROM users").fetchone() == (0,)
        assert later.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        assert later.execute(ADD, ("again@ferrystreet.example",)).fetchone() == (1,)


@pytest.mark.parametrize("change", ["DROP TABLE presence", "ALTER TABLE users ADD x int", "CREATE TABLE x (y int)"])
def test_one_with_other_tables_is_not_kept(migrated_postgres: str, change: str) -> None:
    kept = KeptDatabase(migrated_postgres)
    with psycopg.connect(migrated_postgres) as mine:
        mine.execute(change)
    assert not kept.is_emptied()
