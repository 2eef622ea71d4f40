"""An imitation of YouTube: one practice account is one channel.

Served below `/practice/youtube/`, each key for a real address:

- `login` https://accounts.google.com (authorize page `/o/oauth2/v2/auth`)
- `token` https://oauth2.googleapis.com (`/token`, `/revoke`)
- `api` https://www.googleapis.com (`/youtube/v3/...`)
- `upload` https://www.googleapis.com/upload (`/youtube/v3/videos`, `.../thumbnails/set`, `.../captions`)
- `analytics` https://youtubeanalytics.googleapis.com (`/v2/reports`)
- `web` https://www.youtube.com (`/watch?v=`, `/shorts/`)

The same file a second time on a channel is rejected as a duplicate, bytes that are no video fail in processing. A
project that was not audited (document `project`/`practice-app` with `{"audited": false}`) locks its uploads to
private; a channel without a verified phone (document `channel`/id with `{"phone_verified": false}`) has no
thumbnails. Views are the reposts of a practice post. Not imitated: search, multipart upload of videos, how long a
video lasts (15 minutes for unverified channels), live streams.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from flask import Blueprint
from markupsafe import Markup

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import PracticeImage, PracticePost, media_path, shown
from scheduler.practice.google_sign_in import GoogleSignIn
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.youtube.additions import COMMENT
from scheduler.practice.networks.youtube.rules import CATEGORIES
from scheduler.practice.networks.youtube.server import API, YouTubeImitation
from scheduler.practice.networks.youtube.wire import NETWORK_NAME
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore


class YouTubeNetwork(PracticeNetwork):
    """YouTube: channels are opened by a Google sign-in."""

    name = NETWORK_NAME
    label = "YouTube"
    collections = ("", COMMENT)

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the servers."""
        return YouTubeImitation(store).blueprint()

    def new_public_id(self, number: int) -> str:
        """Return a channel id: UC and 22 characters."""
        return "UC" + base64.urlsafe_b64encode(number.to_bytes(16, "big")).decode().rstrip("=")

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return a sign-in and the channel."""
        more = GoogleSignIn(store, API).credentials(account) | {"channel": account.public_id}
        path = f"/practice/{self.name}"
        return PracticeCredentials(account.id, path, account.handle, access_token=more["access_token"], more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as YouTube forms it."""
        return f"/practice/{self.name}/web/watch?v={public_id}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show title, description and video with what is set for it, or a comment with the video it is about."""
        if post.collection == COMMENT:
            html = Markup('<p class="muted">Comment on the video {}</p>').format(post.body["videoId"])
            return shown(post, account, (post.body["text"], html + mastodon_html(post.body["text"]), ""), ((), None))
        snippet = post.body["snippet"]
        text = f"{snippet['title']}\n\n{snippet.get('description', '')}".strip()
        html = Markup("<p><strong>{}</strong></p>").format(snippet["title"])
        html += mastodon_html(snippet.get("description", ""))
        html += Markup("").join(Markup('<p class="muted">{}</p>').format(fact) for fact in _facts(post))
        return shown(post, account, (text, html, _trouble(post)), (self._looks(post, media), None))

    def _looks(self, post: StoredPost, media: PracticeMediaLibrary) -> tuple[PracticeImage, ...]:
        titles = {"video": str(post.body["snippet"]["title"]), "thumbnail": "Thumbnail"}
        kinds = {"video": "video", "thumbnail": "image"}
        files = media.of_post(post.id).values()
        return tuple(PracticeImage(media_path(self.name, one), titles[one.kind], kinds[one.kind]) for one in files)


def _facts(post: StoredPost) -> list[str]:
    snippet, status = post.body["snippet"], post.body["status"]
    facts = [f"{status['privacyStatus'].capitalize()} · {CATEGORIES[snippet['categoryId']][0]}"]
    if status.get("publishAt"):
        facts.append(f"Becomes public at {status['publishAt']}")
    if snippet.get("tags"):
        facts.append("Tags: " + ", ".join(snippet["tags"]))
    if status.get("selfDeclaredMadeForKids"):
        facts.append("Made for kids")
    return facts


def _trouble(post: StoredPost) -> str:
    fate = post.body["fate"]
    reason = fate.get("failureReason") or fate.get("rejectionReason")
    return f"Processing ends as {fate['uploadStatus']}: {reason}." if reason else ""


NETWORK = YouTubeNetwork()
