"""The last few hundred requests the practice networks received, with every secret left out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from scheduler.clock import Clock
from scheduler.practice.database import Database

KEPT_REQUESTS = 400
LONGEST_BODY = 4000
REDACTED = "[redacted]"
SECRET_FIELDS = frozenset(
    {
        "password",
        "accessjwt",
        "refreshjwt",
        "access_token",
        "refresh_token",
        "client_secret",
        "secret",
        "token",
    }
    | {"authfactortoken", "code", "authorization"}
    | {"fb_exchange_token", "input_token", "appsecret_proof"}
)


@dataclass(frozen=True)
class LoggedRequest:
    """One request as it may be shown; `at` in ms, `note` says what a failure switch did."""

    network: str
    account_id: int | None
    method: str
    path: str
    status: int
    body: str
    note: str
    at: int


class PracticeRequestLog:
    """Adds requests and forgets the oldest."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep the log in `database`."""
        self._database = database
        self._clock = clock

    def now(self) -> int:
        """Return the instant a request is logged with (ms)."""
        return self._clock.now_ms()

    def add(self, entry: LoggedRequest) -> None:
        """Append an entry, its body cut to a readable length."""
        # JSON may carry half a surrogate pair, which no database takes.
        body = entry.body[:LONGEST_BODY].encode(errors="backslashreplace").decode()
        values = (entry.network, entry.account_id, entry.method, entry.path, entry.status)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO requests (network, account_id, method, path, status, body, note, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, body, entry.note, entry.at),
            )
            connection.execute("DELETE FROM requests WHERE id <= (SELECT max(id) FROM requests) - ?", (KEPT_REQUESTS,))

    def newest(self, network: str, limit: int = 50) -> list[LoggedRequest]:
        """Return the newest entries of a network first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT network, account_id, method, path, status, body, note, at FROM requests"
                " WHERE network = ? ORDER BY id DESC LIMIT ?",
                (network, limit),
            ).fetchall()
        return [LoggedRequest(**dict(row)) for row in rows]


def readable_body(data: bytes, content_type: str) -> str:
    """Return a body for the log: JSON without its secrets, anything else only by type and size."""
    if not data:
        return ""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return f"[{len(data)} bytes of {content_type or 'unnamed type'}]"
    try:
        return json.dumps(redacted(json.loads(data)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return f"[{len(data)} bytes that are not JSON]"


def readable_form(fields: dict[str, list[str]], files: dict[str, str]) -> str:
    """Return a form for the log: its fields without secrets, and its files by name and type."""
    shown: dict[str, Any] = {name: values if len(values) > 1 else values[0] for name, values in fields.items()}
    return json.dumps(redacted(shown) | files, ensure_ascii=False)


def redacted(value: Any) -> Any:
    """Return a copy of JSON data with the values of secret fields replaced, at any depth."""
    if isinstance(value, dict):
        return {
            name: REDACTED if str(name).lower() in SECRET_FIELDS else redacted(inner) for name, inner in value.items()
        }
    return [redacted(inner) for inner in value] if isinstance(value, list) else value
