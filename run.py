#!/usr/bin/env python3
"""Sets Drumbeat up and runs it, with nothing but Python.

    python3 run.py            set up what is missing, then start the web server and the worker
    python3 run.py setup      only set up
    python3 run.py test       run the tests (arguments after it go to pytest)
    python3 run.py check      run the style and type checks
    python3 run.py bench      run the benchmarks
    python3 run.py help       print this

Set-up makes .venv (Python packages), .tools (a Node for the build where the system has none) and scheduler/static
(browser assets). Each is made again only when its inputs changed; delete any of them at any time.
"""

import sys

# This file must stay readable for Python 3.6, so that an old Python can say this instead of a syntax error.
if sys.version_info < (3, 11):
    sys.exit(
        "Drumbeat needs Python 3.11 or later, and this is Python %d.%d. Install a newer one (from python.org or your "
        "system's packages) and start run.py with it, for example: python3.12 run.py" % sys.version_info[:2]
    )

import os
import signal
from collections.abc import Sequence
from types import FrameType
from typing import IO, NoReturn

from bootstrap.browser_assets import build_assets
from bootstrap.chromium import fetch_chromium, find_chromium
from bootstrap.locks import lock, lock_owner, wait_for_lock
from bootstrap.places import HERE, WINDOWS, tools, venv_python
from bootstrap.programs import STOPPED, call
from bootstrap.python_packages import install_packages, make_venv
from bootstrap.sentences import READ_ONLY, Stop, sentence_for_error


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks; return the exit code."""
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("start", [])
    if command in ("help", "--help", "-h"):
        print(__doc__)
        return 0
    commands = {"start": start, "setup": set_up_only, "test": test, "check": check, "bench": bench}
    if command not in commands or (rest and command != "test"):
        print(f"run.py does not know “{' '.join(arguments)}”. What it can do: python3 run.py help", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupt)
    try:
        os.chdir(HERE)
        return commands[command](rest)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return STOPPED
    except Stop as reason:
        print(f"\n{reason}", file=sys.stderr)
    except OSError as error:
        print(f"\n{sentence_for_error(error)}", file=sys.stderr)
    return 1


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Let SIGTERM end us like Ctrl-C, so that children are stopped and waited for."""
    raise KeyboardInterrupt


def start(_rest: list[str]) -> int:
    """Set up, then become `python -m scheduler run`."""
    need_writable_folder()
    with lock("start") as taken:
        if taken is None:
            raise Stop(
                f"Drumbeat is already running in this folder (process {lock_owner('start')}). Stop that one first."
            )
        set_up()
        command = [str(venv_python()), "-m", "scheduler", "run"]
        return call(command) if WINDOWS else become(command, taken)


def become(command: list[str], taken: IO[str]) -> NoReturn:
    """Replace this process, so that signals and exit code are the product's own; it keeps the lock while it runs."""
    sys.stdout.flush()
    os.set_inheritable(taken.fileno(), True)
    os.execv(command[0], command)  # noqa: S606


def set_up_only(_rest: list[str]) -> int:
    """Set up and stop there."""
    set_up()
    print("Drumbeat is set up. Start it: python3 run.py")
    return 0


def test(rest: list[str]) -> int:
    """Run pytest with everything it needs; its arguments may be given."""
    set_up(dev=True)
    chromium = find_chromium() or fetch_chromium()
    if chromium:
        os.environ["DRUMBEAT_TEST_CHROMIUM"] = chromium
    parallel = [] if rest else ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "worksteal"]
    return call([str(venv_python()), "-m", "pytest", *parallel, *rest])


def check(_rest: list[str]) -> int:
    """Run every style and type check, also after one has found something."""
    set_up(dev=True, assets=False)
    run_module = [str(venv_python()), "-m"]
    results = [
        call([*run_module, "ruff", "check"]),
        call([*run_module, "ruff", "format", "--check"]),
        call([*run_module, "mypy", "--strict", "scheduler", "tests", "bootstrap", "run.py"]),
    ]
    return 1 if any(results) else 0


def bench(_rest: list[str]) -> int:
    """Run the benchmarks."""
    set_up(dev=True)
    return call([str(venv_python()), "-m", "tests.performance"])


def need_writable_folder() -> None:
    """Stop with a sentence where nothing can be written."""
    if not os.access(HERE, os.W_OK):
        raise Stop(READ_ONLY.format(place=HERE))
    tools().mkdir(exist_ok=True)


def set_up(dev: bool = False, assets: bool = True) -> None:
    """Make what is missing or out of date; one run.py at a time in this folder."""
    need_writable_folder()
    with wait_for_lock("setup") as taken:
        make_venv(taken)
        install_packages("requirements.txt", taken)
        if dev:
            install_packages("requirements-dev.txt", taken)
        if assets:
            build_assets(taken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
