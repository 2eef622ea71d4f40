"""An imitation of Slack: incoming webhooks and the Web API with a bot token.

Addresses: `api` stands for https://slack.com/api (`api/<method>`), `login` for https://slack.com (the page to allow
the app is `login/oauth/v2/authorize`), `hooks` for https://hooks.slack.com (`hooks/services/T.../B.../...`), `web` for
the workspace's own https://<team>.slack.com (`web/archives/<channel>/p<digits of ts>`). Upload addresses come from
files.getUploadURLExternal whole.

Every account is a public channel of a workspace of its own, the bot in it. Beside it: `general` (not joined), `staff`
(private), `announcements` (the bot may not write) and `old-news` (archived); ids in `places.py`. Not imitated: token
rotation, scheduling, names in place of channel ids, attachments' own limits, enterprise grids.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import Blueprint
from markupsafe import Markup, escape

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.grants import Grant
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.slack.content import block_texts
from scheduler.practice.networks.slack.places import code_of
from scheduler.practice.networks.slack.server import ASKED_SCOPES, SlackImitation, new_bot_token, sign_in
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class SlackNetwork(PracticeNetwork):
    """Slack: an account is a channel, opened by a webhook's address or by a bot's token."""

    name = "slack"
    label = "Slack"

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return SlackImitation(store, surroundings).blueprint()

    def new_public_id(self, number: int) -> str:
        """Return a channel id: C and capital letters and digits."""
        code = ""
        while number:
            number, digit = divmod(number, len(_DIGITS))
            code = _DIGITS[digit] + code
        return f"C{code}"

    def new_password(self) -> str:
        """Return the last part of the webhook's address: 24 letters and digits."""
        return secrets.token_hex(12)

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return the webhook's address, and the bot's token with the channel."""
        oauth, code = sign_in(store), code_of(account)
        token = new_bot_token(oauth, Grant(account, frozenset(ASKED_SCOPES), oauth.grants.new_family()))
        more = {
            "url": f"/practice/slack/hooks/services/T{code}/B{code}/{password}",
            "bot_token": token,
            "access_token": token,
            "scopes": " ".join(ASKED_SCOPES),
            "channel": account.public_id,
        }
        return PracticeCredentials(account.id, f"/practice/{self.name}", account.handle, more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as Slack forms it, in the account's own channel."""
        return f"/practice/slack/web/archives/{account.public_id}/p{public_id.replace('.', '')}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show text, blocks, files with their alt text, and what it replies to."""
        body, attached = post.body, media.of_post(post.id)
        found = [attached[one["id"]] for one in body["files"] if one["id"] in attached]
        images = tuple(
            PracticeImage(media_path(self.name, one), one.description or "", one.kind)
            for one in found
            if one.kind != "document"
        )
        blocks = "\n\n".join(text for block in body["blocks"] for text in [*block_texts(block), *_picture(block)])
        files = [f"File: {one.media_type}, {one.size} bytes" for one in found if one.kind == "document"]
        html = mastodon_html(body["text"]) + (mastodon_html(blocks) if blocks != body["text"] else Markup(""))
        html += Markup("").join(Markup("<p>{}</p>").format(escape(one)) for one in files)
        card = page_card(LinkCard(**post.card)) if post.card else None
        warning = f"Reply to message {body['thread_ts']}" if body["thread_ts"] else ""
        return shown(post, account, (body["text"], html, warning), (images, card))


def _picture(block: dict[str, object]) -> list[str]:
    # A picture at an outside address is named, not fetched by the reader's browser.
    return [f"Picture: {block.get('alt_text')}"] if block.get("type") == "image" else []


NETWORK = SlackNetwork()
