"""A wall clock for a real worker process that a test can step: by a file, in a worker started by the launcher.

Everything in the worker sees it, APScheduler too; the steady clock goes on undisturbed, as it does in real life.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

FILE = "clock-offset"
HOOK = "tests.support.worker_clock:follow_the_file"


def set_offset(root: Path, seconds: float) -> None:
    """Let the worker's wall clock be `seconds` off the real one."""
    fresh = root / f"{FILE}.new"
    fresh.write_text(str(seconds))
    fresh.replace(root / FILE)


def follow_the_file() -> None:
    """Install the clock in this process."""
    offset = _read()
    traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=offset), tick=True)
    clock = traveller.start()
    threading.Thread(target=_follow, args=(clock, offset), daemon=True).start()


def _follow(clock: time_machine.Traveller, offset: float) -> None:
    pause = threading.Event()
    while not pause.wait(0.02):
        wanted = _read()
        if wanted != offset:
            clock.shift(wanted - offset)
            offset = wanted


def _read() -> float:
    file = Path.cwd() / FILE
    return float(file.read_text()) if os.access(file, os.R_OK) else 0.0
