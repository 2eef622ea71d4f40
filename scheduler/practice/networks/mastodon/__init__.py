"""An imitation of a Mastodon server and of its kin, each below a path of its own (`flavours.py`).

Address of `platforms.toml`: `server`, which a real configuration does not have, because every person has their own; a
sign-in that names no server begins there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.mastodon.flavours import flavour_of_handle
from scheduler.practice.networks.mastodon.server import MastodonImitation
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

FULL_SCOPES = "read:accounts read:statuses write:statuses write:media"


class MastodonNetwork(PracticeNetwork):
    """Mastodon: accounts are opened by a bearer token."""

    name = "mastodon"
    label = "Mastodon"

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return MastodonImitation(store, surroundings.describe_link).blueprint()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return a token with every right that the connector asks for."""
        token = store.accounts.add_token(account.id, FULL_SCOPES)
        path = f"/practice/{self.name}{flavour_of_handle(account.handle).path}"
        return PracticeCredentials(account.id, path, account.handle, access_token=token)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as Mastodon forms it."""
        flavour = flavour_of_handle(account.handle)
        return f"/practice/mastodon{flavour.path}/@{account.handle}/{flavour.shown_id(public_id)}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show text, warning, attachments, or else the card of the link."""
        text, attached = str(post.body["text"]), media.of_post(post.id)
        found = [attached[one] for one in post.body["media_ids"] if one in attached]
        images = tuple(PracticeImage(media_path(self.name, one), one.description or "", one.kind) for one in found)
        card = page_card(LinkCard(**post.card)) if post.card and not images else None
        warning = " · ".join(filter(None, (str(post.body["spoiler_text"]), *_facts(post.body))))
        return shown(post, account, (text, mastodon_html(text), warning), (images, card))


def _facts(body: dict[str, Any]) -> list[str]:
    """Return what a reader should know of a status beside its words."""
    facts = [] if body.get("visibility", "public") == "public" else [f"Visibility: {body['visibility']}"]
    if body.get("in_reply_to_id"):
        facts.append(f"Reply to {body['in_reply_to_id']}")
    if body.get("poll"):
        facts.append(f"Poll: {', '.join(body['poll']['options'])}")
    if body.get("backdated_at"):
        facts.append("Backdated: stored, but no follower is told of it")
    return facts


NETWORK = MastodonNetwork()
