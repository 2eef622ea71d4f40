"""One delivery's way out: claim it, mark it, make the one call, finish.

Read from top to bottom: `claim_due` takes what is due, `send` carries one claimed delivery to its end. What could be
done ahead was done ahead (`prepare`). The mark is committed before the one irreversible call, so that a crash at any
instant is either "certainly not sent" or "perhaps sent", and never a guess.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field, replace

from scheduler.domain import outcome as o
from scheduler.domain.account import Account
from scheduler.domain.delivery import BY_HAND, Delivery, Recovery, State, Step, after_send, may_double
from scheduler.platforms.base import Platform, Prepared, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts import renewal
from scheduler.services.accounts.sessions import unsealed
from scheduler.services.context import Context
from scheduler.services.delivery import breaking, gate, prepare, replies
from scheduler.services.delivery.attempts import record
from scheduler.services.delivery.connectors import mark_of, recovery_of
from scheduler.services.delivery.lateness import settle_what_is_late
from scheduler.services.delivery.persistence import write_until_it_holds
from scheduler.services.operations import notices
from scheduler.storage import accounts, claims, preparations, restored, send_off
from scheduler.storage.engine import Connection, out_of_reach

log = logging.getLogger(__name__)

LEASE_MS = 240_000
"""How long a claim lasts; a living worker renews its claims every few seconds. Nobody takes a claim over for its age
alone, so a long lease costs nothing."""
CALL_MARGIN_MS = 180_000
"""The irreversible call may take this long, dripping answers included; a claim with less left is dropped."""

KEY_FORGOTTEN = (
    "An earlier try may be live, and the platform may have forgotten it by now, so nothing was sent. "
    "Drumbeat looks whether the post is there."
)


def claim_due(ctx: Context, worker_id: str, limit: int) -> list[Delivery]:
    """Take up to `limit` due deliveries; what is too late by its policy is not sent, what is late is spaced."""
    with ctx.database.reading() as tx:
        if not claims.anything_due(tx, ctx.clock.now_ms()):
            return []
    _ = ctx.settings  # looked at once for everything that is claimed; each send goes by what is known
    with ctx.database.writing() as tx:
        if restored.in_the_way(tx):
            return []
        now = ctx.clock.now_ms()  # read under the lock: waiting for it may have taken a while
        settle_what_is_late(ctx, tx, now)
        return claims.claim(tx, worker_id=worker_id, now=now, lease_until=now + LEASE_MS, limit=limit)


def send(ctx: Context, delivery: Delivery) -> None:
    """Carry one claimed delivery to its next state. Raises nothing that a caller could mend."""
    ctx = ctx.still()
    started_at = ctx.clock.now_ms()
    try_ = _Try(ctx, delivery)
    try:
        outcome = try_.run()
    except gate.Closed as closed:
        held = Step(State.HELD, str(closed), closed.reason, closed.look_again_at, maybe_live=delivery.maybe_live)
        write_until_it_holds(
            ctx, lambda tx: _take(ctx, tx, delivery, held, ctx.clock.now_ms()), f"delivery {delivery.id}"
        )
        return
    except ClaimLost:
        log.warning("delivery %s: the claim was lost before the call, so nothing was sent", delivery.id)
        return
    ended_at = ctx.clock.now_ms()
    step = after_send(delivery, outcome, ended_at, random.random(), try_.recovery)  # noqa: S311

    def finish(tx: Connection) -> None:
        record(tx, delivery, "publish", outcome, started_at, ended_at)
        _take(ctx, tx, delivery, step, ended_at)
        breaking.learn(tx, try_.host, outcome, ended_at)  # last: claims lock the account first, the breaker then

    write_until_it_holds(ctx, finish, f"the end of delivery {delivery.id}")


class ClaimLost(Exception):
    """Another owner has the delivery, or our lease is about to end: the call must not be made."""


@dataclass(slots=True)
class _Try:
    """One try of one delivery; `marked` says whether the irreversible call may have begun, `fresh` whether what it
    sends was prepared just now."""

    ctx: Context
    delivery: Delivery
    marked: bool = False
    fresh: bool = False
    host: str = ""
    recovery: Recovery = field(default_factory=Recovery)

    def run(self) -> o.Outcome:
        """Return how the try ended; whatever is thrown before the mark was certainly not sent."""
        try:
            return self._run()
        except (ClaimLost, gate.Closed):
            raise
        except Refused as refused:
            return refused.outcome
        except Exception as error:
            if not self.marked and out_of_reach(error):
                log.warning("delivery %s: the database was away, so nothing was sent", self.delivery.id)
                return o.NotSent(sentence="The database was away for a moment, so nothing was sent.")
            log.exception("delivery %s: unexpected error", self.delivery.id)
            if self.marked:
                return o.Unknown(
                    sentence="Drumbeat stumbled while the platform was answering. It looks whether the post is there."
                )
            return o.NotSent(sentence="Drumbeat stumbled before anything was sent. The log has the details.")

    def _run(self) -> o.Outcome:
        with self.ctx.database.reading() as tx:
            taken = send_off.read(tx, self.delivery.id)
        account, connector = taken.account, platform(taken.account.platform)
        self.host, self.recovery = account.host, recovery_of(self.ctx, connector, account)
        ahead = prepare.made_ahead(self.ctx, self.delivery, taken.preparation)
        subject = gate.Subject(account, taken.article_id)
        gate.require_open(self.ctx, self.delivery, subject, page_was_checked=ahead is not None)
        session = unsealed(self.ctx, account, taken.sealed)
        prepared = self._ready(account, session, ahead)
        outcome = self._published(connector, session, prepared)
        if isinstance(outcome, o.Unauthorized):
            renewal.renew(self.ctx, account, session)
            outcome = self._published(connector, session, prepared)
        if isinstance(outcome, o.Rejected) and ahead is not None:
            return self._without_what_was_made_ahead(outcome)
        return outcome

    def _ready(self, account: Account, session: Session, ahead: Prepared | None) -> Prepared:
        self.fresh = ahead is None
        prepared = ahead or prepare.prepared(self.ctx, account, session, self.delivery)
        return replace(prepared, mark=mark_of(self.delivery))

    def _published(self, connector: Platform, session: Session, prepared: Prepared) -> o.Outcome:
        if may_double(self.delivery, self.ctx.clock.now_ms()):
            return o.Unknown(sentence=KEY_FORGOTTEN)
        with self.ctx.database.writing() as tx:
            now = self.ctx.clock.now_ms()
            if not claims.mark_started(tx, self.delivery, now=now, margin=CALL_MARGIN_MS):
                raise ClaimLost
            if self.fresh:
                prepare.keep(self.ctx, tx, connector, self.delivery, prepared)
        if may_double(self.delivery, self.ctx.clock.now_ms()):  # the machine may have slept while that was written
            return o.Unknown(sentence=KEY_FORGOTTEN)
        self.marked = True
        outcome = connector.publish(session, prepared)
        self.marked = not isinstance(outcome, o.Unauthorized)
        return outcome

    def _without_what_was_made_ahead(self, outcome: o.Rejected) -> o.Outcome:
        """Try once more from the beginning: the platform may have dropped what was uploaded minutes ago.

        A refused post is not live, so that a further try is safe.
        """
        with self.ctx.database.writing() as tx:
            preparations.drop(tx, self.delivery.id)
        return o.NotSent(sentence=f"{outcome.sentence} It is tried once more from scratch.", evidence=outcome.evidence)


def _take(ctx: Context, tx: Connection, delivery: Delivery, step: Step, now: int) -> None:
    if not claims.finish(tx, delivery, step, now):
        log.warning("delivery %s: a late answer was kept as evidence only", delivery.id)
        return
    if step.reason == BY_HAND:
        notices.to_post(tx, delivery, now)
    if step.state is State.PUBLISHED:
        replies.follow(ctx, tx, delivery, step.remote_id)
    # What was prepared stays while the outcome is open: some platforms publish the same container only once.
    if step.state not in (State.SCHEDULED, State.UNKNOWN):
        preparations.drop(tx, delivery.id)
    apply_to_account(tx, delivery.account_id, step, now)
    notices.after_step(tx, delivery.account_id, step, now)


def apply_to_account(tx: Connection, account_id: int, step: Step, now: int) -> None:
    """Let the account learn what the step says of it: broken, or to be left alone for a while."""
    if step.account_broken:
        stop = notices.break_platform if step.platform_broken else notices.break_account
        stop(tx, account_id, step.sentence, now)
    if step.account_not_before is not None:
        accounts.set_not_before(tx, account_id, step.account_not_before)
