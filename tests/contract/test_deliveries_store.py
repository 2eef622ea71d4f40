"""What both databases promise about deliveries: claim, mark, fence, order, one in flight, and no early start."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError

from scheduler.domain.account import AccountState
from scheduler.domain.delivery import Delivery, Recovery, State, Step, after_death
from scheduler.domain.lateness import LatePolicy
from scheduler.storage import accounts, claims, deliveries, lateness, listings
from scheduler.storage.engine import Database
from scheduler.storage.migrate import is_current, migrate
from scheduler.storage.schema import accounts as accounts_table
from scheduler.storage.schema import deliveries as deliveries_table
from scheduler.storage.schema import teasers as teasers_table

NOW = 1_800_000_000_000
HOUR = 3_600_000
LEASE = 60_000

_codes = iter(range(1, 1_000_000))


def add_account(database: Database, key: str = "a") -> int:
    with database.writing() as tx:
        row = insert(accounts_table).values(key=key, platform="bluesky", remote_id=key)
        return int(tx.execute(row.returning(accounts_table.c.id)).scalar_one())


def add_delivery(database: Database, account_id: int, due_at: int = NOW, late_after: int = NOW + 6 * HOUR) -> int:
    with database.writing() as tx:
        teaser_id = tx.execute(insert(teasers_table).values(text="t").returning(teasers_table.c.id)).scalar_one()
        code = f"code{next(_codes)}"
        new = deliveries.NewDelivery(
            teaser_id=teaser_id, account_id=account_id, idempotency_key=code, short_code=code, payload="{}",
            payload_hash="h", at_wall="", at_zone="", queued=False, due_at=due_at, late_after=late_after,
        )  # fmt: skip
        return deliveries.add(tx, new, NOW)


def claim(database: Database, now: int = NOW, limit: int = 10, worker: str = "w1") -> list[Delivery]:
    with database.writing() as tx:
        return claims.claim(tx, worker_id=worker, now=now, lease_until=now + LEASE, limit=limit)


def mark(database: Database, delivery: Delivery, now: int = NOW) -> bool:
    with database.writing() as tx:
        return claims.mark_started(tx, delivery, now=now, margin=30_000)


def finish(database: Database, delivery: Delivery, step: Step, now: int = NOW) -> bool:
    with database.writing() as tx:
        return claims.finish(tx, delivery, step, now)


def read(database: Database, delivery_id: int) -> Delivery:
    with database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


PUBLISHED = Step(State.PUBLISHED, "It is live.", remote_id="r", url="https://x.example/r")
AGAIN = Step(State.SCHEDULED, "Not sent.", not_before=NOW + 5_000)


def test_nothing_starts_early(database: Database) -> None:
    add_delivery(database, add_account(database), due_at=NOW)
    assert claim(database, NOW - 1) == []
    assert len(claim(database, NOW)) == 1


def test_a_claim_is_exclusive_and_carries_a_new_token(database: Database) -> None:
    delivery_id = add_delivery(database, add_account(database))
    first = claim(database)
    assert [d.id for d in first] == [delivery_id]
    assert (first[0].state, first[0].lease_token, first[0].attempts) == (State.SENDING, 1, 1)
    assert claim(database, worker="w2") == []


def test_one_account_sends_one_at_a_time_in_order(database: Database) -> None:
    account = add_account(database)
    later = add_delivery(database, account, due_at=NOW - 1_000)
    head = add_delivery(database, account, due_at=NOW - 2_000)
    taken = claim(database)
    assert [d.id for d in taken] == [head]
    assert finish(database, taken[0], PUBLISHED)
    assert [d.id for d in claim(database)] == [later]


def test_a_waiting_or_unknown_head_blocks_its_own_account_only(database: Database) -> None:
    one, two = add_account(database, "one"), add_account(database, "two")
    first = add_delivery(database, one, due_at=NOW - 2_000)
    add_delivery(database, one, due_at=NOW - 1_000)
    other = add_delivery(database, two)
    taken = {d.id: d for d in claim(database)}
    assert set(taken) == {first, other}
    assert finish(database, taken[first], AGAIN)
    assert claim(database) == [], "the head waits for its retry, and the rest of the account behind it"
    again = claim(database, NOW + 5_000)
    assert [d.id for d in again] == [first]
    assert mark(database, again[0], NOW + 5_000)
    assert finish(database, again[0], Step(State.UNKNOWN, "?", not_before=NOW, maybe_live=True))
    assert claim(database, NOW + 6_000) == []


def test_a_paused_broken_or_resting_account_sends_nothing(database: Database) -> None:
    account = add_account(database)
    add_delivery(database, account)
    for state in (AccountState.PAUSED, AccountState.BROKEN):
        with database.writing() as tx:
            accounts.set_state(tx, account, state, "", NOW)
        assert claim(database) == []
    with database.writing() as tx:
        accounts.set_state(tx, account, AccountState.CONNECTED, "", NOW)
        accounts.set_not_before(tx, account, NOW + 1)
    assert claim(database) == []
    assert len(claim(database, NOW + 1)) == 1


def test_the_mark_needs_a_live_claim_with_time_left(database: Database) -> None:
    add_delivery(database, add_account(database))
    taken = claim(database)[0]
    assert not mark(database, taken, NOW + LEASE - 30_000), "too little of the lease is left for the call"
    assert mark(database, taken)
    assert read(database, taken.id).request_started_at == NOW


def test_a_fenced_off_owner_changes_nothing(database: Database) -> None:
    add_delivery(database, add_account(database))
    frozen = claim(database)[0]
    with database.writing() as tx:
        assert claims.settle(tx, frozen, after_death(frozen, NOW, Recovery()), NOW)
    fresh = claim(database, worker="w2")[0]
    assert fresh.lease_token == frozen.lease_token + 1
    assert not mark(database, frozen)
    assert not finish(database, frozen, AGAIN)
    assert finish(database, fresh, PUBLISHED)
    assert read(database, frozen.id).state is State.PUBLISHED


def test_the_stamp_is_fresh_unless_an_earlier_try_may_be_live(database: Database) -> None:
    add_delivery(database, add_account(database))
    first = claim(database)[0]
    finish(database, first, AGAIN)
    second = claim(database, NOW + 5_000)[0]
    assert (first.stamp_at, second.stamp_at) == (NOW, NOW + 5_000)
    finish(database, second, Step(State.SCHEDULED, "absent", not_before=NOW + 6_000, maybe_live=True))
    third = claim(database, NOW + 6_000)[0]
    assert third.stamp_at == NOW + 5_000


def test_too_late_is_missed_not_sent(database: Database) -> None:
    late = add_delivery(database, add_account(database), due_at=NOW - 2 * HOUR, late_after=NOW - HOUR)
    with database.writing() as tx:
        assert lateness.apply_policies(tx, NOW)[LatePolicy.HOLD] == 1
    assert claim(database) == []
    assert read(database, late).state is State.MISSED


def test_the_database_itself_refuses_two_in_flight(database: Database) -> None:
    account = add_account(database)
    add_delivery(database, account)
    second = add_delivery(database, account)
    claim(database)
    with pytest.raises(IntegrityError), database.writing() as tx:
        deliveries.set_state(tx, second, State.SENDING, expect={State.SCHEDULED}, now=NOW)


def test_the_database_itself_refuses_a_state_that_is_none(database: Database) -> None:
    delivery_id = add_delivery(database, add_account(database))
    with pytest.raises(IntegrityError), database.writing() as tx:
        tx.execute(update(deliveries_table).values(state="lost"))
    assert read(database, delivery_id).state is State.SCHEDULED


def test_a_step_that_the_machine_does_not_know_is_a_programming_error(database: Database) -> None:
    delivery_id = add_delivery(database, add_account(database))
    with pytest.raises(ValueError, match="cannot go from"), database.writing() as tx:
        deliveries.set_state(tx, delivery_id, State.PUBLISHED, expect={State.SCHEDULED}, now=NOW)


def test_many_workers_at_once_never_take_the_same(database: Database) -> None:
    """Six threads claim from forty deliveries of eight accounts until nothing is left."""
    for name in "abcdefgh":
        account = add_account(database, name)
        for n in range(5):
            add_delivery(database, account, due_at=NOW - n)
    published: list[int] = []
    overlaps: list[int] = []
    in_flight: set[int] = set()
    guard = threading.Lock()

    def work(worker: str) -> None:
        while True:
            taken = claim(database, limit=3, worker=worker)
            if not taken and len(published) == 40:
                return
            for delivery in taken:
                with guard:
                    if delivery.account_id in in_flight:
                        overlaps.append(delivery.id)
                    in_flight.add(delivery.account_id)
                assert mark(database, delivery)
                with guard:
                    in_flight.discard(delivery.account_id)
                    published.append(delivery.id)
                assert finish(database, delivery, PUBLISHED)

    run_all([lambda n=n: work(f"w{n}") for n in range(6)])  # type: ignore[misc]
    assert len(published) == len(set(published)) == 40
    assert not overlaps


def run_all(jobs: list[Callable[[], None]]) -> None:
    errors: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - handed on below
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors


def test_two_moves_of_one_version_leave_one_winner(database: Database) -> None:
    delivery = read(database, add_delivery(database, add_account(database)))

    def moved(due_at: int) -> bool:
        with database.writing() as tx:
            return deliveries.move(
                tx, delivery.id, version=delivery.version, due_at=due_at, late_after=due_at + HOUR, at_wall="w",
                at_zone="UTC", queued=False, now=NOW,
            )  # fmt: skip

    assert moved(NOW + HOUR)
    assert not moved(NOW + 2 * HOUR)
    assert read(database, delivery.id).due_at == NOW + HOUR


def test_a_span_of_time_holds_what_went_out_in_it_and_what_is_due_in_it(database: Database) -> None:
    account, other = add_account(database), add_account(database, "b")
    early, first, end = (add_delivery(database, account, due_at=NOW + n * HOUR) for n in (-9, 0, 3))
    foreign = add_delivery(database, other, due_at=NOW + HOUR)
    with database.writing() as tx:
        late = {"state": State.PUBLISHED, "published_at": NOW + 2 * HOUR}
        tx.execute(update(deliveries_table).where(deliveries_table.c.id == early).values(**late))

    def found(account_id: int | None = None, states: frozenset[State] = frozenset(State)) -> list[int]:
        with database.reading() as tx:
            span = listings.between(tx, NOW, NOW + 3 * HOUR, states=states, account_id=account_id)
            return [each.id for each in span]

    assert found() == [first, foreign, early]
    assert found(account) == [first, early]
    assert found(states=frozenset({State.SCHEDULED})) == [first, foreign]
    assert end not in found()


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_migrating_twice_is_harmless_and_the_schema_is_what_the_code_says(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from scheduler.storage.schema import metadata

    migrate(database)
    assert is_current(database)
    with database.reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []
        names = "SELECT name FROM sqlite_master" if database.is_sqlite else "SELECT indexname FROM pg_indexes"
        known = set(tx.execute(text(names)).scalars())  # indexes of expressions are not compared on SQLite
    assert {index.name for table in metadata.tables.values() for index in table.indexes} <= known


def test_newest_first_goes_by_when_it_went_out(database: Database) -> None:
    """A page of published posts holds the last ones, however long ago they were planned."""
    account = add_account(database)
    late = add_delivery(database, account, due_at=NOW - 2_000)
    add_delivery(database, account, due_at=NOW - 1_000)
    assert finish(database, claim(database)[0], PUBLISHED, NOW + 9_000)
    assert finish(database, claim(database)[0], PUBLISHED, NOW)
    with database.reading() as tx:
        newest = listings.search(tx, states={State.PUBLISHED}, newest_first=True, limit=1)
    assert [delivery.id for delivery in newest] == [late]


def test_a_claim_that_a_dead_worker_never_sent_is_no_attempt(database: Database) -> None:
    """A worker that is killed again and again must not use up the tries of what it never sent."""
    delivery_id = add_delivery(database, add_account(database))
    for _ in range(20):
        (claimed,) = claim(database)
        with database.writing() as tx:
            assert claims.settle(tx, claimed, after_death(claimed, NOW, Recovery()), NOW)
    assert read(database, delivery_id).attempts == 0
    assert claim(database)[0].attempts == 1
