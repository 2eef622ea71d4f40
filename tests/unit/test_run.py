"""`python3 run.py` as a person meets it, with a small stand-in product so that nothing is fetched."""

from __future__ import annotations

import ast
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from bootstrap import sentences

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90
PRODUCT = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
print("product started:", *sys.argv[1:], flush=True)
if pathlib.Path("port-in-use").exists():
    sys.exit("Port 8000 is in use by another program.")
signal.pause()
"""
BUILD = 'import {mkdirSync, writeFileSync} from "node:fs"; const t = process.argv[2];'
BUILD += 'mkdirSync(t, {recursive: true}); writeFileSync(`${t}/manifest.json`, "{}");'

ENDLESS_BUILD = 'import {writeFileSync} from "node:fs"; writeFileSync("../busy", String(process.pid));'
ENDLESS_BUILD += "setInterval(() => {}, 1000);"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `run.py setup` has set up, without dependencies."""
    folder = new_folder(tmp_path_factory.mktemp("house") / "drumbeat")
    done = run(folder, "setup")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def unprepared(tmp_path: Path) -> Path:
    """A folder as it is after a fresh clone."""
    return new_folder(tmp_path / "drumbeat")


def test_set_up_names_every_step_with_its_seconds(prepared: Path) -> None:
    shutil.rmtree(prepared / "assets/node_modules", ignore_errors=True)
    (prepared / "scheduler/static/built-from").unlink()
    said = run(prepared, "setup").stdout
    assert re.search(r"Browser packages +\d+\.\d s\n +Browser assets +\d+\.\d s\n", said)
    assert (prepared / "scheduler/static/manifest.json").exists()


def test_a_second_set_up_does_nothing(prepared: Path) -> None:
    assert run(prepared, "setup").stdout == "Drumbeat is set up. Start it: python3 run.py\n"


def test_only_what_changed_is_made_again(prepared: Path) -> None:
    source = prepared / "assets/js/site.js"
    source.parent.mkdir(exist_ok=True)
    source.write_text("// changed\n")
    said = run(prepared, "setup").stdout
    assert "Browser assets" in said
    assert "Python" not in said.replace("python3", "")
    assert "Browser packages" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_start_becomes_the_product_and_a_signal_ends_it_cleanly(prepared: Path, number: signal.Signals) -> None:
    with started(prepared) as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert errors == ""


def test_a_second_start_in_the_same_folder_says_so(prepared: Path) -> None:
    with started(prepared) as process:
        second = run(prepared)
    assert second.returncode == 1
    assert second.stderr == (
        f"\nDrumbeat is already running in this folder (process {process.pid}). Stop that one first.\n"
    )


def test_the_products_own_refusal_and_exit_code_come_through(prepared: Path) -> None:
    (prepared / "port-in-use").touch()
    done = run(prepared)
    (prepared / "port-in-use").unlink()
    assert (done.returncode, done.stderr) == (1, "Port 8000 is in use by another program.\n")


def test_a_set_up_that_was_killed_half_way_is_done_again(prepared: Path) -> None:
    (prepared / ".venv/installing").touch()
    said = run(prepared, "setup").stdout
    assert "unfinished" in said
    assert "Python packages" in said
    assert run(prepared, "setup").stdout.count("\n") == 1


def test_an_environment_whose_python_is_gone_is_made_again(prepared: Path) -> None:
    (prepared / ".venv/bin/python").unlink()
    assert "making it again" in run(prepared, "setup").stdout
    assert (prepared / ".venv/bin/python").exists()


def test_a_set_up_waits_for_another_one_and_says_so(prepared: Path) -> None:
    hold = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
    lock = prepared / ".tools/setup.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin and holder.stdout and holder.stdout.readline() == "held\n"
    process = popen(prepared, "setup")
    assert process.stdout
    assert "waiting for it" in process.stdout.readline()
    holder.communicate("\n")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, said) == (0, "Drumbeat is set up. Start it: python3 run.py\n")


def test_without_a_network_there_is_one_plain_sentence(prepared: Path) -> None:
    requirements = prepared / "requirements.txt"
    before = requirements.read_text()
    requirements.write_text("drumbeat-needs-this==1\n")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    done = run(prepared, "setup", environment=nowhere)
    requirements.write_text(before)
    assert (done.returncode, done.stderr) == (1, f"\n{sentences.NO_NETWORK}\n")
    assert run(prepared, "setup").returncode == 0


