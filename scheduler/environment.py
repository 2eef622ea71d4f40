"""What the first run makes: the secrets in `.env`, readable by the owner alone, and `config/` where it is missing."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
from pathlib import Path

from dotenv import dotenv_values

from scheduler.services.accounts.vault import new_key

FILE = ".env"
MODE = 0o600


def load_environment(root: Path) -> dict[str, str]:
    """Return the process's environment on top of `root/.env`."""
    stored = {key: value for key, value in dotenv_values(root / FILE, interpolate=False).items() if value is not None}
    return stored | dict(os.environ)


def ensure_secrets(root: Path) -> None:
    """Add the secrets that `root/.env` lacks; what is there is never changed."""
    known = load_environment(root)
    fresh = {
        "DRUMBEAT_SECRET_KEY": secrets.token_urlsafe(48),
        "DRUMBEAT_ENCRYPTION_KEYS": new_key(),
        "DRUMBEAT_NOTICE_WEBHOOK_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    missing = {name: value for name, value in fresh.items() if not known.get(name)}
    path = root / FILE
    if missing:
        _append(path, missing)
    elif path.exists():
        path.chmod(MODE)


def _append(path: Path, values: dict[str, str]) -> None:
    before = (
        path.read_text("utf-8")
        if path.exists()
        else "# Secrets of this installation. Keep this file private and backed up.\n"
    )
    lines = [before.rstrip("\n"), *(f"{name}={value}" for name, value in values.items())]
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    # Ours from its first moment: a file or link that somebody else put there is not written to.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        temporary.chmod(MODE)  # whatever the umask has taken away
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def ensure_data(folder: Path) -> None:
    """Make the data folder where it is missing, for its owner alone: it holds the database, and every upload."""
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)  # whatever the umask has taken away


def ensure_config(folder: Path) -> None:
    """Put the default configuration into `folder` when there is none (a wheel carries it; a checkout has config/)."""
    defaults = Path(__file__).with_name("default_config")
    if defaults.is_dir() and not folder.exists():
        shutil.copytree(defaults, folder)
