"""The accounts of the practice networks, and the credentials that open them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import sqlite3
from dataclasses import dataclass, field

from scheduler.clock import Clock
from scheduler.practice.database import Database, next_number
from scheduler.practice.identifiers import new_app_password, new_did

NETWORKS = ("bluesky", "mastodon", "webhook")
STATUSES = ("active", "deactivated", "suspended", "takendown")
FULL_SCOPES = "read:accounts read:statuses write:statuses write:media"
HANDLE_DOMAIN = "practice.test"
REFRESH_GRACE_MS = 2 * 3_600_000  # Bluesky: a refresh token once used stays usable for two hours
REFRESH_LIFETIME_MS = 90 * 86_400_000

_BLUESKY_HANDLE = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_PLAIN_HANDLE = re.compile(r"[a-z0-9_]{1,30}")


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


class PracticeAccounts:
    """Accounts, app passwords, access tokens and refresh tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the accounts in `database`."""
        self._database = database
        self._clock = clock

    def create(self, network: str, handle: str, name: str) -> PracticeCredentials:
        """Create an account and return its credentials, which are shown this once (only hashes are kept).

        Raises PracticeError when the network is unknown, or the handle malformed or taken.
        """
        handle = _checked_handle(network, handle)
        password = new_app_password() if network == "bluesky" else ""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode() if network == "webhook" else ""
        account_id = self._insert((network, handle, name.strip() or handle), _hash(password), secret)
        token = self.add_token(account_id, FULL_SCOPES) if network == "mastodon" else ""
        path = f"/practice/webhook/{handle}" if network == "webhook" else f"/practice/{network}"
        return PracticeCredentials(account_id, path, handle, password, token, secret)

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

    def _insert(self, who: tuple[str, str, str], password_hash: str, secret: str) -> int:
        now = self._clock.now_ms()
        try:
            with self._database.write() as connection:
                number = next_number(connection, "snowflake", now << 16)
                public_id = new_did() if who[0] == "bluesky" else str(number)
                cursor = connection.execute(
                    "INSERT INTO accounts (network, handle, name, public_id, status, password_hash, secret,"
                    " created_at) VALUES (?, ?, ?, ?, 'active', ?, ?, ?)",
                    (*who, public_id, password_hash, secret, now),
                )
                return int(cursor.lastrowid or 0)
        except sqlite3.IntegrityError as error:
            raise PracticeError(f"handle: “{who[1]}” is taken on this network; choose another.") from error

    def _one(self, query: str, values: tuple[object, ...]) -> PracticeAccount | None:
        with self._database.read() as connection:
            row = connection.execute(query, values).fetchone()
        return _account(row) if row else None


def _checked_handle(network: str, wish: str) -> str:
    handle = wish.strip().removeprefix("@").lower()
    if network not in NETWORKS:
        raise PracticeError(f"network: “{network}” is none of {', '.join(NETWORKS)}.")
    if network == "bluesky":
        handle = handle if "." in handle else f"{handle}.{HANDLE_DOMAIN}"
        if not _BLUESKY_HANDLE.fullmatch(handle):
            raise PracticeError(f"handle: “{wish}” is not of the shape name.{HANDLE_DOMAIN} (a-z, 0-9, hyphen).")
    elif not _PLAIN_HANDLE.fullmatch(handle):
        raise PracticeError(f"handle: “{wish}” may hold 1 to 30 of a-z, 0-9 and underscore.")
    return handle


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
