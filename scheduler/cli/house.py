"""What every command stands on: the configuration of the current folder, the parts, and errors in plain sentences."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from scheduler.config import LiveConfig, StillConfig, load_settings, with_base_url
from scheduler.domain.problem import Conflict, Invalid
from scheduler.environment import ensure_config, ensure_data, ensure_secrets, load_environment

if TYPE_CHECKING:
    from scheduler.services.context import Context


def live_config() -> LiveConfig:
    """Return the configuration of the current folder; makes the secrets when they are missing."""
    root = here()
    ensure_secrets(root)
    environ = load_environment(root)
    ensure_config(root / (environ.get("DRUMBEAT_CONFIG") or "config"))
    settings = load_settings(environ, root)
    ensure_data(settings.data)
    return LiveConfig(settings, environ, root)


def the_context(base_url: str = "") -> Context:
    """Return the parts of Drumbeat in the current folder, the database brought up to date."""
    from scheduler.services.context import build_context
    from scheduler.services.operations.occupancy import occupy
    from scheduler.storage.migrate import migrate

    config = live_config()
    _held.append(occupy(config.settings.data))
    if base_url:
        config = StillConfig(with_base_url(config.settings, base_url))
    context = build_context(config)
    migrate(context.database)
    return context


_held: list[TextIO] = []
"""The hold on the data folder, for as long as this process lives: a restore waits for its end."""


def here() -> Path:
    """Return the folder that a command works on."""
    return Path.cwd()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what a person can mend into plain sentences on standard error and exit code 1."""
    try:
        yield
    except Invalid as error:
        for problem in error.problems:
            click.echo(f"{problem.field}: {problem.message}" if problem.field else problem.message, err=True)
        sys.exit(1)
    except (PermissionError, FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        click.echo(f"{error.filename} cannot be used: {error.strerror}. Check who owns the folder.", err=True)
        sys.exit(1)
    except Exception as error:
        if sentence := _known(error):
            click.echo(sentence, err=True)
            sys.exit(1)
        raise


def _known(error: Exception) -> str:
    from scheduler.services.operations.backup_folder import NotABackup
    from scheduler.storage.backup import CopyFailed
    from scheduler.storage.engine import connection_problem
    from scheduler.worker.lock import AnotherWorker

    told = isinstance(error, AnotherWorker | CopyFailed | Conflict | NotABackup)
    return str(error) if told else connection_problem(error)
