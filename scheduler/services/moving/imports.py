"""An import from beginning to end, as the marketer sees it: handed over, looked at, started, left alone, done.

The worker does it piece by piece (`work`), the command line at one stroke (`at_once`).
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from scheduler.domain.problem import Conflict, Invalid, NotFound, refuse
from scheduler.services.context import Context
from scheduler.services.moving import archives, reading
from scheduler.services.moving.bringing import Mover
from scheduler.services.moving.fetching import Sources
from scheduler.services.moving.laid_aside import Store
from scheduler.services.moving.shortcodes import DROP, KEEP
from scheduler.storage import imports as table
from scheduler.storage.imports import Import, ImportState, Item, ItemState

log = logging.getLogger(__name__)
AGAIN = (ItemState.FAILED, ItemState.KEPT, ItemState.MADE, ItemState.UPDATED, ItemState.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Handed:
    """What a person hands over: a file of one format, perhaps a zip or folder of its media, and choices."""

    source: str
    filename: str
    site: str = ""
    unknown: str = KEEP
    media_folder: str = ""
    """A folder of this machine with the uploads; only the command line may name one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An import with how far it is: `counts` of its articles by state."""

    work: Import
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return how many articles there are."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Return how many of them are settled."""
        return self.total - self.counts.get(ItemState.WAITING, 0)


def hand_over(ctx: Context, given: Handed, file: Path, media: Path | None = None) -> str:
    """Keep a file for import and return the import's id; the worker reads it. A folder is used where it lies.

    Raises `Invalid` when it cannot be one of its format at all.
    """
    if given.source not in reading.READERS:
        raise refuse("source", "Choose where the file comes from.")
    if given.unknown not in (KEEP, DROP):
        raise refuse("unknown", "Choose what becomes of shortcodes that are not known here.")
    import_id = secrets.token_hex(8)
    store = Store(ctx, import_id)
    store.folder.mkdir(parents=True)
    options: dict[str, str] = {"site": given.site.strip().rstrip("/"), "unknown": given.unknown}
    if file.is_dir():
        options["folder"] = str(file.resolve())
    else:
        shutil.copyfile(file, store.source)
    if media is not None:
        shutil.copyfile(media, store.media)
    if given.media_folder:
        options["media"] = str(Path(given.media_folder).resolve())
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        table.add(tx, Import(import_id, given.source, given.filename[:300], now, options=options))
    return import_id


def overview(ctx: Context) -> list[Shown]:
    """Return the imports, newest first."""
    with ctx.database.reading() as tx:
        return [Shown(each, table.counts(tx, each.id)) for each in table.latest(tx)]


def shown(ctx: Context, import_id: str) -> Shown:
    """Return one import. Raises `NotFound`."""
    with ctx.database.reading() as tx:
        found = table.get(tx, import_id)
        if found is None:
            raise NotFound("This import is not here any more.")
        return Shown(found, table.counts(tx, import_id))


def results(ctx: Context, import_id: str, states: tuple[ItemState, ...] = ()) -> list[Item]:
    """Return what became of the articles of an import."""
    with ctx.database.reading() as tx:
        return table.items(tx, import_id, states, limit=2000)


def start(ctx: Context, import_id: str) -> None:
    """Let the worker bring it over, or go on with it; one that is done is gone through once more. Raises `Conflict`."""
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        found = table.get(tx, import_id)
        if found is None:
            raise NotFound("This import is not here any more.")
        if found.state is ImportState.DONE:
            table.wait_again(tx, import_id, AGAIN)
        allowed = (ImportState.READY, ImportState.STOPPED, ImportState.DONE)
        if not table.set_state(tx, import_id, ImportState.RUNNING, now, allowed):
            raise Conflict("This import cannot be started now. Look at how far it is.")


def stop(ctx: Context, import_id: str) -> None:
    """Let it rest after the article in hand; it can be started again."""
    with ctx.database.writing() as tx:
        table.set_state(tx, import_id, ImportState.STOPPED, ctx.clock.now_ms(), [ImportState.RUNNING])


def forget(ctx: Context, import_id: str) -> None:
    """Forget an import and its file; what it brought stays."""
    shown(ctx, import_id)
    with ctx.database.writing() as tx:
        table.remove(tx, import_id)
    Store(ctx, import_id).forget()


def work(ctx: Context, seconds: float = 5) -> bool:
    """Do the next pieces of what waits, for about so many seconds; return whether there is more to do."""
    until = ctx.clock.monotonic() + seconds
    with ctx.database.reading() as tx:
        waiting = table.at_work(tx)
    for each in waiting:
        try:
            with _alone(ctx, each.id):
                if each.state is ImportState.READING:
                    _read(ctx, each)
                else:
                    _bring(ctx, each, until)
        except Timeout:  # another process has it in hand
            continue
        return True
    return False


