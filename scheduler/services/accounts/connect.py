"""Connecting an account: the platform is asked at once, and only what it accepted is stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from scheduler.domain.account import Account, AccountState
from scheduler.domain.problem import Invalid, Problem, refuse
from scheduler.platforms.base import Connection, Platform, Refused, Way
from scheduler.platforms.registry import platform
from scheduler.services.accounts import apps, practice, release
from scheduler.services.accounts.pictures import fetch_picture
from scheduler.services.accounts.sessions import new_session, open_session, seal, token_of
from scheduler.services.context import Context
from scheduler.services.operations import notices
from scheduler.storage import accounts
from scheduler.storage.accounts import Token
from scheduler.storage.engine import Connection as Transaction


def connect(
    ctx: Context, platform_name: str, credentials: Mapping[str, str], settings: Mapping[str, str] | None = None
) -> Account:
    """Connect an account with the credential fields of its platform, and return it.

    An address of "practice" makes a fresh account on the practice network. The same destination connected again keeps
    its key, queue and history and gets the new credentials. Raises `Invalid` with every problem (also the platform's
    own refusal), `NotFound` for an unknown platform.
    """
    connector = platform(platform_name)
    wanted, practising = dict(settings or {}), practice.is_wanted(credentials)
    _check_fields(connector, credentials, practising)
    form = practice.fresh_form(ctx, connector, credentials) if practising else dict(credentials)
    if practising:
        wanted |= practice.surroundings(ctx, connector.name)
    elif len(connector.ways) > 1 and (way := form_way(connector, credentials)):
        wanted["way"] = way.name
    connection = _ask(ctx, connector, form, wanted, practising)
    return keep(ctx, connector, connection, practising=practising)


def keep(ctx: Context, connector: Platform, connection: Connection, *, practising: bool) -> Account:
    """Store what a platform accepted, as a new account or in place of the same one, and return it."""
    account = _stored(ctx, connector, connection, practising)
    fetch_picture(ctx, account)
    return account


def require_same(ctx: Context, account_id: int, opened: list[Connection]) -> None:
    """Refuse a sign-in that is meant to renew one account and opens another. Raises `Invalid`."""
    with ctx.database.reading() as tx:
        account = accounts.get(tx, account_id)
    if account and any(known_as(ctx, each.profile.remote_id, account.practice) != account.remote_id for each in opened):
        named = opened[0].profile.handle or opened[0].profile.name
        message = (
            f"This sign-in belongs to {named}, not to {account.name} ({account.handle}). Choose {account.name}, or "
            f"sign out at {platform(account.platform).label} and start again with the right one."
        )
        raise refuse("chosen", message)


def form_way(connector: Platform, form: Mapping[str, str]) -> Way | None:
    """Return the way to connect whose form was filled in, None where people sign in on the platform's own pages."""
    forms = [way for way in connector.ways if not way.redirects]
    fitting = (way for way in forms if set(form) <= {field.name for field in way.fields})
    return next(fitting, forms[0] if forms else None)


def _check_fields(connector: Platform, form: Mapping[str, str], practising: bool) -> None:
    if practising:
        known = {"identifier", *practice.ADDRESS_FIELDS, *(field.name for field in connector.form_fields)}
    else:
        known = {field.name for field in connector.form_fields}
    problems = [
        Problem(name, f"{connector.label} has no field “{name}”. It has: {', '.join(sorted(known))}.")
        for name in form
        if name not in known
    ]
    way = form_way(connector, form)
    if way and not practising:
        problems += [
            Problem(field.name, f"{field.label} is missing. {field.hint}".strip())
            for field in way.fields
            if field.required and not form.get(field.name, "").strip()
        ]
    if problems:
        raise Invalid(problems)


