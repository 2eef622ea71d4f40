"""Where bytes are kept: a store finds a file by its key, such as `renditions/ab12/width-800x533-0f3c.webp`."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

KEY = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,127}(/[a-z0-9_-][a-z0-9._-]{0,127}){0,7}")
"""Parts of small letters, digits, dot, dash and underscore; none begins with a dot, so `..` cannot be said."""


class BlobStore(Protocol):
    """What the product asks of a place for bytes. Every method raises `ValueError` for a malformed key."""

    def put_file(self, key: str, path: Path) -> None:
        """Keep a copy of the file at `path` under `key`; whatever was there is replaced at one stroke."""

    def put_bytes(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`; whatever was there is replaced at one stroke."""

    def read(self, key: str) -> bytes:
        """Return the bytes of `key`. Raises `FileNotFoundError`."""

    def path(self, key: str) -> Path:
        """Return a local file with the bytes of `key`. Raises `FileNotFoundError`."""

    def exists(self, key: str) -> bool:
        """Return whether there is something under `key`."""

    def delete(self, key: str) -> None:
        """Forget `key`; absent already counts as done."""


class LocalBlobStore:
    """Blobs as files below one folder. A write is complete and on the disk before it can be seen."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_file(self, key: str, path: Path) -> None:
        """Keep a copy of the file at `path` under `key`."""
        with path.open("rb") as source:
            self._write(key, lambda target: shutil.copyfileobj(source, target, 1 << 20))

    def put_bytes(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`."""
        self._write(key, lambda target: target.write(data))

    def read(self, key: str) -> bytes:
        """Return the bytes of `key`. Raises `FileNotFoundError`."""
        with os.fdopen(os.open(self.path(key), os.O_RDONLY | _NOFOLLOW), "rb") as file:
            return file.read()

    def path(self, key: str) -> Path:
        """Return the file of `key`. Raises `FileNotFoundError`, also for anything reached through a link."""
        path = self._locate(key)
        if not _is_plain_file(path) or not path.resolve().is_relative_to(self.root.resolve()):
            raise FileNotFoundError(f"There is no file {key} in the media store.")
        return path

    def exists(self, key: str) -> bool:
        """Return whether there is a file under `key`."""
        return _is_plain_file(self._locate(key))

    def delete(self, key: str) -> None:
        """Remove the file of `key`, and its folder once it is empty."""
        path = self._locate(key)
        path.unlink(missing_ok=True)
        if path.parent != self.root and path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def _locate(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} is not a key of the media store")
        return self.root / key

    def _write(self, key: str, fill: Callable[[BinaryIO], object]) -> None:
        path = self._locate(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.parent.resolve().is_relative_to(self.root.resolve()):
            raise ValueError(f"{key!r} leads out of the media store")
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW, 0o640), "wb") as target:
                fill(target)
                target.flush()
                os.fsync(target.fileno())
            part.replace(path)
            _sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)


_NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)  # absent on Windows


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
