"""The videos of a channel: how one is made of an upload, processed, listed, changed and deleted."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable

from flask import Response, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Place
from scheduler.practice.feed import media_path
from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import PracticeMedia, Upload
from scheduler.practice.networks.youtube.rules import (
    WRITABLE,
    check_localizations,
    check_parts,
    check_snippet,
    check_status,
)
from scheduler.practice.networks.youtube.wire import (
    NETWORK_NAME,
    READ_UNITS,
    READING,
    WRITE_UNITS,
    WRITING,
    Json,
    etag,
    instant_of,
    iso_time,
    listed,
    missing,
    parts,
    resource,
    spend_units,
    video_not_found,
)
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

SignedIn = Callable[..., PracticeAccount]

VIDEO_PARTS = (
    "id",
    "snippet",
    "status",
    "localizations",
    "processingDetails",
    "statistics",
    "fileDetails",
    "contentDetails",
    "recordingDetails",
    "paidProductPlacementDetails",
)
MOST_IDS = 50
SMALLEST_VIDEO = 64
"""Fewer bytes than this are no video (tooSmall)."""
PROCESSED = {"uploadStatus": "processed"}


class Videos:
    """Video resources; `signed_in` gives the channel of the request if its token has one of the scopes, or raises."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn) -> None:
        """Keep videos in `store`."""
        self._store = store
        self.signed_in = signed_in

    def add(self, account: PracticeAccount, video: Json, data: bytes) -> StoredPost:
        """Make a video of a finished upload; processing decides later what becomes of it."""
        media_type = sniff_media_type(data) or "application/octet-stream"
        video_id = base64.urlsafe_b64encode(secrets.token_bytes(8)).decode().rstrip("=")
        fate, waiting = self._fate(account, media_type, data), self._processing_ms(account)
        media = self._store.media.add(account.id, Upload(data, media_type, "video", video_id))
        body = {
            "snippet": _writable(video, "snippet"),
            "status": self._status(video),
            "localizations": video.get("localizations", {}),
            "fate": fate,
            "decided_at": self._store.clock.now_ms() + waiting,
            "size": media.size,
        }
        new = NewPost(NETWORK_NAME, "", body, request=video, public_id=video_id, media=[video_id])
        return self._store.posts.add(account.id, new)

    def listing(self) -> Response:
        """GET videos?id=: those that exist and that the person may see."""
        account = self.signed_in(*READING)
        wanted = parts(*VIDEO_PARTS)
        ids = [one for one in request.args.get("id", "").split(",") if one]
        if not ids:
            raise missing("id, chart or myRating")
        spend_units(self._store, READ_UNITS)
        found = [post for one in ids[:MOST_IDS] if (post := self.visible(account, one))]
        return jsonify(listed("video", [self._json(post, wanted) for post in found], len(found)))

    def change(self) -> Response:
        """PUT videos: what a named part leaves out is cleared."""
        account = self.signed_in(*WRITING)
        wanted, video = parts(*VIDEO_PARTS), resource()
        post = self.own(account, str(video.get("id", "")))
        check_parts(video, wanted)
        spend_units(self._store, WRITE_UNITS)
        body = dict(post.body)
        if "snippet" in wanted:
            check_snippet(video.get("snippet", {}))
            body["snippet"] = _writable(video, "snippet")
        if "status" in wanted:
            published = self.privacy(post) == "public"
            check_status(video.get("status", {}), self._store.clock.now_ms(), published)
            body["status"] = self._status(video)
        if "localizations" in wanted:
            check_localizations({"snippet": body["snippet"], "localizations": video.get("localizations")})
            body["localizations"] = video.get("localizations", {})
        files = list(self._store.media.of_post(post.id))
        new = NewPost(NETWORK_NAME, "", body, request=video, public_id=post.public_id, media=files)
        return jsonify(self._json(self._store.posts.change(post, new), wanted))

    def delete(self) -> Response:
        """DELETE videos?id=: 204 without a body, a second time 404."""
        account = self.signed_in(*WRITING)
        if not request.args.get("id"):
            raise missing("id")
        post = self.own(account, request.args["id"])
        spend_units(self._store, WRITE_UNITS)
        self._store.posts.delete(post.id)
        return Response("", 204)

    def answer(self, account: PracticeAccount, post: StoredPost, http: int) -> Response:
        """Return a video as the upload's last request does."""
        wanted = [name for name in request.args.get("part", "snippet,status").split(",") if name in VIDEO_PARTS]
        answer = jsonify(self._json(post, wanted))
        answer.status_code = http
        return answer

    def own(self, account: PracticeAccount, video_id: str) -> StoredPost:
        """Return a video of the person's own channel, else raise."""
        post = self._store.posts.get(account.id, "", video_id)
        if post is None:
            raise video_not_found()
        return post

    def visible(self, account: PracticeAccount, video_id: str) -> StoredPost | None:
        """Return a video that the person may see: an own one, or one that is not private."""
        post = self._store.posts.by_public_id(NETWORK_NAME, video_id)
        if post is None or post.collection != "":
            return None
        return post if post.account_id == account.id or self.privacy(post) != "private" else None

    def processed(self, post: StoredPost) -> bool:
        """Tell whether processing has ended well."""
        return self.state(post) == PROCESSED

    def state(self, post: StoredPost) -> Json:
        """Return `uploadStatus` with its reason."""
        decided = bool(post.body["decided_at"] <= self._store.clock.now_ms())
        return dict(post.body["fate"]) if decided else {"uploadStatus": "uploaded"}

    def privacy(self, post: StoredPost) -> str:
        """Return who may see a video now: a scheduled one becomes public at its time."""
        status = post.body["status"]
        at = instant_of(status.get("publishAt", ""))
        return "public" if at is not None and at <= self._store.clock.now_ms() else str(status["privacyStatus"])

    def _fate(self, account: PracticeAccount, media_type: str, data: bytes) -> Json:
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.DUPLICATE)
        if switch is not None:
            note_switch(switch)
        digest = hashlib.sha256(data).hexdigest()
        same = any(one.digest == digest for one in self._files(account))
        if same or (switch and switch.kind is FailureSwitch.DUPLICATE):
            return {"uploadStatus": "rejected", "rejectionReason": "duplicate"}
        if len(data) < SMALLEST_VIDEO:
            return {"uploadStatus": "failed", "failureReason": "tooSmall"}
        if switch or not media_type.startswith("video/"):
            return {"uploadStatus": "failed", "failureReason": "invalidFile"}
        return dict(PROCESSED)

    def _files(self, account: PracticeAccount) -> list[PracticeMedia]:
        posts = self._store.posts.of_account(account.id, "")
        return [one for post in posts for one in self._store.media.of_post(post.id).values() if one.kind == "video"]

    def _processing_ms(self, account: PracticeAccount) -> int:
        switch = self._store.switches.take(account.id, FailureSwitch.SLOW_PROCESSING)
        if switch is None:
            return self._store.media_processing_ms
        note_switch(switch)
        return switch.seconds * 1000

    def _status(self, video: Json) -> Json:
        """Return the status part with its defaults; a project that was not audited locks its videos to private."""
        defaults = {"privacyStatus": "public", "license": "youtube", "embeddable": True, "publicStatsViewable": True}
        status = defaults | _writable(video, "status")
        project = self._store.documents.get(Place(NETWORK_NAME, "project", "practice-app"))
        if project is not None and not project.body.get("audited", True):
            status = {name: value for name, value in status.items() if name != "publishAt"}
            status["privacyStatus"] = "private"
        return status

    def _json(self, post: StoredPost, wanted: list[str]) -> Json:
        account = self._store.accounts.get(post.account_id)
        assert account is not None, "a video's channel is never deleted"
        made: dict[str, Callable[[], Json]] = {
            "snippet": lambda: self.snippet(post, account),
            "status": lambda: self._status_json(post),
            "localizations": lambda: dict(post.body["localizations"]),
            "processingDetails": lambda: self._processing_json(post),
            "statistics": lambda: self._statistics_json(post),
            "fileDetails": lambda: {"fileSize": str(post.body["size"]), "fileType": "video"},
            "contentDetails": lambda: {"definition": "hd", "caption": "false"},
        }
        found = {name: made[name]() for name in made if name in wanted}
        return {"kind": "youtube#video", "etag": etag(), "id": post.public_id} | found

    def snippet(self, post: StoredPost, account: PracticeAccount) -> Json:
        """Return the snippet part as it is read."""
        words: Json = {"description": "", "liveBroadcastContent": "none"} | post.body["snippet"]
        return words | {
            "publishedAt": iso_time(post.created_at),
            "channelId": account.public_id,
            "channelTitle": account.name,
            "thumbnails": thumbnails(self._thumbnail(post, account)),
            "localized": {"title": words["title"], "description": words["description"]},
        }

    def _thumbnail(self, post: StoredPost, account: PracticeAccount) -> str:
        """Return the picture that was set for a video; until then the channel's own stands for a frame of it."""
        own = next((one for one in self._store.media.of_post(post.id).values() if one.kind == "thumbnail"), None)
        path = media_path(NETWORK_NAME, own) if own else f"/practice/{NETWORK_NAME}/avatar/{account.handle}.png"
        return request.url_root.rstrip("/") + path

    def _status_json(self, post: StoredPost) -> Json:
        status: Json = post.body["status"] | {"privacyStatus": self.privacy(post)}
        if status["privacyStatus"] != "private":
            status.pop("publishAt", None)
        kids = bool(status.get("selfDeclaredMadeForKids", False))
        return status | self.state(post) | {"madeForKids": kids}

    def _processing_json(self, post: StoredPost) -> Json:
        words = {"uploaded": "processing", "processed": "succeeded", "failed": "failed", "rejected": "terminated"}
        found: Json = {"processingStatus": words[self.state(post)["uploadStatus"]]}
        return found | ({"processingFailureReason": "transcodeFailed"} if found["processingStatus"] == "failed" else {})

    def _statistics_json(self, post: StoredPost) -> Json:
        """Return the counts as strings; a practice post's reposts stand for its views."""
        comments = [one for one in self._store.posts.of_account(post.account_id, "comment") if _is_on(one, post)]
        return {
            "viewCount": str(post.reposts),
            "likeCount": str(post.likes),
            "dislikeCount": "0",
            "favoriteCount": "0",
            "commentCount": str(post.replies + len(comments)),
        }


def thumbnails(url: str) -> Json:
    """Return a set of thumbnails."""
    sizes = {"default": (120, 90), "medium": (320, 180), "high": (480, 360)}
    return {name: {"url": url, "width": wide, "height": high} for name, (wide, high) in sizes.items()}


def _is_on(comment: StoredPost, video: StoredPost) -> bool:
    return bool(comment.body["videoId"] == video.public_id)


def _writable(video: Json, part: str) -> Json:
    return {name: value for name, value in video.get(part, {}).items() if name in WRITABLE[part]}
