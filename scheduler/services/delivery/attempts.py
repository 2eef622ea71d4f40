"""Keeping what happened: every try and every look-up leaves a line with the platform's (redacted) answer."""

from __future__ import annotations

import json
from dataclasses import asdict

from scheduler.domain.delivery import Delivery
from scheduler.domain.outcome import Outcome
from scheduler.services.context import Context
from scheduler.storage import attempts


def record(ctx: Context, delivery: Delivery, action: str, outcome: Outcome, started_at: int) -> None:
    """Append one attempt in a transaction of its own, before any state changes: evidence comes first.

    `action` is "publish", "look-up" or "poll"; instants are UTC ms.
    """
    attempt = attempt_of(delivery, action, outcome, (started_at, ctx.clock.now_ms()))
    with ctx.database.writing() as tx:
        attempts.add(tx, delivery.id, attempt)


def attempt_of(delivery: Delivery, action: str, outcome: Outcome, span: tuple[int, int]) -> attempts.Attempt:
    """Return what is kept of one try or look-up that lasted for `span` (from, to)."""
    evidence = outcome.evidence
    return attempts.Attempt(
        n=delivery.attempts,
        action=action,
        started_at=span[0],
        ended_at=span[1],
        outcome=type(outcome).__name__,
        http_status=evidence.http_status,
        sentence=outcome.sentence,
        detail=json.dumps(asdict(evidence), ensure_ascii=False),
        worker_id=delivery.worker_id or "",
        lease_token=delivery.lease_token,
    )
