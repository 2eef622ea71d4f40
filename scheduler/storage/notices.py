"""Notices: what the owner has to be told, one for each cause however often it happens."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from scheduler.domain.notice import Level, Notice
from scheduler.storage.schema import notices

GATHER_MS = 60_000
"""What happens within a minute is told in one message."""
QUIET_MS = 3_600_000
"""A cause that was told, went away and came back is not told again sooner than this."""
KEPT_MS = 90 * 86_400_000
"""How long a notice that is over is kept."""

_n = notices.c
_open = _n.resolved_at.is_(None)
_unread = and_(_open, or_(_n.read_at.is_(None), _n.last_at > _n.read_at))


def report(
    tx: Connection,
    cause: str,
    *,
    subject: str,
    sentence: str,
    now: int,
    path: str = "",
    level: str = Level.PROBLEM,
    times: int = 1,
) -> None:
    """Note that `cause` happened (again). While its notice is open it is counted there, and nobody is told twice.

    `cause` names the reason, not the delivery ("account:7", "host:bsky.social"); `path` is the admin page that helps;
    `level` is a `Level`. `times` is how often it happened; 0 says that it still lasts, which counts nothing and makes
    nothing unread (for what is looked at again and again, such as a full disk).
    """
    values: dict[str, Any] = {"sentence": sentence, "subject": subject, "level": Level(level), "path": path}
    again = {"count": _n.count + times, "last_at": now} if times else {}
    same = update(notices).where(_n.cause == cause, _open).values(**values, **again)
    if tx.execute(same).rowcount:
        return
    told = tx.execute(select(func.max(_n.told_at)).where(_n.cause == cause)).scalar_one() or 0
    try_at = max(now + GATHER_MS, told + QUIET_MS)
    values |= {"cause": cause, "count": max(times, 1), "first_at": now, "last_at": now, "try_at": try_at}
    try:
        with tx.begin_nested():
            tx.execute(insert(notices).values(**values))
    except IntegrityError:  # another worker met the same cause at this very moment
        tx.execute(same)


def resolve(tx: Connection, cause: str, now: int) -> None:
    """Close the open notice of `cause`, if there is one: it is over, and a next time is told anew."""
    tx.execute(update(notices).where(_n.cause == cause, _open).values(resolved_at=now))


def open_causes(tx: Connection, causes: Collection[str]) -> set[str]:
    """Return which of `causes` have an open notice."""
    return set(tx.execute(select(_n.cause).where(_n.cause.in_(causes), _open)).scalars())


def open_since(tx: Connection, cause: str) -> tuple[int, str] | None:
    """Return when the open notice of `cause` was last reported (UTC ms) and its sentence, None when there is none."""
    row = tx.execute(select(_n.last_at, _n.sentence).where(_n.cause == cause, _open)).first()
    return (row.last_at, row.sentence) if row else None


def open_notices(tx: Connection) -> list[Notice]:
    """Return what is open: what stops everything first, then what is unread, notes after problems, the newest first."""
    order = (_n.level != Level.STOP, ~_unread, _n.level == Level.NOTE, _n.last_at.desc(), _n.id.desc())
    return _all(tx, select(notices).where(_open).order_by(*order))


def resolved(tx: Connection, limit: int) -> list[Notice]:
    """Return what was over last."""
    return _all(tx, select(notices).where(~_open).order_by(_n.resolved_at.desc(), _n.id.desc()).limit(limit))


def get(tx: Connection, notice_id: int) -> Notice | None:
    """Return a notice."""
    found = _all(tx, select(notices).where(_n.id == notice_id))
    return found[0] if found else None


def mark_read(tx: Connection, notice_id: int | None, now: int) -> int:
    """Note that somebody has seen a notice (None: every open one); return how many were unread."""
    wanted = _unread if notice_id is None else and_(_unread, _n.id == notice_id)
    return tx.execute(update(notices).where(wanted).values(read_at=now)).rowcount


def anything_to_tell(tx: Connection, levels: Collection[str], now: int) -> bool:
    """Return whether something is to be told now; a look that writes nothing."""
    due = select(_n.id).where(_untold(levels), _n.try_at <= now).limit(1)
    return tx.execute(due).first() is not None


def _untold(levels: Collection[str]) -> Any:
    return and_(_open, _n.told_at.is_(None), _n.level.in_(list(levels)))


def claim(tx: Connection, levels: Collection[str], now: int, lease_until: int) -> list[Notice]:
    """Take what is to be told now, and with it what is to be told within the next minute; [] when nothing is.

    Until `lease_until` nobody else takes it: a teller that dies leaves it to the next one.
    """
    if not anything_to_tell(tx, levels, now):
        return []
    take = update(notices).where(_untold(levels), _n.try_at <= now + GATHER_MS)
    taken = tx.execute(take.values(try_at=lease_until, tries=_n.tries + 1).returning(notices))
    return sorted((_notice(row) for row in taken), key=lambda notice: notice.id)


def note_told(tx: Connection, ids: Collection[int], way: str, now: int) -> None:
    """Note that one way of telling is done; `way` is "mailed_at" or "called_at"."""
    tx.execute(update(notices).where(_n.id.in_(list(ids))).values({way: now}))


def finish_telling(tx: Connection, ids: Collection[int], now: int, trouble: str = "") -> None:
    """Note that everybody has been told; `trouble` is what did not work all the same."""
    tx.execute(update(notices).where(_n.id.in_(list(ids))).values(told_at=now, trouble=trouble))


def put_off(tx: Connection, ids: Collection[int], try_at: int, trouble: str) -> None:
    """Note that telling did not work, why, and when it is tried again."""
    tx.execute(update(notices).where(_n.id.in_(list(ids))).values(try_at=try_at, trouble=trouble))


def try_now(tx: Connection, now: int) -> None:
    """Try at once again what could not be told: telling is known to work by now."""
    tx.execute(update(notices).where(_open, _n.told_at.is_(None), _n.trouble != "").values(try_at=now))


def forget_old(tx: Connection, now: int) -> None:
    """Forget what has long been over."""
    tx.execute(delete(notices).where(_n.resolved_at < now - KEPT_MS))


def _all(tx: Connection, query: Select[Any]) -> list[Notice]:
    return [_notice(row) for row in tx.execute(query)]


def _notice(row: Any) -> Notice:
    values = dict(row._mapping)
    return Notice(**(values | {"level": Level(values["level"])}))
