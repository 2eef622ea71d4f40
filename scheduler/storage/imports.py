"""Imports: what is being brought over, how far each one is, and what was brought before (so that none comes twice)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from scheduler.storage.schema import import_items, imported, imports

_i, _t, _b = imports.c, import_items.c, imported.c
AT_ONCE = 500
"""Rows in one statement: databases bound the number of values."""


class ImportState(StrEnum):
    """How far an import is: its file is read, its report waits for a yes, it runs, it rests, it is done."""

    READING = "reading"
    READY = "ready"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


class ItemState(StrEnum):
    """What became of one article. `KEPT` is one that was left alone here, for the reason in its notes."""

    WAITING = "waiting"
    MADE = "made"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Import:
    """One import. `report` is what the dry run found; `trouble` says why it failed."""

    id: str
    source: str
    filename: str
    created_at: int
    state: ImportState = ImportState.READING
    site: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    trouble: str = ""
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One article of an import, in the order of the file."""

    number: int
    origin: str
    kind: str
    title: str
    state: ItemState = ItemState.WAITING
    article_id: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """What was brought before: `ours` is the article or asset that came of it, `digest` names what it was there,
    `fingerprint` what we wrote here."""

    origin: str
    ours: str
    digest: str = ""
    fingerprint: str = ""


def add(tx: Connection, wanted: Import) -> None:
    """Store a new import."""
    values = {"id": wanted.id, "source": wanted.source, "filename": wanted.filename, "state": wanted.state}
    texts = {"options": json.dumps(dict(wanted.options)), "report": json.dumps(dict(wanted.report))}
    moments = {"created_at": wanted.created_at, "changed_at": wanted.created_at}
    tx.execute(insert(imports).values(site=wanted.site, trouble=wanted.trouble, **values, **texts, **moments))


def get(tx: Connection, import_id: str) -> Import | None:
    """Return an import."""
    row = tx.execute(select(imports).where(_i.id == import_id)).first()
    return _import(row) if row else None


def latest(tx: Connection, limit: int = 50) -> list[Import]:
    """Return the imports, newest first."""
    rows = tx.execute(select(imports).order_by(_i.created_at.desc(), _i.id).limit(limit))
    return [_import(row) for row in rows]


def at_work(tx: Connection) -> list[Import]:
    """Return the imports that a worker has something to do for, oldest first."""
    working = (ImportState.READING, ImportState.RUNNING)
    rows = tx.execute(select(imports).where(_i.state.in_(working)).order_by(_i.created_at, _i.id))
    return [_import(row) for row in rows]


def set_state(tx: Connection, import_id: str, state: ImportState, now: int, before: Iterable[ImportState] = ()) -> bool:
    """Change the state, only from one of `before` if any are named; return whether it was changed."""
    query = update(imports).where(_i.id == import_id)
    allowed = tuple(before)
    if allowed:
        query = query.where(_i.state.in_(allowed))
    return tx.execute(query.values(state=state, changed_at=now)).rowcount > 0


def set_report(tx: Connection, import_id: str, site: str, report: Mapping[str, Any], now: int) -> None:
    """Store what the dry run found."""
    values = {"site": site, "report": json.dumps(dict(report), ensure_ascii=False), "changed_at": now}
    tx.execute(update(imports).where(_i.id == import_id).values(**values))


def fail(tx: Connection, import_id: str, trouble: str, now: int) -> None:
    """Note that an import cannot be done, and why."""
    values = {"state": ImportState.FAILED, "trouble": trouble, "changed_at": now}
    tx.execute(update(imports).where(_i.id == import_id).values(**values))


def remove(tx: Connection, import_id: str) -> None:
    """Forget an import; what it brought stays."""
    tx.execute(delete(imports).where(_i.id == import_id))


def put_items(tx: Connection, import_id: str, items: Iterable[Item]) -> None:
    """Store the items of an import in place of earlier ones."""
    tx.execute(delete(import_items).where(_t.import_id == import_id))
    rows = [{"import_id": import_id, **_values(item)} for item in items]
    for start in range(0, len(rows), AT_ONCE):
        tx.execute(insert(import_items), rows[start : start + AT_ONCE])


def next_item(tx: Connection, import_id: str) -> Item | None:
    """Return the first item that still waits."""
    waiting = select(import_items).where(_t.import_id == import_id, _t.state == ItemState.WAITING)
    row = tx.execute(waiting.order_by(_t.number).limit(1)).first()
    return _item(row) if row else None


def finish_item(tx: Connection, import_id: str, item: Item) -> None:
    """Store what became of an item."""
    values = _values(item)
    tx.execute(update(import_items).where(_t.import_id == import_id, _t.number == item.number).values(**values))


def wait_again(tx: Connection, import_id: str, states: Iterable[ItemState]) -> None:
    """Let the items of these states wait once more: a run that tries again what did not work."""
    chosen = tuple(states)
    query = update(import_items).where(_t.import_id == import_id, _t.state.in_(chosen))
    tx.execute(query.values(state=ItemState.WAITING))


def items(
    tx: Connection, import_id: str, states: Iterable[ItemState] = (), limit: int = 100_000, offset: int = 0
) -> list[Item]:
    """Return the items of an import in order, all or those of some states."""
    chosen = tuple(states)
    query = select(import_items).where(_t.import_id == import_id)
    if chosen:
        query = query.where(_t.state.in_(chosen))
    return [_item(row) for row in tx.execute(query.order_by(_t.number).limit(limit).offset(offset))]


def counts(tx: Connection, import_id: str) -> dict[str, int]:
    """Return how many items are in which state."""
    rows = tx.execute(select(_t.state, func.count()).where(_t.import_id == import_id).group_by(_t.state))
    return {row[0]: row[1] for row in rows}


def brought(tx: Connection, origins: Iterable[str]) -> dict[str, Brought]:
    """Return what was brought before, by origin."""
    wanted, found = list(dict.fromkeys(origins)), {}
    for start in range(0, len(wanted), AT_ONCE):
        for row in tx.execute(select(imported).where(_b.origin.in_(wanted[start : start + AT_ONCE]))):
            found[row.origin] = Brought(row.origin, row.ours, row.digest, row.fingerprint)
    return found


def note_brought(tx: Connection, known: Brought, now: int) -> None:
    """Remember what came of an origin, in place of what was known."""
    tx.execute(delete(imported).where(_b.origin == known.origin))
    values = {"origin": known.origin, "ours": known.ours, "digest": known.digest, "fingerprint": known.fingerprint}
    tx.execute(insert(imported).values(**values, brought_at=now))


def _import(row: Any) -> Import:
    return Import(
        id=row.id,
        source=row.source,
        filename=row.filename,
        created_at=row.created_at,
        state=ImportState(row.state),
        site=row.site,
        options=json.loads(row.options or "{}"),
        report=json.loads(row.report or "{}"),
        trouble=row.trouble,
        changed_at=row.changed_at,
    )


def _item(row: Any) -> Item:
    notes = tuple(json.loads(row.notes or "[]"))
    return Item(row.number, row.origin, row.kind, row.title, ItemState(row.state), row.article_id, notes)


def _values(item: Item) -> dict[str, Any]:
    return {
        "number": item.number,
        "origin": item.origin,
        "kind": item.kind,
        "title": item.title,
        "state": item.state,
        "article_id": item.article_id,
        "notes": json.dumps(list(item.notes), ensure_ascii=False),
    }
