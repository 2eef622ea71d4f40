"""One data block as the editor shows it: its fields, what visitors get of it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.content import blocks, yaml_tree
from scheduler.content.blocks import Block, Data
from scheduler.content.yaml_tree import Items, LineProblem, Node, Scalar, Table
from scheduler.services.context import Context
from scheduler.services.editorial.rendering import checked
from scheduler.services.library.pictures import Picture, pictures

Value = str | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True)
class BlockLook:
    """A data block. `fields` is what its author wrote (None when it cannot be read), `data` what visitors get."""

    fields: dict[str, Value] | None
    data: Data | None
    problems: tuple[LineProblem, ...]
    pictures: dict[str, Picture]


def look_at(ctx: Context, kind: str, text: str) -> BlockLook:
    """Return how a data block of a known kind looks. The lines of problems count from 1 at the fence."""
    data, problems = blocks.read(kind, text, 1)
    found = pictures(ctx, blocks.assets_of(kind, data)) if data else {}
    if data is not None:
        block, missing = checked(Block(kind, data, 1), found, ctx.settings.site.business)
        data, problems = block.data, [*problems, *missing]
    return BlockLook(_fields(text), data, tuple(problems), found)


def _fields(text: str) -> dict[str, Value] | None:
    try:
        tree = yaml_tree.parse(text, 1)
    except yaml_tree.Broken:
        return None
    return {key: _value(node) for key, node in tree.entries.items()} if isinstance(tree, Table) else None


def _value(node: Node) -> Value:
    match node:
        case Scalar():
            return node.text
        case Items():
            return [_value(item) for item in node.items]
        case Table():
            return {key: _value(entry) for key, entry in node.entries.items()}
