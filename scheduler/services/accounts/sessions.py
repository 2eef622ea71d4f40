"""Opening an account for its connector: credentials out of the vault, changed ones back into it at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.account import Account
from scheduler.domain.outcome import Misconfigured
from scheduler.platforms.base import Credentials, Platform, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts import apps, practice
from scheduler.services.accounts.vault import VaultLocked
from scheduler.services.context import Context
from scheduler.services.library import public_media
from scheduler.storage import accounts
from scheduler.storage.accounts import Token
from scheduler.storage.engine import Connection as Transaction

EARLY_MS = 10 * 60_000
"""A sign-in is renewed at least so long before its end."""


def open_session(ctx: Context, account: Account) -> Session:
    """Return everything a connector needs to speak for `account`.

    Raises `Refused` when there are no credentials, or none that can be read.
    """
    with ctx.database.reading() as tx:
        sealed = accounts.credentials(tx, account.id)
    return unsealed(ctx, account, sealed)


def unsealed(ctx: Context, account: Account, sealed: str) -> Session:
    """Return the same from credentials that were just read."""
    connector = platform(account.platform)
    if not sealed:
        raise Refused(connector.reconnect())
    try:
        credentials, app = ctx.vault.open(sealed), apps.of_account(ctx, connector, account)
    except VaultLocked as locked:
        raise Refused(Misconfigured(sentence=str(locked))) from locked
    session = new_session(ctx, connector, account.settings, practising=account.practice)
    session.credentials = practice.here(ctx, credentials)
    session.app = app
    session.limits = account.limits
    session.remote_id = practice.name_here(ctx, account.remote_id) if account.practice else account.remote_id

    def remember(changed: Credentials) -> None:
        store(ctx, account, changed)

    session.remember = remember
    return session


def new_session(ctx: Context, connector: Platform, settings: Mapping[str, str], *, practising: bool = False) -> Session:
    """Return a session that speaks for nobody yet and remembers nothing: for connecting."""
    return Session(
        http=ctx.http,
        clock=ctx.clock,
        config=_config(ctx, connector, practising),
        credentials={},
        settings=practice.here(ctx, settings),
        limits={},
        remote_id="",
        read_media=ctx.blobs.read,
        remember=lambda _changed: None,
        media_address=lambda item: public_media.address(ctx, item, practising=practising),
    )


def _config(ctx: Context, connector: Platform, practising: bool) -> Mapping[str, Any]:
    """Return the platform's part of platforms.toml; a practice account finds the practice network's addresses there."""
    config = ctx.settings.platforms.get(connector.name, {})
    if not practising:
        return config
    own = f"{ctx.settings.local_url}/practice/{connector.name}"
    return {**config, **{host: f"{own}/{host}" for host in connector.hosts}}


def seal(ctx: Context, credentials: Credentials) -> str:
    """Return `credentials` as they are stored."""
    return ctx.vault.seal(practice.portable(ctx, credentials))


def store(ctx: Context, account: Account, credentials: Credentials) -> None:
    """Store changed credentials durably; an empty value never takes the place of one that was there."""
    with ctx.database.writing() as tx:
        store_within(ctx, tx, account, credentials)


def store_within(ctx: Context, tx: Transaction, account: Account, credentials: Credentials) -> None:
    """Store changed credentials in the caller's transaction, with what is known of how long they last."""
    sealed, now = accounts.credentials(tx, account.id), ctx.clock.now_ms()
    before = practice.here(ctx, ctx.vault.open(sealed)) if sealed else {}
    kept = {name: value or before.get(name, "") for name, value in credentials.items()}
    accounts.set_credentials(tx, account.id, seal(ctx, kept), now)
    accounts.set_token(tx, account.id, token_of(platform(account.platform), kept, now), now)


def token_of(connector: Platform, credentials: Credentials, now: int) -> Token:
    """Return how long a sign-in lasts, and which rights it has.

    Where the connector does not say when to renew it, a fifth of the time that is left (at `now`, UTC ms) is kept free.
    """
    times = connector.token_times(credentials)
    early = max(EARLY_MS, (times.expires_at - now) // 5)
    renew_at = times.renew_at or (times.expires_at - early if times.expires_at else 0)
    return Token(times.expires_at, renew_at, times.dies_at, credentials.get("scopes", ""))
