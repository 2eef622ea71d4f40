"""`backup`, `backups` and `restore` as a person types them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.services.operations.occupancy import alone, occupy
from tests.support.house import REPOSITORY
from tests.support.product import prepare_folder, product_environment


@pytest.fixture
def root(tmp_path: Path) -> Path:
    prepare_folder(tmp_path / "house", posts=False)
    return tmp_path / "house"


def type_in(root: Path, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    environment = product_environment({"PYTHONPATH": str(REPOSITORY)})
    done = subprocess.run(
        [sys.executable, "-m", "scheduler", *words],
        cwd=root,
        env=environment,
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_there_and_back(root: Path) -> None:
    assert type_in(root, "backups").stderr.startswith("There is none yet.")
    (root / "posts" / "note.txt").write_text("before")
    made = type_in(root, "backup")
    assert made.returncode == 0
    assert ".env) are not in it" in made.stderr
    path = Path(made.stdout.strip())
    assert path.parent == root / "instance" / "backups"
    listed = type_in(root, "backups").stdout
    assert re.search(rf"{re.escape(str(path))}  \d+ kB  (now|.* ago)  by hand", listed)

    (root / "posts" / "note.txt").write_text("after")
    refused = type_in(root, "restore", path.name, answer="n\n")
    assert refused.returncode == 1 and "moved aside" in refused.stdout
    assert (root / "posts" / "note.txt").read_text() == "after"
    done = type_in(root, "restore", path.name, "--yes")
    assert done.returncode == 0, done.stderr
    assert "Start Drumbeat now." in done.stdout
    assert (root / "posts" / "note.txt").read_text() == "before"
    (aside,) = (root / "instance").glob("before-restore-*")
    assert (aside / "posts" / "note.txt").read_text() == "after"


def test_it_is_refused_while_anything_runs(root: Path) -> None:
    path = type_in(root, "backup").stdout.strip()
    with occupy(root / "instance"):
        refused = type_in(root, "restore", path, "--yes")
    assert refused.returncode == 1
    assert "Drumbeat is running. Stop it first" in refused.stderr
    with alone(root / "instance"):
        kept_out = type_in(root, "backups")
    assert kept_out.returncode == 1
    assert "being restored here" in kept_out.stderr


def test_what_cannot_be_restored_is_said(root: Path) -> None:
    assert "No restore was interrupted" in type_in(root, "restore").stderr
    assert "There is no backup at" in type_in(root, "restore", "nowhere", "--yes").stderr
    path = Path(type_in(root, "backup").stdout.strip())
    (path / "config" / "site.toml").write_text("")
    damaged = type_in(root, "restore", str(path), "--yes")
    assert damaged.returncode == 1
    assert "config/site.toml is not what was saved" in damaged.stderr


def test_a_lost_machine_comes_back_from_a_backup_with_secrets(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "usb stick"
    path = Path(type_in(root, "backup", "--to", str(elsewhere), "--with-secrets").stdout.strip())
    assert path.parent == elsewhere
    secrets = (root / ".env").read_text()
    new = tmp_path / "new machine"
    new.mkdir()
    done = type_in(new, "restore", str(path), "--yes")
    assert done.returncode == 0, done.stderr
    assert (new / ".env").read_text() == secrets
    assert (new / ".env").stat().st_mode & 0o777 == 0o600
    assert (new / "config" / "site.toml").read_text() == (root / "config" / "site.toml").read_text()
    assert "must be connected again" not in done.stdout


def test_other_keys_are_told_before(root: Path) -> None:
    path = type_in(root, "backup").stdout.strip()
    (root / ".env").unlink()
    told = type_in(root, "restore", path, answer="n\n")
    assert "every account must be connected again" in told.stdout


def test_a_broken_configuration_does_not_keep_the_good_one_out(root: Path) -> None:
    path = type_in(root, "backup").stdout.strip()
    (root / "config" / "site.toml").write_text("this is no TOML")
    done = type_in(root, "restore", path, "--yes")
    assert done.returncode == 0, done.stderr
    assert 'name = "' in (root / "config" / "site.toml").read_text()
