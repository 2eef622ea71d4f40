"""Videos in the Pinterest imitation: registered, sent to a store that works like S3, processed."""

from __future__ import annotations

import re
import secrets
from typing import Any
from xml.sax.saxutils import escape

from flask import Response, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Document, Place
from scheduler.practice.media import Upload
from scheduler.practice.networks.pinterest.wire import NETWORK, invalid, json_body, new_id, page_of
from scheduler.practice.probing import look_at_video
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

MEDIA = "media"
MAX_VIDEO_BYTES = 2 * 1024**3
VIDEO_SECONDS = (4, 15 * 60)
VIDEO_CODECS = ("h264", "hevc")
REGISTRATION_MS = 3_600_000
_PART_NAME = re.compile(rb'\r\nContent-Disposition: form-data; name="([^"]+)"', re.IGNORECASE)


class PinterestUploads:
    """Media calls; the account is checked by the caller."""

    def __init__(self, store: PracticeStore) -> None:
        """Keep them in `store`."""
        self._store = store

    def register(self, account: PracticeAccount) -> Response:
        """POST /media: an address and the fields of a form, good for an hour."""
        if json_body().get("media_type") != "video":
            raise invalid("media_type must be 'video'.")
        media_id, key = new_id(self._store, MEDIA), f"uploads/{secrets.token_hex(8)}.mp4"
        form = self._form(key)
        body = {"form": form, "key": key, "status": "registered", "ready_at": 0, "upload": ""}
        self._store.documents.put(Place(NETWORK, MEDIA, media_id), body, account.id)
        upload_url = f"{request.url_root.rstrip('/')}/practice/{NETWORK}/upload/"
        answer = jsonify(media_id=media_id, media_type="video", upload_url=upload_url, upload_parameters=form)
        answer.status_code = 201
        return answer

    def receive(self) -> Response:
        """POST of the form to the upload address: every given field, then the file as the last one."""
        request.max_content_length = MAX_VIDEO_BYTES
        names = [one.decode(errors="replace") for one in _PART_NAME.findall(b"\r\n" + request.get_data())]
        if "Authorization" in request.headers:
            return _s3_error(400, "InvalidArgument", "Only one auth mechanism allowed")
        document = self._registered(request.form.get("key", ""))
        file = request.files.get("file")
        if document is None or file is None or (names and names[-1] != "file"):
            return _s3_error(403, "AccessDenied", "Invalid according to Policy: the form does not fit the policy.")
        if any(request.form.get(name) != value for name, value in document.body["form"].items()):
            return _s3_error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        if self._store.clock.now_ms() >= document.created_at + REGISTRATION_MS:
            return _s3_error(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        self._keep(document, file.read())
        return Response(status=204, headers={"ETag": f'"{secrets.token_hex(16)}"'})

    def show(self, account: PracticeAccount, media_id: str) -> Response:
        """GET /media/{media_id}."""
        return jsonify(self._json(self.own(account, media_id)))

    def listing(self, account: PracticeAccount) -> Response:
        """GET /media."""
        page, bookmark = page_of(self._store.documents.all(NETWORK, MEDIA, account.id)[::-1])
        return jsonify(items=[self._json(one) for one in page], bookmark=bookmark)

    def own(self, account: PracticeAccount, media_id: str) -> Document:
        """Return a registered media of the account. Raises PinterestRefusal."""
        found = self._store.documents.get(Place(NETWORK, MEDIA, media_id))
        if found is None or found.account_id != account.id:
            raise invalid(f"Media '{media_id}' was not found.")
        return found

    def finished(self, account: PracticeAccount, media_id: str) -> str:
        """Return the public id of a processed upload. Raises PinterestRefusal."""
        document = self.own(account, media_id)
        if self.status(document) != "succeeded":
            raise invalid(f"Media '{media_id}' is not ready: its status is {self.status(document)}.")
        return str(document.body["upload"])

    def status(self, document: Document) -> str:
        """Return where an upload stands: registered, processing, succeeded or failed."""
        processing = document.body["ready_at"] > self._store.clock.now_ms()
        return "processing" if processing else str(document.body["status"])

    def _registered(self, key: str) -> Document | None:
        waiting = self._store.documents.all(NETWORK, MEDIA)
        return next((one for one in waiting if one.body["key"] == key and one.body["status"] == "registered"), None)

    def _keep(self, document: Document, data: bytes) -> None:
        account_id = int(document.account_id or 0)
        switch = self._store.switches.take(account_id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.SLOW_PROCESSING)
        waiting = self._store.media_processing_ms
        if switch is not None:
            note_switch(switch)
            waiting = switch.seconds * 1000 if switch.kind is FailureSwitch.SLOW_PROCESSING else waiting
        rejected = switch is not None and switch.kind is FailureSwitch.REJECTED_MEDIA
        upload = None if rejected else _usable(data)
        public_id = self._store.media.add(account_id, upload).public_id if upload else ""
        body = document.body | {
            "status": "succeeded" if upload else "failed",
            "ready_at": self._store.clock.now_ms() + waiting,
            "upload": public_id,
        }
        self._store.documents.put(Place(NETWORK, MEDIA, document.id), body, account_id)

    def _form(self, key: str) -> dict[str, str]:
        day = to_datetime(self._store.clock.now_ms())
        return {
            "x-amz-date": day.strftime("%Y%m%dT%H%M%SZ"),
            "x-amz-signature": secrets.token_hex(32),
            "x-amz-security-token": secrets.token_urlsafe(48),
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "key": key,
            "policy": secrets.token_urlsafe(64),
            "x-amz-credential": f"PRACTICE/{day:%Y%m%d}/us-east-1/s3/aws4_request",
            "Content-Type": "multipart/form-data",
        }

    def _json(self, document: Document) -> dict[str, Any]:
        return {"media_id": document.id, "media_type": "video", "status": self.status(document)}


def _usable(data: bytes) -> Upload | None:
    clip = look_at_video(data)
    if clip is None or not clip.containers & {"mp4", "mov"} or clip.codec not in VIDEO_CODECS:
        return None
    if not VIDEO_SECONDS[0] <= clip.seconds <= VIDEO_SECONDS[1]:
        return None
    return Upload(data, clip.media_type, "video", width=clip.width, height=clip.height)


def _s3_error(status: int, code: str, message: str) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{error}', status, mimetype="application/xml")
