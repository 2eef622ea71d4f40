"""Switching safeguards off, one by one, to show that the tests notice: a test that cannot fail is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Select, true
from sqlalchemy.sql.selectable import GenerativeSelect

from scheduler.domain.delivery import after_death
from scheduler.services.delivery import reconcile
from scheduler.storage import claims, locks


def _unlocked(self: Select[Any], **_: Any) -> Select[Any]:
    return self


_OFF: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "row_lock": (GenerativeSelect, "with_for_update", _unlocked),
    "guard": (claims, "_still_free", true),
    "lease": (reconcile, "after_death", lambda delivery, now, recovery, _cut_off: after_death(delivery, now, recovery)),
    "liveness": (locks, "take_of_the_dead", lambda tx, worker_id: True),
}
"""Name -> where the safeguard is, and what stands in its place: no row is locked before it is read again; the taking
update does not ask again whether the account is free; a worker that was cut off counts as dead; every other worker
counts as dead."""


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Do without some safeguards for the length of a block."""
    with ExitStack() as stack:
        stack.callback(_build_statements_anew)
        for name in names:
            stack.enter_context(patch.object(*_OFF[name]))
        _build_statements_anew()
        yield


def _build_statements_anew() -> None:
    for each in vars(claims).values():
        if hasattr(each, "cache_clear"):
            each.cache_clear()
