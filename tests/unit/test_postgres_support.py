"""The PostgreSQL of the tests is real and starts for every user, root too."""

from __future__ import annotations

import psycopg


def test_a_test_gets_an_empty_database_of_a_real_server(postgres_database: str) -> None:
    with psycopg.connect(postgres_database) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int >= 160000, (SELECT count(*) FROM pg_tables "
            "WHERE schemaname = 'public')"
        ).fetchone()
    assert row == (True, 0)


def test_two_tests_never_share_a_database(postgres_database: str, postgres_url: str) -> None:
    with psycopg.connect(postgres_database) as mine, psycopg.connect(postgres_url) as theirs:
        mine.execute("CREATE TABLE only_here (id int)")
        mine.commit()
        found = theirs.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'only_here'").fetchone()
    assert found == (0,)
