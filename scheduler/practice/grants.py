"""The tokens that a practice network gave out: what they open, until when, and which came from one sign-in.

Kept as documents under the hash of the token; a spent refresh token stays known, so that its second use can end the
whole family of tokens that came from one sign-in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document, Place

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

ACCESS, REFRESH = "access_token", "refresh_token"


@dataclass(frozen=True)
class Grant:
    """What a person allowed: which account, which scopes, and the network's own facts ("kind": "page", say)."""

    account: PracticeAccount
    scopes: frozenset[str]
    family: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    expires_at: int | None = None
    """When this token ends or ended (UTC ms); None for never."""
    expired: bool = False


class PracticeGrants:
    """The access and refresh tokens of one network."""

    def __init__(self, store: PracticeStore, network: str) -> None:
        """Keep them in `store`."""
        self._store = store
        self._network = network

    def new_family(self) -> str:
        """Return the name of a new sign-in."""
        return secrets.token_hex(12)

    def issue(self, kind: str, grant: Grant, seconds: int | None, token: str = "") -> str:
        """Store a token of this kind for what `grant` allows, good for so many seconds (None: for ever); return it."""
        token = token or secrets.token_urlsafe(48)
        until = None if seconds is None else self._store.clock.now_ms() + seconds * 1000
        body = {
            "scopes": sorted(grant.scopes),
            "family": grant.family,
            "facts": dict(grant.facts),
            "expires_at": until,
            "spent": False,
        }
        self._store.documents.put(self._place(kind, _hash(token)), body, grant.account.id)
        return token

    def look_up(self, kind: str, token: str) -> Grant | None:
        """Return what a token opens, also when it has expired (`expired` says so); None for an unknown one."""
        found = self._store.documents.get(self._place(kind, _hash(token))) if token else None
        return self._grant(found) if found and not found.body["spent"] else None

    def spend(self, token: str) -> Grant | None:
        """Use a refresh token up. A second use ends everything of its sign-in and returns None."""
        place = self._place(REFRESH, _hash(token))
        found = self._store.documents.take(place)
        if found is None:
            return None
        self._store.documents.put(place, found.body | {"spent": True}, found.account_id)
        if found.body["spent"]:
            self.end_family(str(found.body["family"]))
            return None
        return self._grant(found)

    def revoke(self, token: str) -> None:
        """Forget a token of either kind; unknown ones are no error. A refresh token takes its whole sign-in along."""
        refresh = self._store.documents.get(self._place(REFRESH, _hash(token)))
        if refresh is not None:
            self.end_family(str(refresh.body["family"]))
        self._store.documents.take(self._place(ACCESS, _hash(token)))

    def end_family(self, family: str) -> None:
        """Forget every usable token of one sign-in."""
        for kind in (ACCESS, REFRESH):
            for found in self._store.documents.all(self._network, kind):
                if found.body["family"] == family and not found.body["spent"]:
                    self._store.documents.take(self._place(kind, found.id))

    def _grant(self, found: Document) -> Grant | None:
        account = self._store.accounts.get(found.account_id or 0)
        if account is None:
            return None
        until = found.body["expires_at"]
        over = until is not None and until <= self._store.clock.now_ms()
        body = found.body
        return Grant(account, _scopes(body["scopes"]), str(body["family"]), body["facts"], until, over)

    def _place(self, kind: str, key: str) -> Place:
        return Place(self._network, kind, key)


def _scopes(names: Iterable[str]) -> frozenset[str]:
    return frozenset(str(name) for name in names)


def _hash(token: str) -> str:
    # Tokens are random and long, so a plain hash withstands guessing.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
