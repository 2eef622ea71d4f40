"""One suite for both databases: `database` is SQLite in a file, then a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.storage.engine import Database, open_database
from tests.support.house import empty_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database without rows."""
    if request.param == "sqlite":
        (tmp_path / "drumbeat.db").write_bytes(empty_database())
        url = f"sqlite:///{tmp_path / 'drumbeat.db'}"
    else:
        url = request.getfixturevalue("migrated_postgres")
    opened = open_database(url)
    yield opened
    opened.dispose()
