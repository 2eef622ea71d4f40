"""An XML export read as a stream: one entry in memory at a time, and nothing that XML can be abused for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from scheduler.domain.problem import refuse

LARGEST_FILE = 2_000_000_000
LARGEST_ENTRY = 10_000_000
"""Characters of one entry: ten times what an article may have, for its fields and what else hangs on it."""
_CHUNK = 1 << 16
_CONTROLS = bytes(set(range(32)) - {9, 10, 13})
_RECORDS = {
    "item",
    "author",
    "category",
    "tag",
    "term",
    "title",
    "link",
    "base_site_url",
    "base_blog_url",
    "wxr_version",
}
_DEEPEST = 40


@dataclass(slots=True)
class Entry:
    """One element below the channel: `fields` are its texts by name, `terms` its categories and tags."""

    name: str
    fields: dict[str, str] = field(default_factory=dict)
    terms: list[tuple[str, str, str]] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    comments: int = 0


def entries(path: Path) -> Iterator[Entry]:
    """Yield what stands below the channel. Raises `Invalid` with the line where the file is broken."""
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise refuse("file", f"This file has {size / 1e9:.1f} GB; {LARGEST_FILE / 1e9:.0f} GB is the most.")
    target = _Target()
    parser = DefusedXMLParser(target=target, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    with path.open("rb") as file:
        try:
            for chunk in _chunks(file):
                parser.feed(chunk)
                yield from target.taken()
            parser.close()
            yield from target.taken()
        except ParseError as error:
            raise refuse("file", _broken(error)) from error
        except DefusedXmlException as error:
            sentence = (
                "This file defines entities or a document type, which no export of WordPress does. It was not read."
            )
            raise refuse("file", sentence) from error
    if not target.is_export:
        raise refuse("file", "This is XML, but not an export of WordPress. Make one there under Tools, Export.")


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes without the signs that XML forbids and old texts hold all the same."""
    first = file.read(_CHUNK)
    wide = first[:2] in (b"\xff\xfe", b"\xfe\xff")
    chunk = first.lstrip(b"\r\n\t \x00") if not wide else first
    while chunk or first:
        yield chunk if wide else chunk.translate(None, _CONTROLS)
        first = b""
        chunk = file.read(_CHUNK)


def _broken(error: ParseError) -> str:
    line, column = error.position
    reason = str(error).partition(":")[0]
    return (
        f"The file is broken at line {line}, column {column + 1} ({reason}). Nothing was brought over. "
        "Make the export once more; an upload that broke off ends like this."
    )


class _Target:
    """Gathers one entry after the other while the parser reads."""

    def __init__(self) -> None:
        self.is_export = False
        self._path: list[str] = []
        self._text: list[str] = []
        self._size = 0
        self._entry: Entry | None = None
        self._term = ("", "")
        self._meta_key = ""
        self._done: list[Entry] = []

    def taken(self) -> list[Entry]:
        """Return the entries that are complete, once."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _name(tag)
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise refuse("file", "This file nests its elements deeper than any export of WordPress does.")
        self._text.clear()
        if self._path[:2] == ["rss", "channel"]:
            self.is_export = True
        if len(self._path) == 3 and self.is_export and name in _RECORDS:
            self._entry, self._size = Entry(name), 0
        elif len(self._path) == 4 and name == "category":
            self._term = (attributes.get("domain", ""), attributes.get("nicename", ""))

    def data(self, text: str) -> None:
        if self._entry is None or "comment" in self._path:
            return
        self._size += len(text)
        if self._size > LARGEST_ENTRY:
            raise refuse("file", f"One entry of this file has more than {LARGEST_ENTRY:,} characters. It was not read.")
        self._text.append(text)

    def end(self, tag: str) -> None:
        name, text = _name(tag), "".join(self._text)
        self._text.clear()
        self._path.pop()
        depth, entry = len(self._path), self._entry
        if entry is None:
            return
        if depth == 2:
            entry.fields.setdefault("", text.strip())
            self._done.append(entry)
            self._entry = None
        elif depth == 3 and name == "category" and entry.name == "item":
            entry.terms.append((*self._term, text.strip()))
        elif depth == 3 and name == "comment":
            entry.comments += 1
        elif depth == 3:
            entry.fields.setdefault(name, text)
        elif depth == 4 and name == "meta_key":
            self._meta_key = text.strip()
        elif depth == 4 and name == "meta_value" and self._path[-1] == "postmeta":
            entry.meta[self._meta_key] = text

    def close(self) -> None:
        """End."""


def _name(tag: str) -> str:
    space, _, name = tag.rpartition("}")
    return "excerpt" if name == "encoded" and "excerpt" in space else name
