"""The channel of a sign-in: itself, its uploads, its one playlist, and its numbers."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from flask import Response, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Place
from scheduler.practice.google_answers import GoogleRefusal
from scheduler.practice.networks.youtube.rules import CATEGORIES
from scheduler.practice.networks.youtube.videos import Videos, thumbnails
from scheduler.practice.networks.youtube.wire import (
    ANALYTICS,
    NETWORK_NAME,
    READ_UNITS,
    READING,
    WRITE_UNITS,
    WRITING,
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
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore

CHANNEL_PARTS = ("id", "snippet", "contentDetails", "statistics", "status")
ITEM_PARTS = ("id", "snippet", "contentDetails", "status")
DEFAULT_ITEMS, MOST_ITEMS = 5, 50
COUNTED = {"views": "reposts", "likes": "likes", "comments": "replies"}
"""Which count of a practice post stands for which metric; the others are zero."""
METRICS = (*COUNTED, "estimatedMinutesWatched", "averageViewDuration", "shares", "subscribersGained")


def uploads_id(account: PracticeAccount) -> str:
    """Return the playlist of everything a channel uploaded."""
    return f"UU{account.public_id[2:]}"


def playlist_id(account: PracticeAccount) -> str:
    """Return the one playlist that every practice channel has."""
    return f"PL{account.public_id[2:]}"


class Channel:
    """Channels, playlists, categories and analytics."""

    def __init__(self, store: PracticeStore, videos: Videos) -> None:
        """Read from `store`; `videos` knows who is signed in and what may be seen."""
        self._store = store
        self._videos = videos

    def channels(self) -> Response:
        """GET channels?mine=true or ?id=."""
        account = self._videos.signed_in(*READING)
        wanted = parts(*CHANNEL_PARTS)
        if request.args.get("mine") != "true" and not request.args.get("id"):
            raise missing("id, mine, managedByMe, categoryId, forUsername or forHandle")
        spend_units(self._store, READ_UNITS)
        named = request.args.get("id", account.public_id).split(",")
        mine = [self._channel_json(account, wanted)] if account.public_id in named else []
        return jsonify(listed("channel", mine, len(mine)))

    def playlists(self) -> Response:
        """GET playlists?mine=true."""
        account = self._videos.signed_in(*READING)
        parts("id", "snippet", "status", "contentDetails")
        if request.args.get("mine") != "true":
            raise missing("channelId, id or mine")
        spend_units(self._store, READ_UNITS)
        snippet = {"title": "Practice playlist", "channelId": account.public_id, "channelTitle": account.name}
        item = {"kind": "youtube#playlist", "etag": etag(), "id": playlist_id(account), "snippet": snippet}
        return jsonify(listed("playlist", [item], 1))

    def playlist_items(self) -> Response:
        """GET playlistItems?playlistId=: of the uploads, newest first, private ones too."""
        account = self._videos.signed_in(*READING)
        wanted, playlist = parts(*ITEM_PARTS), request.args.get("playlistId", "")
        if not playlist:
            raise missing("id or playlistId")
        spend_units(self._store, READ_UNITS)
        posts = self._posts_of(account, playlist)
        start, end, following = page_of(len(posts), DEFAULT_ITEMS, MOST_ITEMS)
        items = [self._item_json(account, post, playlist, wanted) for post in posts[start:end]]
        return jsonify(listed("playlistItem", items, len(posts), following))

    def add_to_playlist(self) -> Response:
        """POST playlistItems."""
        account = self._videos.signed_in(*WRITING)
        wanted, snippet = parts(*ITEM_PARTS), resource().get("snippet", {})
        video = snippet.get("resourceId", {})
        if not snippet.get("playlistId"):
            raise bad("playlistIdRequired", "The subscribe request does not specify a value.", "youtube.playlistItem")
        if video.get("kind") != "youtube#video" or not video.get("videoId"):
            raise bad("resourceIdRequired", "The request must contain a resource id.", "youtube.playlistItem")
        if snippet["playlistId"] != playlist_id(account):
            raise _playlist_not_found()
        post = self._videos.visible(account, video["videoId"])
        if post is None:
            raise video_not_found()
        spend_units(self._store, WRITE_UNITS)
        key = f"{post.public_id}.{secrets.token_hex(4)}"
        self._store.documents.put(Place(NETWORK_NAME, "playlist_item", key), {"video": post.public_id}, account.id)
        return jsonify(self._item_json(account, post, snippet["playlistId"], wanted))

    def categories(self) -> Response:
        """GET videoCategories?regionCode=."""
        self._videos.signed_in(*READING)
        parts("id", "snippet")
        if not (request.args.get("regionCode") or request.args.get("id")):
            raise missing("id or regionCode")
        spend_units(self._store, READ_UNITS)
        items = [_category_json(key, *CATEGORIES[key]) for key in CATEGORIES]
        return jsonify(listed("videoCategory", items, len(items)))

    def report(self) -> Response:
        """GET v2/reports of the Analytics API: the sums of the channel's videos."""
        account = self._videos.signed_in(ANALYTICS)
        metrics = [name for name in request.args.get("metrics", "").split(",") if name]
        days = [request.args.get(side, "") for side in ("startDate", "endDate")]
        known = request.args.get("ids") in ("channel==MINE", f"channel=={account.public_id}")
        if not known or not metrics or set(metrics) - set(METRICS) or not all(_is_day(day) for day in days):
            raise bad("badRequest", "The query is not supported.", "global")
        only = dict(one.partition("==")[::2] for one in request.args.get("filters", "").split(";") if one)
        posts = self._store.posts.of_account(account.id, "")
        chosen = [post for post in posts if only.get("video", post.public_id) == post.public_id and _within(post, days)]
        return jsonify(_report_json(metrics, chosen, request.args.get("dimensions", "")))

    def _posts_of(self, account: PracticeAccount, playlist: str) -> list[StoredPost]:
        posts = sorted(self._store.posts.of_account(account.id, ""), key=lambda post: -post.id)
        if playlist == uploads_id(account):
            return posts
        if playlist != playlist_id(account):
            raise _playlist_not_found()
        kept = self._store.documents.all(NETWORK_NAME, "playlist_item", account.id)
        known = {post.public_id: post for post in posts}
        return [known[one.body["video"]] for one in kept if one.body["video"] in known]

    def _channel_json(self, account: PracticeAccount, wanted: list[str]) -> Json:
        picture = f"{request.url_root}practice/{NETWORK_NAME}/avatar/{account.handle}.png"
        videos = self._store.posts.of_account(account.id, "")
        all_parts: Json = {
            "snippet": {
                "title": account.name,
                "description": "",
                "customUrl": f"@{account.handle}",
                "publishedAt": iso_time(account.created_at),
                "thumbnails": thumbnails(picture),
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": uploads_id(account)}},
            "statistics": {
                "viewCount": str(sum(video.reposts for video in videos)),
                "subscriberCount": "1",
                "hiddenSubscriberCount": False,
                "videoCount": str(len(videos)),
            },
            "status": {"privacyStatus": "public", "isLinked": True, "longUploadsStatus": "allowed"},
        }
        found = {name: value for name, value in all_parts.items() if name in wanted}
        return {"kind": "youtube#channel", "etag": etag(), "id": account.public_id} | found

    def _item_json(self, account: PracticeAccount, post: StoredPost, playlist: str, wanted: list[str]) -> Json:
        read = self._videos.snippet(post, account)
        all_parts: Json = {
            "snippet": {name: read[name] for name in ("title", "description", "publishedAt", "thumbnails")}
            | {
                "channelId": account.public_id,
                "channelTitle": account.name,
                "playlistId": playlist,
                "resourceId": {"kind": "youtube#video", "videoId": post.public_id},
            },
            "contentDetails": {"videoId": post.public_id, "videoPublishedAt": read["publishedAt"]},
            "status": {"privacyStatus": self._videos.privacy(post)},
        }
        found = {name: value for name, value in all_parts.items() if name in wanted}
        return {"kind": "youtube#playlistItem", "etag": etag(), "id": f"{playlist}.{post.public_id}"} | found


def _playlist_not_found() -> GoogleRefusal:
    message = "The playlist identified with the request's playlistId parameter cannot be found."
    return GoogleRefusal(404, "NOT_FOUND", message, "playlistNotFound", "youtube.playlistItem")


def _category_json(key: str, title: str, assignable: bool) -> Json:
    snippet = {"title": title, "assignable": assignable, "channelId": "UCBR8-60-B28hp2BmDPdntcQ"}
    return {"kind": "youtube#videoCategory", "etag": etag(), "id": key, "snippet": snippet}


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _within(post: StoredPost, days: list[str]) -> bool:
    return days[0] <= to_datetime(post.created_at).date().isoformat() <= days[1]


def _report_json(metrics: list[str], posts: list[StoredPost], dimension: str) -> Json:
    counts = [[getattr(post, COUNTED[name]) if name in COUNTED else 0 for name in metrics] for post in posts]
    columns: list[Any] = [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
    if dimension == "video":
        rows: list[Any] = [[post.public_id, *row] for post, row in zip(posts, counts, strict=True)]
        columns = [{"name": "video", "columnType": "DIMENSION", "dataType": "STRING"}, *columns]
    else:
        rows = [[sum(column) for column in zip(*counts, strict=True)]] if counts else []
    return {"kind": "youtubeAnalytics#resultTable", "columnHeaders": columns, "rows": rows}
