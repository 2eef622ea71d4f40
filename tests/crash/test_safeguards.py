"""Each safeguard switched off in a real worker: the platform's book must show it, or the other tests prove nothing."""

from __future__ import annotations

import sqlite3

import pytest

from scheduler.domain.delivery import State
from scheduler.storage import preferences
from scheduler.storage.engine import Database, DatabaseMoved
from tests.crash.town import Town, judge, now_ms
from tests.support.worker import until

OFF = "tests.support.safeguards_off"


def die_and_recover(place: Town, kind: str, safeguard: str) -> str:
    """Kill a worker while the platform is answering, recover with another one, and return the short code."""
    account = place.account(kind)
    (code,) = place.deliver(account, [now_ms()])
    place.crash("request sent, not answered", code, account, before=f"{OFF}:{safeguard}")
    last = place.start(before=f"{OFF}:{safeguard}")
    place.until_over()
    assert last.stop() == 0
    return code


@pytest.mark.parametrize(
    ("safeguard", "kind"),
    [
        ("no_mark", "blind"),
        ("no_mark", "mastodon"),
        ("requeue_what_was_in_flight", "blind"),
        ("requeue_what_was_in_flight", "bluesky"),
        ("believe_at_once_that_it_is_absent", "blind"),
        ("believe_at_once_that_it_is_absent", "mastodon"),
    ],
)
def test_without_it_a_kill_makes_a_duplicate(place: Town, safeguard: str, kind: str) -> None:
    code = die_and_recover(place, kind, safeguard)
    assert place.server.book.counts(code) == 2
    assert judge(place).duplicates


def test_without_keeping_answers_a_person_is_asked_for_what_was_known(place: Town) -> None:
    (code,) = place.deliver(place.account("blind"), [now_ms()])
    lock = sqlite3.connect(place.context.settings.data / "drumbeat.db", isolation_level=None, check_same_thread=False)

    def begin() -> None:
        place.server.book.pause = lambda: None
        lock.execute("BEGIN EXCLUSIVE")

    place.server.book.pause = begin
    worker = place.start(before=f"{OFF}:drop_answers_impatiently")
    until(lambda: "its end could not be written down" in place.log(), "the answer is thrown away")
    lock.execute("ROLLBACK")
    lock.close()
    place.until_over()
    assert worker.stop() == 0
    assert place.delivery(code).state is State.NEEDS_HUMAN


def test_without_looking_at_its_file_sqlite_writes_where_nobody_looks(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, data = place.context.database, place.context.settings.data
    with database.writing() as tx:
        preferences.put(tx, "told", "before")
    data.rename(data.with_name("aside"))
    with pytest.raises(DatabaseMoved, match="is gone while Drumbeat was running"), database.writing():
        pass
    monkeypatch.setattr(Database, "_require_in_place", lambda _self: None)
    with database.writing() as tx:
        preferences.put(tx, "told", "nobody")
    assert not data.exists(), "SQLite itself did not notice"
