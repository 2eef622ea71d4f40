"""API tokens: only their hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from scheduler.storage.schema import api_tokens


@dataclass(frozen=True, slots=True)
class Token:
    """One API token; `scopes` are words separated by spaces."""

    id: int
    name: str
    scopes: str
    created_at: int
    last_used_at: int | None
    revoked_at: int | None

    def allows(self, scope: str) -> bool:
        """Return whether the token may do `scope`; "admin" may do everything."""
        return bool({"admin", scope} & set(self.scopes.split()))


_COLUMNS = [column for column in api_tokens.c if column.name != "token_hash"]


def _token(row: Row[Any]) -> Token:
    return Token(**row._mapping)


def add(tx: Connection, *, name: str, token_hash: str, scopes: str, now: int) -> int:
    """Store a token and return its id."""
    row = insert(api_tokens).values(name=name, token_hash=token_hash, scopes=scopes, created_at=now)
    return int(tx.execute(row.returning(api_tokens.c.id)).scalar_one())


def by_hash(tx: Connection, token_hash: str) -> Token | None:
    """Return the token of a hash unless it was revoked."""
    row = tx.execute(
        select(*_COLUMNS).where(api_tokens.c.token_hash == token_hash, api_tokens.c.revoked_at.is_(None))
    ).one_or_none()
    return _token(row) if row else None


def all_tokens(tx: Connection) -> list[Token]:
    """Return every token, newest first."""
    return [_token(row) for row in tx.execute(select(*_COLUMNS).order_by(api_tokens.c.id.desc()))]


def revoke(tx: Connection, token_id: int, now: int) -> None:
    """Make a token useless from now on."""
    tx.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(revoked_at=now))


def touch(tx: Connection, token_id: int, now: int) -> None:
    """Note that a token was used."""
    tx.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_at=now))
