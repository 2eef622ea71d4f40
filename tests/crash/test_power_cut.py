"""A power cut: what had not reached the disk for sure is gone. What a platform was told of must not be among it.

The real worker publishes while a small library notes every fsync of the write-ahead log. For every post that reached
the platform the database is then put back as a power cut at that very moment would leave it, at worst: the log is cut
off behind its last fsync.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.town import KINDS, Town, now_ms, town
from tests.support.book import Book, BookServer, Post
from tests.support.house import REPOSITORY
from tests.support.launcher import launching
from tests.support.worker import until
from tests.support.worker_trouble import SYNC_SELDOM

POSTS_OF_AN_ACCOUNT = 4
NO_COMPILER = "There is no C compiler, which this test needs: install one with “apt-get install gcc libc6-dev”."


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library that notes every fsync."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.fail(NO_COMPILER)
    made = tmp_path_factory.mktemp("shim") / "sync_log.so"
    source = REPOSITORY / "tests" / "support" / "sync_log.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], check=True)
    return made


class Witness(Book):
    """A book that notes in the same file every post that reaches the platform."""

    log: Path

    def add(self, account: str, code: str, text: str, post_id: str = "") -> Post:
        """Note it, then make the post."""
        with self.lock, self.log.open("a") as file:
            file.write(f"post {code}\n")
        return super().add(account, code, text, post_id)


@dataclass
class Run:
    """What is left of a run: the database file, its log, and the notes in order."""

    database: Path
    wal: bytes
    first_bytes: int
    notes: list[str]

    def lost_marks(self) -> list[str]:
        """Return the posts whose mark a power cut at their very moment would have undone."""
        synced, told, lost = self.first_bytes, list[str](), list[str]()
        for line in self.notes:
            what, value = line.split()
            if what == "sync":
                synced = int(value)
                continue
            told.append(value)
            lost += [value] if not self._marked_after_cut(synced, value) else []
        assert len(told) == len(KINDS) * POSTS_OF_AN_ACCOUNT
        return lost

    def _marked_after_cut(self, synced: int, code: str) -> bool:
        copy = self.database.with_name("after-the-cut.db")
        shutil.copy(self.database, copy)
        copy.with_name(f"{copy.name}-wal").write_bytes(self.wal[:synced])
        with closing(sqlite3.connect(copy)) as found:
            assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            query = "SELECT request_started_at FROM deliveries WHERE short_code = ?"
            return found.execute(query, (code,)).fetchone()[0] is not None


def published(root: Path, shim: Path, before: str = "") -> Run:
    """Let a worker publish a few posts under the eyes of the library, and kill it."""
    book = Witness()
    book.log = root / "notes"
    server = BookServer(book)
    with (
        launching(LD_PRELOAD=str(shim)) as launcher,
        town(root, launcher, server) as place,
    ):
        place.environ["SYNC_LOG"] = str(book.log)
        for kind in KINDS:
            place.deliver(place.account(kind), [now_ms() + n for n in range(POSTS_OF_AN_ACCOUNT)])
        database = place.context.settings.data / "drumbeat.db"
        wal = database.with_name("drumbeat.db-wal")
        file, first_bytes = database.read_bytes(), wal.stat().st_size
        worker = place.start(before=before)
        until(lambda: place.open() == [], "everything is published")
        worker.kill()
        assert database.read_bytes() == file, "nothing was moved from the log into the file: the log alone tells"
        run = Run(root / "copy.db", wal.read_bytes(), first_bytes, book.log.read_text().splitlines())
        run.database.write_bytes(file)
        _check(place)
    server.close()
    return run


def _check(place: Town) -> None:
    assert [one.attempts for one in place.all()] == [1] * len(KINDS) * POSTS_OF_AN_ACCOUNT


def test_a_power_cut_undoes_no_mark_of_a_post_that_has_left(tmp_path: Path, shim: Path) -> None:
    assert published(tmp_path, shim).lost_marks() == []


def test_with_the_safeguard_off_the_same_cut_undoes_marks(tmp_path: Path, shim: Path) -> None:
    """Synchronous=NORMAL is what most programs use: this shows that the test above can fail."""
    assert len(published(tmp_path, shim, SYNC_SELDOM).lost_marks()) > 0


COUNT = """
import sys
from sqlalchemy.exc import OperationalError
from scheduler.storage import engine, preferences
if sys.argv[2] == "deferred":
    engine._begin_sqlite = lambda connection: connection.exec_driver_sql("BEGIN")
engine.BUSY_TIMEOUT_MS = 60_000
database, refused = engine.open_database(sys.argv[1]), 0
sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.readline()
for _ in range(150):
    try:
        with database.writing() as tx:
            preferences.put(tx, "count", str(int(preferences.get(tx, "count") or 0) + 1))
    except OperationalError:
        refused += 1
print(refused)
"""


def counted(place: Town, way: str) -> tuple[int, int]:
    """Let three processes count up in one row; return the count, and how many transactions were refused."""
    url = place.context.settings.database_url
    command = [sys.executable, "-c", COUNT, url, way]
    processes = [
        subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    refused = sum(int(said) for said in _let_go(processes))
    with closing(sqlite3.connect(place.context.settings.data / "drumbeat.db")) as database:
        return int(database.execute("SELECT value FROM preferences WHERE key = 'count'").fetchone()[0]), refused


def _let_go(processes: list[subprocess.Popen[str]]) -> Iterator[str]:
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        yield process.communicate()[0]


def test_no_update_is_lost_and_none_refused_when_processes_write_at_once(place: Town) -> None:
    assert counted(place, "as it is") == (450, 0)


def test_with_a_deferred_begin_transactions_are_refused_or_lost(place: Town) -> None:
    count, refused = counted(place, "deferred")
    assert refused > 0 or count < 450
