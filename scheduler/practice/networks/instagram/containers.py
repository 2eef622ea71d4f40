"""Containers: what Instagram fetches and prepares before anything is public, and the one call that publishes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document, Place
from scheduler.practice.media import Upload
from scheduler.practice.meta.access import MetaAccess
from scheduler.practice.meta.uploads import Bytes, UploadRefused, received
from scheduler.practice.meta.wire import (
    GraphRefusal,
    bad_parameter,
    list_of,
    not_visible,
    number_of,
    parameters,
    root_url,
    text_of,
    truth_of,
)
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.instagram.nodes import (
    CONTAINER,
    NAME,
    InstagramNodes,
)
from scheduler.practice.networks.instagram.rules import (
    CAROUSEL,
    check_alt,
    check_caption,
    checked_picture,
    video_problem,
)
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import ActiveSwitch, FailureSwitch

CONTAINERS_A_DAY = 400
DAY_MS = 86_400_000
KINDS = ("IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL")
MAX_COLLABORATORS = 3
SECRETS = ("access_token", "appsecret_proof")


@dataclass(frozen=True)
class InstagramParts:
    """What the calls of containers lean on."""

    store: PracticeStore
    access: MetaAccess
    fetch_media: FetchMedia


class InstagramContainers:
    """The calls `media`, `media_publish`, and the upload of bytes."""

    def __init__(self, parts: InstagramParts) -> None:
        """Keep containers in the store of `parts`."""
        self._parts = parts
        self._store = parts.store

    # creating

    def create(self, account: PracticeAccount) -> Response:
        """POST /{ig}/media."""
        fields = parameters()
        wanted = _checked_kind(fields)
        self._check_count(account)
        check_caption(text_of(fields, "caption"))
        check_alt(text_of(fields, "alt_text"), wanted)
        _check_extras(fields)
        if wanted == "CAROUSEL":
            return jsonify(id=self._carousel(account, fields).id)
        if text_of(fields, "upload_type") == "resumable":
            return self._awaiting_bytes(account, wanted, fields)
        if text_of(fields, "image_url"):
            return jsonify(id=self._with_picture(account, wanted, fields).id)
        return jsonify(id=self._with_video(account, wanted, fields).id)

    def _with_picture(self, account: PracticeAccount, kind: str, fields: Mapping[str, Any]) -> Document:
        switch = self._parts.access.media_switch(account)
        data = self._parts.fetch_media(text_of(fields, "image_url"))
        if data is None:
            raise unfetchable()
        picture = checked_picture(data, kind == "STORIES")
        if switch is not None and switch.kind is FailureSwitch.REJECTED_MEDIA:
            raise GraphRefusal(36001, "The image format is not supported.", 2207005, title="Unsupported format")
        container = self._new(account, kind, fields, self._ready_at(switch, 0))
        alt = text_of(fields, "alt_text") or None
        upload = Upload(data, picture.media_type, "image", container.id, picture.width, picture.height, alt)
        self._store.media.add(account.id, upload)
        return container

    def _with_video(self, account: PracticeAccount, kind: str, fields: Mapping[str, Any]) -> Document:
        url = text_of(fields, "video_url")
        if not url:
            raise GraphRefusal(100, "(#100) The parameter image_url or video_url is required", 2207023)
        container = self._new(account, kind, fields, None)
        data = self._parts.fetch_media(url)
        if data is None:
            return self._failed(container, "Error: Media upload has failed with error code 2207052")
        return self._processed(account, container, data)

    def _awaiting_bytes(self, account: PracticeAccount, kind: str, fields: Mapping[str, Any]) -> Response:
        if kind not in ("REELS", "STORIES", "VIDEO"):
            raise bad_parameter("upload_type=resumable is for videos", 2207023)
        container = self._new(account, kind, fields, None)
        uri = f"{root_url()}/practice/{NAME}/upload/ig-api-upload/v25.0/{container.id}"
        return jsonify(id=container.id, uri=uri)

    def _carousel(self, account: PracticeAccount, fields: Mapping[str, Any]) -> Document:
        ids = [str(one) for one in list_of(fields, "children")]
        if not CAROUSEL[0] <= len(ids) <= CAROUSEL[1]:
            hint = "Your post won't work as a carousel. Carousels need at least 2 and at most 10 photos or videos."
            raise GraphRefusal(100, "(#100) A carousel needs 2 to 10 children", 2207028, hint=hint)
        children = [self._child(account, one) for one in ids]
        ready = [child.body["ready_at"] for child in children]
        ready_at = None if None in ready else max(ready)
        container = self._new(account, "CAROUSEL", fields, ready_at)
        if any(child.body["error"] for child in children):
            return self._failed(container, "Error: one of the children has failed")
        return container

    def _child(self, account: PracticeAccount, container_id: str) -> Document:
        found = self.get(account, container_id)
        if found is None or not found.body["item"] or self._nodes(account).status(found) == "EXPIRED":
            raise GraphRefusal(100, f"(#100) {container_id} is not a carousel item of this account", 2207035)
        return found

    def _new(self, account: PracticeAccount, kind: str, fields: Mapping[str, Any], ready_at: int | None) -> Document:
        item = truth_of(fields, "is_carousel_item")
        body = {
            "kind": kind,
            "item": item,
            "caption": "" if item or kind == "STORIES" else text_of(fields, "caption"),
            "video": kind in ("REELS", "VIDEO") or (kind == "STORIES" and not text_of(fields, "image_url")),
            "children": [str(one) for one in list_of(fields, "children")] if kind == "CAROUSEL" else [],
            "collaborators": list_of(fields, "collaborators"),
            "ready_at": ready_at,
            "error": "",
            "published": "",
            "received": 0,
            "chunks": [],
            "request": {name: value for name, value in fields.items() if name not in SECRETS},
        }
        container_id = f"179{secrets.randbelow(9 * 10**13) + 10**13}"
        return self._store.documents.put(Place(NAME, CONTAINER, container_id), body, account.id)

    def _check_count(self, account: PracticeAccount) -> None:
        since = self._store.clock.now_ms() - DAY_MS
        found = self._store.documents.all(NAME, CONTAINER, account.id)
        if sum(1 for one in found if one.created_at > since) >= CONTAINERS_A_DAY:
            raise GraphRefusal(4, "(#4) Application request limit reached", None, 403)

    # bytes

    def receive(self, account: PracticeAccount, container_id: str) -> Response:
        """POST {uri}: the headers `offset` and `file_size` with the bytes, or `file_url` alone."""
        container = self.get(account, container_id)
        if container is None or container.body["request"].get("upload_type") != "resumable":
            raise not_visible(container_id)
        part = received(container.body["received"], self._parts.fetch_media)
        whole = self._taken(account, container, part)
        if self._processed(account, container, whole).body["error"]:
            raise UploadRefused("ProcessingFailedError", "Request processing failed")
        return jsonify(success=True, message="Upload successful.")

    def _taken(self, account: PracticeAccount, container: Document, part: Bytes) -> bytes:
        name = f"{container.id}-{container.body['received']}"
        if part.data:
            self._store.media.add(account.id, Upload(part.data, "application/octet-stream", "chunk", name))
        taken, chunks = container.body["received"] + len(part.data), [*container.body["chunks"], name]
        self.changed(container, received=taken, chunks=chunks)
        if taken != part.size:
            raise UploadRefused("PartialRequestError", "Partial request (did not match length of file)", True)
        found = [self._store.media.of_account(account.id, one) for one in chunks]
        return b"".join(self._store.media.file_of(one).read_bytes() for one in found if one is not None)

    def _processed(self, account: PracticeAccount, container: Document, data: bytes) -> Document:
        switch = self._parts.access.media_switch(account)
        clip, problem = video_problem(data, container.body["kind"] == "STORIES")
        if switch is not None and switch.kind is FailureSwitch.REJECTED_MEDIA:
            problem = "Error: Media upload has failed with error code 2207082"
        if clip is None or problem:
            return self._failed(container, problem)
        upload = Upload(data, clip.media_type, "video", container.id, clip.width, clip.height)
        self._store.media.add(account.id, upload)
        return self.changed(container, ready_at=self._ready_at(switch, self._store.media_processing_ms))

    def _ready_at(self, switch: ActiveSwitch | None, usual_ms: int) -> int:
        slow = switch is not None and switch.kind is FailureSwitch.SLOW_PROCESSING
        return self._store.clock.now_ms() + (switch.seconds * 1000 if switch is not None and slow else usual_ms)

    def get(self, account: PracticeAccount, container_id: str) -> Document | None:
        """Return an account's container, or None."""
        found = self._store.documents.get(Place(NAME, CONTAINER, container_id))
        return found if found is not None and found.account_id == account.id else None

    def _failed(self, container: Document, problem: str) -> Document:
        return self.changed(container, ready_at=self._store.clock.now_ms(), error=problem)

    def changed(self, container: Document, **changes: object) -> Document:
        """Store changes of a container."""
        if changes.get("published"):
            changes["published_at"] = self._store.clock.now_ms()
        body = {**container.body, **changes}
        return self._store.documents.put(Place(NAME, CONTAINER, container.id), body, container.account_id)

    def _nodes(self, account: PracticeAccount) -> InstagramNodes:
        return InstagramNodes(self._store, account)


