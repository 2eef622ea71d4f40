"""Where set-up puts things, and the marks that tell whether they are still right."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
WINDOWS = sys.platform == "win32"


def tools() -> Path:
    """Return the folder for tools and locks."""
    return HERE / ".tools"


def venv() -> Path:
    """Return the folder of the Python environment."""
    return HERE / ".venv"


def venv_python() -> Path:
    """Return the Python of the environment."""
    return venv() / ("Scripts/python.exe" if WINDOWS else "bin/python")


def venv_identity() -> str:
    """Return what must stay the same for the environment to work: its place and the Python behind it."""
    return f"{venv()}\n{os.path.realpath(venv_python())}\n"


def pip() -> list[str]:
    """Return the command that installs Python packages: into the environment, or beside it where there is none."""
    python = venv_python() if venv_python().exists() else Path(sys.executable)
    return [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--retries=2"]


def digest(files: Sequence[Path]) -> str:
    """Return one hash of files' places and contents."""
    result = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        result.update(f"{file.relative_to(HERE).as_posix()}\0{len(content)}\0".encode() + content)
    return result.hexdigest()


def read(file: Path) -> str:
    """Return a mark's text, or nothing where there is none."""
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return ""
