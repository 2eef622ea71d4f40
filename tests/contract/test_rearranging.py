"""Changing zone or slots on both databases: exactly what was shown happens, whole, or nothing does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from scheduler import config_writer
from scheduler.config import read_calendar
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.problem import Conflict
from scheduler.domain.rearranging import Choice, Own, Queued, Retiming
from scheduler.domain.slots import local
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.delivery import decisions
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import CALENDAR
from scheduler.services.planning import blackouts, moving, rearranging
from scheduler.services.planning.rearranging import INTENT, Proposal, Stale, apply, finish_interrupted, preview
from scheduler.storage import accounts, deliveries, events, preferences, waiting
from scheduler.storage.engine import Connection, Database
from scheduler.storage.schema import deliveries as table
from tests.support.clock import StillClock
from tests.support.deliveries import queued_post, schedule
from tests.support.house import furnish
from tests.support.newsroom import add_account

LATER_SLOTS = {"default.slots": ["Tue 10:00", "Thu 10:00"]}
BERLIN = {"zone": "Europe/Berlin"}


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[Context]:
    """A house on either database."""
    url = database.engine.url.render_as_string(hide_password=False)
    with furnish(tmp_path / "house", clock=StillClock(), environ={"DATABASE_URL": url}) as context:
        yield context


@pytest.fixture
def account(house: Context) -> Account:
    return add_account(house, "bluesky", "Clinic")


def proposal(ctx: Context, changes: dict[str, Any]) -> Proposal:
    return Proposal(changes, configuration.seen(ctx, CALENDAR))


def read(ctx: Context, delivery_id: int) -> Delivery:
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def stands(ctx: Context, delivery_id: int, zone: str = "America/New_York") -> str:
    return local(read(ctx, delivery_id).due_at, zone).strftime("%a %d %H:%M")


def intent(ctx: Context) -> str:
    with ctx.database.reading() as tx:
        return preferences.get(tx, INTENT)


def file(ctx: Context) -> str:
    return (ctx.settings.config / CALENDAR).read_text("utf-8")


def test_what_was_shown_happens_with_file_times_and_history(house: Context, account: Account) -> None:
    first, second = (queued_post(house, account, f"2026-11-{day}T12:30") for day in (24, 26))
    own = queued_post(house, account, "2026-11-25T18:00", queued=False)
    before = read(house, first)
    wanted = proposal(house, LATER_SLOTS)
    shown = preview(house, wanted, Choice())
    assert stands(house, first) == "Tue 24 12:30", "looking moves nothing"
    assert [move.delivery_id for move in shown.moves] == [first, second]
    apply(house, wanted, Choice(), shown.shown, "Alex")
    assert [stands(house, key) for key in (first, second, own)] == ["Tue 24 10:00", "Thu 26 10:00", "Wed 25 18:00"]
    after = read(house, first)
    assert (after.at_wall, after.turn_at, after.not_before) == ("2026-11-24T10:00", after.due_at, after.due_at)
    assert after.late_after - after.due_at == before.late_after - before.due_at
    assert [str(slot) for slot in house.settings.calendar.default.slots] == ["Tue 10:00", "Thu 10:00"]
    with house.database.reading() as tx:
        (event,) = events.of_delivery(tx, first)
    assert (event.who, event.kind) == ("Alex", "rearranged")
    assert "from Tue 24 November 2026, 12:30 EST to Tue 24 November 2026, 10:00 EST" in event.sentence
    assert intent(house) == ""


def test_a_zone_moves_own_times_only_by_choice(house: Context, account: Account) -> None:
    own = queued_post(house, account, "2026-11-25T18:00", queued=False)
    due_at, wanted, clock = read(house, own).due_at, proposal(house, BERLIN), Choice(own=Own.CLOCK)
    assert preview(house, wanted, Choice()).moves == ()
    apply(house, wanted, clock, preview(house, wanted, clock).shown)
    found = read(house, own)
    assert (found.at_wall, found.at_zone, stands(house, own, "Europe/Berlin")) == (
        "2026-11-25T18:00",
        "Europe/Berlin",
        "Wed 25 18:00",
    )
    assert found.due_at == due_at - 6 * 3_600_000


def test_only_what_waits_untried_moves(house: Context, account: Account) -> None:
    others = [queued_post(house, account, f"2026-11-24T12:{minute}") for minute in range(30, 35)]
    states = (State.PENDING, State.UNKNOWN, State.PUBLISHED, State.SCHEDULED, State.NEEDS_HUMAN)
    with house.database.writing() as tx:
        for key, state in zip(others, states, strict=True):
            tried = {"attempts": 1, "maybe_live": int(state is State.SCHEDULED)}
            tx.execute(update(table).where(table.c.id == key).values(state=state, **tried))
    overdue = schedule(house, account, hours=-1)
    before = [read(house, key) for key in (*others, overdue)]
    moving, wanted = queued_post(house, account, "2026-11-24T09:00"), proposal(house, {"default.slots": ["Tue 12:30"]})
    apply(house, wanted, Choice(), preview(house, wanted, Choice()).shown)
    assert [read(house, key) for key in (*others, overdue)] == before
    assert stands(house, moving) == "Tue 01 12:30", "the slot of this week is theirs"


def meanwhile_cancelled(ctx: Context, delivery_id: int) -> None:
    decisions.cancel(ctx, delivery_id)


def meanwhile_another(ctx: Context, _delivery_id: int) -> None:
    with ctx.database.reading() as tx:
        (account,) = accounts.all_accounts(tx)
    queued_post(ctx, account, "2026-11-24T10:00")


def meanwhile_later(ctx: Context, _delivery_id: int) -> None:
    assert isinstance(ctx.clock, StillClock)
    ctx.clock.move(days=1.5)


@pytest.mark.parametrize("meanwhile", [meanwhile_cancelled, meanwhile_another, meanwhile_later])
def test_a_stale_preview_is_refused_with_the_new_one(
    house: Context, account: Account, meanwhile: Callable[[Context, int], None]
) -> None:
    delivery_id, wanted = queued_post(house, account, "2026-11-24T12:30"), proposal(house, LATER_SLOTS)
    shown = preview(house, wanted, Choice())
    meanwhile(house, delivery_id)
    before, text = read(house, delivery_id), file(house)
    with pytest.raises(Stale) as stale:
        apply(house, wanted, Choice(), shown.shown)
    assert stale.value.preview.shown != shown.shown
    assert (read(house, delivery_id), file(house), intent(house)) == (before, text, "")


def test_a_change_in_the_very_last_moment_is_noticed_too(
    house: Context, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (queued_post(house, account, f"2026-11-{day}T12:30") for day in (24, 26))
    wanted, text, store = proposal(house, LATER_SLOTS), file(house), preferences.put
    shown = preview(house, wanted, Choice())

    def put(tx: Connection, key: str, value: str) -> None:
        """Store it; and while the intent is stored, somebody cancels a post."""
        store(tx, key, value)
        if key == INTENT and value:
            now = house.clock.now_ms()
            deliveries.set_state(tx, first, State.CANCELLED, expect={State.SCHEDULED}, now=now)

    monkeypatch.setattr(preferences, "put", put)
    with pytest.raises(Stale) as stale:
        apply(house, wanted, Choice(), shown.shown)
    assert [move.delivery_id for move in stale.value.preview.moves] == [second]
    assert (stands(house, second), file(house), intent(house)) == ("Thu 26 12:30", text, "")


def test_another_choice_than_the_shown_one_is_shown_first(house: Context, account: Account) -> None:
    delivery_id, wanted = queued_post(house, account, "2026-11-24T12:30"), proposal(house, LATER_SLOTS)
    shown, stay = preview(house, wanted, Choice()), Choice(Queued.STAY)
    with pytest.raises(Stale) as stale:
        apply(house, wanted, stay, shown.shown)
    assert stale.value.preview.moves == ()
    apply(house, wanted, stay, stale.value.preview.shown)
    assert stands(house, delivery_id) == "Tue 24 12:30"


def test_a_file_changed_by_hand_meanwhile_is_left_alone(house: Context, account: Account) -> None:
    delivery_id, wanted = queued_post(house, account, "2026-11-24T12:30"), proposal(house, LATER_SLOTS)
    shown = preview(house, wanted, Choice())
    target = house.settings.config / CALENDAR
    target.write_text(file(house) + "\n# by hand\n", "utf-8")
    with pytest.raises(Conflict):
        apply(house, wanted, Choice(), shown.shown)
    assert stands(house, delivery_id) == "Tue 24 12:30"
    assert file(house).endswith("# by hand\n")


def test_when_the_file_cannot_be_written_nothing_moves(
    house: Context, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id, wanted = queued_post(house, account, "2026-11-24T12:30"), proposal(house, LATER_SLOTS)
    shown = preview(house, wanted, Choice())

    def full(*_: object) -> None:
        raise OSError("no space left on the disk")

    monkeypatch.setattr(config_writer, "change", full)
    with pytest.raises(OSError, match="no space"):
        apply(house, wanted, Choice(), shown.shown)
    assert (stands(house, delivery_id), intent(house)) == ("Tue 24 12:30", "")


def test_a_change_that_was_interrupted_after_the_file_is_finished(house: Context, account: Account) -> None:
    first, second = (queued_post(house, account, f"2026-11-{day}T12:30") for day in (24, 26))
    interrupted(house, LATER_SLOTS)
    moving.move(house, second, When(at="2026-11-27T18:00"), read(house, second).version)
    assert finish_interrupted(house) == 2
    assert stands(house, first) == "Tue 24 10:00"
    assert stands(house, second) == "Fri 27 18:00", "what a person changed meanwhile stays as it is"
    assert finish_interrupted(house) == 0


def test_a_change_that_was_interrupted_before_the_file_never_happened(house: Context, account: Account) -> None:
    delivery_id, text = queued_post(house, account, "2026-11-24T12:30"), file(house)
    interrupted(house, LATER_SLOTS)
    (house.settings.config / CALENDAR).write_text(text, "utf-8")
    assert finish_interrupted(house) == 0
    assert (stands(house, delivery_id), intent(house)) == ("Tue 24 12:30", "")


def interrupted(ctx: Context, changes: dict[str, Any]) -> None:
    """Leave behind what a process leaves that dies between writing the file and moving the posts."""
    wanted = proposal(ctx, changes)
    shown = preview(ctx, wanted, Choice())
    versions = {each.id: each.version for each in shown.concerned}
    moves = [(move, versions[move.delivery_id]) for move in shown.moves]
    left = rearranging._Intent(wanted.seen, shown.fingerprint, "Alex", moves)
    with ctx.database.writing() as tx:
        preferences.put(tx, INTENT, left.to_json())
    config_writer.change(ctx.settings.config / CALENDAR, changes, wanted.seen, read_calendar)


def test_slots_changed_by_hand_are_noticed_and_moved_only_when_asked(house: Context, account: Account) -> None:
    delivery_id = queued_post(house, account, "2026-11-24T12:30")
    queued_post(house, account, "2026-11-25T18:00", queued=False)
    assert rearranging.outside(house) == 0
    target = house.settings.config / CALENDAR
    target.write_text(file(house).replace('"Tue 12:30"', '"Tue 14:30"'), "utf-8")
    assert rearranging.outside(house) == 1
    assert stands(house, delivery_id) == "Tue 24 12:30"
    wanted = proposal(house, {})
    apply(house, wanted, Choice(), preview(house, wanted, Choice()).shown)
    assert (rearranging.outside(house), stands(house, delivery_id)) == (0, "Tue 24 14:30")
    target.write_text(file(house).replace('"Tue 14:30"', '"Tue 15:30"'), "utf-8")
    stay = Choice(Queued.STAY)
    apply(house, wanted := proposal(house, {}), stay, preview(house, wanted, stay).shown)
    assert (rearranging.outside(house), stands(house, delivery_id)) == (0, "Tue 24 14:30"), "left there on purpose"


def test_one_accounts_slots_leave_the_others_alone(house: Context, account: Account) -> None:
    other = add_account(house, "mastodon", "Other")
    mine, theirs = (queued_post(house, each, "2026-11-24T11:00") for each in (account, other))
    wanted = proposal(house, {f"accounts.{account.key}.slots": ["Tue 08:30"]})
    apply(house, wanted, Choice(), preview(house, wanted, Choice()).shown)
    assert (stands(house, mine), stands(house, theirs)) == ("Tue 24 08:30", "Tue 24 11:00")


def test_the_move_itself_refuses_what_was_tried_or_changed(house: Context, account: Account) -> None:
    tried, live, changed, free = (queued_post(house, account, f"2026-11-{day}T12:30") for day in (24, 26, 27, 30))
    with house.database.writing() as tx:
        tx.execute(update(table).where(table.c.id == tried).values(attempts=1))
        tx.execute(update(table).where(table.c.id == live).values(maybe_live=1))
        tx.execute(update(table).where(table.c.id == changed).values(version=2))
        moves = [(Retiming(key, 0, 1, "", ""), 1) for key in (tried, live, changed, free)]
        made = waiting.retime(tx, moves, house.clock.now_ms())
    assert [move.delivery_id for move in made] == [free]


def test_what_is_held_on_a_blackout_day_waits_for_a_person(house: Context, account: Account) -> None:
    held, free = queued_post(house, account, "2026-11-24T12:30"), queued_post(house, account, "2026-11-26T12:30")
    with house.database.writing() as tx:
        on_hold = {"state": State.HELD, "reason": blackouts.REASON}
        tx.execute(update(table).where(table.c.id == held).values(**on_hold))
    wanted = proposal(house, LATER_SLOTS)
    apply(house, wanted, Choice(), preview(house, wanted, Choice()).shown)
    assert (stands(house, held), stands(house, free)) == ("Tue 24 12:30", "Thu 26 10:00")
    assert read(house, held).state is State.HELD
    assert rearranging.outside(house) == 0
