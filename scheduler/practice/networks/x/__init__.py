"""An imitation of X (API v2): OAuth 2 with PKCE, media upload, posts, credits, rate-limit headers.

The addresses that stand for the real ones, each below `/practice/x/`:

- `api`: https://api.x.com (`api/2/tweets`, `api/2/media/upload/...`, `api/2/oauth2/token`, `api/2/oauth2/revoke`)
- `login`: https://x.com for the browser that signs in (`login/i/oauth2/authorize`)
- `web`: https://x.com for readers (`web/<username>/status/<id>`, `web/i/web/status/<id>`)

An account whose handle ends in "premium" has X Premium: 25,000 characters and edits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials, PracticeError
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.x.server import ASKED_SCOPES, XImitation, sign_in
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

LONGEST_HANDLE = 15


class XNetwork(PracticeNetwork):
    """X: accounts are opened by a two-hour token and a refresh token that is good once."""

    name = "x"
    label = "X"

    def checked_handle(self, wish: str) -> str:
        """Return a username of at most 15 characters. Raises PracticeError."""
        handle = super().checked_handle(wish)
        if len(handle) > LONGEST_HANDLE:
            raise PracticeError(f"handle: X usernames have at most {LONGEST_HANDLE} characters.")
        return handle

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return XImitation(store, surroundings).blueprint()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return a sign-in with every right that a scheduler asks for."""
        more = sign_in(store).credentials(account, ASKED_SCOPES) | {"user_id": account.public_id}
        path, token = f"/practice/{self.name}/api", more["access_token"]
        return PracticeCredentials(account.id, path, account.handle, access_token=token, more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as X forms it."""
        return f"/practice/x/web/{account.handle}/status/{public_id}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show text, attachments or the card of the link; above a reply, what it replies to."""
        text, attached = str(post.body["text"]), media.of_post(post.id)
        found = [attached[one] for one in post.body["media_ids"] if one in attached]
        images = tuple(PracticeImage(media_path(self.name, one), one.description or "", one.kind) for one in found)
        card = page_card(LinkCard(**post.card)) if post.card and not images else None
        parent = post.body["reply_to"]
        words = (text, mastodon_html(text), f"In reply to {parent}" if parent else "")
        return shown(post, account, words, (images, card))


NETWORK = XNetwork()
