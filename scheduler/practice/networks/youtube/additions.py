"""What is added to a video that is there already: a thumbnail, captions, comments."""

from __future__ import annotations

import io
import json
import secrets
from email.parser import BytesParser
from email.policy import default
from typing import Any

from flask import Response, jsonify, request
from PIL import Image, UnidentifiedImageError

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Place
from scheduler.practice.google_answers import GoogleRefusal, forbidden
from scheduler.practice.identifiers import sniff_media_type
from scheduler.practice.media import Upload
from scheduler.practice.networks.youtube.videos import Videos, thumbnails
from scheduler.practice.networks.youtube.wire import (
    CAPTION_UNITS,
    FORCE_SSL,
    NETWORK_NAME,
    READ_UNITS,
    READING,
    UPLOADING,
    WRITE_UNITS,
    Json,
    bad,
    etag,
    iso_time,
    listed,
    missing,
    page_of,
    parts,
    resource,
    spend_units,
    video_not_found,
)
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.store import PracticeStore

LARGEST_THUMBNAIL = 2 * 1024 * 1024
LONGEST_COMMENT = 10_000
LONGEST_CAPTION_NAME = 150
COMMENT = "comment"
_TRACK = "caption"


class Additions:
    """Thumbnails, captions and comments."""

    def __init__(self, store: PracticeStore, videos: Videos) -> None:
        """Add to `videos` in `store`."""
        self._store = store
        self._videos = videos

    def thumbnail(self) -> Response:
        """POST thumbnails/set?videoId= with a JPEG or PNG of at most 2 MB; the channel's phone must be verified."""
        account = self._videos.signed_in(*UPLOADING)
        if not request.args.get("videoId"):
            raise missing("videoId")
        post, data = self._videos.own(account, request.args["videoId"]), request.get_data()
        channel = self._store.documents.get(Place(NETWORK_NAME, "channel", account.public_id))
        if channel is not None and not channel.body.get("phone_verified", True):
            raise forbidden(
                "The authenticated user doesn't have permissions to upload and set custom video thumbnails."
            )
        _check_picture(data)
        spend_units(self._store, WRITE_UNITS)
        kind = sniff_media_type(data) or "image/jpeg"
        shown = self._store.media.add(account.id, Upload(data, kind, "thumbnail"))
        files = [one.public_id for one in self._store.media.of_post(post.id).values() if one.kind == "video"]
        new = NewPost(NETWORK_NAME, "", post.body, post.request, post.public_id, media=[*files, shown.public_id])
        self._store.posts.change(post, new)
        url = f"{request.url_root}practice/{NETWORK_NAME}/media/{shown.id}"
        return jsonify(kind="youtube#thumbnailSetResponse", etag=etag(), items=[thumbnails(url)])

    def add_captions(self) -> Response:
        """POST captions?uploadType=multipart: the track's description and its file in one body."""
        account = self._videos.signed_in(FORCE_SSL)
        parts("snippet", "id")
        described, data = _related()
        snippet = described.get("snippet", {})
        post = self._videos.own(account, str(snippet.get("videoId", "")))
        if not snippet.get("language") or not isinstance(snippet.get("name"), str):
            raise bad("invalidMetadata", "The request contains invalid metadata values.", "youtube.caption")
        if len(snippet["name"]) > LONGEST_CAPTION_NAME:
            raise bad("nameTooLong", "The name that is specified for the caption track is too long.", "youtube.caption")
        if not data.strip():
            raise bad("contentRequired", "The request does not contain the caption track contents.", "youtube.caption")
        key = f"{post.public_id}.{snippet['language']}.{snippet['name']}"
        if self._store.documents.get(Place(NETWORK_NAME, _TRACK, key)):
            words = "The specified video already has a caption track with the given language and name."
            raise GoogleRefusal(409, "ALREADY_EXISTS", words, "captionExists", "youtube.caption")
        spend_units(self._store, CAPTION_UNITS)
        made = self._store.documents.put(
            Place(NETWORK_NAME, _TRACK, key),
            {"id": secrets.token_urlsafe(24), "snippet": snippet, "text": data.decode(errors="replace")},
            account.id,
        )
        return jsonify(_caption_json(made.body, made.created_at))

    def captions(self) -> Response:
        """GET captions?videoId=."""
        account = self._videos.signed_in(FORCE_SSL)
        parts("snippet", "id")
        if not request.args.get("videoId"):
            raise missing("videoId")
        post = self._videos.own(account, request.args["videoId"])
        spend_units(self._store, WRITE_UNITS)
        found = self._store.documents.all(NETWORK_NAME, _TRACK, account.id)
        mine = [one for one in found if one.body["snippet"]["videoId"] == post.public_id]
        items = [_caption_json(one.body, one.created_at) for one in mine]
        return jsonify({"kind": "youtube#captionListResponse", "etag": etag(), "items": items})

    def comment(self) -> Response:
        """POST commentThreads: only below a processed video that others can see."""
        account = self._videos.signed_in(FORCE_SSL)
        parts("snippet", "id", "replies")
        sent = resource()
        snippet = sent.get("snippet", {})
        text = snippet.get("topLevelComment", {}).get("snippet", {}).get("textOriginal", "")
        post = self._videos.visible(account, str(snippet.get("videoId", "")))
        if post is None:
            raise video_not_found()
        _check_comment(text)
        if self._videos.privacy(post) == "private" or post.body["status"].get("selfDeclaredMadeForKids"):
            words = "The video identified by the videoId parameter has disabled comments."
            raise GoogleRefusal(403, "PERMISSION_DENIED", words, "commentsDisabled", "youtube.commentThread")
        if not self._videos.processed(post):
            words = "The API server failed to successfully process the request."
            raise bad("processingFailure", words, "youtube.commentThread")
        spend_units(self._store, WRITE_UNITS)
        key = f"Ug{secrets.token_urlsafe(16)}"
        new = NewPost(NETWORK_NAME, COMMENT, {"videoId": post.public_id, "text": text}, request=sent, public_id=key)
        made = self._store.posts.add(account.id, new)
        return jsonify(_thread_json(made, post, account))

    def comments(self) -> Response:
        """GET commentThreads?videoId=: newest first."""
        account = self._videos.signed_in(*READING)
        parts("snippet", "id", "replies")
        if not request.args.get("videoId"):
            raise missing("videoId")
        post = self._videos.visible(account, request.args["videoId"])
        if post is None:
            raise video_not_found()
        spend_units(self._store, READ_UNITS)
        said = [
            one for one in self._store.posts.of_account(account.id, COMMENT) if one.body["videoId"] == post.public_id
        ]
        said.sort(key=lambda one: -one.id)
        start, end, following = page_of(len(said), 20, 100)
        items = [_thread_json(one, post, account) for one in said[start:end]]
        return jsonify(listed("commentThread", items, len(said), following))

    def delete_comment(self) -> Response:
        """DELETE comments?id=: 204, a second time 404."""
        account = self._videos.signed_in(FORCE_SSL)
        post = self._store.posts.get(account.id, COMMENT, request.args.get("id", ""))
        if post is None:
            words = "The specified comment could not be found."
            raise GoogleRefusal(404, "NOT_FOUND", words, "commentNotFound", "youtube.comment")
        spend_units(self._store, WRITE_UNITS)
        self._store.posts.delete(post.id)
        return Response("", 204)


