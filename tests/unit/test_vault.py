"""Credentials at rest: sealed, opened with any known key, and plain words when the key is wrong."""

from __future__ import annotations

import pytest

from scheduler.domain.problem import Invalid
from scheduler.services.accounts.vault import Vault, VaultLocked, new_key

SECRET = {"password": "abcd-efgh-ijkl-mnop"}


def test_what_is_sealed_shows_nothing_and_opens_again() -> None:
    vault = Vault([new_key()])
    sealed = vault.seal(SECRET)
    assert SECRET["password"] not in sealed
    assert vault.open(sealed) == SECRET


def test_an_old_key_still_opens_after_a_new_one_was_put_in_front() -> None:
    old, new = new_key(), new_key()
    sealed = Vault([old]).seal(SECRET)
    assert Vault([new, old]).open(sealed) == SECRET
    with pytest.raises(VaultLocked, match="DRUMBEAT_ENCRYPTION_KEYS"):
        Vault([new]).open(sealed)


@pytest.mark.parametrize("keys", [["nonsense"], [], [new_key(), "x" * 44]])
def test_a_key_that_is_none_is_refused_in_plain_words(keys: list[str]) -> None:
    with pytest.raises(Invalid, match=r"copy of \.env"):
        Vault(keys)
