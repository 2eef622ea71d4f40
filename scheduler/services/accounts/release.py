"""Letting go what waited for an account to work again."""

from __future__ import annotations

from scheduler.domain.delivery import State
from scheduler.storage import claims, deliveries
from scheduler.storage.engine import Connection

REASON = "account"
"""Why a delivery is held whose account's sign-in was refused (see `domain.delivery.after_send`)."""


def held_deliveries(tx: Connection, account_id: int, now: int) -> int:
    """Schedule again what is held because of this account, and return how many.

    What has become too late in the meantime is not sent by itself: the lateness policy decides at the next wake.
    """
    released = 0
    for delivery in claims.held_for(tx, REASON):
        if delivery.account_id == account_id:
            released += deliveries.set_state(
                tx, delivery.id, State.SCHEDULED, expect={State.HELD}, now=now, reason="", version=delivery.version
            )
    return released
