"""Keeping what happened: every try and every look-up leaves a line with the platform's (redacted) answer."""

from __future__ import annotations

import json
from dataclasses import asdict

from scheduler.domain.delivery import Delivery
from scheduler.domain.outcome import Outcome
from scheduler.storage import attempts
from scheduler.storage.engine import Connection


def record(tx: Connection, delivery: Delivery, action: str, outcome: Outcome, started_at: int, ended_at: int) -> None:
    """Append one attempt, in the transaction that takes the step that follows from it.

    It stays also where that step is refused because another owner has the delivery by now: evidence is never lost.
    `action` is "publish", "look-up" or "poll"; instants are UTC ms.
    """
    evidence = outcome.evidence
    attempt = attempts.Attempt(
        n=delivery.attempts,
        action=action,
        started_at=started_at,
        ended_at=ended_at,
        outcome=type(outcome).__name__,
        http_status=evidence.http_status,
        sentence=outcome.sentence,
        detail=json.dumps(asdict(evidence), ensure_ascii=False),
        worker_id=delivery.worker_id or "",
        lease_token=delivery.lease_token,
    )
    attempts.add(tx, delivery.id, attempt)
