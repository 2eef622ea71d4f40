"""`run`: the web server and the worker as two child processes, started, watched and stopped together.

This process stays small: it imports nothing of the product that it does not need itself.
"""

from __future__ import annotations

import errno
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

from scheduler.config import Settings
from scheduler.domain.problem import refuse

CHILDREN = ("web", "worker")
STOP_SECONDS = 40
LOOK_SECONDS = 0.05
"""How often we look whether the web server answers yet, and later whether both processes still run."""
RESTART_SECONDS = 1.0


class Supervisor:
    """Starts the two processes, starts one again when it ends by itself, and stops both on a signal."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root, self.settings = root, settings
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.stop = threading.Event()

    def run(self) -> int:
        """Run until a signal; return the exit code. Raises `Invalid` when the port is taken."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stop.set())
        self._check_port()
        if code := _build_assets():
            return code
        prepared = self._prepare()
        if prepared.returncode or self.stop.is_set():
            return max(prepared.returncode, 0)
        try:
            for name in CHILDREN:
                self._start(name)
            self._wait_until_ready(prepared.stdout.strip())
            while not self.stop.wait(RESTART_SECONDS):
                self._revive()
        finally:
            self._stop_children()
        return 0

    def _check_port(self) -> None:
        settings = self.settings
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, settings.port))
            except OSError as error:
                raise refuse("", _why_not(error, settings.host, settings.port)) from None

    def _prepare(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            self._command("prepare"), cwd=self.root, stdout=subprocess.PIPE, text=True, check=False
        )

    def _command(self, name: str) -> list[str]:
        return [sys.executable, "-m", "scheduler", name]

    def _start(self, name: str) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we stop the children in good order.
        self.processes[name] = subprocess.Popen(self._command(name), cwd=self.root, start_new_session=True)  # noqa: S603

    def _wait_until_ready(self, setup_path: str) -> None:
        """Say where to open as soon as the web server answers, however long that takes on a slow machine."""
        while not self.stop.wait(LOOK_SECONDS):
            if _answers(f"{self.settings.local_url}/healthz"):
                break
            self._revive()
        base = self.settings.base_url
        if setup_path:
            click.echo(f"Drumbeat is ready. Create the owner once at {base}{setup_path}")
        elif not self.stop.is_set():
            click.echo(f"Drumbeat is ready: open {base}/admin/")

    def _revive(self) -> None:
        """Start a process again that ended by itself."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None and not self.stop.wait(RESTART_SECONDS):
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
                click.echo(
                    f"The {name} process did not stop in time and is ended; nothing in the queue is lost.", err=True
                )
                process.kill()
                process.wait()


def _build_assets() -> int:
    """Build the browser assets where they are missing (somebody ran pip by hand, say); return the exit code."""
    checkout = Path(__file__).parents[1]
    if (checkout / "scheduler" / "static" / "manifest.json").exists() or not (checkout / "bootstrap").is_dir():
        return 0
    return subprocess.run([sys.executable, "-m", "bootstrap"], cwd=checkout, check=False).returncode


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
