"""People who may log in, and the one-time links that let the first one in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from scheduler.storage.schema import one_time_links, users


@dataclass(frozen=True, slots=True)
class User:
    """One person. A session is valid while it carries the user's `session_epoch`."""

    id: int
    email: str
    name: str
    role: str
    password_hash: str = field(repr=False)
    session_epoch: int
    created_at: int


def _user(row: Row[Any]) -> User:
    return User(**row._mapping)


def count(tx: Connection) -> int:
    """Return how many users there are."""
    return tx.execute(select(func.count()).select_from(users)).scalar_one()


def add(tx: Connection, *, email: str, name: str, role: str, password_hash: str, now: int) -> int:
    """Store a user and return its id."""
    row = insert(users).values(email=email, name=name, role=role, password_hash=password_hash, created_at=now)
    return int(tx.execute(row.returning(users.c.id)).scalar_one())


def get(tx: Connection, user_id: int) -> User | None:
    """Return a user by id."""
    row = tx.execute(select(users).where(users.c.id == user_id)).one_or_none()
    return _user(row) if row else None


def by_email(tx: Connection, email: str) -> User | None:
    """Return a user by e-mail address (stored in lower case)."""
    row = tx.execute(select(users).where(users.c.email == email.lower())).one_or_none()
    return _user(row) if row else None


def set_password(tx: Connection, user_id: int, password_hash: str, *, end_sessions: bool) -> None:
    """Replace a password hash; `end_sessions` logs the person out everywhere."""
    epoch = users.c.session_epoch + (1 if end_sessions else 0)
    tx.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash, session_epoch=epoch))


def replace_link(tx: Connection, *, purpose: str, token_hash: str, expires_at: int, now: int) -> None:
    """Store the only valid one-time link of a purpose; earlier ones stop working."""
    tx.execute(delete(one_time_links).where(one_time_links.c.purpose == purpose))
    tx.execute(
        insert(one_time_links).values(purpose=purpose, token_hash=token_hash, expires_at=expires_at, created_at=now)
    )


def link_is_valid(tx: Connection, *, purpose: str, token_hash: str, now: int) -> bool:
    """Return whether the link exists, is unused and has not expired."""
    row = select(one_time_links.c.token_hash).where(
        one_time_links.c.purpose == purpose,
        one_time_links.c.token_hash == token_hash,
        one_time_links.c.used_at.is_(None),
        one_time_links.c.expires_at > now,
    )
    return tx.execute(row).first() is not None


def use_link(tx: Connection, *, purpose: str, token_hash: str, now: int) -> bool:
    """Spend the link; return False when it was not valid any more."""
    # One conditional update: of two browsers at once, on any database, only one spends it.
    spent = tx.execute(
        update(one_time_links)
        .where(
            one_time_links.c.purpose == purpose,
            one_time_links.c.token_hash == token_hash,
            one_time_links.c.used_at.is_(None),
            one_time_links.c.expires_at > now,
        )
        .values(used_at=now)
    )
    return spent.rowcount == 1
