"""Native scheduling of the Mastodon imitation: kept, listed, moved, deleted, and published when its time has come.

A scheduled status has an id of another kind than the status it becomes. It is published at the first call to the
server after its time, as nothing runs here in between. Facts: the sheet of Mastodon, 3.3 and 5.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify

from scheduler.clock import to_datetime, to_ms
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document, Place
from scheduler.practice.networks.mastodon.entities import media_json
from scheduler.practice.networks.mastodon.flavours import flavour_here
from scheduler.practice.networks.mastodon.media import SignedIn
from scheduler.practice.networks.mastodon.wire import (
    MastodonRefusal,
    iso_time,
    not_found,
    parameters,
    text_of,
    unprocessable,
)
from scheduler.practice.posts import NewPost
from scheduler.practice.store import PracticeStore

AHEAD_MS = 5 * 60_000
MOST, MOST_A_DAY = 300, 25
KEY_LIFETIME_MS = 3_600_000
_NETWORK = "mastodon"
_KIND = "scheduled"


class ScheduledStatuses:
    """The scheduled statuses of all accounts; `publish` makes one live."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn, publish: Callable[[int, NewPost], object]) -> None:
        """Keep them in `store`."""
        self._store = store
        self._signed_in = signed_in
        self._publish = publish

    def instant(self, fields: dict[str, Any]) -> int | None:
        """Return when (ms) a status is to go out, None when nothing says so; raise 422 for what is too soon."""
        wish = text_of(fields, "scheduled_at")
        if not wish or flavour_here().media_required:
            return None  # Pixelfed knows no scheduling: it publishes at once
        try:
            moment = datetime.fromisoformat(wish)
        except ValueError as error:
            raise MastodonRefusal(422, "Invalid date supplied") from error
        at = to_ms(moment.replace(tzinfo=moment.tzinfo or UTC))
        if 0 < at - self._store.clock.now_ms() <= AHEAD_MS:
            raise unprocessable("Scheduled at The scheduled date must be in the future")
        return at

    def keep(self, account: PracticeAccount, new: NewPost, at: int, key: str) -> Response:
        """Keep a checked status until `at` and answer what was kept; a known key answers 404, as on a real server."""
        place = Place(_NETWORK, "scheduled-key", f"{account.id}-{key}")
        if key and self._store.documents.get(place) is not None:
            raise not_found()
        self._check_room(account, at)
        number = str(self._store.posts.new_number("mastodon-scheduled", 1))
        body = {"at": at, "body": new.body, "request": new.request, "card": new.card}
        found = self._store.documents.put(Place(_NETWORK, _KIND, number), body, account.id)
        if key:
            self._store.documents.put(place, {}, account.id, self._store.clock.now_ms() + KEY_LIFETIME_MS)
        return jsonify(self._json(found))

    def listing(self) -> Response:
        """GET /api/v1/scheduled_statuses."""
        account = self._signed_in("read:statuses")
        return jsonify([self._json(one) for one in self._of(account)])

    def show(self, number: str) -> Response:
        """GET /api/v1/scheduled_statuses/:id."""
        return jsonify(self._json(self._own(number, "read:statuses")))

    def move(self, number: str) -> Response:
        """PUT /api/v1/scheduled_statuses/:id: only the time can be changed."""
        found, at = self._own(number, "write:statuses"), self.instant(parameters())
        if at is None or at <= self._store.clock.now_ms():
            raise unprocessable("Scheduled at The scheduled date must be in the future")
        body = found.body | {"at": at}
        return jsonify(self._json(self._store.documents.put(Place(_NETWORK, _KIND, found.id), body, found.account_id)))

    def delete(self, number: str) -> Response:
        """DELETE /api/v1/scheduled_statuses/:id."""
        self._store.documents.take(Place(_NETWORK, _KIND, self._own(number, "write:statuses").id))
        return jsonify({})

    def publish_due(self) -> None:
        """Make live what is due."""
        for found in self._store.documents.all(_NETWORK, _KIND):
            due = found.body["at"] <= self._store.clock.now_ms()
            if due and self._store.documents.take(Place(_NETWORK, _KIND, found.id)) is not None:
                body = found.body
                new = NewPost(_NETWORK, "", body["body"], body["request"], card=body["card"], media=_media(body))
                self._publish(found.account_id or 0, new)

    def _of(self, account: PracticeAccount) -> list[Document]:
        return self._store.documents.all(_NETWORK, _KIND, account.id)

    def _own(self, number: str, scope: str) -> Document:
        account = self._signed_in(scope)
        found = self._store.documents.get(Place(_NETWORK, _KIND, number))
        if found is None or found.account_id != account.id:
            raise not_found()
        return found

    def _check_room(self, account: PracticeAccount, at: int) -> None:
        kept = self._of(account)
        if len(kept) >= MOST:
            raise unprocessable(f"You have exceeded the limit of {MOST} scheduled posts")
        day = to_datetime(at).date()
        if sum(to_datetime(one.body["at"]).date() == day for one in kept) >= MOST_A_DAY:
            raise unprocessable(f"You have exceeded the limit of {MOST_A_DAY} scheduled posts for that day")

    def _json(self, found: Document) -> dict[str, Any]:
        body = found.body["body"]
        media = (self._store.media.of_account(found.account_id or 0, one) for one in _media(found.body))
        params = {name: body[name] for name in ("text", "visibility", "spoiler_text", "sensitive", "language", "poll")}
        return {
            "id": found.id,
            "scheduled_at": iso_time(found.body["at"]),
            "params": params | {"media_ids": body["media_ids"] or None, "scheduled_at": None},
            "media_attachments": [media_json(one, ready=True) for one in media if one],
        }


def _media(body: dict[str, Any]) -> list[str]:
    return list(body["body"]["media_ids"])
