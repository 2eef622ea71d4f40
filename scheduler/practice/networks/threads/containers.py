"""Containers of the Threads imitation: made from parameters, processed, and published once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Document, Place
from scheduler.practice.media import Upload
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.threads.media import ProcessingFailed, fetched_image, fetched_video
from scheduler.practice.networks.threads.text import (
    MAX_ALT_TEXT,
    MAX_TEXT_ATTACHMENT,
    check_text,
    check_topic,
)
from scheduler.practice.networks.threads.wire import (
    NETWORK,
    chosen,
    invalid,
    media_not_found,
    not_fetched,
    parameters,
)
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

LIFETIME_MS = 24 * 3_600_000
MEDIA_TYPES = ("TEXT", "IMAGE", "VIDEO", "CAROUSEL")
CHILDREN = (2, 20)
REPLY_CONTROLS = ("everyone", "accounts_you_follow", "mentioned_only", "parent_post_author_only", "followers_only")
TEXT_ONLY = ("link_attachment", "poll_attachment", "text_attachment", "gif_attachment", "auto_publish_text")
KEPT = ("reply_control", "topic_tag", "quote_post_id", "reply_to_id", "link_attachment", "alt_text", "is_spoiler_media")
_IN_PROGRESS, _FINISHED, _PUBLISHED, _ERROR, _EXPIRED = "IN_PROGRESS", "FINISHED", "PUBLISHED", "ERROR", "EXPIRED"


class ThreadsContainers:
    """The containers of all accounts."""

    def __init__(self, store: PracticeStore, fetch_media: FetchMedia) -> None:
        """Keep them in `store`; `fetch_media` reads the files from their addresses."""
        self._store = store
        self._fetch = fetch_media

    def create(self, account: PracticeAccount) -> str:
        """Make a container from the parameters of the request and return its id."""
        fields = parameters()
        self._check(account, fields)
        body: dict[str, Any] = {
            "media_type": fields["media_type"],
            "text": fields.get("text", ""),
            "children": _listed(fields.get("children", "")),
            "item": _truth(fields, "is_carousel_item"),
            "options": {name: fields[name] for name in KEPT if fields.get(name)},
            "request": {name: value for name, value in fields.items() if name != "access_token"},
            "error": "",
            "ready_at": self._store.clock.now_ms(),
            "media_id": "",
            "post_id": "",
        }
        if fields["media_type"] in ("IMAGE", "VIDEO"):
            body |= self._processed(account, fields)
        return self._keep(account, body)

    def find(self, account: PracticeAccount, container_id: str) -> Document | None:
        """Return a container of the account, or None."""
        found = self._store.documents.get(_place(container_id))
        return found if found is not None and found.account_id == account.id else None

    def json(self, container: Document, wanted: str) -> dict[str, Any]:
        """Return the chosen fields of a container."""
        status = self.status(container)
        known = {
            "id": container.id,
            "status": status,
            "error_message": (self._error(container) or "UNKNOWN") if status == _ERROR else None,
        }
        return chosen(wanted, known, ("id", "status"))

    def status(self, container: Document) -> str:
        """Return where a container stands."""
        if container.body["post_id"]:
            return _PUBLISHED
        now = self._store.clock.now_ms()
        if now >= container.created_at + LIFETIME_MS:
            return _EXPIRED
        if self._error(container):
            return _ERROR
        waiting = [self._store.documents.get(_place(one)) for one in container.body["children"]]
        ready_at = max([container.body["ready_at"], *(one.body["ready_at"] for one in waiting if one)])
        return _FINISHED if now >= ready_at else _IN_PROGRESS

    def publishable(self, account: PracticeAccount, container_id: str) -> Document:
        """Return a finished container that can be published. Raises ThreadsRefusal."""
        container = self.find(account, container_id)
        if container is None or container.body["item"] or self.status(container) != _FINISHED:
            raise media_not_found(container_id)
        return container

    def use_up(self, container: Document) -> None:
        """Take the right to publish a container: of two who try, one gets it, the other is refused."""
        if self._store.documents.take(_ticket(container.id)) is None:
            raise media_not_found(container.id)

    def mark_published(self, container: Document, post_id: str) -> None:
        """Remember which post a container became."""
        body = container.body | {"post_id": post_id}
        self._store.documents.put(_place(container.id), body, container.account_id)

    def media_of(self, container: Document) -> list[str]:
        """Return the public ids of the uploads of a container, in their order."""
        children = [self._store.documents.get(_place(one)) for one in container.body["children"]]
        found = [container.body["media_id"], *(one.body["media_id"] for one in children if one)]
        return [one for one in found if one]

    def _keep(self, account: PracticeAccount, body: Mapping[str, Any]) -> str:
        container_id = str(10**16 + secrets.randbelow(9 * 10**16))
        self._store.documents.put(_place(container_id), body, account.id)
        self._store.documents.put(_ticket(container_id), {}, account.id)
        return container_id

    def _error(self, container: Document) -> str:
        children = [self._store.documents.get(_place(one)) for one in container.body["children"]]
        errors = [container.body["error"], *(one.body["error"] for one in children if one)]
        return next((one for one in errors if one), "")

    def _check(self, account: PracticeAccount, fields: Mapping[str, str]) -> None:
        _check_kind(fields)
        _check_options(fields)
        for name in ("reply_to_id", "quote_post_id"):
            if fields.get(name) and self._store.posts.by_public_id(NETWORK, fields[name]) is None:
                raise media_not_found(fields[name])
        if fields["media_type"] == "CAROUSEL":
            self._check_children(account, _listed(fields.get("children", "")))

    def _check_children(self, account: PracticeAccount, children: list[str]) -> None:
        least, most = CHILDREN
        if not least <= len(children) <= most:
            raise invalid(f"Param children must hold {least} to {most} ids of carousel items.")
        for one in children:
            child = self.find(account, one)
            if child is None or not child.body["item"] or self.status(child) in (_EXPIRED, _PUBLISHED):
                raise media_not_found(one)

    def _processed(self, account: PracticeAccount, fields: Mapping[str, str]) -> dict[str, Any]:
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.SLOW_PROCESSING)
        video = fields["media_type"] == "VIDEO"
        waiting = self._store.media_processing_ms if video else 0
        if switch is not None:
            note_switch(switch)
            if switch.kind is FailureSwitch.REJECTED_MEDIA:
                return self._rejected(fields)
            waiting = switch.seconds * 1000
        ready_at = self._store.clock.now_ms() + waiting
        try:
            upload = self._fetched(fields)
        except ProcessingFailed as failure:
            return {"error": str(failure)}
        return {"media_id": self._store.media.add(account.id, upload).public_id, "ready_at": ready_at}

    def _rejected(self, fields: Mapping[str, str]) -> dict[str, Any]:
        if fields["media_type"] == "IMAGE":
            raise not_fetched(fields["image_url"])
        return {"error": "INVALID_BIT_RATE"}

    def _fetched(self, fields: Mapping[str, str]) -> Upload:
        alt_text = fields.get("alt_text", "")
        if fields["media_type"] == "IMAGE":
            return fetched_image(self._fetch, fields["image_url"], alt_text)
        return fetched_video(self._fetch, fields["video_url"], alt_text)


def _place(container_id: str) -> Place:
    return Place(NETWORK, "container", container_id)


def _ticket(container_id: str) -> Place:
    return Place(NETWORK, "ticket", container_id)


def _listed(text: str) -> list[str]:
    # A list comes as "1,2" or, in a JSON body, as ["1", "2"].
    if text.startswith("["):
        try:
            return [str(one) for one in json.loads(text)]
        except ValueError as error:
            raise invalid("Param children must be a list of ids.") from error
    return [one.strip() for one in text.split(",") if one.strip()]


def _truth(fields: Mapping[str, str], name: str) -> bool:
    return fields.get(name, "").lower() in ("true", "1")


def _check_kind(fields: Mapping[str, str]) -> None:
    kind, item = fields.get("media_type", ""), _truth(fields, "is_carousel_item")
    if kind not in MEDIA_TYPES:
        raise invalid(f'Param media_type must be one of {{{", ".join(MEDIA_TYPES)}}} - got "{kind}".')
    if item and kind not in ("IMAGE", "VIDEO"):
        raise invalid("Param is_carousel_item is for IMAGE and VIDEO only.")
    for name, owner in (("image_url", "IMAGE"), ("video_url", "VIDEO")):
        if kind == owner and not fields.get(name, "").startswith(("https://", "http://")):
            raise invalid(f"Param {name} must be a public URI for media_type {owner}.")
        if kind != owner and fields.get(name):
            raise invalid(f"Param {name} does not go with media_type {kind}.")
    attached = any(fields.get(name) for name in TEXT_ONLY[:-1])
    if kind == "TEXT" and not fields.get("text", "").strip() and not attached:
        raise invalid("Param text must not be empty for media_type TEXT.")


def _check_options(fields: Mapping[str, str]) -> None:
    kind = fields["media_type"]
    wrong = next((name for name in TEXT_ONLY if kind != "TEXT" and fields.get(name, "") not in ("", "false")), "")
    if wrong:
        raise invalid(f"Param {wrong} is for media_type TEXT only.")
    check_text(fields.get("text", ""), fields.get("link_attachment", ""))
    check_topic(fields.get("topic_tag", ""))
    _check_link(fields.get("link_attachment", ""))
    if fields.get("alt_text") and kind == "TEXT":
        raise invalid("Param alt_text is for media only.")
    if len(fields.get("alt_text", "")) > MAX_ALT_TEXT:
        raise invalid(f"Param alt_text must be at most {MAX_ALT_TEXT} characters long.")
    if fields.get("reply_control", "everyone") not in REPLY_CONTROLS:
        raise invalid(f"Param reply_control must be one of {{{', '.join(REPLY_CONTROLS)}}}.")
    _check_text_attachment(fields.get("text_attachment", ""))


def _check_link(link: str) -> None:
    if link and not link.startswith(("https://", "http://")):
        raise invalid("Param link_attachment must be a valid public URL.")


def _check_text_attachment(raw: str) -> None:
    if not raw:
        return
    try:
        plain = str(json.loads(raw)["plaintext"])
    except (ValueError, KeyError, TypeError) as error:
        raise invalid("Param text_attachment must be an object with plaintext.") from error
    if not 1 <= len(plain) <= MAX_TEXT_ATTACHMENT:
        raise invalid(f"Param text_attachment[plaintext] must be 1 to {MAX_TEXT_ATTACHMENT} characters long.")
