"""Changing a configuration file for a person: a few keys change, every comment and the order stay.

The new text is read by the same code that reads the file at start, before anything is written. A file that somebody
else changed after the form was shown is left alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from scheduler.domain.problem import Conflict, Invalid, Problem, refuse

Reader = Callable[[Path, list[Problem]], object]
"""`config.read_site` or `config.read_calendar`: adds to the list what is wrong with the file at a path."""

Read = TypeVar("Read")
"""What a reader makes of a file."""

Changes = Mapping[str, Any]
"""New values by dotted key ("default.slots"); None takes the key out, so that its default holds again."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The value of a key that is a list of tables (`[[navigation]]`); an empty text takes its key out."""

    rows: Sequence[Mapping[str, str]]


_turn = threading.Lock()


def fingerprint(path: Path) -> str:
    """Return what names the present bytes of the file; a form carries it, and `change` compares it."""
    return hashlib.sha256(path.read_bytes() if path.exists() else b"").hexdigest()


def change(path: Path, changes: Changes, seen: str, read: Reader) -> None:
    """Write `changes` into the TOML file at `path`, atomically.

    `seen` is the `fingerprint` of the file that the person saw. Raises `Conflict` when the file has changed since,
    `Invalid` with every problem that `read` finds in the new text; then nothing is written.
    """
    with _turn, _alone(path.parent):
        if fingerprint(path) != seen:
            raise _stale(path)
        old = _text(path)
        new = _changed(path.name, old, changes)
        if new != old:
            _replace(path, new, read)


def tried(path: Path, changes: Changes, seen: str, read: Callable[[Path, list[Problem]], Read]) -> tuple[Read, str]:
    """Return what `read` makes of the file with `changes` in it, and the fingerprint it would have. Nothing is written.

    Raises `Conflict` and `Invalid` as `change` does.
    """
    if fingerprint(path) != seen:
        raise _stale(path)
    found: list[Read] = []
    with _fresh(path, _changed(path.name, _text(path), changes), lambda *given: found.append(read(*given))) as fresh:
        return found[0], fingerprint(fresh)


def _stale(path: Path) -> Conflict:
    return Conflict(f"{path.name} was changed in the meantime. Load the page again, then make your changes.")


def _text(path: Path) -> str:
    try:
        # Bytes, because reading as text would turn the line ends of Windows into others.
        return path.read_bytes().decode("utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise refuse("", f"{path.name} is not written in UTF-8. Correct the file by hand first.") from error


def _changed(name: str, text: str, changes: Changes) -> str:
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise refuse("", f"{name} cannot be read: {error}. Correct the file by hand first.") from error
    for key, value in changes.items():
        *tables, last = key.split(".")
        _set(_table(document, tables), last, value)
    return tomlkit.dumps(document)


def _table(document: Any, names: list[str]) -> Any:
    table = document
    for name in names:
        if not isinstance(table.get(name), Mapping):
            # [accounts] stays unwritten when all it holds is [accounts.<key>].
            table[name] = tomlkit.table(is_super_table=name != names[-1])
        table = table[name]
    return table


def _set(table: Table, key: str, value: Any) -> None:
    if isinstance(value, Rows):
        _set_rows(table, key, value.rows)
    elif value is None:
        table.pop(key, None)
    elif key in table:
        if table[key] != value:
            table[key] = value
    else:
        _add(table, key, value)


def _add(table: Table, key: str, value: Any) -> None:
    """Put a new key behind the last one: comments at the end of a table are most often those of the next."""
    container = getattr(table, "value", None)
    body = container.body if isinstance(container, Container) else []
    last = max((number for number, (name, _) in enumerate(body, 1) if name is not None), default=len(body))
    after = body[last:]
    del body[last:]
    table[key] = value
    body.extend(after)


def _set_rows(table: Table, key: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Bring the tables [[key]] to what `rows` say; each keeps its place, its comments and the keys not named."""
    if not isinstance(table.get(key), AoT):
        table[key] = tomlkit.aot()
    tables = table[key]
    while len(tables) > len(rows):
        tables.pop()
    for number, row in enumerate(rows):
        if number == len(tables):
            tables.append(tomlkit.table())
        for name, text in row.items():
            _set(tables[number], name, text or None)
    if not rows:
        table.pop(key)


def _replace(path: Path, text: str, read: Reader) -> None:
    with _fresh(path, text, read) as fresh:
        if path.exists():
            fresh.chmod(path.stat().st_mode & 0o777)
        fresh.replace(path)


@contextlib.contextmanager
def _fresh(path: Path, text: str, read: Reader) -> Iterator[Path]:
    """Yield a file with `text` that `read` found nothing wrong with."""
    # In a folder of its own, so that the checked file has the same name (messages name it) and the same disk.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
        fresh = Path(folder) / path.name
        with fresh.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        problems: list[Problem] = []
        read(fresh, problems)
        if problems:
            raise Invalid(problems)
        yield fresh


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from changing files of `folder` through this module."""
    try:
        import fcntl
    except ImportError:  # Windows: one web process, where the lock of its threads is enough
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)
