"""Pins of the Pinterest imitation: made, read, listed, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import regex
from flask import Response, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.feed import DescribeLink, media_path
from scheduler.practice.media import PracticeMedia
from scheduler.practice.networks.pinterest.analytics import totals
from scheduler.practice.networks.pinterest.boards import PinterestBoards
from scheduler.practice.networks.pinterest.sources import (
    CREATIVE_TYPES,
    MAX_DESCRIPTION,
    MAX_LINK,
    MAX_TITLE,
    PinMedia,
    PinterestSources,
)
from scheduler.practice.networks.pinterest.wire import (
    NETWORK,
    PinterestRefusal,
    bad_token,
    id_in,
    invalid,
    json_body,
    page_of,
    pin_not_found,
    refusal_answer,
    server_error,
    text_in,
    too_many_requests,
    trial_access,
    zoneless_time,
)
from scheduler.practice.posts import MediaTaken, NewPost, StoredPost
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, ActiveSwitch, FailureSwitch

MAX_ALT_TEXT = 500
SHORTENERS = ("bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd")
_COLOUR = regex.compile(r"#[0-9A-Fa-f]{6}")
_HOST = regex.compile(r"https?://([^/?#\s]+)\S*", regex.IGNORECASE)
_AFTER = tuple(kind for kind in AFTER_PUBLISHING if kind is not FailureSwitch.DUPLICATE)  # Pinterest knows no duplicate


class PinterestPins:
    """Pin calls; the account is checked by the caller."""

    def __init__(
        self, store: PracticeStore, boards: PinterestBoards, sources: PinterestSources, describe_link: DescribeLink
    ) -> None:
        """Write into `store`."""
        self._store = store
        self._boards = boards
        self._sources = sources
        self._describe_link = describe_link

    def create(self, account: PracticeAccount, trial: bool) -> Response:
        """POST /pins."""
        switch = self._store.switches.take(account.id, FailureSwitch.MISCONFIGURED_APP, *BEFORE_PUBLISHING)
        if switch is not None:
            raise _refusal_of(switch)
        if trial:
            raise trial_access()
        fields = json_body()
        body = self._checked(account, fields)
        media = self._sources.read(account, fields.get("media_source"), body["alt_text"])
        pin = self._keep(account, body, media, fields)
        answer = jsonify(self.json(pin, account))
        answer.status_code = 201
        lies = {FailureSwitch.ERROR_AFTER: lambda: refusal_answer(server_error())}
        return spoil(answer, self._store.switches.take(account.id, *_AFTER), self._store, lies)

    def own(self, account: PracticeAccount, pin_id: str) -> StoredPost:
        """Return a pin of the account. Raises PinterestRefusal."""
        pin = self._store.posts.get(account.id, "", pin_id)
        if pin is None:
            raise pin_not_found()
        return pin

    def show(self, account: PracticeAccount, pin_id: str) -> Response:
        """GET /pins/{pin_id}."""
        return jsonify(self.json(self.own(account, pin_id), account))

    def listing(self, account: PracticeAccount, board_id: str = "", section_id: str = "") -> Response:
        """GET /pins, or those of a board or of a section, newest first."""
        pins = self._store.posts.of_account(account.id, "")
        if board_id:
            board = self._boards.own(account, board_id)
            pins = [pin for pin in pins if pin.body["board_id"] == board.id]
        if section_id:
            self._boards.own_section(board, section_id)
            pins = [pin for pin in pins if pin.body["board_section_id"] == section_id]
        page, bookmark = page_of(pins)
        return jsonify(items=[self.json(pin, account) for pin in page], bookmark=bookmark)

    def change(self, account: PracticeAccount, pin_id: str) -> Response:
        """PATCH /pins/{pin_id}: what is left out stays."""
        pin, fields = self.own(account, pin_id), json_body()
        changed = self._checked(account, pin.body | fields)
        kept = {name: pin.body[name] for name in ("kind", "media_ids", "slots", "dominant_color", "parent_pin_id")}
        slots = fields.get("carousel_slots")
        if slots is not None:
            kept["slots"] = _changed_slots(kept["slots"], slots)
        new = NewPost(
            NETWORK, "", changed | kept, pin.request | fields, card=self._card(changed), media=kept["media_ids"]
        )
        return jsonify(self.json(self._store.posts.change(pin, new), account))

    def delete(self, account: PracticeAccount, pin_id: str) -> Response:
        """DELETE /pins/{pin_id}."""
        self._store.posts.delete(self.own(account, pin_id).id)
        return Response(status=204)

    def json(self, pin: StoredPost, account: PracticeAccount) -> dict[str, Any]:
        """Return a pin."""
        body = pin.body
        found = {
            "id": pin.public_id,
            "created_at": zoneless_time(pin.created_at),
            "title": body["title"] or None,
            "description": body["description"] or None,
            "link": body["link"] or None,
            "alt_text": body["alt_text"] or None,
            "dominant_color": body["dominant_color"] or None,
            "board_id": body["board_id"],
            "board_section_id": body["board_section_id"] or None,
            "board_owner": {"username": account.handle},
            "parent_pin_id": body["parent_pin_id"] or None,
            "creative_type": CREATIVE_TYPES[body["kind"]],
            "media": _media_json(pin, self._store.media.of_post(pin.id)),
            "is_owner": True,
            "is_standard": True,
            "has_been_promoted": False,
            "note": "",
            "pin_metrics": None,
        }
        if request.args.get("pin_metrics") == "true":
            found["pin_metrics"] = {"90d": totals(pin, lower=True), "lifetime_metrics": totals(pin, lower=True)}
        return found

    def _checked(self, account: PracticeAccount, fields: Mapping[str, Any]) -> dict[str, Any]:
        board_id, section_id = id_in(fields, "board_id"), id_in(fields, "board_section_id")
        if not board_id:
            raise invalid("'board_id' is a required property.")
        board = self._boards.own(account, board_id)
        if section_id:
            self._boards.own_section(board, section_id)
        colour, link = text_in(fields, "dominant_color", 20), text_in(fields, "link", MAX_LINK)
        if colour and not _COLOUR.fullmatch(colour):
            raise invalid(f"'{colour}' does not match '#RRGGBB' (dominant_color).")
        _check_link(link)
        return {
            "board_id": board_id,
            "board_name": board.body["name"],
            "board_section_id": section_id,
            "title": text_in(fields, "title", MAX_TITLE),
            "description": text_in(fields, "description", MAX_DESCRIPTION),
            "link": link,
            "alt_text": text_in(fields, "alt_text", MAX_ALT_TEXT),
            "dominant_color": colour,
            "parent_pin_id": id_in(fields, "parent_pin_id"),
        }

    def _keep(
        self, account: PracticeAccount, body: dict[str, Any], media: PinMedia, fields: Mapping[str, Any]
    ) -> StoredPost:
        content = body | {"kind": media.kind, "media_ids": list(media.ids), "slots": list(media.slots)}
        new = NewPost(NETWORK, "", content, _without_bytes(fields), card=self._card(body), media=media.ids)
        try:
            return self._store.posts.add(account.id, new)
        except MediaTaken as error:
            raise invalid("the media of this pin was used for another pin.") from error

    def _card(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        if not body["link"]:
            return None
        card = self._describe_link(body["link"])
        plain = {"url": body["link"], "title": body["link"], "description": "", "image_url": ""}
        return asdict(card) if card else plain


def _check_link(link: str) -> None:
    address = _HOST.fullmatch(link)
    if link and address is None:
        raise invalid(f"'{link}' is not a valid URL (link).")
    if address and address.group(1).lower() in SHORTENERS:
        raise PinterestRefusal(400, 1, "Sorry! Your link was blocked: links of URL shorteners are spam.")


def _changed_slots(slots: list[dict[str, str]], wished: object) -> list[dict[str, str]]:
    if not isinstance(wished, list) or len(wished) != len(slots):
        raise invalid("carousel_slots must name every image of the carousel.")
    return [
        slot | {name: text_in(wish, name, MAX_LINK) for name in ("title", "description", "link") if name in wish}
        for slot, wish in zip(slots, wished, strict=True)
    ]


def _media_json(pin: StoredPost, uploads: Mapping[str, PracticeMedia]) -> dict[str, Any]:
    found = [uploads[one] for one in pin.body["media_ids"] if one in uploads]
    if pin.body["kind"] == "multiple_images":
        slots = pin.body["slots"]
        items = [{"item_type": "image", **slot, "images": _sizes(one)} for one, slot in zip(found, slots, strict=False)]
        return {"media_type": "multiple_images", "items": items}
    if pin.body["kind"] == "video":
        one = found[0]
        return {"media_type": "video", "video_url": _url(one), "width": one.width, "height": one.height}
    return {"media_type": "image", "images": _sizes(found[0]) if found else {}}


def _sizes(media: PracticeMedia) -> dict[str, Any]:
    # Every size leads to the one file there is: an imitation scales nothing.
    size = {"width": media.width, "height": media.height, "url": _url(media)}
    return dict.fromkeys(("150x150", "400x300", "600x", "1200x"), size)


def _url(media: PracticeMedia) -> str:
    return request.url_root.rstrip("/") + media_path(NETWORK, media)


def _without_bytes(value: Any) -> Any:
    """Return the request as it may be shown and kept: base64 data by its length only."""
    if isinstance(value, Mapping):
        return {
            name: f"[{len(inner)} characters of base64]"
            if name in ("data", "cover_image_data") and isinstance(inner, str)
            else _without_bytes(inner)
            for name, inner in value.items()
        }
    return [_without_bytes(one) for one in value] if isinstance(value, list) else value


def _refusal_of(switch: ActiveSwitch) -> PinterestRefusal:
    note_switch(switch)
    if switch.kind is FailureSwitch.MISCONFIGURED_APP:
        return trial_access()
    if switch.kind is FailureSwitch.RATE_LIMITED:
        return too_many_requests(switch.seconds)
    return bad_token() if switch.kind is FailureSwitch.EXPIRED_TOKEN else server_error()
