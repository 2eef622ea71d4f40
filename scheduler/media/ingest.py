"""Taking a file in: recognise it, decode it in a process of its own, and hand over what was derived.

Every refusal is an `Invalid` for the field "file" with a sentence that names the way out.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import scheduler
from scheduler.domain.asset import Kind, Purpose
from scheduler.domain.problem import Invalid, Problem, refuse
from scheduler.media.derived import Derivation, DerivedFile
from scheduler.media.filetypes import HEAD_BYTES, FileType, recognise, refusal

DECODERS = threading.BoundedSemaphore(2)
"""How many files this process has decoded at once: each may take up to 3 GB of memory."""
PHOTO_SECONDS = 60
VIDEO_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Ingested:
    """A file that was taken in: its type, its SHA-256 in hex, its size in bytes and what was derived from it."""

    filetype: FileType
    sha256: str
    bytes: int
    derivation: Derivation


def ingest(path: Path, folder: Path) -> Ingested:
    """Take in the file at `path`; derived files are written into the empty `folder`. Raises `Invalid`."""
    filetype = check_type(path)
    return Ingested(filetype, digest(path), path.stat().st_size, decode(path, filetype, folder))


def check_type(path: Path) -> FileType:
    """Return the type of the file at `path` by its content. Raises `Invalid` for a wrong type or size."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    filetype = recognise(head)
    if filetype is None:
        raise refuse("file", refusal(head))
    size = path.stat().st_size
    if size > filetype.byte_limit:
        raise refuse("file", too_big(filetype.kind, size, filetype.byte_limit))
    return filetype


def too_big(kind: Kind, size: int, limit: int) -> str:
    """Return the sentence for a file of too many bytes."""
    way_out = "Export it smaller" if kind is Kind.PHOTO else "Cut it shorter or export it at a lower quality"
    return f"This {kind} has {size / 1e6:.0f} MB; at most {limit / 1e6:.0f} MB are allowed. {way_out} and try again."


def digest(path: Path) -> str:
    """Return the SHA-256 of the file at `path`, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def decode(path: Path, filetype: FileType, folder: Path) -> Derivation:
    """Derive everything from the file at `path` in a limited process. Raises `Invalid`."""
    seconds = PHOTO_SECONDS if filetype.kind is Kind.PHOTO else VIDEO_SECONDS
    command = [sys.executable, "-m", "scheduler.media.decode", str(path.resolve()), str(folder.resolve())]
    try:
        with DECODERS:
            done = subprocess.run(  # noqa: S603 - our own module; the paths are arguments, not a command line
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=folder,
                env=_environment(),
                timeout=seconds,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise refuse("file", _cannot(filetype, "took too long to read")) from None
    if done.returncode:
        reason = "needs too much memory" if b"MemoryError" in done.stderr else "is damaged"
        raise refuse("file", _cannot(filetype, reason))
    return _derivation(json.loads(done.stdout), folder)


def _environment() -> dict[str, str]:
    # The decoder gets no secret of ours, whatever it is made to do.
    passed_on = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "LANG") if name in os.environ}
    return passed_on | {
        "PYTHONPATH": str(Path(scheduler.__file__).resolve().parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _cannot(filetype: FileType, reason: str) -> str:
    return f"This {filetype.kind} {reason} and cannot be used. Export it again, or choose another file."


def _derivation(answer: dict[str, Any], folder: Path) -> Derivation:
    if "problems" in answer:
        raise Invalid(Problem("file", message) for message in answer["problems"])
    data = answer["derivation"]
    files = tuple(DerivedFile(**(entry | {"purpose": Purpose(entry["purpose"])})) for entry in data.pop("files"))
    for file in files:
        if Path(file.name).name != file.name or not (folder / file.name).is_file():
            raise refuse("file", "This file could not be processed. Choose another one.")
    return Derivation(**(data | {"files": files, "notes": tuple(data["notes"])}))
