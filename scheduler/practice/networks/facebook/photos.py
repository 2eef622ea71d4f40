"""Photos of a Page: published at once, kept back for a post of several, or shown as a story."""

from __future__ import annotations

from flask import Response, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.media import PracticeMedia, Upload
from scheduler.practice.meta.wire import GraphRefusal, bad_parameter, not_visible, parameters, text_of, truth_of
from scheduler.practice.networks.facebook.nodes import STORIES
from scheduler.practice.networks.facebook.publishing import Draft, PageParts, PagePublisher
from scheduler.practice.probing import look_at_picture
from scheduler.practice.switches import FailureSwitch

MAX_BYTES = 10_000_000
TAKEN_TYPES = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp", "image/mpo")
ORPHANS_LIVE_MS = 86_400_000


class PagePhotos:
    """Photo calls."""

    def __init__(self, parts: PageParts, publisher: PagePublisher) -> None:
        """Publish with `publisher`."""
        self._parts = parts
        self._store = parts.store
        self._publisher = publisher

    def upload(self, page: str) -> Response:
        """POST /{page}/photos: bytes (`source`) or an address (`url`), with `alt_text_custom`."""
        caller = self._publisher.writer(page)
        fields = parameters()
        kept_back = not truth_of(fields, "published", True) and not text_of(fields, "scheduled_publish_time")
        if kept_back:
            return jsonify(id=self._stored(caller.account).public_id)
        message = text_of(fields, "message") or text_of(fields, "caption")
        photo_ids: list[str] = []

        def draft() -> Draft:
            photo_ids.append(self._stored(caller.account).public_id)
            return Draft("photo", message, media=(photo_ids[0],))

        post, nodes = self._publisher.publish(caller, draft)
        return self._publisher.answer(caller, {"id": photo_ids[0], "post_id": nodes.post_id(post)})

    def story(self, page: str) -> Response:
        """POST /{page}/photo_stories: an unpublished photo becomes a story."""
        caller = self._publisher.writer(page)
        photo = self.unused(caller.account, text_of(parameters(), "photo_id"))
        draft = Draft("photo", media=(photo.public_id,), collection=STORIES)
        post, _ = self._publisher.publish(caller, lambda: draft)
        return self._publisher.answer(caller, {"success": True, "post_id": post.public_id})

    def unused(self, account: PracticeAccount, photo_id: str) -> PracticeMedia:
        """Return an unpublished photo; Meta forgets it after a day. Raises the refusal when it is not there."""
        photo = self._store.media.of_account(account.id, photo_id)
        if photo is None or photo.kind != "image":
            raise not_visible(photo_id)
        if photo.post_id is not None:
            raise bad_parameter("photo_id must be an unpublished photo.")
        if photo.ready_at + ORPHANS_LIVE_MS <= self._store.clock.now_ms():
            raise not_visible(photo_id)
        return photo

    def _stored(self, account: PracticeAccount) -> PracticeMedia:
        data = self._bytes()
        switch = self._parts.access.media_switch(account)
        rejected = switch is not None and switch.kind is FailureSwitch.REJECTED_MEDIA
        picture = look_at_picture(data)
        if picture is None or rejected or picture.media_type not in TAKEN_TYPES or len(data) > MAX_BYTES:
            raise unreadable()
        alt = text_of(parameters(), "alt_text_custom")
        upload = Upload(data, picture.media_type, "image", "", picture.width, picture.height, alt or None)
        return self._store.media.add(account.id, upload)

    def _bytes(self) -> bytes:
        file, url = request.files.get("source"), text_of(parameters(), "url")
        if file is not None:
            return bytes(file.read())
        if not url:
            raise GraphRefusal(324, "(#324) Requires upload file")
        found = self._parts.fetch_media(url)
        if found is None:
            raise GraphRefusal(324, "(#324) Missing or invalid image file", 2069019)
        return found


def unreadable() -> GraphRefusal:
    """Return the refusal of a photo that is none, too large, or of a kind that is not taken."""
    hint = (
        "Your photos couldn't be uploaded. Photos should be smaller than 4 MB and saved as JPG, PNG, GIF, TIFF, HEIF or"
        " WebP files."
    )
    return GraphRefusal(100, "Invalid parameter", 1366046, title="Can't Read Files", hint=hint)
