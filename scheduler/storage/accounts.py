"""Accounts: the connected destinations. Their credentials are a column that only `credentials` reads, sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from scheduler.domain.account import Account, AccountState
from scheduler.storage.nudges import nudge
from scheduler.storage.schema import accounts


@dataclass(frozen=True, slots=True)
class Token:
    """How long a sign-in lasts: instants in UTC ms, 0 for never; `scopes` are the granted rights."""

    token_expires_at: int = 0
    token_renew_at: int = 0
    token_dies_at: int = 0
    scopes: str = ""


COLUMNS = [column for column in accounts.c if column.name != "credentials"]
"""What `account_of` makes an account of."""
_NAMES = [column.name for column in COLUMNS]
_GET = select(*COLUMNS).where(accounts.c.id == bindparam("which"))
_CREDENTIALS = select(accounts.c.credentials).where(accounts.c.id == bindparam("which"))


def add(tx: Connection, account: Account, sealed: str, now: int) -> Account:
    """Store a new account with its sealed credentials and return it with its id (that of `account` is ignored)."""
    values = _profile_values(account) | {
        "key": account.key,
        "platform": account.platform,
        "remote_id": account.remote_id,
        "credentials": sealed,
        "state": account.state,
        "problem": account.problem,
        "practice": int(account.practice),
        "not_before": account.not_before,
        "checked_at": now,
        "created_at": now,
        "updated_at": now,
    }
    return account_of(tx.execute(insert(accounts).values(**values).returning(*COLUMNS)).one())


def _profile_values(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "handle": account.handle,
        "avatar_url": account.avatar_url,
        "profile_url": account.profile_url,
        "host": account.host,
        "settings": json.dumps(dict(account.settings), ensure_ascii=False),
        "limits": json.dumps(dict(account.limits), ensure_ascii=False),
    }


def account_of(row: Sequence[Any]) -> Account:
    """Return an account of the values of `COLUMNS`."""
    values = dict(zip(_NAMES, row, strict=True))
    values["settings"] = json.loads(values["settings"])
    values["limits"] = json.loads(values["limits"])
    values["post_options"] = json.loads(values["post_options"])
    values["state"] = AccountState(values["state"])
    values["practice"] = bool(values["practice"])
    return Account(**values)


def get(tx: Connection, account_id: int) -> Account | None:
    """Return an account by id."""
    row = tx.execute(_GET, {"which": account_id}).one_or_none()
    return account_of(row) if row else None


def by_key(tx: Connection, key: str) -> Account | None:
    """Return an account by the key it has in `calendar.toml`."""
    return _one(tx, accounts.c.key == key)


def by_remote(tx: Connection, platform: str, remote_id: str) -> Account | None:
    """Return the account that is `remote_id` on `platform`, whether or not it is connected now."""
    return _one(tx, (accounts.c.platform == platform) & (accounts.c.remote_id == remote_id))


def _one(tx: Connection, condition: Any) -> Account | None:
    row = tx.execute(select(*COLUMNS).where(condition)).one_or_none()
    return account_of(row) if row else None


def all_accounts(tx: Connection, *, disconnected: bool = False) -> list[Account]:
    """Return the accounts by name; disconnected ones (kept for their history) only when asked for."""
    rows = select(*COLUMNS).order_by(accounts.c.name, accounts.c.id)
    if not disconnected:
        rows = rows.where(accounts.c.state != AccountState.DISCONNECTED)
    return [account_of(row) for row in tx.execute(rows)]


def keys(tx: Connection) -> set[str]:
    """Return every key in use, those of disconnected accounts too."""
    return set(tx.execute(select(accounts.c.key)).scalars())


def credentials(tx: Connection, account_id: int) -> str:
    """Return the sealed credentials, "" when there are none."""
    return tx.execute(_CREDENTIALS, {"which": account_id}).scalar_one_or_none() or ""


def set_credentials(tx: Connection, account_id: int, sealed: str, now: int) -> None:
    """Replace the sealed credentials."""
    _change(tx, account_id, now, credentials=sealed)


def set_token(tx: Connection, account_id: int, token: Token, now: int) -> None:
    """Store what is known of how long a sign-in lasts that works: earlier trouble with it is over."""
    _change(tx, account_id, now, renewal_trouble="", **asdict(token))


def begin_renewal(tx: Connection, account_id: int, now: int, until: int) -> bool:
    """Take the right to renew an account's sign-in until `until` (UTC ms); False while another process has it."""
    free = (accounts.c.id == account_id) & (accounts.c.renewing_until <= now)
    return tx.execute(update(accounts).where(free).values(renewing_until=until)).rowcount == 1


def end_renewal(tx: Connection, account_id: int, now: int, trouble: str = "", again_at: int = 0) -> None:
    """Give the right to renew back; with a `trouble`, say when (UTC ms) it is tried again."""
    values: dict[str, Any] = {"renewing_until": 0, "renewal_trouble": trouble}
    values |= {"token_renew_at": again_at} if trouble else {"renewed_at": now}
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


def to_renew(tx: Connection, now: int) -> list[Account]:
    """Return the connected accounts whose sign-in is to be renewed by now, the most urgent first."""
    due = (accounts.c.token_renew_at > 0) & (accounts.c.token_renew_at <= now) & (accounts.c.renewing_until <= now)
    usable = accounts.c.state.in_([AccountState.CONNECTED, AccountState.PAUSED])
    rows = select(*COLUMNS).where(due & usable).order_by(accounts.c.token_expires_at, accounts.c.id)
    return [account_of(row) for row in tx.execute(rows)]


def set_post_options(tx: Connection, account_id: int, options: Mapping[str, str], now: int) -> None:
    """Store the choices that a new post to this account begins with."""
    _change(tx, account_id, now, post_options=json.dumps(dict(options), ensure_ascii=False))


def of_platform(tx: Connection, platform: str) -> list[Account]:
    """Return the accounts on one platform that are not disconnected."""
    wanted = (accounts.c.platform == platform) & (accounts.c.state != AccountState.DISCONNECTED)
    return [account_of(row) for row in tx.execute(select(*COLUMNS).where(wanted).order_by(accounts.c.id))]


def set_state(tx: Connection, account_id: int, state: str, problem: str, now: int) -> None:
    """Change whether the account can be published to, with the sentence that says why not ("" when it can)."""
    _change(tx, account_id, now, state=AccountState(state), problem=problem)
    nudge(tx)


def set_not_before(tx: Connection, account_id: int, not_before: int) -> None:
    """Hold the account back until `not_before` (UTC ms); 0 lets it go."""
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(not_before=not_before))


def update_profile(tx: Connection, account: Account, now: int) -> None:
    """Store name, handle, addresses, settings and limits of `account` as the platform has just reported them."""
    _change(tx, account.id, now, checked_at=now, **_profile_values(account))


def update_limits(tx: Connection, account_id: int, limits: Mapping[str, Any], now: int) -> None:
    """Store the limits as the platform has just reported them."""
    _change(tx, account_id, now, checked_at=now, limits=json.dumps(dict(limits), ensure_ascii=False))


def rename(tx: Connection, account_id: int, key: str, now: int) -> None:
    """Change the key that names the account in `calendar.toml`."""
    _change(tx, account_id, now, key=key)


def _change(tx: Connection, account_id: int, now: int, **values: Any) -> None:
    tx.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(updated_at=now, version=accounts.c.version + 1, **values)
    )


def remove(tx: Connection, account_id: int) -> None:
    """Delete an account. The database refuses it while deliveries refer to it: those are disconnected instead."""
    tx.execute(delete(accounts).where(accounts.c.id == account_id))
