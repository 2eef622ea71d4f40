"""Resumable uploads: a session per video, chunks of 256 KiB, and no video before the last byte has arrived."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import regex
from flask import Response, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.documents import Document, Place
from scheduler.practice.google_answers import GoogleRefusal, internal_error, refusal_answer, refusal_of
from scheduler.practice.media import Upload
from scheduler.practice.networks.youtube.rules import (
    INPUT_PARTS,
    check_localizations,
    check_parts,
    check_snippet,
    check_status,
)
from scheduler.practice.networks.youtube.videos import Videos
from scheduler.practice.networks.youtube.wire import (
    CHANNEL_UPLOADS_A_DAY,
    HOST,
    NETWORK_NAME,
    UPLOADING,
    UPLOADS_A_DAY,
    Json,
    bad,
    day_budget,
    parts,
    quota_exceeded,
    resource,
)
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

CHUNK = 256 * 1024
LARGEST_VIDEO = 274_877_906_944
SESSION_MS = 7 * 86_400_000
_SESSION = "session"
_RANGE = regex.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_BEFORE_START = (FailureSwitch.RATE_LIMITED, FailureSwitch.EXPIRED_TOKEN)
_BEFORE_END = (*_BEFORE_START, FailureSwitch.ERROR_BEFORE)
_AFTER_END = (FailureSwitch.ERROR_AFTER, FailureSwitch.HANG_AFTER, FailureSwitch.CLOSE_AFTER)


@dataclass(frozen=True)
class Chunk:
    """What one PUT carries: the bytes from `start` on; `total` is the whole file's size, None where it is not said."""

    start: int
    data: bytes
    total: int | None


class Uploads:
    """Start of a session, its chunks, and the question how far it is."""

    def __init__(self, store: PracticeStore, videos: Videos) -> None:
        """Keep sessions and chunks in `store`; finished ones become `videos`."""
        self._store = store
        self._videos = videos

    def start(self) -> Response:
        """POST videos?uploadType=resumable: answers with the session's address and no body."""
        account = self._videos.signed_in(*UPLOADING)
        self._refuse_by_switch(account.id, _BEFORE_START)
        named = parts(*INPUT_PARTS, "id", "processingDetails", "fileDetails", "contentDetails", "statistics")
        if request.args.get("uploadType") != "resumable":
            raise bad("badRequest", "This imitation takes resumable uploads only.", "global")
        video = resource()
        check_parts(video, named)
        check_snippet(video.get("snippet", {}))
        check_status(video.get("status", {}), self._store.clock.now_ms())
        check_localizations(video)
        length = _announced_length()
        self._spend(account)
        key = secrets.token_urlsafe(48)
        self._put(key, {"video": video, "length": length, "received": 0, "parts": [], "done": ""}, account.id)
        query = f"uploadType=resumable&part={','.join(named)}&upload_id={key}&upload_protocol=resumable"
        return Response("", 200, {"Location": f"{request.base_url}?{query}", "X-GUploader-UploadID": key})

    def take(self) -> Response:
        """PUT to a session: a chunk, or the question how much has arrived."""
        session = self._session()
        if session.body["done"]:
            return self._finished(session)
        asked = _RANGE.fullmatch(request.headers.get("Content-Range", "bytes */*"))
        if asked and asked[1] is None and not request.content_length:
            return _incomplete(session.body["received"])
        chunk = _chunk(session.body)
        self._check(session.body, chunk)
        if chunk.total != chunk.start + len(chunk.data):
            return self._kept(session, chunk)
        self._refuse_by_switch(session.account_id or 0, _BEFORE_END)
        return self._completed(self._stored(session, chunk, len(chunk.data)))

    def _kept(self, session: Document, chunk: Chunk) -> Response:
        """Keep whole multiples of 256 KiB only; the client has to send the rest again."""
        usable = len(chunk.data) // CHUNK * CHUNK
        if usable == 0:
            raise _bad_request(
                f"The number of bytes uploaded is required to be equal or greater than {CHUNK}, except for the final"
                f" request (it's recommended to be the exact multiple of {CHUNK}). The received request contained"
                f" {len(chunk.data)} bytes, which does not meet this requirement."
            )
        return _incomplete(self._stored(session, chunk, usable).body["received"])

    def _stored(self, session: Document, chunk: Chunk, usable: int) -> Document:
        body, skip = session.body, session.body["received"] - chunk.start
        fresh = chunk.data[skip:usable]
        if fresh:
            account_id = session.account_id or 0
            part = Upload(fresh, "application/octet-stream", "part", f"{session.id}.{body['received']}")
            body["parts"].append(self._store.media.add(account_id, part).public_id)
            body["received"] += len(fresh)
        return self._put(session.id, body, session.account_id)

    def _completed(self, session: Document) -> Response:
        account = self._store.accounts.get(session.account_id or 0)
        assert account is not None, "a session's account is never deleted"
        files = [self._store.media.of_account(account.id, one) for one in session.body["parts"]]
        found = [one for one in files if one is not None]
        data = b"".join(self._store.media.file_of(one).read_bytes() for one in found)
        post = self._videos.add(account, session.body["video"], data)
        self._put(session.id, session.body | {"done": post.public_id, "parts": []}, account.id)
        for part in found:
            self._store.media.forget(part)
        answer = self._videos.answer(account, post, 200)
        return spoil(answer, self._store.switches.take(account.id, *_AFTER_END), self._store, _LIES)

    def _finished(self, session: Document) -> Response:
        """Return the finished video again, as often as it is asked for."""
        account = self._store.accounts.get(session.account_id or 0)
        post = self._store.posts.get(session.account_id or 0, "", session.body["done"])
        if account is None or post is None:
            raise _gone(404)
        return self._videos.answer(account, post, 200)

    def _session(self) -> Document:
        found = self._store.documents.get(Place(NETWORK_NAME, _SESSION, request.args.get("upload_id", "")))
        if found is None:
            raise _gone(404)
        if found.body["until"] <= self._store.clock.now_ms():
            raise _gone(410)
        return found

    def _put(self, key: str, body: Json, account_id: int | None) -> Document:
        body.setdefault("until", self._store.clock.now_ms() + SESSION_MS)
        return self._store.documents.put(Place(NETWORK_NAME, _SESSION, key), body, account_id)

    def _check(self, body: Json, chunk: Chunk) -> None:
        received = body["received"]
        if chunk.start > received:
            raise _bad_request(
                f"According to the Content-Range header, the upload offset is {chunk.start} byte(s), which exceeds"
                f" already uploaded size of {received} byte(s)."
            )
        if chunk.total is not None and body["length"] not in (None, chunk.total):
            raise _bad_request("The total size differs from X-Upload-Content-Length of the first request.")

    def _spend(self, account: PracticeAccount) -> None:
        rates = self._store.rates
        if rates.spend(day_budget(self._store, "uploads", UPLOADS_A_DAY), "project").exceeded:
            raise quota_exceeded()
        if rates.spend(Budget("youtube-channel", CHANNEL_UPLOADS_A_DAY, 86_400), account.public_id).exceeded:
            raise bad("uploadLimitExceeded", "The user has exceeded the number of videos they may upload.")

    def _refuse_by_switch(self, account_id: int, kinds: tuple[FailureSwitch, ...]) -> None:
        switch = self._store.switches.take(account_id, *kinds)
        if switch is not None:
            note_switch(switch)
            raise refusal_of(switch, HOST)


