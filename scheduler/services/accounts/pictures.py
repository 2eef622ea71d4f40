"""The pictures of accounts: fetched once through the guard, decoded apart, kept as small WebP files of our own."""

from __future__ import annotations

import logging

from scheduler.domain.account import Account
from scheduler.domain.problem import Invalid, NotFound
from scheduler.media.avatars import avatar
from scheduler.platforms.http import TransportError
from scheduler.services.context import Context

log = logging.getLogger(__name__)

PICTURE_BYTES = 4_000_000


def fetch_picture(ctx: Context, account: Account) -> bool:
    """Store the account's picture as its platform shows it; False (and the old one stays) when there is none to get."""
    if not account.avatar_url:
        return False
    try:
        answer = ctx.http.fetch(account.avatar_url, max_bytes=PICTURE_BYTES)
        if not answer.ok:
            return False
        ctx.blobs.put_bytes(_key(account.id), avatar(answer.body))
    except (TransportError, Invalid) as error:
        log.info("no picture for account %s: %s", account.key, error)
        return False
    return True


def has_picture(ctx: Context, account_id: int) -> bool:
    """Return whether there is a picture to show."""
    return ctx.blobs.exists(_key(account_id))


def picture(ctx: Context, account_id: int) -> bytes:
    """Return the picture (WebP). Raises `NotFound`."""
    if not has_picture(ctx, account_id):
        raise NotFound("This account has no picture.")
    return ctx.blobs.read(_key(account_id))


def drop_picture(ctx: Context, account_id: int) -> None:
    """Forget the picture."""
    ctx.blobs.delete(_key(account_id))


def _key(account_id: int) -> str:
    return f"avatars/{account_id}.webp"
