"""`run`: the web server and the worker as two child processes, started, watched and stopped together."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import click

from scheduler.clock import SystemClock
from scheduler.config import LiveConfig
from scheduler.domain.problem import refuse
from scheduler.services.context import build_context
from scheduler.services.library.samples import ensure_samples
from scheduler.services.operations.users import new_setup_link
from scheduler.storage.migrate import migrate

log = logging.getLogger(__name__)

CHILDREN = ("web", "worker")
READY_SECONDS = 30
STOP_SECONDS = 40
RESTART_SECONDS = 1.0


class Supervisor:
    """Starts the two processes, starts one again when it ends by itself, and stops both on a signal."""

    def __init__(self, root: Path, config: LiveConfig) -> None:
        self.root, self.config = root, config
        self.clock = SystemClock()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.stop = threading.Event()

    def run(self) -> int:
        """Run until a signal; return the exit code. Raises `Invalid` when the port is taken."""
        self._check_port()
        setup_path = self._prepare()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stop.set())
        try:
            for name in CHILDREN:
                self._start(name)
            if self._wait_until_ready():
                self._announce(setup_path)
            self._watch()
        finally:
            self._stop_children()
        return 0

    def _check_port(self) -> None:
        settings = self.config.settings
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, settings.port))
            except OSError as error:
                raise refuse("", f"{_why_not(error, settings.host, settings.port)}") from None

    def _prepare(self) -> str:
        """Bring the database up to date, draw the sample media once; return the set-up path of a new site."""
        context = build_context(self.config)
        try:
            migrate(context.database)
            ensure_samples(context)
            return new_setup_link(context)
        finally:
            context.database.dispose()

    def _start(self, name: str) -> None:
        command = [sys.executable, "-m", "scheduler", name]
        self.processes[name] = subprocess.Popen(command, cwd=self.root, start_new_session=True)  # noqa: S603

    def _wait_until_ready(self) -> bool:
        deadline = self.clock.monotonic() + READY_SECONDS
        while self.clock.monotonic() < deadline and not self.stop.is_set():
            if _answers(f"{self.config.settings.local_url}/healthz"):
                return True
            self.stop.wait(0.05)
        return False

    def _announce(self, setup_path: str) -> None:
        base = self.config.settings.base_url
        if setup_path:
            click.echo(f"Drumbeat is ready. Create the owner once at {base}{setup_path}")
        else:
            click.echo(f"Drumbeat is ready: open {base}/admin/")

    def _watch(self) -> None:
        while not self.stop.wait(RESTART_SECONDS):
            for name, process in list(self.processes.items()):
                if process.poll() is not None and not self.stop.is_set():
                    click.echo(f"The {name} process ended (code {process.returncode}) and is started again.", err=True)
                    self._start(name)

    def _stop_children(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for name, process in self.processes.items():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                log.warning("%s did not stop in time and is killed; the queue will say what became of its work", name)
                process.kill()
                process.wait()


def _answers(address: str) -> bool:
    """Return whether our own web server answers at all (any status will do)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program. Stop it, or set DRUMBEAT_PORT to a free port in .env."
    if error.errno == errno.EACCES:
        return f"Port {port} needs administrator rights. Set DRUMBEAT_PORT to a port above 1024 in .env."
    return f"The address {host} cannot be used here ({error.strerror}). Set DRUMBEAT_HOST in .env to 127.0.0.1."