def test_a_folder_that_cannot_be_written_is_named(unprepared: Path) -> None:
    unprepared.chmod(0o555)
    for parent in list(unprepared.parents)[:3]:
        parent.chmod(0o755)
    script = "import os, run; os.getuid() or os.setuid(65534); raise SystemExit(run.main(['setup']))"
    done = subprocess.run([sys.executable, "-B", "-c", script], cwd=unprepared, capture_output=True, text=True)
    unprepared.chmod(0o755)
    assert (done.returncode, done.stderr) == (1, f"\n{sentences.READ_ONLY.format(place=unprepared)}\n")


def test_a_python_without_ensurepip_is_told_how_to_get_it(unprepared: Path) -> None:
    script = "import sys; sys.modules['ensurepip'] = None; import run; raise SystemExit(run.main([]))"
    done = subprocess.run([sys.executable, "-c", script], cwd=unprepared, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"\n{sentences.NO_ENSUREPIP}\n")


def test_an_old_python_gets_a_sentence_instead_of_a_syntax_error() -> None:
    source = (ROOT / "run.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 6))
    old = "import sys; sys.version_info = (3, 9, 2); exec(open('run.py').read())"
    done = subprocess.run([sys.executable, "-c", old], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Drumbeat needs Python 3.11 or later, and this is Python 3.9.")


def test_an_interrupted_set_up_stops_its_program_and_heals(prepared: Path) -> None:
    (prepared / "assets/build.mjs").write_text(ENDLESS_BUILD)
    busy = prepared / "busy"
    os.mkfifo(busy)
    process = popen(prepared, "setup")
    child = psutil.Process(int(busy.read_text()))  # waits until the build writes its number
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (130, "\nStopped.\n")
    assert not child.is_running()
    (prepared / "assets/build.mjs").write_text(BUILD)
    assert run(prepared, "setup").returncode == 0


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", sentences.DISK_FULL),
        ("npm error code ENOSPC", sentences.DISK_FULL),
        ("npm error code EAI_AGAIN", sentences.NO_NETWORK),
        ("Retrying ... Temporary failure in name resolution\nERROR: No matching distribution", sentences.NO_NETWORK),
        ("The virtual environment was not created: ensurepip is not available.", sentences.NO_ENSUREPIP),
    ],
)
def test_what_a_failed_program_said_becomes_a_sentence(output: str, sentence: str) -> None:
    assert sentences.sentence_for_output("Python packages", output) == sentence


def test_an_unknown_failure_quotes_the_reason_and_keeps_the_whole(prepared: Path) -> None:
    (prepared / "assets/build.mjs").write_text('console.error("Error: no such icon"); process.exit(3);')
    done = run(prepared, "setup")
    (prepared / "assets/build.mjs").write_text(BUILD)
    assert done.returncode == 1
    assert done.stderr.startswith("\nThe step “Browser assets” failed: Error: no such icon\n")
    assert (prepared / ".tools/setup.log").read_text() == "Error: no such icon\n"


def test_a_full_disk_is_called_so() -> None:
    assert sentences.sentence_for_error(OSError(errno.ENOSPC, "No space left on device")) == sentences.DISK_FULL


def test_help_and_unknown_commands(prepared: Path) -> None:
    assert "python3 run.py test" in run(prepared, "help").stdout
    done = run(prepared, "tset")
    assert (done.returncode, done.stdout) == (2, "")
    assert "python3 run.py help" in done.stderr


class started:
    """The product, started by run.py and ready."""

    def __init__(self, folder: Path) -> None:
        self.process = popen(folder)

    def __enter__(self) -> subprocess.Popen[str]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line == "product started: run\n", line
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def new_folder(folder: Path) -> Path:
    """Lay out run.py with a product that needs nothing and prints its arguments."""
    shutil.copytree(ROOT / "bootstrap", folder / "bootstrap", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "run.py", folder)
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "scheduler").mkdir()
    (folder / "scheduler/__main__.py").write_text(textwrap.dedent(PRODUCT))
    (folder / "assets").mkdir()
    (folder / "assets/build.mjs").write_text(BUILD)
    (folder / "assets/package.json").write_text('{"name": "x", "version": "1.0.0", "type": "module"}')
    lock = {"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x", "version": "1.0.0"}}}
    (folder / "assets/package-lock.json").write_text(json.dumps(lock))
    share_fetched_node(folder)
    return folder


def share_fetched_node(folder: Path) -> None:
    """Use the Node that the real set-up has fetched where the system has none."""
    if (ROOT / ".tools/node").exists():
        (folder / ".tools").mkdir()
        (folder / ".tools/node").symlink_to(ROOT / ".tools/node")


def run(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def popen(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "run.py", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