def unfetchable() -> GraphRefusal:
    """Return the refusal of an address behind which nothing could be fetched."""
    hint = "The media could not be fetched from this URI. Please make sure the URI is public."
    return GraphRefusal(9004, "Only photo or video can be accepted as media type.", 2207052, title="Media fetch failed",
                        hint=hint)  # fmt: skip


def _checked_kind(fields: Mapping[str, Any]) -> str:
    item = truth_of(fields, "is_carousel_item")
    kind = text_of(fields, "media_type") or ("IMAGE" if text_of(fields, "image_url") else "")
    if kind not in KINDS:
        raise GraphRefusal(100, "(#100) The media type is unknown", 2207023, title="Unknown media type")
    if kind == "VIDEO" and not item:
        hint = "The VIDEO value for media_type is no longer supported. Use the REELS media type."
        raise GraphRefusal(100, "(#100) Invalid parameter", 2207067, title="Unsupported media type", hint=hint)
    if item and kind not in ("IMAGE", "VIDEO"):
        raise GraphRefusal(100, "(#100) A carousel item is a photo or a video", 2207037)
    if text_of(fields, "image_url") and text_of(fields, "video_url"):
        raise bad_parameter("Only one of image_url and video_url may be given", 2207023)
    return kind


def _check_extras(fields: Mapping[str, Any]) -> None:
    if len(list_of(fields, "collaborators")) > MAX_COLLABORATORS:
        raise bad_parameter(f"At most {MAX_COLLABORATORS} collaborators may be invited", 2207040)
    if number_of(fields, "thumb_offset") is not None and text_of(fields, "cover_url"):
        raise bad_parameter("Only one of cover_url and thumb_offset may be given", 2207023)
