"""The notes of the static site in the data folder: what there is, how far the work is, and who is at it.

    instance/exports/   site/       the files, kept in step by `export`
                        site.zip    the same as one file, always whole
                        site.json   what the last one came to
                        site.note   how far the one under way is, or why it failed
                        site.log    what its process said
                        *.folder    the last export by command into each folder

Who works holds a lock, which the operating system gives back however a process ends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from scheduler.config import Settings
from scheduler.services.site.export_folder import MARK, place_of_our_own

AT_WORK, FAILED = "at work", "failed"
BY_HAND = ".folder"
"""How the notes of exports into other folders end."""
_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Note:
    """One try: since when (UTC ms) and for which address, how far it is, and why it failed."""

    state: str
    started_at: int
    address: str
    what: str = ""
    done: int = 0
    total: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A static site that is there: when (UTC ms) and for which address it was made, and what was different then.

    `size` is the bytes of the zip. `added`, `changed` and `removed` count files; `addresses` are those of the pages
    among them, as many as are shown; `more` says whether there are others.
    """

    made_at: int
    address: str
    pages: int
    files: int
    size: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    addresses: tuple[str, ...] = ()
    more: bool = False

    @property
    def changes(self) -> int:
        """Return how many files were different."""
        return self.added + self.changed + self.removed


@dataclass(frozen=True, slots=True)
class ByHand:
    """An export that the command line made into a folder of its own, at `made_at` (UTC ms)."""

    folder: str
    address: str
    made_at: int
    pages: int


class Desk:
    """The places of the static site in the data folder, and its notes."""

    def __init__(self, settings: Settings) -> None:
        self.folder = place_of_our_own(settings)
        self.zip, self.log = self.folder.with_suffix(".zip"), self.folder.with_suffix(".log")
        self._made, self._note = self.folder.with_suffix(".json"), self.folder.with_suffix(".note")
        self.folder.parent.mkdir(parents=True, exist_ok=True)

    def starting(self) -> FileLock:
        """Return the lock of whoever waits for a process that makes the site; any thread may let go of it."""
        return FileLock(self.folder.with_suffix(".starting"), thread_local=False)

    def working(self) -> FileLock:
        """Return the lock of the process that makes the site."""
        return FileLock(self.folder.with_suffix(".working"))

    def is_busy(self) -> bool:
        """Return whether somebody makes the site, or a process is about to."""
        return _is_held(self.starting()) or self.is_at_work()

    def is_at_work(self) -> bool:
        """Return whether a process makes the site."""
        return _is_held(self.working())

    def note(self) -> Note | None:
        """Return the note of the last try; None when it came to a good end."""
        return _read(self._note, lambda found: Note(**found))

    def made(self) -> Made | None:
        """Return what the last one came to; None where there is no zip any more."""
        if not self.zip.is_file():
            return None
        return _read(self._made, lambda found: Made(**found | {"addresses": tuple(found["addresses"])}))

    def by_hand(self) -> list[ByHand]:
        """Return the last export into each folder that is still there, newest first."""
        notes = (_read(path, lambda found: ByHand(**found)) for path in self.folder.parent.glob(f"*{BY_HAND}"))
        there = [note for note in notes if note is not None and (Path(note.folder) / MARK).is_file()]
        return sorted(there, key=lambda note: note.made_at, reverse=True)

    def keep_by_hand(self, made: ByHand) -> None:
        """Keep what an export into a folder came to."""
        name = blake2b(os.fsencode(made.folder), digest_size=8).hexdigest()
        _write(self.folder.with_name(f"{name}{BY_HAND}"), asdict(made))

    def write(self, note: Note) -> None:
        """Put a note in place of the one before."""
        _write(self._note, asdict(note))

    def keep(self, made: Made) -> None:
        """Keep what it came to; nothing is under way any more."""
        _write(self._made, asdict(made))
        self._note.unlink(missing_ok=True)


def _is_held(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _read(path: Path, kind: Callable[[dict[str, Any]], _Kind]) -> _Kind | None:
    """Return a note; None where there is none, or one of another version."""
    try:
        return kind(json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, values: dict[str, Any]) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(values), "utf-8")
    fresh.replace(path)
