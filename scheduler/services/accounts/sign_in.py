"""Connecting an account by signing in on the platform's own pages: begin, come back, choose.

What has to be remembered lies sealed in the database under the hash of an unguessable state, for minutes and for the
person who began. The address that the person comes back to holds only what the platform put there.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from scheduler.domain.account import Account
from scheduler.domain.problem import NotFound, refuse
from scheduler.platforms.base import Back, Connection, Platform, Profile, Refused, Session, Way
from scheduler.platforms.registry import platform
from scheduler.services.accounts import apps, connect, practice
from scheduler.services.accounts.sessions import new_session
from scheduler.services.context import Context
from scheduler.storage import sign_ins
from scheduler.storage.sign_ins import StoredSignIn

LASTS_MS = 30 * 60_000
OVER = "This sign-in is over, or was begun by somebody else or in another browser. Start connecting again."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to connect: on which platform, by which way, and in place of which account (0 for a new)."""

    platform: str
    way: str
    user_id: int
    practising: bool = False
    account_id: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What a sign-in opened: everything that may be connected, by number. `key` brings the choice back to us."""

    key: str
    platform: Platform
    way: Way
    connections: tuple[Connection, ...]
    practising: bool
    account_id: int


def way_of(connector: Platform, name: str) -> Way:
    """Return one of the platform's ways to connect. Raises `NotFound`."""
    for way in connector.ways:
        if way.name == name:
            return way
    raise NotFound(f"{connector.label} is not connected by “{name}”.")


def redirect_uri(ctx: Context, name: str, *, practising: bool = False) -> str:
    """Return the address that people come back to, the one to register at the platform."""
    base = ctx.settings.local_url if practising else ctx.settings.base_url
    return f"{base}/admin/accounts/connect/{name}/back"


def begin(ctx: Context, wish: Wish, form: Mapping[str, str]) -> str:
    """Return where to send the person. Raises `Invalid` with every problem, also with what the platform refused."""
    connector = platform(wish.platform)
    form = practice.sign_in_form(ctx, connector, form) if wish.practising else form
    way, state = way_of(connector, wish.way), secrets.token_urlsafe(32)
    back = Back(redirect_uri(ctx, wish.platform, practising=wish.practising), state)
    try:
        begun = connector.sign_in(_session(ctx, connector, way, wish.practising), way.name, form, back)
    except Refused as refused:
        raise refuse("", refused.outcome.sentence) from refused
    kept = {**begun.kept, "redirect_uri": back.redirect_uri}
    now = ctx.clock.now_ms()
    values = {"kept": json.dumps(kept), "practising": "1" if wish.practising else ""}
    who = (wish.user_id, wish.platform, wish.way, wish.account_id)
    stored = StoredSignIn(_hash(state), *who, ctx.vault.seal(values), now, now + LASTS_MS)
    with ctx.database.writing() as tx:
        sign_ins.add(tx, stored)
    return begun.url


def come_back(ctx: Context, name: str, answer: Mapping[str, str], user_id: int) -> Choice:
    """Take what the platform sent back with the person and return what may be connected; a state is good for once.

    Raises `NotFound` when this sign-in is not known (any more), `Invalid` with what the platform refused.
    """
    state = answer.get("state", "")
    with ctx.database.writing() as tx:
        found = sign_ins.take(tx, _hash(state), ctx.clock.now_ms())
    if found is None or found.user_id != user_id or found.platform != name:
        raise NotFound(OVER)
    values = ctx.vault.open(found.sealed)
    connector, practising = platform(name), bool(values["practising"])
    way = way_of(connector, found.way)
    try:
        opened = connector.signed_in(
            _session(ctx, connector, way, practising), way.name, answer, json.loads(values["kept"])
        )
    except Refused as refused:
        raise refuse("", refused.outcome.sentence) from refused
    if not opened:
        raise refuse("", f"This sign-in opens nothing at {connector.label} that could be posted to.")
    key = secrets.token_urlsafe(32)
    return _keep(ctx, found, Choice(key, connector, way, tuple(opened), practising, found.account_id))


def choice(ctx: Context, key: str, user_id: int) -> Choice:
    """Return what a sign-in opened, to choose from. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        found = sign_ins.get(tx, _hash(key), ctx.clock.now_ms())
    return _opened(ctx, key, found, user_id)


def choose(ctx: Context, key: str, numbers: list[int], user_id: int) -> list[Account]:
    """Connect the chosen ones and return their accounts; the choice is good for once. Raises `NotFound`, `Invalid`."""
    with ctx.database.writing() as tx:
        found = sign_ins.get(tx, _hash(key), ctx.clock.now_ms())
    opened = _opened(ctx, key, found, user_id)
    chosen = [opened.connections[number] for number in numbers if 0 <= number < len(opened.connections)]
    if not chosen:
        raise refuse("chosen", "Nothing is chosen. Choose what to connect.")
    if opened.account_id:
        connect.require_same(ctx, opened.account_id, chosen)
    with ctx.database.writing() as tx:
        if sign_ins.take(tx, _hash(key), ctx.clock.now_ms()) is None:
            raise NotFound(OVER)
    return [connect.keep(ctx, opened.platform, _by(opened.way, each), practising=opened.practising) for each in chosen]


def _by(way: Way, connection: Connection) -> Connection:
    """Return a connection that remembers by which way it was made."""
    settings = {**connection.settings, "way": way.name}
    return Connection(connection.profile, connection.credentials, settings, connection.limits)


def _session(ctx: Context, connector: Platform, way: Way, practising: bool) -> Session:
    session = new_session(ctx, connector, {}, practising=practising)
    session.app = dict(apps.PRACTICE) if practising else apps.stored(ctx, way.app.name) if way.app else {}
    return session


def _keep(ctx: Context, found: StoredSignIn, opened: Choice) -> Choice:
    """Keep what was opened until the person has chosen."""
    listed = [
        {
            "profile": asdict(each.profile),
            "credentials": each.credentials,
            "settings": dict(each.settings),
            "limits": dict(each.limits),
        }
        for each in opened.connections
    ]
    values = {"opened": json.dumps(listed), "practising": "1" if opened.practising else ""}
    now = ctx.clock.now_ms()
    who = (found.user_id, found.platform, found.way, found.account_id)
    stored = StoredSignIn(_hash(opened.key), *who, ctx.vault.seal(values), now, now + LASTS_MS)
    with ctx.database.writing() as tx:
        sign_ins.add(tx, stored)
    return opened


def _opened(ctx: Context, key: str, found: StoredSignIn | None, user_id: int) -> Choice:
    values = ctx.vault.open(found.sealed) if found and found.user_id == user_id else {}
    if found is None or "opened" not in values:
        raise NotFound(OVER)
    connector = platform(found.platform)
    connections = tuple(
        Connection(Profile(**each["profile"]), each["credentials"], each["settings"], each["limits"])
        for each in json.loads(values["opened"])
    )
    way = way_of(connector, found.way)
    return Choice(key, connector, way, connections, bool(values["practising"]), found.account_id)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
