"""Asking a platform something, with one renewal of the sign-in when it is not accepted any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from scheduler.domain.account import Account
from scheduler.domain.outcome import Unauthorized
from scheduler.platforms.base import Refused, Session
from scheduler.services.accounts import renewal
from scheduler.services.accounts.sessions import open_session
from scheduler.services.context import Context

Answer = TypeVar("Answer")


def with_fresh_sign_in(ctx: Context, account: Account, ask: Callable[[Session], Answer]) -> Answer:
    """Ask, and once more with a renewed sign-in when the platform no longer accepts the stored one. Raises `Refused`.

    Only for what may be repeated: looking, editing, taking down.
    """
    session = open_session(ctx, account)
    try:
        return ask(session)
    except Refused as refused:
        if not isinstance(refused.outcome, Unauthorized):
            raise
    renewal.renew(ctx, account, session)
    return ask(session)
