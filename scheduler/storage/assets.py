"""Photos and videos of the library, and the files derived from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from scheduler.domain.asset import Asset, Kind, Purpose, Rendition
from scheduler.storage.schema import assets, deliveries, renditions, teasers, variants

AT_ONCE = 500
"""How many keys one query names; a database allows only so many."""
FINISHED = ("published", "failed", "cancelled")
"""States in which a delivery needs its files no more."""


def add(tx: Connection, asset: Asset, files: Iterable[Rendition]) -> None:
    """Store a new asset with its renditions."""
    tx.execute(insert(assets).values(**asdict(asset)))
    for file in files:
        add_rendition(tx, file)


def add_rendition(tx: Connection, rendition: Rendition) -> None:
    """Store one more rendition of an asset."""
    tx.execute(insert(renditions).values(**asdict(rendition)))


def remove_rendition(tx: Connection, key: str) -> None:
    """Forget a rendition."""
    tx.execute(delete(renditions).where(renditions.c.key == key))


def get(tx: Connection, asset_id: str) -> Asset | None:
    """Return an asset by id."""
    row = tx.execute(select(assets).where(assets.c.id == asset_id)).one_or_none()
    return _asset(row) if row else None


def by_ids(tx: Connection, ids: Iterable[str]) -> dict[str, Asset]:
    """Return those of the assets that exist, by id."""
    rows = tx.execute(select(assets).where(assets.c.id.in_(set(ids))))
    return {row.id: _asset(row) for row in rows}


def stamp(tx: Connection) -> tuple[int, ...]:
    """Return numbers of which one is another after any change of assets or renditions."""
    words = select(func.count(), func.coalesce(func.sum(assets.c.version), 0), func.max(assets.c.updated_at))
    files = select(func.count(), func.coalesce(func.sum(renditions.c.bytes), 0)).select_from(renditions)
    rows = (tx.execute(words.select_from(assets)).one(), tx.execute(files).one())
    return tuple(int(value or 0) for row in rows for value in row)


def by_sha256(tx: Connection, sha256: str) -> Asset | None:
    """Return the asset whose original has these exact bytes."""
    row = tx.execute(select(assets).where(assets.c.sha256 == sha256).limit(1)).one_or_none()
    return _asset(row) if row else None


def search(
    tx: Connection,
    words: str = "",
    kind: Kind | None = None,
    *,
    limit: int = 60,
    offset: int = 0,
    after: tuple[int, str] | None = None,
) -> list[Asset]:
    """Return the assets that have every one of `words` in file name, alt text or caption, newest first.

    `after` (created_at, id of an asset) leaves out everything up to there.
    """
    query = _matching(select(assets), words, kind).order_by(assets.c.created_at.desc(), assets.c.id)
    if after is not None:
        created_at, asset_id = after
        same_moment = (assets.c.created_at == created_at) & (assets.c.id > asset_id)
        query = query.where(or_(assets.c.created_at < created_at, same_moment))
    return [_asset(row) for row in tx.execute(query.limit(limit).offset(offset))]


def count(tx: Connection, words: str = "", kind: Kind | None = None) -> int:
    """Return how many assets `search` would find."""
    return int(tx.execute(_matching(select(func.count()).select_from(assets), words, kind)).scalar_one())


def _matching(query: Select[Any], words: str, kind: Kind | None) -> Select[Any]:
    for word in words.split():
        columns = (assets.c.filename, assets.c.alt, assets.c.caption)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return query.where(assets.c.kind == kind) if kind else query


def change(tx: Connection, asset_id: str, version: int, values: Mapping[str, Any]) -> bool:
    """Change an asset that still has `version`; return False when somebody else was faster."""
    changed = tx.execute(
        update(assets).where(assets.c.id == asset_id, assets.c.version == version).values(**values, version=version + 1)
    )
    return bool(changed.rowcount)


def remove(tx: Connection, asset_id: str) -> None:
    """Forget an asset and its renditions."""
    tx.execute(delete(renditions).where(renditions.c.asset_id == asset_id))
    tx.execute(delete(assets).where(assets.c.id == asset_id))


def renditions_of(tx: Connection, ids: Iterable[str], purpose: Purpose | None = None) -> list[Rendition]:
    """Return the renditions of some assets, narrow before wide."""
    query = select(renditions).where(renditions.c.asset_id.in_(set(ids)))
    if purpose:
        query = query.where(renditions.c.purpose == purpose)
    rows = tx.execute(query.order_by(renditions.c.asset_id, renditions.c.width, renditions.c.key))
    return [_rendition(row) for row in rows]


def rendition(tx: Connection, key: str) -> Rendition | None:
    """Return a rendition by the key of its bytes."""
    row = tx.execute(select(renditions).where(renditions.c.key == key)).one_or_none()
    return _rendition(row) if row else None


def renditions_by_key(tx: Connection, keys: Iterable[str]) -> Iterator[Rendition]:
    """Yield the renditions of many keys, those that there are."""
    wanted = list(keys)
    for start in range(0, len(wanted), AT_ONCE):
        query = select(renditions).where(renditions.c.key.in_(wanted[start : start + AT_ONCE]))
        yield from (_rendition(row) for row in tx.execute(query))


def teasers_using(tx: Connection, asset_id: str) -> list[tuple[int, str]]:
    """Return (id, text) of every teaser that shows the asset itself, in a variant, or in what waits to be sent."""
    quoted = f'"{asset_id}"'
    in_variants = select(variants.c.teaser_id).where(variants.c.assets.contains(quoted, autoescape=True))
    waiting = select(deliveries.c.teaser_id).where(
        deliveries.c.payload.contains(f'"asset":{quoted}', autoescape=True), deliveries.c.state.not_in(FINISHED)
    )
    query = select(teasers.c.id, teasers.c.text).where(
        or_(
            teasers.c.assets.contains(quoted, autoescape=True),
            teasers.c.id.in_(in_variants),
            teasers.c.id.in_(waiting),
        )
    )
    return [(row.id, row.text) for row in tx.execute(query.order_by(teasers.c.id))]


def _asset(row: Row[Any]) -> Asset:
    return Asset(**(dict(row._mapping) | {"kind": Kind(row.kind)}))


def _rendition(row: Row[Any]) -> Rendition:
    return Rendition(**(dict(row._mapping) | {"purpose": Purpose(row.purpose)}))
