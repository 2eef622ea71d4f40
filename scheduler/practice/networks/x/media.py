"""The media calls of the X imitation: one-request photos, uploads in segments, processing, alt text."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request
from PIL import Image, UnidentifiedImageError

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Document, Place
from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import PracticeMedia, Upload
from scheduler.practice.networks.x.wire import (
    CHUNK_BUDGET,
    METADATA_BUDGET,
    STATUS_BUDGET,
    UPLOAD_BUDGET,
    XRefusal,
    invalid,
    json_body,
    spend,
)
from scheduler.practice.probing import look_at_video
from scheduler.practice.switches import FailureSwitch

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

EPOCH_MS = 1_288_834_974_657
LIFETIME_SECONDS = 86_400
MAX_TOTAL_BYTES = 17_179_869_184
MAX_SEGMENT_BYTES = 8 * 1024 * 1024
MAX_SEGMENTS = 1000
MAX_ALT = 1000
IMAGE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
VIDEO_TYPES = ("video/mp4", "video/quicktime")
MAX_BYTES = {"tweet_image": 5 * 1024 * 1024, "tweet_gif": 15 * 1024 * 1024}
CATEGORIES = {
    "tweet_image": IMAGE_TYPES,
    "tweet_gif": ("image/gif",),
    "tweet_video": VIDEO_TYPES,
    "amplify_video": VIDEO_TYPES,
    "subtitles": ("text/srt", "text/vtt"),
}
KINDS = {"tweet_image": "image", "tweet_gif": "gifv", "tweet_video": "video", "amplify_video": "video"}
VIDEO_RATIO, VIDEO_RATE, VIDEO_SECONDS = (1 / 3, 3.0), 60, 0.5
GIF_SIDES, GIF_FRAMES = (1280, 1080), 350
SignedIn = Callable[..., PracticeAccount]
_serial = count()


def new_snowflake(now_ms: int) -> str:
    """Return an id from which X's clients read the moment: `(id >> 22) + 1288834974657` ms."""
    return str((now_ms - EPOCH_MS) << 22 | next(_serial) % (1 << 22))


