"""Several workers on one PostgreSQL: who is dead, who is only cut off, who is frozen, and who hears of new work."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, insert, select, text, update

from scheduler.domain.delivery import Delivery, State, Step
from scheduler.domain.teaser import Payload
from scheduler.platforms import registry
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch, reconcile, roll_call
from scheduler.storage import accounts, attempts, claims, deliveries, locks, workers
from scheduler.storage.engine import Database
from scheduler.storage.lifeline import LineLost, PostgresLine, open_lifeline
from scheduler.storage.schema import accounts as accounts_table
from scheduler.storage.schema import deliveries as deliveries_table
from scheduler.storage.schema import notices as notices_table
from scheduler.storage.schema import workers as workers_table
from scheduler.worker.life import Life
from scheduler.worker.trouble import Trouble
from tests.contract.test_deliveries_store import PUBLISHED, add_account, add_delivery, mark, read
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.judge import Judge, Judged
from tests.support.safeguards import without
from tests.support.worker import until

LEASE = dispatch.LEASE_MS


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StillClock, migrated_postgres: str) -> Iterator[Context]:
    """A house on PostgreSQL."""
    with furnish(
        tmp_path, clock=clock, environ={"DATABASE_URL": migrated_postgres, "DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1"}
    ) as made:
        yield made


_opened: list[PostgresLine] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No line outlives its test."""
    yield
    while _opened:
        _opened.pop().close()


def claimed_by(ctx: Context, worker_id: str) -> Delivery:
    """Return a delivery that a worker has claimed."""
    account = add_account(ctx.database, uuid.uuid4().hex)
    add_delivery(ctx.database, account, due_at=ctx.clock.now_ms(), late_after=ctx.clock.now_ms() + 10**9)
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        (taken,) = claims.claim(tx, worker_id=worker_id, now=now, lease_until=now + LEASE, limit=1)
    return taken


def living(ctx: Context, worker_id: str) -> PostgresLine:
    """Return the line of a worker that lives and is known."""
    line = PostgresLine(ctx.database, worker_id)
    _opened.append(line)
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        workers.register(tx, workers.Worker(worker_id, "host", 7, "", now, now, locks.lock_number(worker_id)))
    return line


def die(ctx: Context, line: PostgresLine, worker_id: str) -> None:
    """End a worker's connection, and wait until the server has seen it."""
    line.close()
    until(lambda: not is_held(ctx, worker_id), "the lock is free")


def known(ctx: Context) -> set[str]:
    with ctx.database.reading() as tx:
        return {worker.id for worker in workers.all_workers(tx)}


def test_what_a_dead_worker_left_is_certainly_not_sent_or_unknown(ctx: Context) -> None:
    line = living(ctx, "dead")
    unsent, sent = claimed_by(ctx, "dead"), claimed_by(ctx, "dead")
    assert mark(ctx.database, sent, ctx.clock.now_ms())
    die(ctx, line, "dead")
    assert reconcile.take_over_from_the_dead(ctx, "me") == 2
    assert read(ctx.database, unsent.id).state is State.SCHEDULED
    left = read(ctx.database, sent.id)
    assert (left.state, left.lease_until) == (State.UNKNOWN, sent.lease_until), "its call may still be on the wire"
    assert known(ctx) == set()


def test_a_worker_that_holds_its_lock_is_never_taken_over_however_old_its_heartbeat(
    ctx: Context, clock: StillClock
) -> None:
    living(ctx, "frozen")
    held = claimed_by(ctx, "frozen")
    clock.move(days=2)
    for _ in range(3):
        assert roll_call.look_around(ctx, "me") == 0
    assert read(ctx.database, held.id).state is State.SENDING
    assert [(row[0], row.resolved_at) for row in frozen_notices(ctx)] == [(1, None)], "told once, not every time"
    roll_call.beat(ctx, "frozen")
    roll_call.look_around(ctx, "me")
    assert [row.resolved_at for row in frozen_notices(ctx)] == [clock.now]


def test_without_the_proof_of_death_a_living_worker_would_lose_its_work(ctx: Context, clock: StillClock) -> None:
    with without("liveness"), pytest.raises(AssertionError, match="assert 1 == 0"):
        test_a_worker_that_holds_its_lock_is_never_taken_over_however_old_its_heartbeat(ctx, clock)


