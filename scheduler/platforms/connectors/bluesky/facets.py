"""Where the links, mentions and hashtags of a Bluesky text are, in UTF-8 bytes.

Bluesky's servers detect nothing: what is not marked as a facet stays plain text. The rules are those of the official
client (platform sheet 4.2), so that a post looks as if it had been written there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex
from publicsuffixlist import PublicSuffixList

from scheduler.platforms.text import graphemes

TAG_GRAPHEMES = 64
TAG_BYTES = 640

_START = r"(?<![^\s(])"
_INVISIBLE = r"\u00AD\u2060\u200A-\u200D\u20e2\ufeff"
_MENTION = regex.compile(_START + r"@([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)")
_URL = regex.compile(_START + r"https?://\S+", regex.IGNORECASE)
_BARE = regex.compile(_START + r"([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)\S*")
_TAG = regex.compile(
    rf"(?<!\S)[#＃](?!\ufe0f)([^\s{_INVISIBLE}]*[^\d\s\p{{P}}{_INVISIBLE}][^\s{_INVISIBLE}]*)",
)
_CASHTAG = regex.compile(_START + r"\$([A-Za-z][A-Za-z0-9]{0,4})(?=\s|$|[.,;:!?)\"'\u2019])")
_PUNCTUATION_END = regex.compile(r"(?<!\p{P})\p{P}+$")


@dataclass(frozen=True, slots=True)
class Span:
    """One marked part of a text: code points from `start` to `end`, and what it is."""

    start: int
    end: int
    kind: str
    """"link", "mention" or "tag"."""
    value: str
    """The address, the handle, or the tag."""


def detect(text: str) -> list[Span]:
    """Return the links, mentions and tags of `text` in order, none overlapping another."""
    found = [*_mentions(text), *_links(text), *_tags(text), *_cashtags(text)]
    spans: list[Span] = []
    for span in sorted(found, key=lambda each: (each.start, -each.end)):
        if not spans or span.start >= spans[-1].end:
            spans.append(span)
    return spans


def facets(text: str, did_of: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """Return the facets of `text` for a post record; `did_of` resolves a handle, None leaves it plain text."""
    marked = []
    for span in detect(text):
        feature = _feature(span, did_of)
        if feature:
            start = len(text[: span.start].encode())
            end = start + len(text[span.start : span.end].encode())
            marked.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
    return marked


def _feature(span: Span, did_of: Callable[[str], str | None]) -> dict[str, str] | None:
    if span.kind == "mention":
        did = did_of(span.value)
        return {"$type": "app.bsky.richtext.facet#mention", "did": did} if did else None
    name = "uri" if span.kind == "link" else "tag"
    return {"$type": f"app.bsky.richtext.facet#{span.kind}", name: span.value}


def _mentions(text: str) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        handle = match[1]
        if handle.lower().endswith(".test") or _is_domain(handle):
            yield Span(match.start(), match.end(), "mention", handle.lower())


def _links(text: str) -> Iterator[Span]:
    for match in _URL.finditer(text):
        address = _trimmed(match[0])
        if address.partition("://")[2].strip("/"):
            yield Span(match.start(), match.start() + len(address), "link", address)
    for match in _BARE.finditer(text):
        if _is_domain(match[1]):
            address = _trimmed(match[0])
            yield Span(match.start(), match.start() + len(address), "link", f"https://{address}")


def _trimmed(address: str) -> str:
    """Return the address without the punctuation of the sentence around it."""
    if address[-1] in ".,;:!?":
        address = address[:-1]
    if address.endswith(")") and "(" not in address:
        address = address[:-1]
    return address


def _tags(text: str) -> Iterator[Span]:
    for match in _TAG.finditer(text):
        tag = _PUNCTUATION_END.sub("", match[1])
        if tag and graphemes(tag) <= TAG_GRAPHEMES and len(tag.encode()) <= TAG_BYTES:
            yield Span(match.start(), match.start() + 1 + len(tag), "tag", tag)


def _cashtags(text: str) -> Iterator[Span]:
    for match in _CASHTAG.finditer(text):
        yield Span(match.start(), match.end(), "tag", f"${match[1].upper()}")


def _is_domain(name: str) -> bool:
    """Return whether `name` is a domain under a top-level domain that exists."""
    labels = name.lower().split(".")
    if len(labels) < 2 or not all(labels):
        return False
    return _suffixes().publicsuffix(name.lower(), accept_unknown=False) is not None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)
