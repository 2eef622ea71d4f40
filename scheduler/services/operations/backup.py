"""Backups: the database, the articles, the configuration and the media library, in one folder, whole or not there.

Read `make` from top to bottom. It works under a name that nobody takes for a backup, brings every byte to the disk,
and gives the folder its name at the very end. What an interrupted backup left, the next one removes.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from scheduler.content.writer import standing_still
from scheduler.domain.problem import Conflict
from scheduler.domain.wording import size
from scheduler.services.context import Context
from scheduler.services.operations import backup_folder
from scheduler.services.operations.backup_folder import MANIFEST, SECRETS, UNFINISHED, Backup, Manifest
from scheduler.services.operations.copying import (
    Copied,
    copy_folder,
    described,
    files_below,
    make_folder,
    sync_file,
    sync_folder,
    write_durably,
)
from scheduler.storage import notices
from scheduler.storage.backup import CopyFailed, Programs, copy_database, database_bytes
from scheduler.storage.engine import DatabaseError
from scheduler.storage.migrate import newest_revision

log = logging.getLogger(__name__)

VERSION = "0.1.0"
CAUSE = "backup"
PAGE = "/admin/settings/backups/"
DAILY, BY_HAND = "daily", "by hand"
DAY_MS = 86_400_000
AGAIN_MS = 3_600_000
"""A failed daily backup is tried again after this."""
RESERVE_BYTES = 50_000_000
"""What a backup leaves free on the disk."""
LOCK, PROGRESS = ".making.lock", ".progress"


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page of backups shows. `doing` says what a running backup does now, "" while none is made."""

    backups: list[Backup]
    doing: str
    failed_at: int | None
    failure: str


def folder_of(ctx: Context) -> Path:
    """Return where the backups lie."""
    return ctx.settings.data / "backups"


def programs_of(ctx: Context) -> Programs:
    """Return where PostgreSQL's programs are."""
    return Programs(ctx.settings.pg_dump)


def make(ctx: Context, kind: str, *, to: Path | None = None, env_file: Path | None = None) -> Backup:
    """Make a backup and return it; in the backups' own folder the old ones are pruned then.

    `to` is another folder to make it in, `env_file` the secrets to put into it. Raises `Conflict` while another one
    is being made there, `CopyFailed` with a sentence; then a notice says so too.
    """
    folder = to or folder_of(ctx)
    try:
        with _only_one(folder):
            made = _make(ctx, kind, folder, env_file)
            if to is None:
                _prune(ctx)
    except (CopyFailed, OSError, Timeout, DatabaseError) as error:
        sentence = _sentence(error)
        log.warning("the backup failed: %s", sentence)
        if to is None:
            _tell(ctx, sentence)
        raise CopyFailed(sentence) from error
    if to is None:
        _tell(ctx, "")
    return made


def start(ctx: Context, kind: str = BY_HAND) -> threading.Thread:
    """Make a backup in a thread of its own, which nobody waits for: cut off, it leaves nothing that looks whole.

    Raises `Conflict` while another one is being made.
    """
    with _only_one(folder_of(ctx)):
        pass
    thread = threading.Thread(target=_quietly, args=(ctx, kind), name="backup", daemon=True)
    thread.start()
    return thread


def start_when_due(ctx: Context) -> threading.Thread | None:
    """Begin the daily backup when it is due; return its thread."""
    try:
        return start(ctx, DAILY) if is_due(ctx) else None
    except Conflict:
        return None  # one is being made by hand, and counts as the daily one


def is_due(ctx: Context) -> bool:
    """Return whether the time of day has come since the last good backup (and since the last failure, an hour)."""
    now = ctx.clock.now_ms()
    today = now - now % DAY_MS + ctx.settings.backup.at
    latest = today if today <= now else today - DAY_MS
    last = last_at(ctx)
    if last is not None and latest <= last <= now:
        return False
    with ctx.database.reading() as tx:
        failure = notices.open_since(tx, CAUSE)
    return failure is None or now - failure[0] >= AGAIN_MS


def last_at(ctx: Context) -> int | None:
    """Return when the newest whole backup was made (UTC ms, to the second), None when there is none."""
    return backup_folder.newest_at(folder_of(ctx))


def overview(ctx: Context) -> Overview:
    """Return what the page of backups shows."""
    with ctx.database.reading() as tx:
        failure = notices.open_since(tx, CAUSE)
    failed_at, sentence = failure or (None, "")
    return Overview(backup_folder.listing(folder_of(ctx)), _doing(ctx), failed_at, sentence)


