"""`python -m scheduler run` as its owner meets it: two processes, one line, a clean end."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.product import START_SECONDS, processes_of, product_environment, running_product


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the product has never run."""
    return tmp_path_factory.mktemp("product")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_one_line_answers_and_ends_without_a_trace(folder: Path, number: signal.Signals) -> None:
    with running_product(folder) as product:
        assert product.output.count("Drumbeat is ready") == 1
        with urllib.request.urlopen(product.url) as answer:
            assert answer.status == 200
        assert len(processes_of(product)) >= 3
        assert product.stop(number) in (0, 130)
    assert "Traceback" not in product.output


def test_the_first_start_makes_secrets_that_only_the_owner_can_read(folder: Path) -> None:
    with running_product(folder) as product:
        assert product.setup_link.startswith(product.url)
    secrets = folder / ".env"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    values = dict(line.split("=", 1) for line in secrets.read_text().splitlines() if "=" in line and line[0] != "#")
    for name in ("DRUMBEAT_SECRET_KEY", "DRUMBEAT_ENCRYPTION_KEYS"):
        assert len(values[name].strip("'\"")) >= 32
        assert values[name].strip("'\"") not in product.output


def test_a_port_in_use_is_one_plain_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_until_it_gives_up(folder, {"DRUMBEAT_PORT": str(port)})
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"Port {port} is in use" in done.stderr


def test_a_wrong_setting_is_named_and_nothing_starts(folder: Path) -> None:
    done = run_until_it_gives_up(folder, {"DRUMBEAT_PORT": "eighty"})
    assert done.returncode == 1
    assert "DRUMBEAT_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_database_and_a_file_in_the_way_are_plain_sentences(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("a file where the folder should be")
    in_the_way = run_until_it_gives_up(tmp_path, {})
    (tmp_path / "instance").unlink()
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "drumbeat.db").write_text("no database at all, but long enough to be looked at" * 20)
    damaged = run_until_it_gives_up(tmp_path, {})
    assert "cannot be used" in in_the_way.stderr and "Put the last backup" in damaged.stderr
    for done in (in_the_way, damaged):
        assert done.returncode == 1 and "Traceback" not in done.stderr


def test_the_whole_product_runs_on_postgresql(tmp_path: Path, postgres_database: str) -> None:
    with (
        running_product(tmp_path, {"DATABASE_URL": postgres_database}) as product,
        urllib.request.urlopen(product.url) as answer,
    ):
        assert answer.status == 200
    assert not (tmp_path / "instance/drumbeat.db").exists()


def test_a_free_port_is_really_free() -> None:
    assert free_port() != free_port()


def run_until_it_gives_up(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scheduler", "run"],
        cwd=folder,
        env=product_environment(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )
