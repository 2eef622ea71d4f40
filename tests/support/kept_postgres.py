"""One migrated PostgreSQL database that is emptied after each test: making one takes twenty times longer."""

from __future__ import annotations

import psycopg

_SHAPE = """
    SELECT count(*), max(oid::bigint), sum(relnatts) FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
"""Differs after every CREATE, DROP and ALTER TABLE."""
_LEAVE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_LARGE_BYTES = 10 * 8192
"""What the planner takes every table to be at least; more must not be left behind by deleted rows."""
_EMPTY = f"""
    DO $$
    DECLARE
        size bigint;
        own regclass;
        tables regclass[] := ARRAY(
            SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
        );
    BEGIN
        SELECT max(pg_relation_size(one)) INTO size FROM unnest(tables) AS one;
        IF size > {_LARGE_BYTES} THEN
            EXECUTE 'TRUNCATE ' || array_to_string(tables, ',') || ' CASCADE';
        ELSE
            SET LOCAL session_replication_role = replica;  -- in any order, whatever refers to what
            FOREACH own IN ARRAY tables LOOP EXECUTE 'DELETE FROM ' || own; END LOOP;
        END IF;
        PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence;
    END $$
"""


class KeptDatabase:
    """The database at `url`, as it was when this was made."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            self.name = connection.info.dbname
            self._shape = connection.execute(_SHAPE).fetchone()

    def is_emptied(self) -> bool:
        """Throw everybody and every row out; return False when its tables are not what they were."""
        with psycopg.connect(self.url) as connection:
            connection.execute(_LEAVE)
            connection.execute(_EMPTY)
            return connection.execute(_SHAPE).fetchone() == self._shape
