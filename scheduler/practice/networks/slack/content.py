"""What Slack takes for a message: text, blocks, attachments, metadata."""

from __future__ import annotations

import json
from typing import Any

from scheduler.practice.networks.slack.wire import Json, SlackRefusal, nested, text_of

CUT_TEXT = 40_000
MAX_UPDATE_TEXT = 4000
MAX_MARKDOWN = 12_000
MAX_BLOCKS = 50
MAX_BLOCKS_TEXT = 13_200
MAX_ATTACHMENTS = 100
MAX_METADATA_BYTES = 8000
_SECTION, _HEADER, _ALT, _ADDRESS = 3000, 150, 2000, 3000
_PLAIN_BLOCKS = ("divider", "actions", "rich_text", "video", "file", "markdown")


def checked_content(fields: Json) -> Json:
    """Return text, blocks, attachments and metadata of a message; raise the refusal for what is wrong with them."""
    markdown, text = text_of(fields, "markdown_text"), text_of(fields, "text")
    blocks = nested(fields, "blocks", "invalid_blocks_format")
    attachments = nested(fields, "attachments", "invalid_attachments")
    if markdown and (text or blocks):
        raise SlackRefusal("markdown_text_conflict")
    if len(markdown) > MAX_MARKDOWN:
        raise SlackRefusal("msg_blocks_too_long")
    check_blocks(blocks)
    if isinstance(attachments, list) and len(attachments) > MAX_ATTACHMENTS:
        raise SlackRefusal("too_many_attachments")
    if not (text.strip() or markdown.strip() or blocks or attachments):
        raise SlackRefusal("no_text")
    return {
        "text": (text or markdown)[:CUT_TEXT],
        "blocks": blocks or [],
        "attachments": attachments or [],
        "metadata": _metadata(fields),
    }


def check_blocks(blocks: object) -> None:
    """Raise the refusal for blocks that are none, too many or too long."""
    if blocks is None:
        return
    if not isinstance(blocks, list) or any(not isinstance(one, dict) for one in blocks):
        raise SlackRefusal("invalid_blocks_format")
    problems = [f"{bad} [json-pointer:/blocks/{place}]" for place, one in enumerate(blocks) for bad in _problems(one)]
    if len(blocks) > MAX_BLOCKS:
        problems.append(f"no more than {MAX_BLOCKS} items allowed [json-pointer:/blocks]")
    if problems:
        raise SlackRefusal("invalid_blocks", more={"response_metadata": {"messages": problems}})
    if sum(len(one) for block in blocks for one in block_texts(block)) > MAX_BLOCKS_TEXT:
        raise SlackRefusal("msg_blocks_too_long")


def block_texts(block: Any) -> list[str]:
    """Return every text in a block, at any depth."""
    if isinstance(block, dict):
        own = [block["text"]] if isinstance(block.get("text"), str) else []
        return own + [text for name, one in block.items() if name != "alt_text" for text in block_texts(one)]
    return [text for one in block for text in block_texts(one)] if isinstance(block, list) else []


def _problems(block: Json) -> list[str]:
    kind = block.get("type")
    if kind == "section":
        found = [block["text"]] if "text" in block else list(block.get("fields") or [])
        return _text_problems(found, _SECTION) if found else ["missing required field: text"]
    if kind == "header":
        return _text_problems([block.get("text")], _HEADER)
    if kind == "context":
        elements = block.get("elements")
        ok = isinstance(elements, list) and 1 <= len(elements) <= 10
        return [] if ok else ["must provide 1 to 10 elements"]
    if kind == "image":
        return _image_problems(block)
    return [] if kind in _PLAIN_BLOCKS else [f"unsupported type: {kind}"]


def _text_problems(texts: list[Any], limit: int) -> list[str]:
    bad = []
    for one in texts:
        if not isinstance(one, dict) or one.get("type") not in ("mrkdwn", "plain_text"):
            bad.append("invalid text object")
        elif not 1 <= len(str(one.get("text", ""))) <= limit:
            bad.append(f"must be more than 0 and less than {limit + 1} characters")
    return bad


def _image_problems(block: Json) -> list[str]:
    alt, address = block.get("alt_text"), block.get("image_url")
    bad = []
    if not isinstance(alt, str) or not 1 <= len(alt) <= _ALT:
        bad.append(
            "missing required field: alt_text" if not alt else f"alt_text must be less than {_ALT + 1} characters"
        )
    if "slack_file" in block:
        return bad
    if not isinstance(address, str) or not address.startswith(("http://", "https://")) or len(address) > _ADDRESS:
        bad.append("invalid image_url")
    return bad


def _metadata(fields: Json) -> Json | None:
    metadata = nested(fields, "metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    named = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str) and metadata["event_type"]
    if not named or not isinstance(metadata.get("event_payload"), dict):
        raise SlackRefusal("invalid_metadata_format")
    if len(json.dumps(metadata)) > MAX_METADATA_BYTES:
        raise SlackRefusal("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}
