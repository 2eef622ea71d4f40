"""An imitation of Threads. Its addresses in `config/platforms.toml`, each served at `/practice/threads/<key>`:

- `api` stands for https://graph.threads.net (calls with or without `v1.0/`, tokens too);
- `login` for https://threads.net, where the browser visits `oauth/authorize`;
- `web` for https://www.threads.net, the readers' pages (`@handle/post/CODE`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from markupsafe import Markup

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.threads.posts import REPLY, TOP, shortcode
from scheduler.practice.networks.threads.server import ThreadsImitation
from scheduler.practice.networks.threads.tokens import new_credentials
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore


class ThreadsNetwork(PracticeNetwork):
    """Threads: accounts are opened by OAuth."""

    name = "threads"
    label = "Threads"
    collections = (TOP, REPLY)

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return ThreadsImitation(store, surroundings).blueprint()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return a long-lived token with every right that a scheduler asks for."""
        return PracticeCredentials(
            account.id, f"/practice/{self.name}", account.handle, more=new_credentials(store, account)
        )

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as Threads forms it."""
        return f"/practice/{self.name}/web/@{account.handle}/post/{shortcode(public_id)}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show text, what was chosen for it, its media in their order, or else the card of its link."""
        text, attached = str(post.body["text"]), media.of_post(post.id)
        found = [attached[one] for one in post.body["media_ids"] if one in attached]
        images = tuple(PracticeImage(media_path(self.name, one), one.description or "", one.kind) for one in found)
        card = page_card(LinkCard(**post.card)) if post.card and not images else None
        return shown(post, account, (text, mastodon_html(text) + _chosen_facts(post), ""), (images, card))


def _chosen_facts(post: StoredPost) -> Markup:
    options = post.body["options"]
    facts = {
        "Reply to": options.get("reply_to_id"),
        "Quotes": options.get("quote_post_id"),
        "Topic:": options.get("topic_tag"),
        "Who may reply:": options.get("reply_control"),
        "Spoiler:": options.get("is_spoiler_media"),
        "Repost of": post.request.get("repost"),
    }
    said = " · ".join(f"{name} {value}" for name, value in facts.items() if value)
    return Markup("<p><small>{}</small></p>").format(said) if said else Markup("")


NETWORK = ThreadsNetwork()
