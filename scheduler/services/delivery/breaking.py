"""Circuit breakers: what an outcome says about the platform's host, and what the owner is told of it."""

from __future__ import annotations

from scheduler.domain import outcome as o
from scheduler.domain.breaker import LONGEST_PAUSE_MS, after_fault
from scheduler.storage import breakers, notices
from scheduler.storage.engine import Connection


def learn(tx: Connection, host: str, outcome: o.Outcome, now: int) -> None:
    """Count a fault of the host, or forget its faults because it gave a usable answer."""
    if not host:
        return
    if isinstance(outcome, o.NotSent | o.Unknown):
        if outcome.host_down:
            _count(tx, host, outcome.sentence, now)
    elif breakers.clear(tx, host):
        notices.resolve(tx, f"host:{host}", now)


def _count(tx: Connection, host: str, sentence: str, now: int) -> None:
    breaker = after_fault(breakers.get(tx, host), sentence, now)
    breakers.put(tx, breaker, now)
    if breaker.tripped and breaker.open_until - now >= LONGEST_PAUSE_MS:
        told = f"{host} has not answered for a while: {sentence} Posts wait and go out when it is back."
        notices.report(tx, f"host:{host}", subject=f"{host} does not answer", sentence=told, now=now, times=0)
