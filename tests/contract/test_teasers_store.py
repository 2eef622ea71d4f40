"""What both databases promise about teasers: one per submission, versions, variants, drafts."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import insert

from scheduler.domain.problem import Conflict
from scheduler.domain.teaser import Teaser, Variant, When
from scheduler.storage import teasers
from scheduler.storage.engine import Database
from scheduler.storage.schema import accounts

WRITTEN = Teaser(0, "Knees", "article-1", assets=("b", "a"), accounts=(1,), when=When("2026-11-24T09:00", "UTC"))


def test_a_teaser_comes_back_as_it_was_stored(database: Database) -> None:
    with database.writing() as tx:
        key = tx.execute(insert(accounts).values(key="a", platform="bluesky", remote_id="a").returning(accounts.c.id))
        variants = {int(key.scalar_one()): Variant("Own", (), {"visibility": "unlisted"})}
        kept = teasers.create(tx, replace(WRITTEN, variants=variants), "form", 1000)
    with database.reading() as tx:
        assert teasers.get(tx, kept.id) == kept
        assert teasers.by_submission(tx, "form") == kept
        assert teasers.about(tx, "article-1") == [kept]
    assert kept == replace(WRITTEN, id=kept.id, variants=variants, created_at=1000, updated_at=1000)


def test_the_same_submission_at_the_same_moment_is_one_teaser(database: Database) -> None:
    start = threading.Barrier(4)
    ids: list[int] = []

    def click(number: int) -> None:
        start.wait()
        with database.writing() as tx:
            ids.append(teasers.create(tx, replace(WRITTEN, text=f"click {number}"), "one form", 1000).id)

    threads = [threading.Thread(target=click, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_forms_without_a_key_are_teasers_of_their_own(database: Database) -> None:
    with database.writing() as tx:
        assert teasers.create(tx, WRITTEN, "", 1).id != teasers.create(tx, WRITTEN, "", 1).id


def test_a_change_names_the_version_it_saw(database: Database) -> None:
    with database.writing() as tx:
        kept = teasers.create(tx, WRITTEN, "", 1)
        changed = teasers.change(tx, replace(kept, text="New"), kept.version, 2)
        assert (changed.text, changed.version, changed.updated_at) == ("New", kept.version + 1, 2)
        with pytest.raises(Conflict):
            teasers.change(tx, replace(kept, text="Newer"), kept.version, 3)


def test_drafts_are_listed_and_removed_but_scheduled_teasers_are_not(database: Database) -> None:
    with database.writing() as tx:
        draft = teasers.create(tx, WRITTEN, "", 1)
        scheduled = teasers.create(tx, replace(WRITTEN, scheduled=True), "", 2)
        assert teasers.drafts(tx) == [draft]
        assert teasers.drafts(tx, words="KNEE") == [draft]
        assert teasers.drafts(tx, words="knee_") == []
        assert teasers.listing(tx) == [scheduled, draft]
        assert teasers.listing(tx, before_id=scheduled.id) == [draft]
        assert not teasers.remove_draft(tx, scheduled.id)
        assert teasers.remove_draft(tx, draft.id)
