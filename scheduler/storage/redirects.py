"""Redirects, how often each was followed, and the addresses that visitors looked for in vain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, text

from scheduler.domain.redirects import Redirect
from scheduler.storage.schema import missed_addresses, redirect_hits, redirects

MOST_MISSED = 1000
"""How many addresses are remembered; the rarest, and of those the oldest, are forgotten first."""


@dataclass(frozen=True, slots=True)
class KeptRedirect:
    """A redirect as it is kept, with how often it was followed. `last_at` (UTC ms) is 0 until it was."""

    id: int
    redirect: Redirect
    created_at: int
    hits: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Missed:
    """An address that nobody answers, and how often it was asked for. Instants are UTC ms."""

    path: str
    hits: int
    first_at: int
    last_at: int


_SELECT = select(
    redirects,
    func.coalesce(redirect_hits.c.hits, 0).label("hits"),
    func.coalesce(redirect_hits.c.last_at, 0).label("last_at"),
).select_from(redirects.outerjoin(redirect_hits, redirect_hits.c.source == redirects.c.source))


def by_source(tx: Connection, source: str) -> KeptRedirect | None:
    """Return the redirect of an old address."""
    row = tx.execute(_SELECT.where(redirects.c.source == source)).one_or_none()
    return _kept(row) if row else None


def get(tx: Connection, redirect_id: int) -> KeptRedirect | None:
    """Return a redirect by id."""
    row = tx.execute(_SELECT.where(redirects.c.id == redirect_id)).one_or_none()
    return _kept(row) if row else None


def every(tx: Connection) -> list[KeptRedirect]:
    """Return all redirects in the order of their old addresses."""
    return [_kept(row) for row in tx.execute(_SELECT.order_by(redirects.c.source))]


def put(tx: Connection, redirect: Redirect, now: int) -> None:
    """Store a redirect; one of the same old address is replaced."""
    statement = text(
        "INSERT INTO redirects (source, target, status, note, created_at)"
        " VALUES (:source, :target, :status, :note, :now)"
        " ON CONFLICT (source) DO UPDATE SET target = excluded.target, status = excluded.status, note = excluded.note"
    )
    values = {"source": redirect.source, "target": redirect.target, "status": redirect.status, "note": redirect.note}
    tx.execute(statement, values | {"now": now})


def remove(tx: Connection, source: str) -> bool:
    """Forget the redirect of an old address; return whether there was one."""
    tx.execute(delete(redirect_hits).where(redirect_hits.c.source == source))
    return tx.execute(delete(redirects).where(redirects.c.source == source)).rowcount == 1


def hits(tx: Connection) -> dict[str, tuple[int, int]]:
    """Return by old address how often it was followed, and when last; old addresses of articles included."""
    return {row.source: (row.hits, row.last_at) for row in tx.execute(select(redirect_hits))}


def count_hits(tx: Connection, counts: Mapping[str, int], now: int) -> None:
    """Add to the counts of followed addresses."""
    _add(tx, "redirect_hits (source, hits, last_at) VALUES (:key, :hits, :now) ON CONFLICT (source)", counts, now)


def count_missed(tx: Connection, counts: Mapping[str, int], now: int) -> None:
    """Add to the counts of addresses that nobody answers, and forget what is too much."""
    values = "missed_addresses (path, hits, first_at, last_at) VALUES (:key, :hits, :now, :now) ON CONFLICT (path)"
    _add(tx, values, counts, now)
    table = missed_addresses
    kept = select(table.c.path).order_by(table.c.hits.desc(), table.c.last_at.desc(), table.c.path).limit(MOST_MISSED)
    total = tx.execute(select(func.count()).select_from(table)).scalar_one()
    if total > MOST_MISSED:
        tx.execute(delete(table).where(table.c.path.not_in(kept)))


def missed(tx: Connection, limit: int, offset: int = 0) -> list[Missed]:
    """Return the addresses that were looked for in vain, the most wanted first."""
    table = missed_addresses
    rows = tx.execute(select(table).order_by(table.c.hits.desc(), table.c.path).limit(limit).offset(offset))
    return [Missed(row.path, row.hits, row.first_at, row.last_at) for row in rows]


def missed_total(tx: Connection) -> int:
    """Return how many addresses were looked for in vain."""
    return int(tx.execute(select(func.count()).select_from(missed_addresses)).scalar_one())


def forget_missed(tx: Connection, paths: Iterable[str] | None) -> None:
    """Forget some of the addresses that were looked for in vain, or all."""
    table = missed_addresses
    tx.execute(delete(table) if paths is None else delete(table).where(table.c.path.in_(set(paths))))


def _add(tx: Connection, into: str, counts: Mapping[str, int], now: int) -> None:
    table = into.partition(" ")[0]
    statement = text(
        f"INSERT INTO {into} DO UPDATE SET hits = {table}.hits + excluded.hits, last_at = excluded.last_at"
    )
    # In one order, so that two processes that count the same addresses do not wait for each other for ever.
    rows = [{"key": key, "hits": number, "now": now} for key, number in sorted(counts.items())]
    if rows:
        tx.execute(statement, rows)


def _kept(row: Row[Any]) -> KeptRedirect:
    redirect = Redirect(row.source, row.target, row.status, row.note)
    return KeptRedirect(row.id, redirect, row.created_at, row.hits, row.last_at)
