"""Teasers and their variants: what the marketer wrote, drafts as well as scheduled ones."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from scheduler.domain.problem import Conflict
from scheduler.domain.teaser import Teaser, Variant, When
from scheduler.storage.schema import teasers, variants

CHANGED_ELSEWHERE = "This teaser was changed in another window. Reload the page to see it; nothing was overwritten."

_t = teasers.c
_ARTICLE_IDS = select(_t.id, _t.article_id).where(_t.id.in_(bindparam("wanted", expanding=True)))


def create(tx: Connection, teaser: Teaser, submission_key: str, now: int) -> Teaser:
    """Store a new teaser (id, version and times of `teaser` are ignored) and return it as stored.

    The same `submission_key` twice returns the first teaser unchanged: a double click is not a second teaser.
    """
    if submission_key and (first := by_submission(tx, submission_key)):
        return first
    values = _values(teaser) | {
        "submission_key": submission_key or None,
        "created_by": teaser.created_by,
        "created_at": now,
        "updated_at": now,
    }
    try:
        with tx.begin_nested():
            teaser_id = int(tx.execute(insert(teasers).values(**values).returning(_t.id)).scalar_one())
            _put_variants(tx, teaser_id, teaser)
    except IntegrityError:
        if submission_key and (first := by_submission(tx, submission_key)):
            return first
        raise
    return _certain(tx, teaser_id)


def change(tx: Connection, teaser: Teaser, version: int, now: int) -> Teaser:
    """Store what `teaser` says under its id and return it as stored. Raises `Conflict` when `version` is stale."""
    same = (_t.id == teaser.id) & (_t.version == version)
    changed = update(teasers).where(same).values(**_values(teaser), version=version + 1, updated_at=now)
    if tx.execute(changed).rowcount != 1:
        raise Conflict(CHANGED_ELSEWHERE)
    tx.execute(delete(variants).where(variants.c.teaser_id == teaser.id))
    _put_variants(tx, teaser.id, teaser)
    return _certain(tx, teaser.id)


def remove_draft(tx: Connection, teaser_id: int) -> bool:
    """Delete a draft with its variants; False when it is not there or has been scheduled."""
    return tx.execute(delete(teasers).where(_t.id == teaser_id, _t.scheduled == 0)).rowcount == 1


def get(tx: Connection, teaser_id: int) -> Teaser | None:
    """Return a teaser with its variants."""
    return _first(tx, select(teasers).where(_t.id == teaser_id))


def by_submission(tx: Connection, submission_key: str) -> Teaser | None:
    """Return the teaser that was made with a submission key."""
    return _first(tx, select(teasers).where(_t.submission_key == submission_key))


def drafts(tx: Connection, *, words: str = "", article_ids: tuple[str, ...] = (), limit: int = 200) -> list[Teaser]:
    """Return drafts, last changed first: all, or those with `words` in text or link or about one of the articles."""
    query = select(teasers).where(_t.scheduled == 0)
    if words:
        fits = [func.lower(column).contains(words.lower(), autoescape=True) for column in (_t.text, _t.link)]
        query = query.where(or_(*fits, _t.article_id.in_(article_ids)))
    return _all(tx, query.order_by(_t.updated_at.desc(), _t.id.desc()).limit(limit))


def listing(tx: Connection, *, limit: int = 100, before_id: int | None = None) -> list[Teaser]:
    """Return teasers, drafts and scheduled ones, newest first; `before_id` asks for the next page."""
    query = select(teasers) if before_id is None else select(teasers).where(_t.id < before_id)
    return _all(tx, query.order_by(_t.id.desc()).limit(limit))


def about(tx: Connection, article_id: str) -> list[Teaser]:
    """Return every teaser about an article, newest first."""
    return _all(tx, select(teasers).where(_t.article_id == article_id).order_by(_t.id.desc()))


def article_ids(tx: Connection, teaser_ids: Collection[int]) -> Mapping[int, str]:
    """Return which article each of these teasers is about, "" for none, by the teaser's id."""
    found = tx.execute(_ARTICLE_IDS, {"wanted": list(teaser_ids)})
    return {row.id: row.article_id for row in found}


def _values(teaser: Teaser) -> dict[str, Any]:
    return {
        "article_id": teaser.article_id,
        "text": teaser.text,
        "link": teaser.link,
        "template": teaser.template,
        "assets": json.dumps(teaser.assets),
        "accounts": json.dumps(teaser.accounts),
        "at_wall": teaser.when.at,
        "at_zone": teaser.when.zone,
        "queue": teaser.when.queue,
        "now": int(teaser.when.now),
        "late_policy": teaser.late_policy,
        "replies": json.dumps(teaser.replies, ensure_ascii=False),
        "scheduled": int(teaser.scheduled),
    }


def _put_variants(tx: Connection, teaser_id: int, teaser: Teaser) -> None:
    rows = [
        {
            "teaser_id": teaser_id,
            "account_id": account_id,
            "text": variant.text,
            "assets": None if variant.assets is None else json.dumps(variant.assets),
            "replies": None if variant.replies is None else json.dumps(variant.replies, ensure_ascii=False),
            "options": json.dumps(dict(variant.options), ensure_ascii=False),
        }
        for account_id, variant in teaser.variants.items()
    ]
    if rows:
        tx.execute(insert(variants), rows)


def _certain(tx: Connection, teaser_id: int) -> Teaser:
    found = get(tx, teaser_id)
    assert found is not None
    return found


def _first(tx: Connection, query: Select[Any]) -> Teaser | None:
    found = _all(tx, query)
    return found[0] if found else None


def _all(tx: Connection, query: Select[Any]) -> list[Teaser]:
    rows = tx.execute(query).all()
    own: dict[int, dict[int, Variant]] = {row.id: {} for row in rows}
    wanted = select(variants).where(variants.c.teaser_id.in_(list(own))).order_by(variants.c.account_id)
    for row in tx.execute(wanted):
        own[row.teaser_id][row.account_id] = _variant(row)
    return [_teaser(row, own[row.id]) for row in rows]


def _variant(row: Row[Any]) -> Variant:
    assets = None if row.assets is None else tuple(json.loads(row.assets))
    replies = None if row.replies is None else tuple(json.loads(row.replies))
    return Variant(row.text, assets, json.loads(row.options), replies)


def _teaser(row: Row[Any], own: dict[int, Variant]) -> Teaser:
    return Teaser(
        id=row.id,
        text=row.text,
        article_id=row.article_id,
        link=row.link,
        replies=tuple(json.loads(row.replies)),
        template=row.template,
        assets=tuple(json.loads(row.assets)),
        accounts=tuple(json.loads(row.accounts)),
        variants=own,
        when=When(row.at_wall, row.at_zone, row.queue, bool(row.now)),
        late_policy=row.late_policy,
        scheduled=bool(row.scheduled),
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )
