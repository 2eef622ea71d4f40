"""What both databases promise about kept answers, and about lists that are read page by page."""

from __future__ import annotations

import threading

from scheduler.domain.asset import Asset, Kind
from scheduler.storage import assets, idempotency, listings
from scheduler.storage.engine import Database
from scheduler.storage.idempotency import Kept


def test_a_key_is_taken_once(database: Database) -> None:
    with database.writing() as tx:
        assert idempotency.claim(tx, "1:a", "hash", 1000) is None
    with database.writing() as tx:
        assert idempotency.claim(tx, "1:a", "other", 2000) == Kept("hash", 0, {}, "", 1000)
        idempotency.keep(tx, "1:a", 201, {"ETag": '"x"'}, "{}")
        assert idempotency.claim(tx, "1:a", "hash", 3000) == Kept("hash", 201, {"ETag": '"x"'}, "{}", 1000)
        idempotency.release(tx, "1:a")
        assert idempotency.claim(tx, "1:a", "hash", 4000) is None


def test_of_many_at_the_same_moment_one_gets_the_key(database: Database) -> None:
    start, found = threading.Barrier(4), []

    def ask() -> None:
        start.wait(60)
        with database.writing() as tx:
            found.append(idempotency.claim(tx, "1:a", "hash", 1000))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert found.count(None) == 1


def test_old_answers_go_and_dead_requests_go_earlier(database: Database) -> None:
    with database.writing() as tx:
        for key, created_at in (("old", 10), ("dead", 90), ("fresh", 110), ("waiting", 110)):
            idempotency.claim(tx, key, "hash", created_at)
        idempotency.claim(tx, "kept", "hash", 90)
        for key in ("old", "fresh", "kept"):
            idempotency.keep(tx, key, 200, {}, "")
        idempotency.forget_old(tx, answered_before=50, unanswered_before=100)
        taken = {
            key: idempotency.claim(tx, key, "x", 200) is None for key in ("old", "dead", "fresh", "waiting", "kept")
        }
    assert taken == {"old": True, "dead": True, "fresh": False, "waiting": False, "kept": False}


def test_assets_go_on_after_the_last_one_seen(database: Database) -> None:
    with database.writing() as tx:
        for key, created_at in (("a", 1), ("b", 2), ("c", 2), ("d", 2), ("e", 3)):
            photo = Asset(key, Kind.PHOTO, key, "image/jpeg", key, 1, 1, 1, 0, "", "", "", created_at, created_at)
            assets.add(tx, photo, ())
        everything = [asset.id for asset in assets.search(tx)]
        rest = [asset.id for asset in assets.search(tx, after=(2, "c"))]
    assert everything == ["e", "b", "c", "d", "a"]
    assert rest == ["d", "a"]


def test_deliveries_go_on_after_the_last_one_seen(database: Database) -> None:
    with database.reading() as tx:
        assert listings.search(tx, after=(2**53, 1)) == []
