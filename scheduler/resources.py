"""Where the files that ride along with the code are, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from jinja2 import BytecodeCache, FileSystemBytecodeCache

_PACKAGE = Path(__file__).parent


def template_folder() -> Path:
    """Return where the templates are: beside the package in a checkout, inside it in a wheel."""
    inside = _PACKAGE / "templates"
    return inside if inside.is_dir() else _PACKAGE.parent / "templates"


def compiled_templates() -> BytecodeCache | None:
    """Return where templates are kept compiled, so that each start need not do it again: a folder of this user's alone.

    Without a place for it (a file system that cannot be written) they are compiled at every start.
    """
    try:
        return FileSystemBytecodeCache()
    except (OSError, RuntimeError):
        return None


def static_folder() -> Path:
    """Return where the built browser files are: scripts, style sheets, fonts."""
    return _PACKAGE / "static"
