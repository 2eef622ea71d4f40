"""The media calls of the Mastodon imitation: photos are ready at once, videos and animations later."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Response, jsonify, request
from PIL import Image, UnidentifiedImageError

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import PracticeMedia, Upload
from scheduler.practice.networks.mastodon.entities import MAX_IMAGE_PIXELS, media_json
from scheduler.practice.networks.mastodon.flavours import VIDEOS, flavour_here
from scheduler.practice.networks.mastodon.wire import (
    MEDIA_BUDGET,
    MastodonRefusal,
    not_found,
    parameters,
    spend,
    text_of,
    unprocessable,
)
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

SignedIn = Callable[[str], PracticeAccount]


class MastodonMedia:
    """Media calls; `signed_in` gives the account of the request if its token has the scope, or raises."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn) -> None:
        """Keep uploads in `store`."""
        self._store = store
        self._signed_in = signed_in

    def upload(self) -> Response:
        """POST /api/v2/media: 200 when ready, 202 while it is being processed."""
        account = self._signed_in("write:media")
        spend(self._store, MEDIA_BUDGET, account.public_id)
        upload = self._read_upload()
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.SLOW_PROCESSING)
        if switch is not None:
            note_switch(switch)
            if switch.kind is FailureSwitch.REJECTED_MEDIA:
                raise unprocessable("File content type is invalid, File is invalid")
            upload = replace(upload, processing_ms=switch.seconds * 1000)
        media = self._store.media.add(account.id, upload)
        return self._answer(media, still=202)

    def show(self, public_id: str) -> Response:
        """GET /api/v1/media/:id: 206 while processing, 200 when ready."""
        return self._answer(self._own(public_id), still=206)

    def change(self, public_id: str) -> Response:
        """PUT /api/v1/media/:id: alt text and focus, before the media is part of a status."""
        media, fields = self._own(public_id), parameters()
        description = _description(fields) if "description" in fields else media.description
        focus = _focus(fields) if "focus" in fields else media.focus
        self._store.media.describe(media.id, description, focus)
        return self._answer(replace(media, description=description, focus=focus), still=206)

    def is_ready(self, media: PracticeMedia) -> bool:
        """Tell whether processing is over."""
        return media.ready_at <= self._store.clock.now_ms()

    def _own(self, public_id: str) -> PracticeMedia:
        account = self._signed_in("write:media")
        media = self._store.media.of_account(account.id, public_id)
        if media is None or media.post_id is not None:
            raise not_found()
        return media

    def _answer(self, media: PracticeMedia, still: int) -> Response:
        ready = self.is_ready(media)
        answer = jsonify(media_json(media, ready))
        answer.status_code = 200 if ready else still
        return answer

    def _read_upload(self) -> Upload:
        file = request.files.get("file")
        if file is None:
            raise unprocessable("File can't be blank")
        data, fields = file.read(), parameters()
        media_type = sniff_media_type(data)
        description, focus = _description(fields), _focus(fields)
        if media_type not in flavour_here().media_types:
            raise unprocessable("File content type is invalid, File is invalid")
        if media_type not in VIDEOS:
            return replace(self._read_image(data, str(media_type)), description=description, focus=focus)
        if len(data) > flavour_here().video_bytes:
            raise unprocessable(f"File file size must be less than {flavour_here().video_bytes >> 20} MB")
        waiting = self._processing_ms()
        return Upload(data, str(media_type), "video", description=description, focus=focus, processing_ms=waiting)

    def _read_image(self, data: bytes, media_type: str) -> Upload:
        if len(data) > flavour_here().image_bytes:
            raise unprocessable(f"File file size must be less than {flavour_here().image_bytes >> 20} MB")
        if media_type in ("image/heic", "image/heif"):
            return Upload(data, media_type, "image")
        width, height, animated = _measure(data)
        if width * height > MAX_IMAGE_PIXELS:
            raise unprocessable(f"{width}x{height} images are not supported")
        moving = animated and media_type == "image/gif"
        waiting = self._processing_ms() if moving else 0
        kind = "gifv" if moving else "image"
        return Upload(data, media_type, kind, width=width, height=height, processing_ms=waiting)

    def _processing_ms(self) -> int:
        return self._store.media_processing_ms if flavour_here().processing else 0


def _measure(data: bytes) -> tuple[int, int, bool]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.width, image.height, bool(getattr(image, "is_animated", False))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise unprocessable("images of this size are not supported") from error
    except (UnidentifiedImageError, OSError) as error:
        # A real server fails in making the thumbnail and says no more than this.
        raise MastodonRefusal(500, "Error processing thumbnail for uploaded media") from error


def _description(fields: dict[str, Any]) -> str | None:
    description = text_of(fields, "description").strip()
    limit = flavour_here().alt_characters
    if len(description) > limit:
        raise unprocessable(f"Description is too long (maximum is {limit} characters)")
    return description or None


def _focus(fields: dict[str, Any]) -> str | None:
    focus = text_of(fields, "focus")
    if not focus:
        return None
    try:
        across, down = (float(part) for part in focus.split(","))
    except ValueError as error:
        raise unprocessable("Focus is invalid") from error
    if not (-1 <= across <= 1 and -1 <= down <= 1):
        raise unprocessable("Focus is invalid")
    return focus
