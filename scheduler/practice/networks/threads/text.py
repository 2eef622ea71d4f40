"""What a Threads text may hold: its length, its links, its topic."""

from __future__ import annotations

import regex

from scheduler.practice.networks.threads.wire import ThreadsRefusal, invalid
from scheduler.practice.richtext import urls_in

MAX_TEXT = 500
MAX_LINKS = 5
MAX_ALT_TEXT = 1000
MAX_TOPIC = 50
MAX_TEXT_ATTACHMENT = 10_000

_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\N{VARIATION SELECTOR-16}")
_CLUSTER = regex.compile(r"\X")


def text_length(text: str) -> int:
    """Return the length as Threads counts it: an emoji is as long as its UTF-8 bytes, all else counts code points."""
    clusters = _CLUSTER.findall(text)
    return sum(len(one.encode()) if _EMOJI.search(one) else len(one) for one in clusters)


def check_text(text: str, link: str) -> None:
    """Raise when the text is too long or it and the attachment have too many different links."""
    if text_length(text) > MAX_TEXT:
        raise invalid(f"Param text must be at most {MAX_TEXT} characters long.")
    if len({*urls_in(text), *([link] if link else [])}) > MAX_LINKS:
        message = "THREADS_API__LINK_LIMIT_EXCEEDED"
        reason = f"A post may hold at most {MAX_LINKS} links."
        raise ThreadsRefusal(400, 100, message, title="Too many links", reason=reason)


def check_topic(topic: str) -> None:
    """Raise when a topic tag cannot be one."""
    if topic and (len(topic) > MAX_TOPIC or "." in topic or "&" in topic):
        raise invalid(f"Param topic_tag must be 1 to {MAX_TOPIC} characters long, without periods and ampersands.")
