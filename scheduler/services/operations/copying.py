"""Copying folders so that every file is whole, on the disk, and known by its hash."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scheduler.storage.backup import CopyFailed

TRIES = 5
CHUNK = 1 << 20
PASSING = (".tmp", ".part", ".lock")
"""Endings of files that somebody is just writing."""
STAGING = ".restored-"
"""How the folders begin in which a restore lays things ready."""
NOT_CONTENT = frozenset({".writing"})
"""Lock files of ours among the content."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One file of a copy: its path with slashes, the SHA-256 of its bytes in hex, its size in bytes."""

    path: str
    sha256: str
    size: int


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every plain file below `folder`, in order; links are not followed and passing files are left out."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(STAGING))
        for name in sorted(names):
            path = Path(here, name)
            if name not in NOT_CONTENT and not name.endswith(PASSING) and path.is_file() and not path.is_symlink():
                yield path


def copy_folder(source: Path, target: Path, *, link: bool = False) -> Iterator[Copied]:
    """Copy every file below `source` to `target` and yield what was copied, paths relative to `target`'s parent.

    `link` makes hard links where the file system can: only for files that are never changed in place. Raises
    `CopyFailed` for a file that does not stand still.
    """
    make_folder(target)
    for path in files_below(source):
        copy = target / path.relative_to(source)
        if not copy.parent.exists():
            _make_alike(path.parent, copy.parent)
        if not (link and _linked(path, copy)) and not _copied(path, copy):
            continue  # gone since we listed it
        yield described(copy, target.parent)
    for here, _, _ in os.walk(target):
        sync_folder(Path(here))


def described(path: Path, root: Path) -> Copied:
    """Return path (below `root`), hash and size of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Copied(path.relative_to(root).as_posix(), digest, os.fstat(file.fileno()).st_size)


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone, and those above it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _make_alike(source: Path, target: Path) -> None:
    """Make a folder with the rights of `source`, so that whoever may read it now may do so after a restore."""
    make_folder(target)
    target.chmod(stat.S_IMODE(source.stat().st_mode) | stat.S_IRWXU)


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        return False
    return True


def _copied(source: Path, target: Path) -> bool:
    """Copy one file that may be written to meanwhile; False when it is gone."""
    for _ in range(TRIES):
        try:
            with source.open("rb") as file, target.open("wb") as copy:
                before = _state(os.fstat(file.fileno()))
                shutil.copyfileobj(file, copy, CHUNK)
                _sync(copy)
            if _state(source.stat()) == before:
                os.utime(target, ns=(before[2], before[2]))
                shutil.copymode(source, target)
                return True
        except FileNotFoundError:
            target.unlink(missing_ok=True)
            return False
    raise CopyFailed(f"{source} is being changed all the time. Close the program that writes it, and try again.")


def _state(info: os.stat_result) -> tuple[int, int, int]:
    return info.st_ino, info.st_size, info.st_mtime_ns


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def write_durably(path: Path, text: str) -> None:
    """Put `text` in place of the file at `path`: old or new at any instant, on the disk on return."""
    draft = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
        _sync(file)
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk; other systems than POSIX cannot, and need not."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Bring a file that another program wrote to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
