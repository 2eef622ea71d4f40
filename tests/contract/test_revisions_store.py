"""What both databases promise about versions of articles and about who has one open."""

from __future__ import annotations

import threading

import pytest

from scheduler.domain.revision import ANOTHER_PROGRAM, By, Origin, Revision, RevisionKind, to_drop
from scheduler.storage import presence, revisions
from scheduler.storage.engine import Database
from scheduler.storage.presence import Open
from scheduler.storage.revisions import NewRevision

NOW = 1_800_000_000_000
DAY = 86_400_000
ANNA = By(Origin.ADMIN, "Anna")


def add(
    database: Database, data: str, by: By = ANNA, kind: str = RevisionKind.SAVED, now: int = NOW, article: str = "A"
) -> bool:
    with database.writing() as tx:
        return revisions.add(tx, NewRevision(article, kind, by, f"hash of {data}", data.encode()), now)


def listed(database: Database, article: str = "A") -> list[Revision]:
    with database.reading() as tx:
        return revisions.of_article(tx, article)


def test_versions_are_numbered_and_give_back_every_byte(database: Database) -> None:
    assert add(database, "one") and add(database, "two") and add(database, "other", article="B")
    assert [(found.number, found.name) for found in listed(database)] == [(2, "Anna"), (1, "Anna")]
    with database.reading() as tx:
        found = revisions.numbered(tx, "A", 1)
        assert found and found[1] == b"one"
        assert revisions.words_of(tx, "A", "hash of two") == b"two"
        assert revisions.words_of(tx, "B", "hash of two") is None
        assert revisions.numbered(tx, "A", 3) is None
        assert [r.number for r in revisions.of_article(tx, "A", before=2, limit=1)] == [1]


def test_the_same_words_are_one_version_until_others_come_between(database: Database) -> None:
    assert add(database, "one") and not add(database, "one")
    assert add(database, "two") and add(database, "one")
    assert [found.number for found in listed(database)] == [3, 2, 1]


def test_a_version_found_outside_gets_the_name_of_its_writer(database: Database) -> None:
    add(database, "one", by=ANOTHER_PROGRAM, kind=RevisionKind.OUTSIDE)
    add(database, "one", kind=RevisionKind.PUBLISHED)
    (found,) = listed(database)
    assert (found.name, found.origin, found.kind) == ("Anna", "admin", "published")
    add(database, "one", by=ANOTHER_PROGRAM, kind=RevisionKind.OUTSIDE)
    assert listed(database) == [found]


def test_what_was_thrown_away_is_no_version_of_the_file(database: Database) -> None:
    add(database, "one")
    add(database, "thrown away", kind=RevisionKind.DISCARDED)
    add(database, "there", article="B")
    with database.reading() as tx:
        assert revisions.latest_hashes(tx) == {"A": "hash of one", "B": "hash of there"}


def test_many_at_one_moment_record_it_once(database: Database) -> None:
    start = threading.Barrier(6)
    done: list[bool] = []

    def work() -> None:
        start.wait()
        done.append(add(database, "one", by=ANOTHER_PROGRAM, kind=RevisionKind.OUTSIDE))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False] * 5 + [True] and len(listed(database)) == 1


def test_versions_are_forgotten_by_their_ids(database: Database) -> None:
    for words in ("one", "two", "three"):
        add(database, words)
    ids = [found.id for found in listed(database)]
    with database.writing() as tx:
        revisions.drop(tx, ids[1:])
        revisions.drop(tx, [])
    assert [found.id for found in listed(database)] == ids[:1]


@pytest.mark.parametrize("current", ["4", "none of them"])
def test_what_is_kept(current: str) -> None:
    """A hundred versions, two a day, the newest 40 days old: one a day, the last fifty, and what the file says."""
    many = [
        Revision(n, "A", n, NOW - 40 * DAY - (100 - n) * DAY // 2, "saved", "admin", "", str(n), "")
        for n in range(1, 101)
    ]
    dropped = set(to_drop(many, current, NOW))
    kept = {revision.number for revision in many} - dropped
    assert set(range(51, 101)) <= kept
    assert {revision.at // DAY for revision in many} == {revision.at // DAY for revision in many if revision.id in kept}
    assert (4 in dropped) == (current != "4")
    assert 20 < len(dropped) < 30
    assert to_drop(many, current, NOW - 100 * DAY) == []


def note(database: Database, tab: str, name: str, seen: int, typed: int = 0) -> None:
    with database.writing() as tx:
        presence.note(tx, Open("A", tab, name, seen, typed))


def test_who_has_an_article_open(database: Database) -> None:
    note(database, "a", "Anna", NOW, NOW - 5)
    note(database, "a", "Anna", NOW + 1, NOW)
    note(database, "b", "Ben", NOW)
    note(database, "c", "Gone", NOW - 2 * DAY)
    with database.reading() as tx:
        assert presence.others(tx, "A", "b", NOW - 1000) == [Open("A", "a", "Anna", NOW + 1, NOW)]
        assert [page.tab for page in presence.others(tx, "A", "x", NOW - 1000)] == ["a", "b"]
        assert presence.others(tx, "B", "", 0) == []
    with database.writing() as tx:
        presence.gone(tx, "A", "a")
    with database.reading() as tx:
        assert [page.tab for page in presence.others(tx, "A", "", NOW - 1000)] == ["b"]
