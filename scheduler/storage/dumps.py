"""Copies of a PostgreSQL database, by its own programs: pg_dump writes one, pg_restore and psql put it in place.

Only our own tables are in a dump, and only they are replaced: whoever shares the database keeps theirs. Passwords go
to the programs by the environment, never by the command line, which everybody on the machine can read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scheduler.storage.engine import Database
from scheduler.storage.schema import metadata

OUR_TABLES = (*sorted(metadata.tables), "alembic_version")


class CopyFailed(Exception):
    """A copy could not be made, or is not good; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where PostgreSQL's programs are: `pg_dump` is a path, "" looks on PATH; the others lie beside it."""

    pg_dump: str = ""

    def find(self, name: str) -> str:
        """Return the path of a program. Raises `CopyFailed` when it is not installed."""
        beside = Path(self.pg_dump).with_name(name) if self.pg_dump else None
        found = str(beside) if beside and beside.is_file() else None if beside else shutil.which(name)
        if found is None:
            where = f" beside {self.pg_dump}" if self.pg_dump else ""
            raise CopyFailed(
                f"{name} is missing{where}, and PostgreSQL cannot be backed up or restored without it. Install its "
                "client programs, of the server's version or newer, or set DRUMBEAT_PG_DUMP to the path of pg_dump."
            )
        return found


def dump(database: Database, path: Path, programs: Programs) -> None:
    """Write our tables into `path`, as they are at one instant. Raises `CopyFailed`."""
    tables = [f"--table={name}" for name in OUR_TABLES]
    command = [programs.find("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={path}"]
    _run([*command, *tables], database, "The database could not be copied")


def check(path: Path, programs: Programs) -> None:
    """Read a whole dump. Raises `CopyFailed` when a part of it cannot be read."""
    command = [programs.find("pg_restore"), "--exit-on-error", f"--file={os.devnull}", str(path)]
    _run(command, None, "The copy of the database is damaged")


def replace_all(database: Database, path: Path, script: Path, programs: Programs, last: str) -> None:
    """Put a dump in place of our tables, in one transaction that ends with the statement `last`.

    `script` is where the statements are written meanwhile. Raises `CopyFailed`; then nothing has changed.
    """
    tables = ", ".join(f'"{name}"' for name in OUR_TABLES)
    body = script.with_name(f"{script.name}.part")
    arguments = ["--no-owner", "--no-privileges", "--exit-on-error", f"--file={body}", str(path)]
    _run([programs.find("pg_restore"), *arguments], None, "The copy of the database is damaged")
    with script.open("wb") as whole:
        whole.write(f"DROP TABLE IF EXISTS {tables} CASCADE;\n".encode())
        with body.open("rb") as part:
            shutil.copyfileobj(part, whole, 1 << 20)
        whole.write(f"\nRESET search_path;\n{last}\n".encode())
    body.unlink()
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={script}"]
    _run([programs.find("psql"), *options], database, "The database could not be put in place")
    script.unlink()


def _run(command: Sequence[str], database: Database | None, failure: str) -> None:
    arguments, environment = _address(database) if database else ([], {})
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *arguments],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise CopyFailed(f"{failure}: {command[0]} cannot be started ({error.strerror}).") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise CopyFailed(f"{failure}: {said[0] if said else f'{command[0]} ended with {done.returncode}'}")


def _address(database: Database) -> tuple[list[str], dict[str, str]]:
    """Return how libpq's programs reach the database: an argument without the password, and the environment."""
    from psycopg.conninfo import make_conninfo  # only here: who uses SQLite never loads it

    _, parts = database.engine.dialect.create_connect_args(database.engine.url)
    known: dict[str, Any] = {name: value for name, value in parts.items() if name != "context"}
    password = known.pop("password", None)
    return [f"--dbname={make_conninfo(**known)}"], {"PGPASSWORD": str(password)} if password else {}
