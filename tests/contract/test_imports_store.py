"""Imports in the database: every item once, in order, and what was brought before is remembered; on both databases."""

from __future__ import annotations

import pytest

from scheduler.storage import imports
from scheduler.storage.engine import Database
from scheduler.storage.imports import Brought, Import, ImportState, Item, ItemState


@pytest.fixture
def work(database: Database) -> Import:
    wanted = Import("abc123abc123", "wordpress", "old.xml", 5, options={"unknown": "keep"})
    with database.writing() as tx:
        imports.add(tx, wanted)
        imports.put_items(
            tx, wanted.id, [Item(number, f"wordpress x {number}", "article", f"T{number}") for number in range(1200)]
        )
    return wanted


def test_items_are_taken_in_order_and_settled_once(database: Database, work: Import) -> None:
    with database.writing() as tx:
        first = imports.next_item(tx, work.id)
        assert first == Item(0, "wordpress x 0", "article", "T0")
        imports.finish_item(
            tx, work.id, Item(0, "wordpress x 0", "article", "T0", ItemState.MADE, "ID", ("A “note”.",))
        )
    with database.reading() as tx:
        following = imports.next_item(tx, work.id)
        assert following is not None and following.number == 1
        assert imports.counts(tx, work.id) == {ItemState.MADE: 1, ItemState.WAITING: 1199}
        assert imports.items(tx, work.id, [ItemState.MADE])[0].notes == ("A “note”.",)
    with database.writing() as tx:
        imports.wait_again(tx, work.id, [ItemState.MADE])
        assert imports.counts(tx, work.id) == {ItemState.WAITING: 1200}
        imports.put_items(tx, work.id, [Item(0, "a", "page", "A")])
        assert imports.counts(tx, work.id) == {ItemState.WAITING: 1}


def test_the_state_moves_only_from_where_it_may(database: Database, work: Import) -> None:
    with database.writing() as tx:
        assert not imports.set_state(tx, work.id, ImportState.RUNNING, 9, [ImportState.READY])
        assert [each.id for each in imports.at_work(tx)] == [work.id]
        imports.set_report(tx, work.id, "https://old.example", {"left": [{"what": "ä"}]}, 9)
        assert imports.set_state(tx, work.id, ImportState.READY, 9, [ImportState.READING])
        assert imports.at_work(tx) == []
        assert imports.set_state(tx, work.id, ImportState.RUNNING, 9, [ImportState.READY])
        found = imports.get(tx, work.id)
        assert found is not None
        assert (found.state, found.site, found.report, found.options, found.changed_at) == (
            ImportState.RUNNING, "https://old.example", {"left": [{"what": "ä"}]}, {"unknown": "keep"}, 9,
        )  # fmt: skip
        imports.fail(tx, work.id, "It is broken.", 10)
        assert imports.latest(tx)[0].trouble == "It is broken."


def test_what_was_brought_is_remembered_beyond_the_import(database: Database, work: Import) -> None:
    with database.writing() as tx:
        for digest in ("one", "two"):
            imports.note_brought(tx, Brought("wordpress x 1", "ID", digest, "print"), 7)
        imports.remove(tx, work.id)
    with database.reading() as tx:
        assert imports.get(tx, work.id) is None and imports.next_item(tx, work.id) is None
        assert imports.brought(tx, ["wordpress x 1", "other"]) == {
            "wordpress x 1": Brought("wordpress x 1", "ID", "two", "print")
        }
