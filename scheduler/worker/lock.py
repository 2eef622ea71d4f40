"""On SQLite there is exactly one worker: a lock that the operating system frees only when the process is gone.

On PostgreSQL there may be any number, and each one's lock is its own (`life`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.storage.engine import Database

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class AnotherWorker(Exception):
    """Another worker is running."""


@contextmanager
def only_worker(database: Database, data: Path) -> Iterator[None]:
    """Hold the lock of the only worker on SQLite. Raises `AnotherWorker` when somebody else has it.

    Holding it proves that every other worker is dead: nobody frees it but the end of the process.
    """
    if not database.is_sqlite:
        yield
        return
    data.mkdir(parents=True, exist_ok=True)
    with (data / "worker.lock").open("a+") as file:
        if not _take(file.fileno()):
            raise AnotherWorker("A worker is running here already; a second one would not help.")
        yield


def _take(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
