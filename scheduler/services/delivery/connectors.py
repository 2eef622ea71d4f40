"""Which connector speaks for a delivery, what identifies the delivery to it, and how a lost answer is settled there."""

from __future__ import annotations

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, Recovery
from scheduler.platforms.base import Mark, Platform
from scheduler.platforms.registry import platform
from scheduler.services.context import Context
from scheduler.storage import accounts


def account_and_platform(ctx: Context, delivery: Delivery) -> tuple[Account, Platform]:
    """Return the account of a delivery and the connector that speaks for it."""
    with ctx.database.reading() as tx:
        account = accounts.get(tx, delivery.account_id)
    assert account is not None  # a foreign key holds it
    return account, platform(account.platform)


def mark_of(delivery: Delivery) -> Mark:
    """Return what identifies the delivery to its platform."""
    return Mark(delivery.idempotency_key, delivery.first_sent_at or delivery.created_at, delivery.short_code)


def recovery_of(ctx: Context, connector: Platform, account: Account) -> Recovery:
    """Return how an unknown outcome may be settled with this account.

    `settle_seconds` in platforms.toml wins over the connector's; a server's software may remember no keys at all.
    """
    capabilities, config = connector.capabilities, ctx.settings.platforms.get(connector.name, {})
    settle = int(config.get("settle_seconds", capabilities.settle_seconds))
    remembered = int(account.limits.get("idempotency_seconds", capabilities.idempotency_seconds))
    return Recovery(settle * 1000, remembered * 1000)
