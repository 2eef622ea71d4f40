"""A backup on the disk: one folder, named by its time, with a manifest that names every file and its hash.

    2026-11-22_03-00-00Z/
        manifest.json   drumbeat.db (or drumbeat.dump)   posts/   config/   media/

A folder under such a name was complete and on the disk when it got that name.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from scheduler.clock import to_datetime, to_ms
from scheduler.domain.retention import to_keep
from scheduler.services.operations.copying import Copied, described, files_below

MANIFEST = "manifest.json"
PRODUCT = "drumbeat"
SECRETS = "env"
UNFINISHED = ".making-"
"""How a backup's folder begins until it is complete."""
PLACES = ("posts", "config", "media")
_NAME = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\dZ(-\d+)?")
_HASH = re.compile(r"[0-9a-f]{64}")


class NotABackup(Exception):
    """This folder cannot be used as a backup; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `made_at` (UTC ms) is the instant after which nothing is in it; `kind` is why it was made.

    `schema` is the revision of its database, `keys` fingerprints of the keys that seal its credentials.
    """

    version: str
    schema: str
    database: str
    made_at: int
    kind: str
    keys: tuple[str, ...]
    files: tuple[Copied, ...]

    @property
    def bytes(self) -> int:
        """Return the size of all files together."""
        return sum(file.size for file in self.files)

    def to_json(self) -> str:
        """Return the text of the manifest."""
        return json.dumps({"product": PRODUCT, **asdict(self)}, indent=1, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole backup: where it is, and what it says of itself."""

    path: Path
    manifest: Manifest


def name_for(instant: int, folder: Path) -> str:
    """Return a free name in `folder` for a backup made at `instant`."""
    name = to_datetime(instant).strftime("%Y-%m-%d_%H-%M-%SZ")
    numbered = (f"{name}-{number}" for number in range(2, 1000))
    return next(free for free in (name, *numbered) if not (folder / free).exists())


def listing(folder: Path) -> list[Backup]:
    """Return the whole backups in `folder`, newest first. What is not one of ours is left out."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if _NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            try:
                found.append(read(path))
            except NotABackup:
                continue
    return sorted(found, key=lambda backup: (backup.manifest.made_at, backup.path.name), reverse=True)


def newest_at(folder: Path) -> int | None:
    """Return when (UTC ms, to the second) the newest whole backup in `folder` was made; its manifest is not read."""
    names = sorted((path.parent.name for path in folder.glob(f"*Z*/{MANIFEST}")), reverse=True)
    newest = next((name for name in names if _NAME.fullmatch(name)), None)
    return to_ms(datetime.strptime(newest[:20], "%Y-%m-%d_%H-%M-%SZ").replace(tzinfo=UTC)) if newest else None


def read(path: Path) -> Backup:
    """Return the backup at `path` by its manifest; its files are not looked at. Raises `NotABackup`."""
    try:
        data = json.loads((path / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise NotABackup(f"There is no backup at {path}: it has no {MANIFEST}.") from None
    except (OSError, ValueError) as error:
        raise NotABackup(f"The {MANIFEST} of {path} cannot be read: {error}.") from None
    if not isinstance(data, dict) or data.get("product") != PRODUCT:
        raise NotABackup(f"{path} is not a backup of Drumbeat.")
    try:
        return Backup(path, _manifest(data))
    except (KeyError, TypeError, ValueError):
        raise NotABackup(f"The {MANIFEST} of {path} is damaged. Use another backup.") from None


def _manifest(data: dict[str, Any]) -> Manifest:
    return Manifest(
        version=str(data["version"]),
        schema=str(data["schema"]),
        database=str(data["database"]),
        made_at=int(data["made_at"]),
        kind=str(data["kind"]),
        keys=tuple(map(str, data["keys"])),
        files=tuple(_file(entry) for entry in data["files"]),
    )


def _file(entry: dict[str, Any]) -> Copied:
    """Return one entry; a path that leads out of the backup, or back, makes the manifest a damaged one."""
    path, digest = PurePosixPath(str(entry["path"])), str(entry["sha256"])
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in str(path) and path.parts
    if not inside or not _HASH.fullmatch(digest):
        raise ValueError(str(path))
    return Copied(str(path), digest, int(entry["size"]))


def verify(backup: Backup) -> None:
    """Read every file of a backup. Raises `NotABackup` that names what is missing, changed or too many."""
    wanted = {file.path: file for file in backup.manifest.files}
    present = {path.relative_to(backup.path).as_posix() for path in files_below(backup.path)} - {MANIFEST}
    wrong = [f"{path} is missing" for path in sorted(wanted.keys() - present)]
    wrong += [f"{path} does not belong to it" for path in sorted(present - wanted.keys())]
    for path in sorted(wanted.keys() & present):
        if described(backup.path / path, backup.path) != wanted[path]:
            wrong.append(f"{path} is not what was saved")
    if wrong:
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise NotABackup(f"The backup {backup.path} is damaged: {'; '.join(wrong[:3])}{more}. Use another one.")


def prune(folder: Path, now: int, *, daily: int, weekly: int) -> list[Path]:
    """Delete the whole backups in `folder` that need not be kept; return which."""
    whole = listing(folder)
    kept = to_keep((backup.manifest.made_at for backup in whole), now, daily=daily, weekly=weekly)
    old = [backup.path for backup in whole if backup.manifest.made_at not in kept]
    remove(folder, old)
    return old


def sweep(folder: Path) -> None:
    """Delete what interrupted backups left."""
    remove(folder, folder.glob(f"{UNFINISHED}*"))


def remove(folder: Path, paths: Iterable[Path]) -> None:
    """Delete folders, each under a name first that nobody takes for a whole backup."""
    for path in list(paths):
        doomed = path
        if not path.name.startswith(UNFINISHED):
            doomed = folder / f"{UNFINISHED}old-{path.name}"
            path.rename(doomed)
        shutil.rmtree(doomed)
