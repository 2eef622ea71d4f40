"""The server ("guild") that every practice account has: its channels, its bot and its webhooks.

Ids follow from the account's own: the account is the text channel that its posts go to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Place
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore

Json = dict[str, Any]

TEXT, ANNOUNCEMENT, FORUM, THREAD = 0, 5, 15, 11
IDS_PER_ACCOUNT = 16
_GUILD, _WEBHOOK, _BOT, _FORUM_WEBHOOK = 1, 2, 3, 7
EPOCH_MS = 1_420_070_400_000


@dataclass(frozen=True)
class Channel:
    """A channel: `writable` and `readable` are what the bot may do there."""

    id: str
    type: int
    name: str
    writable: bool = True
    readable: bool = True
    parent: str = ""


def channels(account: PracticeAccount) -> list[Channel]:
    """Return the channels of the account's guild: its own, an announcement channel, a forum, two closed ones."""
    return [
        Channel(_id(account, 0), TEXT, account.handle),
        Channel(_id(account, 4), ANNOUNCEMENT, "news"),
        Channel(_id(account, 5), FORUM, "articles"),
        Channel(_id(account, 6), TEXT, "rules", writable=False),
        Channel(_id(account, 8), TEXT, "staff", writable=False, readable=False),
    ]


def channel_of(store: PracticeStore, account: PracticeAccount, channel_id: str) -> Channel | None:
    """Return the channel or thread with this id in the account's guild, or None."""
    found = next((one for one in channels(account) if one.id == channel_id), None)
    if found is not None:
        return found
    thread = store.documents.get(Place("discord", "thread", channel_id))
    if thread is None or thread.account_id != account.id:
        return None
    return Channel(channel_id, THREAD, thread.body["name"], parent=thread.body["parent"])


def webhook_channel(account: PracticeAccount, webhook_id: str) -> Channel | None:
    """Return the channel that one of the account's two webhooks posts in, or None."""
    own, _news, forum, *_ = channels(account)
    return {webhook_id_of(account): own, _id(account, _FORUM_WEBHOOK): forum}.get(webhook_id)


def guild_id(account: PracticeAccount) -> str:
    """Return the id of the account's guild."""
    return _id(account, _GUILD)


def webhook_id_of(account: PracticeAccount) -> str:
    """Return the id of the webhook of the account's own channel."""
    return _id(account, _WEBHOOK)


def account_of_webhook(store: PracticeStore, webhook_id: str) -> PracticeAccount | None:
    """Return the account that a webhook belongs to, or None."""
    if not webhook_id.isdecimal():
        return None
    own = int(webhook_id) // IDS_PER_ACCOUNT * IDS_PER_ACCOUNT
    account = store.accounts.find("discord", str(own))
    return account if account and webhook_channel(account, webhook_id) else None


def new_message_id(store: PracticeStore) -> str:
    """Return a snowflake: milliseconds since 2015 and a count below them."""
    return str(store.posts.new_number("discord-message", (store.clock.now_ms() - EPOCH_MS) << 22))


def bot_json(account: PracticeAccount) -> Json:
    """Return the bot as a user."""
    return user_json(_id(account, _BOT), f"{account.handle}_bot", account.name) | {"bot": True}


def user_json(user_id: str, username: str, shown_name: str | None) -> Json:
    """Return a user."""
    plain = {"id": user_id, "username": username, "avatar": None, "discriminator": "0000", "global_name": shown_name}
    return plain | {"public_flags": 0, "flags": 0, "primary_guild": None}


def guild_json(account: PracticeAccount) -> Json:
    """Return the guild as the list of the bot's guilds tells it."""
    rights = str(1024 | 2048 | 16384 | 32768 | 65536)
    plain: Json = {"id": guild_id(account), "name": account.name, "icon": None, "banner": None, "features": []}
    return plain | {"owner": False, "permissions": rights}


def channel_json(account: PracticeAccount, channel: Channel, position: int = 0) -> Json:
    """Return a channel of the guild."""
    plain = {"id": channel.id, "type": channel.type, "name": channel.name, "guild_id": guild_id(account), "flags": 0}
    return plain | {"position": position, "parent_id": None, "topic": None, "permission_overwrites": []}


def thread_json(account: PracticeAccount, thread: Channel, post: StoredPost) -> Json:
    """Return a thread as its creation answers."""
    created = {"archived": False, "archive_timestamp": None, "auto_archive_duration": 4320, "locked": False}
    plain = {"id": thread.id, "type": THREAD, "name": thread.name, "guild_id": guild_id(account), "flags": 0}
    owner = {"parent_id": thread.parent, "owner_id": _id(account, _BOT), "message_count": 0, "member_count": 1}
    counted = {"total_message_sent": 1, "last_message_id": post.public_id}
    return plain | owner | counted | {"thread_metadata": created}


def webhook_json(account: PracticeAccount, webhook_id: str, channel: Channel) -> Json:
    """Return a webhook without its token."""
    plain = {"application_id": None, "avatar": None, "channel_id": channel.id, "guild_id": guild_id(account)}
    return plain | {"id": webhook_id, "name": account.name, "type": 1}


def _id(account: PracticeAccount, place: int) -> str:
    return str(int(account.public_id) + place)
