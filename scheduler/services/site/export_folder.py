"""The folder of a static export: files are laid out aside first, then put in place; a record says which are ours.

Nothing that stands in the folder is touched until everything new is ready. Then each file comes by a rename, so that
whoever ends the export at any moment leaves whole pages behind: the old ones, the new ones, or some of each in the last
instants, and the next export finishes it. Only files that an export has written are ever removed.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from filelock import FileLock, Timeout

from scheduler.config import Settings
from scheduler.domain.problem import Conflict, refuse
from scheduler.reads import Question

MARK = ".drumbeat-export"
STAGE = ".drumbeat-export.new"
FORMAT = 1
_NAME = re.compile(r"[\w.~-]+(?: [\w.~-]+)*")


@dataclass(slots=True)
class Leaf:
    """One exported page: its file, what it asked, and the other files of the site that it needs."""

    file: str
    size: int
    digest: str
    answers: dict[Question, str] | None
    needs: tuple[str, ...] = ()
    waits: bool = False
    """Whether it was laid out to be put in place."""


Other = tuple[int, str]
"""A file that is no page: its size, and the name of its content unless that is in the name of the file."""


@dataclass(slots=True)
class Record:
    """What the last export left behind. `others` are the files that are no pages."""

    frame: str = ""
    leaves: dict[str, Leaf] = field(default_factory=dict)
    others: dict[str, Other] = field(default_factory=dict)

    def files(self) -> set[str]:
        """Return every file that is ours."""
        return {leaf.file for leaf in self.leaves.values()} | set(self.others)


class Folder:
    """The folder that an export writes into; take it with `opened`."""

    def __init__(self, target: Path, record_file: Path) -> None:
        self.target, self._record_file = target, record_file
        self.stage = target / STAGE
        self.laid: list[str] = []
        """The files that wait, as far as they were laid out in this process."""

    def record(self) -> Record:
        """Return what the last export left behind; an empty record when that is not known for sure."""
        try:
            data = self._record_file.read_bytes()
            if data[:32] == hashlib.blake2b(data[32:], digest_size=32).digest():
                return _unpacked(marshal.loads(data[32:]))  # noqa: S302  # ours: the data folder holds the secrets, too
        except (FileNotFoundError, EOFError, ValueError, TypeError, KeyError):
            pass
        return Record()

    def keep(self, record: Record) -> None:
        """Keep the record for the next export."""
        data = marshal.dumps(_packed(record))
        fresh = self._record_file.with_suffix(".new")
        fresh.write_bytes(hashlib.blake2b(data, digest_size=32).digest() + data)
        fresh.replace(self._record_file)

    def has(self, file: str, size: int) -> bool:
        """Return whether a file is there in the size that we know."""
        try:
            return os.stat(f"{self.target}{os.sep}{file}").st_size == size  # noqa: PTH116
        except OSError:
            return False

    def lay_out(self, file: str, data: bytes) -> None:
        """Write a file to where it waits until everything is ready."""
        with open(self._waiting(file), "wb") as target:  # noqa: PTH123
            target.write(data)
        self.laid.append(file)

    def copy(self, source: Path, file: str) -> int:
        """Copy a file, perhaps a large one, to where it waits; return its size."""
        shutil.copyfile(source, place := self._waiting(file))
        self.laid.append(file)
        return os.stat(place).st_size  # noqa: PTH116

    def read(self, file: str) -> bytes:
        """Return a file that waits, or is there already."""
        return (Path(self._waiting(file)) if file in self.laid else self.target / file).read_bytes()

    def _waiting(self, file: str) -> str:
        """Return where a file waits: all in one folder, because making and removing folders is what takes longest."""
        return f"{self.stage}{os.sep}{blake2b(file.encode(), digest_size=16).hexdigest()}"

    def publish(self, files: Iterable[str]) -> None:
        """Put the files that wait in place."""
        made = {str(self.target)}
        for file in files:
            place = f"{self.target}{os.sep}{file}"
            self._make_room(os.path.dirname(place), made)  # noqa: PTH120
            try:
                os.replace(self._waiting(file), place)  # noqa: PTH105
            except IsADirectoryError:  # it was a page, and is a file now
                shutil.rmtree(place)
                os.replace(self._waiting(file), place)  # noqa: PTH105
        shutil.rmtree(self.stage, ignore_errors=True)

    def _make_room(self, folder: str, made: set[str]) -> None:
        """Make a folder; a file of ours that stands in its way was a page whose address has become a folder."""
        if folder in made:
            return
        self._make_room(os.path.dirname(folder), made)  # noqa: PTH120
        try:
            os.mkdir(folder)  # noqa: PTH102
        except FileExistsError:
            if not os.path.isdir(folder):  # noqa: PTH112
                os.unlink(folder)  # noqa: PTH108
                os.mkdir(folder)  # noqa: PTH102
        made.add(folder)

    def remove(self, files: Iterable[str]) -> None:
        """Remove files of ours that have no page any more, and folders that are empty then."""
        for file in files:
            place = self.target / file
            place.unlink(missing_ok=True)
            for folder in place.parents:
                if folder == self.target or not _emptied(folder):
                    break


@contextmanager
def opened(settings: Settings, target: Path) -> Iterator[Folder]:
    """Take a folder for an export. Raises `Invalid` for one that is no place for it, `Conflict` while it is taken."""
    target = target.expanduser().resolve()
    _require_fit(settings, target)
    records = settings.data / "exports"
    records.mkdir(parents=True, exist_ok=True)
    name = blake2b(os.fsencode(target), digest_size=8).hexdigest()
    lock = FileLock(records / f"{name}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Conflict(f"Another export into {target} is running. Wait for its end.") from None
    try:
        target.mkdir(parents=True, exist_ok=True)
        if not (target / MARK).exists():
            (target / MARK).write_text("Drumbeat writes this folder. Do not put files of your own into it.\n", "utf-8")
        shutil.rmtree(target / STAGE, ignore_errors=True)
        (target / STAGE).mkdir()
        yield Folder(target, records / f"{name}.record")
    finally:
        shutil.rmtree(target / STAGE, ignore_errors=True)
        lock.release()


def file_of(path: str) -> str:
    """Return the file of a public path: "/blog/" is "blog/index.html", "/blog/tag/x/?page=2" its "page/2/index.html".

    Raises `ValueError` for a path that would lead out of the folder.
    """
    plain, _, query = path.partition("?")
    parts = [unquote(part) for part in plain.strip("/").split("/") if part]
    if query:
        parts += ["page", query.removeprefix("page=")]
    if any(not _NAME.fullmatch(part) or part in (".", "..") or part == STAGE for part in parts):
        raise ValueError(f"{path} cannot be the name of a file")
    folder = plain.endswith("/") or query
    return "/".join([*parts, "index.html"] if folder or not parts else parts)


def _require_fit(settings: Settings, target: Path) -> None:
    own = {settings.posts: "your articles", settings.config: "your settings", settings.data: "your data"}
    for place, what in own.items():
        resolved = place.resolve()
        if target == resolved or resolved.is_relative_to(target) or target.is_relative_to(resolved):
            raise refuse("folder", f"{target} is where {what} are. Choose another folder.")
    if target.exists() and not target.is_dir():
        raise refuse("folder", f"{target} is a file. Choose a folder.")
    if target.is_dir() and not (target / MARK).exists() and any(target.iterdir()):
        raise refuse("folder", f"{target} holds files that no export has written. Choose an empty or a new folder.")


def _emptied(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True


def _packed(record: Record) -> dict[str, Any]:
    """Return the record with every question written once."""
    asked: dict[tuple[Question, str], int] = {}
    needed: dict[str, int] = {}
    leaves = {
        path: (
            leaf.file,
            leaf.size,
            leaf.digest,
            None if leaf.answers is None else [asked.setdefault(item, len(asked)) for item in leaf.answers.items()],
            [needed.setdefault(file, len(needed)) for file in leaf.needs],
        )
        for path, leaf in record.leaves.items()
    }
    return {
        "format": FORMAT, "frame": record.frame, "leaves": leaves, "asked": list(asked), "needed": list(needed),
        "others": record.others,
    }  # fmt: skip


def _unpacked(said: dict[str, Any]) -> Record:
    if said["format"] != FORMAT:
        return Record()
    asked, needed = said["asked"], said["needed"]
    leaves = {
        path: Leaf(
            file, size, digest, None if answers is None else dict(asked[n] for n in answers),
            tuple(needed[n] for n in needs),
        )
        for path, (file, size, digest, answers, needs) in said["leaves"].items()
    }  # fmt: skip
    return Record(said["frame"], leaves, said["others"])
