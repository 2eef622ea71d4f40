"""Front matter: the YAML between the two `---` lines at the top of an article, and the text after it.

A change touches only the lines of the keys that changed: comments, order, quotes and the text after stay as they
were, byte for byte.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from scheduler.content import yaml_tree
from scheduler.content.yaml_tree import Broken, Items, LineProblem, Scalar, Table, Value

_QUOTED_MOMENT = re.compile(r"^(\w+: )'(\d{4}-\d\d-\d\d(?:T[\d:]+(?:Z|[+-][\d:]+))?)'$")
"""A date that the writer put in quotes because it is a text to us; people write it without."""

YAML_LINE = 2
"""The file's line on which the YAML begins."""


@dataclass(frozen=True, slots=True)
class Parts:
    """An article's text in three: `opening` is the first line, `closing` the second `---` line. Joined, they are it."""

    opening: str
    yaml: str
    closing: str
    body: str

    def __str__(self) -> str:
        return self.opening + self.yaml + self.closing + self.body


def split(text: str) -> Parts:
    """Return the parts of an article's text. Raises `Broken` when there is no front matter."""
    opening = re.match(r"\ufeff?---[ \t]*\r?\n", text)
    if not opening:
        raise Broken(LineProblem(1, "the file must begin with a line of three hyphens (---), then title: and the rest"))
    closing = re.compile(r"^---[ \t]*(\r?\n|\Z)", re.MULTILINE).search(text, opening.end())
    if not closing:
        raise Broken(LineProblem(1, "the front matter is never closed; put a line of three hyphens (---) after it"))
    return Parts(opening[0], text[opening.end() : closing.start()], closing[0], text[closing.end() :])


def parse(parts: Parts) -> Table:
    """Return the front matter as a tree with the file's line numbers. Raises `Broken`."""
    tree = yaml_tree.parse(parts.yaml, YAML_LINE)
    if isinstance(tree, Table):
        return tree
    raise Broken(LineProblem(tree.line, "the front matter must be lines like title: My article"))


def change(parts: Parts, changes: Mapping[str, Value], body: str | None = None) -> Parts:
    """Return the parts with `changes` made: a value replaces the key's, None removes the key, new keys go last.

    A table is merged into the one that is there: keys of it that are not named stay, those with None go. A key
    whose value is already the same keeps its lines. Raises `Broken` when the YAML cannot be read.
    """
    before = parse(parts)
    if before.flow:
        raise Broken(LineProblem(YAML_LINE, "the front matter is written in braces; write one key per line instead"))
    merged = {key: _merged(before.entries.get(key), new) for key, new in changes.items()}
    wanted = {key: new for key, new in merged.items() if _differs(before, key, new)}
    text = parts.yaml
    for key in sorted((k for k in wanted if k in before.keys), key=lambda k: before.keys[k].start, reverse=True):
        text = _replace(text, before, key, wanted[key])
    for key, new in wanted.items():
        if key not in before.keys and new is not None:
            text = _append(text, _dumped(key, new, None))
    changed = Parts(parts.opening, _line_ends(text, parts.yaml), parts.closing, parts.body if body is None else body)
    _verify(before, parse(changed), wanted)
    return changed


def _merged(old: yaml_tree.Node | None, new: Value) -> Value:
    if not isinstance(new, dict):
        return new
    kept = yaml_tree.value(old) if isinstance(old, Table) else {}
    both = {**kept, **new} if isinstance(kept, dict) else new
    return {key: value for key, value in both.items() if value is not None} or None


def _differs(before: Table, key: str, new: Value) -> bool:
    if key not in before.entries:
        return new is not None
    return not (yaml_tree.value(before.entries[key]) is None if new is None else same(before.entries[key], new))


def same(node: yaml_tree.Node, wanted: Value) -> bool:
    """Return whether the node says `wanted`; a text counts as the same with or without quotes."""
    if isinstance(node, Scalar):
        typed = yaml_tree.value(node)
        return node.text == wanted or (typed == wanted and type(typed) is type(wanted))
    if isinstance(node, Items):
        return (
            isinstance(wanted, list)
            and len(node.items) == len(wanted)
            and all(same(item, want) for item, want in zip(node.items, wanted, strict=True))
        )
    return (
        isinstance(wanted, dict)
        and list(node.entries) == list(wanted)
        and all(same(node.entries[key], want) for key, want in wanted.items())
    )


def _replace(text: str, before: Table, key: str, new: Value) -> str:
    start, old = before.keys[key].start, before.entries[key]
    colon = text.index(":", before.keys[key].end) + 1
    end = max(colon, start + len(text[start : old.end].rstrip()))
    if new is None:
        return text[:start] + text[_next_line(text, end) :]
    return text[:start] + _dumped(key, new, old) + text[end:]


def _next_line(text: str, offset: int) -> int:
    found = text.find("\n", offset)
    return len(text) if found < 0 else found + 1


def _append(text: str, lines: str) -> str:
    return text + ("" if not text or text.endswith("\n") else "\n") + lines + "\n"


def _dumped(key: str, new: Value, old: yaml_tree.Node | None) -> str:
    """Return `key: value` in YAML without the last line end; a list stays in brackets if it was."""
    writer = YAML()
    writer.width = 1_000_000
    writer.indent(mapping=2, sequence=4, offset=2)
    shown: object = new
    if isinstance(new, list) and isinstance(old, Items) and old.flow:
        shown = CommentedSeq(new)
        shown.fa.set_flow_style()
    stream = io.StringIO()
    writer.dump({key: shown}, stream)
    return _QUOTED_MOMENT.sub(r"\1\2", stream.getvalue().rstrip("\n"))


def _line_ends(text: str, like: str) -> str:
    return re.sub(r"\r?\n", "\r\n", text) if "\r\n" in like else text


def _verify(before: Table, after: Table, wanted: Mapping[str, Value]) -> None:
    """A splice that would say anything but what was asked is a fault of ours: better no save than a wrong one."""
    kept = {k: yaml_tree.value(n) for k, n in before.entries.items() if k not in wanted}
    now = {k: yaml_tree.value(n) for k, n in after.entries.items() if k not in wanted}
    right = all(k not in after.entries if v is None else same(after.entries[k], v) for k, v in wanted.items())
    if kept != now or not right:
        raise Broken(LineProblem(YAML_LINE, "the front matter is laid out in a way that cannot be changed safely"))
