"""Reads the fields of a record one by one, refusing the wrong shape in the words of the real server."""

from __future__ import annotations

from typing import Any


class RecordRefused(ValueError):
    """A record that breaks its lexicon; the text says where and why, as the real server does."""


def typed(value: Any, path: str) -> str:
    """Return the `$type` of an object in a union."""
    if not isinstance(value, dict) or not isinstance(value.get("$type"), str):
        raise RecordRefused(f'{path} must be an object which includes the "$type" property')
    return str(value["$type"])


def object_of(holder: dict[str, Any], name: str, path: str) -> dict[str, Any]:
    """Return a required property that is an object."""
    if name not in holder:
        raise RecordRefused(f'{path} must have the property "{name}"')
    return as_object(holder[name], f"{path}/{name}")


def as_object(value: Any, path: str) -> dict[str, Any]:
    """Return a value that must be an object."""
    if not isinstance(value, dict):
        raise RecordRefused(f"{path} must be an object")
    return value


def list_of(holder: dict[str, Any], name: str, path: str, required: bool = False) -> list[Any]:
    """Return a property that is an array, empty when it may be absent."""
    if required and name not in holder:
        raise RecordRefused(f'{path} must have the property "{name}"')
    value = holder.get(name, [])
    if not isinstance(value, list):
        raise RecordRefused(f"{path}/{name} must be an array")
    return value


def string_of(holder: dict[str, Any], name: str, path: str) -> str:
    """Return a required property that is a string."""
    if name not in holder:
        raise RecordRefused(f'{path} must have the property "{name}"')
    if not isinstance(holder[name], str):
        raise RecordRefused(f"{path}/{name} must be a string")
    return str(holder[name])


def integer_of(holder: dict[str, Any], name: str, path: str, least: int) -> int:
    """Return a required property that is an integer of at least `least`."""
    if name not in holder:
        raise RecordRefused(f'{path} must have the property "{name}"')
    value = holder[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecordRefused(f"{path}/{name} must be an integer")
    if value < least:
        raise RecordRefused(f"{path}/{name} can not be less than {least}")
    return value