def _check_picture(data: bytes) -> None:
    if not data:
        raise bad("mediaBodyRequired", "The request does not include the image content.", "youtube.thumbnail")
    if len(data) > LARGEST_THUMBNAIL:
        words = f"The thumbnail is larger than {LARGEST_THUMBNAIL} bytes."
        raise GoogleRefusal(400, "FAILED_PRECONDITION", words, "failedPrecondition", "youtube.thumbnail")
    try:
        with Image.open(io.BytesIO(data)) as image:
            known = image.format in ("JPEG", "PNG")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        known = False
    if not known:
        raise bad("invalidImage", "The provided image content is invalid.", "youtube.thumbnail")


def _check_comment(text: Any) -> None:
    if not isinstance(text, str) or not text.strip():
        raise bad("commentTextRequired", "The comment has no text.", "youtube.commentThread")
    if len(text) > LONGEST_COMMENT:
        raise bad("commentTextTooLong", "The comment exceeds the maximum size.", "youtube.commentThread")


def _related() -> tuple[Json, bytes]:
    """Return the JSON and the file of a multipart/related body."""
    if request.args.get("uploadType") != "multipart" or request.mimetype != "multipart/related":
        raise bad("badRequest", "This imitation takes captions as multipart uploads only.", "global")
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode()
    read = BytesParser(policy=default).parsebytes(head + request.get_data())
    pieces = [bytes(piece.get_payload(decode=True) or b"") for piece in read.iter_parts()]
    try:
        described = json.loads(pieces[0])
    except (IndexError, ValueError) as error:
        raise bad("badRequest", "Malformed multipart body.", "global") from error
    if len(pieces) != 2 or not isinstance(described, dict):
        raise bad("badRequest", "Malformed multipart body.", "global")
    return described, pieces[1]


def _caption_json(track: Json, updated_at: int) -> Json:
    kept = {name: track["snippet"][name] for name in ("videoId", "language", "name")}
    kinds = {"trackKind": "standard", "audioTrackType": "unknown", "isCC": False, "isLarge": False, "isDraft": False}
    snippet = kept | kinds | {"lastUpdated": iso_time(updated_at), "status": "serving"}
    return {"kind": "youtube#caption", "etag": etag(), "id": track["id"], "snippet": snippet}


def _thread_json(made: StoredPost, video: StoredPost, account: PracticeAccount) -> Json:
    comment = {
        "kind": "youtube#comment",
        "etag": etag(),
        "id": made.public_id,
        "snippet": {
            "textDisplay": made.body["text"],
            "textOriginal": made.body["text"],
            "authorDisplayName": f"@{account.handle}",
            "authorChannelId": {"value": account.public_id},
            "likeCount": made.likes,
            "publishedAt": iso_time(made.created_at),
            "updatedAt": iso_time(made.edited_at or made.created_at),
            "videoId": video.public_id,
        },
    }
    snippet = {"videoId": video.public_id, "topLevelComment": comment, "canReply": True, "totalReplyCount": 0}
    return {
        "kind": "youtube#commentThread",
        "etag": etag(),
        "id": made.public_id,
        "snippet": snippet | {"isPublic": True},
    }
