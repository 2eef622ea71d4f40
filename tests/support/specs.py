"""Where the platforms' published descriptions lie; they are not part of this repository.

A check against a description that is not there finds nothing wrong: the tests' own facts must carry them alone.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

Json = dict[str, Any]
_PLAIN: dict[str, tuple[type[Any], ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Boolean": (bool,),
    "Float": (int, float),
}


def description(path: str) -> Path | None:
    """Return the file or folder of this name among the published descriptions, or None."""
    found = (parent / "shared/specs" / path for parent in Path(__file__).parents)
    return next((one for one in found if one.exists()), None)


@cache
def described(path: str) -> Json | None:
    """Return a JSON description, or None where it is not at hand."""
    found = description(path)
    read: Json | None = json.loads(found.read_text()) if found else None
    return read


def telegram_problems(kind: str, value: object) -> list[str]:
    """Return where a value is not of this type of the Bot API, by the description's own words."""
    api = described("telegram/api.json")
    return [] if api is None else _telegram(api["types"], kind, value, kind)


def telegram_request_problems(method: str, fields: Json) -> list[str]:
    """Return the names in a request that the method does not take, and those it misses."""
    api = described("telegram/api.json")
    if api is None:
        return []
    known = {one["name"]: one for one in api["methods"][method].get("fields", [])}
    missing = [name for name, one in known.items() if one["required"] and name not in fields]
    return [f"{method}: {name}" for name in [*missing, *(set(fields) - set(known))]]


def schema_problems(path: str, name: str, value: object) -> list[str]:
    """Return where a value breaks the schema `name` of an OpenAPI document."""
    document = described(path)
    if document is None:
        return []
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    found = Draft202012Validator(schema).iter_errors(value)
    return [f"{one.json_path}: {one.message[:200]}" for one in found]


def slack_problems(method: str, answer: Json) -> list[str]:
    """Return the fields of a Slack answer that the recorded shape of this method does not have, or has otherwise."""
    shape = described(f"slack/json-logs/{method}.json")
    return [] if shape is None else _unlike(answer, shape, method)


def _telegram(types: Json, kind: str, value: object, place: str) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{place}: not a list"]
        return [bad for one in value for bad in _telegram(types, kind.removeprefix("Array of "), one, place)]
    if kind in _PLAIN:
        return [] if isinstance(value, _PLAIN[kind]) else [f"{place}: not {kind}"]
    if "subtypes" in types.get(kind, {}):
        tried = [_telegram(types, one, value, place) for one in types[kind]["subtypes"]]
        return _least(tried)
    if not isinstance(value, dict):
        return [f"{place}: not an object"]
    known = {one["name"]: one for one in types[kind].get("fields", [])}
    bad = [f"{place}.{name}: missing" for name, one in known.items() if one["required"] and name not in value]
    for name, inner in value.items():
        if name not in known:
            bad.append(f"{place}.{name}: unknown")
        else:
            tried = [_telegram(types, one, inner, f"{place}.{name}") for one in known[name]["types"]]
            bad += _least(tried)
    return bad


def _least(tried: list[list[str]]) -> list[str]:
    return min(tried, key=len)


def _unlike(value: object, shape: object, place: str) -> list[str]:
    if isinstance(value, dict) and isinstance(shape, dict):
        # Ids as names (channels of a file's shares) are stood for by one made-up id.
        names = {name: name if name in shape else next(iter(shape), "") for name in value}
        unknown = [] if _keyed_by_id(shape) else [f"{place}.{name}" for name in value if name not in shape]
        inner = (_unlike(one, shape.get(names[name]), f"{place}.{name}") for name, one in value.items())
        return unknown + [bad for found in inner for bad in found]
    if isinstance(value, list) and isinstance(shape, list):
        return [bad for one in value for bad in _unlike(one, shape[0] if shape else None, place)]
    alike = value is None or shape is None or type(value) is type(shape)
    return [] if alike else [f"{place}: {type(value).__name__}"]


def _keyed_by_id(shape: Json) -> bool:
    return bool(shape) and all(name[1:].strip("0") == "" and name[:1].isupper() for name in shape)
