"""What was prepared ahead, when two workers come at the same moment. On both databases."""

from __future__ import annotations

import threading

from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from scheduler.storage import preparations
from scheduler.storage.engine import Database
from scheduler.storage.preparations import Preparation
from scheduler.storage.schema import accounts, deliveries, teasers


def one_delivery(database: Database) -> None:
    with database.writing() as tx:
        tx.execute(insert(accounts).values(id=1, key="one"))
        tx.execute(insert(teasers).values(id=1))
        tx.execute(insert(deliveries).values(id=1, teaser_id=1, account_id=1, idempotency_key="k", short_code="c"))


def test_the_second_of_two_takes_the_place_of_the_first(database: Database) -> None:
    one_delivery(database)
    written, failed = threading.Event(), []

    def come_second() -> None:
        assert written.wait(30)
        try:
            with database.writing() as tx:
                preparations.put(tx, Preparation(1, "second", tries=2))
        except SQLAlchemyError as error:
            failed.append(error)

    second = threading.Thread(target=come_second)
    second.start()
    with database.writing() as tx:
        preparations.put(tx, Preparation(1, "first", tries=1))
        written.set()
        second.join(1.0)  # it has to wait for this transaction
        assert second.is_alive()
    second.join(30)
    assert failed == []
    with database.reading() as tx:
        assert preparations.get(tx, 1) == Preparation(1, "second", tries=2)
