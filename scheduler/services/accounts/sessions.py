"""Opening an account for its connector: credentials out of the vault, changed ones back into it at once."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.account import Account
from scheduler.domain.outcome import Misconfigured
from scheduler.platforms.base import Credentials, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts import practice
from scheduler.services.accounts.vault import VaultLocked
from scheduler.services.context import Context
from scheduler.storage import accounts


def open_session(ctx: Context, account: Account) -> Session:
    """Return everything a connector needs to speak for `account`.

    Raises `Refused` when there are no credentials, or none that can be read.
    """
    with ctx.database.reading() as tx:
        sealed = accounts.credentials(tx, account.id)
    return unsealed(ctx, account, sealed)


def unsealed(ctx: Context, account: Account, sealed: str) -> Session:
    """Return the same from credentials that were just read."""
    if not sealed:
        raise Refused(platform(account.platform).reconnect())
    try:
        credentials = ctx.vault.open(sealed)
    except VaultLocked as locked:
        raise Refused(Misconfigured(sentence=str(locked))) from locked
    session = new_session(ctx, account.platform, account.settings)
    session.credentials = practice.here(ctx, credentials)
    session.limits = account.limits
    session.remote_id = practice.name_here(ctx, account.remote_id) if account.practice else account.remote_id

    def remember(changed: Credentials) -> None:
        store(ctx, account.id, changed)

    session.remember = remember
    return session


def new_session(ctx: Context, platform_name: str, settings: Mapping[str, str]) -> Session:
    """Return a session that speaks for nobody yet and remembers nothing: for connecting."""
    return Session(
        http=ctx.http,
        clock=ctx.clock,
        config=ctx.settings.platforms.get(platform_name, {}),
        credentials={},
        settings=practice.here(ctx, settings),
        limits={},
        remote_id="",
        read_media=ctx.blobs.read,
        remember=lambda _changed: None,
    )


def seal(ctx: Context, credentials: Credentials) -> str:
    """Return `credentials` as they are stored."""
    return ctx.vault.seal(practice.portable(ctx, credentials))


def store(ctx: Context, account_id: int, credentials: Credentials) -> None:
    """Store changed credentials durably."""
    with ctx.database.writing() as tx:
        accounts.set_credentials(tx, account_id, seal(ctx, credentials), ctx.clock.now_ms())
