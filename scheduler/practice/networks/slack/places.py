"""The workspace that every practice account has: its channels and who the bot is there.

Ids follow from the account's own: the account is the channel that its posts go to.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Place
from scheduler.practice.networks.slack.wire import Json
from scheduler.practice.store import PracticeStore


@dataclass(frozen=True)
class Channel:
    """A channel; `member` tells whether the bot is in it."""

    id: str
    name: str
    member: bool = True
    private: bool = False
    archived: bool = False
    read_only: bool = False


def code_of(account: PracticeAccount) -> str:
    """Return the letters and digits that all ids of the account's workspace share."""
    return account.public_id[1:]


def team_id(account: PracticeAccount) -> str:
    """Return the id of the workspace."""
    return f"T{code_of(account)}"


def channels(store: PracticeStore, account: PracticeAccount) -> list[Channel]:
    """Return the channels of the workspace: the account's own and one of each other sort."""
    code = code_of(account)
    joined = store.documents.get(Place("slack", "member", f"C{code}G")) is not None
    own = Channel(account.public_id, account.handle, archived=account.status == "suspended")
    return [
        own,
        Channel(f"C{code}G", "general", member=joined),
        Channel(f"C{code}P", "staff", private=True),
        Channel(f"C{code}R", "announcements", read_only=True),
        Channel(f"C{code}A", "old-news", archived=True),
    ]


def channel_of(store: PracticeStore, account: PracticeAccount, channel_id: str) -> Channel | None:
    """Return the channel with this id, or None."""
    return next((one for one in channels(store, account) if one.id == channel_id), None)


def channel_json(account: PracticeAccount, channel: Channel) -> Json:
    """Return a channel as the conversations calls tell it."""
    kind = {"is_channel": not channel.private, "is_group": channel.private, "is_im": False, "is_mpim": False}
    state = {"is_archived": channel.archived, "is_member": channel.member, "is_private": channel.private}
    about = {"created": account.created_at // 1000, "creator": f"U{code_of(account)}", "is_general": False}
    words = {name: {"value": "", "creator": "", "last_set": 0} for name in ("topic", "purpose")}
    plain = {"id": channel.id, "name": channel.name, "name_normalized": channel.name, "is_shared": False}
    return plain | kind | state | about | words


def team_json(account: PracticeAccount, base: str) -> Json:
    """Return who the bot is, as auth.test tells it."""
    code = code_of(account)
    names = {"url": f"{base}/", "team": account.name, "user": "drumbeat"}
    return names | {"team_id": team_id(account), "user_id": f"U{code}", "bot_id": f"B{code}"}
