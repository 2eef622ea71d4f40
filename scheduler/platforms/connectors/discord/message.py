"""A payload as a Discord message: its words in Discord's Markdown, the card of its link, its files and manners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Mark, Session
from scheduler.platforms.http import Files

TITLE_UNITS = 256
DESCRIPTION_UNITS = 1000
"""Discord takes 4096; more than a few lines of it hide the text."""
NONCE_CHARACTERS = 25
SILENT = 4096
THREAD_NAME = 100
CARD_FILE = "card.jpg"

_URL = re.compile(r"https?://[^\s<>]+")
_MARKS = re.compile(r"([\\*_~|`])")
_LINE_MARKS = re.compile(r"^(\s*)(#{1,3} |-# |>{1,3} |[-+] )", re.MULTILINE)
_NUMBERED = re.compile(r"^(\s*\d{1,9})(\. )", re.MULTILINE)


def readable(payload: Payload) -> str:
    """Return the words as readers see them, with the link where no card of ours shows it."""
    link = payload.link
    if link is None or link.url in payload.text or card_of(payload):
        return payload.text
    return f"{payload.text.rstrip()}\n\n{link.url}".lstrip()


def content(payload: Payload) -> str:
    """Return the words as they are sent: what looks like Markdown is escaped unless the writer means it.

    In pointed brackets Discord shows an address and makes no second card of it.
    """
    words, link = readable(payload), payload.link
    hidden = link.url if link and (card_of(payload) or payload.options.get("preview") == "none") else ""
    plain = str if payload.options.get("markdown") else escaped
    return "".join(_bracketed(part, hidden) if is_address else plain(part) for part, is_address in _parts(words))


def escaped(words: str) -> str:
    """Return words without addresses with Discord's marks made plain."""
    words = _MARKS.sub(r"\\\1", words)
    words = _LINE_MARKS.sub(r"\1\\\2", words)
    return _NUMBERED.sub(r"\1\\\2", words)


def card_of(payload: Payload) -> LinkCard | None:
    """Return the link that is shown as a card of our own, None when Discord makes one or there is none."""
    wanted = payload.options.get("preview", "") == "" and not payload.media and not payload.reply_to
    return payload.link if wanted and payload.link and payload.link.title else None


def fields_of(payload: Payload, mark: Mark | None) -> dict[str, Any]:
    """Return the fields of a message; `mark` gives a bot's message the nonce by which Discord knows a repeat."""
    fields: dict[str, Any] = {"content": content(payload), "allowed_mentions": {"parse": []}}
    if card := card_of(payload):
        fields["embeds"] = [_embed(card)]
    if payload.options.get("silent"):
        fields["flags"] = SILENT
    if described := [_described(payload, place, item) for place, item in enumerate(files_of(payload))]:
        fields["attachments"] = described
    if mark:
        fields |= {"nonce": mark.idempotency_key.replace("-", "")[:NONCE_CHARACTERS], "enforce_nonce": True}
    return fields


def files_of(payload: Payload) -> tuple[MediaItem, ...]:
    """Return the files that go with a message: its own, or the picture of its card."""
    card = card_of(payload)
    return (card.image,) if card and card.image else payload.media


def parts_of(session: Session, payload: Payload) -> Files | None:
    """Return the files as parts of a form, None when there are none."""
    items = files_of(payload)
    return {
        f"files[{place}]": (_name(payload, place, item), session.read_media(item.key), item.mime)
        for place, item in enumerate(items)
    } or None


def thread_name(payload: Payload) -> str:
    """Return the title of a forum post: the writer's, the article's, or the first line of the text."""
    title = payload.options.get("thread_name", "").strip() or (payload.link.title if payload.link else "")
    return (title or payload.text.strip().partition("\n")[0] or "News")[:THREAD_NAME]


def _embed(card: LinkCard) -> dict[str, Any]:
    embed: dict[str, Any] = {"title": _cut(card.title, TITLE_UNITS), "url": card.url}
    if card.description:
        embed["description"] = _cut(card.description, DESCRIPTION_UNITS)
    if card.image:
        embed["image"] = {"url": f"attachment://{CARD_FILE}"}
    return embed


def _described(payload: Payload, place: int, item: MediaItem) -> dict[str, Any]:
    alt = {"description": item.alt} if item.alt else {}
    return {"id": str(place), "filename": _name(payload, place, item), **alt}


def _name(payload: Payload, place: int, item: MediaItem) -> str:
    if card_of(payload):
        return CARD_FILE
    spoiler = "SPOILER_" if payload.options.get("spoiler") else ""
    return f"{spoiler}file{place}.{item.mime.partition('/')[2]}"


def _parts(words: str) -> Iterator[tuple[str, bool]]:
    position = 0
    for match in _URL.finditer(words):
        yield words[position : match.start()], False
        yield match[0], True
        position = match.end()
    yield words[position:], False


def _bracketed(address: str, hidden: str) -> str:
    """Return an address, the one that shall not become a card in brackets; what ends the sentence stays outside."""
    bare = address.rstrip(".,;:!?)]'\"")
    return f"<{bare}>{address[len(bare) :]}" if hidden and bare == hidden else address


def _cut(words: str, units: int) -> str:
    return words if len(words) <= units else words[: units - 1].rstrip() + "…"
