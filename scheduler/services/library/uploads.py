"""Uploads that arrive in pieces and go on after a lost connection.

Each is two files below `uploads/`: what was announced, and the bytes so far. How far an upload has come is the size
of that file, so a crash cannot make the two disagree.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from scheduler.domain.problem import Conflict, NotFound, refuse
from scheduler.media.filetypes import VIDEO_BYTES
from scheduler.services.context import Context
from scheduler.services.library.assets import Added, add_asset

LIFETIME_MS = 24 * 3_600_000
AT_ONCE = 50
SPARE_BYTES = 200_000_000
_PIECE = 1 << 16
_ID = re.compile(r"[0-9a-f]{32}")


class Source(Protocol):
    """Where bytes come from: the body of a request."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; b"" at the end."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One announced upload. `length` is its size in bytes, `owner` the id of the user who sends it."""

    id: str
    owner: int
    filename: str
    length: int
    created_at: int


class Busy(Conflict):
    """Another request is writing to the same upload."""


def begin(ctx: Context, owner: int, filename: str, length: int) -> Upload:
    """Announce an upload and return it. Raises `Invalid` when it is too big or the disk is too full."""
    sweep(ctx)
    if length > VIDEO_BYTES:
        raise refuse("file", f"This file has {length / 1e6:,.0f} MB; at most {VIDEO_BYTES / 1e6:.0f} MB are allowed.")
    if len(_of(ctx, owner)) >= AT_ONCE:
        raise refuse("file", f"There are {AT_ONCE} unfinished uploads already. Finish or cancel some of them first.")
    folder = _folder(ctx)
    folder.mkdir(parents=True, exist_ok=True)
    # What others have announced and not yet sent needs its room too.
    promised = sum(other.length - offset_of(ctx, other) for other in _all(ctx))
    if shutil.disk_usage(folder).free < promised + length + SPARE_BYTES:
        raise refuse("file", "The disk of the server is too full for this file. Make room, then upload it again.")
    upload = Upload(secrets.token_hex(16), owner, filename[:300], length, ctx.clock.now_ms())
    _bytes_path(ctx, upload.id).touch(exist_ok=False)
    _facts_path(ctx, upload.id).write_text(json.dumps(asdict(upload)), "utf-8")
    return upload


def get(ctx: Context, owner: int, upload_id: str) -> Upload:
    """Return somebody's own upload. Raises `NotFound` for every other."""
    upload = _read(ctx, upload_id)
    if upload is None or upload.owner != owner or upload.created_at + LIFETIME_MS <= ctx.clock.now_ms():
        raise NotFound("This upload is not here any more. Start it again.")
    return upload


def offset_of(ctx: Context, upload: Upload) -> int:
    """Return how many bytes have arrived."""
    try:
        return _bytes_path(ctx, upload.id).stat().st_size
    except FileNotFoundError:  # finished or cancelled at this very moment
        return upload.length


def append(ctx: Context, upload: Upload, offset: int, source: Source) -> int:
    """Write what `source` gives from `offset` on and return the new offset. Raises `Conflict`, `Busy`, `Invalid`.

    When the connection breaks, what has arrived stays.
    """
    with _bytes_path(ctx, upload.id).open("r+b") as file, _locked(file):
        here = file.seek(0, os.SEEK_END)
        if offset != here:
            raise Conflict(f"The upload has {here} bytes, not {offset}. Go on from there.")
        try:
            _pour(source, file, upload.length - here)
        finally:
            file.flush()
            os.fsync(file.fileno())
            here = file.tell()
        return here


def finish(ctx: Context, upload: Upload) -> Added:
    """Take a complete upload into the library and forget it. Raises `Invalid`, also when bytes are missing."""
    missing = upload.length - offset_of(ctx, upload)
    if missing:
        raise refuse("file", f"{missing:,} bytes of this file have not arrived yet. Upload the rest first.")
    try:
        return add_asset(ctx, _bytes_path(ctx, upload.id), upload.filename)
    finally:
        cancel(ctx, upload)


def cancel(ctx: Context, upload: Upload) -> None:
    """Forget an upload and its bytes."""
    _facts_path(ctx, upload.id).unlink(missing_ok=True)
    _bytes_path(ctx, upload.id).unlink(missing_ok=True)


def sweep(ctx: Context) -> None:
    """Forget every upload that was begun more than a day ago."""
    for upload in _all(ctx):
        if upload.created_at + LIFETIME_MS <= ctx.clock.now_ms():
            cancel(ctx, upload)


def _pour(source: Source, file: IO[bytes], room: int) -> None:
    while piece := source.read(_PIECE):
        if len(piece) > room:
            raise refuse("file", "More bytes arrived than were announced. Start the upload again.")
        file.write(piece)
        room -= len(piece)


@contextmanager
def _locked(file: IO[bytes]) -> Iterator[None]:
    if sys.platform == "win32":  # one web process there, and a browser sends one piece at a time
        yield
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy("Another connection is still writing to this upload. Try again in a moment.") from None
    yield  # closing the file gives the lock back


def _folder(ctx: Context) -> Path:
    return ctx.settings.data / "uploads"


def _bytes_path(ctx: Context, upload_id: str) -> Path:
    return _folder(ctx) / f"{upload_id}.part"


def _facts_path(ctx: Context, upload_id: str) -> Path:
    return _folder(ctx) / f"{upload_id}.json"


def _read(ctx: Context, upload_id: str) -> Upload | None:
    if not _ID.fullmatch(upload_id):
        return None
    try:
        facts: dict[str, Any] = json.loads(_facts_path(ctx, upload_id).read_text("utf-8"))
        return Upload(**facts)
    except (FileNotFoundError, ValueError, TypeError):  # gone, or cut off by a crash while it was announced
        return None


def _all(ctx: Context) -> list[Upload]:
    if not _folder(ctx).is_dir():
        return []
    found = (_read(ctx, path.stem) for path in _folder(ctx).glob("*.json"))
    return [upload for upload in found if upload is not None]


def _of(ctx: Context, owner: int) -> list[Upload]:
    return [upload for upload in _all(ctx) if upload.owner == owner]
