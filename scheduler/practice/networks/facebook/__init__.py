"""An imitation of Facebook Pages (Graph API).

Served below `/practice/facebook/`, by the keys of `config/platforms.toml`:

| key | stands for |
|---|---|
| `api` | https://graph.facebook.com (the version is the first part of the path: `/api/v25.0/me/accounts`) |
| `video` | https://graph-video.facebook.com (`/video/v25.0/{page}/videos`; `api` takes the same call) |
| `upload` | https://rupload.facebook.com (`/upload/video-upload/v25.0/{video}`; starting a reel or story names it) |
| `login` | https://www.facebook.com (`/login/v25.0/dialog/oauth`) |
| `web` | https://www.facebook.com, for readers |

A practice account is a Page; its fresh credentials are an unexpiring Page token (`access_token`), `page_id` and the
end of data access (`dies_at`, 90 days).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.meta.tokens import DATA_ACCESS_MS, LONG_MS, MetaTokens
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.facebook import nodes
from scheduler.practice.networks.facebook.server import SCOPES, FacebookImitation
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore


class FacebookNetwork(PracticeNetwork):
    """Facebook: accounts are Pages, opened by Page tokens."""

    name = nodes.NAME
    label = "Facebook Page"
    collections = nodes.COLLECTIONS

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return FacebookImitation(store, surroundings).blueprint()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return a Page token as it comes from a long-lived user token."""
        tokens = MetaTokens(store, self.name)
        user = tokens.read(tokens.issue("user", account.id, SCOPES, LONG_MS))
        more = {
            "access_token": tokens.page_token(user, account.id),
            "scopes": " ".join(user.scopes),
            "dies_at": str(store.clock.now_ms() + DATA_ACCESS_MS),
            "page_id": account.public_id,
        }
        path = f"/practice/{self.name}"
        return PracticeCredentials(account.id, path, account.handle, access_token=more["access_token"], more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address of a post."""
        return nodes.permalink(account, public_id)

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show text, photos or video, the card of the link, and what kind of post it is."""
        attached = media.of_post(post.id)
        found = [attached[one] for one in post.body["media"] if one in attached]
        images = tuple(PracticeImage(media_path(self.name, one), one.description or "", one.kind) for one in found)
        link = post.body["link"]
        card = page_card(LinkCard(**post.card) if post.card else LinkCard(link, link)) if link else None
        text = post.body["message"]
        return shown(post, account, (text, mastodon_html(text), _label(post)), (images, card))


def _label(post: StoredPost) -> str:
    if post.collection == nodes.COMMENTS:
        return "Comment under a post of the Page"
    if post.collection == nodes.STORIES:
        return "Story"
    if post.body["scheduled_at"]:
        return "Scheduled by Facebook itself"
    return "Reel" if post.body["kind"] == "reel" else "" if post.body["published"] else "Not published"


NETWORK = FacebookNetwork()