def _quietly(ctx: Context, kind: str) -> None:
    try:
        make(ctx, kind)
    except (CopyFailed, Conflict) as error:
        log.info("no backup was made: %s", error)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a backups' folder, made where it is missing. Raises `Conflict` when it is taken."""
    make_folder(folder)
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout as error:
        if error.lock_file != str(folder / LOCK):
            raise
        raise Conflict("A backup is being made already. Wait until it is done.") from None


def _make(ctx: Context, kind: str, folder: Path, env_file: Path | None) -> Backup:
    backup_folder.sweep(folder)
    _require_space(ctx, folder)
    made_at = ctx.clock.now_ms()
    name = backup_folder.name_for(made_at, folder)
    work = folder / f"{UNFINISHED}{name}"
    work.mkdir(mode=0o700)
    try:
        manifest = Manifest(
            version=VERSION,
            schema=newest_revision(),
            database="sqlite" if ctx.database.is_sqlite else "postgresql",
            made_at=made_at,
            kind=kind,
            keys=fingerprints(ctx.settings.encryption_keys),
            files=tuple(_noted(folder, _fill(ctx, work, env_file))),
        )
        write_durably(work / MANIFEST, manifest.to_json())
        work.rename(folder / name)
        sync_folder(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        (folder / PROGRESS).unlink(missing_ok=True)
    return Backup(folder / name, manifest)


def _fill(ctx: Context, work: Path, env_file: Path | None) -> Iterator[Copied]:
    """Copy everything into `work` and yield each file. The database comes first: what it names is there afterwards."""
    copy = copy_database(ctx.database, work, programs_of(ctx))
    copy.chmod(0o600)
    sync_file(copy)
    yield described(copy, work)
    with standing_still(ctx.articles):
        yield from copy_folder(ctx.settings.posts, work / "posts")
    yield from copy_folder(ctx.settings.config, work / "config")
    # The store never changes a file in place, so that a second name for it is as good as a copy, and takes no room.
    yield from copy_folder(ctx.settings.data / "media", work / "media", link=True)
    if env_file is not None:
        write_durably(work / SECRETS, env_file.read_text("utf-8"))
        yield described(work / SECRETS, work)


def _noted(folder: Path, files: Iterator[Copied]) -> Iterator[Copied]:
    """Pass `files` on and leave a note of how far we are, for the page."""
    (folder / PROGRESS).write_text("the database")
    part = ""
    for count, file in enumerate(files, 1):
        yield file
        if (here := file.path.partition("/")[0]) != part or count % 100 == 0:
            part = here
            (folder / PROGRESS).write_text(f"{_PARTS.get(part, 'the database')}, {count} files so far")


_PARTS = {"posts": "articles", "config": "the configuration", "media": "photos and videos"}


def _doing(ctx: Context) -> str:
    try:
        note = (folder_of(ctx) / PROGRESS).read_text()
        with _only_one(folder_of(ctx)):
            return ""  # a note that somebody left who died
    except FileNotFoundError:
        return ""
    except Conflict:
        return note or "the database"


def _require_space(ctx: Context, folder: Path) -> None:
    settings = ctx.settings
    places = [settings.posts, settings.config]
    media = settings.data / "media"
    if media.exists() and media.stat().st_dev != folder.stat().st_dev:
        places.append(media)
    needed = database_bytes(ctx.database) + sum(path.stat().st_size for place in places for path in files_below(place))
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVE_BYTES:
        raise CopyFailed(
            f"There is too little room at {folder}: {size(free)} are free, and a backup needs {size(needed)}. "
            "Make room, or let backups be kept for fewer days in config/backup.toml."
        )


def _prune(ctx: Context) -> None:
    rules = ctx.settings.backup
    backup_folder.prune(folder_of(ctx), ctx.clock.now_ms(), daily=rules.keep_daily, weekly=rules.keep_weekly)


def _tell(ctx: Context, failure: str) -> None:
    """Open the notice of a failure, or close it; a database that takes no words leaves the log."""
    now = ctx.clock.now_ms()
    try:
        with ctx.database.writing() as tx:
            if failure:
                notices.report(tx, CAUSE, subject="The backup failed", sentence=failure, now=now, path=PAGE)
            else:
                notices.resolve(tx, CAUSE, now)
    except DatabaseError:
        log.exception("the notice of the backup could not be kept")


def _sentence(error: Exception) -> str:
    if isinstance(error, CopyFailed):
        return str(error)
    if isinstance(error, Timeout):
        return "The articles are being written all the time, so they could not be copied. Try again."
    if isinstance(error, OSError):
        return f"{error.filename or 'The folder of the backups'} cannot be used: {error.strerror or error}."
    return "The database could not be read. “python -m scheduler doctor” says what is wrong."


def fingerprints(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return what tells keys apart without giving them away."""
    return tuple(hashlib.sha256(key.encode()).hexdigest()[:12] for key in keys)