def _announced_length() -> int | None:
    kind = request.headers.get("X-Upload-Content-Type", "application/octet-stream")
    if not (kind.startswith("video/") or kind == "application/octet-stream"):
        words = f"Media type '{kind}' is not supported. Valid media types: [video/*, application/octet-stream]"
        raise bad("badContent", words, "global")
    length = request.headers.get("X-Upload-Content-Length")
    if length is None:
        return None
    if not length.isdecimal():
        raise bad("badRequest", "X-Upload-Content-Length is no number.", "global")
    if int(length) == 0:
        raise bad("mediaBodyRequired", "The request does not include the video content.")
    if int(length) > LARGEST_VIDEO:
        raise GoogleRefusal(413, "OUT_OF_RANGE", f"Media larger than {LARGEST_VIDEO} bytes.", "uploadTooLarge")
    return int(length)


def _chunk(body: Json) -> Chunk:
    header, data = request.headers.get("Content-Range"), request.get_data()
    if header is None:
        return Chunk(0, data, len(data))
    found = _RANGE.fullmatch(header)
    if found is None or found[1] is None:
        raise _bad_request("Failed to parse Content-Range header.")
    start, end = int(found[1]), int(found[2])
    if end - start + 1 != len(data):
        raise _bad_request(f"Content-Range names {end - start + 1} bytes, the request holds {len(data)}.")
    total = body["length"] if found[3] == "*" else int(found[3])
    return Chunk(start, data, total)


def _incomplete(received: int) -> Response:
    headers = {"Range": f"bytes=0-{received - 1}"} if received else {}
    return Response("", 308, headers)


def _bad_request(message: str) -> GoogleRefusal:
    return GoogleRefusal(400, "INVALID_ARGUMENT", f"Invalid request. {message}", "badRequest", "global")


def _gone(http: int) -> GoogleRefusal:
    return GoogleRefusal(http, "NOT_FOUND", "The upload session is unknown or over.", "notFound", "global")


_LIES = {FailureSwitch.ERROR_AFTER: lambda: refusal_answer(internal_error(), older_form=True)}
