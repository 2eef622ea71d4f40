"""The `media_source` of a pin: photos as bytes or addresses, one or several, or a video that was uploaded before."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.media import Upload
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.pinterest.uploads import PinterestUploads
from scheduler.practice.networks.pinterest.wire import PinterestRefusal, invalid, text_in
from scheduler.practice.probing import look_at_picture
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

CONTENT_TYPES = ("image/jpeg", "image/png")
MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_BASE64_BYTES = 10 * 1024 * 1024
SMALLEST = (100, 200)
ITEMS = (2, 5)
MAX_TITLE, MAX_DESCRIPTION, MAX_LINK = 100, 800, 2048
CREATIVE_TYPES = {"image": "REGULAR", "video": "VIDEO", "multiple_images": "CAROUSEL"}


@dataclass(frozen=True)
class PinMedia:
    """What a pin shows: `kind` is image, video or multiple_images; `ids` are uploads by their public id."""

    kind: str
    ids: tuple[str, ...]
    slots: tuple[dict[str, str], ...] = ()


class PinterestSources:
    """Reads media sources; the alt text of a pin goes to all its pictures."""

    def __init__(self, store: PracticeStore, uploads: PinterestUploads, fetch_media: FetchMedia) -> None:
        """Keep what is read in `store`; `fetch_media` reads photos from their addresses."""
        self._store = store
        self._uploads = uploads
        self._fetch = fetch_media

    def read(self, account: PracticeAccount, source: object, alt_text: str) -> PinMedia:
        """Return the media of a new pin. Raises PinterestRefusal, nothing then being kept."""
        if not isinstance(source, Mapping):
            raise invalid("'media_source' is a required property.")
        kind = source.get("source_type")
        if kind == "video_id":
            return self._video(account, source)
        if kind in ("image_base64", "image_url"):
            return self._pictures(account, [source], "image", alt_text)
        if kind in ("multiple_image_base64", "multiple_image_urls"):
            return self._pictures(account, _items(source), "multiple_images", alt_text)
        raise invalid(f"'{kind}' is not a source_type of media_source.")

    def _pictures(self, account: PracticeAccount, items: list[Mapping[str, Any]], kind: str, alt_text: str) -> PinMedia:
        self._refuse_when_switched(account)
        slots = tuple(_slot(item) for item in items) if kind == "multiple_images" else ()
        found = [self._picture(item) for item in items]
        if len({round((one.width or 1) / (one.height or 1), 2) for one in found}) > 1:
            raise invalid("the images of a carousel must have the same aspect ratio.")
        kept = [self._store.media.add(account.id, replace(one, description=alt_text or None)) for one in found]
        return PinMedia(kind, tuple(one.public_id for one in kept), slots)

    def _picture(self, item: Mapping[str, Any]) -> Upload:
        data = self._fetched(item) if "url" in item else _decoded(item)
        picture = look_at_picture(data)
        if picture is None or picture.media_type not in CONTENT_TYPES:
            raise invalid("the image could not be read; JPEG and PNG are accepted.")
        if "url" not in item and picture.media_type != item["content_type"]:
            raise invalid(f"the image is {picture.media_type} and not {item['content_type']} (content_type).")
        if picture.width < SMALLEST[0] or picture.height < SMALLEST[1]:
            raise invalid(f"the image is too small, the minimum is {SMALLEST[0]} x {SMALLEST[1]} pixels.")
        return Upload(data, picture.media_type, "image", width=picture.width, height=picture.height)

    def _fetched(self, item: Mapping[str, Any]) -> bytes:
        url = text_in(item, "url", MAX_LINK)
        data = self._fetch(url) if url.startswith(("https://", "http://")) else None
        if data is None:
            raise invalid("Sorry, we could not fetch the image.")
        if len(data) > MAX_IMAGE_BYTES:
            raise invalid("the image is larger than 20 MB.")
        return data

    def _video(self, account: PracticeAccount, source: Mapping[str, Any]) -> PinMedia:
        upload = self._uploads.finished(account, text_in(source, "media_id", 64))
        moment = source.get("cover_image_key_frame_time")
        if moment is not None and not (isinstance(moment, int) and not isinstance(moment, bool) and moment >= 0):
            raise invalid("cover_image_key_frame_time must be a whole number of seconds.")
        if source.get("cover_image_url"):
            self._picture({"url": source["cover_image_url"]})
        elif source.get("cover_image_data"):
            cover = {"content_type": source.get("cover_image_content_type"), "data": source["cover_image_data"]}
            self._picture(cover)
        elif moment is None:
            raise invalid("a video needs a cover image: cover_image_url, cover_image_data or a key frame time.")
        return PinMedia("video", (upload,))

    def _refuse_when_switched(self, account: PracticeAccount) -> None:
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA)
        if switch is not None:
            note_switch(switch)
            raise PinterestRefusal(400, 1, "Sorry, the image you provided is invalid.")


def _items(source: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = source.get("items")
    least, most = ITEMS
    if not isinstance(items, list) or not least <= len(items) <= most or not all(isinstance(i, Mapping) for i in items):
        raise invalid(f"media_source.items must hold {least} to {most} images.")
    index = source.get("index", 0)
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(items):
        raise invalid("media_source.index must be the number of an item.")
    if source["source_type"] == "multiple_image_urls" and not all("url" in item for item in items):
        raise invalid("'url' is a required property (media_source.items).")
    return items


def _slot(item: Mapping[str, Any]) -> dict[str, str]:
    return {
        "title": text_in(item, "title", MAX_TITLE),
        "description": text_in(item, "description", MAX_DESCRIPTION),
        "link": text_in(item, "link", MAX_LINK),
    }


def _decoded(item: Mapping[str, Any]) -> bytes:
    if item.get("content_type") not in CONTENT_TYPES:
        raise invalid(f"'{item.get('content_type')}' is not one of {list(CONTENT_TYPES)} (content_type).")
    try:
        data = base64.b64decode(text_in(item, "data", 2 * MAX_BASE64_BYTES), validate=True)
    except binascii.Error as error:
        raise invalid("media_source.data does not match '^[a-zA-Z0-9+/=]+$'.") from error
    if not data:
        raise invalid("'data' is a required property (media_source).")
    if len(data) > MAX_BASE64_BYTES:
        raise invalid("the image is larger than 10 MB.")
    return data
