"""The text of a WordPress article as plain HTML: block comments read, shortcodes made, paragraphs set."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.services.moving import shortcodes
from scheduler.services.moving.incoming import Tally

_COMMENT = re.compile(r"<!--\s*(/?)wp:([a-z][\w/-]*)\s*(\{.*?\})?\s*(/?)-->", re.DOTALL)
_BLOCK_TAGS = (
    "address|article|aside|blockquote|caption|center|col|colgroup|dd|details|div|dl|dt|fieldset|figcaption|figure|"
    "footer|form|h[1-6]|header|hr|iframe|legend|li|main|menu|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|"
    "tr|ul|video|audio"
)
_BLOCK_START = re.compile(rf"<(?:{_BLOCK_TAGS})[\s/>]", re.IGNORECASE)
_SHOWN_BY_THE_SITE = ("more", "nextpage", "paragraph", "heading", "list", "image")
MOST_REUSED = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What the whole export says and one text needs: its reusable blocks by number, photos by article."""

    reusable: Mapping[str, str]
    unknown: str = shortcodes.KEEP


def as_html(text: str, told: Told, tally: Tally) -> str:
    """Return the HTML of a text; what cannot be shown is counted in `tally`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"<!--\s*(more|nextpage|noteaser).*?-->", "\n\n", text)
    if "<!-- wp:" in text:
        text = _without_comments(_with_reusable(text, told), tally)
        return shortcodes.expanded(text, told.unknown, tally)
    return paragraphs(shortcodes.expanded(text, told.unknown, tally))


def _with_reusable(text: str, told: Told) -> str:
    for _ in range(MOST_REUSED):
        match = re.search(r"<!--\s*wp:block\s*(\{.*?\})\s*/-->", text, re.DOTALL)
        if not match:
            break
        inner = told.reusable.get(str(_settings(match[1]).get("ref", "")), "<!-- wp:missing-reusable-block /-->")
        text = text[: match.start()] + inner + text[match.end() :]
    return text


def _without_comments(text: str, tally: Tally) -> str:
    def replaced(match: re.Match[str]) -> str:
        closing, name, settings, alone = match.groups()
        if alone and name not in _SHOWN_BY_THE_SITE:
            tally.add(f"block {name}", match[0])
        if not closing and name.removeprefix("core-").startswith("embed") and alone:
            return f"<p>{html.escape(str(_settings(settings).get('url', '')))}</p>"
        return "\n"

    return _COMMENT.sub(replaced, text)


def _settings(text: str | None) -> dict[str, object]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def paragraphs(text: str) -> str:
    """Return a text of the classic editor with its empty lines as paragraphs and its line ends as breaks."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\n\n\ue010{len(kept) - 1}\ue011\n\n"

    text = re.sub(r"<(pre|script|style)\b.*?</\1>", keep, text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(rf"(<(?:{_BLOCK_TAGS})(?:\s[^>]*)?/?>)", r"\n\n\1", text, flags=re.IGNORECASE)
    text = re.sub(rf"(</(?:{_BLOCK_TAGS})>)", r"\1\n\n", text, flags=re.IGNORECASE)
    made = "\n".join(_paragraph(chunk) for chunk in re.split(r"\n\s*\n", text) if chunk.strip())
    return re.sub("\ue010(\\d+)\ue011", lambda match: kept[int(match[1])], made)


def _paragraph(chunk: str) -> str:
    chunk = chunk.strip()
    if _BLOCK_START.match(chunk) or re.match(rf"</(?:{_BLOCK_TAGS})>|\ue010", chunk, re.IGNORECASE):
        opening = re.match(r"<[^>]*>", chunk)
        rest = chunk[opening.end() :] if opening else ""
        return (opening[0] if opening else "") + re.sub(r"(?<!<br />)\n", "<br />\n", rest) if opening else chunk
    return "<p>" + re.sub(r"(?<!<br />)(?<!<br>)\n", "<br />\n", chunk) + "</p>"
