"""Credentials at rest: sealed with MultiFernet, so that keys can be rotated without touching a row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from scheduler.domain.problem import refuse


class VaultLocked(Exception):
    """A sealed value cannot be opened with the keys at hand; the message says what to do."""


class Vault:
    """Seals with the first key and opens with any of them. Raises `Invalid` for keys that are none."""

    def __init__(self, keys: Iterable[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            message = "holds a damaged key. Put back the keys of this installation from your copy of .env."
            raise refuse("DRUMBEAT_ENCRYPTION_KEYS", message) from None

    def seal(self, values: Mapping[str, str]) -> str:
        """Return `values` encrypted, as text."""
        return self._fernet.encrypt(json.dumps(dict(values)).encode()).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """Return what `seal` was given. Raises `VaultLocked`."""
        try:
            opened: dict[str, str] = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise VaultLocked(
                "The stored sign-in cannot be read with DRUMBEAT_ENCRYPTION_KEYS. "
                "Put the key it was sealed with back into .env, or connect the account again."
            ) from None
        return opened


def new_key() -> str:
    """Return a fresh encryption key."""
    return Fernet.generate_key().decode()
