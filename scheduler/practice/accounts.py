"""The accounts of the practice networks, and the credentials that open them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scheduler.clock import Clock
from scheduler.practice.catalogue import networks
from scheduler.practice.database import Database, next_number

if TYPE_CHECKING:
    from scheduler.practice.network import PracticeNetwork

STATUSES = ("active", "deactivated", "suspended", "takendown")
REFRESH_GRACE_MS = 2 * 3_600_000  # Bluesky: a refresh token once used stays usable for two hours
REFRESH_LIFETIME_MS = 90 * 86_400_000


class PracticeError(ValueError):
    """A wish the practice networks cannot fulfil; its text is a sentence for a person."""


@dataclass(frozen=True)
class PracticeAccount:
    """One account. `public_id` is the DID on Bluesky and the numeric account id on Mastodon."""

    id: int
    network: str
    handle: str
    name: str
    public_id: str
    status: str
    secret: str = field(repr=False)
    created_at: int

    @property
    def initial(self) -> str:
        """The letter that stands for the account where there is no picture."""
        return (self.name or self.handle)[:1].upper()


@dataclass(frozen=True)
class PracticeCredentials:
    """What a person would enter to connect the account; fields the network does not use are empty."""

    account_id: int
    service_url_path: str
    identifier: str
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    more: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further credential values by the connector's names; what starts with "/practice/" is a path on this site."""


class PracticeAccounts:
    """Accounts, app passwords, access tokens and refresh tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the accounts in `database`."""
        self._database = database
        self._clock = clock

    def create(self, network: str, handle: str, name: str) -> tuple[PracticeAccount, str]:
        """Create an account and return it with its password, which is shown this once (only a hash is kept).

        Raises PracticeError when the network is unknown, or the handle malformed or taken.
        """
        rules = self.network(network)
        handle = rules.checked_handle(handle)
        password = rules.new_password()
        account = self._insert(rules, (handle, name.strip() or handle), _hash(password))
        return account, password

    def network(self, name: str) -> PracticeNetwork:
        """Return the network called `name`. Raises PracticeError."""
        if name not in networks():
            raise PracticeError(f"network: “{name}” is none of {', '.join(networks())}.")
        return networks()[name]

    def all(self, network: str | None = None) -> list[PracticeAccount]:
        """Return the accounts, of one network or of all, in the order of their creation."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM accounts WHERE ?1 IS NULL OR network = ?1 ORDER BY id", (network,)
            ).fetchall()
        return [_account(row) for row in rows]

    def get(self, account_id: int) -> PracticeAccount | None:
        """Return the account with this row id, or None."""
        return self._one("SELECT * FROM accounts WHERE id = ?", (account_id,))

    def find(self, network: str, identifier: str) -> PracticeAccount | None:
        """Return the account with this handle (any case) or public id, or None."""
        return self._one(
            "SELECT * FROM accounts WHERE network = ? AND (handle = ? OR public_id = ?)",
            (network, identifier.lower(), identifier),
        )

    def with_password(self, network: str, identifier: str, password: str) -> PracticeAccount | None:
        """Return the account that this identifier and app password open, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT * FROM accounts WHERE network = ? AND (handle = ? OR public_id = ?)",
                (network, identifier.lower(), identifier),
            ).fetchone()
        known = row is not None and hmac.compare_digest(row["password_hash"], _hash(password))
        return _account(row) if known else None

    def set_status(self, account_id: int, status: str) -> None:
        """Make the account `active`, `deactivated`, `suspended` or `takendown`."""
        if status not in STATUSES:
            raise PracticeError(f"status: “{status}” is none of {', '.join(STATUSES)}.")
        with self._database.write() as connection:
            connection.execute("UPDATE accounts SET status = ? WHERE id = ?", (status, account_id))

    def add_token(self, account_id: int, scopes: str) -> str:
        """Return a new bearer token of the account with these space-separated scopes."""
        token = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            connection.execute("INSERT INTO access_tokens VALUES (?, ?, ?)", (_hash(token), account_id, scopes))
        return token

    def with_token(self, token: str) -> tuple[PracticeAccount, frozenset[str]] | None:
        """Return the account that this bearer token opens with the token's scopes, or None."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT accounts.*, scopes FROM access_tokens JOIN accounts ON accounts.id = account_id"
                " WHERE token_hash = ?",
                (_hash(token),),
            ).fetchone()
        return (_account(row), frozenset(row["scopes"].split())) if row else None

    def revoke_token(self, token: str) -> None:
        """Forget a bearer token; unknown ones are no error."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM access_tokens WHERE token_hash = ?", (_hash(token),))

    def start_session(self, account_id: int) -> str:
        """Return the id of a new refresh token."""
        token_id = secrets.token_urlsafe(24)
        with self._database.write() as connection:
            self._add_refresh(connection, token_id, account_id)
        return token_id

    def rotate_session(self, token_id: str) -> str | None:
        """Return the id of the successor of a refresh token, or None when the token is no longer good.

        The same successor comes back for two hours, so that a lost answer can be asked for again.
        """
        now = self._clock.now_ms()
        with self._database.write() as connection:
            row = connection.execute("SELECT * FROM refresh_tokens WHERE id = ?", (token_id,)).fetchone()
            if row is None or row["expires_at"] <= now:
                return None
            successor = str(row["next_id"] or secrets.token_urlsafe(24))
            connection.execute(
                "UPDATE refresh_tokens SET next_id = ?, expires_at = min(expires_at, ?) WHERE id = ?",
                (successor, now + REFRESH_GRACE_MS, token_id),
            )
            self._add_refresh(connection, successor, row["account_id"])
        return successor

    def end_session(self, token_id: str) -> None:
        """Forget a refresh token; unknown ones are no error."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM refresh_tokens WHERE id = ?", (token_id,))

    def _add_refresh(self, connection: sqlite3.Connection, token_id: str, account_id: int) -> None:
        connection.execute(
            "INSERT OR IGNORE INTO refresh_tokens VALUES (?, ?, ?, NULL)",
            (token_id, account_id, self._clock.now_ms() + REFRESH_LIFETIME_MS),
        )

    def _insert(self, rules: PracticeNetwork, who: tuple[str, str], password_hash: str) -> PracticeAccount:
        now = self._clock.now_ms()
        try:
            with self._database.write() as connection:
                public_id = rules.new_public_id(next_number(connection, "snowflake", now << 16))
                row = connection.execute(
                    "INSERT INTO accounts (network, handle, name, public_id, status, password_hash, secret,"
                    " created_at) VALUES (?, ?, ?, ?, 'active', ?, ?, ?) RETURNING *",
                    (rules.name, *who, public_id, password_hash, rules.new_secret(), now),
                ).fetchone()
        except sqlite3.IntegrityError as error:
            raise PracticeError(f"handle: “{who[0]}” is taken on this network; choose another.") from error
        return _account(row)

    def _one(self, query: str, values: tuple[object, ...]) -> PracticeAccount | None:
        with self._database.read() as connection:
            row = connection.execute(query, values).fetchone()
        return _account(row) if row else None


def _account(row: sqlite3.Row) -> PracticeAccount:
    return PracticeAccount(
        id=row["id"],
        network=row["network"],
        handle=row["handle"],
        name=row["name"],
        public_id=row["public_id"],
        status=row["status"],
        secret=row["secret"],
        created_at=row["created_at"],
    )


def _hash(token: str) -> str:
    # Tokens here are random and long, so a plain hash withstands guessing; an empty one opens nothing.
    return hashlib.sha256(token.encode()).hexdigest() if token else ""
