"""The calls of a Discord bot: who it is, its guild and channels, and messages with a nonce."""

from __future__ import annotations

import threading
from typing import Any

from flask import Response, g, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.documents import Place
from scheduler.practice.networks.discord.messages import DiscordMessages, Sender
from scheduler.practice.networks.discord.places import (
    ANNOUNCEMENT,
    FORUM,
    Channel,
    bot_json,
    channel_json,
    channel_of,
    channels,
    guild_id,
    guild_json,
    thread_json,
)
from scheduler.practice.networks.discord.switched import AFTER, LIES, refuse_if_switched
from scheduler.practice.networks.discord.wire import (
    CHANNEL_BUDGET,
    CROSSPOST_BUDGET,
    DiscordRefusal,
    body_fields,
    invalid_form,
    spend,
    unauthorized,
)
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

NONCE_LIFETIME_MS = 5 * 60_000
CROSSPOSTED = 1

Json = dict[str, Any]


class DiscordBot:
    """Calls with `Authorization: Bot <token>`."""

    def __init__(self, store: PracticeStore, messages: DiscordMessages, lock: threading.Lock) -> None:
        """Serve the bots of `store`; `lock` keeps two requests with one nonce apart."""
        self._store = store
        self._messages = messages
        self._lock = lock

    def me(self) -> Response:
        """GET /users/@me."""
        account = self._signed_in()
        return jsonify(bot_json(account) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None})

    def guilds(self) -> Response:
        """GET /users/@me/guilds."""
        return jsonify([guild_json(self._signed_in())])

    def channels(self, guild: str) -> Response:
        """GET /guilds/:id/channels: all of them, readable or not."""
        account = self._signed_in()
        if guild != guild_id(account):
            raise DiscordRefusal(404, 10004, "Unknown Guild")
        return jsonify([channel_json(account, one, place) for place, one in enumerate(channels(account))])

    def channel(self, channel_id: str) -> Response:
        """GET /channels/:id."""
        account = self._signed_in()
        return jsonify(channel_json(account, self._channel(account, channel_id)))

    def listing(self, channel_id: str) -> Response:
        """GET /channels/:id/messages, newest first."""
        account = self._signed_in()
        self._channel(account, channel_id)
        found = self._messages.listing(account, channel_id)
        return jsonify([self._messages.told(post, account, reactions=True) for post in found])

    def send(self, channel_id: str) -> Response:
        """POST /channels/:id/messages; with `enforce_nonce` a nonce used just now gives the first message again."""
        account, channel = self._publisher(channel_id)
        if channel.type == FORUM:
            raise DiscordRefusal(400, 50008, "Cannot send messages in a non-text channel")
        fields = body_fields()
        with self._lock:
            post = self._first(account, channel, fields) or self._made(Sender(account, channel), fields)
        nonce = {"nonce": fields["nonce"]} if fields.get("nonce") is not None else {}
        return self._sent(account, self._messages.told(post, account) | nonce)

    def start_thread(self, channel_id: str) -> Response:
        """POST /channels/:id/threads in a forum: a post with a name and its first message."""
        account, channel = self._publisher(channel_id)
        fields = body_fields()
        first, name = fields.get("message"), fields.get("name")
        if channel.type != FORUM:
            raise DiscordRefusal(400, 50024, "Cannot execute action on this channel type")
        if not isinstance(name, str) or not 1 <= len(name) <= 100 or not isinstance(first, dict):
            missing = "message" if isinstance(name, str) and name else "name"
            raise invalid_form({missing: ("BASE_TYPE_REQUIRED", "This field is required")})
        post = self._messages.send(Sender(account, channel), first | {"thread_name": name})
        thread = Channel(post.body["channel_id"], 11, name, parent=channel.id)
        told = thread_json(account, thread, post) | {"message": self._messages.told(post, account)}
        return self._sent(account, told, 201)

    def show(self, channel_id: str, message_id: str) -> Response:
        """GET /channels/:id/messages/:id, its reactions included."""
        account = self._signed_in()
        self._channel(account, channel_id)
        return jsonify(self._messages.told(self._messages.find(account, channel_id, message_id), account, True))

    def change(self, channel_id: str, message_id: str) -> Response:
        """PATCH of the bot's own message."""
        account, channel = self._publisher(channel_id, switched=False)
        post = self._own(account, channel_id, message_id)
        return jsonify(self._messages.told(self._messages.change(post, Sender(account, channel)), account))

    def delete(self, channel_id: str, message_id: str) -> Response:
        """DELETE of a message."""
        account, _ = self._publisher(channel_id, switched=False)
        self._store.posts.delete(self._messages.find(account, channel_id, message_id).id)
        return Response(status=204)

    def crosspost(self, channel_id: str, message_id: str) -> Response:
        """POST .../crosspost in an announcement channel: once per message, ten an hour."""
        account, channel = self._publisher(channel_id, switched=False)
        post = self._own(account, channel_id, message_id)
        if channel.type != ANNOUNCEMENT:
            raise DiscordRefusal(400, 50024, "Cannot execute action on this channel type")
        if post.body["flags"] & CROSSPOSTED:
            raise DiscordRefusal(400, 40033, "This message has already been crossposted")
        spend(self._store, CROSSPOST_BUDGET, channel_id)
        return jsonify(self._messages.told(post, account) | {"flags": post.body["flags"] | CROSSPOSTED})

    def _first(self, account: PracticeAccount, channel: Channel, fields: Json) -> StoredPost | None:
        if not fields.get("enforce_nonce") or fields.get("nonce") is None:
            return None
        known = self._store.documents.get(_nonce_place(channel, fields))
        return self._store.posts.get(account.id, "", known.body["message_id"]) if known else None

    def _made(self, sender: Sender, fields: Json) -> StoredPost:
        post = self._messages.send(sender, fields)
        if fields.get("nonce") is not None:
            until = self._store.clock.now_ms() + NONCE_LIFETIME_MS
            remembered = {"message_id": post.public_id}
            self._store.documents.put(_nonce_place(sender.channel, fields), remembered, sender.account.id, until)
        return post

    def _sent(self, account: PracticeAccount, told: Json, status: int = 200) -> Response:
        answer = jsonify(told)
        answer.status_code = status
        return spoil(answer, self._store.switches.take(account.id, *AFTER), self._store, LIES)

    def _publisher(self, channel_id: str, switched: bool = True) -> tuple[PracticeAccount, Channel]:
        account = self._signed_in()
        channel = self._channel(account, channel_id)
        spend(self._store, CHANNEL_BUDGET, channel_id)
        if not channel.writable or account.status == "suspended":
            raise DiscordRefusal(403, 50013, "Missing Permissions")
        if switched:
            refuse_if_switched(self._store, account, unauthorized())
        return account, channel

    def _own(self, account: PracticeAccount, channel_id: str, message_id: str) -> StoredPost:
        post = self._messages.find(account, channel_id, message_id)
        if post.body["webhook_id"]:
            raise DiscordRefusal(403, 50005, "Cannot edit a message authored by another user")
        return post

    def _channel(self, account: PracticeAccount, channel_id: str) -> Channel:
        channel = channel_of(self._store, account, channel_id)
        if channel is None:
            raise DiscordRefusal(404, 10003, "Unknown Channel")
        if not channel.readable or account.status == "takendown":
            raise DiscordRefusal(403, 50001, "Missing Access")
        return channel

    def _signed_in(self) -> PracticeAccount:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        found = self._store.accounts.with_token(token.strip()) if kind == "Bot" else None
        if found is None or found[0].network != "discord":
            raise unauthorized()
        g.practice_account_id = found[0].id
        switch = self._store.switches.take(found[0].id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
            raise unauthorized()
        return found[0]


def _nonce_place(channel: Channel, fields: Json) -> Place:
    return Place("discord", "nonce", f"{channel.id}:{fields['nonce']}")
