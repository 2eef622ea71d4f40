"""The wheel holds everything that a start needs, so that it needs no Node where it is installed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("drumbeat-*-py3-none-any.whl")
    return zipfile.ZipFile(wheel)


@pytest.mark.parametrize(
    "name",
    [
        "scheduler/cli/__init__.py",
        "scheduler/static/manifest.json",
        "scheduler/static/THIRD-PARTY.txt",
        "scheduler/templates/admin/login.html",
        "scheduler/default_config/site.toml",
        "scheduler/storage/migrations/script.py.mako",
    ],
)
def test_it_carries(contents: zipfile.ZipFile, name: str) -> None:
    assert name in contents.namelist()


def test_it_carries_no_tests_and_no_secrets(contents: zipfile.ZipFile) -> None:
    assert not [name for name in contents.namelist() if name.startswith("tests/") or Path(name).name == ".env"]


def test_it_declares_what_requirements_txt_pins(contents: zipfile.ZipFile) -> None:
    (name,) = (name for name in contents.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = contents.read(name).decode().lower()
    lines = (ROOT / "requirements.txt").read_text("utf-8").lower().splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            name, version = line.split(" ;")[0].split("==")
            assert f"requires-dist: {name.replace('.', '-')}=={version}" in metadata
