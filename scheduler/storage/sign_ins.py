"""Sign-ins under way at a platform: kept, sealed, for the minutes until the person comes back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, insert, select, update

from scheduler.storage.schema import sign_ins


@dataclass(frozen=True, slots=True)
class StoredSignIn:
    """One sign-in. `account_id` 0 is for a new account, else the one that is connected again; instants in UTC ms."""

    state_hash: str
    user_id: int
    platform: str
    way: str
    account_id: int
    sealed: str
    created_at: int
    expires_at: int


def add(tx: Connection, begun: StoredSignIn) -> None:
    """Store a sign-in, and forget those that are over."""
    tx.execute(delete(sign_ins).where(sign_ins.c.expires_at <= begun.created_at))
    tx.execute(
        insert(sign_ins).values(
            state_hash=begun.state_hash,
            user_id=begun.user_id,
            platform=begun.platform,
            way=begun.way,
            account_id=begun.account_id,
            sealed=begun.sealed,
            created_at=begun.created_at,
            expires_at=begun.expires_at,
        )
    )


def get(tx: Connection, state_hash: str, now: int) -> StoredSignIn | None:
    """Return a sign-in that is not over, or None."""
    wanted = (sign_ins.c.state_hash == state_hash) & (sign_ins.c.expires_at > now)
    return _sign_in(tx.execute(select(sign_ins).where(wanted)).one_or_none())


def take(tx: Connection, state_hash: str, now: int) -> StoredSignIn | None:
    """Remove a sign-in and return it, None when it is over or taken: a state is good for one return."""
    row = tx.execute(delete(sign_ins).where(sign_ins.c.state_hash == state_hash).returning(sign_ins)).one_or_none()
    found = _sign_in(row)
    return found if found and found.expires_at > now else None


def keep(tx: Connection, state_hash: str, sealed: str) -> None:
    """Replace what is kept for a sign-in."""
    tx.execute(update(sign_ins).where(sign_ins.c.state_hash == state_hash).values(sealed=sealed))


def _sign_in(row: Row[tuple[object, ...]] | None) -> StoredSignIn | None:
    return StoredSignIn(**row._mapping) if row else None
