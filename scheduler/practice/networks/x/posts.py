"""The post calls of the X imitation: create, look up, list, delete, and what it refuses to create."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from scheduler.clock import to_ms
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.media import PracticeMedia
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.x.entities import POST_FIELDS, post_json
from scheduler.practice.networks.x.media import SignedIn, XMedia, new_snowflake
from scheduler.practice.networks.x.text import cashtags_in, links_in, weighted_length
from scheduler.practice.networks.x.wire import (
    CREATE_BUDGET,
    DELETE_BUDGET,
    READ_BUDGET,
    XRefusal,
    credits_depleted,
    fields_of,
    forbidden,
    invalid,
    json_body,
    refusal_answer,
    spend,
    too_many_requests,
    unauthorized,
)
from scheduler.practice.posts import MediaTaken, NewPost, StoredPost
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, ActiveSwitch, FailureSwitch

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

LENGTH, PREMIUM_LENGTH = 280, 25_000
VIDEO_MINUTES, PREMIUM_MINUTES = 20, 125
DUPLICATE_MS = 86_400_000
"""How long an identical text is refused. X does not say; a day is what its users report."""
BODY_FIELDS = frozenset(
    {
        "text", "media", "reply", "quote_tweet_id", "poll", "reply_settings", "community_id", "share_with_followers",
        "made_with_ai", "paid_partnership", "edit_options", "card_uri", "nullcast", "for_super_followers_only", "geo",
        "direct_message_deep_link",
    }
)  # fmt: skip
UNSUPPORTED = ("poll", "community_id", "edit_options", "card_uri", "geo", "direct_message_deep_link")
REPLY_SETTINGS = ("following", "mentionedUsers", "subscribers", "verified")
NO_REPLY = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to."
)
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


def is_premium(account: PracticeAccount) -> bool:
    """Tell whether an account has X Premium: by its handle, so that a person can choose."""
    return account.handle.endswith("premium")


class XPosts:
    """Post calls."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn, media: XMedia, surroundings: Surroundings) -> None:
        """Write into `store`."""
        self._store = store
        self._signed_in = signed_in
        self._media = media
        self._surroundings = surroundings

    def publish(self) -> Response:
        """POST /2/tweets."""
        account = self._signed_in("tweet.read", "tweet.write", "users.read")
        spend(self._store, CREATE_BUDGET, account.public_id)
        kinds = (*BEFORE_PUBLISHING, FailureSwitch.MISCONFIGURED_APP)
        if switch := self._store.switches.take(account.id, *kinds):
            raise self._refusal_of(switch)
        post = self._stored(account, json_body())
        answer = jsonify(data=post_json(post, account, set()))
        answer.status_code = 201
        return spoil(answer, self._store.switches.take(account.id, *AFTER_PUBLISHING), self._store, _LIES)

    def show(self, post_id: str) -> Response:
        """GET /2/tweets/{id}."""
        account = self._reader()
        found = self._readable(post_id)
        if found is None:
            return jsonify(errors=[_missing(post_id)])
        return jsonify(data=self._json(found, account))

    def batch(self) -> Response:
        """GET /2/tweets?ids=: those that exist, and an error for each other."""
        account = self._reader()
        ids = [one for one in request.args.get("ids", "").split(",") if one]
        if not 1 <= len(ids) <= 100 or not all(one.isdecimal() and len(one) <= 19 for one in ids):
            raise invalid("The `ids` query parameter takes 1 to 100 ids.", ids=request.args.get("ids", ""))
        found = {one: self._readable(one) for one in ids}
        said: dict[str, Any] = {}
        if posts := [self._json(post, account) for post in found.values() if post]:
            said["data"] = posts
        if missing := [_missing(one) for one, post in found.items() if post is None]:
            said["errors"] = missing
        return jsonify(said)

    def listing(self, user_id: str) -> Response:
        """GET /2/users/{id}/tweets, newest first, in pages."""
        account = self._reader()
        author = self._store.accounts.find("x", user_id)
        if author is None or not user_id.isdecimal():
            return jsonify(errors=[_missing(user_id, "user")])
        size = request.args.get("max_results", 10, type=int)
        if not 5 <= size <= 100:
            raise invalid(f"The `max_results` query parameter value [{size}] is not between 5 and 100", size=size)
        posts = [post for post in self._store.posts.of_account(author.id, "") if _is_wanted(post, request.args)]
        page = request.args.get("pagination_token", "")
        posts = [post for post in posts if not page or int(post.public_id) < int(page[1:] or 0)]
        shown = posts[:size]
        said: dict[str, Any] = {"meta": {"result_count": len(shown)}}
        if shown:
            said["data"] = [self._json(post, account) for post in shown]
            said["meta"] |= {"newest_id": shown[0].public_id, "oldest_id": shown[-1].public_id}
        if len(posts) > size:
            said["meta"]["next_token"] = f"p{shown[-1].public_id}"
        return jsonify(said)

    def delete(self, post_id: str) -> Response:
        """DELETE /2/tweets/{id}: a second time is no error."""
        account = self._signed_in("tweet.read", "tweet.write", "users.read")
        spend(self._store, DELETE_BUDGET, account.public_id)
        if not post_id.isdecimal():
            raise invalid(f"The `id` query parameter value [{post_id}] is not valid", id=post_id)
        post = self._readable(post_id)
        if post is not None and post.account_id != account.id:
            raise forbidden("You are not authorized to delete this Tweet.", "not-authorized-for-resource")
        if post is not None:
            self._store.posts.delete(post.id)
        return jsonify(data={"deleted": True})

    def _stored(self, account: PracticeAccount, body: dict[str, Any]) -> StoredPost:
        _check_fields(body)
        text = body.get("text", "")
        media = self._checked_media(account, body.get("media"))
        _check_text(text, bool(media), is_premium(account))
        reply_to = self._checked_reply(account, body.get("reply"))
        self._refuse_duplicate(account, text, reply_to)
        now = self._store.clock.now_ms()
        kept = {
            "text": text,
            "reply_to": reply_to,
            "media_ids": [one.public_id for one in media],
            "conversation_id": self._conversation(reply_to),
            "reply_settings": body.get("reply_settings", "everyone"),
            "made_with_ai": bool(body.get("made_with_ai")),
            "paid_partnership": bool(body.get("paid_partnership")),
        }
        ids = kept["media_ids"]
        new = NewPost("x", "", kept, body, new_snowflake(now), card=self._card(text), media=list(ids))
        try:
            return self._store.posts.add(account.id, new)
        except MediaTaken as error:
            raise _bad_media() from error

    def _checked_media(self, account: PracticeAccount, wish: object) -> list[PracticeMedia]:
        if wish is None:
            return []
        fields = wish if isinstance(wish, dict) else {}
        ids = fields.get("media_ids")
        if not isinstance(ids, list) or not 1 <= len(ids) <= 4 or set(fields) - {"media_ids", "tagged_user_ids"}:
            raise invalid("media.media_ids must hold 1 to 4 ids.", media=ids)
        found = [self._media.ready_media(account, str(one)) for one in ids]
        media = [one for one in found if one is not None]
        if len(media) < len(ids) or len(set(ids)) < len(ids):
            raise _bad_media()
        if len(media) > 1 and any(one.kind != "image" for one in media):
            raise invalid("You can only upload 4 images or 1 video or 1 GIF.", media=ids)
        longest = PREMIUM_MINUTES if is_premium(account) else VIDEO_MINUTES
        if any(self._media.seconds_of(str(one)) > longest * 60 for one in ids):
            raise forbidden(f"This user is not allowed to post a video longer than {longest} minutes.")
        return media

    def _checked_reply(self, account: PracticeAccount, wish: object) -> str:
        if wish is None:
            return ""
        target = wish.get("in_reply_to_tweet_id") if isinstance(wish, dict) else None
        if not isinstance(target, str) or not target.isdecimal():
            raise invalid("reply.in_reply_to_tweet_id is required.", reply=target)
        post = self._readable(target)
        if post is None:
            raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if post.account_id != account.id and f"@{account.handle}" not in str(post.body["text"]).lower():
            raise forbidden(NO_REPLY)
        return target

    def _refuse_duplicate(self, account: PracticeAccount, text: str, reply_to: str) -> None:
        since = self._store.clock.now_ms() - DUPLICATE_MS
        recent = (post for post in self._store.posts.of_account(account.id, "") if post.created_at > since)
        if text and any((post.body["text"], post.body["reply_to"]) == (text, reply_to) for post in recent):
            raise forbidden(DUPLICATE)

    def _conversation(self, reply_to: str) -> str:
        parent = self._readable(reply_to) if reply_to else None
        return str(parent.body["conversation_id"] or parent.public_id) if parent else ""

    def _card(self, text: str) -> dict[str, Any] | None:
        links = links_in(text)
        card = self._surroundings.describe_link(text[slice(*links[-1])]) if links else None
        return asdict(card) if card else None

    def _reader(self) -> PracticeAccount:
        account = self._signed_in("tweet.read", "users.read")
        spend(self._store, READ_BUDGET, account.public_id)
        if unknown := fields_of("tweet.fields") - POST_FIELDS:
            name = sorted(unknown)[0]
            raise invalid(f"The `tweet.fields` query parameter value [{name}] is not one of those known", name=name)
        return account

    def _readable(self, post_id: str) -> StoredPost | None:
        return self._store.posts.by_public_id("x", post_id)

    def _json(self, post: StoredPost, reader: PracticeAccount) -> dict[str, Any]:
        author = self._store.accounts.get(post.account_id) or reader
        fields = fields_of("tweet.fields")
        now = self._store.clock.now_ms()
        if "non_public_metrics" in fields and (author.id != reader.id or now - post.created_at > 30 * 86_400_000):
            raise forbidden("Field Authorization Error: non_public_metrics", "not-authorized-for-field")
        return post_json(post, author, fields)

    def _refusal_of(self, switch: ActiveSwitch) -> XRefusal:
        note_switch(switch)
        if switch.kind is FailureSwitch.RATE_LIMITED:
            return too_many_requests(CREATE_BUDGET.limit, self._store.clock.now_ms() + switch.seconds * 1000)
        if switch.kind is FailureSwitch.EXPIRED_TOKEN:
            return unauthorized()
        if switch.kind is FailureSwitch.MISCONFIGURED_APP:
            return credits_depleted()
        return _trouble()