def _ask(
    ctx: Context, connector: Platform, form: Mapping[str, str], settings: Mapping[str, str], practising: bool
) -> Connection:
    session = new_session(ctx, connector, settings, practising=practising)
    try:
        if practising and connector.ways[0].redirects:  # the practice network signed in by itself
            session.credentials, session.app = dict(form), dict(apps.PRACTICE)
            return connector.check(session)
        return connector.connect(session, form)
    except Refused as refused:
        raise refuse("", refused.outcome.sentence) from refused


def _stored(ctx: Context, connector: Platform, connection: Connection, practising: bool) -> Account:
    now, sealed = ctx.clock.now_ms(), seal(ctx, connection.credentials)
    remote_id = known_as(ctx, connection.profile.remote_id, practising)
    token = token_of(connector, connection.credentials, now)
    with ctx.database.writing() as tx:
        known = accounts.by_remote(tx, connector.name, remote_id)
        if known is not None:
            return _reconnected(tx, described(ctx, known, connection), sealed, now, token)
        key = _free_key(tx, connection.profile.handle, connector.name)
        fresh = Account(0, key, connector.name, "", "", remote_id, practice=practising)
        added = accounts.add(tx, described(ctx, fresh, connection), sealed, now)
        accounts.set_token(tx, added.id, token, now)
        return _certain(tx, added.id)


def described(ctx: Context, account: Account, connection: Connection) -> Account:
    """Return `account` as its platform describes it now."""
    profile = connection.profile
    return replace(
        account,
        name=profile.name,
        handle=known_as(ctx, profile.handle, account.practice),
        avatar_url=profile.avatar_url,
        profile_url=profile.profile_url,
        settings=practice.portable(ctx, connection.settings),
        limits=connection.limits,
        host=_host(account, connection),
    )


def _host(account: Account, connection: Connection) -> str:
    """Return whose circuit breaker the account shares; all practice networks answer here, so each is its own."""
    if account.practice:
        return f"practice/{account.key}"
    return platform(account.platform).host(connection.credentials)


def known_as(ctx: Context, name: str, practising: bool) -> str:
    """Return a handle or id as it is stored."""
    return practice.portable_name(ctx, name) if practising else name


def _reconnected(tx: Transaction, account: Account, sealed: str, now: int, token: Token) -> Account:
    accounts.set_credentials(tx, account.id, sealed, now)
    accounts.set_token(tx, account.id, token, now)
    accounts.end_renewal(tx, account.id, now)
    accounts.update_profile(tx, account, now)
    accounts.set_not_before(tx, account.id, 0)
    # Whoever paused the account did it for a reason that new credentials do not answer.
    if account.state is not AccountState.PAUSED:
        accounts.set_state(tx, account.id, AccountState.CONNECTED, "", now)
        notices.account_well(tx, account.id, now)
        notices.platform_well(tx, account.platform, now)
        release.held_deliveries(tx, account.id, now)
    return _certain(tx, account.id)


def _certain(tx: Transaction, account_id: int) -> Account:
    stored = accounts.get(tx, account_id)
    assert stored is not None
    return stored


def made_for(ctx: Context, account: Account, form: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return label and value of every secret that was left empty and made by the connector: to be shown once."""
    fields = platform(account.platform).form_fields
    left_empty = [field for field in fields if field.secret and not form.get(field.name, "").strip()]
    if account.practice or not left_empty:
        return []
    stored = open_session(ctx, account).credentials
    return [(field.label, stored[field.name]) for field in left_empty if stored.get(field.name)]


def _free_key(tx: Transaction, handle: str, platform_name: str) -> str:
    """Return a readable key that no account has: "clinic-bluesky", "clinic-bluesky-2"."""
    plain = unicodedata.normalize("NFKD", handle).encode("ascii", "ignore").decode().lower().lstrip("@")
    stem = re.sub(r"[^a-z0-9]+", "-", re.split(r"[@.]", plain)[0]).strip("-")
    wanted = f"{stem}-{platform_name}" if stem else platform_name
    taken, key, number = accounts.keys(tx), wanted, 2
    while key in taken:
        key, number = f"{wanted}-{number}", number + 1
    return key
