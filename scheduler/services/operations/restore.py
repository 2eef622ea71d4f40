"""Restoring a backup: check everything first, lay everything ready, then change over by a plan that can be resumed.

Nothing is changed before the plan is on the disk, and nothing may run while it is there. A kill before that leaves the
old state; a kill after it leaves a plan, and `restore` goes on where it stopped. What was there is moved aside.

Afterwards the worker looks up whatever may have gone out since the backup before it sends it (`storage.restored`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.domain.problem import Conflict
from scheduler.domain.wording import moment, size
from scheduler.services.operations import backup_folder
from scheduler.services.operations.backup import RESERVE_BYTES, fingerprints
from scheduler.services.operations.backup_folder import Backup, NotABackup
from scheduler.services.operations.changeover import Plan, carry_out, kind_of, lay_ready, opened, unfinished
from scheduler.services.operations.copying import write_durably
from scheduler.services.operations.occupancy import alone
from scheduler.storage import backup as copies
from scheduler.storage.backup import CopyFailed, Programs, check_copy
from scheduler.storage.migrate import newest_revision

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


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
        plan = lay_ready(settings, found, clock.now_ms())
        return carry_out(settings, plan)


def finish(settings: Settings) -> Plan:
    """Go on with the restore that was interrupted. Raises `Conflict` when there is none, or the product runs."""
    with alone(settings.data):
        plan = unfinished(settings.data)
        if plan is None:
            raise Conflict("No restore was interrupted. Name the backup to restore: a folder of instance/backups/.")
        return carry_out(settings, plan)


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
    lines = [f"Restored. What was there before is in {plan.aside}."]
    if plan.due:
        lines.append(f"Looked up before anything is sent, because their time has passed: {_posts(plan.due)}.")
    if plan.later:
        lines.append(f"Looked up before their own time comes: {_posts(plan.later)}.")
    return [
        *lines,
        "What was written after the backup is not in it: look at your accounts before you schedule it anew.",
        "Start Drumbeat now.",
    ]


def _posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count} posts"


def bring_secrets(source: Path, env_file: Path) -> None:
    """Take the secrets out of a backup that has them, where there are none; present ones are never changed."""
    kept = source / backup_folder.SECRETS
    if kept.is_file() and not env_file.exists():
        write_durably(env_file, kept.read_text("utf-8"))


def require_usable(settings: Settings, found: Backup) -> None:
    """Check all that can be checked without a change: kind, age of the schema, every hash, the database itself."""
    manifest, kind = found.manifest, kind_of(settings)
    if manifest.database != kind:
        raise NotABackup(
            f"The backup holds a {KINDS.get(manifest.database, 'different')} database, and DATABASE_URL names "
            f"{KINDS[kind]}. Set DATABASE_URL in .env to the kind of database that was backed up."
        )
    if manifest.schema > newest_revision():
        raise NotABackup("The backup was made by a newer Drumbeat. Install that version, then restore.")
    backup_folder.verify(found)
    check_copy(found.path / _copy_name(kind), Programs(settings.pg_dump))
    with opened(settings) as database:
        if database and (others := copies.others_connected(database)):
            raise Conflict(f"{others} other connections use the database. Stop Drumbeat on every machine first.")
    needed, free = 2 * manifest.bytes, shutil.disk_usage(settings.data).free
    if free < needed + RESERVE_BYTES:
        raise CopyFailed(f"There is too little room: {size(free)} are free, and restoring needs {size(needed)}.")


def keys_are_missing(settings: Settings, found: Backup) -> bool:
    """Return whether no key of today opens the credentials in the backup: then accounts must be connected again."""
    return not set(found.manifest.keys) & set(fingerprints(settings.encryption_keys))


def _copy_name(kind: str) -> str:
    return copies.SQLITE_COPY if kind == "sqlite" else copies.POSTGRES_COPY