def _trouble() -> XRefusal:
    return XRefusal(500, "Internal Server Error", "Something went wrong.")


def _bad_media() -> XRefusal:
    return XRefusal(400, "Invalid Request", "Your media IDs are invalid.", "invalid-request")


_LIES: Mapping[FailureSwitch, Callable[[], Response]] = {
    FailureSwitch.ERROR_AFTER: lambda: refusal_answer(_trouble()),
    FailureSwitch.DUPLICATE: lambda: refusal_answer(forbidden(DUPLICATE)),
}


def _check_fields(body: Mapping[str, Any]) -> None:
    if unknown := sorted(set(body) - BODY_FIELDS):
        raise invalid(f"$.{unknown[0]}: is not defined in the schema and the schema does not allow it", body=unknown[0])
    if "quote_tweet_id" in body:
        raise forbidden("Quoting a post is not permitted with your access level.", "client-forbidden")
    if missing := [name for name in UNSUPPORTED if name in body]:
        raise invalid("this practice network does not imitate it", body=missing[0])
    if not isinstance(body.get("text", ""), str):
        raise invalid("$.text: is not a string", text=body["text"])
    for name in ("made_with_ai", "paid_partnership", "nullcast", "for_super_followers_only"):
        if not isinstance(body.get(name, False), bool):
            raise invalid(f"$.{name}: is not a boolean", name=name)
    if "reply_settings" in body and body["reply_settings"] not in REPLY_SETTINGS:
        raise invalid("reply_settings is not one of those known", reply_settings=body["reply_settings"])


