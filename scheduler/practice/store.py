"""The practice networks' memory: their accounts, posts, uploads, failure switches and request log."""

from __future__ import annotations

import secrets
from pathlib import Path

from scheduler.clock import Clock, SystemClock
from scheduler.practice.accounts import PracticeAccounts, PracticeCredentials
from scheduler.practice.database import Database
from scheduler.practice.documents import PracticeDocuments
from scheduler.practice.feed import PracticePost, read_feed
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.posts import PracticePosts
from scheduler.practice.rates import PracticeRates
from scheduler.practice.requestlog import PracticeRequestLog
from scheduler.practice.switches import FailureSwitch, PracticeSwitches

MEDIA_PROCESSING_MS = 1500


class PracticeStore:
    """Everything the imitations know. Safe for several threads and processes; survives restarts."""

    def __init__(
        self,
        path: Path,
        clock: Clock | None = None,
        *,
        limits: bool = True,
        media_processing_ms: int = MEDIA_PROCESSING_MS,
    ) -> None:
        """Open the file at `path` (made when absent), uploads in a folder beside it.

        `limits` off lifts the request budgets; `media_processing_ms` is how long a video stays "processing".
        """
        database = Database(path)
        self.close = database.close
        self.clock: Clock = clock or SystemClock()
        self.media_processing_ms = media_processing_ms
        self.signing_key = bytes.fromhex(database.setting("signing_key", secrets.token_hex(32)))
        self.accounts = PracticeAccounts(database, self.clock)
        self.media = PracticeMediaLibrary(database, self.clock)
        self.posts = PracticePosts(database, self.clock)
        self.documents = PracticeDocuments(database, self.clock)
        self.switches = PracticeSwitches(database)
        self.rates = PracticeRates(database, self.clock, limits)
        self.requests = PracticeRequestLog(database, self.clock)

    def create_account(self, network: str, handle: str, name: str) -> PracticeCredentials:
        """Create an account on a network and return what connects it.

        Raises PracticeError, with a sentence, for an unknown network or a malformed or taken handle.
        """
        account, password = self.accounts.create(network, handle, name)
        return self.accounts.network(network).credentials(self, account, password)

    def set_switch(
        self, account_id: int, kind: FailureSwitch | str, *, requests: int | None = 1, seconds: int = 30
    ) -> None:
        """Make the account's next `requests` requests fail in this way (None: until cleared).

        Raises PracticeError for an unknown kind or numbers out of bounds.
        """
        self.switches.set(account_id, kind, requests, seconds)

    def clear_switch(self, account_id: int, kind: FailureSwitch | str | None = None) -> None:
        """Switch one failure of the account off, or all of them."""
        self.switches.clear(account_id, kind)

    def feed(self, network: str, account: int | None = None, limit: int = 50) -> list[PracticePost]:
        """Return the newest posts of a network, or of the account with this row id, as a page shows them."""
        return read_feed(self.accounts, self.posts, self.media, (network, account, limit))
