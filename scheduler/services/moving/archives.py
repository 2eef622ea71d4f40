"""A folder or a zip of files, read without trusting it: no way out of it, no links, no bombs. Nothing is unpacked."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from scheduler.domain.problem import refuse

MOST_FILES = 200_000
LARGEST_TOTAL = 50_000_000_000
WORST_RATIO = 200
"""A photo, a film or a text never shrinks to less than this part; zips that do are made to fill disks."""
_SMALL = 1_000_000
_PIECE = 1 << 20


class Archive(Protocol):
    """Files by name; names have / between their parts."""

    @property
    def names(self) -> list[str]:
        """Return the names of all plain files."""

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes. Raises `Invalid` beyond `most`, `KeyError` when there is no such file."""

    def copy(self, name: str, to: Path, most: int) -> None:
        """Copy a file's bytes. Raises as `read`."""


def opened(path: Path) -> Archive:
    """Return the archive at `path`, a folder or a zip. Raises `Invalid`."""
    return Folder(path) if path.is_dir() else Zip(path)


class Folder:
    """A folder. Links in it are left out, whatever they lead to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names: list[str] = []
        for folder, folders, files in os.walk(root, followlinks=False):
            folders[:] = sorted(
                f for f in folders if not Path(folder, f).is_symlink() and f not in (".git", "node_modules")
            )
            for name in sorted(files):
                path = Path(folder, name)
                if stat.S_ISREG(path.lstat().st_mode):
                    self.names.append(path.relative_to(root).as_posix())
            if len(self.names) > MOST_FILES:
                raise refuse(
                    "file", f"This folder holds more than {MOST_FILES:,} files. Choose the one of the articles."
                )
        self._known = set(self.names)

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes."""
        with self._open(name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise _too_large(name, most)
        return data

    def copy(self, name: str, to: Path, most: int) -> None:
        """Copy a file's bytes."""
        with self._open(name) as file, to.open("wb") as target:
            if os.fstat(file.fileno()).st_size > most:
                raise _too_large(name, most)
            shutil.copyfileobj(file, target, _PIECE)

    def _open(self, name: str) -> IO[bytes]:
        if name not in self._known:
            raise KeyError(name)
        return os.fdopen(os.open(self.root / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")


class Zip:
    """A zip file, checked as a whole before anything of it is read."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise refuse("file", f"This zip file cannot be read ({error}). Make it once more.") from error
        _check(entries)
        self._entries = {_name(entry): entry for entry in entries if not _name(entry).startswith("__MACOSX/")}
        self.names = sorted(self._entries)

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes."""
        entry = self._entries[name]
        try:
            with self._zip.open(entry) as file:
                data = file.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise _damaged(name, error) from error
        if len(data) > most:
            raise _too_large(name, most)
        return data

    def copy(self, name: str, to: Path, most: int) -> None:
        """Copy a file's bytes."""
        entry, written = self._entries[name], 0
        try:
            with self._zip.open(entry) as file, to.open("wb") as target:
                while piece := file.read(_PIECE):
                    written += len(piece)
                    if written > most:
                        raise _too_large(name, most)
                    target.write(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise _damaged(name, error) from error


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_FILES:
        raise refuse("file", f"This zip holds {len(entries):,} files; {MOST_FILES:,} is the most.")
    total = sum(entry.file_size for entry in entries)
    if total > LARGEST_TOTAL:
        raise refuse(
            "file", f"Unpacked this zip would have {total / 1e9:,.0f} GB; {LARGEST_TOTAL / 1e9:.0f} GB is the most."
        )
    for entry in entries:
        name = entry.filename
        if _leads_out(name):
            raise refuse("file", f'This zip holds a file named "{name[:100]}", which leads out of it. It was not read.')
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise refuse("file", f'This zip holds a link ("{name[:100]}") instead of a file. It was not read.')
        if entry.file_size > _SMALL and entry.file_size > WORST_RATIO * max(entry.compress_size, 1):
            raise refuse("file", f'"{name[:100]}" in this zip is packed as only bombs are. It was not read.')
        if entry.flag_bits & 1:
            raise refuse("file", "This zip is locked with a password. Make one without.")


def _leads_out(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ".." in PurePosixPath(plain).parts or ":" in plain.split("/")[0] or "\0" in name


def _name(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/")


def _too_large(name: str, most: int) -> Exception:
    return refuse(
        "file", f'"{name[:100]}" has more than {most / 1e6:,.0f} MB, which is the most for a file of its kind.'
    )


def _damaged(name: str, error: Exception) -> Exception:
    return refuse("file", f'"{name[:100]}" in the zip is damaged ({error}). Make the zip once more.')
