"""The Discord imitation's dispatcher: webhooks opened by the token in their address, and calls of the bot."""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.answers import drain_body, log_exchanges, note_switch, spoil
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.discord.bot import DiscordBot
from scheduler.practice.networks.discord.messages import DiscordMessages, Sender, thread_or_forum
from scheduler.practice.networks.discord.places import account_of_webhook, webhook_channel, webhook_json
from scheduler.practice.networks.discord.switched import AFTER, LIES, refuse_if_switched
from scheduler.practice.networks.discord.wire import (
    GENERAL_BUDGET,
    MAX_BODY_BYTES,
    WEBHOOK_BUDGET,
    DiscordRefusal,
    Handler,
    body_fields,
    check_user_agent,
    headers_of,
    refusal_answer,
    spend,
)
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

_VERSION = re.compile(r"v(\d+)/")
_SUPPORTED = ("9", "10")

Json = dict[str, Any]


class DiscordImitation:
    """The server: one guild per account, with a bot and two webhooks."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the accounts of `store`."""
        self._store = store
        self._messages = DiscordMessages(store, surroundings.describe_link)
        bot = DiscordBot(store, self._messages, threading.Lock())
        hook = r"webhooks/(\d+)/([^/]+)"
        channel = r"channels/(\d+)"
        self._routes: list[tuple[str, str, Handler]] = [
            ("GET", hook, self._webhook),
            ("POST", hook, self._execute),
            ("GET", rf"{hook}/messages/(\d+)", partial(self._message, "GET")),
            ("PATCH", rf"{hook}/messages/(\d+)", partial(self._message, "PATCH")),
            ("DELETE", rf"{hook}/messages/(\d+)", partial(self._message, "DELETE")),
            ("GET", "users/@me", bot.me),
            ("GET", "users/@me/guilds", bot.guilds),
            ("GET", r"guilds/(\d+)/channels", bot.channels),
            ("GET", channel, bot.channel),
            ("GET", f"{channel}/messages", bot.listing),
            ("POST", f"{channel}/messages", bot.send),
            ("POST", f"{channel}/threads", bot.start_thread),
            ("GET", rf"{channel}/messages/(\d+)", bot.show),
            ("PATCH", rf"{channel}/messages/(\d+)", bot.change),
            ("DELETE", rf"{channel}/messages/(\d+)", bot.delete),
            ("POST", rf"{channel}/messages/(\d+)/crosspost", bot.crosspost),
        ]

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/discord`."""
        blueprint = Blueprint("practice_discord", __name__, url_prefix="/practice/discord")
        blueprint.add_url_rule("/api/<path:call>", "api", self._call, methods=["GET", "POST", "PATCH", "DELETE"])
        blueprint.add_url_rule("/web/channels/<guild>/<channel>/<message_id>", "post", self._visit)
        serve_pictures(blueprint, self._store, "discord")
        log_exchanges(blueprint, self._store, "discord")
        return blueprint

    def _call(self, call: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        g.practice_path = re.sub(r"(/webhooks/\d+/)[^/]+", r"\1[redacted]", request.path)
        try:
            check_user_agent()
            answer = self._dispatch(call)
        except DiscordRefusal as refusal:
            answer = refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            answer = refusal_answer(DiscordRefusal(413, 40005, "Request entity too large"))
        for name, value in headers_of(g.get("practice_budget"), self._store.clock.now_ms()).items():
            answer.headers.setdefault(name, value)
        return answer

    def _dispatch(self, call: str) -> Response:
        version = _VERSION.match(call)
        if version is not None and version.group(1) not in _SUPPORTED:
            raise DiscordRefusal(400, 50041, "Invalid API version")
        path = call[version.end() :] if version else call
        spend(self._store, GENERAL_BUDGET, request.headers.get("Authorization", request.remote_addr or ""))
        for verb, pattern, handler in self._routes:
            found = re.fullmatch(pattern, path)
            if found is not None and verb == request.method:
                return handler(*found.groups())
        raise DiscordRefusal(404, 0, "404: Not Found")

    def _webhook(self, webhook_id: str, token: str) -> Response:
        sender = self._opened(webhook_id, token)
        return jsonify(webhook_json(sender.account, webhook_id, sender.channel) | {"token": token})

    def _execute(self, webhook_id: str, token: str) -> Response:
        sender = self._opened(webhook_id, token)
        spend(self._store, WEBHOOK_BUDGET, webhook_id)
        account = sender.account
        refuse_if_switched(self._store, account, DiscordRefusal(401, 50027, "Invalid Webhook Token"))
        waits = request.args.get("wait", "").lower() in ("true", "1")
        fields = body_fields()
        post = self._messages.send(thread_or_forum(self._store, sender, fields), fields)
        # Without `wait` the answer comes before the message is there, and says nothing of it.
        answer = jsonify(self._messages.told(post, account)) if waits else Response(status=204)
        return spoil(answer, self._store.switches.take(account.id, *AFTER), self._store, LIES)

    def _message(self, verb: str, webhook_id: str, token: str, message_id: str) -> Response:
        sender = self._opened(webhook_id, token)
        spend(self._store, WEBHOOK_BUDGET, webhook_id)
        post = self._own(sender, message_id)
        if verb == "DELETE":
            self._store.posts.delete(post.id)
            return Response(status=204)
        changed = self._messages.change(post, sender) if verb == "PATCH" else post
        return jsonify(self._messages.told(changed, sender.account))

    def _own(self, sender: Sender, message_id: str) -> StoredPost:
        place = request.args.get("thread_id", "") or sender.channel.id
        post = self._messages.find(sender.account, place, message_id)
        if post.body["webhook_id"] != sender.webhook_id:
            raise DiscordRefusal(404, 10008, "Unknown Message")
        return post

    def _opened(self, webhook_id: str, token: str) -> Sender:
        account = account_of_webhook(self._store, webhook_id)
        if account is None or account.status == "takendown":
            raise DiscordRefusal(404, 10015, "Unknown Webhook")
        if self._store.accounts.with_password("discord", account.public_id, token) is None:
            raise DiscordRefusal(401, 50027, "Invalid Webhook Token")
        g.practice_account_id = account.id
        switch = self._store.switches.take(account.id, FailureSwitch.REVOKED_APP)
        channel = webhook_channel(account, webhook_id)
        if switch is not None:
            note_switch(switch)
        if switch is not None or channel is None:
            raise DiscordRefusal(404, 10015, "Unknown Webhook")
        return Sender(account, channel, webhook_id)

    def _visit(self, guild: str, channel: str, message_id: str) -> AnyResponse:
        post = self._store.posts.by_public_id("discord", message_id)
        if post is None or post.body["channel_id"] != channel:
            return Response("There is no such message.", 404, mimetype="text/plain")
        return to_feed("discord", post.id)
