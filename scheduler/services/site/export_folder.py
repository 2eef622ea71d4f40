"""The folder of a static export: files are laid out aside first, then put in place; a record says which are ours.

Nothing that stands in the folder is touched until everything new is ready. Then each file comes by a rename, so that
whoever ends the export at any moment leaves whole pages behind: the old ones, the new ones, or some of each in the last
instants, and the next export finishes it. Only files that an export has written are ever removed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from urllib.parse import unquote

from filelock import FileLock, Timeout

from scheduler.config import Settings
from scheduler.domain.problem import Conflict, refuse
from scheduler.services.site.export_record import UNKNOWN, Record, unpacked

MARK = ".drumbeat-export"
STAGE = ".drumbeat-export.new"
_TURNED = re.compile(rb'((?:href|content)="[^"?<>]*/|<loc>[^?<>]*/)\?page=(\d+)(?=["<])')
_NAME = re.compile(r"[\w.~-]+(?: [\w.~-]+)*")


class Folder:
    """The folder that an export writes into; take it with `opened`."""

    def __init__(self, target: Path, record_file: Path) -> None:
        self.target, self._record_file = target, record_file
        self._pending_file = record_file.with_suffix(".pending")
        self.stage = target / STAGE
        self.laid: list[str] = []
        """The files that wait, as far as they were laid out in this process."""

    def record(self) -> Record:
        """Return what the last export left behind; an empty record when that is not known for sure."""
        record = unpacked(_read(self._record_file))
        if pending := unpacked(_read(self._pending_file)).others:
            record.without(pending)
        return record

    def begin(self, files: Iterable[str]) -> None:
        """Say which files are to be put in place or removed: whoever ends us now leaves old and new ones of these."""
        _write(self._pending_file, Record(others=dict.fromkeys(files, UNKNOWN)))

    def keep(self, record: Record) -> None:
        """Keep the record for the next export: everything is in place."""
        _write(self._record_file, record)
        self._pending_file.unlink(missing_ok=True)

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


def page_numbers_as_folders(html: bytes) -> bytes:
    """Return a page whose links turn pages by folders: a static host does not look at `?page=2`."""
    return _TURNED.sub(rb"\1page/\2/", html) if b"?page=" in html else html


def place_of_our_own(settings: Settings) -> Path:
    """Return the one folder below the data that an export may write into: the site that the admin offers."""
    return settings.data / "exports" / "site"


def _require_fit(settings: Settings, target: Path) -> None:
    if target == place_of_our_own(settings).resolve():
        return
    own = {settings.posts: "your articles", settings.config: "your settings", settings.data: "your data"}
    for place, what in own.items():
        resolved = place.resolve()
        if target == resolved or resolved.is_relative_to(target) or target.is_relative_to(resolved):
            raise refuse("folder", f"{target} is where {what} are. Choose another folder.")
    if target.exists() and not target.is_dir():
        raise refuse("folder", f"{target} is a file. Choose a folder.")
    if target.is_dir() and not (target / MARK).exists() and any(target.iterdir()):
        raise refuse("folder", f"{target} holds files that no export has written. Choose an empty or a new folder.")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _write(file: Path, record: Record) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_bytes(record.packed())
    fresh.replace(file)


def _emptied(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True
