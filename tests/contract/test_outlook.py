"""The outlook on both databases: it foretells what the engine then does, writes nothing, and is quick."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, update

from scheduler.domain.account import AccountState
from scheduler.domain.delivery import State
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.outlook import Fate
from scheduler.services.context import Context
from scheduler.services.delivery.lateness import settle_what_is_late
from scheduler.services.planning.outlook import WhatIf, outlook, read_stock
from scheduler.services.planning.outlook_page import page_of
from scheduler.storage import accounts, breakers, pauses
from scheduler.storage.engine import Database
from scheduler.storage.pauses import Pause
from scheduler.storage.schema import breakers as breaker_table
from scheduler.storage.schema import deliveries as table
from scheduler.storage.schema import teasers
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.house import furnish
from tests.support.newsroom import LATER, add_account, write_articles

HOUR = 3_600_000


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[Context]:
    """A house on either database."""
    url = database.engine.url.render_as_string(hide_password=False)
    with furnish(tmp_path / "house", clock=StillClock(), environ={"DATABASE_URL": url}) as context:
        yield context


def test_the_engine_does_what_was_foretold_of_late_posts(house: Context) -> None:
    account, now = add_account(house, "bluesky", "Clinic"), house.clock.now_ms()
    kinds = [
        (-9, LatePolicy.HOLD),
        (-8, LatePolicy.SKIP),
        (-7, LatePolicy.PUBLISH),
        (-2, LatePolicy.HOLD),
        (-1, "hold"),
    ]
    late = {schedule(house, account, hours=hours): policy for hours, policy in kinds}
    schedule(house, account, hours=0.3)
    with house.database.writing() as tx:
        for key, policy in late.items():
            tx.execute(update(table).where(table.c.id == key).values(late_policy=policy))
    foretold = {f.waiting.id: f for f in outlook(read_stock(house)).forecasts}
    with house.database.writing() as tx:
        settle_what_is_late(house, tx, now)
        rows = tx.execute(select(table.c.id, table.c.state, table.c.turn_at)).all()
    fates = {State.MISSED: Fate.MISSED, State.CANCELLED: Fate.SKIPPED}
    for delivery_id, state, turn_at in rows:
        if state == State.SCHEDULED:
            assert foretold[delivery_id].goes_at == turn_at, delivery_id
        else:
            assert foretold[delivery_id].fate is fates[State(state)]
    assert {f.fate for f in foretold.values()} == {Fate.MISSED, Fate.SKIPPED, Fate.LATER, Fate.ON_TIME}


def test_everything_in_the_way_is_said(house: Context) -> None:
    write_articles(house)
    now, posts = house.clock.now_ms(), dict[str, int]()
    for state in (AccountState.PAUSED, AccountState.BROKEN, AccountState.CONNECTED):
        posts[state] = schedule(house, add_account(house, "bluesky", f"Clinic {state}", state))
    silent = add_account(house, "mastodon", "Silent")
    posts["silent"], posts["later"] = schedule(house, silent), schedule(house, add_account(house, "webhook", "Hook"))
    with house.database.writing() as tx:
        tx.exec_driver_sql("UPDATE accounts SET host = 'mastodon.example' WHERE platform = 'mastodon'")
        breaker = {"host": "mastodon.example", "trips": 1, "open_until": now + 2 * HOUR}
        tx.execute(insert(breaker_table).values(**breaker))
        assert breakers.tripped(tx)
        tx.execute(update(teasers).where(teasers.c.id == posts["later"]).values(article_id=LATER))
    found = {f.waiting.id: f for f in outlook(read_stock(house)).forecasts}
    assert "paused" in found[posts[AccountState.PAUSED]].why
    assert "connected again" in found[posts[AccountState.BROKEN]].why
    assert found[posts[AccountState.CONNECTED]].fate is Fate.ON_TIME
    assert (found[posts["silent"]].goes_at, found[posts["silent"]].fate) == (now + 2 * HOUR, Fate.LATER)
    assert "does not answer" in found[posts["silent"]].why
    assert found[posts["later"]].fate is Fate.MISSED, "a week late is too late"
    assert "“Later” appears only then. That is too late" in found[posts["later"]].why
    with house.database.writing() as tx:
        pauses.pause(tx, Pause("Bad news", "Alex", now))
    assert {f.why for f in outlook(read_stock(house)).forecasts} >= {"Everything is paused: Bad news."}


def test_a_pause_is_tried_out_and_nothing_is_written(house: Context) -> None:
    account = add_account(house, "bluesky", "Clinic")
    schedule(house, account)
    with house.database.reading() as tx:
        before = tx.execute(select(table)).all(), accounts.all_accounts(tx)
    until = house.clock.now_ms() + 3 * HOUR
    (found,) = outlook(read_stock(house), WhatIf(paused={account.id: until})).forecasts
    assert (found.goes_at, found.why) == (until, "Clinic would be paused until then.")
    with house.database.reading() as tx:
        assert (tx.execute(select(table)).all(), accounts.all_accounts(tx)) == before


def test_ten_thousand_waiting_posts_need_few_queries_and_no_payload(house: Context) -> None:
    crowd = [add_account(house, "bluesky", f"Clinic {number}") for number in range(10)]
    now = house.clock.now_ms()
    plain = {"idempotency_key": "", "short_code": "", "payload": "x" * 2_000, "state": "scheduled"}
    with house.database.writing() as tx:
        teaser = tx.execute(insert(teasers).values(text="Stretch", scheduled=1).returning(teasers.c.id)).scalar_one()
        rows = []
        for number in range(10_000):
            due_at = now + number * 12 * 60_000
            mine = {"teaser_id": teaser, "account_id": crowd[number % 10].id, "occurrence": number}
            times = dict.fromkeys(("due_at", "turn_at", "not_before"), due_at) | {"late_after": due_at + HOUR}
            rows.append(plain | mine | times | {"idempotency_key": uuid.uuid4().hex, "short_code": uuid.uuid4().hex})
        tx.execute(insert(table), rows)
    asked: list[str] = []
    event.listen(house.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    found = outlook(read_stock(house))
    page = page_of(house, found, None, None)
    assert len(found.forecasts) == 10_000
    assert page.total.goes == 10_000
    assert page.more
    statements = [each for each in asked if each.startswith("SELECT")]
    assert len(statements) <= 8, statements
    assert not [each for each in statements if "payload" in each]
