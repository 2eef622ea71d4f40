"""An imitation of Instagram's publishing API, with both of its logins.

Served below `/practice/instagram/`, by the keys of `config/platforms.toml`:

| key | stands for |
|---|---|
| `api` | https://graph.instagram.com (sign-in with Instagram; `/api/v25.0/me/media`, `/api/refresh_access_token`) |
| `login` | https://www.instagram.com (`/login/oauth/authorize`) |
| `token` | https://api.instagram.com (`/token/oauth/access_token`) |
| `facebook_api` | https://graph.facebook.com (sign-in with Facebook; also deletes) |
| `facebook_login` | https://www.facebook.com (`/facebook_login/v25.0/dialog/oauth`) |
| `upload` | https://rupload.facebook.com (`/upload/ig-api-upload/v25.0/{container}`; a container answers the address) |
| `web` | https://www.instagram.com, for readers |

A practice account's fresh credentials are those of the sign-in with Instagram (`access_token` of 60 days, `expires_at`,
`user_id`, `login` = "instagram"); `facebook_credentials` makes those of the other one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import PracticeImage, PracticePost, media_path, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.meta.tokens import DATA_ACCESS_MS, LONG_MS, MetaTokens
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.instagram import nodes
from scheduler.practice.networks.instagram.login import FACEBOOK_SCOPES, SCOPES
from scheduler.practice.networks.instagram.server import InstagramImitation
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

_LABELS = {"REELS": "Reel", "STORY": "Story", "COMMENT": "Comment"}


class InstagramNetwork(PracticeNetwork):
    """Instagram: professional accounts."""

    name = nodes.NAME
    label = "Instagram"
    collections = nodes.COLLECTIONS

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return InstagramImitation(store, surroundings).blueprint()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return a long-lived token of the sign-in with Instagram."""
        token = MetaTokens(store, self.name).issue("instagram", account.id, SCOPES, LONG_MS)
        more = {
            "access_token": token,
            "scopes": " ".join(SCOPES),
            "expires_at": str(store.clock.now_ms() + LONG_MS),
            "user_id": account.public_id,
            "login": "instagram",
        }
        return PracticeCredentials(account.id, f"/practice/{self.name}", account.handle, access_token=token, more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address of a post."""
        return nodes.permalink(account, public_id)

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show the caption, the photos or the video with their alt texts, and what kind of post it is."""
        attached = media.of_post(post.id)
        found = [attached[one] for one in post.body["media"] if one in attached]
        images = tuple(PracticeImage(media_path(self.name, one), one.description or "", one.kind) for one in found)
        text = post.body["caption"]
        return shown(post, account, (text, mastodon_html(text), _LABELS.get(post.body["product"], "")), (images, None))


def facebook_credentials(store: PracticeStore, account: PracticeAccount) -> dict[str, str]:
    """Return what the sign-in with Facebook gives for the same account."""
    tokens = MetaTokens(store, nodes.NAME)
    user = tokens.read(tokens.issue("user", account.id, FACEBOOK_SCOPES, LONG_MS))
    return {
        "access_token": tokens.page_token(user, account.id),
        "scopes": " ".join(FACEBOOK_SCOPES),
        "dies_at": str(store.clock.now_ms() + DATA_ACCESS_MS),
        "user_id": account.public_id,
        "login": "facebook",
    }


NETWORK = InstagramNetwork()
