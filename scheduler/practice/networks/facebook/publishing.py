"""How something becomes a post of a Page: rights, failure switches, duplicates, scheduling, then one stored post."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Response, jsonify

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import spoil
from scheduler.practice.feed import DescribeLink
from scheduler.practice.meta.access import Caller, MetaAccess, need
from scheduler.practice.meta.fields import chosen, wishes
from scheduler.practice.meta.wire import (
    GraphRefusal,
    bad_parameter,
    instant_of,
    not_visible,
    parameters,
    refusal_answer,
    server_error,
    text_of,
    truth_of,
)
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.facebook.nodes import NAME, POST_KIND, POSTS, PageNodes
from scheduler.practice.posts import MediaTaken, NewPost, StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import AFTER_PUBLISHING, FailureSwitch

MAX_CHARACTERS = 63_206
SOONEST_MS = 10 * 60_000
LATEST_MS = 30 * 86_400_000
WRITE = ("pages_read_engagement", "pages_manage_posts")


@dataclass(frozen=True)
class PageParts:
    """What the calls of a Page lean on."""

    store: PracticeStore
    access: MetaAccess
    fetch_media: FetchMedia
    describe_link: DescribeLink


@dataclass(frozen=True)
class Draft:
    """A post about to be made. `ready_at` (ms) is when its video will be processed."""

    kind: str
    message: str = ""
    link: str = ""
    media: tuple[str, ...] = ()
    collection: str = POSTS
    ready_at: int = 0
    request: Mapping[str, Any] = field(default_factory=dict)


class PagePublisher:
    """Stores posts of Pages."""

    def __init__(self, parts: PageParts) -> None:
        """Store into the store of `parts`."""
        self._parts = parts
        self._store = parts.store

    def writer(self, page: str, *scopes: str) -> Caller:
        """Return who calls with the token of this Page and these rights. Raises the refusals."""
        caller = self._parts.access.caller()
        if caller.token.kind != "page":
            sentence = "A Page access token is required for this call for the new Pages experience."
            raise GraphRefusal(190, "User Access Token Is Not Supported", 2069032, 401, hint=sentence)
        if page not in ("me", caller.account.public_id):
            raise not_visible(page)
        need(caller, *(scopes or WRITE), code=200)
        return caller

    def publish(self, caller: Caller, draft: Callable[[], Draft]) -> tuple[StoredPost, PageNodes]:
        """Make the post of `draft`, unless a failure switch or a rule is against it."""
        self._parts.access.before_publishing(caller.account)
        wanted, fields = draft(), parameters()
        _check_text(wanted)
        published, scheduled_at = self._moment(fields)
        if published:
            self._check_duplicate(caller.account, wanted)
        body = {
            "kind": wanted.kind,
            "message": wanted.message.rstrip(),
            "link": wanted.link,
            "media": list(wanted.media),
            "published": published,
            "scheduled_at": scheduled_at,
            "ready_at": wanted.ready_at,
        }
        card = self._parts.describe_link(wanted.link) if wanted.link else None
        new = NewPost(
            NAME,
            wanted.collection,
            body,
            without_token(fields),
            card=asdict(card) if card else None,
            media=wanted.media,
        )
        try:
            post = self._store.posts.add(caller.account.id, new)
        except MediaTaken as error:
            raise bad_parameter("Photos should be unpublished and unused to be attached.") from error
        return post, PageNodes(self._store, caller.account)

    def answer(self, caller: Caller, body: Mapping[str, Any]) -> Response:
        """Return the answer to a call that published, or what a failure switch leaves of it."""
        lies = {FailureSwitch.ERROR_AFTER: lambda: refusal_answer(server_error()), FailureSwitch.DUPLICATE: _duplicate}
        switch = self._store.switches.take(caller.account.id, *AFTER_PUBLISHING)
        return spoil(jsonify(dict(body)), switch, self._store, lies)

    def feed(self, page: str) -> Response:
        """POST /{page}/feed: a text, a link, or photos uploaded before."""
        caller = self.writer(page)
        post, nodes = self.publish(caller, lambda: self._feed_draft(caller.account))
        wanted = wishes(text_of(parameters(), "fields"))
        return self.answer(caller, chosen(nodes.post(post), wanted, POST_KIND))

    def _feed_draft(self, account: PracticeAccount) -> Draft:
        fields = parameters()
        message, link = text_of(fields, "message"), text_of(fields, "link")
        photos = self._attached(account, fields.get("attached_media"))
        if link:
            _check_link(link)
        if link and photos:
            raise bad_parameter("Only one of link and attached_media may be given.")
        if not (message.strip() or link or photos):
            raise bad_parameter("Missing message or attachment", 1349125)
        return Draft("photo" if photos else "status", message, link, photos)

    def _attached(self, account: PracticeAccount, given: object) -> tuple[str, ...]:
        wanted = given if isinstance(given, list) else []
        ids = [str(one.get("media_fbid", "")) if isinstance(one, dict) else "" for one in wanted]
        for one in ids:
            media = self._store.media.of_account(account.id, one)
            if media is None:
                raise bad_parameter(f"Invalid parameter: attached_media {one or '?'} does not exist")
            if media.kind != "image":
                raise bad_parameter("Photos and videos cannot be attached together.")
        return tuple(ids)

    def _moment(self, fields: Mapping[str, Any]) -> tuple[bool, int | None]:
        published, at = truth_of(fields, "published", True), instant_of(fields, "scheduled_publish_time")
        if at is None:
            return published, None
        ahead = at - self._store.clock.now_ms()
        if published:
            raise bad_parameter(
                "scheduled_publish_time: you cannot specify a scheduled publish time on a published post"
            )
        if not SOONEST_MS <= ahead <= LATEST_MS:
            raise bad_parameter("The specified scheduled publish time is invalid.")
        return False, at

    def _check_duplicate(self, account: PracticeAccount, wanted: Draft) -> None:
        earlier = self._store.posts.of_account(account.id, POSTS)[:1]
        same = [one for one in earlier if one.body["message"] == wanted.message.rstrip() and one.body["published"]]
        if same and wanted.kind == "status" and same[0].body["link"] == wanted.link and not same[0].body["media"]:
            raise duplicate_status()


def duplicate_status() -> GraphRefusal:
    """Return the refusal of a text identical to the last one."""
    hint = (
        "This status update is identical to the last one you posted. Try posting something different, or delete your"
        " previous update."
    )
    return GraphRefusal(506, "Duplicate status message", 1455006, title="Duplicate Status Update", hint=hint)


def without_token(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request as they may be shown."""
    return {name: value for name, value in fields.items() if name not in ("access_token", "appsecret_proof")}


def _duplicate() -> Response:
    return refusal_answer(duplicate_status())


def _check_text(draft: Draft) -> None:
    if len(draft.message) > MAX_CHARACTERS:
        raise bad_parameter(f"param message must be at most {MAX_CHARACTERS} characters long.")


def _check_link(link: str) -> None:
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GraphRefusal(1500, "The url you supplied is invalid", 1609005)
    if parts.hostname == "facebook.com" or parts.hostname.endswith(".facebook.com"):
        raise GraphRefusal(200, "(#200) Posting links to this site is not allowed", 1609008, 403)