def test_a_frozen_worker_that_dies_after_all_is_forgotten_with_its_notice(ctx: Context, clock: StillClock) -> None:
    line = living(ctx, "frozen")
    clock.move(minutes=5)
    roll_call.look_around(ctx, "me")
    die(ctx, line, "frozen")
    assert roll_call.look_around(ctx, "me") == 0
    assert [row.resolved_at for row in frozen_notices(ctx)] == [clock.now]
    assert known(ctx) == set()


def frozen_notices(ctx: Context) -> list[Row[Any]]:
    with ctx.database.reading() as tx:
        n = notices_table.c
        query = select(n.count.label("times"), n.resolved_at).where(notices_table.c.cause == "worker:frozen")
        return list(tx.execute(query))


def test_a_claim_of_a_worker_that_nobody_knows_is_settled_too(ctx: Context) -> None:
    """A worker that lost its line claims once more before it knows, and its row is gone already."""
    held = claimed_by(ctx, "unknown to all")
    assert reconcile.take_over_from_the_dead(ctx, "me") == 1
    assert read(ctx.database, held.id).state is State.SCHEDULED


def test_what_our_own_threads_have_in_hand_from_an_earlier_life_is_left_to_them(ctx: Context) -> None:
    held = claimed_by(ctx, "my earlier life")
    assert reconcile.take_over_from_the_dead(ctx, "me", {held.id}) == 0
    assert read(ctx.database, held.id).state is State.SENDING
    assert reconcile.take_over_from_the_dead(ctx, "me") == 1, "once no thread has it any more"


def test_of_many_only_one_settles_a_dead_workers_work(ctx: Context) -> None:
    sent = claimed_by(ctx, "dead")
    assert mark(ctx.database, sent, ctx.clock.now_ms())
    start, settled = threading.Barrier(4), list[int]()

    def take_over(name: str) -> None:
        start.wait(60)
        settled.append(reconcile.take_over_from_the_dead(ctx, name))

    run_all([lambda n=n: take_over(f"w{n}") for n in range(4)])  # type: ignore[misc]
    assert sorted(settled) == [0, 0, 0, 1]
    with ctx.database.reading() as tx:
        assert len(attempts.of_delivery(tx, sent.id)) == 1


def test_a_mark_that_is_being_written_is_seen_by_whoever_takes_over(ctx: Context) -> None:
    """The cut-off worker is in the middle of its mark: whoever takes over waits for it instead of missing it."""
    held = claimed_by(ctx, "cut off")
    now = ctx.clock.now_ms()
    taking = threading.Thread(target=lambda: reconcile.take_over_from_the_dead(ctx, "me"))
    with ctx.database.writing() as tx:
        assert claims.mark_started(tx, held, now=now, margin=0)
        taking.start()
        until(lambda: waiting_for_a_lock(ctx) == 1, "whoever takes over waits")
    taking.join(60)
    assert read(ctx.database, held.id).state is State.UNKNOWN


def waiting_for_a_lock(ctx: Context) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with ctx.database.reading() as tx:
        return int(tx.execute(text(query)).scalar_one())


def test_the_late_word_of_a_cut_off_worker_counts_until_somebody_claims_again(ctx: Context, clock: StillClock) -> None:
    first, second = claimed_by(ctx, "cut off"), claimed_by(ctx, "cut off")
    for delivery in (first, second):
        assert mark(ctx.database, delivery, clock.now)
    assert reconcile.take_over_from_the_dead(ctx, "me") == 2
    with ctx.database.writing() as tx:
        assert claims.finish(tx, first, PUBLISHED, clock.now)
        refused = Step(State.FAILED, "Refused.", "rejected")
        assert not claims.finish(tx, second, refused, clock.now), "anything else is evidence only"
    assert read(ctx.database, first.id).state is State.PUBLISHED
    again = Step(State.SCHEDULED, "Absent.", not_before=clock.now, maybe_live=True)
    with ctx.database.writing() as tx:
        assert claims.settle(tx, read(ctx.database, second.id), again, clock.now)
    with ctx.database.writing() as tx:
        claims.claim(tx, worker_id="me", now=clock.now, lease_until=clock.now + LEASE, limit=1)
    with ctx.database.writing() as tx:
        assert not claims.finish(tx, second, PUBLISHED, clock.now)


