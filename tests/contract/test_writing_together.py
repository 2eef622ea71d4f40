"""Threads that write to SQLite at the same time share one commit, and each still stands or falls alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from scheduler.storage import preferences, together
from scheduler.storage.engine import Connection, Database, open_database
from tests.support.house import empty_database
from tests.support.worker import until

OTHERS = 10


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    (tmp_path / "drumbeat.db").write_bytes(empty_database())
    opened = open_database(f"sqlite:///{tmp_path / 'drumbeat.db'}")
    yield opened
    opened.dispose()


def put(key: str) -> Callable[[Connection], None]:
    return lambda tx: preferences.put(tx, key, "there")


def fail(_tx: Connection) -> None:
    raise LookupError("on purpose")


def write(database: Database, *works: Callable[[Connection], None]) -> None:
    with database.writing() as tx:
        for work in works:
            work(tx)


def at_the_same_time(
    database: Database, first: Callable[[Connection], None], *others: Callable[[Connection], None]
) -> list[Future[None]]:
    """Run `others` in threads that all wait while `first` writes; return how each ended, `first` in front."""
    inside, go_on = threading.Event(), threading.Event()

    def hold(_tx: Connection) -> None:
        inside.set()
        assert go_on.wait(90)

    assert database._together
    with ThreadPoolExecutor(len(others) + 1) as pool:
        ends = [pool.submit(write, database, first, hold)]
        assert inside.wait(90)
        ends += [pool.submit(write, database, other) for other in others]
        until(lambda: database._together is not None and database._together._waiting == len(others), "all wait")
        go_on.set()
    return ends


def stored(database: Database) -> set[str]:
    with database.reading() as tx:
        return set(tx.execute(text("SELECT key FROM preferences WHERE value = 'there'")).scalars())


def commits_of(database: Database) -> list[object]:
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    return commits


def test_many_writers_share_one_commit_and_every_write_is_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "PATIENCE_SECONDS", 90)  # on a busy machine they need more than a second together
    commits = commits_of(database)
    ends = at_the_same_time(database, put("first"), *(put(f"k{n}") for n in range(OTHERS)))
    assert [end.exception() for end in ends] == [None] * (OTHERS + 1)
    assert len(commits) == 1
    assert stored(database) == {"first", *(f"k{n}" for n in range(OTHERS))}


def test_a_write_that_fails_is_undone_alone(database: Database) -> None:
    def half(tx: Connection) -> None:
        put("half")(tx)
        fail(tx)

    ends = at_the_same_time(database, put("first"), put("one"), half, put("two"))
    failed = [end for end in ends if end.exception()]
    assert [type(end.exception()) for end in failed] == [LookupError]
    assert stored(database) == {"first", "one", "two"}


def test_a_first_write_that_fails_takes_nobody_along(database: Database) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def hold(_tx: Connection) -> None:
        inside.set()
        assert go_on.wait(90)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(write, database, put("never"), hold, fail)
        assert inside.wait(90)
        second = pool.submit(write, database, put("second"))
        until(lambda: database._together is not None and database._together._waiting == 1, "it waits")
        go_on.set()
    assert isinstance(first.exception(), LookupError)
    assert second.exception() is None
    assert stored(database) == {"second"}


def test_nobody_is_told_that_a_write_holds_when_the_commit_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(database.engine.dialect, "do_commit", full)
    ends = at_the_same_time(database, put("first"), *(put(f"k{n}") for n in range(3)))
    monkeypatch.undo()
    assert all(isinstance(end.exception(), OperationalError) for end in ends)
    assert stored(database) == set()
    write(database, put("later"))
    assert stored(database) == {"later"}


def test_a_full_disk_in_the_middle_fails_everybody_whose_write_is_gone(database: Database) -> None:
    def too_much(tx: Connection) -> None:
        tx.execute(text("PRAGMA max_page_count = 1"))  # means: no page more than there are
        preferences.put(tx, "large", "x" * 1_000_000)

    ends = at_the_same_time(database, put("first"), too_much)
    told = {end.exception() is None for end in ends[:1]}
    assert ends[1].exception() is not None
    assert told == {"first" in stored(database)}, "who was told that it holds finds it there, and nobody else"
    database.dispose()
    write(database, put("later"))
    assert "later" in stored(database)


def test_a_commit_that_was_left_to_somebody_who_never_came_is_made_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "PATIENCE_SECONDS", 0.01)
    assert database._together
    database._together._waiting += 1  # somebody who is interrupted while it waits
    write(database, put("alone"))
    database._together._waiting -= 1
    assert stored(database) == {"alone"}
