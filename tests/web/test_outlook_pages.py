"""The outlook in the browser's words: the weeks, trying a change out, and what new zone rules moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from scheduler.domain.account import Account, AccountState
from scheduler.services.context import Context
from scheduler.services.planning.rederiving import rederive
from scheduler.storage import accounts
from scheduler.storage.schema import deliveries as table
from scheduler.storage.schema import notices
from tests.support.deliveries import queued_post, schedule
from tests.support.house import Visitor
from tests.support.newsroom import add_account
from tests.support.zones import compile_zone, zone_data

OUTLOOK, WHAT_IF = "/admin/outlook/", "/admin/outlook/what-if"


@pytest.fixture
def account(context: Context) -> Account:
    return add_account(context, "bluesky", "Clinic")


def everything(context: Context) -> list[tuple[Any, ...]]:
    with context.database.reading() as tx:
        return [tuple(row) for row in tx.execute(select(table).order_by(table.c.id))]


def test_the_outlook_of_an_empty_house(owner_client: Visitor) -> None:
    page = owner_client.get(OUTLOOK).text
    assert "<strong>0 posts</strong> go out" in page
    assert "Nothing goes out in this week" in page


def test_weeks_are_counted_and_one_is_listed(context: Context, owner_client: Visitor, account: Account) -> None:
    schedule(context, account, text="This week", hours=2)
    schedule(context, account, text="Next week", hours=24 * 8)
    page = owner_client.get(OUTLOOK).text
    assert "<strong>2 posts</strong> go out" in page
    assert "This week" in page
    assert "Next week" not in page
    assert page.count("Free slot</span>") == 5, "a single account shows its free slots"
    following = owner_client.get(f"{OUTLOOK}?week=2026-11-30").text
    assert "Next week" in following
    assert 'aria-current="true">30 Nov – 6 Dec' in following
    for nonsense in ("?week=never", "?week=0001-01-01", "?week=9999-12-31", "?account=99", "?account=x"):
        assert owner_client.get(OUTLOOK + nonsense).status_code == 200


def test_what_stands_in_the_way_is_said(context: Context, owner_client: Visitor, account: Account) -> None:
    schedule(context, account)
    with context.database.writing() as tx:
        accounts.set_state(tx, account.id, AccountState.PAUSED, "", context.clock.now_ms())
    page = owner_client.get(OUTLOOK).text
    assert "<strong>1</strong> will not as things stand" in page
    assert "Clinic is paused. Resume the account under Accounts." in page
    assert "Will not go out" in page


def test_a_try_out_shows_now_beside_then_and_applies_nothing(
    context: Context, owner_client: Visitor, account: Account
) -> None:
    queued_post(context, account, "2026-11-24T12:30", "Calves")
    before, file = everything(context), (context.settings.config / "calendar.toml").read_bytes()
    page = owner_client.get(WHAT_IF, query_string={"slots": "Wed 10:00"}).text
    assert "1 post at another time" in page
    assert "Tue 24 November 2026, 12:30 EST" in page
    assert "Wed 25 November 2026, 10:00 EST" in page
    assert "Apply the posting times" in page
    zone = owner_client.get(WHAT_IF, query_string={"zone": "Europe/Berlin"}).text
    assert "Tue 24 November 2026, 12:30 CET" in zone
    assert "Apply the zone" in zone
    paused = {"pause": account.key, "pause_until": "2026-11-24T15:00"}
    page = owner_client.get(WHAT_IF, query_string=paused).text
    assert "Clinic would be paused until then." in page
    assert "Apply" not in page
    page = owner_client.get(WHAT_IF, query_string={"everything_until": "2026-11-26T15:00"}).text
    assert "1 post at another time" not in page
    assert "That is too late, so it will wait for you." in page
    page = owner_client.get(WHAT_IF, query_string={"blackout": "2026-11-24"}).text
    assert "24 November 2026 is a blackout day" in page
    assert (everything(context), (context.settings.config / "calendar.toml").read_bytes()) == (before, file)


def test_another_account_shows_its_own_slots_and_takes_none_over(
    context: Context, owner_client: Visitor, account: Account
) -> None:
    typed = {"target": account.key, "shown_target": "", "slots": "Wed 10:00"}
    page = owner_client.get(WHAT_IF, query_string=typed).text
    assert "Wed 10:00" not in page
    assert f'name="shown_target" type="hidden" value="{account.key}"' in page


def test_every_mistake_of_a_try_out_is_told(owner_client: Visitor, account: Account) -> None:
    wrong = {
        "zone": "Mars/Olympus",
        "slots": "Funday 09:00",
        "pause": account.key,
        "everything_until": "2020-01-01T00:00",
        "blackout": "tomorrow",
    }
    answer = owner_client.get(WHAT_IF, query_string=wrong)
    assert answer.status_code == 422
    for field in ("zone", "slots", "pause_until", "everything_until", "blackout"):
        assert f'id="{field}-error"' in answer.text, field
    nonsense = owner_client.get(WHAT_IF, query_string={"pause_until": "soon"})
    assert "Choose the account" in nonsense.text
    assert "is not a date and time" in nonsense.text


def test_what_new_zone_rules_moved_is_listed_and_noted(
    context: Context, owner_client: Visitor, account: Account, tmp_path: Path
) -> None:
    assert "Nothing moved" in owner_client.get("/admin/outlook/moved").text
    compile_zone(tmp_path / "old", "Asia/Almaty", "<+06>-6", "2023d")
    compile_zone(tmp_path / "new", "Asia/Almaty", "<+05>-5", "2024a")
    delivery_id = schedule(context, account)
    due_at = context.clock.now_ms() + 24 * 3_600_000  # 19:00 in Almaty, when it was six hours ahead
    values = {"at_wall": "2026-11-24T19:00", "at_zone": "Asia/Almaty", "due_at": due_at}
    with context.database.writing() as tx:
        tx.execute(update(table).where(table.c.id == delivery_id).values(**values))
    with zone_data(tmp_path / "old"):
        assert rederive(context) == 0
    with zone_data(tmp_path / "new"):
        assert rederive(context) == 1
        page = owner_client.get("/admin/outlook/moved").text
    assert "Zone data 2023d was replaced by 2024a." in page
    assert "2026-11-24 19:00 in Asia/Almaty" in page
    assert "Tue 24 November 2026, 14:00 UTC" in page
    owner_client.post("/admin/outlook/moved/seen")
    with context.database.reading() as tx:
        assert tx.execute(select(notices.c.resolved_at)).scalars().all() == [context.clock.now_ms()]
