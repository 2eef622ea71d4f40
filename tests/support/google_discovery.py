"""Google's discovery documents, where they lie beside the repository, for checking answers and requests against them.

They are no part of the repository. Elsewhere `FACTS` stands in for them: a test that has the documents compares both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Facts = Mapping[str, Mapping[str, str]]
"""Schema -> property -> what it holds: a type, a schema's name, or one of them in brackets for a list."""


def document(name: str) -> Json | None:
    """Return a document ("youtube/youtube.v3"), or None where it is not at hand."""
    places = (parent / f"shared/specs/{name}.json" for parent in Path(__file__).parents)
    found = next((place for place in places if place.is_file()), None)
    return json.loads(found.read_text()) if found else None


def facts_of(described: Json, schemas: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return what a document says of the properties that `schemas` names."""
    known = described["schemas"]
    return {
        schema: {name: _kind(known[schema]["properties"].get(name, {})) for name in properties}
        for schema, properties in schemas.items()
    }


def _kind(described: Json) -> str:
    if described.get("type") == "array":
        return f"[{_kind(described['items'])}]"
    return str(described.get("$ref") or described.get("type") or "nothing")


_TYPES: Mapping[str, type | tuple[type, ...]] = {"string": str, "integer": int, "boolean": bool, "number": (int, float)}


def faults(value: object, kind: str, facts: Facts, where: str = "") -> Iterator[str]:
    """Yield where a JSON value is not of a kind: wrong types and properties that are not in `facts`."""
    if kind.startswith("["):
        if not isinstance(value, list):
            yield f"{where}: no list"
            return
        for number, one in enumerate(value):
            yield from faults(one, kind[1:-1], facts, f"{where}[{number}]")
    elif kind in _TYPES:
        if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
            yield f"{where}: {value!r} is no {kind}"
    elif kind in facts and isinstance(value, dict):
        for name, inner in value.items():
            if name not in facts[kind]:
                yield f"{where}.{name}: unknown in {kind}"
            else:
                yield from faults(inner, facts[kind][name], facts, f"{where}.{name}")
    elif not (kind == "object" and isinstance(value, dict)):
        yield f"{where}: {value!r} is no {kind}"
