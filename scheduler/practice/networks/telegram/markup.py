"""Text as Telegram reads it: HTML or MarkdownV2 turned into visible text and entities, counted in UTF-16 units."""

from __future__ import annotations

from html import unescape
from typing import Any

import regex

from scheduler.practice.networks.telegram.wire import bad_request

Json = dict[str, Any]

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_HTML_TOKEN = regex.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s[^<>]*)?)>|(&[#\w]+;?)|([^<&]+|[<&])")
_HREF = regex.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
_MARKS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
}
_MARKDOWN_TOKEN = regex.compile(r"\\(.)|(```|`|__|_|\*|~|\|\|)|\](\([^)\s]*\))|(\[)|([^\\`_*~|\[\]]+|.)", regex.DOTALL)
_RESERVED = frozenset("[]()~`>#+-=|{}.!")
ENTITY_TYPES = frozenset(_TAGS.values()) | {
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "expandable_blockquote",
    "text_mention",
    "custom_emoji",
    "date_time",
}


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parsed(text: str, mode: str, entities: list[Any] | None) -> tuple[str, list[Json]]:
    """Return the visible text and its entities; raise the refusal for markup that can not be parsed."""
    if mode.lower() == "html":
        text, found = _from_html(text)
    elif mode.lower() == "markdownv2":
        text, found = _from_markdown(text)
    elif mode and mode.lower() != "markdown":
        raise bad_request("unsupported parse_mode")
    else:
        found = [_checked(one, units(text)) for one in entities or []]
    return text, found


def _checked(entity: Any, length: int) -> Json:
    if not isinstance(entity, dict) or entity.get("type") not in ENTITY_TYPES:
        raise bad_request('can\'t parse MessageEntity: Field "type" has an invalid value')
    start, size = entity.get("offset"), entity.get("length")
    if not isinstance(start, int) or not isinstance(size, int) or start < 0 or size < 0 or start + size > length:
        raise bad_request("ENTITY_BOUNDS_INVALID")
    return entity


def _from_html(source: str) -> tuple[str, list[Json]]:
    text, found = "", []
    open_tags: list[tuple[str, int, Json]] = []
    for token in _HTML_TOKEN.finditer(source):
        closing, name, attributes, reference, plain = token.groups()
        place = len(source[: token.start()].encode())
        if plain is not None:
            if plain == "<":
                raise _unparsable(f"Unsupported start tag at byte offset {place}")
            text += plain
        elif reference is not None:
            text += unescape(reference)
        elif closing:
            if not open_tags or open_tags[-1][0] != name.lower():
                raise _unparsable(f"Unmatched end tag at byte offset {place}")
            _, start, entity = open_tags.pop()
            found.append(entity | {"offset": start, "length": units(text) - start})
        else:
            open_tags.append((name.lower(), units(text), _opened(name.lower(), attributes or "", place)))
    if open_tags:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return text, _kept(found)


def _opened(name: str, attributes: str, place: int) -> Json:
    if name not in _TAGS or (name == "span" and "tg-spoiler" not in attributes):
        raise _unparsable(f'Unsupported start tag "{name}" at byte offset {place}')
    if name != "a":
        return {"type": _TAGS[name]}
    href = _HREF.search(attributes)
    return {"type": "text_link", "url": unescape(next(one for one in href.groups() if one is not None) if href else "")}


def _from_markdown(source: str) -> tuple[str, list[Json]]:
    text, found = "", []
    open_marks: list[tuple[str, int]] = []
    for token in _MARKDOWN_TOKEN.finditer(source):
        escaped, mark, target, bracket, plain = token.groups()
        if escaped is not None:
            text += escaped
        elif target is not None and open_marks and open_marks[-1][0] == "[":
            _, start = open_marks.pop()
            entity = {"type": "text_link", "url": target[1:-1], "offset": start, "length": units(text) - start}
            found.append(entity)
        elif bracket is not None:
            open_marks.append(("[", units(text)))
        elif mark is not None and open_marks and open_marks[-1][0] == mark:
            _, start = open_marks.pop()
            found.append({"type": _MARKS[mark], "offset": start, "length": units(text) - start})
        elif mark is not None:
            open_marks.append((mark, units(text)))
        else:
            text += _unreserved(plain or "]")
    if open_marks:
        raise _unparsable(f"Can't find end of the entity starting at byte offset {open_marks[-1][1]}")
    return text, _kept(found)


def _unreserved(plain: str) -> str:
    bad = next((one for one in plain if one in _RESERVED), None)
    if bad is not None:
        raise _unparsable(f"Character '{bad}' is reserved and must be escaped with the preceding '\\'")
    return plain


def _kept(found: list[Json]) -> list[Json]:
    kept = [one for one in found if one["length"] and (one["type"] != "text_link" or one["url"])]
    return sorted(kept, key=lambda one: (one["offset"], -one["length"]))


def _unparsable(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")
