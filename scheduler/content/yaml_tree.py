"""Reading YAML that people write: a tree of nodes with line numbers, or one clear problem.

Scalars are kept as they were typed, so that `slug: no` stays "no" and `title: 012` stays "012"; whoever reads a
field decides its type. Anchors, aliases and tags are refused: no file of ours needs them, and they are how a small
file becomes a large one. The parser underneath is libyaml's (thirty times the speed of a pure Python one).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

LARGEST_CHARACTERS = 64 * 1024
DEEPEST = 12

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Event = Any  # the stubs of PyYAML leave out what its events carry


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One thing wrong with a text: `line` counts from 1, `reason` is a sentence with the way out.

    `serious` means that something the author put there cannot be shown at all. `about` says what kind it is where
    somebody asks: "alt" a missing alt text, "link" a link that leads nowhere.
    """

    line: int
    reason: str
    serious: bool = False
    about: str = ""


class Broken(Exception):
    """A text that cannot be used; carries every problem found."""

    def __init__(self, *problems: LineProblem) -> None:
        self.problems = problems
        super().__init__("; ".join(f"line {p.line}: {p.reason}" for p in problems))


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was typed; `plain` says that it had no quotes. Offsets are characters of the YAML text."""

    text: str
    line: int
    start: int
    end: int
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Items:
    """A list. `end` is the offset behind its last item; `flow` says that it was written in brackets."""

    items: tuple[Node, ...]
    line: int
    start: int
    end: int
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with values, in their order; `keys` holds the scalar of each key."""

    entries: dict[str, Node]
    keys: dict[str, Scalar]
    line: int
    start: int
    end: int
    flow: bool = False


Node = Scalar | Items | Table
Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]


def parse(text: str, first_line: int = 1) -> Node:
    """Return the tree of one YAML document; `first_line` is the file's line on which `text` begins.

    Raises `Broken` with the line. An empty text is an empty table.
    """
    if len(text) > LARGEST_CHARACTERS:
        raise Broken(LineProblem(first_line, f"this is larger than {LARGEST_CHARACTERS // 1024} KiB"))
    try:
        return _Tree(text, first_line).document()
    except yaml.MarkedYAMLError as error:
        unclosed = "end of stream" in (error.problem or "")  # what matters is where it was opened
        mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
        line = first_line + min(mark.line, text.count("\n")) if mark else first_line
        raise Broken(LineProblem(line, f"this is not YAML: {error.problem or error.context}{_hint(error)}")) from None
    except yaml.YAMLError as error:
        line = first_line + text[: getattr(error, "position", None) or 0].count("\n")
        raise Broken(LineProblem(line, f"this is not YAML: {getattr(error, 'reason', 'unreadable text')}")) from None


def _hint(error: yaml.MarkedYAMLError) -> str:
    if "mapping values are not allowed" in (error.problem or ""):
        return '; put a text that holds ": " in quotes'
    if "cannot start any token" in (error.problem or ""):
        return "; use spaces, not tabs, and put a text that starts with a special sign in quotes"
    return ""


class _Tree:
    """Builds nodes from the parser's events."""

    def __init__(self, text: str, first_line: int) -> None:
        self.first_line = first_line
        self.events: Iterator[_Event] = iter(yaml.parse(text, Loader=_Loader))

    def document(self) -> Node:
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            return Table({}, {}, self.first_line, 0, 0)
        node = self.node(next(self.events), 1)
        next(self.events)
        if not isinstance(more := next(self.events), yaml.StreamEndEvent):
            raise self.broken(more, "this holds a second document; remove the extra ---")
        return node

    def node(self, event: _Event, depth: int) -> Node:
        self.refuse(event, depth)
        start, line = event.start_mark.index, self.line(event)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, line, start, _end_of(event), event.implicit[0])
        flow = bool(event.flow_style)
        if isinstance(event, yaml.SequenceStartEvent):
            items, end = self.items(depth)
            return Items(tuple(items), line, start, end if flow else _end(items, start), flow)
        entries, keys, end = self.entries(depth)
        return Table(entries, keys, line, start, end if flow else _end(list(entries.values()), start), flow)

    def items(self, depth: int) -> tuple[list[Node], int]:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return items, _end_of(event)

    def entries(self, depth: int) -> tuple[dict[str, Node], dict[str, Scalar], int]:
        entries: dict[str, Node] = {}
        keys: dict[str, Scalar] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise self.broken(event, "this has a list or a table as a name; names are plain words")
            if key.text in keys:
                raise self.broken(event, f'"{key.text}" is there twice; remove one')
            keys[key.text] = key
            entries[key.text] = self.node(next(self.events), depth + 1)
        return entries, keys, _end_of(event)

    def refuse(self, event: _Event, depth: int) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self.broken(event, "this uses an anchor or alias (& or *); write the value out, or put it in quotes")
        if event.tag is not None:
            raise self.broken(event, f"this uses the tag {event.tag}; write the plain value, or put it in quotes")
        if depth > DEEPEST:
            raise self.broken(event, f"this is nested deeper than {DEEPEST} levels")

    def line(self, event: _Event) -> int:
        return int(self.first_line + event.start_mark.line)

    def broken(self, event: _Event, reason: str) -> Broken:
        return Broken(LineProblem(self.line(event), reason))


def _end_of(event: _Event) -> int:
    return int(event.end_mark.index)


def _end(nodes: list[Node], start: int) -> int:
    return nodes[-1].end if nodes else start


def value(node: Node) -> Value:
    """Return the node as plain Python, with the types of YAML 1.2 (its core schema)."""
    if isinstance(node, Items):
        return [value(item) for item in node.items]
    if isinstance(node, Table):
        return {key: value(entry) for key, entry in node.entries.items()}
    return _typed(node.text) if node.plain else node.text


def _typed(text: str) -> str | int | float | bool | None:
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]{1,18}", text):
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?", text):
        return float(text)
    return text
