"""An imitation of Pinterest. Its addresses in `config/platforms.toml`, each served at `/practice/pinterest/<key>`:

- `api` stands for https://api.pinterest.com (every call begins with `v5/`, tokens too: `v5/oauth/token`);
- `login` for https://www.pinterest.com, where the browser visits `oauth/`;
- `upload` for the store of videos, whose address `POST v5/media` answers (an S3 bucket);
- `web` for https://www.pinterest.com, the readers' pages (`pin/ID/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from markupsafe import Markup

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.pinterest.boards import FIRST_BOARD, add_board
from scheduler.practice.networks.pinterest.server import PinterestImitation
from scheduler.practice.networks.pinterest.tokens import new_credentials
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore


class PinterestNetwork(PracticeNetwork):
    """Pinterest: accounts are opened by OAuth; every new one has a board."""

    name = "pinterest"
    label = "Pinterest"

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return PinterestImitation(store, surroundings).blueprint()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return tokens with every right that a scheduler asks for, and a first board."""
        board = add_board(store, account, FIRST_BOARD)
        more = new_credentials(store, account) | {"board": board.id}
        return PracticeCredentials(account.id, f"/practice/{self.name}", account.handle, more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as Pinterest forms it."""
        return f"/practice/{self.name}/web/pin/{public_id}/"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show title, description and board, the pictures or the video, and the card of the link."""
        body, attached = post.body, media.of_post(post.id)
        text = "\n\n".join(part for part in (str(body["title"]), str(body["description"])) if part)
        found = [attached[one] for one in body["media_ids"] if one in attached]
        alt = str(body["alt_text"])
        images = tuple(PracticeImage(media_path(self.name, one), alt, one.kind) for one in found)
        html = mastodon_html(text) + Markup("<p><small>Board: {}</small></p>").format(body["board_name"])
        return shown(post, account, (text, html, ""), (images, page_card(LinkCard(**post.card)) if post.card else None))


NETWORK = PinterestNetwork()
