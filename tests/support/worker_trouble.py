"""Trouble with the database on demand, for a real worker: a file in its folder says what is wrong at the moment.

`full` lets SQLite find no further page (as a full disk does), `read-only` lets it refuse every write.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

FILE = "trouble"
FULL, READ_ONLY, NONE = "full", "read-only", ""
HOOK = "tests.support.worker_trouble:follow_the_file"
IMPATIENT = "tests.support.worker_trouble:be_impatient"
SYNC_SELDOM = "tests.support.worker_trouble:sync_seldom"
ANY_SPACE_WILL_DO = "tests.support.worker_trouble:let_any_space_do"
STOPPED_BY_ITS_ALARM = "tests.support.worker_trouble:stop_when_the_alarm_goes_off"
MOST_PAGES = 4_294_967_294


def set_trouble(root: Path, trouble: str) -> None:
    """Bring the worker below `root` into trouble, or out of it."""
    fresh = root / f"{FILE}.new"
    fresh.write_text(trouble)
    fresh.replace(root / FILE)


def follow_the_file() -> None:
    """Before every transaction of this process, do what the file says."""
    event.listen(Engine, "begin", _bend)


def _bend(connection: Connection) -> None:
    file = Path.cwd() / FILE
    trouble = file.read_text() if file.exists() else NONE
    connection.exec_driver_sql(f"PRAGMA max_page_count={1 if trouble == FULL else MOST_PAGES}")  # at least what it has
    connection.exec_driver_sql(f"PRAGMA query_only={int(trouble == READ_ONLY)}")


def be_impatient() -> None:
    """Let a locked database be waited for a tenth of a second instead of fifteen seconds."""
    from scheduler.storage import engine

    engine.BUSY_TIMEOUT_MS = 100


def stop_when_the_alarm_goes_off() -> None:
    """Ask this process to stop in the very moment in which the scheduler runs the alarm for the next delivery."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.base import STATE_STOPPED

    submit, pause = ThreadPoolExecutor.submit_job, threading.Event()

    def submit_job(self: ThreadPoolExecutor, job: Any, run_times: Any) -> None:
        if job.id == "next":
            os.kill(os.getpid(), signal.SIGTERM)
            while self._scheduler.state != STATE_STOPPED:
                pause.wait(0.01)
        submit(self, job, run_times)

    ThreadPoolExecutor.submit_job = submit_job


def let_any_space_do() -> None:
    """Switch the look at the free space off, so that the disk itself has to say that it is full."""
    from scheduler.services.delivery import space

    space.LEAST_BYTES = 0


def sync_seldom() -> None:
    """Open SQLite with synchronous=NORMAL: the safeguard against a power cut is off."""
    from scheduler.storage import engine

    prepare = engine._prepare_sqlite

    def prepare_otherwise(connection: Any, _record: Any) -> None:
        prepare(connection, _record)
        connection.execute("PRAGMA synchronous=NORMAL")

    engine._prepare_sqlite = prepare_otherwise
