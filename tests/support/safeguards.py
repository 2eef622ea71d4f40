"""Switching safeguards of the claim off, one by one, to show that the tests notice: a test that cannot fail is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, true
from sqlalchemy.sql.selectable import GenerativeSelect

from scheduler.storage import claims, locks


def switch_off(name: str) -> None:
    """Switch one safeguard off in this process, for good."""
    _OFF[name]()


def _no_row_lock() -> None:
    """No account's row is locked before its head is read again."""

    def unlocked(self: Select[Any], **_: Any) -> Select[Any]:
        return self

    GenerativeSelect.with_for_update = unlocked  # type: ignore[method-assign, assignment]


def _no_guard() -> None:
    """The taking update does not ask again whether the account is free; the state is asked by nobody."""
    claims._still_free = lambda now: true()


def _no_liveness() -> None:
    """Whoever asks is told that the other worker is dead."""
    locks.take_of_the_dead = lambda tx, worker_id: True


_OFF: dict[str, Callable[[], None]] = {"row_lock": _no_row_lock, "guard": _no_guard, "liveness": _no_liveness}
