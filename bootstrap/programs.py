"""Runs other programs: a step of the set-up with its line of progress, or a command that has the terminal."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bootstrap.places import HERE, WINDOWS
from bootstrap.sentences import Stop, sentence_for_output

STOPPED = 130


def step(
    label: str,
    command: list[str],
    taken: IO[str] | None,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> None:
    """Run one step of the set-up, showing its name and seconds. `taken`: the lock that the program shares with us.

    Sharing it makes the next run.py wait for a program that outlived a killed one.
    """
    started = time.monotonic()
    shared = (taken.fileno(),) if taken and not WINDOWS else ()
    process = subprocess.Popen(
        command,
        cwd=folder or HERE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=shared,
    )
    with ended(process):
        output = listen(process, label, started)
    show(label, started, "\n" if process.returncode == 0 else "  failed\n")
    if process.returncode != 0:
        raise Stop(sentence_for_output(label, output))


def listen(process: subprocess.Popen[str], label: str, started: float) -> str:
    """Return everything a program says, while its line on a terminal counts the seconds."""
    while True:
        try:
            return process.communicate(timeout=0.5)[0]
        except subprocess.TimeoutExpired:
            if sys.stdout.isatty():
                show(label, started, "")


def show(label: str, started: float, end: str) -> None:
    """Write the line of a step, over the one that is there on a terminal."""
    again = "\r" if sys.stdout.isatty() else ""
    print(f"{again}  {label:<30}{time.monotonic() - started:6.1f} s", end=end, flush=True)


def call(command: list[str]) -> int:
    """Run a program on this terminal; return its exit code."""
    sys.stdout.flush()
    process = subprocess.Popen(command, cwd=HERE)
    with ended(process):
        code = process.wait()
    return code if code >= 0 else STOPPED


@contextlib.contextmanager
def ended(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave no program behind: on an interruption it is asked to end, and made to after ten seconds."""
    try:
        yield
    except BaseException:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
