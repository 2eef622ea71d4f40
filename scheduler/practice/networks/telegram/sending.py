"""The calls of the Telegram imitation that send: text, one file, an album."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.media import Upload
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.telegram.files import TelegramFiles
from scheduler.practice.networks.telegram.markup import parsed, units
from scheduler.practice.networks.telegram.messages import find_message, message_json
from scheduler.practice.networks.telegram.wire import (
    CHAT_BUDGET,
    TelegramRefusal,
    bad_gateway,
    bad_request,
    nested,
    ok,
    text_of,
    too_many_requests,
    truth_of,
)
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.richtext import urls_in
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import BEFORE_PUBLISHING, FailureSwitch

MAX_TEXT = 4096
MAX_CAPTION = 1024
ALBUM = range(2, 11)
FILE_KINDS = ("photo", "video", "animation", "document")
_LOSSES = (FailureSwitch.ERROR_AFTER, FailureSwitch.HANG_AFTER, FailureSwitch.CLOSE_AFTER)

Json = dict[str, Any]


@dataclass
class Item:
    """One message on its way in; `upload` None means a text message."""

    text: str
    entities: list[Json]
    upload: Upload | None = None
    spoiler: bool = False


class TelegramSending:
    """Sends into the channel of an account."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Keep messages in `store`."""
        self._store = store
        self._describe = surroundings.describe_link
        self._files = TelegramFiles(store, surroundings.fetch_media)

    def text(self, account: PracticeAccount, fields: Json) -> Response:
        """Answer sendMessage."""
        item = text_item(fields)
        self._may_send(account, 1)
        preview = nested(fields, "link_preview_options", dict) or {}
        post = self._keep(account, fields, [item], {"link_preview_options": preview})
        return self._answer(account, post, many=False)

    def file(self, account: PracticeAccount, fields: Json, kind: str) -> Response:
        """Answer sendPhoto, sendVideo, sendAnimation or sendDocument."""
        item = self._item(account, fields, kind, (text_of(fields, kind), kind))
        self._may_send(account, 1)
        self._process_slowly(account, [item])
        return self._answer(account, self._keep(account, fields, [item], {}), many=False)

    def album(self, account: PracticeAccount, fields: Json) -> Response:
        """Answer sendMediaGroup: all of its messages are sent, or none."""
        listed = nested(fields, "media", list)
        if not listed:
            raise bad_request("there are no messages to send")
        items = [self._album_item(account, one) for one in listed]
        if len(items) not in ALBUM:
            raise bad_request("wrong number of messages in the album, it must include 2-10 items")
        _check_mixture([str(one["type"]) for one in listed])
        self._may_send(account, len(items))
        self._process_slowly(account, items)
        group = str(self._store.posts.new_number("telegram-album", 13_000_000_000_000_000))
        return self._answer(account, self._keep(account, fields, items, {"media_group_id": group}), many=True)

    def _album_item(self, account: PracticeAccount, one: Any) -> Item:
        kind = one.get("type") if isinstance(one, dict) else None
        if kind not in FILE_KINDS:
            raise bad_request('can\'t parse InputMedia: Field "type" has an invalid value')
        return self._item(account, one, str(kind), (text_of(one, "media"), ""))

    def _item(self, account: PracticeAccount, fields: Json, kind: str, file: tuple[str, str]) -> Item:
        text, entities = parsed(
            text_of(fields, "caption"), text_of(fields, "parse_mode"), nested(fields, "caption_entities", list)
        )
        if units(text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        return Item(text, entities, self._files.read(account, kind, *file), truth_of(fields, "has_spoiler"))

    def _may_send(self, account: PracticeAccount, messages: int) -> None:
        switch = self._store.switches.take(account.id, *BEFORE_PUBLISHING)
        if switch is not None:
            note_switch(switch)
            if switch.kind is FailureSwitch.RATE_LIMITED:
                raise too_many_requests(switch.seconds)
            raise TelegramRefusal(*_SWITCHED[switch.kind])
        state = self._store.rates.spend(CHAT_BUDGET, account.public_id, messages)
        if state.exceeded:
            raise too_many_requests(max(1, (state.resets_at - self._store.clock.now_ms()) // 1000))

    def _process_slowly(self, account: PracticeAccount, items: list[Item]) -> None:
        """The server answers only when a message is really sent: a slow video holds the answer back."""
        videos = any(one.upload and one.upload.kind == "video" for one in items)
        switch = self._store.switches.take(account.id, FailureSwitch.SLOW_PROCESSING) if videos else None
        if switch is not None:
            note_switch(switch)
            self._store.clock.sleep(switch.seconds)

    def _keep(self, account: PracticeAccount, fields: Json, items: list[Item], more: Json) -> StoredPost:
        more = more | {"reply_to": self._parent(account, fields), "silent": truth_of(fields, "disable_notification")}
        uploads = [self._store.media.add(account.id, one.upload).public_id if one.upload else "" for one in items]
        kept = []
        for one, media_id in zip(items, uploads, strict=True):
            number = self._store.posts.new_number(f"telegram-{account.public_id}")
            kept.append({"message_id": number, "text": one.text, "entities": one.entities, "spoiler": one.spoiler})
            kept[-1]["media_id"] = media_id
        new = NewPost(
            "telegram",
            "",
            {"items": kept, **more},
            _request(fields),
            str(kept[0]["message_id"]),
            card=self._card(kept[0], more.get("link_preview_options")),
            media=[one for one in uploads if one],
        )
        return self._store.posts.add(account.id, new)

    def _parent(self, account: PracticeAccount, fields: Json) -> int | None:
        if fields.get("message_thread_id"):
            raise bad_request("message thread not found")
        reply = nested(fields, "reply_parameters", dict)
        if reply is None:
            return None
        wanted = str(reply.get("message_id", ""))
        if wanted.isdecimal() and find_message(self._store, account, int(wanted)) is not None:
            return int(wanted)
        if truth_of(reply, "allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")

    def _card(self, item: Json, preview: Json | None) -> Json | None:
        if item["media_id"] or preview is None or truth_of(preview, "is_disabled"):
            return None
        linked = [one["url"] for one in item["entities"] if one["type"] == "text_link"]
        url = text_of(preview, "url") or next(iter([*urls_in(item["text"]), *linked]), "")
        card = self._describe(url) if url else None
        return asdict(card) if card else None

    def _answer(self, account: PracticeAccount, post: StoredPost, many: bool) -> Response:
        messages = [message_json(self._store, account, post, one) for one in post.body["items"]]
        switch = self._store.switches.take(account.id, *_LOSSES)
        lies = {FailureSwitch.ERROR_AFTER: bad_gateway}
        return spoil(ok(messages if many else messages[0]), switch, self._store, lies)


def text_item(fields: Json) -> Item:
    """Return the text of a message that has no file; raise the refusal for none or too much of it."""
    text, entities = parsed(text_of(fields, "text"), text_of(fields, "parse_mode"), nested(fields, "entities", list))
    if not text.strip():
        raise bad_request("message text is empty")
    if units(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return Item(text, entities)


_SWITCHED = {
    FailureSwitch.ERROR_BEFORE: (500, "Internal Server Error: restart"),
    FailureSwitch.EXPIRED_TOKEN: (401, "Unauthorized"),
}


def _check_mixture(kinds: list[str]) -> None:
    if "animation" in kinds:
        raise bad_request("animations can't be sent in an album")
    if "document" in kinds and set(kinds) != {"document"}:
        raise bad_request("document can't be mixed with other media types")


def _request(fields: Json) -> Json:
    files = {name: f"[{file.mimetype}]" for name, file in request.files.items()}
    return {"method": request.path.rpartition("/")[2], **fields, **files}
