"""One delivery's way out: claim it, check the gate, prepare, mark, publish, finish.

Read from top to bottom: `claim_due` takes what is due, `send` carries one claimed delivery to its end. The mark is
committed before the one irreversible call, so that a crash at any instant is either "certainly not sent" or
"perhaps sent", and never a guess.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field

from scheduler.domain import outcome as o
from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import Delivery, Recovery, State, Step, after_send
from scheduler.domain.teaser import payload_from_json
from scheduler.platforms.base import Mark, Platform, Prepared, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts.sessions import open_session
from scheduler.services.context import Context
from scheduler.services.delivery import gate
from scheduler.services.delivery.attempts import record
from scheduler.storage import accounts, claims
from scheduler.storage.engine import Connection

log = logging.getLogger(__name__)

LEASE_MS = 240_000
"""How long a claim lasts; a living worker renews its claims every few seconds. Nobody takes a claim over for its age
alone, so a long lease costs nothing."""
CALL_MARGIN_MS = 180_000
"""The irreversible call may take this long, dripping answers included; a claim with less left is dropped."""


def claim_due(ctx: Context, worker_id: str, limit: int) -> list[Delivery]:
    """Take up to `limit` due deliveries; what is too late by its policy becomes `missed` instead."""
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        claims.note_missed(tx, now)
        return claims.claim(tx, worker_id=worker_id, now=now, lease_until=now + LEASE_MS, limit=limit)


def send(ctx: Context, delivery: Delivery) -> None:
    """Carry one claimed delivery to its next state. Raises nothing that a caller could mend."""
    if reason := gate.closed(ctx, delivery):
        _finish(ctx, delivery, Step(State.HELD, reason, gate.REASON, maybe_live=delivery.maybe_live))
        return
    started_at = ctx.clock.now_ms()
    try_ = _Try(ctx, delivery)
    try:
        outcome = try_.run()
    except ClaimLost:
        log.warning("delivery %s: the claim was lost before the call, so nothing was sent", delivery.id)
        return
    record(ctx, delivery, "publish", outcome, started_at)
    step = after_send(delivery, outcome, ctx.clock.now_ms(), random.random(), try_.recovery)  # noqa: S311
    _finish(ctx, delivery, step)


class ClaimLost(Exception):
    """Another owner has the delivery, or our lease is about to end: the call must not be made."""


@dataclass(slots=True)
class _Try:
    """One try of one delivery; `marked` says whether the irreversible call may have begun."""

    ctx: Context
    delivery: Delivery
    marked: bool = False
    recovery: Recovery = field(default_factory=Recovery)

    def run(self) -> o.Outcome:
        """Return how the try ended; whatever is thrown before the mark was certainly not sent."""
        try:
            return self._run()
        except ClaimLost:
            raise
        except Refused as refused:
            return refused.outcome
        except Exception:
            log.exception("delivery %s: unexpected error", self.delivery.id)
            if self.marked:
                return o.Unknown(
                    sentence="Drumbeat stumbled while the platform was answering. It looks whether the post is there."
                )
            return o.NotSent(sentence="Drumbeat stumbled before anything was sent. The log has the details.")

    def _run(self) -> o.Outcome:
        account, connector = account_and_platform(self.ctx, self.delivery)
        session = open_session(self.ctx, account)
        self.recovery = recovery_of(self.ctx, connector, account)
        prepared = self._prepared(connector, session)
        outcome = self._published(connector, session, prepared)
        if isinstance(outcome, o.Unauthorized):
            connector.refresh(session)
            outcome = self._published(connector, session, prepared)
        return outcome

    def _prepared(self, connector: Platform, session: Session) -> Prepared:
        payload, mark = payload_from_json(self.delivery.payload), mark_of(self.delivery)
        try:
            return connector.prepare(session, payload, mark)
        except Refused as refused:
            if not isinstance(refused.outcome, o.Unauthorized):
                raise
        connector.refresh(session)
        return connector.prepare(session, payload, mark)

    def _published(self, connector: Platform, session: Session, prepared: Prepared) -> o.Outcome:
        with self.ctx.database.writing() as tx:
            now = self.ctx.clock.now_ms()
            if not claims.mark_started(tx, self.delivery, now=now, margin=CALL_MARGIN_MS):
                raise ClaimLost
        self.marked = True
        outcome = connector.publish(session, prepared)
        self.marked = not isinstance(outcome, o.Unauthorized)
        return outcome


def account_and_platform(ctx: Context, delivery: Delivery) -> tuple[Account, Platform]:
    """Return the account of a delivery and the connector that speaks for it."""
    with ctx.database.reading() as tx:
        account = accounts.get(tx, delivery.account_id)
    assert account is not None  # a foreign key holds it
    return account, platform(account.platform)


def mark_of(delivery: Delivery) -> Mark:
    """Return what identifies the delivery to its platform."""
    return Mark(delivery.idempotency_key, delivery.stamp_at or delivery.created_at, delivery.short_code)


def recovery_of(ctx: Context, connector: Platform, account: Account) -> Recovery:
    """Return how an unknown outcome may be settled with this account.

    `settle_seconds` in platforms.toml wins over the connector's; a server's software may remember no keys at all.
    """
    capabilities, config = connector.capabilities, ctx.settings.platforms.get(connector.name, {})
    settle = int(config.get("settle_seconds", capabilities.settle_seconds))
    remembered = int(account.limits.get("idempotency_seconds", capabilities.idempotency_seconds))
    return Recovery(settle * 1000, remembered * 1000)


def _finish(ctx: Context, delivery: Delivery, step: Step) -> None:
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        if not claims.finish(tx, delivery, step, now):
            log.warning("delivery %s: a late answer was kept as evidence only", delivery.id)
            return
        apply_to_account(tx, delivery.account_id, step, now)


def apply_to_account(tx: Connection, account_id: int, step: Step, now: int) -> None:
    """Let the account learn what the step says of it: broken, or to be left alone for a while."""
    if step.account_broken:
        accounts.set_state(tx, account_id, AccountState.BROKEN, step.sentence, now)
    if step.account_not_before is not None:
        accounts.set_not_before(tx, account_id, step.account_not_before)
