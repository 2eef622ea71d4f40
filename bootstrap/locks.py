"""Locks of this folder, so that two run.py never work on the same files."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import IO

from bootstrap.places import read, tools
from bootstrap.sentences import Stop

WAIT_FOR_OTHER_SECONDS = 600


@contextlib.contextmanager
def wait_for_lock(name: str) -> Iterator[IO[str]]:
    """Hold a lock of this folder; while another run.py has it, say so and wait."""
    deadline, told = time.monotonic() + WAIT_FOR_OTHER_SECONDS, False
    while True:
        with lock(name) as taken:
            if taken:
                yield taken
                return
        if time.monotonic() > deadline:
            raise Stop(f"Another run.py (process {lock_owner(name)}) is still setting up this folder. Try again later.")
        if not told:
            print(f"Another run.py (process {lock_owner(name)}) is setting up this folder: waiting for it.", flush=True)
            told = True
        time.sleep(0.2)


@contextlib.contextmanager
def lock(name: str) -> Iterator[IO[str] | None]:
    """Hold a lock of this folder and yield its file, or None when another process has it."""
    with (tools() / f"{name}.lock").open("a+", encoding="utf-8") as file:
        if not try_lock(file):
            yield None
            return
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file


def try_lock(file: IO[str]) -> bool:
    """Take the system's lock on an open file without waiting; it ends with the last process that holds the file."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 20)  # beyond the text, which others must be able to read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def lock_owner(name: str) -> str:
    """Return the process number that holds a lock, for messages."""
    return read(tools() / f"{name}.lock") or "unknown"
