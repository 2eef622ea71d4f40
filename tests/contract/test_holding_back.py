"""What holds deliveries back on both databases: everything paused, a host that is down, lateness, a catch-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from scheduler.domain.breaker import FAULTS, PROBE_MS, after_fault
from scheduler.domain.delivery import State
from scheduler.domain.lateness import LATE_MS, LatePolicy
from scheduler.domain.outcome import NotSent, Rejected, Unknown
from scheduler.services.delivery import breaking
from scheduler.storage import breakers, lateness, pauses
from scheduler.storage.engine import Database
from scheduler.storage.pauses import Pause
from scheduler.storage.schema import accounts as accounts_table
from scheduler.storage.schema import deliveries as deliveries_table
from scheduler.storage.schema import notices
from tests.contract.test_deliveries_store import HOUR, NOW, PUBLISHED, add_account, add_delivery, claim, finish, read


def change(database: Database, table: Any, key: int, values: Mapping[str, object]) -> None:
    with database.writing() as tx:
        tx.execute(update(table).where(table.c.id == key).values(**values))


def on_host(database: Database, key: str, host: str = "social.example") -> int:
    account = add_account(database, key)
    change(database, accounts_table, account, {"host": host})
    return account


def let_fail(database: Database, times: int, host: str = "social.example") -> int:
    """Count faults of a host; return until when it is left alone."""
    for _ in range(times):
        with database.writing() as tx:
            breakers.put(tx, after_fault(breakers.get(tx, host), "No answer.", NOW), NOW)
    with database.reading() as tx:
        return breakers.get(tx, host).open_until


def test_while_everything_is_paused_nothing_is_claimed(database: Database) -> None:
    add_delivery(database, add_account(database))
    with database.writing() as tx:
        pauses.pause(tx, Pause("A crisis.", "Alex", NOW))
    assert claim(database) == []
    with database.writing() as tx:
        assert pauses.everything(tx) == Pause("A crisis.", "Alex", NOW)
        pauses.resume(tx)
        assert pauses.everything(tx) is None
    assert len(claim(database)) == 1


def test_a_host_that_is_down_is_left_alone_then_asked_with_one_post(database: Database) -> None:
    for key in ("a", "b"):
        add_delivery(database, on_host(database, key))
    elsewhere = add_delivery(database, on_host(database, "c", "other.example"))
    until = let_fail(database, FAULTS)
    assert [each.id for each in claim(database, NOW)] == [elsewhere]
    assert claim(database, until - 1) == []
    assert len(claim(database, until)) == 1, "one post asks whether the host is back"
    assert claim(database, until + 1_000) == [], "and nobody else, until it knows"
    assert len(claim(database, until + PROBE_MS)) == 1, "or until it must be thought lost"


def test_a_few_faults_hold_nothing_back_and_a_good_answer_clears_them(database: Database) -> None:
    add_delivery(database, on_host(database, "a"))
    let_fail(database, FAULTS - 1)
    assert len(claim(database)) == 1
    with database.writing() as tx:
        assert breakers.clear(tx, "social.example")
        assert not breakers.clear(tx, "social.example")
        assert breakers.tripped(tx) == []


def test_every_policy_ends_lateness_in_its_own_way(database: Database) -> None:
    ids = {}
    for policy in LatePolicy:
        ids[policy] = add_delivery(database, add_account(database, policy), late_after=NOW + HOUR)
        change(database, deliveries_table, ids[policy], {"late_policy": policy})
    perhaps_live = add_delivery(database, add_account(database, "live"), late_after=NOW + HOUR)
    change(database, deliveries_table, perhaps_live, {"late_policy": LatePolicy.SKIP, "maybe_live": 1})
    with database.writing() as tx:
        assert sum(lateness.apply_policies(tx, NOW + HOUR).values()) == 0
        assert sum(lateness.apply_policies(tx, NOW + HOUR + 1).values()) == 3
    ended = {policy: read(database, delivery).state for policy, delivery in ids.items()}
    assert ended == {
        LatePolicy.HOLD: State.MISSED,
        LatePolicy.PUBLISH: State.SCHEDULED,
        LatePolicy.SKIP: State.CANCELLED,
    }
    assert read(database, perhaps_live).state is State.MISSED, "what may be live is not skipped in silence"
    assert [each.id for each in claim(database, NOW + HOUR + 1)] == [ids[LatePolicy.PUBLISH]]


def test_only_accounts_that_may_publish_catch_up(database: Database) -> None:
    behind, paused, on_time = (add_account(database, key) for key in ("a", "b", "c"))
    for account in (behind, paused):
        add_delivery(database, account, due_at=NOW - LATE_MS)
    add_delivery(database, on_time, due_at=NOW - LATE_MS + 1)
    change(database, accounts_table, paused, {"state": "paused"})
    with database.reading() as tx:
        assert lateness.accounts_behind(tx, NOW) == [behind]


def test_a_new_turn_keeps_the_time_that_was_meant(database: Database) -> None:
    account = add_account(database)
    first, second = (add_delivery(database, account, due_at=NOW - HOUR + n) for n in range(2))
    with database.writing() as tx:
        assert [each.id for each in lateness.late_of(tx, account, NOW)] == [first, second]
        lateness.space(tx, {second: NOW, first: NOW + HOUR}, NOW)
    moved = read(database, first)
    assert (moved.due_at, moved.turn_at, moved.not_before) == (NOW - HOUR, NOW + HOUR, NOW + HOUR)
    (claimed,) = claim(database, NOW)
    assert claimed.id == second, "the new turns are the order"
    finish(database, claimed, PUBLISHED)
    assert claim(database, NOW + HOUR - 1) == []
    with database.reading() as tx:
        assert lateness.neighbours(tx, account, NOW + 1, HOUR) == [NOW, NOW + HOUR]
    assert [each.id for each in claim(database, NOW + HOUR)] == [first]


def test_a_late_post_keeps_its_distance_from_one_that_is_being_sent(database: Database) -> None:
    account = add_account(database)
    for n in range(2):
        add_delivery(database, account, due_at=NOW - HOUR + n)
    claim(database, NOW)  # its request has not left yet
    with database.reading() as tx:
        assert NOW in lateness.neighbours(tx, account, NOW, HOUR)


def test_a_host_that_stays_down_is_told_once_and_closed_when_it_is_back(database: Database) -> None:
    down = NotSent(sentence="No connection.", host_down=True)
    for _ in range(30):
        with database.writing() as tx:
            breaking.learn(tx, "social.example", down, NOW)
    assert open_notices(database) == ["host:social.example"]
    for nothing_said_of_it in (NotSent(sentence="We stumbled."), Unknown(sentence="Who knows.")):
        with database.writing() as tx:
            breaking.learn(tx, "social.example", nothing_said_of_it, NOW)
    assert open_notices(database) == ["host:social.example"]
    with database.writing() as tx:
        breaking.learn(tx, "social.example", Rejected(sentence="Too long, but it is there."), NOW)
        assert breakers.tripped(tx) == []
    assert open_notices(database) == []


def open_notices(database: Database) -> list[str]:
    with database.reading() as tx:
        return list(tx.execute(select(notices.c.cause).where(notices.c.resolved_at.is_(None))).scalars())