class XMedia:
    """Media calls; `signed_in` gives the account of the request if its token has the scope, or raises."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn) -> None:
        """Keep uploads in `store`."""
        self._store = store
        self._signed_in = signed_in

    def upload(self) -> Response:
        """POST /2/media/upload: a photo in one request."""
        account = self._begin(UPLOAD_BUDGET)
        if "command" in {**request.args, **request.form}:
            raise invalid("The command parameter is not supported on this endpoint.", command=request.values["command"])
        file, category = request.files.get("media"), request.form.get("media_category", "")
        if file is None or category not in ("tweet_image", "dm_image", "subtitles"):
            raise invalid("media and media_category are required.", media_category=category)
        body = {"category": category, "media_type": file.mimetype, "total_bytes": 0, "segments": {}}
        found = self._new(account, body)
        self._keep(account, found, file.read())
        return jsonify(data=self._shown(found))

    def initialize(self) -> Response:
        """POST /2/media/upload/initialize."""
        account, body = self._begin(CHUNK_BUDGET), json_body()
        category, media_type, total = (body.get(name) for name in ("media_category", "media_type", "total_bytes"))
        if unknown := set(body) - {"media_category", "media_type", "total_bytes", "additional_owners", "shared"}:
            raise invalid("unknown property", property=sorted(unknown)[0])
        if category not in CATEGORIES or media_type not in CATEGORIES[str(category)]:
            raise invalid("media_type does not fit the media_category.", media_type=media_type)
        if not isinstance(total, int) or isinstance(total, bool) or not 0 < total <= MAX_TOTAL_BYTES:
            raise invalid("total_bytes is out of bounds.", total_bytes=total)
        if total > MAX_BYTES.get(str(category), MAX_TOTAL_BYTES):
            raise XRefusal(400, "Invalid Request", f"File size exceeds {MAX_BYTES[str(category)]} bytes.")
        new = {"category": category, "media_type": media_type, "total_bytes": total, "segments": {}}
        return jsonify(data=self._shown(self._new(account, new)))

    def append(self, media_id: str) -> Response:
        """POST /2/media/upload/{id}/append: one segment, as a multipart form."""
        account = self._begin(CHUNK_BUDGET)
        found, index = self._open(account, media_id), request.form.get("segment_index", "")
        file = request.files.get("media")
        if file is None or not index.isdecimal() or int(index) >= MAX_SEGMENTS:
            raise invalid("segment_index (0 to 999) and media are required.", segment_index=index)
        data = file.read()
        if not 0 < len(data) <= MAX_SEGMENT_BYTES:
            raise XRefusal(413, "Payload Too Large", "The media segment is too large.")
        part = f"{media_id}-{index}-{len(data)}-{new_snowflake(self._store.clock.now_ms())}"
        self._store.media.add(account.id, Upload(data, "application/octet-stream", "segment", public_id=part))
        segments = {**found.body["segments"], index: part}
        self._save(found, found.body | {"segments": segments})
        return jsonify(data={"expires_at": (found.expires_at or 0) // 1000})

    def finalize(self, media_id: str) -> Response:
        """POST /2/media/upload/{id}/finalize: all segments are there."""
        account = self._begin(CHUNK_BUDGET)
        found = self._open(account, media_id)
        segments = {int(index): part for index, part in found.body["segments"].items()}
        if sorted(segments) != list(range(len(segments))) or not segments:
            raise XRefusal(400, "Invalid Request", "Segments do not add up to provided total file size.")
        data = b"".join(self._bytes(account, segments[index]) for index in sorted(segments))
        if len(data) != found.body["total_bytes"]:
            raise XRefusal(400, "Invalid Request", "Segments do not add up to provided total file size.")
        self._keep(account, found, data)
        return jsonify(data=self._shown(found))

    def status(self) -> Response:
        """GET /2/media/upload?command=STATUS&media_id=."""
        account = self._begin(STATUS_BUDGET)
        if request.args.get("command", "STATUS") != "STATUS":
            raise invalid("command must be STATUS.", command=request.args["command"])
        return jsonify(data=self._shown(self._found(account, request.args.get("media_id", ""))))

    def describe(self) -> Response:
        """POST /2/media/metadata: alt text, before the post."""
        account, body = self._begin(METADATA_BUDGET), json_body()
        metadata = body.get("metadata")
        alt = metadata.get("alt_text") if isinstance(metadata, dict) else None
        text = alt.get("text") if isinstance(alt, dict) else None
        if not isinstance(text, str) or not 0 < len(text) <= MAX_ALT:
            raise invalid(f"alt_text must have 1 to {MAX_ALT} characters.", alt_text=text)
        media = self.ready_media(account, str(body.get("id", "")))
        if media is None:
            raise invalid("Your media IDs are invalid.", id=body.get("id"))
        self._store.media.describe(media.id, text, None)
        return jsonify(data={"id": media.public_id, "associated_metadata": {"alt_text": {"text": text}}})

    def ready_media(self, account: PracticeAccount, media_id: str) -> PracticeMedia | None:
        """Return an upload that is complete, unexpired and processed, or None."""
        found = self._store.documents.get(_place(media_id))
        if found is None or found.account_id != account.id or _state(found, self._store.clock.now_ms()) != "succeeded":
            return None
        return self._store.media.of_account(account.id, media_id)

    def seconds_of(self, media_id: str) -> float:
        """Return how long a video is, 0 for anything else."""
        found = self._store.documents.get(_place(media_id))
        return float(found.body.get("seconds") or 0) if found else 0.0

    def _begin(self, budget: Any) -> PracticeAccount:
        account = self._signed_in("media.write")
        spend(self._store, budget, account.public_id)
        return account

    def _new(self, account: PracticeAccount, body: dict[str, Any]) -> Document:
        now = self._store.clock.now_ms()
        fresh = body | {"ready_at": None, "failed": False}
        return self._store.documents.put(_place(new_snowflake(now)), fresh, account.id, now + LIFETIME_SECONDS * 1000)

    def _found(self, account: PracticeAccount, media_id: str) -> Document:
        found = self._store.documents.get(_place(media_id))
        if found is None or found.account_id != account.id:
            raise XRefusal(404, "Not Found Error", f"Could not find media with id: [{media_id}].", "resource-not-found")
        return found

    def _open(self, account: PracticeAccount, media_id: str) -> Document:
        found = self._found(account, media_id)
        if found.body["ready_at"] is not None:
            raise XRefusal(400, "Invalid Request", "The upload is already finalized.", "invalid-request")
        return found

    def _keep(self, account: PracticeAccount, found: Document, data: bytes) -> None:
        category = str(found.body["category"])
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.SLOW_PROCESSING)
        if switch is not None:
            note_switch(switch)
        rejected = switch is not None and switch.kind is FailureSwitch.REJECTED_MEDIA
        later = KINDS.get(category) in ("video", "gifv")
        upload = _checked(data, category, rejected and not later, found.id)
        seconds = _seconds(data) if upload.kind == "video" else 0.0
        waiting = self._store.media_processing_ms if later else 0
        if switch is not None and not rejected:
            waiting = switch.seconds * 1000
        self._store.media.add(account.id, upload)
        ready_at = self._store.clock.now_ms() + waiting
        known = {"total_bytes": len(data), "ready_at": ready_at, "later": waiting > 0 or later}
        failed = rejected or seconds is None
        self._save(found, found.body | known | {"failed": failed, "seconds": seconds})

    def _save(self, found: Document, body: dict[str, Any]) -> None:
        self._store.documents.put(_place(found.id), body, found.account_id, found.expires_at)

    def _bytes(self, account: PracticeAccount, part: str) -> bytes:
        media = self._store.media.of_account(account.id, part)
        return self._store.media.file_of(media).read_bytes() if media else b""

    def _shown(self, before: Document) -> dict[str, Any]:
        found = self._store.documents.get(_place(before.id)) or before
        now = self._store.clock.now_ms()
        code = {"tweet_image": 3, "tweet_gif": 16, "tweet_video": 7}.get(str(found.body["category"]), 13)
        said: dict[str, Any] = {
            "id": found.id,
            "media_key": f"{code}_{found.id}",
            "expires_after_secs": max(0, ((found.expires_at or now) - now) // 1000),
        }
        if found.body["ready_at"] is not None:
            said["size"] = found.body["total_bytes"]
            if found.body.get("later"):
                said["processing_info"] = _processing(found, now)
        return said


def _place(media_id: str) -> Place:
    return Place("x", "upload", media_id)


def _state(found: Document, now: int) -> str:
    ready_at = found.body["ready_at"]
    if ready_at is None:
        return "pending"
    if ready_at > now:
        return "in_progress"
    return "failed" if found.body["failed"] else "succeeded"


def _processing(found: Document, now: int) -> dict[str, Any]:
    state = _state(found, now)
    if state == "in_progress":
        return {"state": state, "check_after_secs": 1, "progress_percent": 50}
    if state == "failed":
        error = {"code": 1, "name": "InvalidMedia", "message": "Unsupported video format"}
        return {"state": state, "progress_percent": 100, "error": error}
    return {"state": state, "progress_percent": 100}


def _checked(data: bytes, category: str, rejected: bool, public_id: str) -> Upload:
    """Return what was uploaded, by its bytes; raise 400 for what X does not take."""
    media_type = sniff_media_type(data) or ""
    if rejected or media_type not in CATEGORIES.get(category, ()):
        raise XRefusal(400, "Invalid Request", "media type unrecognized.")
    if len(data) > MAX_BYTES.get(category, MAX_TOTAL_BYTES):
        raise XRefusal(400, "Invalid Request", f"File size exceeds {MAX_BYTES[category]} bytes.")
    width, height = _measured(data, category) if media_type in IMAGE_TYPES else (None, None)
    return Upload(data, media_type, KINDS[category], public_id=public_id, width=width, height=height)


def _seconds(data: bytes) -> float | None:
    """Return how long a video is, None for one that X cannot process."""
    clip = look_at_video(data)
    if clip is None or clip.codec != "h264" or clip.audio not in ("", "aac"):
        return None
    low, high = VIDEO_RATIO
    fits = clip.frame_rate <= VIDEO_RATE and low <= clip.ratio <= high and clip.seconds >= VIDEO_SECONDS
    return clip.seconds if fits else None


def _measured(data: bytes, category: str) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            frames = int(getattr(image, "n_frames", 1))
            size = (image.width, image.height)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, UnidentifiedImageError, OSError) as error:
        raise XRefusal(400, "Invalid Request", "media type unrecognized.") from error
    too_large = size[0] > GIF_SIDES[0] or size[1] > GIF_SIDES[1] or frames > GIF_FRAMES
    if category == "tweet_gif" and too_large:
        raise XRefusal(400, "Invalid Request", "The GIF is too large: at most 1280x1080 and 350 frames.")
    return size
