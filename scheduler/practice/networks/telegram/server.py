"""The Bot API's dispatcher: which bot a token is, which chat a call means, and the calls that send nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges, note_switch
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.telegram.markup import parsed, units
from scheduler.practice.networks.telegram.messages import (
    bot_id,
    find_message,
    full_chat_json,
    me_json,
    member_json,
    message_json,
)
from scheduler.practice.networks.telegram.sending import FILE_KINDS, MAX_CAPTION, TelegramSending, text_item
from scheduler.practice.networks.telegram.wire import (
    MAX_BODY_BYTES,
    TelegramRefusal,
    bad_request,
    nested,
    ok,
    parameters,
    refusal_answer,
    text_of,
)
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

DELETABLE_FOR_MS = 48 * 3_600_000
MOST_DELETED = 100
_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{35}")

Json = dict[str, Any]
Call = Callable[[PracticeAccount, Json], Response]


class TelegramImitation:
    """The server: tokens, chats and what is read, changed or deleted; what is sent has its own class."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the accounts of `store`: each is a channel with a bot that may post in it."""
        self._store = store
        sending = TelegramSending(store, surroundings)
        self._calls: dict[str, Call] = {
            "getme": lambda account, _fields: ok(me_json(account)),
            "getchat": self._in_chat(lambda account, _fields: ok(full_chat_json(account))),
            "getchatmember": self._in_chat(self._member),
            "getchatmembercount": self._in_chat(lambda _account, _fields: ok(1)),
            "sendmessage": self._in_chat(sending.text),
            "sendmediagroup": self._in_chat(sending.album),
            "editmessagetext": self._in_chat(self._edit_text),
            "editmessagecaption": self._in_chat(self._edit_caption),
            "deletemessage": self._in_chat(self._delete),
            "deletemessages": self._in_chat(self._delete_many),
        }
        for kind in FILE_KINDS:
            self._calls[f"send{kind}"] = self._in_chat(partial(sending.file, kind=kind))

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/telegram`."""
        blueprint = Blueprint("practice_telegram", __name__, url_prefix="/practice/telegram")
        blueprint.add_url_rule("/api/bot<token>/<method>", "api", self._call, methods=["GET", "POST"])
        blueprint.add_url_rule("/web/<handle>/<int:message_id>", "post", self._visit)
        blueprint.add_url_rule("/web/c/<number>/<int:message_id>", "members_post", self._visit_by_number)
        serve_pictures(blueprint, self._store, "telegram")
        log_exchanges(blueprint, self._store, "telegram")
        return blueprint

    def _call(self, token: str, method: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        g.practice_path = f"/practice/telegram/api/bot[redacted]/{method}"
        try:
            account = self._bot(token)
            call = self._calls.get(method.lower())
            if call is None:
                raise TelegramRefusal(404, "Not Found")
            return call(account, parameters())
        except TelegramRefusal as refusal:
            return refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            return refusal_answer(TelegramRefusal(413, "Request Entity Too Large"))

    def _bot(self, token: str) -> PracticeAccount:
        if not _TOKEN.fullmatch(token):
            raise TelegramRefusal(404, "Not Found")
        number, _, password = token.partition(":")
        account = self._store.accounts.with_password("telegram", f"-100{number}", password)
        if account is None:
            raise TelegramRefusal(401, "Unauthorized")
        g.practice_account_id = account.id
        switch = self._store.switches.take(account.id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
            raise TelegramRefusal(401, "Unauthorized")
        return account

    def _in_chat(self, call: Call) -> Call:
        def checked(account: PracticeAccount, fields: Json) -> Response:
            _check_chat(account, text_of(fields, "chat_id"))
            return call(account, fields)

        return checked

    def _member(self, account: PracticeAccount, fields: Json) -> Response:
        if text_of(fields, "user_id") != str(bot_id(account)):
            raise bad_request("invalid user_id specified" if not fields.get("user_id") else "PARTICIPANT_ID_INVALID")
        return ok(member_json(account, account.status == "active"))

    def _edit_text(self, account: PracticeAccount, fields: Json) -> Response:
        post, item = self._message(account, fields, "edit")
        if item["media_id"]:
            raise bad_request("there is no text in the message to edit")
        new = text_item(fields)
        return self._changed(account, post, item, {"text": new.text, "entities": new.entities})

    def _edit_caption(self, account: PracticeAccount, fields: Json) -> Response:
        post, item = self._message(account, fields, "edit")
        if not item["media_id"]:
            raise bad_request("there is no caption in the message to edit")
        listed = nested(fields, "caption_entities", list)
        text, entities = parsed(text_of(fields, "caption"), text_of(fields, "parse_mode"), listed)
        if units(text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        return self._changed(account, post, item, {"text": text, "entities": entities})

    def _changed(self, account: PracticeAccount, post: StoredPost, item: Json, new: Json) -> Response:
        if all(item[name] == value for name, value in new.items()):
            same = "specified new message content and reply markup are exactly the same as a current content"
            raise bad_request(f"message is not modified: {same} and reply markup of the message")
        items = [one | new if one["message_id"] == item["message_id"] else one for one in post.body["items"]]
        changed = self._rewrite(post, items)
        return ok(message_json(self._store, account, changed, item | new))

    def _rewrite(self, post: StoredPost, items: list[Json]) -> StoredPost:
        media = [one["media_id"] for one in items if one["media_id"]]
        body = post.body | {"items": items}
        new = NewPost("telegram", "", body, post.request, cid=post.cid, card=post.card, media=media)
        return self._store.posts.change(post, new)

    def _delete(self, account: PracticeAccount, fields: Json) -> Response:
        self._remove(*self._message(account, fields, "delete"))
        return ok(True)

    def _delete_many(self, account: PracticeAccount, fields: Json) -> Response:
        wanted = nested(fields, "message_ids", list) or []
        if not 1 <= len(wanted) <= MOST_DELETED:
            raise bad_request("message identifiers are not specified" if not wanted else "too many message identifiers")
        for message_id in wanted:
            found = find_message(self._store, account, int(message_id))
            if found is not None:  # "If some of the specified messages can't be found, they are skipped"
                self._remove(*found)
        return ok(True)

    def _remove(self, post: StoredPost, item: Json) -> None:
        if self._store.clock.now_ms() - post.created_at >= DELETABLE_FOR_MS:
            raise bad_request("message can't be deleted for everyone")
        left = [one for one in post.body["items"] if one["message_id"] != item["message_id"]]
        if left:
            self._rewrite(post, left)
        else:
            self._store.posts.delete(post.id)

    def _message(self, account: PracticeAccount, fields: Json, purpose: str) -> tuple[StoredPost, Json]:
        wanted = text_of(fields, "message_id")
        if not wanted.isdecimal():
            raise bad_request("message identifier is not specified")
        found = find_message(self._store, account, int(wanted))
        if found is None:
            raise bad_request(f"message to {purpose} not found")
        return found

    def _visit(self, handle: str, message_id: int) -> AnyResponse:
        account = self._store.accounts.find("telegram", handle)
        found = find_message(self._store, account, message_id) if account else None
        return to_feed("telegram", found[0].id) if found else Response("No such message.", 404, mimetype="text/plain")

    def _visit_by_number(self, number: str, message_id: int) -> AnyResponse:
        return self._visit(f"-100{number}", message_id)


def _check_chat(account: PracticeAccount, wanted: str) -> None:
    if not wanted:
        raise bad_request("chat_id is empty")
    if wanted == f"-{bot_id(account)}":
        # Every practice channel was once a basic group with this id.
        moved = int(account.public_id)
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=moved)
    if wanted.lower() not in (account.public_id, f"@{account.handle}"):
        raise bad_request("chat not found")
    if account.status in _SHUT:
        raise TelegramRefusal(*_SHUT[account.status])


_SHUT = {
    "suspended": (403, "Forbidden: bot was kicked from the channel chat"),
    "deactivated": (400, "Bad Request: need administrator rights in the channel chat"),
    "takendown": (400, "Bad Request: chat not found"),
}
