"""One TOML table, read key by key: every problem is collected, none is raised, and each names its file and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scheduler.domain.problem import Problem

LONGEST_TEXT = 2_000
"""Characters of one text in a file: it may stand on every page of the site."""


def read_table(path: Path, problems: list[Problem]) -> Table:
    """Return the whole file as a table, an empty one when it is missing or cannot be read."""
    try:
        data = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        problems.append(Problem(path.name, f"cannot be read: {error}"))
        data = {}
    return Table(path.name, data, problems)


class Table:
    """One TOML table, read key by key; problems are collected instead of raised."""

    def __init__(self, file: str, data: Mapping[str, Any], problems: list[Problem], prefix: str = "") -> None:
        self.file, self.data, self.problems, self.prefix = file, data, problems, prefix
        self.unread = set(data)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any, expected: str) -> Any:
        """Return the value of `key` if it is of `kind`, else note a problem and return the default."""
        self.unread.discard(key)
        value = self.data.get(key, default)
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        self.fault(key, f"must be {expected}, not {value!r}")
        return default

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        return self._plain(key, str(self.take(key, str, default, "a text in quotes")).strip())

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """Return a whole number between `low` and `high`."""
        value = int(self.take(key, int, default, "a whole number"))
        if low <= value <= high:
            return value
        self.fault(key, f"must be between {low} and {high}, not {value}")
        return default

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one of `choices`."""
        value = self.text(key, default)
        if value in choices:
            return value
        self.fault(key, f"must be one of {', '.join(map(repr, map(str, choices)))}, not {value!r}")
        return default

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.take(key, list, list(default), 'a list of texts, such as ["Tue 09:00"]')
        if all(isinstance(v, str) for v in values):
            return tuple(self._plain(key, value) for value in values)
        self.fault(key, "must hold texts in quotes only")
        return default

    def _plain(self, key: str, value: str) -> str:
        if len(value) > LONGEST_TEXT:
            self.fault(key, f"has {len(value):,} characters; {LONGEST_TEXT:,} are the most")
        elif re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", value):
            self.fault(key, "holds a control character that no page can show; write it again by hand")
        return value

    def table(self, key: str) -> Table:
        """Return a table below this one."""
        return Table(self.file, self.take(key, dict, {}, f"a table [{key}]"), self.problems, f"{self.prefix}{key}.")

    def tables(self, key: str) -> list[Table]:
        """Return a list of tables below this one."""
        entries = self.take(key, list, [], f"a list of tables [[{key}]]")
        return [
            Table(self.file, entry if isinstance(entry, dict) else {}, self.problems, f"{self.prefix}{key}[{n}].")
            for n, entry in enumerate(entries, 1)
        ]

    def fault(self, key: str, message: str) -> None:
        """Note a problem of one key."""
        self.problems.append(Problem(f"{self.file}: {self.prefix}{key}", message))

    def finish(self) -> None:
        """Note every key that nobody asked for: most often a slip of the pen."""
        for key in sorted(self.unread):
            self.fault(key, "is not a setting of Drumbeat; remove it or correct its name")
