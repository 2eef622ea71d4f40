"""The servers behind YouTube, each under the key of its address."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges, note_switch
from scheduler.practice.google_answers import GoogleRefusal, not_found, refusal_answer, service_disabled
from scheduler.practice.google_sign_in import GoogleApi, GoogleSignIn
from scheduler.practice.networks.youtube.additions import Additions
from scheduler.practice.networks.youtube.channel import Channel
from scheduler.practice.networks.youtube.uploads import Uploads
from scheduler.practice.networks.youtube.videos import Videos
from scheduler.practice.networks.youtube.wire import (
    ANALYTICS,
    FORCE_SSL,
    HOST,
    MANAGE,
    NETWORK_NAME,
    READ,
    UPLOAD,
)
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

API = GoogleApi(NETWORK_NAME, "YouTube", (UPLOAD, READ, FORCE_SSL, ANALYTICS, MANAGE))

Handler = Callable[[], Response]


class YouTubeImitation:
    """Sign-in and routes; what the calls do stands in uploads, videos, additions and channel."""

    def __init__(self, store: PracticeStore) -> None:
        """Serve the channels of `store`."""
        self._store = store
        self.sign_in = GoogleSignIn(store, API)
        videos = Videos(store, self._signed_in)
        uploads, channel, additions = Uploads(store, videos), Channel(store, videos), Additions(store, videos)
        self._routes: dict[tuple[str, str, str], Handler] = {
            ("upload", "POST", "youtube/v3/videos"): uploads.start,
            ("upload", "PUT", "youtube/v3/videos"): uploads.take,
            ("upload", "POST", "youtube/v3/thumbnails/set"): additions.thumbnail,
            ("upload", "POST", "youtube/v3/captions"): additions.add_captions,
            ("api", "GET", "youtube/v3/videos"): videos.listing,
            ("api", "PUT", "youtube/v3/videos"): videos.change,
            ("api", "DELETE", "youtube/v3/videos"): videos.delete,
            ("api", "GET", "youtube/v3/channels"): channel.channels,
            ("api", "GET", "youtube/v3/playlists"): channel.playlists,
            ("api", "GET", "youtube/v3/playlistItems"): channel.playlist_items,
            ("api", "POST", "youtube/v3/playlistItems"): channel.add_to_playlist,
            ("api", "GET", "youtube/v3/videoCategories"): channel.categories,
            ("api", "GET", "youtube/v3/captions"): additions.captions,
            ("api", "GET", "youtube/v3/commentThreads"): additions.comments,
            ("api", "POST", "youtube/v3/commentThreads"): additions.comment,
            ("api", "DELETE", "youtube/v3/comments"): additions.delete_comment,
            ("analytics", "GET", "v2/reports"): channel.report,
        }

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/youtube`."""
        blueprint = Blueprint("practice_youtube", __name__, url_prefix=f"/practice/{NETWORK_NAME}")
        methods = ["GET", "POST", "PUT", "DELETE"]
        blueprint.add_url_rule("/<any(api,upload,analytics):host>/<path:call>", "api", self._call, methods=methods)
        blueprint.add_url_rule("/web/watch", "post", self._visit)
        blueprint.add_url_rule("/web/shorts/<video_id>", "short", self._visit)
        self.sign_in.mount(blueprint)
        serve_pictures(blueprint, self._store, NETWORK_NAME)
        log_exchanges(blueprint, self._store, NETWORK_NAME)
        return blueprint

    def _call(self, host: str, call: str) -> Response:
        handler = self._routes.get((host, request.method, call))
        try:
            return handler() if handler else refusal_answer(not_found("Method not found."), older_form=True)
        except GoogleRefusal as refusal:
            return refusal_answer(refusal, older_form=True)
        except RequestEntityTooLarge:
            drain_body()
            return refusal_answer(GoogleRefusal(413, "OUT_OF_RANGE", "The request is too large.", "uploadTooLarge"))

    def _signed_in(self, *scopes: str) -> PracticeAccount:
        account = self.sign_in.signed_in(*scopes)
        switch = self._store.switches.take(account.id, FailureSwitch.MISCONFIGURED_APP)
        if switch is not None:
            note_switch(switch)
            raise service_disabled("YouTube Data API v3", HOST)
        return account

    def _visit(self, video_id: str = "") -> AnyResponse:
        found = self._store.posts.by_public_id(NETWORK_NAME, video_id or request.args.get("v", ""))
        comment = self._store.posts.by_public_id(NETWORK_NAME, request.args.get("lc", "")) if found else None
        shown = comment or found
        return to_feed(NETWORK_NAME, shown.id) if shown else Response("There is no such video.", 404)
