"""Each safeguard of a claim on PostgreSQL, switched off: the judge has to notice, or another safeguard has to hold.

The row lock with the second reading, the guard in the taking update, and the unique index stand one behind the other.
Any one of the first two alone keeps a post from going out twice; with both gone, it goes out twice, and only the index
still keeps an account from having two in flight.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from scheduler.domain.delivery import Delivery
from scheduler.storage.engine import Database, open_database
from tests.contract.test_deliveries_store import NOW, PUBLISHED, add_account, add_delivery, claim, finish, mark
from tests.support.safeguards import without

WORKERS = 6
ACCOUNTS = 4
EACH = 15


@pytest.fixture
def database(migrated_postgres: str) -> Iterator[Database]:
    """A database with work for all."""
    opened = open_database(migrated_postgres)
    for n in range(ACCOUNTS):
        account = add_account(opened, f"account {n}")
        for m in range(EACH):
            add_delivery(opened, account, due_at=NOW - EACH + m)
    yield opened
    opened.dispose()


@dataclass(slots=True)
class Seen:
    """What was sent, how often one post went out again, and how often an account had two under way."""

    sent: list[int] = field(default_factory=list)
    overlaps: int = 0
    refused: int = 0
    under_way: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def twice(self) -> int:
        return len(self.sent) - len(set(self.sent))

    def begin(self, delivery: Delivery) -> None:
        with self.lock:
            self.sent.append(delivery.id)
            self.overlaps += delivery.account_id in self.under_way
            self.under_way.append(delivery.account_id)

    def end(self, delivery: Delivery) -> None:
        with self.lock:
            self.under_way.remove(delivery.account_id)


def race(database: Database) -> Seen:
    """Let six workers claim, mark and finish until nothing is left, or for as long as it would take three times."""
    seen, start = Seen(), threading.Barrier(WORKERS)

    def work(name: str) -> None:
        start.wait(60)
        idle = 0
        while idle < 30 and len(seen.sent) < 3 * ACCOUNTS * EACH:
            try:
                taken = claim(database, limit=ACCOUNTS, worker=name)
            except (IntegrityError, OperationalError):  # the index, or two that wait for each other
                seen.refused += 1
                continue
            idle = 0 if taken else idle + 1
            for delivery in taken:
                seen.begin(delivery)
                mark(database, delivery)
                seen.end(delivery)
                finish(database, delivery, PUBLISHED)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return seen


def drop_index(database: Database) -> None:
    with database.writing() as tx:
        tx.execute(text("DROP INDEX uq_deliveries_one_in_flight"))


@pytest.mark.parametrize("off", [(), ("row_lock",), ("guard",)])
def test_what_is_left_holds_alone(database: Database, off: tuple[str, ...]) -> None:
    drop_index(database)
    with without(*off):
        seen = race(database)
    assert (len(seen.sent), seen.twice, seen.overlaps) == (ACCOUNTS * EACH, 0, 0)


def test_without_the_row_lock_and_the_guard_posts_go_out_twice(database: Database) -> None:
    with without("row_lock", "guard"):
        seen = race(database)
    assert seen.twice > 0


def test_without_the_index_as_well_an_account_has_two_under_way(database: Database) -> None:
    drop_index(database)
    with without("row_lock", "guard"):
        seen = race(database)
    assert seen.overlaps > 0
