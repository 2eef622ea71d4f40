"""What both databases promise about assets: search, versions, renditions, and who uses one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert

from scheduler.domain.asset import Asset, Kind, Purpose, Rendition
from scheduler.storage import assets, preferences
from scheduler.storage.engine import Database
from scheduler.storage.schema import accounts, deliveries, teasers, variants

PHOTO = Asset(
    id="abc", kind=Kind.PHOTO, filename="Strand.jpg", mime="image/jpeg", sha256="s1", bytes=5_000_000_000,
    width=4, height=3, duration_ms=0, alt="The beach", caption="100% sun", credit="", created_at=1, updated_at=1,
)  # fmt: skip
VIDEO = replace(PHOTO, id="vid", kind=Kind.VIDEO, filename="run_1.mp4", sha256="s2", alt="", caption="", created_at=2)


def rendition(name: str, purpose: Purpose, width: int) -> Rendition:
    return Rendition("abc", purpose, "image/webp", width, 3, 10, f"renditions/abc/{name}")


@pytest.fixture
def filled(database: Database) -> Database:
    """A database with a photo and a video."""
    with database.writing() as tx:
        wide, narrow = rendition("wide", Purpose.WIDTH, 800), rendition("narrow", Purpose.WIDTH, 480)
        assets.add(tx, PHOTO, [wide, narrow, rendition("thumb", Purpose.THUMB, 48)])
        assets.add(tx, VIDEO, [])
    return database


def test_an_asset_comes_back_as_it_was(filled: Database) -> None:
    with filled.reading() as tx:
        assert assets.get(tx, "abc") == PHOTO
        assert assets.by_sha256(tx, "s2") == VIDEO
        assert assets.by_ids(tx, ["vid", "gone", "abc"]) == {"abc": PHOTO, "vid": VIDEO}
        assert assets.by_ids(tx, []) == {}
        assert assets.get(tx, "ABC") is None


@pytest.mark.parametrize(
    ("words", "kind", "found"),
    [
        ("", None, [VIDEO, PHOTO]),
        ("BEACH strand", None, [PHOTO]),
        ("100%", None, [PHOTO]),
        ("n_1", None, [VIDEO]),
        ("d_j", None, []),
        ("", Kind.VIDEO, [VIDEO]),
        ("'; DROP TABLE assets; --", None, []),
    ],
)
def test_search(filled: Database, words: str, kind: Kind | None, found: list[Asset]) -> None:
    with filled.reading() as tx:
        assert assets.search(tx, words, kind) == found
        assert assets.count(tx, words, kind) == len(found)


def test_only_one_of_two_changes_of_a_version_is_made(filled: Database) -> None:
    with filled.writing() as tx:
        assert assets.change(tx, "abc", 1, {"alt": "one"})
        assert not assets.change(tx, "abc", 1, {"alt": "two"})
        changed = assets.get(tx, "abc")
    assert changed is not None
    assert (changed.alt, changed.version) == ("one", 2)


def test_renditions_come_narrow_first_and_go_with_their_asset(filled: Database) -> None:
    with filled.writing() as tx:
        assert [file.width for file in assets.renditions_of(tx, ["abc"], Purpose.WIDTH)] == [480, 800]
        assert assets.rendition(tx, "renditions/abc/thumb") == rendition("thumb", Purpose.THUMB, 48)
        assets.remove(tx, "abc")
        assert assets.rendition(tx, "renditions/abc/thumb") is None


@pytest.mark.parametrize("state", ["scheduled", "published", "held", "cancelled"])
def test_who_uses_an_asset(filled: Database, state: str) -> None:
    with filled.writing() as tx:
        own = tx.execute(
            insert(teasers).values(text="own", assets='["vid", "abc"]').returning(teasers.c.id)
        ).scalar_one()
        other = tx.execute(insert(teasers).values(text="variant").returning(teasers.c.id)).scalar_one()
        waiting = tx.execute(
            insert(teasers).values(text="lead", assets='["abcd"]').returning(teasers.c.id)
        ).scalar_one()
        account = tx.execute(insert(accounts).values(key="k", platform="p").returning(accounts.c.id)).scalar_one()
        tx.execute(insert(variants).values(teaser_id=other, account_id=account, assets='["abc"]'))
        payload = '{"link":{"image":{"alt":"","asset":"abc"}},"media":[]}'
        row = {"teaser_id": waiting, "account_id": account, "payload": payload, "state": state}
        tx.execute(insert(deliveries).values(idempotency_key="i", short_code="c", **row))
        found = assets.teasers_using(tx, "abc")
    expected = [(own, "own"), (other, "variant")]
    assert found == (expected if state in ("published", "cancelled") else [*expected, (waiting, "lead")])


def test_preferences(database: Database) -> None:
    with database.writing() as tx:
        assert preferences.get(tx, "a") == ""
        preferences.put(tx, "a", "1")
        preferences.put(tx, "a", "2")
        assert preferences.get(tx, "a") == "2"
