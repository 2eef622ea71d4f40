"""A full disk, a locked or read-only database, a data folder that is gone: nothing is doubled, lost or told wrongly.

In each of them nothing is sent when the claim or the mark cannot be written; an answer that has come is kept until it
can; and the same worker goes on by itself when the trouble is over.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduler.domain.delivery import State
from scheduler.services.delivery import space
from scheduler.services.operations.health import health, worker_problem
from scheduler.storage import attempts
from scheduler.storage.schema import notices
from tests.crash.town import EVERYTHING, HOUR_MS, Town, judge, now_ms, town
from tests.support import worker_clock
from tests.support.book import Book, BookServer
from tests.support.launcher import Launched, Launcher
from tests.support.worker import until
from tests.support.worker_trouble import ANY_SPACE_WILL_DO, FULL, HOOK, IMPATIENT, NONE, READ_ONLY, set_trouble

STOPPED = "nothing is sent for now. The database cannot be used: "
KEPT = "cannot be written down yet and is kept"
LATER_MS = HOUR_MS
"""When a delivery becomes due whose time comes only when the test says so, however slow the machine is."""
LOCKED_MS = 10_000 if EVERYTHING else 2_000
"""How long another program holds the database: less than the fifteen seconds for which the worker waits."""


@contextmanager
def running(place: Town, before: str = "") -> Iterator[Launched]:
    """Run one worker from the beginning to the end of a block: what recovers, recovers without a restart."""
    worker = place.start(before=f"{worker_clock.HOOK} {before}")
    try:
        until(lambda: "is ready" in place.log(), "the worker is ready")
        yield worker
        assert worker.stop() == 0, place.log()
    finally:
        worker.kill()


def said(place: Town, words: str) -> Callable[[], bool]:
    """Return the question whether the worker's log holds `words`."""
    return lambda: words in place.log()


def is_published(place: Town, code: str) -> Callable[[], bool]:
    """Return the question whether a delivery is published."""
    return lambda: place.delivery(code).state is State.PUBLISHED


def outcomes(place: Town, code: str) -> list[str]:
    with place.context.database.reading() as tx:
        return [attempt.outcome for attempt in attempts.of_delivery(tx, place.delivery(code).id)]


def let_its_time_come(place: Town, for_ms: int = 1_000) -> None:
    """Let the worker's clock pass the time of what is due later, and give the worker `for_ms` to act on it."""
    worker_clock.set_offset(place.root, (LATER_MS + 2_000) / 1000)
    until(said(place, "its clock was set forward, by 1 hour"), "the worker sees the time that has come")
    seen = now_ms()
    until(lambda: now_ms() > seen + for_ms, "it has time to act")


