"""An imitation of Discord's HTTP API, version 10: webhooks and a bot. No gateway, no OAuth.

Addresses: `api` stands for https://discord.com/api (calls go to `api/v10/...`; a webhook's own address has no version,
`api/webhooks/<id>/<token>`), `web` for https://discord.com (a message's own address is
`web/channels/<guild>/<channel>/<message>`).

Every account is a text channel in a guild of its own. Beside it stand an announcement channel, a forum, a channel the
bot may only read and one it may not see; ids in `places.py`. `PracticeCredentials.more` also names a webhook of the
forum (`forum_url`). Not imitated: AutoMod, polls, components, stickers, slow mode, file limits of boosted guilds.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from markupsafe import Markup, escape

from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.practice.feed import LinkCard, PracticeImage, PracticePost, media_path, page_card, shown
from scheduler.practice.media import PracticeMediaLibrary
from scheduler.practice.network import PracticeNetwork, Surroundings
from scheduler.practice.networks.discord.places import IDS_PER_ACCOUNT, guild_id, webhook_id_of
from scheduler.practice.networks.discord.server import DiscordImitation
from scheduler.practice.posts import StoredPost
from scheduler.practice.richtext import mastodon_html

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

_FORUM_WEBHOOK_BEHIND = 5


class DiscordNetwork(PracticeNetwork):
    """Discord: an account is a channel, opened by a webhook's address or by a bot's token."""

    name = "discord"
    label = "Discord"

    def blueprint(self, store: PracticeStore, surroundings: Surroundings) -> Blueprint:
        """Return the server."""
        return DiscordImitation(store, surroundings).blueprint()

    def new_public_id(self, number: int) -> str:
        """Return the channel's id; the ids up to the next account's are its guild's, bot's and webhooks'."""
        return str(number * IDS_PER_ACCOUNT)

    def new_password(self) -> str:
        """Return the token of the account's webhooks: 68 characters."""
        return secrets.token_urlsafe(51)

    def credentials(self, store: PracticeStore, account: PracticeAccount, password: str) -> PracticeCredentials:
        """Return the webhook's address, and the bot's token with the channel."""
        webhook = webhook_id_of(account)
        forum = str(int(webhook) + _FORUM_WEBHOOK_BEHIND)
        more = {
            "url": f"/practice/discord/api/webhooks/{webhook}/{password}",
            "forum_url": f"/practice/discord/api/webhooks/{forum}/{password}",
            "bot_token": store.accounts.add_token(account.id, "bot"),
            "channel": account.public_id,
        }
        return PracticeCredentials(account.id, f"/practice/{self.name}", account.handle, more=more)

    def permalink_path(self, account: PracticeAccount, public_id: str) -> str:
        """Return the address as Discord forms it, in the account's own channel."""
        return f"/practice/discord/web/channels/{guild_id(account)}/{account.public_id}/{public_id}"

    def show(self, post: StoredPost, account: PracticeAccount, media: PracticeMediaLibrary) -> PracticePost:
        """Show content, embeds, files with their alt text, and where it stands."""
        body, attached = post.body, media.of_post(post.id)
        embeds = "\n\n".join(_embed_text(one) for one in body["embeds"])
        files = [(attached[one["id"]], one) for one in body["attachments"] if one["id"] in attached]
        images = tuple(
            PracticeImage(media_path(self.name, one), said["description"], one.kind)
            for one, said in files
            if one.kind != "document"
        )
        others = Markup("").join(
            Markup("<p>File: {}</p>").format(escape(said["filename"])) for one, said in files if one.kind == "document"
        )
        card = page_card(LinkCard(**post.card)) if post.card else None
        html = mastodon_html(body["content"]) + mastodon_html(embeds) + others
        return shown(post, account, (body["content"], html, _facts(post)), (images, card))


def _embed_text(embed: dict[str, Any]) -> str:
    lines = [embed.get("title"), embed.get("description"), embed.get("url")]
    lines += [f"{one.get('name')}: {one.get('value')}" for one in embed.get("fields") or []]
    return "\n".join(str(one) for one in lines if one)


def _facts(post: StoredPost) -> str:
    body = post.body
    facts = [f"As {body['username']}"] if body["username"] else []
    facts += [f"Forum post: {body['thread_name']}"] if body["thread_name"] else []
    facts += [f"Reply to message {body['reply_to']}"] if body["reply_to"] else []
    return " · ".join(facts)


NETWORK = DiscordNetwork()