def _check_text(text: str, has_media: bool, premium: bool) -> None:
    if not text.strip() and not has_media:
        raise invalid("one of text, media, poll, quote_tweet_id is required", text=text)
    if weighted_length(text) > (PREMIUM_LENGTH if premium else LENGTH):
        error = {"message": "Tweet needs to be a bit shorter.", "code": 186}
        raise XRefusal(400, "Invalid Request", "Your Tweet text is too long.", "invalid-request", (error,))
    if cashtags_in(text) > 1:
        raise forbidden("You are not permitted to use more than one cashtag in a post.")


def _is_wanted(post: StoredPost, wishes: Mapping[str, str]) -> bool:
    number = int(post.public_id)
    return (
        number > int(wishes.get("since_id", "0") or 0)
        and (not wishes.get("until_id") or number < int(wishes["until_id"]))
        and post.created_at >= _moment(wishes, "start_time", 0)
        and post.created_at < _moment(wishes, "end_time", post.created_at + 1)
        and not ("replies" in wishes.get("exclude", "").split(",") and post.body["reply_to"])
    )


def _moment(wishes: Mapping[str, str], name: str, otherwise: int) -> int:
    if not wishes.get(name):
        return otherwise
    try:
        return to_ms(datetime.fromisoformat(wishes[name]))
    except ValueError as error:
        raise invalid(f"The `{name}` query parameter value is not a valid RFC3339 date-time", name=name) from error


def _missing(wanted: str, kind: str = "tweet") -> dict[str, str]:
    return {
        "value": wanted,
        "detail": f"Could not find {kind} with id: [{wanted}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": "id",
        "resource_id": wanted,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }
