"""Small facts that the product remembers about itself, by key."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from scheduler.storage.schema import preferences


def get(tx: Connection, key: str) -> str:
    """Return the value of `key`, or "" when there is none."""
    return tx.execute(select(preferences.c.value).where(preferences.c.key == key)).scalar_one_or_none() or ""


def put(tx: Connection, key: str, value: str) -> None:
    """Store `value` under `key`."""
    changed = update(preferences).where(preferences.c.key == key).values(value=value)
    if tx.execute(changed).rowcount:
        return
    try:
        with tx.begin_nested():
            tx.execute(insert(preferences).values(key=key, value=value))
    except IntegrityError:  # somebody else stored it first, in the same moment
        tx.execute(changed)


def swap(tx: Connection, key: str, seen: str, value: str) -> bool:
    """Store `value` under `key` if it still holds `seen` ("" for nothing); False when somebody was faster."""
    if tx.execute(
        update(preferences).where(preferences.c.key == key, preferences.c.value == seen).values(value=value)
    ).rowcount:
        return True
    if seen or tx.execute(select(preferences.c.key).where(preferences.c.key == key)).first():
        return False
    try:
        with tx.begin_nested():
            tx.execute(insert(preferences).values(key=key, value=value))
    except IntegrityError:
        return False
    return True


def locked(tx: Connection, key: str) -> str:
    """Return the value of `key` as `get` does, and let nobody else change it until this transaction ends."""
    query = select(preferences.c.value).where(preferences.c.key == key).with_for_update()
    return tx.execute(query).scalar_one_or_none() or ""
