"""Our applications at the platforms: client id and secret of each, sealed."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from scheduler.storage.schema import platform_apps


def put(tx: Connection, name: str, sealed: str, now: int) -> None:
    """Store an application in place of the one that was there."""
    remove(tx, name)
    tx.execute(insert(platform_apps).values(name=name, sealed=sealed, updated_at=now))


def remove(tx: Connection, name: str) -> None:
    """Forget an application; an unknown one is no error."""
    tx.execute(delete(platform_apps).where(platform_apps.c.name == name))


def get(tx: Connection, name: str) -> str:
    """Return the sealed application, "" when there is none."""
    return tx.execute(select(platform_apps.c.sealed).where(platform_apps.c.name == name)).scalar_one_or_none() or ""


def names(tx: Connection) -> set[str]:
    """Return the names of all applications that are stored."""
    return set(tx.execute(select(platform_apps.c.name)).scalars())
