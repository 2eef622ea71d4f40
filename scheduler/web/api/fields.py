"""What a body or an answer of the API may hold: kinds of value that read themselves and describe themselves.

The same declaration checks what comes in (every problem at once, unknown fields too) and writes the OpenAPI document.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.domain.problem import Problem
from scheduler.web.api.moments import FIRST_YEAR, LAST_YEAR, read_instant

WRONG = object()
"""What `Kind.read` returns for a value that cannot be used; its problem has been noted."""
Schema = dict[str, Any]


class Kind(ABC):
    """One kind of value."""

    @abstractmethod
    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        """Return the value as Python has it, or note a problem of the field `at` and return `WRONG`."""

    @abstractmethod
    def schema(self) -> Schema:
        """Return the JSON Schema of the value."""


def wrong(problems: list[Problem], at: str, message: str) -> object:
    """Note a problem and return `WRONG`."""
    problems.append(Problem(at, message))
    return WRONG


@dataclass(frozen=True)
class Text(Kind):
    """Words; `longest` in characters."""

    note: str = ""
    longest: int = 2000
    format: str = ""

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        if not isinstance(value, str):
            return wrong(problems, at, "This must be a text.")
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            return wrong(problems, at, "This text holds a character that cannot be stored (NUL, or half of a pair).")
        if len(value) > self.longest:
            return wrong(problems, at, f"This text has {len(value):,} characters; {self.longest:,} are the most.")
        return value

    def schema(self) -> Schema:
        return _described({"type": "string", **({"format": self.format} if self.format else {})}, self.note)


@dataclass(frozen=True)
class Flag(Kind):
    """true or false."""

    note: str = ""

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        return value if isinstance(value, bool) else wrong(problems, at, "This must be true or false.")

    def schema(self) -> Schema:
        return _described({"type": "boolean"}, self.note)


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number; in an address it arrives as digits."""

    note: str = ""
    least: int = 0
    most: int = 2**31 - 1

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            return wrong(problems, at, f"This must be a whole number from {self.least} to {self.most}.")
        return value

    def schema(self) -> Schema:
        return _described({"type": "integer"}, self.note)


@dataclass(frozen=True)
class Choice(Kind):
    """One of some words."""

    words: tuple[str, ...]
    note: str = ""

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        return wrong(problems, at, f"This must be one of: {', '.join(self.words)}.")

    def schema(self) -> Schema:
        return _described({"type": "string", "enum": list(self.words)}, self.note)


@dataclass(frozen=True)
class Instant(Kind):
    """A moment in RFC 3339 with its offset; read as UTC ms."""

    note: str = ""

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        moment = read_instant(value)
        if moment is None:
            years = f"between the years {FIRST_YEAR} and {LAST_YEAR}"
            return wrong(problems, at, f"Write a moment {years} with its offset, like 2026-11-23T09:00:00-05:00.")
        return moment

    def schema(self) -> Schema:
        return _described({"type": "string", "format": "date-time"}, self.note)


@dataclass(frozen=True)
class Many(Kind):
    """A list; `most` values."""

    kind: Kind
    note: str = ""
    most: int = 100

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        if not isinstance(value, list):
            return wrong(problems, at, "This must be a list.")
        if len(value) > self.most:
            return wrong(problems, at, f"This list has {len(value)} entries; at most {self.most} are allowed.")
        found = [self.kind.read(each, f"{at}.{index}", problems) for index, each in enumerate(value)]
        return WRONG if any(each is WRONG for each in found) else found

    def schema(self) -> Schema:
        return _described({"type": "array", "items": self.kind.schema()}, self.note)


@dataclass(frozen=True)
class Keyed(Kind):
    """Values of one kind by names of one kind (a name is read from its text)."""

    name: Kind
    kind: Kind
    note: str = ""
    most: int = 100

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        if not isinstance(value, dict) or len(value) > self.most:
            return wrong(problems, at, f"This must be an object with at most {self.most} entries.")
        found = {}
        for key, each in value.items():
            here = _below(at, key[:80])
            found[self.name.read(key, here, problems)] = self.kind.read(each, here, problems)
        return WRONG if WRONG in found or any(each is WRONG for each in found.values()) else found

    def schema(self) -> Schema:
        return _described({"type": "object", "additionalProperties": self.kind.schema()}, self.note)


@dataclass(frozen=True)
class Table(Kind):
    """An object with known fields; the `needed` ones must be there. Reads the good fields even when others are bad."""

    fields: Mapping[str, Kind]
    needed: tuple[str, ...] = ()
    note: str = ""

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        if not isinstance(value, dict):
            return wrong(problems, at, "This must be an object.")
        for name in value:
            if name not in self.fields:
                wrong(problems, _below(at, name[:80]), f"There is no such field. Known are: {', '.join(self.fields)}.")
        for name in self.needed:
            if name not in value:
                wrong(problems, _below(at, name), "This field is missing.")
        found = {
            name: self.fields[name].read(each, _below(at, name), problems)
            for name, each in value.items()
            if name in self.fields
        }
        return {name: each for name, each in found.items() if each is not WRONG}

    def schema(self) -> Schema:
        schema: Schema = {"type": "object", "properties": {name: kind.schema() for name, kind in self.fields.items()}}
        if self.needed:
            schema["required"] = list(self.needed)
        return _described({**schema, "additionalProperties": False}, self.note)


@dataclass(frozen=True)
class Maybe(Kind):
    """A value of a kind, or null; null is read as None."""

    kind: Kind

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        return None if value is None else self.kind.read(value, at, problems)

    def schema(self) -> Schema:
        schema = self.kind.schema()
        note = schema.pop("description", "")
        return _described({"anyOf": [schema, {"type": "null"}]}, note)


@dataclass(frozen=True)
class Anything(Kind):
    """An object of whatever a platform said; only ever in answers."""

    note: str = ""

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        return value if isinstance(value, dict) else wrong(problems, at, "This must be an object.")

    def schema(self) -> Schema:
        return _described({"type": "object", "additionalProperties": True}, self.note)


@dataclass(frozen=True)
class File(Kind):
    """The bytes of a file in a multipart form; the form's own reader takes it."""

    note: str = ""

    def read(self, value: Any, at: str, problems: list[Problem]) -> Any:
        return value

    def schema(self) -> Schema:
        return _described({"type": "string", "contentMediaType": "application/octet-stream"}, self.note)


@dataclass(frozen=True)
class Shape:
    """The shape of an answer: a named object in which every field is present."""

    name: str
    note: str
    fields: Mapping[str, Kind]

    def schema(self) -> Schema:
        """Return its JSON Schema."""
        return Table(self.fields, tuple(self.fields), self.note).schema()


@dataclass(frozen=True)
class Listed(Shape):
    """The shape of one page of a list."""

    of: str = ""

    def schema(self) -> Schema:
        """Return its JSON Schema."""
        items = {"type": "array", "items": {"$ref": f"#/components/schemas/{self.of}"}}
        following = Maybe(Text("The address of the next page; null on the last one.")).schema()
        return {
            "type": "object",
            "description": self.note,
            "properties": {"items": items, "next": following},
            "required": ["items", "next"],
            "additionalProperties": False,
        }


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _described(schema: Schema, note: str) -> Schema:
    return {**schema, "description": note} if note else schema
