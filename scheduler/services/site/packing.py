"""The static site as one zip, and what is different in it from the zip before."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from scheduler.services.site.export_folder import MARK, STAGE

PACKED_ALREADY = (".avif", ".gif", ".jpeg", ".jpg", ".mp4", ".png", ".webm", ".webp", ".woff2")
"""What does not shrink further; trying costs minutes."""
LEVEL = 3
"""Twice as fast as the usual level of compression, for a tenth more bytes."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A zip of `files` files and `size` bytes, and the names of those that differ from the zip before."""

    files: int
    size: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def pack(folder: Path, to: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Packed:
    """Bring the zip `to` in step with a folder: the old one stands there whole until the new one takes its place.

    `progress` is called with how many of how many files are in it. A zip that holds these very files stays untouched.
    """
    names = sorted(_names(folder))
    state, before = _state(folder, names), _contents(to)
    if before is not None and before.state == state:
        return Packed(len(names), to.stat().st_size)
    fresh = to.with_name(f"{to.name}.new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL, strict_timestamps=False) as archive:
        archive.comment = state
        for number, name in enumerate(names, 1):
            stored = name.endswith(PACKED_ALREADY)
            archive.write(folder / name, name, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
            progress(number, len(names))
        after = _sums(archive)
    fresh.replace(to)
    return _compared(before.sums if before else {}, after, to.stat().st_size)


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a zip says of itself: the state of the folder it was made from, and the checksum of each file."""

    state: bytes
    sums: dict[str, tuple[int, int]]


def _contents(path: Path) -> _Contents | None:
    """Return what a zip holds; None where there is none, or a broken one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _Contents(archive.comment, _sums(archive))
    except (FileNotFoundError, zipfile.BadZipFile):
        return None


def _sums(archive: zipfile.ZipFile) -> dict[str, tuple[int, int]]:
    return {entry.filename: (entry.CRC, entry.file_size) for entry in archive.infolist()}


def _names(folder: Path) -> Iterator[str]:
    """Yield the plain files of an export by their paths, without its own notes."""
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != STAGE]
        below = Path(here).relative_to(folder)
        yield from ((below / name).as_posix() for name in files if name != MARK)


def _state(folder: Path, names: list[str]) -> bytes:
    """Return what changes when any file does: exports put files in place by renaming, so that each has its own time."""
    digest = blake2b(digest_size=16)
    for name in names:
        info = (folder / name).stat()
        digest.update(f"{name}\0{info.st_size}\0{info.st_mtime_ns}\0".encode())
    return digest.hexdigest().encode()


def _compared(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]], size: int) -> Packed:
    both = before.keys() & after.keys()
    return Packed(
        files=len(after),
        size=size,
        added=tuple(sorted(after.keys() - both)),
        changed=tuple(sorted(name for name in both if before[name] != after[name])),
        removed=tuple(sorted(before.keys() - both)),
    )
