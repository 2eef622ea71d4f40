"""The real product in a folder of its own: `python -m scheduler run` on a free port, and its end."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"Drumbeat is ready.*\n")
SETUP_LINK = re.compile(r"Create the owner once at (\S+)")
START_SECONDS = STOP_SECONDS = 90
"""Waiting costs nothing when all is well, and a machine may be slow."""


@dataclass
class Product:
    """A running product. `url` has no slash at its end."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        """Return the address that it answers at."""
        return f"http://127.0.0.1:{self.environment['DRUMBEAT_PORT']}"

    @property
    def setup_link(self) -> str:
        """Return the one-time link that the first start prints."""
        return self.wait_for(SETUP_LINK)[1]

    @property
    def output(self) -> str:
        """Return everything said so far."""
        with self.changed:
            return "".join(self.lines)

    def wait_for(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Return the first match in the output; fail with the output if the product ends or stays silent."""

        def seen() -> re.Match[str] | None:
            return pattern.search("".join(self.lines))

        with self.changed:
            self.changed.wait_for(lambda: seen() or self.process.poll() is not None, timeout=START_SECONDS)
            match = seen()
        assert match, f"never said {pattern.pattern!r}:\n{self.output}"
        return match

    def cli(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run `python -m scheduler ...` in the product's folder; the exit code is the caller's to judge."""
        return subprocess.run(
            [sys.executable, "-m", "scheduler", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it like a person would and return the exit code; a process left behind is a failure."""
        family = processes_of(self)
        self.process.send_signal(number)
        try:
            code = self.process.wait(STOP_SECONDS)
        finally:
            left_behind = kill(family)
        assert not left_behind, f"processes outlived the product: {left_behind}\n{self.output}"
        return code


@contextlib.contextmanager
def running_product(
    folder: Path, environment: Mapping[str, str] | None = None, posts: bool = False
) -> Iterator[Product]:
    """Start the product in `folder` and wait until it is ready; stop it at the end.

    `environment` adds variables (DATABASE_URL, say); `posts` copies the sample articles. A second start in the same
    folder finds what the first one left there.
    """
    prepare_folder(folder, posts)
    product = start_product(folder, product_environment(environment or {}))
    try:
        product.wait_for(READY)
        yield product
        if product.process.poll() is None:
            product.stop()
    finally:
        kill(processes_of(product))
        product.process.wait(STOP_SECONDS)


def prepare_folder(folder: Path, posts: bool) -> None:
    """Put the configuration, and the sample articles if wanted, where the product looks for them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config", "posts") if posts else ("config",):
        if not (folder / name).exists():
            shutil.copytree(ROOT / name, folder / name)
    (folder / "posts").mkdir(exist_ok=True)


def product_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a product that knows nothing of the developer's own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DRUMBEAT_") and k != "DATABASE_URL"}
    own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "DRUMBEAT_HOST": "127.0.0.1"}
    return kept | own | {"DRUMBEAT_PORT": str(free_port())} | dict(extra)


def start_product(folder: Path, environment: dict[str, str]) -> Product:
    """Start the processes and collect what they say."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scheduler", "run"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    product = Product(folder, environment, process)
    threading.Thread(target=collect, args=(product,), daemon=True).start()
    return product


def collect(product: Product) -> None:
    """Keep the output, line by line, until the last process has closed it."""
    assert product.process.stdout
    with product.process.stdout as stream:
        for line in stream:
            with product.changed:
                product.lines.append(line)
                product.changed.notify_all()
    product.process.wait()
    with product.changed:
        product.changed.notify_all()


def processes_of(product: Product) -> list[psutil.Process]:
    """Return the product's own process and all that descend from it."""
    try:
        leader = psutil.Process(product.process.pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill(family: list[psutil.Process]) -> list[str]:
    """End these processes at once; return the command lines of those that were still there."""
    alive = [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    said = []
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            said.append(" ".join(process.cmdline()))
            process.kill()
    return said
