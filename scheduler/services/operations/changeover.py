"""Changing over to a restored state: everything is laid ready beside its place, then moved in by a plan on the disk.

Each step may be repeated, so that a kill inside one does no harm: whoever comes next goes on where the plan says.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from scheduler.config import Settings
from scheduler.domain.wording import moment
from scheduler.services.operations import backup_folder
from scheduler.services.operations.backup_folder import PLACES, Backup
from scheduler.services.operations.copying import (
    NOT_CONTENT,
    STAGING,
    copy_folder,
    make_folder,
    sync_file,
    sync_folder,
    write_durably,
)
from scheduler.services.operations.occupancy import JOURNAL
from scheduler.storage import backup as copies
from scheduler.storage import dumps, restored
from scheduler.storage.backup import Programs, file_of
from scheduler.storage.engine import Database, open_database
from scheduler.storage.migrate import migrate

STAGED_DATABASE = "restored.db"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is being restored, as it stands in the journal. Instants are UTC ms; `done` counts the steps taken."""

    source: str
    made_at: int
    at: int
    aside: str
    due: int = 0
    later: int = 0
    done: int = 0


def unfinished(data: Path) -> Plan | None:
    """Return the plan of the restore that was interrupted, None when there is none."""
    try:
        return Plan(**json.loads((data / JOURNAL).read_text("utf-8")))
    except FileNotFoundError:
        return None


def lay_ready(settings: Settings, found: Backup, now: int) -> Plan:
    """Copy everything beside its place, and write the plan down: from then on there is no way back but forward."""
    clear(settings)
    aside = settings.data / f"before-restore-{backup_folder.name_for(now, settings.data)}"
    plan = Plan(str(found.path), found.manifest.made_at, now, str(aside))
    for name in PLACES:
        target = _place(settings, name)
        make_folder(target)
        list(copy_folder(found.path / name, _staging(target), link=name == "media"))
    if kind_of(settings) == "sqlite":
        plan = _stage_database(settings, found, plan)
    make_folder(aside)
    _write(settings, plan)
    return plan


def clear(settings: Settings) -> None:
    """Remove what a restore laid ready that never began."""
    for target in (_place(settings, name) for name in PLACES):
        shutil.rmtree(_staging(target), ignore_errors=True)
    for left in settings.data.glob(f"{STAGED_DATABASE}*"):
        left.unlink()


def _stage_database(settings: Settings, found: Backup, plan: Plan) -> Plan:
    """Copy, migrate and mark the database before it is put in place: it is never seen unmarked."""
    staged = settings.data / STAGED_DATABASE
    shutil.copyfile(found.path / copies.SQLITE_COPY, staged)
    staged.chmod(0o600)
    database = open_database(f"sqlite:///{staged}")
    try:
        marked = _mark(settings, database, plan)
    finally:
        database.dispose()  # closing the last connection moves everything from the log into the file
    sync_file(staged)
    return marked


def _mark(settings: Settings, database: Database, plan: Plan) -> Plan:
    migrate(database)
    made = moment(plan.made_at, settings.calendar.zone)
    sentence = f"Restored from the backup of {made}. Drumbeat looks whether it went out since, before it may be sent."
    with database.writing() as tx:
        marked = restored.mark(tx, made_at=plan.made_at, now=plan.at, sentence=sentence)
    return Plan(**{**asdict(plan), "due": marked.due, "later": marked.later})


def _place(settings: Settings, name: str) -> Path:
    return {"posts": settings.posts, "config": settings.config, "media": settings.data / "media"}[name]


def _staging(target: Path) -> Path:
    return target / f"{STAGING}{target.name}"


def _write(settings: Settings, plan: Plan) -> None:
    write_durably(settings.data / JOURNAL, json.dumps(asdict(plan)))


def carry_out(settings: Settings, plan: Plan) -> Plan:
    """Take every step that is not done yet. Each may be repeated, so that a kill inside one does no harm."""
    for number, step in enumerate(_steps(settings, plan), 1):
        if number > plan.done:
            plan = step(plan)
            plan = Plan(**{**asdict(plan), "done": number})
            _write(settings, plan)
    (settings.data / JOURNAL).unlink()
    sync_folder(settings.data)
    return plan


