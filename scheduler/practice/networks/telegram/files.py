"""Photos and videos on their way into a message: multipart parts, addresses Telegram fetches, and file ids."""

from __future__ import annotations

import io
from dataclasses import replace

from flask import request
from PIL import Image

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import Upload
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.telegram.wire import TelegramRefusal, bad_request
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_FETCHED_PHOTO_BYTES = 5 * 1024 * 1024
MAX_FETCHED_FILE_BYTES = 20 * 1024 * 1024
MAX_SIDES_SUM = 10_000
MAX_RATIO = 20
PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")


class TelegramFiles:
    """Reads what a `photo`, `video` or `media` parameter names."""

    def __init__(self, store: PracticeStore, fetch: FetchMedia) -> None:
        """Look file ids up in `store`, fetch addresses with `fetch`."""
        self._store = store
        self._fetch = fetch

    def read(self, account: PracticeAccount, kind: str, value: str, part: str) -> Upload:
        """Return the file of a message item: `value` as sent, `part` the name of its multipart part.

        `kind` is photo, video, animation or document.
        """
        data, fetched = self._bytes(account, kind, value, part)
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA)
        if switch is not None:
            note_switch(switch)
            raise bad_request("IMAGE_PROCESS_FAILED" if kind == "photo" else "wrong type of the web page content")
        _check_size(kind, len(data), fetched)
        return _photo(data, fetched) if kind == "photo" else _other(data, kind)

    def _bytes(self, account: PracticeAccount, kind: str, value: str, part: str) -> tuple[bytes, bool]:
        if value.startswith("attach://"):
            part, value = value.removeprefix("attach://"), ""
        if not value:
            file = request.files.get(part)
            if file is None:
                raise bad_request(f"there is no {kind} in the request")
            return file.read(), False
        if value.lower().startswith(("http://", "https://")):
            data = self._fetch(value)
            if data is None:
                raise bad_request("failed to get HTTP URL content")
            return data, True
        known = self._store.media.of_account(account.id, value)
        if known is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return self._store.media.file_of(known).read_bytes(), False


def _check_size(kind: str, size: int, fetched: bool) -> None:
    if size == 0:
        raise bad_request("file must be non-empty")
    if fetched and size > (MAX_FETCHED_PHOTO_BYTES if kind == "photo" else MAX_FETCHED_FILE_BYTES):
        raise bad_request("failed to get HTTP URL content")
    if kind == "photo" and size > MAX_PHOTO_BYTES:
        raise bad_request(
            f"file of size {size} bytes is too big for a photo; the maximum size is {MAX_PHOTO_BYTES} bytes"
        )
    if size > MAX_FILE_BYTES:
        raise TelegramRefusal(413, "Request Entity Too Large")


def _photo(data: bytes, fetched: bool) -> Upload:
    media_type = sniff_media_type(data)
    if media_type not in PHOTO_TYPES:
        raise bad_request("wrong type of the web page content" if fetched else "IMAGE_PROCESS_FAILED")
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
    except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    if width + height > MAX_SIDES_SUM or max(width, height) > MAX_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return Upload(data, str(media_type), "image", width=width, height=height)


def _other(data: bytes, kind: str) -> Upload:
    media_type = sniff_media_type(data) or "application/octet-stream"
    upload = Upload(data, media_type, "document")
    if kind == "video" and media_type == "video/mp4":
        # Anything but MPEG-4 is sent too, as a file to be downloaded.
        return replace(upload, kind="video")
    return replace(upload, kind="gifv") if kind == "animation" and media_type in ("video/mp4", "image/gif") else upload
