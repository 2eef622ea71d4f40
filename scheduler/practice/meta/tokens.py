"""Access tokens of Meta's networks: signed, so that nothing has to be kept but how often an account took its consent
back. A user token opens `/me`, a Page token the Page, an Instagram token the Instagram account."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.practice.documents import Place
from scheduler.practice.meta.wire import bad_token
from scheduler.practice.oauth import CLIENT_ID
from scheduler.practice.store import PracticeStore

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SHORT_MS = 2 * HOUR_MS
LONG_MS = 60 * DAY_MS
DATA_ACCESS_MS = 90 * DAY_MS
PREFIXES = {"user": "EAAU", "page": "EAAP", "instagram": "IGAA"}


@dataclass(frozen=True)
class MetaToken:
    """What a token says. Instants in ms; `expires_at` 0 means never, `data_until` is when consent must be renewed."""

    kind: str
    account_id: int
    scopes: tuple[str, ...]
    issued_at: int
    expires_at: int
    data_until: int
    generation: int


class MetaTokens:
    """Issues, reads and revokes the tokens of one network."""

    def __init__(self, store: PracticeStore, network: str) -> None:
        """Sign with the key of `store`."""
        self._store = store
        self._network = network

    def issue(self, kind: str, account_id: int, scopes: Iterable[str], lifetime_ms: int = 0) -> str:
        """Return a new token; a lifetime of 0 means that it does not expire."""
        now = self._store.clock.now_ms()
        expires_at = now + lifetime_ms if lifetime_ms else 0
        content = [
            kind,
            account_id,
            sorted(scopes),
            now,
            expires_at,
            now + DATA_ACCESS_MS,
            self._generation(account_id),
        ]
        return self._signed(kind, [*content, secrets.token_hex(6)])

    def page_token(self, user: MetaToken, account_id: int) -> str:
        """Return the Page token that a user token yields: the same one at every call, unexpiring from a long one."""
        long = user.expires_at - user.issued_at > SHORT_MS
        content = ["page", account_id, list(user.scopes), user.issued_at, 0 if long else user.expires_at]
        return self._signed("page", [*content, user.data_until, user.generation, ""])

    def read(self, token: str) -> MetaToken:
        """Return what a token says. Raises the refusal (190) of a forged, expired or revoked one."""
        found = self.parsed(token)
        if found is None:
            raise bad_token(None, "Cannot parse access token")
        problem = self.problem(found)
        if problem:
            raise bad_token(*problem)
        return found

    def parsed(self, token: str) -> MetaToken | None:
        """Return what a token says, valid or not; None when it is none of ours."""
        body, _, signature = token[4:].rpartition("ZD")
        if not body or not hmac.compare_digest(signature.encode(), self._signature(body).encode()):
            return None
        content = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        kind, account_id, scopes, issued_at, expires_at, data_until, generation, _nonce = content
        return MetaToken(kind, account_id, tuple(scopes), issued_at, expires_at, data_until, generation)

    def problem(self, token: MetaToken) -> tuple[int, str] | None:
        """Return the subcode and sentence of what is wrong with a token, or None."""
        if token.generation != self._generation(token.account_id):
            return 458, f"The user has not authorized application {CLIENT_ID}."
        if token.expires_at and token.expires_at <= self._store.clock.now_ms():
            return 463, "Session has expired. The current time is later than the expiry of this session."
        if token.data_until <= self._store.clock.now_ms():
            return 460, "The user's access to data has expired and must be renewed."
        return None

    def revoke(self, account_id: int) -> None:
        """End every token of the account, as when a person removes the app."""
        self._store.documents.put(
            Place(self._network, "consent", str(account_id)),
            {"generation": self._generation(account_id) + 1},
            account_id,
        )

    def _generation(self, account_id: int) -> int:
        found = self._store.documents.get(Place(self._network, "consent", str(account_id)))
        return int(found.body["generation"]) if found else 0

    def _signed(self, kind: str, content: list[object]) -> str:
        packed = json.dumps(content, separators=(",", ":")).encode()
        body = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        return f"{PREFIXES[kind]}{body}ZD{self._signature(body)}"

    def _signature(self, body: str) -> str:
        key = self._store.signing_key
        return hmac.new(key, f"{self._network}.{body}".encode(), hashlib.sha256).hexdigest()[:40]