def at_once(
    ctx: Context, import_id: str, dry_run: bool = False, progress: Callable[[int], None] = lambda number: None
) -> Shown:
    """Read an import and, unless it is a dry run, bring it over to its end, in this process. Raises `Invalid`.

    `progress` is called with the number of each article that is settled.
    """
    with _alone(ctx, import_id):
        _read(ctx, shown(ctx, import_id).work)
        found = shown(ctx, import_id)
        if found.work.state is ImportState.FAILED:
            raise refuse("", found.work.trouble)
        if not dry_run:
            start(ctx, import_id)
            _bring(ctx, shown(ctx, import_id).work, None, progress)
    return shown(ctx, import_id)


def told(ctx: Context, found: Shown) -> Iterator[str]:
    """Yield what a run or a dry run found, as lines for the command line."""
    report = found.work.report
    for key, title in (("sorts", "In the file"), ("left", "No place here"), ("notes", "Good to know")):
        for row in report.get(key, []):
            examples = f" ({'; '.join(row['examples'][:2])})" if row["examples"] else ""
            yield f"{title}: {row['count']} × {row['what']}{examples}"
    if found.work.state is ImportState.READY:
        for row in report["fates"]:
            yield f"Would be {row['what']}: {row['count']}"
        return
    for state, count in sorted(found.counts.items()):
        yield f"{state}: {count}"
    for item in results(ctx, found.work.id, (ItemState.FAILED, ItemState.KEPT)):
        yield f"{item.state}: {item.title}: {' '.join(item.notes)}"


def _alone(ctx: Context, import_id: str) -> FileLock:
    """Return the lock of one import: the system gives it back even when a process is killed."""
    folder = Store(ctx, import_id).folder
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / ".lock", timeout=0)


def _read(ctx: Context, given: Import) -> None:
    store, now = Store(ctx, given.id), ctx.clock.now_ms()
    try:
        path = _file(given, store)
        about, items, left = reading.read(store, given.source, path, _site(given))
        mover = Mover(ctx, about, unknown=str(given.options.get("unknown", KEEP)))
        report = reading.report(ctx, mover, items, left, store)
    except Invalid as error:
        with ctx.database.writing() as tx:
            table.fail(tx, given.id, " ".join(problem.message for problem in error.problems), now)
        return
    except OSError as error:
        with ctx.database.writing() as tx:
            table.fail(tx, given.id, f"The file could not be read: {error.strerror or error}. Hand it over again.", now)
        return
    with ctx.database.writing() as tx:
        table.put_items(tx, given.id, items)
        table.set_report(tx, given.id, about.site or about.source, report, now)
        table.set_state(tx, given.id, ImportState.READY, now, [ImportState.READING])


def _bring(
    ctx: Context, given: Import, until: float | None, progress: Callable[[int], None] = lambda number: None
) -> None:
    store = Store(ctx, given.id)
    try:
        mover = Mover(ctx, store.about(), _sources(given, store), str(given.options.get("unknown", KEEP)))
    except (OSError, Invalid) as error:
        reason = error.problems[0].message if isinstance(error, Invalid) else "What was laid aside is gone."
        with ctx.database.writing() as tx:
            table.fail(tx, given.id, f"{reason} Hand the file over again.", ctx.clock.now_ms())
        return
    while until is None or ctx.clock.monotonic() < until:
        number = _bring_next(ctx, given.id, mover, store)
        if number is None:
            return
        progress(number + 1)


def _bring_next(ctx: Context, import_id: str, mover: Mover, store: Store) -> int | None:
    """Bring the next article over and return its number, or None when there is no more to do."""
    with ctx.database.reading() as tx:
        now_state, item = table.get(tx, import_id), table.next_item(tx, import_id)
    if now_state is None or now_state.state is not ImportState.RUNNING:
        return None
    if item is None:
        with ctx.database.writing() as tx:
            table.set_state(tx, import_id, ImportState.DONE, ctx.clock.now_ms(), [ImportState.RUNNING])
        return None
    try:
        done = mover.bring(item, store.get(item.number))
    except (FileNotFoundError, ValueError, RecursionError) as error:
        log.warning("article %s of import %s: %s", item.number, import_id, error)
        done = replace(item, state=ItemState.FAILED, notes=(f"It could not be read: {str(error)[:200]}",))
    with ctx.database.writing() as tx:
        table.finish_item(tx, import_id, done)
    return item.number


def _file(given: Import, store: Store) -> Path:
    folder = str(given.options.get("folder", ""))
    return Path(folder) if folder else store.source


def _site(given: Import) -> str:
    site = str(given.options.get("site", ""))
    if given.source == "folder" and not site:
        return Path(given.filename).stem or "files"
    return site


def _sources(given: Import, store: Store) -> Sources:
    named = str(given.options.get("media", ""))
    found = Path(named) if named else store.media
    packaged = given.source == "folder" or (given.source == "ghost" and _is_zip(store.source))
    package = archives.opened(_file(given, store)) if packaged else None
    return Sources(given=archives.opened(found) if found.exists() else package, package=package)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"
