"""What a reader sees of a text: the server's HTML without what no page shows.

Runs of spaces are one space and none at the edge of a block; it does not count in which order bold, italic and links
hold one another over the same words, nor an empty line at the end of code, nor a paragraph without words.
"""

from __future__ import annotations

import json
import re
from html import escape
from html.parser import HTMLParser
from itertools import pairwise

from scheduler.content.blocks import Block
from scheduler.content.markdown import render

INLINE = {"em", "strong", "s", "a", "code"}
_EMPTY = ("open", "p", "[]")
Shown = list[tuple[str, ...]]


def shown(text: str) -> Shown:
    """Return the blocks and the marked runs of words that a page shows of a text."""
    reader = _Reader()
    reader.feed(render(text, _block).html)
    reader.close()
    kept = [entry for entry in reader.finished() if entry[0] != "words" or entry[1]]
    empty = {at for at, pair in enumerate(pairwise(kept)) if pair == (_EMPTY, ("close", "p"))}
    return [entry for at, entry in enumerate(kept) if at not in empty and at - 1 not in empty]


def _block(block: Block) -> str:
    said = json.dumps([block.kind, block.data], sort_keys=True)
    return f'<x-block data-said="{escape(said, quote=True)}">{block.html}</x-block>'


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.entries: list[list[str]] = []
        self.marks: list[tuple[str, str]] = []
        self.code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data("\v")
        elif tag in INLINE and not self.code:
            self.marks.append((tag, f"{tag} {attrs}"))
        elif not (self.code and tag == "code"):
            self.code = self.code or tag == "pre"
            self.entries.append(["open", tag, str(attrs)])

    def handle_endtag(self, tag: str) -> None:
        if tag in INLINE and not self.code:
            at = max(index for index, (name, _) in enumerate(self.marks) if name == tag)
            del self.marks[at]
        elif tag not in ("code", "br"):
            self.code = self.code and tag != "pre"
            self.entries.append(["close", tag])

    def handle_data(self, data: str) -> None:
        marks = " ".join(sorted(mark for _, mark in self.marks))
        text = data if self.code else re.sub(r"[ \t\n\r\f]+", " ", data)
        last = self.entries[-1] if self.entries and self.entries[-1][0] == "words" else None
        if last and (last[2] == marks or not text.strip(" \v")):
            last[1] += text
        else:
            self.entries.append(["words", text, marks, "code" if self.code else ""])

    def finished(self) -> Shown:
        """Return what was read, without spaces at the edges of blocks."""
        before = None
        for entry in self.entries:
            if entry[0] != "words" or entry[3]:
                entry[1] = entry[1].removesuffix("\n") if entry[0] == "words" else entry[1]
                self._close(before)
                before = None
                continue
            words = entry[1].lstrip(" \v") if before else entry[1].lstrip(" ")
            space = entry[1][: len(entry[1]) - len(words)]
            if before:
                before[1] = _spaced(before[1] + space)
            entry[1] = _spaced(words)
            before = entry
        self._close(before)
        return [tuple(entry) for entry in self.entries]

    def _close(self, last: list[str] | None) -> None:
        if last:
            last[1] = last[1].rstrip(" ")


def _spaced(text: str) -> str:
    return re.sub(" ?\v ?", "\v", re.sub(" +", " ", text))
