"""Exactly one worker: a lock that the operating system or the database frees only when the process is gone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.storage.engine import Database
from scheduler.storage.locks import advisory_lock

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class AnotherWorker(Exception):
    """Another worker is running."""


@contextmanager
def only_worker(database: Database, data: Path) -> Iterator[None]:
    """Hold the worker lock. Raises `AnotherWorker` when somebody else has it.

    On SQLite it is a file lock on this machine, on PostgreSQL a session advisory lock that holds for all machines.
    Holding it proves that every other worker is dead: nobody frees it but the end of the process.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "worker.lock").open("a+") as file:
        if not _take(file.fileno()):
            raise AnotherWorker("A worker is running here already; a second one would not help.")
        if database.is_sqlite:
            yield
            return
        with advisory_lock(database) as held:
            if not held:
                raise AnotherWorker("A worker is running on another machine with this database already.")
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
