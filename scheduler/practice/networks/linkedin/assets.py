"""Uploads to the LinkedIn imitation: initialize, PUT the bytes, finalize a video, ask how it stands."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request
from PIL import Image, UnidentifiedImageError

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Document, Place
from scheduler.practice.grants import Grant
from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import PracticeMedia, Upload
from scheduler.practice.networks.linkedin.wire import (
    LinkedInRefusal,
    bad_field,
    denied,
    json_body,
    not_found,
    organization_of,
    person_of,
)
from scheduler.practice.probing import look_at_video
from scheduler.practice.switches import FailureSwitch

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

PART_BYTES = 4 * 1024 * 1024
VIDEO_SECONDS = (3, 1800)
VIDEO_BYTES = (75_000, 500 * 1024 * 1024)
DOCUMENT_BYTES = 100 * 1024 * 1024
IMAGE_PIXELS = 36_152_320
GIF_FRAMES = 250
UPLOAD_MS = 86_400_000
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif")
SignedIn = Callable[..., Grant]


@dataclass(frozen=True)
class Asset:
    """An uploaded asset. `state` is LinkedIn's own word."""

    urn: str
    kind: str
    owner: str
    state: str
    media: PracticeMedia | None


class LinkedInAssets:
    """Upload calls; `signed_in` gives what the token of the request allows, or raises."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn) -> None:
        """Keep uploads in `store`."""
        self._store = store
        self._signed_in = signed_in

    def act(self, kind: str) -> Response:
        """POST /rest/{kind}s?action=initializeUpload, or finalizeUpload for a video."""
        grant = self._signed_in("w_member_social", "w_organization_social")
        action, body = request.args.get("action", ""), json_body()
        if action == "initializeUpload":
            return self._initialize(grant, kind, body)
        if action == "finalizeUpload" and kind == "video":
            return self._finalize(grant, body)
        raise LinkedInRefusal(400, "ILLEGAL_ARGUMENT", f"No method {action} on {kind}s")

    def receive(self, token: str) -> Response:
        """PUT the bytes, or one part of a video, to the address that initializing gave out."""
        found = self._store.documents.get(Place("linkedin", "upload", token))
        if found is None:
            raise LinkedInRefusal(400, "EXPIRED_UPLOAD_URL", "The upload URL has expired")
        asset = self._document(str(found.body["urn"]))
        if asset.body["kind"] == "video":
            if "Authorization" in request.headers:
                raise LinkedInRefusal(400, "ILLEGAL_ARGUMENT", "A signed address takes no Authorization header")
            return self._keep_part(asset, found)
        self._signed_in("w_member_social", "w_organization_social")
        self._keep(asset, request.get_data())
        return Response(status=201)

    def show(self, kind: str, urn: str) -> Response:
        """GET /rest/{kind}s/{urn}: only for those who may read, which a member's own application may not."""
        needed = ("w_member_social", "w_organization_social") if kind == "video" else ("r_organization_social",)
        grant = self._signed_in(*needed)
        found = self.look_up(grant.account, urn)
        if found is None or found.kind != kind:
            raise not_found()
        said: dict[str, Any] = {"id": urn, "owner": found.owner, "status": found.state}
        if found.state == "PROCESSING_FAILED":
            said["processingFailureReason"] = "The file is damaged or of an unsupported format"
        return jsonify(said)

    def look_up(self, account: PracticeAccount, urn: str) -> Asset | None:
        """Return an asset of the account, or None."""
        found = self._store.documents.get(Place("linkedin", "asset", urn))
        if found is None or found.account_id != account.id:
            return None
        media = self._store.media.of_account(account.id, urn)
        return Asset(urn, found.body["kind"], found.body["owner"], self._state(found, media), media)

    def _initialize(self, grant: Grant, kind: str, body: dict[str, Any]) -> Response:
        wish = body.get("initializeUploadRequest")
        if not isinstance(wish, dict):
            raise bad_field("/initializeUploadRequest", "MISSING_FIELD", "initializeUploadRequest is required")
        owner = check_author(grant, wish.get("owner"), "/initializeUploadRequest/owner")
        urn = f"urn:li:{kind}:{ {'image': 'C4E', 'video': 'C5F', 'document': 'D4D'}[kind] }{secrets.token_hex(9)}"
        size = _checked_size(wish) if kind == "video" else 0
        until = self._store.clock.now_ms() + UPLOAD_MS
        parts = -(-size // PART_BYTES) if kind == "video" else 1
        asset = {"kind": kind, "owner": owner, "size": size, "count": parts, "parts": {}, "token": "", "failed": False}
        if kind == "video":
            asset["token"] = secrets.token_urlsafe(24)
        self._store.documents.put(Place("linkedin", "asset", urn), asset, grant.account.id)
        urls = [self._address(grant, urn, number, until) for number in range(parts)]
        if kind != "video":
            return jsonify(value={"uploadUrlExpiresAt": until, "uploadUrl": urls[0], kind: urn})
        instructions = [
            {
                "uploadUrl": url,
                "firstByte": number * PART_BYTES,
                "lastByte": min((number + 1) * PART_BYTES, size) - 1,
            }
            for number, url in enumerate(urls)
        ]
        value = {"uploadUrlsExpireAt": until, "video": urn, "uploadInstructions": instructions}
        return jsonify(value=value | {"uploadToken": asset["token"]})

    def _address(self, grant: Grant, urn: str, number: int, until: int) -> str:
        token = secrets.token_urlsafe(24)
        place = Place("linkedin", "upload", token)
        self._store.documents.put(place, {"urn": urn, "part": number}, grant.account.id, until)
        return f"{request.url_root}practice/linkedin/upload/{token}"

    def _keep_part(self, asset: Document, upload: Document) -> Response:
        data, number = request.get_data(), int(upload.body["part"])
        expected = min(PART_BYTES, asset.body["size"] - number * PART_BYTES)
        if len(data) != expected:
            raise LinkedInRefusal(400, "UPLOAD_SIZE_MISMATCH", f"Expected {expected} bytes, got {len(data)}")
        etag = secrets.token_hex(16)
        part = Upload(data, "application/octet-stream", "part", public_id=f"{asset.id}-{number}-{etag}")
        self._store.media.add(asset.account_id or 0, part)
        # Read again: parts may arrive at the same time.
        fresh = self._document(asset.id)
        self._save(fresh, {"parts": {**fresh.body["parts"], str(number): etag}})
        return Response(status=200, headers={"ETag": f'"{etag}"'})

    def _finalize(self, grant: Grant, body: dict[str, Any]) -> Response:
        wish = body.get("finalizeUploadRequest")
        wish = wish if isinstance(wish, dict) else {}
        found = self._store.documents.get(Place("linkedin", "asset", str(wish.get("video", ""))))
        if found is None or found.account_id != grant.account.id:
            raise bad_field("/finalizeUploadRequest/video", "INVALID_URN_ID", "The video does not exist")
        if wish.get("uploadToken", "") != found.body["token"]:
            raise bad_field("/finalizeUploadRequest/uploadToken", "INVALID_VALUE_FOR_FIELD", "Unknown upload token")
        etags = [found.body["parts"].get(str(number), "") for number in range(found.body["count"])]
        if not all(etags) or wish.get("uploadedPartIds") != etags:
            path = "/finalizeUploadRequest/uploadedPartIds"
            raise bad_field(path, "INVALID_VALUE_FOR_FIELD", "Part ids are missing, unknown or out of order")
        pieces = [self._store.media.of_account(grant.account.id, f"{found.id}-{n}-{e}") for n, e in enumerate(etags)]
        data = b"".join(self._store.media.file_of(one).read_bytes() for one in pieces if one is not None)
        self._keep(found, data)
        return Response(status=200)

    def _keep(self, asset: Document, data: bytes) -> None:
        kind, account_id = str(asset.body["kind"]), asset.account_id or 0
        switch = self._store.switches.take(account_id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.SLOW_PROCESSING)
        if switch is not None:
            note_switch(switch)
        rejected = switch is not None and switch.kind is FailureSwitch.REJECTED_MEDIA
        waiting = self._store.media_processing_ms if kind == "video" else 0
        waiting = switch.seconds * 1000 if switch is not None and not rejected else waiting
        upload = _read(data, kind, asset.id, waiting)
        self._store.media.add(account_id, upload)
        self._save(asset, {"failed": rejected or upload.kind == "broken"})

    def _document(self, urn: str) -> Document:
        found = self._store.documents.get(Place("linkedin", "asset", urn))
        if found is None:
            raise not_found()
        return found

    def _save(self, asset: Document, changes: dict[str, Any]) -> None:
        self._store.documents.put(Place("linkedin", "asset", asset.id), asset.body | changes, asset.account_id)

    def _state(self, found: Document, media: PracticeMedia | None) -> str:
        if media is None:
            return "WAITING_UPLOAD"
        if found.body["failed"]:
            return "PROCESSING_FAILED"
        return "AVAILABLE" if media.ready_at <= self._store.clock.now_ms() else "PROCESSING"


def check_author(grant: Grant, wish: object, path: str) -> str:
    """Return the author of a request if the token may speak for it. Raises LinkedInRefusal (400, 403)."""
    if not isinstance(wish, str) or not wish.startswith(("urn:li:person:", "urn:li:organization:")):
        raise bad_field(path, "INVALID_URN_TYPE", "A person or organization URN is required")
    member = wish.startswith("urn:li:person:")
    mine = person_of(grant.account) if member else organization_of(grant.account)
    if ("w_member_social" if member else "w_organization_social") not in grant.scopes or wish != mine:
        raise denied()
    return wish


def _checked_size(wish: dict[str, Any]) -> int:
    size = wish.get("fileSizeBytes")
    if not isinstance(size, int) or isinstance(size, bool) or not VIDEO_BYTES[0] <= size <= VIDEO_BYTES[1]:
        path = "/initializeUploadRequest/fileSizeBytes"
        raise bad_field(path, "INVALID_VALUE_FOR_FIELD", "A video has 75 KB to 500 MB")
    return size


def _read(data: bytes, kind: str, urn: str, waiting: int) -> Upload:
    """Return what was uploaded, of kind "broken" when LinkedIn could make nothing of it."""
    media_type = sniff_media_type(data) or "application/octet-stream"
    if kind == "image":
        sides = _measured(data) if media_type in IMAGE_TYPES else None
        width, height = sides or (None, None)
        shown = "image" if sides else "broken"
        return Upload(data, media_type, shown, urn, width, height, processing_ms=waiting)
    if kind == "document":
        good = data.startswith((b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) and len(data) <= DOCUMENT_BYTES
        return Upload(data, "application/pdf", "document" if good else "broken", urn, processing_ms=waiting)
    clip = look_at_video(data)
    good = clip is not None and "mp4" in clip.containers and VIDEO_SECONDS[0] <= clip.seconds <= VIDEO_SECONDS[1]
    return Upload(data, media_type, "video" if good else "broken", urn, processing_ms=waiting)


def _measured(data: bytes) -> tuple[int, int] | None:
    try:
        with Image.open(io.BytesIO(data)) as image:
            fits = image.width * image.height < IMAGE_PIXELS and int(getattr(image, "n_frames", 1)) <= GIF_FRAMES
            return (image.width, image.height) if fits else None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, UnidentifiedImageError, OSError):
        return None
