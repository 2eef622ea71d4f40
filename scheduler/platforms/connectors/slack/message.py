"""A payload as a Slack message: its words as rich text, which shows them exactly as written, and a plain fallback."""

from __future__ import annotations

import re
from typing import Any

from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark

EVENT = "drumbeat_post"
_URL = re.compile(r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"]")


def words_of(payload: Payload) -> str:
    """Return the text with the link at its end, unless it is in the text already: the card is made from it."""
    if payload.link is None or payload.link.url in payload.text:
        return payload.text
    return f"{payload.text.rstrip()}\n\n{payload.link.url}".lstrip()


def escaped(words: str) -> str:
    """Return words with the three characters that Slack reads as commands made plain."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Return what `escaped` was made from; an address that Slack has put in brackets is an address again."""
    text = re.sub(r"<(https?://[^>|]+)(\|[^>]*)?>", r"\1", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def message_of(payload: Payload, mark: Mark | None) -> dict[str, Any]:
    """Return the fields of a message; `mark` is written into its metadata, so that it can be found again."""
    words, shows = words_of(payload), payload.options.get("preview") != "none"
    fields: dict[str, Any] = {"text": escaped(words), "unfurl_links": shows, "unfurl_media": shows}
    if words.strip():
        fields["blocks"] = blocks(words)
    if mark:
        fields["metadata"] = {"event_type": EVENT, "event_payload": {"id": mark.idempotency_key}}
    return fields


def blocks(words: str) -> list[dict[str, Any]]:
    """Return words as one block of rich text: nothing in it is read as markup, addresses are links."""
    elements: list[dict[str, Any]] = []
    position = 0
    for match in _URL.finditer(words):
        elements += _text(words[position : match.start()])
        elements.append({"type": "link", "url": match[0]})
        position = match.end()
    elements += _text(words[position:])
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}]


def _text(words: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": words}] if words else []
