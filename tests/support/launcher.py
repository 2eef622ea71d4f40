"""Starts real worker processes in an instant: a process that has imported everything forks one for each start.

A worker started so runs the very same command line; it only skips the second that Python needs for its imports.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.house import REPOSITORY
from tests.support.worker import PATIENCE_SECONDS, last_words, remember


class Launched:
    """One worker process. Its end is told by the launcher, its parent."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._over = threading.Event()
        self._code = 0

    def end(self, code: int) -> None:
        """Note that it is over."""
        self._code = code
        self._over.set()

    @property
    def running(self) -> bool:
        """Return whether it still runs."""
        return not self._over.is_set()

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Return the exit code once it is over, or minus the number of the signal that killed it."""
        code = self.over_within(seconds)
        assert code is not None, f"worker {self.pid} does not end{last_words()}"
        return code

    def over_within(self, seconds: float) -> int | None:
        """Return the exit code, None when it still runs after `seconds`."""
        return self._code if self._over.wait(seconds) else None

    def kill(self) -> None:
        """Kill it with SIGKILL, if it still runs, and wait until it is gone."""
        if self.running:
            os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        if self.running:
            os.kill(self.pid, signal.SIGTERM)
        return self.wait()


class Launcher:
    """The process that forks."""

    def __init__(self, **more: str) -> None:
        environ = {**os.environ, "PYTHONPATH": str(REPOSITORY), **more}
        command = [sys.executable, "-m", "tests.support.launcher"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)
        self._launched: dict[int, Launched] = {}
        self._fresh: list[Launched] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def start(self, root: Path, environ: Mapping[str, str], before: str = "") -> Launched:
        """Start a worker in `root`. `before` names functions, `module:name`, that are called in its process first."""
        remember(root)
        assert self._process.stdin
        with self._changed:
            self._fresh.clear()
            order = {"root": str(root), "environ": {**os.environ, **environ}, "before": before}
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            assert self._changed.wait_for(lambda: bool(self._fresh), PATIENCE_SECONDS), "no worker was started"
            return self._fresh[0]

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            said, pid, code = line.split()
            with self._changed:
                if said == "started":
                    self._launched[int(pid)] = Launched(int(pid))
                    self._fresh.append(self._launched[int(pid)])
                else:
                    self._launched[int(pid)].end(int(code))
                self._changed.notify_all()

    def close(self) -> None:
        """Kill what still runs and end."""
        for one in self._launched.values():
            one.kill()
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE_SECONDS)
        self._thread.join()
        self._process.stdout.close()


@contextmanager
def launching(**more: str) -> Iterator[Launcher]:
    """Yield a launcher for the length of a block; `more` is its environment beside the usual one."""
    launcher = Launcher(**more)
    try:
        yield launcher
    finally:
        launcher.close()


def serve_orders() -> None:
    """Fork one worker for each line of standard input, and tell of every start and end."""
    import scheduler.services.context
    import scheduler.storage.migrate
    import scheduler.worker.main  # noqa: F401
    from tests.support import crash_points  # noqa: F401

    signal.signal(signal.SIGCHLD, _tell_ends)
    for line in iter(sys.stdin.readline, ""):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            _become_worker(json.loads(line))
        _tell("started", pid, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _tell_ends(_number: int, _frame: object) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell("ended", pid, os.waitstatus_to_exitcode(status))


def _tell(said: str, pid: int, code: int) -> None:
    os.write(1, f"{said} {pid} {code}\n".encode())


def _become_worker(order: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.chdir(order["root"])
    os.environ.clear()
    os.environ.update(order["environ"])
    log = os.open("worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDWR)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    os._exit(_work(order["before"]))


def _work(before: str) -> int:
    import importlib
    import traceback

    from scheduler import cli
    from tests.support import crash_points

    try:
        crash_points.arm(os.environ.get(crash_points.VARIABLE, ""))
        for one in before.split():
            module, _, name = one.partition(":")
            getattr(importlib.import_module(module), name)()
        sys.argv = ["scheduler", "-v", "worker"]
        cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is, it ends this process and stands in its log
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    serve_orders()