def _steps(settings: Settings, plan: Plan) -> Iterator[Callable[[Plan], Plan]]:
    aside = Path(plan.aside)

    def files(move: Callable[[Path, Path], None], name: str) -> Callable[[Plan], Plan]:
        def step(plan: Plan) -> Plan:
            move(_place(settings, name), aside / name)
            return plan

        return step

    for name in PLACES:
        yield files(_move_aside, name)
        yield files(_move_in, name)
    if kind_of(settings) == "sqlite":
        yield lambda plan: _database_aside(settings, plan)
        yield lambda plan: _database_in(settings, plan)
    else:
        yield lambda plan: _dump_aside(settings, plan)
        yield lambda plan: _load(settings, plan)
        yield lambda plan: _mark_loaded(settings, plan)


def _move_aside(target: Path, aside: Path) -> None:
    """Move what is in a folder away, but not the folder itself: it may be a mount point."""
    make_folder(aside)
    for entry in sorted(target.iterdir()):
        if entry.name not in NOT_CONTENT and not entry.name.startswith(STAGING):
            _move(entry, aside / entry.name)
    sync_folder(target)
    sync_folder(aside)


def _move_in(target: Path, _aside: Path) -> None:
    staging = _staging(target)
    if not staging.exists():
        return
    for entry in sorted(staging.iterdir()):
        entry.rename(target / entry.name)
    sync_folder(target)
    staging.rmdir()


def _move(source: Path, target: Path) -> None:
    """Move a file or folder, to another file system too; a half copy of an earlier try is replaced."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    try:
        os.replace(source, target)  # noqa: PTH105
    except OSError:
        shutil.move(source, target)


def _database_aside(settings: Settings, plan: Plan) -> Plan:
    for file in _sqlite_files(settings):
        if file.exists():
            _move(file, Path(plan.aside) / file.name)
    return plan


def _database_in(settings: Settings, plan: Plan) -> Plan:
    staged, (file, *_) = settings.data / STAGED_DATABASE, _sqlite_files(settings)
    if staged.exists():
        _move(staged, file)
        sync_folder(file.parent)
    return plan


def _sqlite_files(settings: Settings) -> list[Path]:
    file = file_of(open_database(settings.database_url))
    assert file is not None
    return [file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")]


def _dump_aside(settings: Settings, plan: Plan) -> Plan:
    """Keep the present database as a dump, so that even a restore can be undone by hand."""
    with opened(settings) as database:
        assert database is not None
        dumps.dump(database, Path(plan.aside) / copies.POSTGRES_COPY, Programs(settings.pg_dump))
    return plan


def _load(settings: Settings, plan: Plan) -> Plan:
    """Replace our tables in one transaction, which also keeps any worker from claiming until they are marked."""
    with opened(settings) as database:
        assert database is not None
        dump, script = Path(plan.source) / copies.POSTGRES_COPY, Path(plan.aside) / "restore.sql"
        dumps.replace_all(database, dump, script, Programs(settings.pg_dump), restored.BEGIN)
    return plan


def _mark_loaded(settings: Settings, plan: Plan) -> Plan:
    with opened(settings) as database:
        assert database is not None
        with database.reading() as tx:
            done = restored.last(tx)
        if done and (done.at, done.made_at) == (plan.at, plan.made_at):
            return plan
        return _mark(settings, database, plan)


def kind_of(settings: Settings) -> str:
    return "sqlite" if settings.database_url.startswith("sqlite:") else "postgresql"


@contextmanager
def opened(settings: Settings) -> Iterator[Database | None]:
    """Open the database in use when it is PostgreSQL; None for SQLite, whose file may be damaged or missing."""
    if kind_of(settings) == "sqlite":
        yield None
        return
    database = open_database(settings.database_url)
    try:
        yield database
    finally:
        database.dispose()
