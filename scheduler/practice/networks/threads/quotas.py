"""What a Threads profile may do in 24 hours: posts, replies, deletions; rolling, as the real one counts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Place
from scheduler.practice.networks.threads.wire import NETWORK, quota_used_up
from scheduler.practice.store import PracticeStore

WINDOW_SECONDS = 86_400


@dataclass(frozen=True)
class Quota:
    """So many of one kind; `prefix` begins its fields in threads_publishing_limit."""

    name: str
    prefix: str
    total: int


POSTS = Quota("posts", "", 250)
REPLIES = Quota("replies", "reply_", 1000)
DELETES = Quota("deletes", "delete_", 100)


class ThreadsQuotas:
    """Counts what each profile did."""

    def __init__(self, store: PracticeStore) -> None:
        """Keep the counts in `store`."""
        self._store = store

    def spend(self, account: PracticeAccount, quota: Quota) -> None:
        """Count one, or raise the refusal of a profile that has none left."""
        if self._used(account, quota) >= quota.total and self._store.rates.enforced:
            raise quota_used_up(quota.name)
        place = Place(NETWORK, _kind(quota), secrets.token_hex(12))
        self._store.documents.put(place, {}, account.id, self._store.clock.now_ms() + WINDOW_SECONDS * 1000)

    def known(self, account: PracticeAccount) -> dict[str, Any]:
        """Return every field of threads_publishing_limit."""
        fields: dict[str, Any] = {}
        for quota in (POSTS, REPLIES, DELETES):
            fields[f"{quota.prefix}quota_usage"] = self._used(account, quota)
            fields[f"{quota.prefix}config"] = {"quota_total": quota.total, "quota_duration": WINDOW_SECONDS}
        return fields

    def _used(self, account: PracticeAccount, quota: Quota) -> int:
        return len(self._store.documents.all(NETWORK, _kind(quota), account.id))


def _kind(quota: Quota) -> str:
    return f"use-{quota.name}"
