"""An imitation of the Telegram Bot API (10.1).

Addresses: `api` stands for https://api.telegram.org (calls go to `api/bot<token>/<method>`), `web` for https://t.me
(a message's own address is `web/<username>/<message id>`, for members `web/c/<number>/<message id>`).

Every account is a public channel with a bot of its own that may post in it. Not imitated: the budget of one message
a second (short bursts are allowed), rich messages, forum topics, native clients' own entity detection.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import Blueprint
from markupsafe import Markup, escape

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.telegram.messages import bot_id
from scheduler.practice.networks.telegram.server import TelegramImitation
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

_ID_RANGE = 9_000_000_000


class TelegramNetwork(PracticeNetwork):
    """Telegram: every account is a channel, opened by the token of its bot."""

    name = "telegram"
    label = "Telegram"

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return TelegramImitation(store, surroundings).blueprint()

    def new_public_id(self, number: int) -> str:
        """Return the chat id of a channel: -100 and ten digits."""
        return f"-100{1_000_000_000 + number % _ID_RANGE}"

    def new_password(self) -> str:
        """Return the part of a bot token after the colon: 35 characters."""
        return secrets.token_urlsafe(27)[:35]

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return the bot's token and the channel."""
        more = {"bot_token": f"{bot_id(account)}:{password}", "chat": f"@{account.handle}"}
        return PracticeCredentials(account.id, f"/practice/{self.name}", account.handle, more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as Telegram forms it."""
        return f"/practice/telegram/web/{account.handle}/{public_id}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show a message or an album: its caption is the text, replies and silence stand above it."""
        items, attached = post.body["items"], media.of_post(post.id)
        text = "\n\n".join(one["text"] for one in items if one["text"])
        linked = [one["url"] for item in items for one in item["entities"] if one["type"] == "text_link"]
        found = [attached[one["media_id"]] for one in items if one["media_id"] in attached]
        # Telegram has no alt text.
        images = tuple(PracticeImage(media_path(self.name, one), "", one.kind) for one in found if _is_shown(one.kind))
        files = [f"File: {one.media_type}, {one.size} bytes" for one in found if not _is_shown(one.kind)]
        card = page_card(LinkCard(**post.card)) if post.card else None
        html = mastodon_html(text) + Markup("").join(Markup("<p>{}</p>").format(escape(one)) for one in files + linked)
        return shown(post, account, (text, html, _facts(post)), (images, card))


def _is_shown(kind: str) -> bool:
    return kind in ("image", "video", "gifv")


def _facts(post: StoredPost) -> str:
    facts = []
    if post.body.get("reply_to"):
        facts.append(f"Reply to message {post.body['reply_to']}")
    if post.body.get("silent"):
        facts.append("Sent without a sound")
    return " · ".join(facts)


NETWORK = TelegramNetwork()
