"""The status calls of the Mastodon imitation: publish once per idempotency key, read, edit, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.feed import DescribeLink
from scheduler.practice.media import PracticeMedia
from scheduler.practice.networks.mastodon.entities import status_json
from scheduler.practice.networks.mastodon.flavours import flavour_here
from scheduler.practice.networks.mastodon.keys import ForeignKeys
from scheduler.practice.networks.mastodon.media import MastodonMedia, SignedIn
from scheduler.practice.networks.mastodon.polls import checked_poll, quote_policy
from scheduler.practice.networks.mastodon.scheduled import ScheduledStatuses
from scheduler.practice.networks.mastodon.wire import (
    DELETE_BUDGET,
    STATUS_BUDGET,
    MastodonRefusal,
    not_found,
    parameters,
    refusal_answer,
    spend,
    text_of,
    too_many_requests,
    truth_of,
    unauthorized,
    unprocessable,
)
from scheduler.practice.posts import MediaTaken, NewPost, StoredPost
from scheduler.practice.richtext import graphemes, mastodon_length, urls_in
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, ActiveSwitch, FailureSwitch

MAX_LISTED = 40
MAX_BATCH = 20


@dataclass(frozen=True)
class MastodonParts:
    """What the status calls lean on."""

    store: PracticeStore
    media: MastodonMedia
    signed_in: SignedIn
    describe_link: DescribeLink | None


class MastodonStatuses:
    """Status calls."""

    def __init__(self, parts: MastodonParts) -> None:
        """Write into the store of `parts`."""
        self._store = parts.store
        self._media = parts.media
        self._keys = ForeignKeys(parts.store)
        self.scheduled = ScheduledStatuses(parts.store, parts.signed_in, parts.store.posts.add)
        self._signed_in = parts.signed_in
        self._describe_link = parts.describe_link

    def publish(self) -> Response:
        """POST /api/v1/statuses."""
        account = self._signed_in("write:statuses")
        spend(self._store, STATUS_BUDGET, account.public_id)
        switch = self._store.switches.take(account.id, *BEFORE_PUBLISHING)
        if switch is not None:
            raise self._refusal_of(switch)
        fields, key = parameters(), request.headers.get("Idempotency-Key", "")
        at = self.scheduled.instant(fields)
        if at is not None and at > self._store.clock.now_ms():
            self._check_targets(fields)
            return self.scheduled.keep(account, self._checked(account, fields), at, key)
        post = self._publish_once(account, fields, key)
        answer = jsonify(status_json(post, account, self._store.media.of_post(post.id), fresh=True))
        return spoil(answer, self._store.switches.take(account.id, *AFTER_PUBLISHING), self._store, _LIES)

    def show(self, status_id: str) -> Response:
        """GET /api/v1/statuses/:id."""
        return jsonify(self._json(self._readable(status_id)))

    def batch(self) -> Response:
        """GET /api/v1/statuses?id[]=..: those that exist."""
        wanted = request.args.getlist("id[]") or request.args.getlist("id")
        read_id = flavour_here().read_id
        found = (self._store.posts.by_public_id("mastodon", read_id(one)) for one in wanted[:MAX_BATCH])
        return jsonify([self._json(post) for post in found if post and self._may_read(post)])

    def source(self, status_id: str) -> Response:
        """GET /api/v1/statuses/:id/source: the text as it was written."""
        post = self._own(status_id, "read:statuses")
        return jsonify(
            id=flavour_here().shown_id(post.public_id), text=post.body["text"], spoiler_text=post.body["spoiler_text"]
        )

    def listing(self, account_id: str) -> Response:
        """GET /api/v1/accounts/:id/statuses, newest first."""
        account = self._store.accounts.find("mastodon", account_id)
        if account is None:
            raise not_found()
        posts = [post for post in self._store.posts.of_account(account.id, "") if self._may_read(post)]
        posts = [post for post in posts if _is_wanted(post, request.args)]
        limit = min(max(request.args.get("limit", 20, type=int), 1), MAX_LISTED)
        return jsonify([self._json(post) for post in posts[:limit]])

    def edit(self, status_id: str) -> Response:
        """PUT /api/v1/statuses/:id; leaving `media_ids` out removes all media."""
        post = self._own(status_id, "write:statuses")
        account, fields = self._author(post), parameters()
        spend(self._store, STATUS_BUDGET, account.public_id)
        new = self._checked(account, fields, post)
        changed = self._kept(lambda: self._store.posts.change(post, new))
        return jsonify(self._json(changed))

    def delete(self, status_id: str) -> Response:
        """DELETE /api/v1/statuses/:id: answers with the status and its source text; a second time 404."""
        post = self._own(status_id, "write:statuses")
        spend(self._store, DELETE_BUDGET, self._author(post).public_id)
        answer = self._json(post) | {"text": post.body["text"]}
        self._store.posts.delete(post.id)
        return jsonify(answer)

    def _publish_once(self, account: PracticeAccount, fields: dict[str, Any], key: str) -> StoredPost:
        self._check_targets(fields)
        self._keys.burn(key)
        kept = key if flavour_here().keys == "account" else ""
        replayed, first = self._store.posts.replayed(account.id, kept)
        if replayed and first is None:
            raise not_found()  # the first one was deleted meanwhile
        first = first or self._keys.first(key)
        if first is not None:
            return first
        new = self._checked(account, fields)
        post = self._kept(lambda: self._store.posts.add(account.id, new, kept))
        self._keys.keep(key, post)
        return post

    def _checked(self, account: PracticeAccount, fields: dict[str, Any], edited: StoredPost | None = None) -> NewPost:
        media = self._checked_media(account, fields.get("media_ids"), edited)
        _check_needed_media(fields, bool(media), edited)
        text, spoiler = text_of(fields, "status"), text_of(fields, "spoiler_text")
        if not text.strip() and spoiler:
            text, spoiler = spoiler, ""
        poll = checked_poll(fields, bool(media))
        _check_text(text, spoiler, bool(media))
        ids = [one.public_id for one in media]
        body = {
            "text": text,
            "spoiler_text": spoiler,
            "language": text_of(fields, "language") or "en",
            "sensitive": truth_of(fields, "sensitive") or bool(text_of(fields, "spoiler_text")),
            "poll": poll,
            "media_ids": ids,
            **(_lasting(edited) if edited else self._fixed_at_birth(fields)),
        }
        return NewPost("mastodon", "", body, fields, card=self._fetched_card(text), media=ids)

    def _backdated(self, fields: dict[str, Any]) -> int | None:
        """Return the past instant (ms) that a status pretends to be of, where a server does that."""
        at, late = self.scheduled.instant(fields), flavour_here().late_schedule == "backdated"
        return at if at is not None and late and at <= self._store.clock.now_ms() else None

    def _fixed_at_birth(self, fields: dict[str, Any]) -> dict[str, Any]:
        read_id = flavour_here().read_id
        parent, quoted = text_of(fields, "in_reply_to_id"), text_of(fields, "quoted_status_id")
        return {
            "visibility": _visibility(fields),
            "in_reply_to_id": read_id(parent) if parent else None,
            "quoted_status_id": read_id(quoted) if quoted else None,
            "quote_approval_policy": quote_policy(fields),
            "backdated_at": self._backdated(fields),
        }

    def _checked_media(
        self, account: PracticeAccount, wanted: object, edited: StoredPost | None
    ) -> list[PracticeMedia]:
        flavour = flavour_here()
        ids = [flavour.read_id(str(one)) for one in wanted] if isinstance(wanted, list) else []
        if len(ids) > flavour.attachments:
            raise unprocessable(f"Cannot attach more than {flavour.attachments} files")
        found = [self._store.media.of_account(account.id, one) for one in ids]
        allowed = (None, edited.id if edited else None)
        media = [one for one in found if one is not None and one.post_id in allowed]
        if len(media) < len(ids):
            missing = sorted(set(ids) - {one.public_id for one in media})
            raise unprocessable(f"Media {', '.join(missing)} not found or already attached to another post")
        if len(media) > 1 and any(one.kind != "image" for one in media):
            raise unprocessable("Cannot attach a video to a post that already contains images")
        if not all(self._media.is_ready(one) for one in media):
            raise unprocessable("Cannot attach files that have not finished processing. Try again in a moment!")
        return media

    def _check_targets(self, fields: dict[str, Any]) -> None:
        for name in ("in_reply_to_id", "quoted_status_id"):
            target = flavour_here().read_id(text_of(fields, name))
            if target and self._store.posts.by_public_id("mastodon", target) is None:
                raise MastodonRefusal(404, "The post you are trying to reply to does not appear to exist.")

    def _fetched_card(self, text: str) -> dict[str, Any] | None:
        # A real server reads the first link's page; here the product says what it knows of its own pages.
        links = urls_in(text)
        card = self._describe_link(links[0]) if links and self._describe_link else None
        return asdict(card) if card else None

    def _kept(self, keep: Callable[[], StoredPost]) -> StoredPost:
        try:
            return keep()
        except MediaTaken as error:
            raise unprocessable("Media not found or already attached to another post") from error

    def _own(self, status_id: str, scope: str) -> StoredPost:
        account = self._signed_in(scope)
        post = self._store.posts.get(account.id, "", status_id)
        if post is None:
            raise not_found()
        return post

    def _readable(self, status_id: str) -> StoredPost:
        post = self._store.posts.by_public_id("mastodon", status_id)
        if post is None or not self._may_read(post):
            raise not_found()
        return post

    def _may_read(self, post: StoredPost) -> bool:
        if post.body["visibility"] in ("public", "unlisted"):
            return True
        return "Authorization" in request.headers and self._signed_in("read:statuses").id == post.account_id

    def _author(self, post: StoredPost) -> PracticeAccount:
        account = self._store.accounts.get(post.account_id)
        if account is None:
            raise not_found()
        return account

    def _json(self, post: StoredPost) -> dict[str, Any]:
        return status_json(post, self._author(post), self._store.media.of_post(post.id))

    def _refusal_of(self, switch: ActiveSwitch) -> MastodonRefusal:
        note_switch(switch)
        if switch.kind is FailureSwitch.RATE_LIMITED:
            return too_many_requests(self._store.clock.now_ms() + switch.seconds * 1000)
        if switch.kind is FailureSwitch.EXPIRED_TOKEN:
            return unauthorized("The access token expired")
        return MastodonRefusal(500, "Internal Server Error")


_LIES: Mapping[FailureSwitch, Callable[[], Response]] = {
    FailureSwitch.ERROR_AFTER: lambda: refusal_answer(MastodonRefusal(500, "Internal Server Error")),
    FailureSwitch.DUPLICATE: lambda: refusal_answer(not_found()),
}


def _lasting(edited: StoredPost) -> dict[str, Any]:
    """Return what an edit cannot change."""
    names = ("visibility", "in_reply_to_id", "quoted_status_id", "quote_approval_policy", "backdated_at")
    return {name: edited.body.get(name) for name in names}


def _check_needed_media(fields: dict[str, Any], has_media: bool, edited: StoredPost | None) -> None:
    reply = edited.body["in_reply_to_id"] if edited else text_of(fields, "in_reply_to_id")
    if flavour_here().media_required and not has_media and not reply:
        raise MastodonRefusal(403, "Invalid or missing media")


def _check_text(text: str, spoiler: str, has_media: bool) -> None:
    flavour = flavour_here()
    if not text.strip() and not has_media:
        raise unprocessable("Text can't be blank")
    own = flavour.warning_characters
    if own is not None and len(spoiler) > own:
        raise unprocessable(f"The spoiler text may not be greater than {own} characters")
    counted = "" if own is not None else spoiler
    used = mastodon_length(text, counted) if flavour.link_length else graphemes(text) + graphemes(counted)
    if used > flavour.characters:
        raise unprocessable(f"Text character limit of {flavour.characters} exceeded")


def _visibility(fields: dict[str, Any]) -> str:
    visibility = text_of(fields, "visibility") or "public"
    if visibility not in flavour_here().visibilities:
        raise unprocessable("Visibility is not included in the list")
    return visibility


def _is_wanted(post: StoredPost, wishes: Mapping[str, str]) -> bool:
    number = int(post.public_id)
    return (
        number < _bound(wishes, "max_id", number + 1)
        and number > _bound(wishes, "since_id", number - 1)
        and number > _bound(wishes, "min_id", number - 1)
        and not (wishes.get("exclude_replies") == "true" and post.body["in_reply_to_id"])
        and not (wishes.get("only_media") == "true" and not post.body["media_ids"])
    )


def _bound(wishes: Mapping[str, str], name: str, otherwise: int) -> int:
    wish = flavour_here().read_id(wishes.get(name, ""))
    return int(wish) if wish.isdecimal() else otherwise
