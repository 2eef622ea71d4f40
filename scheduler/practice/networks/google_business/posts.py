"""The local posts of the imitation: create, list, read, change, delete, and the review that follows each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.feed import media_path
from scheduler.practice.google_answers import (
    GoogleRefusal,
    bad_fields,
    exhausted,
    internal_error,
    not_found,
    refusal_answer,
    refusal_of,
)
from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import PracticeMedia, Upload
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.google_business.places import NETWORK_NAME, Places
from scheduler.practice.networks.google_business.rules import (
    PHOTO_FETCH_FAILED,
    check_post,
    check_shape,
    is_acceptable_photo,
    is_against_policy,
    validation_error,
)
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, FailureSwitch

HOST = "mybusiness.googleapis.com"
EDITS = Budget("google_business-edits", 10, 60)
"""10 edits a minute for one profile; no project can have this raised."""
DEFAULT_PAGE = 20
LARGEST_PAGE = 100
MASKABLE = {
    "summary": "summary",
    "callToAction": "callToAction",
    "call_to_action": "callToAction",
    "event": "event",
    "media": "media",
    "offer": "offer",
    "languageCode": "languageCode",
    "language_code": "languageCode",
    "topicType": "topicType",
    "topic_type": "topicType",
}

Json = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """How the review of a post will end, and when (ms)."""

    state: str
    decided_at: int


class LocalPosts:
    """The calls on `accounts/{A}/locations/{L}/localPosts`."""

    def __init__(self, store: PracticeStore, places: Places, fetch_media: FetchMedia) -> None:
        """Keep posts in `store`; photos come through `fetch_media`, as Google fetches them."""
        self._store = store
        self._places = places
        self._fetch = fetch_media

    def create(self, account_id: str, location_id: str) -> Response:
        """POST localPosts."""
        account = self._places.for_posting(account_id, location_id)
        switch = self._store.switches.take(account.id, *BEFORE_PUBLISHING)
        if switch is not None:
            note_switch(switch)
            raise refusal_of(switch, HOST)
        self._spend(account)
        wanted = check_shape(request.get_json(silent=True))
        check_post(wanted)
        post = self._store.posts.add(account.id, self._new(account, wanted))
        spoiled = self._store.switches.take(account.id, *AFTER_PUBLISHING)
        return spoil(jsonify(self._json(account, post)), spoiled, self._store, _LIES)

    def listing(self, account_id: str, location_id: str) -> Response:
        """GET localPosts: newest first."""
        account = self._places.mine(account_id, location_id)
        posts = self._store.posts.of_account(account.id, "")
        size = min(max(request.args.get("pageSize", DEFAULT_PAGE, int), 1), LARGEST_PAGE)
        start = _start_of_page(len(posts))
        answer: Json = {"localPosts": [self._json(account, post) for post in posts[start : start + size]]}
        if start + size < len(posts):
            answer["nextPageToken"] = f"p{start + size}"
        return jsonify(answer if posts else {})

    def show(self, account_id: str, location_id: str, post_id: str) -> Response:
        """GET one post, with the state that the review gave it."""
        account, post = self._own(account_id, location_id, post_id)
        return jsonify(self._json(account, post))

    def change(self, account_id: str, location_id: str, post_id: str) -> Response:
        """PATCH the fields that updateMask names; a field that is named but not sent is cleared."""
        account, post = self._own(account_id, location_id, post_id)
        self._spend(account)
        sent, mask = check_shape(request.get_json(silent=True)), _mask()
        merged = {name: value for name, value in post.body["post"].items() if name not in mask}
        merged |= {name: sent[name] for name in mask if name in sent}
        check_post(merged)
        kept = None if "media" in mask else list(self._store.media.of_post(post.id))
        new = self._new(account, merged, kept)
        return jsonify(self._json(account, self._store.posts.change(post, new)))

    def delete(self, account_id: str, location_id: str, post_id: str) -> Response:
        """DELETE: answers with an empty object, a second time 404."""
        account, post = self._own(account_id, location_id, post_id)
        self._spend(account)
        self._store.posts.delete(post.id)
        return jsonify({})

    def _own(self, account_id: str, location_id: str, post_id: str) -> tuple[PracticeAccount, StoredPost]:
        account = self._places.mine(account_id, location_id)
        post = self._store.posts.get(account.id, "", post_id)
        if post is None:
            raise not_found()
        return account, post

    def _spend(self, account: PracticeAccount) -> None:
        if self._store.rates.spend(EDITS, account.public_id).exceeded:
            raise exhausted(HOST, EDITS.limit, "Edits per profile")

    def _new(self, account: PracticeAccount, wanted: Json, kept: list[str] | None = None) -> NewPost:
        photos = self._fetched(account, wanted) if kept is None else kept
        verdict = self._review(account, wanted, photos)
        body = {"post": wanted, "state": verdict.state, "decided_at": verdict.decided_at}
        return NewPost(NETWORK_NAME, "", body, request=wanted, media=photos)

    def _fetched(self, account: PracticeAccount, wanted: Json) -> list[str]:
        found = []
        for number, item in enumerate(wanted.get("media", [])):
            data = self._fetch(item["sourceUrl"])
            if data is None:
                raise validation_error([_fetch_failed(number, item["sourceUrl"])])
            kind = sniff_media_type(data) or "application/octet-stream"
            found.append(self._store.media.add(account.id, Upload(data, kind, "image")).public_id)
        return found

    def _review(self, account: PracticeAccount, wanted: Json, photos: list[str]) -> Verdict:
        """Return what the reviewers will say; a failure switch may slow them down or make them refuse the photo."""
        switches, waiting = self._store.switches, self._store.media_processing_ms
        slow = switches.take(account.id, FailureSwitch.SLOW_PROCESSING)
        if slow is not None:
            note_switch(slow)
            waiting = slow.seconds * 1000
        refused = switches.take(account.id, FailureSwitch.REJECTED_MEDIA) if photos else None
        if refused is not None:
            note_switch(refused)
        bad = refused is not None or is_against_policy(wanted) or not self._photos_are_fine(account, photos)
        return Verdict("REJECTED" if bad else "LIVE", self._store.clock.now_ms() + waiting)

    def _photos_are_fine(self, account: PracticeAccount, photos: list[str]) -> bool:
        files = (self._store.media.of_account(account.id, one) for one in photos)
        return all(file and is_acceptable_photo(self._store.media.file_of(file).read_bytes()) for file in files)

    def _json(self, account: PracticeAccount, post: StoredPost) -> Json:
        wanted = {name: value for name, value in post.body["post"].items() if name != "media"}
        if wanted.get("topicType") == "OFFER":
            wanted.pop("callToAction", None)
        name = f"{self._places.path_of(account)}/localPosts/{post.public_id}"
        media = [self._photo_json(account, one) for one in self._store.media.of_post(post.id).values()]
        web = f"{request.url_root.rstrip('/')}/practice/{NETWORK_NAME}/web"
        return (
            wanted
            | ({"media": media} if media else {})
            | {
                "name": name,
                "state": self._state(post),
                "createTime": _time(post.created_at),
                "updateTime": _time(post.edited_at or post.created_at),
                "searchUrl": f"{web}/place?id={account.public_id}&use=posts&lpsid={post.public_id}",
            }
        )

    def _photo_json(self, account: PracticeAccount, photo: PracticeMedia) -> Json:
        url = request.url_root.rstrip("/") + media_path(NETWORK_NAME, photo)
        name = f"{self._places.path_of(account)}/media/localPosts/{photo.public_id}"
        return {"name": name, "mediaFormat": "PHOTO", "googleUrl": url}

    def _state(self, post: StoredPost) -> str:
        decided = post.body["decided_at"] <= self._store.clock.now_ms()
        return str(post.body["state"]) if decided else "PROCESSING"


def _fetch_failed(number: int, url: str) -> Json:
    message = "Fetching image failed."
    return {"code": PHOTO_FETCH_FAILED, "field": f"media[{number}].source_url", "message": message, "value": url}


def _mask() -> list[str]:
    names = [name.partition(".")[0] for name in request.args.get("updateMask", "").split(",") if name]
    if not names:
        raise bad_fields({"update_mask": "update_mask is required."})
    unknown = [name for name in names if name not in MASKABLE]
    if unknown:
        raise bad_fields({"update_mask": f"Invalid field mask: {', '.join(unknown)}."})
    return [MASKABLE[name] for name in names]


def _start_of_page(total: int) -> int:
    token = request.args.get("pageToken", "p0")
    if not (token[:1] == "p" and token[1:].isdecimal() and int(token[1:]) <= total):
        raise bad_fields({"page_token": "Invalid page token."})
    return int(token[1:])


def _time(instant_ms: int) -> str:
    return to_datetime(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _already_there() -> Response:
    return refusal_answer(GoogleRefusal(409, "ALREADY_EXISTS", "Requested entity already exists"))


_LIES = {
    FailureSwitch.ERROR_AFTER: lambda: refusal_answer(internal_error()),
    FailureSwitch.DUPLICATE: _already_there,
}
