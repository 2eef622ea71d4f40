"""Videos, reels and video stories of a Page: sessions, bytes in chunks or at once, processing, publishing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document, Place
from scheduler.practice.media import Upload
from scheduler.practice.meta.access import Caller
from scheduler.practice.meta.uploads import UploadRefused, received
from scheduler.practice.meta.wire import (
    GraphRefusal,
    bad_parameter,
    not_visible,
    number_of,
    parameters,
    root_url,
    text_of,
    truth_of,
)
from scheduler.practice.networks.facebook.nodes import NAME, POSTS, STORIES
from scheduler.practice.networks.facebook.publishing import Draft, PageParts, PagePublisher
from scheduler.practice.probing import Clip, look_at_video
from scheduler.practice.switches import FailureSwitch

KIND = "video"
CHUNK_BYTES = 4 * 1024 * 1024
STORY_SECONDS = 60
REEL_SECONDS = (3, 90)
REEL_RATE = (23, 61)
REELS_A_DAY = 30
DAY_MS = 86_400_000
ONE_SHOT_SECONDS, ONE_SHOT_BYTES = 20 * 60, 1_000_000_000


class PageVideos:
    """Video calls. A video is a document (its session, its fate); its bytes are uploads of kind `chunk`, then one."""

    def __init__(self, parts: PageParts, publisher: PagePublisher) -> None:
        """Publish with `publisher`."""
        self._parts = parts
        self._store = parts.store
        self._publisher = publisher

    # POST /{page}/videos

    def upload(self, page: str) -> Response:
        """POST /{page}/videos: in one call, or by `upload_phase` start, transfer, finish, cancel."""
        caller, fields = self._publisher.writer(page), parameters()
        phase = text_of(fields, "upload_phase")
        if not phase:
            return self._one_shot(caller)
        if phase == "start":
            return self._start_chunks(caller, fields)
        video = self._session(caller.account, text_of(fields, "upload_session_id"))
        if phase == "transfer":
            return self._transfer(caller, video, fields)
        if phase == "cancel":
            self._store.documents.take(Place(NAME, KIND, video.id))
            return jsonify(success=True)
        if phase != "finish":
            raise bad_parameter("upload_phase must be one of start, transfer, finish, cancel")
        return self._finish(caller, video, "video", {})

    def _one_shot(self, caller: Caller) -> Response:
        file, url = request.files.get("source"), text_of(parameters(), "file_url")
        data = file.read() if file is not None else self._parts.fetch_media(url) if url else None
        if data is None:
            raise (
                GraphRefusal(389, "(#389) Unable to fetch video file from URL.")
                if url
                else GraphRefusal(100, "(#100) No video file was selected", 1363020)
            )
        clip = look_at_video(data)
        if clip is None:
            raise GraphRefusal(352, "The video file you selected is in a format that we don't support.", 1363024)
        if clip.seconds > ONE_SHOT_SECONDS or len(data) > ONE_SHOT_BYTES:
            raise GraphRefusal(6000, "The video is too long to be uploaded in one call.", 1363026)
        video = self._new(caller.account, "video", len(data))
        return self._finish(caller, self._with_bytes(caller.account, video, data), "video", {"id": video.id})

    def _start_chunks(self, caller: Caller, fields: Mapping[str, Any]) -> Response:
        size = number_of(fields, "file_size")
        if not size:
            raise bad_parameter("The parameter file_size is required")
        video = self._new(caller.account, "video", size)
        return jsonify(
            upload_session_id=video.body["session"], video_id=video.id, start_offset="0", end_offset=_next(0, size)
        )

    def _transfer(self, caller: Caller, video: Document, fields: Mapping[str, Any]) -> Response:
        file, offset = request.files.get("video_file_chunk"), number_of(fields, "start_offset")
        if file is None or offset is None:
            raise bad_parameter("The parameters start_offset and video_file_chunk are required")
        if offset != video.body["received"]:
            sentence = "The start offset you provided is not what was expected."
            data = {"start_offset": video.body["received"], "end_offset": video.body["size"]}
            raise GraphRefusal(6001, sentence, 1363037, transient=True, hint=str(data))
        video = self._take_chunk(caller.account, video, file.read())
        received, size = video.body["received"], video.body["size"]
        return jsonify(start_offset=str(received), end_offset=_next(received, size))

    # POST /{page}/video_reels and /{page}/video_stories

    def reel(self, page: str) -> Response:
        """POST /{page}/video_reels: start, and finish after the bytes went to the upload address."""
        return self._phased(page, "reel")

    def story(self, page: str) -> Response:
        """POST /{page}/video_stories: as a reel."""
        return self._phased(page, "story")

    def _phased(self, page: str, kind: str) -> Response:
        caller, fields = self._publisher.writer(page), parameters()
        phase = text_of(fields, "upload_phase")
        if phase == "start":
            video = self._new(caller.account, kind, 0)
            version = request.path.split("/api/")[1].split("/")[0]
            url = f"{root_url()}/practice/{NAME}/upload/video-upload/{version}/{video.id}"
            return jsonify(video_id=video.id, upload_url=url)
        if phase != "finish":
            raise bad_parameter("upload_phase must be one of start, finish")
        video = self.own(caller.account, text_of(fields, "video_id"))
        if video.body["kind"] != kind:
            raise not_visible(video.id)
        self._check_clip(caller.account, video)
        return self._finish(caller, video, kind, {"success": True})

    def _check_clip(self, account: PracticeAccount, video: Document) -> None:
        if video.body.get("ready_at") is None:
            raise GraphRefusal(6000, "There was a problem uploading your video file. Please try again.", 1363030,
                               transient=True)  # fmt: skip
        clip = video.body["clip"]
        if video.body["kind"] == "story":
            if clip["seconds"] > STORY_SECONDS:
                raise GraphRefusal(6000, "The video is longer than 60 seconds.", 1363128)
            return
        _check_reel(clip)
        since = self._store.clock.now_ms() - DAY_MS
        posts = self._store.posts.of_account(account.id, POSTS)
        if sum(1 for post in posts if post.body["kind"] == "reel" and post.created_at > since) >= REELS_A_DAY:
            raise GraphRefusal(613, "(#613) Calls to this api have exceeded the rate limit.", None, 400)

    # POST {upload_url}

    def receive(self, account: PracticeAccount, video_id: str) -> Response:
        """POST to the upload address: `file_url`, or `offset`, `file_size` and the bytes, as headers and body."""
        video = self.own(account, video_id)
        switch = self._parts.access.media_switch(account)
        if switch is not None and switch.kind is FailureSwitch.REJECTED_MEDIA:
            raise UploadRefused("ProcessingFailedError", "Request processing failed")
        part = received(video.body["received"], self._parts.fetch_media)
        video = self._take_chunk(account, self._changed(video, size=part.size), part.data)
        if video.body["received"] < video.body["size"]:
            raise UploadRefused("PartialRequestError", "Partial request (did not match length of file)", True)
        whole = self._with_bytes(account, video, self._joined(account, video))
        if whole.body["failed"]:
            raise UploadRefused("ProcessingFailedError", "Request processing failed")
        if switch is not None:
            self._changed(whole, ready_at=self._store.clock.now_ms() + switch.seconds * 1000)
        return jsonify(success=True)

    # shared

    def own(self, account: PracticeAccount, video_id: str) -> Document:
        """Return a video of this Page. Raises the refusal when it is not there."""
        video = self._store.documents.get(Place(NAME, KIND, video_id))
        if video is None or video.account_id != account.id:
            raise not_visible(video_id)
        return video

    def all(self, account: PracticeAccount, kind: str = "") -> list[Document]:
        """Return the videos of a Page, newest first, or those of one kind."""
        found = self._store.documents.all(NAME, KIND, account.id)
        return [one for one in reversed(found) if kind in ("", one.body["kind"])]

    def drop(self, video: Document) -> None:
        """Forget a video."""
        self._store.documents.take(Place(NAME, KIND, video.id))

    def _finish(self, caller: Caller, video: Document, kind: str, answer: Mapping[str, Any]) -> Response:
        fields = parameters()
        if video.body.get("ready_at") is None:
            video = self._with_bytes(caller.account, video, self._joined(caller.account, video))
        if video.body["failed"]:
            raise GraphRefusal(352, "The video file you selected is in a format that we don't support.", 1363024)
        if video.body.get("post"):
            raise bad_parameter("The video was published before.")
        kept_back = not truth_of(fields, "published", True) and not text_of(fields, "scheduled_publish_time")
        if text_of(fields, "video_state") == "DRAFT" or kept_back:
            return jsonify({"success": True, **answer})
        words = text_of(fields, "description")
        draft = Draft(kind, words, media=(video.id,), ready_at=video.body["ready_at"])
        if kind == "story":
            draft = Draft("video", media=(video.id,), collection=STORIES)
        post, nodes = self._publisher.publish(caller, lambda: draft)
        self._changed(video, post=post.public_id, title=text_of(fields, "title"), description=words)
        more = {"post_id": post.public_id} if kind == "story" else {}
        if kind == "reel" and nodes.is_ready(video):
            more = {"post_id": nodes.post_id(post)}
        return self._publisher.answer(caller, {**(answer or {"success": True}), **more})

    def _new(self, account: PracticeAccount, kind: str, size: int) -> Document:
        video_id, session = (str(10**14 + secrets.randbelow(9 * 10**14)) for _ in range(2))
        body = {"kind": kind, "size": size, "received": 0, "chunks": [], "session": session, "failed": ""}
        return self._store.documents.put(Place(NAME, KIND, video_id), body, account.id)

    def _session(self, account: PracticeAccount, session: str) -> Document:
        found = [one for one in self.all(account) if one.body["session"] == session]
        if not found:
            raise GraphRefusal(6000, "The upload session is not valid any more.", 1363041)
        return found[0]

    def _take_chunk(self, account: PracticeAccount, video: Document, data: bytes) -> Document:
        name = f"{video.id}-{video.body['received']}"
        if data:
            self._store.media.add(account.id, Upload(data, "application/octet-stream", "chunk", name))
        chunks = [*video.body["chunks"], name] if data else video.body["chunks"]
        return self._changed(video, received=video.body["received"] + len(data), chunks=chunks)

    def _joined(self, account: PracticeAccount, video: Document) -> bytes:
        if video.body["received"] < video.body["size"]:
            raise GraphRefusal(6000, "The video file was not uploaded whole.", 1363033, transient=True)
        found = [self._store.media.of_account(account.id, one) for one in video.body["chunks"]]
        return b"".join(self._store.media.file_of(one).read_bytes() for one in found if one is not None)

    def _with_bytes(self, account: PracticeAccount, video: Document, data: bytes) -> Document:
        clip = look_at_video(data)
        if clip is None:
            return self._changed(video, failed="The video file is not readable.")
        switch = self._parts.access.media_switch(account) if video.body["kind"] == "video" else None
        slow = switch is not None and switch.kind is FailureSwitch.SLOW_PROCESSING
        if switch is not None and not slow:
            raise GraphRefusal(6000, "There was a problem with your video file.", 1363022)
        waiting = switch.seconds * 1000 if switch is not None else self._store.media_processing_ms
        upload = Upload(data, clip.media_type, "video", video.id, clip.width, clip.height)
        self._store.media.add(account.id, upload)
        return self._changed(video, ready_at=self._store.clock.now_ms() + waiting, clip=_facts(clip))

    def _changed(self, video: Document, **changes: object) -> Document:
        return self._store.documents.put(Place(NAME, KIND, video.id), {**video.body, **changes}, video.account_id)


def _check_reel(clip: Mapping[str, Any]) -> None:
    ratio = clip["width"] / clip["height"]
    if not 0.55 <= ratio <= 0.575:
        raise GraphRefusal(6000, "The video must have an aspect ratio of 9:16.", 1363040)
    if clip["width"] < 540 or clip["height"] < 960:
        raise GraphRefusal(6000, "The video resolution is too low; 540 by 960 is the least.", 1363127)
    if not REEL_SECONDS[0] <= clip["seconds"] <= REEL_SECONDS[1] + 0.5:
        raise GraphRefusal(6000, "The video must be between 3 and 90 seconds long.", 1363128)
    if not REEL_RATE[0] <= clip["frame_rate"] <= REEL_RATE[1]:
        raise GraphRefusal(6000, "The video frame rate must be between 24 and 60 frames per second.", 1363129)


def _facts(clip: Clip) -> dict[str, Any]:
    return {"width": clip.width, "height": clip.height, "seconds": clip.seconds, "frame_rate": clip.frame_rate}


def _next(start: int, size: int) -> str:
    return str(min(start + CHUNK_BYTES, size))
