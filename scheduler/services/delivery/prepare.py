"""Preparing ahead: ten minutes before its time a delivery is checked and its files are uploaded.

So the due moment holds one call, and what would go wrong is known while there is still time to act. Everything here
may be done any number of times.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scheduler.domain import outcome as o
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery
from scheduler.domain.teaser import payload_from_json
from scheduler.platforms.base import Platform, Prepared, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts import renewal
from scheduler.services.accounts.sessions import open_session
from scheduler.services.context import Context
from scheduler.services.delivery import breaking, gate
from scheduler.services.delivery.connectors import account_and_platform, mark_of
from scheduler.services.operations import notices
from scheduler.storage import preparations
from scheduler.storage.engine import Connection
from scheduler.storage.preparations import Preparation

log = logging.getLogger(__name__)

AHEAD_MS = 10 * 60_000
TAKEN_MS = 5 * 60_000
"""While one worker prepares a delivery, no other begins with it for so long."""
KEPT_MS = 24 * 3_600_000
AGAIN_MS = 60_000
"""What stood in the way is looked at again after so long."""


def take_next(ctx: Context, limit: int) -> list[Delivery]:
    """Return up to `limit` deliveries that are to be prepared now, and keep others from preparing them too."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        if not preparations.due(tx, now, AHEAD_MS, 1):
            return []
    with ctx.database.writing() as tx:
        preparations.forget_before(tx, now - KEPT_MS)
        found = preparations.due(tx, now, AHEAD_MS, limit)
        for delivery in found:
            before = preparations.get(tx, delivery.id) or Preparation(delivery.id, "")
            taken = replace(before, payload_hash=delivery.payload_hash, data="", good_until=0, try_at=now + TAKEN_MS)
            preparations.put(tx, taken)
    return found


def prepare(ctx: Context, delivery: Delivery) -> None:
    """Check one delivery and do everything for it that may be done before its time."""
    account, connector = account_and_platform(ctx, delivery)
    outcome: o.Outcome | None = None
    data, problem = "", ""
    try:
        gate.require_open(ctx, delivery, gate.subject_of(ctx, delivery))
        _require_acceptable(connector, account.limits, delivery)
        made = prepared(ctx, account, open_session(ctx, account), delivery)
        data = ctx.vault.seal({"data": json.dumps(dict(made.data))})
    except gate.Closed as closed:
        problem = str(closed)
    except Refused as refused:
        outcome, problem = refused.outcome, refused.outcome.sentence
    now = ctx.clock.now_ms()
    good_for = connector.capabilities.prepared_seconds * 1000 if data else 0
    with ctx.database.writing() as tx:
        before = preparations.get(tx, delivery.id)
        result = Preparation(
            delivery.id, delivery.payload_hash, data, problem, now, now + good_for, now + AGAIN_MS,
            (before.tries if before else 0) + 1,
        )  # fmt: skip
        preparations.put(tx, result)
        if isinstance(outcome, o.Misconfigured):
            notices.break_platform(tx, account.id, outcome.sentence, now)
        elif isinstance(outcome, o.Unauthorized | o.Forbidden):
            notices.break_account(tx, account.id, outcome.sentence, now)
        if outcome is not None:
            breaking.learn(tx, account.host, outcome, now)


def made_ahead(ctx: Context, delivery: Delivery, found: Preparation | None) -> Prepared | None:
    """Return what was prepared (`found`) for exactly this payload and can still be used, else None."""
    if found is None or not found.data or found.payload_hash != delivery.payload_hash:
        return None
    if found.good_until <= ctx.clock.now_ms():
        return None
    data = json.loads(ctx.vault.open(found.data)["data"])
    return Prepared(payload_from_json(delivery.payload), mark_of(delivery), data)


def kept_data(ctx: Context, delivery: Delivery) -> Mapping[str, Any]:
    """Return what was made for a delivery, however old it is: a look-up may ask what became of it."""
    with ctx.database.reading() as tx:
        found = preparations.get(tx, delivery.id)
    if found is None or not found.data or found.payload_hash != delivery.payload_hash:
        return {}
    data: Mapping[str, Any] = json.loads(ctx.vault.open(found.data)["data"])
    return data


def keep(ctx: Context, tx: Connection, connector: Platform, delivery: Delivery, made: Prepared) -> None:
    """Store what was made just now, before it is used: a lost answer is settled by it, a second try uses it again."""
    if not made.data:
        return
    now = ctx.clock.now_ms()
    sealed = ctx.vault.seal({"data": json.dumps(dict(made.data))})
    good_until = now + connector.capabilities.prepared_seconds * 1000
    preparations.put(tx, Preparation(delivery.id, delivery.payload_hash, sealed, "", now, good_until, good_until, 1))


def prepared(ctx: Context, account: Account, session: Session, delivery: Delivery) -> Prepared:
    """Let the connector prepare, and once more with a renewed sign-in when the stored one is not accepted any more.

    Raises `Refused`.
    """
    connector = platform(account.platform)
    payload, mark = payload_from_json(delivery.payload), mark_of(delivery)
    try:
        return connector.prepare(session, payload, mark)
    except Refused as refused:
        if not isinstance(refused.outcome, o.Unauthorized):
            raise
    renewal.renew(ctx, account, session)
    return connector.prepare(session, payload, mark)


def _require_acceptable(connector: Platform, limits: Mapping[str, Any], delivery: Delivery) -> None:
    """Raise `Refused` with everything that the platform would refuse about the post today."""
    found = connector.validate(payload_from_json(delivery.payload), connector.rules(limits))
    if wrong := [problem for problem in found if problem.severity == "error"]:
        sentence = " ".join(problem.message for problem in wrong)
        raise Refused(o.Rejected(sentence=f"{connector.label} would refuse it: {sentence}"))
