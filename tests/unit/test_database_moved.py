"""The database's folder goes away in the very moment in which a connection is opened: what is wrong is still named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from scheduler.storage.engine import Database, DatabaseMoved, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database in use, whose next connection finds its folder moved."""
    folder = tmp_path / "data"
    opened = open_database(f"sqlite:///{folder / 'drumbeat.db'}")
    with opened.writing() as tx:
        tx.execute(text("CREATE TABLE words (word TEXT)"))
    opened.engine.dispose()

    def move(*_: object) -> None:
        folder.rename(tmp_path / "aside")

    event.listen(opened.engine, "do_connect", move)
    yield opened
    opened.dispose()


@pytest.mark.parametrize("begin", [Database.reading, Database.writing])
def test_it_is_named(database: Database, begin: Callable[[Database], AbstractContextManager[Connection]]) -> None:
    with pytest.raises(DatabaseMoved, match="is gone while Drumbeat was running"), begin(database):
        pytest.fail("nothing can be done with it")
