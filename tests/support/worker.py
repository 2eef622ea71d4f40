"""A real worker process on a house, to be killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.clock import SystemClock
from scheduler.services.context import Context
from tests.support.house import REPOSITORY

PATIENCE_SECONDS = 90.0
"""Waiting costs nothing when all is well, and a machine may be slow."""
_houses: list[Path] = []


def remember(root: Path) -> None:
    """Note that a worker was started on the house below `root`: its log is shown when something never happens."""
    _houses[:] = [root]


def last_words() -> str:
    """Return the end of what the workers started last have said."""
    logs = [root / "worker.log" for root in _houses]
    said = [log.read_text(errors="replace") for log in logs if log.exists()]
    return "\n".join(["", "The worker's log ends so:", *(log[-4000:] for log in said)]) if said else ""


def start_worker(ctx: Context, root: Path, **more: str) -> subprocess.Popen[bytes]:
    """Start `python -m scheduler worker` on the house below `root`; its log goes to `root/worker.log`."""
    remember(root)
    settings = ctx.settings
    environ = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "DRUMBEAT_PORT": str(settings.port),
        "DRUMBEAT_SECRET_KEY": settings.secret_key,
        "DRUMBEAT_ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
        "DATABASE_URL": settings.database_url,
        "DRUMBEAT_PLATFORM_BLUESKY_SETTLE_SECONDS": "1",
        "DRUMBEAT_PLATFORM_MASTODON_SETTLE_SECONDS": "1",
        **more,
    }
    with (root / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "scheduler", "-v", "worker"], cwd=root, env=environ, stdout=log, stderr=log
        )


@contextmanager
def worker(ctx: Context, root: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker for the length of a block."""
    process = start_worker(ctx, root, **more)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE_SECONDS)


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until `condition` holds; fail with `what` and the worker's last words when it never does."""
    clock = SystemClock()
    deadline = clock.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert clock.monotonic() < deadline, f"never happened: {what}{last_words()}"
        clock.sleep(0.02)
