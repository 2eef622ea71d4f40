"""Notices: what the owner has to be told, one for each cause however often it happens."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, and_, insert, select, update

from scheduler.storage.schema import notices

_n = notices.c


def report(
    tx: Connection, cause: str, *, subject: str, sentence: str, now: int, path: str = "", level: str = "problem"
) -> None:
    """Note that `cause` happened (again). While its notice is open it is counted there, and nobody is told twice.

    `cause` names the reason, not the delivery ("account:7", "host:bsky.social"); `path` is the admin page that helps;
    `level` is "problem" (somebody has to act) or "note".
    """
    again = and_(_n.cause == cause, _n.resolved_at.is_(None))
    same = update(notices).where(again).values(count=_n.count + 1, last_at=now, sentence=sentence, subject=subject)
    if tx.execute(same).rowcount:
        return
    fresh = {"cause": cause, "level": level, "subject": subject, "sentence": sentence, "path": path}
    tx.execute(insert(notices).values(**fresh, first_at=now, last_at=now))


def resolve(tx: Connection, cause: str, now: int) -> None:
    """Close the open notice of `cause`, if there is one: it is over, and a next time is told anew."""
    tx.execute(update(notices).where(_n.cause == cause, _n.resolved_at.is_(None)).values(resolved_at=now))


def open_causes(tx: Connection, causes: Collection[str]) -> set[str]:
    """Return which of `causes` have an open notice."""
    return set(tx.execute(select(_n.cause).where(_n.cause.in_(causes), _n.resolved_at.is_(None))).scalars())


def open_since(tx: Connection, cause: str) -> tuple[int, str] | None:
    """Return when the open notice of `cause` was last reported (UTC ms) and its sentence, None when there is none."""
    row = tx.execute(select(_n.last_at, _n.sentence).where(_n.cause == cause, _n.resolved_at.is_(None))).first()
    return (row.last_at, row.sentence) if row else None