@contextmanager
def locked(place: Town) -> Iterator[None]:
    """Hold the database as another program would."""
    with closing(sqlite3.connect(place.context.settings.data / "drumbeat.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_a_read_only_database_stops_sending_and_nothing_else(place: Town) -> None:
    (code,) = place.deliver(place.account("blind"), [now_ms() + LATER_MS])
    with running(place, HOOK):
        set_trouble(place.root, READ_ONLY)
        let_its_time_come(place)
        until(said(place, STOPPED + "attempt to write a readonly"), "the log says why")
        assert place.server.book.counts(code) == 0, "without a mark nothing is sent"
        assert place.delivery(code).state is State.SCHEDULED
        set_trouble(place.root, NONE)
        until(is_published(place, code), "the same worker goes on")
    assert place.log().count("is ready") == 1
    assert place.log().count("nothing is sent for now") == 1, "once, not every second"


def test_a_locked_database_is_waited_for(place: Town) -> None:
    (code,) = place.deliver(place.account("blind"), [now_ms() + LATER_MS])
    with running(place, IMPATIENT):
        with locked(place):
            let_its_time_come(place)
            until(said(place, STOPPED + "database is locked"), "the log says why")
            assert place.server.book.counts(code) == 0
        until(is_published(place, code), "the same worker goes on")
    assert place.server.book.counts(code) == 1


def test_another_program_that_locks_the_database_costs_its_seconds_and_nothing_else(place: Town) -> None:
    codes = place.deliver(place.account("bluesky"), [now_ms() + LATER_MS])
    with running(place):
        with locked(place):
            let_its_time_come(place, LOCKED_MS)
            assert place.server.book.counts(codes[0]) == 0
        until(is_published(place, codes[0]), "it goes out")
    assert "cannot be used" not in place.log(), "the worker waited for the lock, as it does for the web pages' writes"


@pytest.mark.parametrize("trouble", [FULL, READ_ONLY, "locked"])
@pytest.mark.parametrize("kind", ["bluesky", "mastodon", "blind"])
def test_an_answer_that_cannot_be_written_down_is_kept_until_it_can(
    tmp_path: Path, launcher: Launcher, trouble: str, kind: str
) -> None:
    """The trouble begins while the platform is making the post: the mark is written, the answer is on its way."""
    book = Book(padding="x" * 20_000)
    server = BookServer(book)
    with town(tmp_path, launcher, server) as place:
        (code,) = place.deliver(place.account(kind), [now_ms()])
        lock = sqlite3.connect(
            place.context.settings.data / "drumbeat.db", isolation_level=None, check_same_thread=False
        )

        def begin() -> None:
            book.pause = lambda: None
            if trouble == "locked":
                lock.execute("BEGIN EXCLUSIVE")
            else:
                set_trouble(place.root, trouble)

        book.pause = begin
        with running(place, IMPATIENT if trouble == "locked" else HOOK):
            until(said(place, KEPT), "the answer cannot be written down")
            assert place.server.book.counts(code) == 1
            assert place.delivery(code).state is State.SENDING, "no wrong word meanwhile"
            if trouble == "locked":
                lock.execute("ROLLBACK")
            set_trouble(place.root, NONE)
            until(is_published(place, code), "the answer is written down")
        assert outcomes(place, code) == ["Published"], "the platform's own answer, not a look-up"
        assert judge(place).faults == []
        lock.close()
    server.close()


def test_a_kill_while_an_answer_is_kept_ends_in_a_true_state_too(place: Town) -> None:
    (code,) = place.deliver(place.account("bluesky"), [now_ms()])

    def begin() -> None:
        place.server.book.pause = lambda: None
        set_trouble(place.root, READ_ONLY)

    place.server.book.pause = begin
    doomed = place.start(before=HOOK)
    until(said(place, KEPT), "the answer cannot be written down")
    doomed.kill()
    set_trouble(place.root, NONE)
    last = place.start()
    place.until_over()
    assert last.stop() == 0
    assert place.delivery(code).state is State.PUBLISHED
    assert judge(place).faults == []


def test_a_data_folder_that_is_gone_stops_sending_until_it_is_back(place: Town) -> None:
    data = place.context.settings.data
    aside = data.with_name("aside")
    (code,) = place.deliver(place.account("blind"), [now_ms() + LATER_MS])
    with running(place):
        data.rename(aside)
        until(said(place, "is gone while Drumbeat was running"), "the log says what is wrong")
        let_its_time_come(place)
        assert place.server.book.counts(code) == 0, "SQLite itself would write on into the file that is gone"
        aside.rename(data)
        until(is_published(place, code), "the same worker goes on")
    assert place.server.book.counts(code) == 1


def test_a_deleted_data_folder_lets_nothing_out(place: Town) -> None:
    (code,) = place.deliver(place.account("blind"), [now_ms() + LATER_MS])
    worker = place.start(before=worker_clock.HOOK)
    until(said(place, "is ready"), "the worker is ready")
    shutil.rmtree(place.context.settings.data)
    until(said(place, "is gone while Drumbeat was running"), "the log says what is wrong")
    let_its_time_come(place)
    assert place.server.book.counts(code) == 0
    worker.kill()


def test_a_database_that_was_replaced_ends_the_worker_that_knew_the_old_one(place: Town) -> None:
    """A backup put in place under a running worker: it must not go on with the old one, of which nobody knows."""
    file = place.context.settings.data / "drumbeat.db"
    (code,) = place.deliver(place.account("blind"), [now_ms() + LATER_MS])
    worker = place.start()
    until(said(place, "is ready"), "the worker is ready")
    with closing(sqlite3.connect(file)) as live:
        live.execute("VACUUM INTO ?", (str(file.with_name("copy.db")),))
    file.with_name("copy.db").replace(file)
    assert worker.wait() == 1
    assert "was replaced by another one while Drumbeat was running. Start Drumbeat again." in place.log()
    assert place.server.book.counts(code) == 0


def little_space(_path: object) -> shutil._ntuple_diskusage:
    return shutil._ntuple_diskusage(10**9, 10**9 - 49_000_000, 49_000_000)


def test_below_fifty_megabytes_the_worker_refuses_and_tells_once(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    look = space.Space(place.context)
    assert look.enough()
    monkeypatch.setattr(shutil, "disk_usage", little_space)
    assert [look.enough() for _ in range(3)] == [False] * 3
    assert told(place) == [(1, True)]
    assert "Only 49.0 MB are free" in worker_problem(place.context)
    assert health(place.context).disk_full
    monkeypatch.undo()
    assert look.enough()
    assert told(place) == [(1, False)]
    assert not health(place.context).disk_full


def told(place: Town) -> list[tuple[int, bool]]:
    """Return how often each notice about the disk was counted, and whether it is open."""
    chosen = select(notices.c.count, notices.c.resolved_at).where(notices.c.cause == space.CAUSE)
    with place.context.database.reading() as tx:
        return [(count, resolved_at is None) for count, resolved_at in tx.execute(chosen)]


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a small disk of its own at `folder`; only root may."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill a disk but for `leave` bytes and return the file that does it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):  # the last piece finds no room
        while (room := shutil.disk_usage(disk).free - leave) > 0:
            file.write(bytes(min(room, 65_536)))
    return ballast


if hasattr(os, "geteuid") and os.geteuid() == 0:

    def test_a_worker_on_a_really_full_disk_sends_nothing_that_it_cannot_write_down(
        tmp_path: Path, launcher: Launcher, book: BookServer
    ) -> None:
        with small_disk(tmp_path / "instance", 12) as disk, town(tmp_path, launcher, book) as place:
            with running(place, ANY_SPACE_WILL_DO):
                for kind in ("bluesky", "mastodon", "keyed", "blind"):
                    place.deliver(place.account(kind), [now_ms() + 1_000 + n * 200 for n in range(12)])
                ballast = fill(disk)
                until(said(place, "The database cannot be used: database or disk is full"), "the disk says so")
                known = {one.short_code: one.state for one in place.all()}
                assert all(known[post.code] is not State.SCHEDULED for post in place.server.book.posts[:-1])
                ballast.unlink()
                place.until_over()
            verdict = judge(place)
            assert verdict.faults == []
            assert verdict.asked == [], "every answer that came was kept"

    def test_a_nearly_full_disk_holds_the_queue_until_there_is_room(
        tmp_path: Path, launcher: Launcher, book: BookServer
    ) -> None:
        with small_disk(tmp_path / "instance", 64) as disk, town(tmp_path, launcher, book) as place:
            (code,) = place.deliver(place.account("blind"), [now_ms() + LATER_MS])
            with running(place):
                ballast = fill(disk, leave=40_000_000)
                until(lambda: told(place) == [(1, True)], "the owner is told")
                let_its_time_come(place)
                assert place.server.book.counts(code) == 0
                assert "Make room for at least 50.0 MB" in worker_problem(place.context)
                ballast.unlink()
                until(is_published(place, code), "the same worker goes on")
                assert told(place) == [(1, False)]
