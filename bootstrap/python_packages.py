"""The Python environment in .venv and the packages in it."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from typing import IO

from bootstrap.places import HERE, digest, pip, read, venv, venv_identity, venv_python
from bootstrap.programs import step
from bootstrap.sentences import NO_ENSUREPIP, Stop


def make_venv(taken: IO[str] | None) -> None:
    """Make .venv unless a whole one for this place is there."""
    mark = venv() / "made-for"
    if venv_python().exists() and read(mark) == venv_identity() and not (venv() / "installing").exists():
        return
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Stop(NO_ENSUREPIP)
    if venv().exists():
        print("The Python environment is unfinished or from another place: making it again.")
        shutil.rmtree(venv())
    else:
        print(f"Setting up Drumbeat in {HERE} (the first time takes a minute or two).")
    step("Python environment", [sys.executable, "-m", "venv", str(venv())], taken)
    mark.write_text(venv_identity(), "utf-8")


def install_packages(name: str, taken: IO[str] | None) -> None:
    """Install a requirements file when it changed.

    The mark `installing` outlives a killed run: half-written packages are not mended, the environment is made again.
    """
    stamp, wanted = venv() / f"installed-{name}", digest([HERE / name])
    if read(stamp) == wanted:
        return
    busy = venv() / "installing"
    busy.touch()
    label = "Python packages" if name == "requirements.txt" else "Packages for tests and checks"
    try:
        step(label, [*pip(), "-r", name], taken)
    except Stop:
        busy.unlink()  # pip gave up by itself and cleaned up
        raise
    stamp.write_text(wanted, "utf-8")
    busy.unlink()
