"""Who is in the house: every process of the product holds the data folder a little, a restore holds it alone.

The operating system frees the lock when a process is gone, however it ended.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from scheduler.domain.problem import Conflict

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = "in-use.lock"
JOURNAL = "restore.json"
"""The plan of a restore; it is there from the first change to the last."""
SEATS = 1 << 20
"""On Windows, where no lock can be shared, every process locks one byte of as many, and a restore all of them."""


def occupy(data: Path) -> TextIOWrapper:
    """Hold the data folder as one of many until the process ends (or the file is closed).

    Raises `Conflict` while a restore works there, and after one that was interrupted.
    """
    file = (data / LOCK).open("a+")
    if not _take(file, alone=False):
        file.close()
        raise Conflict("A backup is being restored here. Start again when that is done.")
    if (data / JOURNAL).exists():
        file.close()
        raise Conflict(
            "A restore was interrupted, and nothing may run before it is finished. Run “python -m scheduler restore”."
        )
    return file


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold the data folder alone. Raises `Conflict` while any process of the product uses it."""
    with (data / LOCK).open("a+") as file:
        if not _take(file, alone=True):
            raise Conflict("Drumbeat is running. Stop it first (the site, the worker, and every other command).")
        yield


def _take(file: TextIOWrapper, alone: bool) -> bool:
    try:
        if sys.platform == "win32":
            file.seek(0 if alone else os.getpid() % SEATS)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, SEATS if alone else 1)
        else:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        # A file system without locks (some network ones) must not keep the product from starting, only a restore.
        return not alone and error.errno not in _TAKEN
    return True


_TAKEN = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})