def test_a_lock_is_its_own_workers_and_ends_with_its_connection(ctx: Context) -> None:
    line = living(ctx, "one")
    with pytest.raises(LineLost):
        PostgresLine(ctx.database, "one")
    PostgresLine(ctx.database, "two").close()
    end_line_of(ctx, "one")
    until(lambda: not is_held(ctx, "one"), "the server has ended the connection")
    with pytest.raises(LineLost):
        line.hear(threading.Event())
    line.close()


def is_held(ctx: Context, worker_id: str) -> bool:
    with ctx.database.writing() as tx:
        return not locks.take_of_the_dead(tx, worker_id)


def end_line_of(ctx: Context, worker_id: str) -> None:
    """End the connection that holds a worker's lock, as an administrator may."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :number AND granted"
    with ctx.database.reading() as tx:
        tx.execute(text(query), {"number": locks.lock_number(worker_id)}).all()


def test_a_life_ends_with_its_line_and_a_new_one_begins(ctx: Context, caplog: pytest.LogCaptureFixture) -> None:
    lives, nudges = list[str](), threading.Event()

    def begin(worker_id: str) -> None:
        lives.append(worker_id)
        roll_call.enter(ctx, worker_id)

    life = Life(ctx.database, Trouble(lambda _moved: None), begin, nudges.set)
    life.start()
    try:
        first = life.id
        assert (life.holds, known(ctx)) == (True, {first})
        held = claimed_by(ctx, first)
        nudges.clear()
        end_line_of(ctx, first)
        until(lambda: len(lives) == 2 and life.id == lives[1], "a new life")
        assert first != life.id
        assert nudges.wait(60), "it looks at once for what is due"
        assert known(ctx) == {life.id}
        assert read(ctx.database, held.id).state is State.SCHEDULED
    finally:
        life.stop()
    assert not life.holds
    told = [record.message for record in caplog.records if record.name == "scheduler.worker.trouble"]
    assert [line.partition(".")[0] for line in told] == ["nothing is sent for now", "the database can be used again"]


def test_trouble_is_told_once_and_its_end_too(caplog: pytest.LogCaptureFixture, ctx: Context) -> None:
    trouble = Trouble(lambda _moved: None)

    def away() -> None:
        with ctx.database.writing() as tx:
            tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    def also_away() -> None:
        away()

    def mistaken() -> None:
        with ctx.database.writing() as tx:
            tx.execute(text("SELECT * FROM nothing"))

    for job in (away, away, also_away):
        trouble.around(job)()
    assert len(caplog.records) == 1
    assert "\n" not in caplog.records[0].message
    with pytest.raises(Exception, match="nothing"):
        trouble.around(mistaken)()
    for name in ("away", "away", "also_away"):
        assert len(caplog.records) == 1
        trouble.ends(name)
    assert len(caplog.records) == 2


def hears(database: Database, write: Callable[[], object]) -> bool:
    """Return whether a worker's line hears of `write`."""
    line, stop = open_lifeline(database, uuid.uuid4().hex), threading.Event()
    try:
        assert not line.hear(stop)
        write()
        return any(line.hear(stop) for _ in range(3))
    finally:
        line.close()


def test_new_work_and_moved_work_is_heard_of(database: Database) -> None:
    account = add_account(database)
    assert hears(database, lambda: add_delivery(database, account))
    found = read(database, add_delivery(database, account))

    def move() -> None:
        with database.writing() as tx:
            deliveries.move(
                tx, found.id, version=found.version, due_at=1, late_after=9, at_wall="", at_zone="", queued=False, now=1
            )

    def resume() -> None:
        with database.writing() as tx:
            tx.execute(update(accounts_table).values(state="paused"))
        with database.writing() as tx:
            accounts.set_state(tx, account, "connected", "", 1)

    assert hears(database, move)
    assert hears(database, resume)
    assert not hears(database, lambda: None)


