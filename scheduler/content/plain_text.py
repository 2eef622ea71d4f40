"""The words of a Markdown text without its signs, for the search: fast rather than exact (10,000 texts in seconds).

No pattern looks further than a few hundred characters, so that no text, however odd, takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scheduler.content.blocks import DATA_KINDS

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([\w-]*)")
_KEY = re.compile(r"([a-z_]{1,40}):[ \t]*(?:[|>][-+]?)?[ \t]*(.*)")
_HIDDEN_KEYS = frozenset({"asset", "url", "href", "kind", "photos"})
_STEPS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (":::", re.compile(r"^ {0,3}:{3,}[^\n\"]*(?:\"([^\n\"]*)\")?[^\n]*$", re.M), r"\1"),
    ("]:", re.compile(r"^ {0,3}\[[^\[\]\n]{1,200}\]:[^\n]*$", re.M), ""),
    ("![", re.compile(r"!\[([^\[\]]*)\]\([^()\"]{0,500}(?:\"([^\"]{0,500})\")?\s?\)"), r"\1 \2"),
    ("](", re.compile(r"\[([^\[\]]*)\]\([^()]{0,500}\)"), r"\1"),
    ("<article:", re.compile(r"<article:[^<>\s]{1,300}>"), ""),
    ("][", re.compile(r"\[([^\[\]]*)\]\[[^\[\]]{0,200}\]"), r"\1"),
    ("", re.compile(r"^[ \t]*(?:(?:#{1,6}|>+|[-*+]|\d{1,9}[.)])(?:[ \t]+|$))+", re.M), ""),
    ("|", re.compile(r"^[ \t]*\|?[-:| \t]{3,}$", re.M), ""),
    ("|", re.compile(r"(?<!\\)\|"), " "),
    ("*", re.compile(r"(?<!\\)\*+"), ""),
    ("`", re.compile(r"(?<!\\)`+"), ""),
    ("~~", re.compile(r"~~"), ""),
    ("_", re.compile(r"(?<![\w\\])_{1,3}(?=\w)|(?<=[\w.,;:!?])_{1,3}(?!\w)"), ""),
    ("\\", re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)
"""What is replaced: a sign without which the pattern need not be tried, the pattern, and what comes in its place."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b\ufeff]+")


def plain_text(markdown: str) -> str:
    """Return what a reader sees of a Markdown text, in one line: words of blocks, captions and alt texts included."""
    fenced = "```" in markdown or "~~~" in markdown
    text = "\n".join(_without_fences(markdown)) if fenced else markdown
    for sign, pattern, by in _STEPS:
        if sign in text:
            text = pattern.sub(by, text)
    return " ".join(_UNSEEN.sub(" ", text).split())


def _without_fences(markdown: str) -> Iterator[str]:
    fence = kind = ""
    hidden = False
    for line in markdown.splitlines():
        found = _FENCE.match(line)
        if found and not fence:
            fence, kind, hidden = found[1], found[2], False
        elif found and found[1].startswith(fence) and not found[2]:
            fence = ""
        elif fence and kind in DATA_KINDS:
            words, hidden = _data(line, hidden)
            yield words
        else:
            yield line


def _data(line: str, hidden: bool) -> tuple[str, bool]:
    """Return the words of a line of a data block, and whether what follows it without a key is hidden too."""
    text = line.strip().removeprefix("- ").strip()
    if key := _KEY.fullmatch(text):
        hidden, text = key[1] in _HIDDEN_KEYS, key[2]
    return ("" if hidden else text.strip("\"'")), hidden
