"""A receiver of signed webhooks, as a customer's own endpoint would be."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from flask import Blueprint
from markupsafe import Markup, escape

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import PracticePost, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.webhook.server import WebhookReceiver
from scheduler.practice.posts import StoredPost

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore


class WebhookNetwork(PracticeNetwork):
    """Webhooks: every account is an address with a signing secret of its own."""

    name = "webhook"
    label = "Webhook"

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the receiver."""
        return WebhookReceiver(store).blueprint()

    def new_secret(self) -> str:
        """Return a signing secret."""
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return address and secret."""
        path = f"/practice/{self.name}/{account.handle}"
        return PracticeCredentials(account.id, path, account.handle, secret=account.secret)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address of an event."""
        return f"/practice/webhook/{account.handle}/events/{public_id}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show the text of an event, else its type."""
        data = post.body.get("data")
        text = str(data.get("text", "")) if isinstance(data, dict) else ""
        text = text or str(post.body.get("type", "event"))
        return shown(post, account, (text, Markup("<p>{}</p>").format(escape(text)), ""), ((), None))


NETWORK = WebhookNetwork()
