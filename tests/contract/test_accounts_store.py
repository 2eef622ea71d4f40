"""What both databases promise about accounts: unique keys and destinations, history that holds them, sealed secrets."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from scheduler.domain.account import Account, AccountState
from scheduler.storage import accounts
from scheduler.storage.engine import Database
from scheduler.storage.schema import deliveries, teasers

CLINIC = Account(
    0, "clinic-bluesky", "bluesky", "The clinic", "@clinic", "did:plc:1", settings={"web": "x"}, limits={"files": 4}
)


def add(database: Database, **changes: object) -> Account:
    values = {name: getattr(CLINIC, name) for name in Account.__slots__} | changes
    with database.writing() as tx:
        return accounts.add(tx, Account(**values), "sealed", 5)


def test_what_is_stored_comes_back(database: Database) -> None:
    stored = add(database, practice=True)
    assert stored.id > 0
    assert (stored.settings, stored.limits, stored.practice) == ({"web": "x"}, {"files": 4}, True)
    assert (stored.created_at, stored.checked_at, stored.version) == (5, 5, 1)
    with database.reading() as tx:
        assert accounts.get(tx, stored.id) == stored
        assert accounts.by_key(tx, "clinic-bluesky") == stored
        assert accounts.by_remote(tx, "bluesky", "did:plc:1") == stored
        assert accounts.credentials(tx, stored.id) == "sealed"
        assert (
            accounts.get(tx, 99) is accounts.by_key(tx, "x") is accounts.by_remote(tx, "mastodon", "did:plc:1") is None
        )


@pytest.mark.parametrize("changes", [{"remote_id": "other"}, {"key": "other"}])
def test_keys_and_destinations_are_unique(database: Database, changes: dict[str, object]) -> None:
    add(database)
    with pytest.raises(IntegrityError):
        add(database, **changes)


def test_changes_count_versions(database: Database) -> None:
    stored = add(database)
    with database.writing() as tx:
        accounts.set_credentials(tx, stored.id, "newer", 6)
        accounts.set_state(tx, stored.id, "paused", "You paused it.", 7)
        accounts.set_not_before(tx, stored.id, 99)
        accounts.update_limits(tx, stored.id, {"files": 8}, 8)
        accounts.rename(tx, stored.id, "renamed", 9)
        found = accounts.get(tx, stored.id)
        assert accounts.keys(tx) == {"renamed"}
    assert found is not None
    assert (found.state, found.problem, found.not_before) == (AccountState.PAUSED, "You paused it.", 99)
    assert (found.limits, found.checked_at, found.updated_at, found.version) == ({"files": 8}, 8, 9, 5)


def test_disconnected_accounts_are_hidden_unless_asked_for(database: Database) -> None:
    stored = add(database)
    with database.writing() as tx:
        accounts.set_state(tx, stored.id, "disconnected", "", 6)
        assert accounts.all_accounts(tx) == []
        assert [account.id for account in accounts.all_accounts(tx, disconnected=True)] == [stored.id]


def test_unknown_states_are_refused(database: Database) -> None:
    stored = add(database)
    with pytest.raises(ValueError, match="gone"), database.writing() as tx:
        accounts.set_state(tx, stored.id, "gone", "", 6)


def test_history_holds_an_account(database: Database) -> None:
    stored, free = add(database), add(database, key="free", remote_id="free")
    with database.writing() as tx:
        teaser = tx.execute(insert(teasers).values(text="t").returning(teasers.c.id)).scalar_one()
        row = {"teaser_id": teaser, "account_id": stored.id, "idempotency_key": "i", "short_code": "s"}
        tx.execute(insert(deliveries).values(**row))
    with pytest.raises(IntegrityError), database.writing() as tx:
        accounts.remove(tx, stored.id)
    with database.writing() as tx:
        accounts.remove(tx, free.id)
        assert [account.id for account in accounts.all_accounts(tx)] == [stored.id]
