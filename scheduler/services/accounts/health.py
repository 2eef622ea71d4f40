"""Asking the platform whether an account still works, who it is now, and what its limits are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.domain.account import Account, AccountState
from scheduler.domain.outcome import Forbidden, Misconfigured, Outcome, Unauthorized
from scheduler.domain.problem import Invalid, NotFound, Problem
from scheduler.platforms.base import Connection, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts import release, renewal
from scheduler.services.accounts.connect import described, known_as
from scheduler.services.accounts.pictures import fetch_picture, has_picture
from scheduler.services.accounts.sessions import open_session, store_within
from scheduler.services.context import Context
from scheduler.services.operations import notices
from scheduler.storage import accounts
from scheduler.storage.engine import Connection as Transaction

OLD_MS = 86_400_000
"""Limits and names are asked for again after a day."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An account after a check; `trouble` is "" when all is well, else what happened and what to do."""

    account: Account
    trouble: str


def account(ctx: Context, account_id: int) -> Account:
    """Return an account. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        found = accounts.get(tx, account_id)
    if found is None:
        raise NotFound(f"There is no account {account_id}.")
    return found


def check(ctx: Context, account_id: int) -> Checked:
    """Ask the platform about an account and store what it says; a sign-in that is refused for good breaks the account.

    A passing trouble (no connection, throttled) changes nothing. Raises `NotFound`.
    """
    known = account(ctx, account_id)
    if known.state is AccountState.DISCONNECTED:
        return Checked(known, known.problem)
    try:
        session = open_session(ctx, known)
        connection = _ask(ctx, known, session)
    except Refused as refused:
        return _refused(ctx, known, refused.outcome)
    if known_as(ctx, connection.profile.remote_id, known.practice) != known.remote_id:
        return _broken(ctx, known, f"The stored sign-in now belongs to {connection.profile.handle}. Connect it again.")
    return _well(ctx, known, connection)


def save_post_options(ctx: Context, account_id: int, typed: Mapping[str, str]) -> Account:
    """Store the choices that a new post to an account begins with. Raises `NotFound`, `Invalid` for a choice that is
    none of the platform's."""
    known = account(ctx, account_id)
    options = {option.name: option for option in platform(known.platform).options(known.limits)}
    chosen = {name: value.strip() for name, value in typed.items() if name in options}
    problems = [
        Problem(f"options.{name}", f"{options[name].label}: “{value}” is none of the choices.")
        for name, value in chosen.items()
        if value and options[name].choices and value not in dict(options[name].choices)
    ]
    if problems:
        raise Invalid(problems)
    kept = {name: value for name, value in chosen.items() if value and value != options[name].default}
    with ctx.database.writing() as tx:
        accounts.set_post_options(tx, account_id, kept, ctx.clock.now_ms())
    return account(ctx, account_id)


def refresh_old_limits(ctx: Context) -> None:
    """Ask again about the connected accounts whose names and limits were read more than a day ago."""
    old = ctx.clock.now_ms() - OLD_MS
    with ctx.database.reading() as tx:
        known = accounts.all_accounts(tx)
    for each in known:
        if each.checked_at < old and each.state is AccountState.CONNECTED:
            check(ctx, each.id)


def _ask(ctx: Context, known: Account, session: Session) -> Connection:
    """Return what the platform says, after one refresh when it no longer takes the sign-in."""
    connector = platform(known.platform)
    try:
        return connector.check(session)
    except Refused as refused:
        if not isinstance(refused.outcome, Unauthorized):
            raise
    renewal.renew(ctx, known, session)
    return connector.check(session)


def _refused(ctx: Context, known: Account, outcome: Outcome) -> Checked:
    if isinstance(outcome, Misconfigured):
        with ctx.database.writing() as tx:
            notices.break_platform(tx, known.id, outcome.sentence, ctx.clock.now_ms())
        return Checked(account(ctx, known.id), outcome.sentence)
    if isinstance(outcome, Unauthorized | Forbidden):
        return _broken(ctx, known, outcome.sentence)
    return Checked(known, outcome.sentence)


def _broken(ctx: Context, known: Account, sentence: str) -> Checked:
    with ctx.database.writing() as tx:
        notices.break_account(tx, known.id, sentence, ctx.clock.now_ms())
    return Checked(account(ctx, known.id), sentence)


def _well(ctx: Context, known: Account, connection: Connection) -> Checked:
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        accounts.update_profile(tx, described(ctx, known, connection), now)
        store_within(ctx, tx, known, connection.credentials)
        for each in _stopped_alike(tx, known):
            accounts.set_state(tx, each.id, AccountState.CONNECTED, "", now)
            notices.account_well(tx, each.id, now)
            release.held_deliveries(tx, each.id, now)
        notices.platform_well(tx, known.platform, now)
    checked = account(ctx, known.id)
    if checked.avatar_url != known.avatar_url or not has_picture(ctx, known.id):
        fetch_picture(ctx, checked)
    return Checked(checked, "")


def _stopped_alike(tx: Transaction, known: Account) -> list[Account]:
    """Return the account if it was stopped, and those that were stopped with it for a fault of our application."""
    if known.state is not AccountState.BROKEN:
        return []
    if not notices.platform_is_broken(tx, known.platform):
        return [known]
    others = accounts.of_platform(tx, known.platform)
    return [each for each in others if each.state is AccountState.BROKEN and each.problem == known.problem]
