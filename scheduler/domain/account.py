"""What an account is: one connected destination on a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AccountState(StrEnum):
    """Whether an account can be published to."""

    CONNECTED = "connected"
    PAUSED = "paused"
    BROKEN = "broken"
    DISCONNECTED = "disconnected"
    """Given up by the owner; kept, without credentials, because deliveries of the past refer to it."""


@dataclass(frozen=True, slots=True)
class Account:
    """One connected destination. `key` names it in `config/calendar.toml`; credentials are kept elsewhere, encrypted.

    `limits` is what the platform itself said of its limits when it was last asked; `not_before` (UTC ms) holds
    the account back after the platform asked us to wait.
    """

    id: int
    key: str
    platform: str
    name: str
    handle: str
    remote_id: str
    avatar_url: str = ""
    profile_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    state: AccountState = AccountState.CONNECTED
    problem: str = ""
    not_before: int = 0
    checked_at: int = 0
    created_at: int = 0
    updated_at: int = 0
    version: int = 1
    host: str = ""
    """Where its calls go, for the circuit breaker: one host down stops all accounts on it."""
    practice: bool = False
    """Whether this is an account on a practice network."""
    scopes: str = ""
    """The rights that the platform granted, separated by spaces."""
    post_options: Mapping[str, str] = field(default_factory=dict)
    """The choices that a new post to this account begins with."""
    token_expires_at: int = 0
    token_renew_at: int = 0
    """When the sign-in is renewed by itself (UTC ms), 0 for never."""
    token_dies_at: int = 0
    """When the person has to sign in again (UTC ms), 0 for never."""
    renewed_at: int = 0
    renewing_until: int = 0
    """While one process renews the sign-in, no other does (UTC ms)."""
    renewal_trouble: str = ""
    """Why the last renewal came to nothing, as a sentence; it is tried again."""
