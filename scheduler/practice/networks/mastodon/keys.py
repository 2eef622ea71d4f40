"""What a repeated Idempotency-Key does on the servers that do not treat it as Mastodon does."""

from __future__ import annotations

from scheduler.practice.documents import Place
from scheduler.practice.networks.mastodon.flavours import flavour_here
from scheduler.practice.networks.mastodon.wire import MastodonRefusal
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore

SERVER_LIFETIME_MS = 6 * 3_600_000  # Pleroma: about six hours, one drawer of keys for everybody
BURNT_LIFETIME_MS = 3_600_000  # Pixelfed


class ForeignKeys:
    """The keys of the servers that keep one drawer for everybody, or refuse a key that they have seen."""

    def __init__(self, store: PracticeStore) -> None:
        """Keep them in `store`."""
        self._store = store

    def burn(self, key: str) -> None:
        """Refuse a known key. An unknown one is used up by this, whatever becomes of the status."""
        if flavour_here().keys != "burnt" or not key:
            return
        if self._store.documents.get(_place(key)) is not None:
            raise MastodonRefusal(400, "Duplicate idempotency key")
        self._store.documents.put(_place(key), {}, expires_at=self._store.clock.now_ms() + BURNT_LIFETIME_MS)

    def first(self, key: str) -> StoredPost | None:
        """Return the status that somebody made under this key."""
        known = self._store.documents.get(_place(key)) if flavour_here().keys == "server" and key else None
        return self._store.posts.by_public_id("mastodon", str(known.body["post"])) if known else None

    def keep(self, key: str, post: StoredPost) -> None:
        """Remember which status was made under this key."""
        if flavour_here().keys == "server" and key:
            until = self._store.clock.now_ms() + SERVER_LIFETIME_MS
            self._store.documents.put(_place(key), {"post": post.public_id}, expires_at=until)


def _place(key: str) -> Place:
    return Place("mastodon", f"key-{flavour_here().name}", key)
