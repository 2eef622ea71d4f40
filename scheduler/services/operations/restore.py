"""Restoring a backup: check everything first, lay everything ready, then change over by a plan that can be resumed.

Nothing is changed before the plan is on the disk, and nothing may run while it is there. A kill before that leaves the
old state; a kill after it leaves a plan, and `restore` goes on where it stopped. What was there is moved aside.

Afterwards the worker looks up whatever may have gone out since the backup before it sends it (`storage.restored`).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.domain.problem import Conflict
from scheduler.domain.wording import moment, size
from scheduler.services.operations import backup_folder
from scheduler.services.operations.backup import fingerprints
from scheduler.services.operations.backup_folder import PLACES, Backup, NotABackup
from scheduler.services.operations.copying import (
    NOT_CONTENT,
    STAGING,
    copy_folder,
    make_folder,
    sync_file,
    sync_folder,
    write_durably,
)
from scheduler.services.operations.occupancy import JOURNAL, alone
from scheduler.storage import backup as copies
from scheduler.storage import dumps, restored
from scheduler.storage.backup import CopyFailed, Programs, check_copy, file_of
from scheduler.storage.engine import Database, open_database
from scheduler.storage.migrate import migrate, newest_revision

STAGED_DATABASE = "restored.db"
KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
RESERVE_BYTES = 50_000_000


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


def restore(settings: Settings, source: Path, clock: Clock) -> Plan:
    """Put the backup at `source` in place of everything; return what was done.

    Raises `NotABackup` or `CopyFailed` before anything is changed, `Conflict` while the product runs, or when another
    restore was interrupted and has to be finished first.
    """
    with alone(settings.data):
        if unfinished(settings.data):
            raise Conflict("A restore was interrupted. Finish it first: “python -m scheduler restore”, without a path.")
        found = backup_folder.read(source.resolve())
        require_usable(settings, found)
        plan = _lay_ready(settings, found, clock.now_ms())
        return _carry_out(settings, plan)


def finish(settings: Settings) -> Plan:
    """Go on with the restore that was interrupted. Raises `Conflict` when there is none, or the product runs."""
    with alone(settings.data):
        plan = unfinished(settings.data)
        if plan is None:
            raise Conflict("No restore was interrupted. Name the backup to restore: a folder of instance/backups/.")
        return _carry_out(settings, plan)


def preview(settings: Settings, source: Path) -> list[str]:
    """Return what restoring the backup at `source` will do, in sentences. Raises `NotABackup`."""
    found = backup_folder.read(source.resolve())
    made = moment(found.manifest.made_at, settings.calendar.zone)
    lines = [
        f"This puts the backup of {made} ({size(found.manifest.bytes)}) in place of the database, the articles, the "
        "configuration and the media library. What is there now is moved aside, not deleted.",
        "Whatever was due since then is looked up on its platform before anything is sent; where that cannot be done, "
        "you are asked.",
        "What was changed since then comes back as it was: cancelled posts, deleted users, revoked API tokens.",
    ]
    if keys_are_missing(settings, found):
        lines.append(
            "DRUMBEAT_ENCRYPTION_KEYS in .env are not the keys of this backup: every account must be connected again, "
            "unless you put the old keys into .env first."
        )
    return lines


def told(plan: Plan) -> list[str]:
    """Return what a restore did, in sentences."""
    return [
        f"Restored. What was there before is in {plan.aside}.",
        f"{plan.due} posts whose time has passed are looked up before anything is sent, and {plan.later} that are due "
        "later before their own time. What was written after the backup is not in it: look at your accounts before you "
        "schedule it anew.",
        "Start Drumbeat now.",
    ]


def bring_secrets(source: Path, env_file: Path) -> None:
    """Take the secrets out of a backup that has them, where there are none; present ones are never changed."""
    kept = source / backup_folder.SECRETS
    if kept.is_file() and not env_file.exists():
        write_durably(env_file, kept.read_text("utf-8"))


def unfinished(data: Path) -> Plan | None:
    """Return the plan of the restore that was interrupted, None when there is none."""
    try:
        return Plan(**json.loads((data / JOURNAL).read_text("utf-8")))
    except FileNotFoundError:
        return None


def require_usable(settings: Settings, found: Backup) -> None:
    """Check all that can be checked without a change: kind, age of the schema, every hash, the database itself."""
    manifest, kind = found.manifest, _kind(settings)
    if manifest.database != kind:
        raise NotABackup(
            f"The backup holds a {KINDS.get(manifest.database, 'different')} database, and DATABASE_URL names "
            f"{KINDS[kind]}. Set DATABASE_URL in .env to the kind of database that was backed up."
        )
    if manifest.schema > newest_revision():
        raise NotABackup("The backup was made by a newer Drumbeat. Install that version, then restore.")
    backup_folder.verify(found)
    check_copy(found.path / _copy_name(kind), Programs(settings.pg_dump))
    with _opened(settings) as database:
        if database and (others := copies.others_connected(database)):
            raise Conflict(f"{others} other connections use the database. Stop Drumbeat on every machine first.")
    needed, free = 2 * manifest.bytes, shutil.disk_usage(settings.data).free
    if free < needed + RESERVE_BYTES:
        raise CopyFailed(f"There is too little room: {size(free)} are free, and restoring needs {size(needed)}.")


def keys_are_missing(settings: Settings, found: Backup) -> bool:
    """Return whether no key of today opens the credentials in the backup: then accounts must be connected again."""
    return not set(found.manifest.keys) & set(fingerprints(settings.encryption_keys))


def _kind(settings: Settings) -> str:
    return "sqlite" if settings.database_url.startswith("sqlite:") else "postgresql"


def _copy_name(kind: str) -> str:
    return copies.SQLITE_COPY if kind == "sqlite" else copies.POSTGRES_COPY


class _opened:
    """The database in use, for a PostgreSQL one; None for SQLite, whose file may be damaged or missing."""

    def __init__(self, settings: Settings) -> None:
        self.database = None if _kind(settings) == "sqlite" else open_database(settings.database_url)

    def __enter__(self) -> Database | None:
        return self.database

    def __exit__(self, *_: object) -> None:
        if self.database:
            self.database.dispose()


def _lay_ready(settings: Settings, found: Backup, now: int) -> Plan:
    """Copy everything beside its place, and write the plan down: from then on there is no way back but forward."""
    clear(settings)
    aside = settings.data / f"before-restore-{backup_folder.name_for(now, settings.data)}"
    plan = Plan(str(found.path), found.manifest.made_at, now, str(aside))
    for name in PLACES:
        target = _place(settings, name)
        make_folder(target)
        list(copy_folder(found.path / name, _staging(target), link=name == "media"))
    if _kind(settings) == "sqlite":
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


def _carry_out(settings: Settings, plan: Plan) -> Plan:
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
    if _kind(settings) == "sqlite":
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
    with _opened(settings) as database:
        assert database is not None
        dumps.dump(database, Path(plan.aside) / copies.POSTGRES_COPY, Programs(settings.pg_dump))
    return plan


def _load(settings: Settings, plan: Plan) -> Plan:
    """Replace our tables in one transaction, which also keeps any worker from claiming until they are marked."""
    with _opened(settings) as database:
        assert database is not None
        dump, script = Path(plan.source) / copies.POSTGRES_COPY, Path(plan.aside) / "restore.sql"
        dumps.replace_all(database, dump, script, Programs(settings.pg_dump), restored.BEGIN)
    return plan


def _mark_loaded(settings: Settings, plan: Plan) -> Plan:
    with _opened(settings) as database:
        assert database is not None
        with database.reading() as tx:
            done = restored.last(tx)
        if done and (done.at, done.made_at) == (plan.at, plan.made_at):
            return plan
        return _mark(settings, database, plan)
