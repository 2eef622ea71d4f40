"""New zone data, on both databases: the time on the clock stays, instants move, and everybody is told once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from scheduler.domain.delivery import Delivery, State
from scheduler.domain.slots import instant, parse_wall
from scheduler.services.context import Context
from scheduler.services.planning import rederiving
from scheduler.services.planning.rederiving import rederive, zone_data_version
from scheduler.storage import deliveries, events
from scheduler.storage.engine import Database
from scheduler.storage.schema import deliveries as table
from scheduler.storage.schema import notices, preferences
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.house import furnish
from tests.support.newsroom import add_account
from tests.support.zones import compile_zone, zone_data

ALMATY, WALL = "Asia/Almaty", "2026-12-01T09:00"
HOUR = 3_600_000


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[Context]:
    """A house on either database."""
    url = database.engine.url.render_as_string(hide_password=False)
    with furnish(tmp_path / "house", clock=StillClock(), environ={"DATABASE_URL": url}) as context:
        yield context


def waits(ctx: Context, wall: str, zone: str, **values: object) -> int:
    """Schedule a post for a wall time by the zone data of now."""
    account = add_account(ctx, "bluesky", f"Clinic {uuid.uuid4().hex}")
    delivery_id = schedule(ctx, account)
    due_at = instant(parse_wall(wall), zone)
    plain = {"at_wall": wall, "at_zone": zone, "due_at": due_at, "turn_at": due_at, "not_before": due_at}
    with ctx.database.writing() as tx:
        tx.execute(
            update(table).where(table.c.id == delivery_id).values(**plain | {"late_after": due_at + 6 * HOUR} | values)
        )
    return delivery_id


def read(ctx: Context, delivery_id: int) -> Delivery:
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def test_what_waits_keeps_its_time_on_the_clock(house: Context, tmp_path: Path) -> None:
    compile_zone(tmp_path / "old", ALMATY, "<+06>-6", "2023d")
    compile_zone(tmp_path / "new", ALMATY, "<+05>-5", "2024a")
    with zone_data(tmp_path / "old"):
        moving, held = waits(house, WALL, ALMATY), waits(house, WALL, ALMATY, state=State.HELD, sentence="On hold.")
        standing = waits(house, WALL, "Europe/Berlin")
        tried = waits(house, WALL, ALMATY, attempts=1, maybe_live=1)
        sent = waits(house, WALL, ALMATY, state=State.PUBLISHED)
        assert rederive(house) == 0
        before = {key: read(house, key) for key in (moving, held, standing, tried, sent)}
    with zone_data(tmp_path / "new"):
        assert rederive(house) == 2
        assert rederive(house) == 0, "once is enough"
        for key in (moving, held):
            found = read(house, key)
            assert found.due_at == before[key].due_at + HOUR == instant(parse_wall(WALL), ALMATY)
            assert (found.turn_at, found.not_before) == (found.due_at, found.due_at)
            assert found.late_after == before[key].late_after + HOUR
            assert (found.state, found.sentence) == (before[key].state, before[key].sentence)
            assert found.version == before[key].version + 1
        assert {key: read(house, key) for key in (standing, tried, sent)} == {
            key: before[key] for key in (standing, tried, sent)
        }
        with house.database.reading() as tx:
            (event,) = events.of_delivery(tx, moving)
            told = tx.execute(select(notices.c.cause, notices.c.path, notices.c.subject, notices.c.count)).all()
            version = tx.execute(select(preferences.c.value).where(preferences.c.key == "zone-data")).scalar()
        assert event.sentence == (
            "The rules of the time zone Asia/Almaty changed. It stays at 09:00 UTC+05:00 on the clock there, which is "
            "Tue 1 December 2026, 04:00 UTC instead of Tue 1 December 2026, 03:00 UTC."
        )
        assert [tuple(row) for row in told] == [
            ("tzdata", "/admin/outlook/moved", "Time zone rules changed: 2 posts moved", 1)
        ]
        assert version == "2024a"
        (run,) = rederiving.runs(house)
        assert (run.was, run.now, {move.delivery_id for move in run.moves}) == ("2023d", "2024a", {moving, held})


def test_a_machine_with_older_zone_data_moves_nothing_back(house: Context, tmp_path: Path) -> None:
    compile_zone(tmp_path / "old", ALMATY, "<+06>-6", "2023d")
    compile_zone(tmp_path / "new", ALMATY, "<+05>-5", "2024a")
    with zone_data(tmp_path / "new"):
        delivery_id = waits(house, WALL, ALMATY)
        rederive(house)
        due_at = read(house, delivery_id).due_at
    with zone_data(tmp_path / "old"):
        assert rederive(house) == 0
    assert read(house, delivery_id).due_at == due_at


def test_a_post_scheduled_with_old_rules_after_the_update_is_found_too(house: Context, tmp_path: Path) -> None:
    compile_zone(tmp_path / "old", ALMATY, "<+06>-6", "2023d")
    compile_zone(tmp_path / "new", ALMATY, "<+05>-5", "2024a")
    with zone_data(tmp_path / "new"):
        rederive(house)
    with zone_data(tmp_path / "old"):  # a web process that was not restarted yet
        delivery_id = waits(house, WALL, ALMATY)
    with zone_data(tmp_path / "new"):
        assert rederive(house) == 1
        assert read(house, delivery_id).due_at == instant(parse_wall(WALL), ALMATY)


def test_a_post_whose_time_passed_by_the_old_rules_only_waits_on(house: Context, tmp_path: Path) -> None:
    compile_zone(tmp_path / "old", ALMATY, "<+06>-6", "2023d")
    compile_zone(tmp_path / "new", ALMATY, "<+05>-5", "2024a")
    with zone_data(tmp_path / "old"):
        delivery_id = waits(house, "2026-11-23T18:50", ALMATY)  # 12:50 UTC, ten minutes ago
    with zone_data(tmp_path / "new"):
        assert rederive(house) == 1
    assert read(house, delivery_id).due_at == house.clock.now_ms() + 50 * 60_000, "never early by the clock that holds"


def test_the_version_is_that_of_the_data_in_use(tmp_path: Path) -> None:
    compile_zone(tmp_path, ALMATY, "<+06>-6", "2023d")
    with zone_data(tmp_path):
        assert zone_data_version() == "2023d"
        (tmp_path / "+VERSION").unlink()
        assert zone_data_version() == ""
