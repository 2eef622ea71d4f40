"""Field selection and paging as the Graph API has them: `fields=id,comments.limit(0).summary(true){message}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scheduler.practice.meta.wire import bad_parameter, list_of, number_of, text_of

MOST_LISTED = 100
_MODIFIER = re.compile(r"\.(\w+)\(([^()]*)\)")
_NAME = re.compile(r"\w+")

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """One field asked for, with its modifiers (`limit`, `summary`) and the fields wanted inside it."""

    name: str
    modifiers: Mapping[str, str]
    inner: tuple[Wish, ...]


def wishes(text: str) -> tuple[Wish, ...]:
    """Read a `fields` parameter. Raises the refusal for a malformed one."""
    found, rest = _several(text.replace(" ", ""))
    if rest:
        raise bad_parameter(f'Syntax error "Expected end of string instead of "{rest[0]}"."')
    return found


def chosen(node: Node, wanted: Sequence[Wish], kind: str) -> dict[str, Any]:
    """Return the wanted fields of a node, its id always; absent ones (None) are left out as the real one does.

    Raises the refusal for a field that nodes of this kind do not have.
    """
    found = {"id": node["id"]} if "id" in node else {}
    for wish in wanted:
        if wish.name not in node:
            raise bad_parameter(f"Tried accessing nonexisting field ({wish.name}) on node type ({kind})")
        value = _inside(node[wish.name], wish)
        if value is not None:
            found[wish.name] = value
    return found


def page_of(nodes: Sequence[Node], parameters: Mapping[str, Any], kind: str, usual: str) -> dict[str, Any]:
    """Return one page of a list of nodes (`limit`, `after`), with the cursors to the next."""
    limit = min(number_of(parameters, "limit") or 25, MOST_LISTED)
    start = _start(nodes, text_of(parameters, "after"))
    shown = nodes[start : start + limit]
    wanted = wishes(text_of(parameters, "fields") or usual)
    answer: dict[str, Any] = {"data": [chosen(node, wanted, kind) for node in shown]}
    if shown:
        answer["paging"] = {"cursors": {"before": shown[0]["id"], "after": shown[-1]["id"]}}
        if start + limit < len(nodes):
            answer["paging"]["next"] = f"?after={shown[-1]['id']}&limit={limit}"
    return answer


def metrics_of(parameters: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """Return the metrics asked for. One unknown or retired metric fails the whole call, as on the real one."""
    wanted = [str(name) for name in list_of(parameters, "metric")]
    if not wanted or any(name not in known for name in wanted):
        raise bad_parameter("The value must be a valid insights metric")
    return wanted


def _start(nodes: Sequence[Node], after: str) -> int:
    return next((index + 1 for index, node in enumerate(nodes) if node["id"] == after), 0) if after else 0


def _several(text: str) -> tuple[tuple[Wish, ...], str]:
    found = []
    while text and text[0] != "}":
        wish, text = _one(text)
        found.append(wish)
        if not text.startswith(","):
            break
        text = text[1:]
    return tuple(found), text


def _one(text: str) -> tuple[Wish, str]:
    name = _NAME.match(text)
    if name is None:
        raise bad_parameter(f'Syntax error "Field name expected, got {text[0]!r}"')
    text, modifiers = text[name.end() :], {}
    while found := _MODIFIER.match(text):
        modifiers[found[1]] = found[2]
        text = text[found.end() :]
    inner: tuple[Wish, ...] = ()
    if text.startswith("{"):
        inner, text = _several(text[1:])
        if not text.startswith("}"):
            raise bad_parameter('Syntax error "Expected "}"."')
        text = text[1:]
    return Wish(name[0], modifiers, inner), text


def _inside(value: Any, wish: Wish) -> Any:
    if not isinstance(value, Mapping):
        return value
    if isinstance(value.get("data"), list):
        limit = int(wish.modifiers.get("limit", "25") or 0)
        kept = [_element(one, wish) for one in value["data"][:limit]]
        summary = {"summary": value["summary"]} if wish.modifiers.get("summary") in ("true", "1") else {}
        return {"data": kept, **summary}
    return chosen(value, wish.inner, wish.name) if wish.inner else value


def _element(node: Node, wish: Wish) -> dict[str, Any]:
    if wish.inner:
        return chosen(node, wish.inner, wish.name)
    return {name: value for name, value in node.items() if value is not None}
