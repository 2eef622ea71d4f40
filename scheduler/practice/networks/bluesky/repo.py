"""The repository calls of the Bluesky imitation: blobs, and records written, read, listed and deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.identifiers import blob_cid, is_cid, record_cid, sniff_media_type
from scheduler.practice.media import Upload
from scheduler.practice.networks.bluesky.fields import RecordRefused
from scheduler.practice.networks.bluesky.records import CHECKS, POST, BlobUse, is_tid
from scheduler.practice.networks.bluesky.scopes import require_blob, require_repo
from scheduler.practice.networks.bluesky.wire import (
    UPLOAD_BUDGET,
    WRITE_BUDGETS,
    BlueskyRefusal,
    invalid,
    json_body,
    mount_url,
    refusal_answer,
    server_error,
    spend,
    too_many_requests,
)
from scheduler.practice.posts import AlreadyPosted, NewPost, StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, ActiveSwitch, FailureSwitch

CREATE_POINTS, UPDATE_POINTS, DELETE_POINTS = 3, 2, 1
MAX_URIS = 25


@dataclass(frozen=True)
class Write:
    """A checked wish to write one record."""

    account: PracticeAccount
    collection: str
    rkey: str
    record: dict[str, Any]
    request: dict[str, Any]
    validated: bool

    @property
    def uri(self) -> str:
        """The address of the record."""
        return f"at://{self.account.public_id}/{self.collection}/{self.rkey}"

    @property
    def cid(self) -> str:
        """The content identifier of the record."""
        return record_cid(self.record)


class BlueskyRepo:
    """Repository calls; `signed_in` gives the account of the current request or raises."""

    def __init__(self, store: PracticeStore, signed_in: Callable[[], PracticeAccount]) -> None:
        """Write into `store`."""
        self._store = store
        self._signed_in = signed_in

    def upload_blob(self) -> dict[str, Any]:
        """com.atproto.repo.uploadBlob."""
        account = self._signed_in()
        spend(self._store, UPLOAD_BUDGET, account.public_id)
        if not request.content_type:
            raise invalid("Request encoding (Content-Type) required but not provided")
        data = request.get_data()
        kind = sniff_media_type(data) or request.mimetype
        require_blob(kind)
        self._disturb_upload(account)
        media = self._store.media.add(account.id, Upload(data, kind, kind.partition("/")[0], blob_cid(data)))
        ref = {"$link": media.public_id}
        return {"blob": {"$type": "blob", "ref": ref, "mimeType": media.media_type, "size": media.size}}

    def create_record(self) -> Response:
        """com.atproto.repo.createRecord: a used rkey answers 500, as the reference server does."""
        return self._publish(("repo", "collection", "record"), CREATE_POINTS, self._create)

    def put_record(self) -> Response:
        """com.atproto.repo.putRecord: the identical record is a no-op, `swapRecord` guards the rest."""
        return self._publish(("repo", "collection", "rkey", "record"), UPDATE_POINTS, self._put)

    def get_record(self) -> dict[str, Any]:
        """com.atproto.repo.getRecord, which needs no sign-in."""
        repo, collection, rkey = (_parameter(name) for name in ("repo", "collection", "rkey"))
        account = self._store.accounts.find("bluesky", repo)
        if account is None:
            raise invalid("Could not locate record")
        post = self._store.posts.get(account.id, collection, rkey)
        if post is None or request.args.get("cid", post.cid) != post.cid:
            raise BlueskyRefusal(400, "RecordNotFound", f"Could not locate record: at://{repo}/{collection}/{rkey}")
        return _record(account, post)

    def list_records(self) -> dict[str, Any]:
        """com.atproto.repo.listRecords, newest record key first."""
        account = self._known_repo(_parameter("repo"))
        posts = self._store.posts.of_account(account.id, _parameter("collection"))
        limit, cursor, upward = (
            _limit(),
            request.args.get("cursor", ""),
            request.args.get("reverse") == "true",
        )
        posts = posts[::-1] if upward else posts
        if cursor:
            posts = [one for one in posts if (one.public_id > cursor if upward else one.public_id < cursor)]
        page = posts[:limit]
        # A real server gives a cursor with the last page too; only an empty page has none.
        more = {"cursor": page[-1].public_id} if page else {}
        return {"records": [_record(account, post) for post in page]} | more

    def delete_record(self) -> dict[str, Any]:
        """com.atproto.repo.deleteRecord: deleting what is not there is no error."""
        account, body = self._signed_in(), json_body("repo", "collection", "rkey")
        self._own_repo(account, body["repo"])
        require_repo(str(body["collection"]), "delete")
        self._spend_write(account, DELETE_POINTS)
        post = self._store.posts.get(account.id, str(body["collection"]), str(body["rkey"]))
        if post is None:
            return {}
        if body.get("swapRecord", post.cid) != post.cid:
            raise _invalid_swap(post)
        self._store.posts.delete(post.id)
        return {"commit": self._commit(post.cid)}

    def get_posts(self) -> dict[str, Any]:
        """app.bsky.feed.getPosts: the posts that exist, with their counts."""
        uris = request.args.getlist("uris")
        if not 1 <= len(uris) <= MAX_URIS:
            raise invalid(f"Params/uris must have 1 to {MAX_URIS} elements")
        return {"posts": [view for uri in uris if (view := self._post_view(uri))]}

    def _publish(self, required: tuple[str, ...], points: int, write: Callable[[Write], dict[str, Any]]) -> Response:
        account, body = self._signed_in(), json_body(*required)
        require_repo(str(body["collection"]), *(("create", "update") if "rkey" in required else ("create",)))
        self._spend_write(account, points)
        switch = self._store.switches.take(account.id, *BEFORE_PUBLISHING)
        if switch is not None:
            raise self._refusal_of(switch)
        wish = self._checked(account, body)
        answer = jsonify(write(wish))
        lies = {
            FailureSwitch.ERROR_AFTER: lambda: refusal_answer(server_error()),
            FailureSwitch.DUPLICATE: lambda: refusal_answer(_duplicate(wish, "rkey" in required)),
        }
        return spoil(answer, self._store.switches.take(account.id, *AFTER_PUBLISHING), self._store, lies)

    def _create(self, write: Write) -> dict[str, Any]:
        try:
            self._store.posts.add(write.account.id, _new_post(write))
        except AlreadyPosted as error:
            raise server_error() from error
        return self._written(write)

    def _put(self, write: Write) -> dict[str, Any]:
        existing = self._store.posts.get(write.account.id, write.collection, write.rkey)
        if existing is not None and existing.cid == write.cid:
            return {"uri": write.uri, "cid": write.cid, "validationStatus": _status(write)}
        _check_swap(write.request.get("swapRecord"))
        if "swapRecord" in write.request and write.request["swapRecord"] != (existing.cid if existing else None):
            raise _invalid_swap(existing)
        try:
            if existing is None:
                self._store.posts.add(write.account.id, _new_post(write))
            else:
                self._store.posts.change(existing, _new_post(write))
        except AlreadyPosted:
            return self._put(write)  # another thread wrote it between the look and the write: look again
        return self._written(write)

    def _checked(self, account: PracticeAccount, body: dict[str, Any]) -> Write:
        self._own_repo(account, body["repo"])
        collection = body["collection"]
        if not isinstance(collection, str) or collection.count(".") < 2:
            raise invalid("Input/collection must be a valid nsid")
        if not isinstance(body["record"], dict):
            raise invalid("Input/record must be an object")
        record = {"$type": collection, **body["record"]}
        if record["$type"] != collection:
            raise invalid(f"Invalid $type: expected {collection}, got {record['$type']}")
        if body.get("swapCommit") is not None:
            raise BlueskyRefusal(400, "InvalidSwap", "Commit was at another revision")
        self._check_record(account, collection, record, body.get("validate"))
        rkey = self._checked_rkey(collection, body)
        return Write(account, collection, rkey, record, body, collection in CHECKS)

    def _check_record(
        self, account: PracticeAccount, collection: str, record: dict[str, Any], validate: object
    ) -> None:
        check = CHECKS.get(collection)
        if check is None:
            if validate is True:
                raise invalid(f"Unknown lexicon type: {collection}")
            return
        try:
            uses = check(record)
        except RecordRefused as error:
            raise invalid(f"Invalid {collection} record: {error}") from error
        for use in uses:
            self._check_blob(account, use)

    def _check_blob(self, account: PracticeAccount, use: BlobUse) -> None:
        found = self._store.media.of_account(account.id, use.cid)
        if found is None:
            raise BlueskyRefusal(400, "BlobNotFound", f"Could not find blob: {use.cid}")
        if found.size != use.size:
            raise BlueskyRefusal(400, "InvalidSize", f"Wrong size: the blob has {found.size} bytes, not {use.size}")
        if found.media_type != use.media_type:
            message = f"Wrong type of file. It is {found.media_type} but it must match {use.media_type}."
            raise BlueskyRefusal(400, "InvalidMimeType", message)

    def _checked_rkey(self, collection: str, body: dict[str, Any]) -> str:
        if "rkey" not in body:
            return self._store.posts.new_tid()
        rkey = body["rkey"]
        if not isinstance(rkey, str) or not 1 <= len(rkey) <= 512:
            raise invalid("Input/rkey must be a string of 1 to 512 characters")
        if collection in CHECKS and not is_tid(rkey):
            raise invalid(f"Invalid record key for {collection}: record key must be a valid TID")
        return rkey

    def _disturb_upload(self, account: PracticeAccount) -> None:
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.SLOW_PROCESSING)
        if switch is None:
            return
        note_switch(switch)
        if switch.kind is FailureSwitch.REJECTED_MEDIA:
            raise BlueskyRefusal(400, "InvalidMimeType", "Wrong type of file. It could not be read as an image.")
        self._store.clock.sleep(switch.seconds)  # a blob has no processing state: the upload itself is slow

    def _refusal_of(self, switch: ActiveSwitch) -> BlueskyRefusal:
        note_switch(switch)
        if switch.kind is FailureSwitch.RATE_LIMITED:
            return too_many_requests(self._store, switch.seconds)
        if switch.kind is FailureSwitch.EXPIRED_TOKEN:
            return BlueskyRefusal(400, "ExpiredToken", "Token has expired")
        return server_error()

    def _spend_write(self, account: PracticeAccount, points: int) -> None:
        for budget in WRITE_BUDGETS:
            spend(self._store, budget, account.public_id, points)

    def _known_repo(self, repo: str) -> PracticeAccount:
        account = self._store.accounts.find("bluesky", repo)
        if account is None:
            raise invalid(f"Could not find repo: {repo}")
        return account

    def _own_repo(self, account: PracticeAccount, repo: object) -> None:
        named = self._store.accounts.find("bluesky", str(repo))
        if named is None:
            raise BlueskyRefusal(403, "AccountNotFound", "Account not found")
        if named.id != account.id:
            raise BlueskyRefusal(401, "AuthenticationRequired", "Authentication Required")

    def _written(self, write: Write) -> dict[str, Any]:
        commit = self._commit(write.cid)
        return {"uri": write.uri, "cid": write.cid, "commit": commit, "validationStatus": _status(write)}

    def _commit(self, cid: str) -> dict[str, str]:
        revision = self._store.posts.new_tid()
        return {"cid": record_cid([cid, revision]), "rev": revision}

    def _post_view(self, uri: str) -> dict[str, Any] | None:
        repo, _, place = uri.removeprefix("at://").partition("/")
        collection, _, rkey = place.partition("/")
        account = self._store.accounts.find("bluesky", repo)
        post = self._store.posts.get(account.id, collection, rkey) if account else None
        if account is None or post is None or collection != POST:
            return None
        avatar = f"{mount_url()}/avatar/{account.handle}.png"
        author = {
            "did": account.public_id,
            "handle": account.handle,
            "displayName": account.name,
            "avatar": avatar,
        }
        return {
            "uri": uri,
            "cid": post.cid,
            "author": author,
            "record": post.body,
            "likeCount": post.likes,
            "repostCount": post.reposts,
            "replyCount": post.replies,
            "quoteCount": post.quotes,
            "indexedAt": to_datetime(post.created_at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


def _new_post(write: Write) -> NewPost:
    return NewPost("bluesky", write.collection, write.record, write.request, write.rkey, write.cid)


def _record(account: PracticeAccount, post: StoredPost) -> dict[str, Any]:
    uri = f"at://{account.public_id}/{post.collection}/{post.public_id}"
    return {"uri": uri, "cid": post.cid, "value": post.body}


def _status(write: Write) -> str:
    return "valid" if write.validated else "unknown"


def _duplicate(write: Write, put: bool) -> BlueskyRefusal:
    return BlueskyRefusal(400, "InvalidSwap", f"Record was at {write.cid}") if put else server_error()


def _check_swap(cid: object) -> None:
    if cid is not None and not (isinstance(cid, str) and is_cid(cid)):
        raise invalid(f'Invalid CID string (got "{cid}") at $.swapRecord')


def _invalid_swap(existing: StoredPost | None) -> BlueskyRefusal:
    return BlueskyRefusal(400, "InvalidSwap", f"Record was at {existing.cid if existing else 'null'}")


def _parameter(name: str) -> str:
    if name not in request.args:
        raise invalid(f'Params must have the property "{name}"')
    return request.args[name]


def _limit() -> int:
    wish = request.args.get("limit", "50")
    if not wish.isdecimal() or not 1 <= int(wish) <= 100:
        raise invalid("Params/limit must be an integer from 1 to 100")
    return int(wish)
