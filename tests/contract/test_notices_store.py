"""What both databases promise about notices: one for each cause, told once by one teller, tried again on failure."""

from __future__ import annotations

import threading
from collections.abc import Callable

from scheduler.domain.notice import Level, Notice
from scheduler.storage import notices, preferences
from scheduler.storage.engine import Connection, Database
from scheduler.storage.notices import GATHER_MS, KEPT_MS, QUIET_MS

NOW = 1_800_000_000_000
LEASE = 300_000
TOLD = (Level.STOP, Level.PROBLEM)


def report(database: Database, cause: str = "failed:1", now: int = NOW, **more: object) -> None:
    with database.writing() as tx:
        notices.report(tx, cause, subject="S", sentence=f"At {now}.", now=now, **more)  # type: ignore[arg-type]


def open_now(database: Database) -> list[Notice]:
    with database.reading() as tx:
        return notices.open_notices(tx)


def claim(database: Database, now: int) -> list[Notice]:
    with database.writing() as tx:
        return notices.claim(tx, TOLD, now, now + LEASE)


def do(database: Database, change: Callable[[Connection], object]) -> None:
    with database.writing() as tx:
        change(tx)


def test_a_hundred_times_the_same_cause_is_one_notice(database: Database) -> None:
    for second in range(100):
        report(database, now=NOW + second)
    report(database, "failed:2")
    [first] = [found for found in open_now(database) if found.cause == "failed:1"]
    assert (first.count, first.first_at, first.last_at) == (100, NOW, NOW + 99)
    assert first.sentence == f"At {NOW + 99}."
    assert len(claim(database, NOW + GATHER_MS)) == 2


def test_many_workers_that_meet_a_cause_at_the_same_moment_make_one_notice(database: Database) -> None:
    start = threading.Barrier(6)

    def meet() -> None:
        start.wait(60)
        report(database)

    threads = [threading.Thread(target=meet) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [only] = open_now(database)
    assert only.count == 6


def test_what_only_lasts_counts_nothing_and_makes_nothing_unread(database: Database) -> None:
    report(database, "disk", times=0)
    do(database, lambda tx: notices.mark_read(tx, None, NOW + 1))
    report(database, "disk", now=NOW + 2, times=0)
    [disk] = open_now(database)
    assert (disk.count, disk.unread, disk.sentence) == (1, False, f"At {NOW + 2}.")
    report(database, "disk", now=NOW + 3)
    [disk] = open_now(database)
    assert (disk.count, disk.unread) == (2, True)


def test_what_is_over_is_told_anew_when_it_happens_again(database: Database) -> None:
    report(database)
    do(database, lambda tx: notices.resolve(tx, "failed:1", NOW + 1))
    assert open_now(database) == []
    report(database, now=NOW + 2)
    [again] = open_now(database)
    assert (again.count, again.first_at) == (1, NOW + 2)


def test_a_cause_that_comes_and_goes_is_told_once_an_hour(database: Database) -> None:
    report(database)
    told = claim(database, NOW + GATHER_MS)
    do(database, lambda tx: notices.finish_telling(tx, [told[0].id], NOW + GATHER_MS))
    do(database, lambda tx: notices.resolve(tx, "failed:1", NOW + 2 * GATHER_MS))
    report(database, now=NOW + 3 * GATHER_MS)
    assert claim(database, NOW + 10 * GATHER_MS) == []
    assert len(claim(database, NOW + GATHER_MS + QUIET_MS)) == 1


def test_several_causes_of_one_minute_go_together(database: Database) -> None:
    report(database, "a")
    report(database, "b", now=NOW + GATHER_MS - 1)
    report(database, "note", level=Level.NOTE)
    assert claim(database, NOW + GATHER_MS - 1) == []
    assert [found.cause for found in claim(database, NOW + GATHER_MS)] == ["a", "b"]


def test_of_many_tellers_one_gets_the_batch_and_a_dead_one_leaves_it(database: Database) -> None:
    report(database, "a")
    report(database, "b")
    start, got, later = threading.Barrier(4), list[list[Notice]](), NOW + GATHER_MS

    def tell() -> None:
        start.wait(60)
        got.append(claim(database, later))

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(batch) for batch in got) == [0, 0, 0, 2]
    assert claim(database, later + LEASE - 1) == []
    assert [found.tries for found in claim(database, later + LEASE)] == [2, 2]


def test_what_failed_is_tried_again_and_what_went_is_ticked_off(database: Database) -> None:
    report(database)
    [taken] = claim(database, NOW + GATHER_MS)
    do(database, lambda tx: notices.note_told(tx, [taken.id], "mailed_at", NOW + 1))
    do(database, lambda tx: notices.put_off(tx, [taken.id], NOW + 900_000, "The server is down."))
    [waiting] = open_now(database)
    assert (waiting.mailed_at, waiting.called_at, waiting.trouble) == (NOW + 1, None, "The server is down.")
    assert claim(database, NOW + 899_999 - GATHER_MS) == []
    do(database, lambda tx: notices.try_now(tx, NOW + 2))
    assert len(claim(database, NOW + 2)) == 1
    do(database, lambda tx: notices.finish_telling(tx, [taken.id], NOW + 3))
    assert claim(database, NOW + QUIET_MS) == []


def test_what_is_over_before_it_is_told_is_not_told(database: Database) -> None:
    report(database)
    do(database, lambda tx: notices.resolve(tx, "failed:1", NOW + 1))
    assert claim(database, NOW + GATHER_MS) == []


def test_what_stops_everything_stands_first(database: Database) -> None:
    report(database, "worker", level=Level.STOP)
    report(database, "new", now=NOW + 5)
    assert [found.cause for found in open_now(database)] == ["worker", "new"]


def test_what_has_long_been_over_is_forgotten(database: Database) -> None:
    report(database, "old")
    report(database, "open")
    do(database, lambda tx: notices.resolve(tx, "old", NOW))
    do(database, lambda tx: notices.forget_old(tx, NOW + KEPT_MS))
    with database.reading() as tx:
        assert len(notices.resolved(tx, 10)) == 1
    do(database, lambda tx: notices.forget_old(tx, NOW + KEPT_MS + 1))
    with database.reading() as tx:
        assert notices.resolved(tx, 10) == []
    assert [found.cause for found in open_now(database)] == ["open"]


def test_of_many_that_change_a_preference_one_wins(database: Database) -> None:
    for seen, value in (("", "first"), ("first", "second")):
        start, won = threading.Barrier(4), list[bool]()

        def swap(seen: str = seen, value: str = value, start: threading.Barrier = start, won: list[bool] = won) -> None:
            start.wait(60)
            with database.writing() as tx:
                won.append(preferences.swap(tx, "digest", seen, value))

        threads = [threading.Thread(target=swap) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert won.count(True) == 1
        with database.reading() as tx:
            assert preferences.get(tx, "digest") == value