def test_what_is_not_committed_is_not_heard_of(database: Database) -> None:
    def undone() -> None:
        with pytest.raises(RuntimeError), database.writing() as tx:
            row = {"key": "z", "platform": "p", "remote_id": "z"}
            tx.execute(insert(accounts_table).values(**row))
            raise RuntimeError

    assert not hears(database, undone)


def test_adding_a_delivery_does_not_keep_a_worker_from_the_account(ctx: Context) -> None:
    """Whoever adds one holds the account's key for a moment; a claim passes by an account that is locked."""
    account = add_account(ctx.database)
    add_delivery(ctx.database, account, due_at=ctx.clock.now_ms(), late_after=ctx.clock.now_ms() + 10**9)
    with ctx.database.writing() as adding:
        adding.execute(text("SELECT id FROM accounts FOR KEY SHARE"))
        assert len(dispatch.claim_due(ctx, "w", 1)) == 1


def test_a_process_that_freezes_inside_a_transaction_does_not_lock_the_rest_out_for_ever(ctx: Context) -> None:
    with ctx.database.reading() as tx:
        assert tx.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "30s"


def test_a_lock_number_fits_and_follows_from_the_id(ctx: Context) -> None:
    assert locks.lock_number("a") == locks.lock_number("a") != locks.lock_number("b")
    assert all(0 <= locks.lock_number(str(n)) < 2**31 for n in range(1000))
    living(ctx, "stored").close()
    with ctx.database.reading() as tx:
        assert tx.execute(workers_table.select()).one().lock_number == locks.lock_number("stored")


def run_all(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_of_several_workers_each_takes_its_own_looks(ctx: Context, clock: StillClock) -> None:
    for name in ("a", "b", "c"):
        delivery = claimed_by(ctx, name)
        with ctx.database.writing() as tx:
            claims.finish(tx, delivery, Step(State.UNKNOWN, "?", not_before=clock.now, maybe_live=True), clock.now)
    mine, others = reconcile.due_looks(ctx, 2), reconcile.due_looks(ctx, 2)
    assert (len(mine), len(others), reconcile.due_looks(ctx)) == (2, 1, [])
    assert not {each.id for each in mine} & {each.id for each in others}
    clock.move(seconds=21)
    in_hand = {mine[0].id}
    assert {each.id for each in reconcile.due_looks(ctx, 9, in_hand)} == {mine[1].id, others[0].id}, "nobody looked"


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    """A platform without keys, and an account of it."""
    monkeypatch.setattr(registry, "_PLATFORMS", (*registry._PLATFORMS, Judged()))
    judge = Judge(seconds=0)
    yield judge
    judge.stop()


@pytest.mark.parametrize(("off", "duplicates"), [((), 0), (("lease",), 1)])
def test_a_call_that_arrives_after_its_worker_was_cut_off_is_not_doubled(
    ctx: Context, clock: StillClock, judge: Judge, off: tuple[str, ...], duplicates: int
) -> None:
    """Its line breaks while its request is on the wire; nobody finds the post yet, and then it arrives after all."""
    account = add_account(ctx.database, "judged")
    delivery_id = add_delivery(ctx.database, account, due_at=clock.now, late_after=clock.now + 10**9)
    with ctx.database.writing() as tx:
        tx.execute(update(accounts_table).values(platform="judge"))
        tx.execute(update(deliveries_table).values(payload=Payload("Hips").to_json()))
        accounts.set_credentials(tx, account, ctx.vault.seal({"url": f"{judge.url}/"}), clock.now)
    (claimed,) = dispatch.claim_due(ctx, "cut off", 1)
    assert mark(ctx.database, claimed, clock.now)

    def look_and_send() -> None:
        reconcile.look_again(ctx)
        for again in dispatch.claim_due(ctx, "me", 9):
            dispatch.send(ctx, again)

    with without(*off):
        assert reconcile.take_over_from_the_dead(ctx, "me") == 1
        clock.move(seconds=30)
        look_and_send()
        judge.post("judged", claimed.short_code)
        clock.move(minutes=1)
        look_and_send()
    assert read(ctx.database, delivery_id).state is State.PUBLISHED
    assert len(judge.book.duplicates) == duplicates
