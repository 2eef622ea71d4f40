"""The static site that the admin offers for download: made in a process of its own, one at a time, with its notes.

The web server starts the process and waits for it in a thread, so that a page can be left and come back to. A note that
says "at work" while nobody holds a lock is the note of one that was cut off: it can be started again.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from scheduler.config import Settings, with_base_url
from scheduler.domain.problem import Conflict, Invalid, NotFound, refuse
from scheduler.services.context import Context
from scheduler.services.site.export import Maker, Progress, Result, export
from scheduler.services.site.export_desk import AT_WORK, FAILED, ByHand, Desk, Made, Note
from scheduler.services.site.packing import Packed, pack

NOTE_SECONDS = 0.25
"""How often a note is written while the work goes on."""
TAKING_SECONDS = 0.5
"""How long a lock is waited for: somebody who only looks whether it is held has it for a moment."""
SHOWN = 50
"""How many names of changed pages are kept."""
BUSY = "The static site is being made already. Wait until it is done."


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows: the site that is there, and the try under way, cut off, or failed since."""

    made: Made | None
    by_hand: tuple[ByHand, ...] = ()
    working: Note | None = None
    cut_off: Note | None = None
    failed: Note | None = None


def overview(ctx: Context) -> Overview:
    """Return what there is, and what goes on."""
    desk = Desk(ctx.settings)
    note = desk.note()
    busy = note is not None and note.state == AT_WORK and desk.is_busy()
    if not busy:
        note = desk.note()  # it may have come to its end between the two looks
    there = Overview(desk.made(), tuple(desk.by_hand()))
    if note is not None and note.state == AT_WORK:
        return replace(there, working=note) if busy else replace(there, cut_off=note)
    return replace(there, failed=note)


def start(ctx: Context, address: str) -> threading.Thread:
    """Begin to make the static site in a process of its own; return the thread that waits for its end.

    `address` is where the files will be served. Raises `Invalid` for one that cannot be, `Conflict` while one is made.
    """
    address, desk = fit_address(ctx.settings, address), Desk(ctx.settings)
    lock = desk.starting()
    try:
        lock.acquire(timeout=TAKING_SECONDS)
    except Timeout:
        raise Conflict(BUSY) from None
    try:
        if desk.is_at_work():
            raise Conflict(BUSY)
        desk.write(Note(AT_WORK, ctx.clock.now_ms(), address, "starting"))
        process = _process(ctx.settings, desk, address)
    except OSError as error:
        lock.release()
        raise Conflict(f"The work could not be started: {error.strerror}. Try again in a moment.") from error
    except BaseException:
        lock.release()
        raise
    atexit.register(process.terminate)
    waiting = threading.Thread(target=_wait, args=(desk, process, lock), name="static site", daemon=True)
    waiting.start()
    return waiting


def make(ctx: Context, maker: Maker, progress: Callable[[Progress], None] = lambda _: None) -> Made:
    """Make the static site and its zip, in this process. Raises what `export` raises."""
    desk, started = Desk(ctx.settings), ctx.clock.now_ms()
    with _alone(desk):
        noting = _Noting(ctx, desk, Note(AT_WORK, started, ctx.settings.base_url), progress)
        try:
            done = export(ctx, maker, desk.folder, noting)
            packed = pack(desk.folder, desk.zip, lambda n, total: noting(Progress("packing the zip", n, total)))
        except Exception as error:
            desk.write(Note(FAILED, started, ctx.settings.base_url, trouble=_sentence(error, desk)))
            raise
        made = _made(ctx, done, packed)
        desk.keep(made)
        return made


def note_by_hand(ctx: Context, done: Result) -> None:
    """Note an export into a folder of its own, for the page."""
    now = ctx.clock.now_ms()
    Desk(ctx.settings).keep_by_hand(ByHand(str(done.target), ctx.settings.base_url, now, done.pages))


def zip_file(ctx: Context) -> tuple[Path, Made]:
    """Return the zip and what it holds. Raises `NotFound` when none was made yet."""
    desk = Desk(ctx.settings)
    made = desk.made()
    if made is None:
        raise NotFound("There is no static site to download yet. Make it first.")
    return desk.zip, made


def fit_address(settings: Settings, address: str) -> str:
    """Return the address as it will stand in the pages. Raises `Invalid`."""
    try:
        fit = with_base_url(settings, address.strip()).base_url
    except Invalid:
        raise refuse("address", "Write the whole address, such as https://www.example.org.") from None
    if urlsplit(fit).path:
        alone = fit.removesuffix(urlsplit(fit).path)
        raise refuse("address", f"The pages link to each other from the top of an address: {alone} without a folder.")
    return fit


class _Noting:
    """Writes down how far the work is, now and then, and passes it on."""

    def __init__(self, ctx: Context, desk: Desk, note: Note, progress: Callable[[Progress], None]) -> None:
        self._ctx, self._desk, self._note, self._progress = ctx, desk, note, progress
        self._what, self._at = "", 0.0

    def __call__(self, progress: Progress) -> None:
        self._progress(progress)
        now = self._ctx.clock.monotonic()
        if progress.what != self._what or now - self._at >= NOTE_SECONDS:
            self._what, self._at = progress.what, now
            self._desk.write(replace(self._note, what=progress.what, done=progress.done, total=progress.total))


@contextmanager
def _alone(desk: Desk) -> Iterator[None]:
    lock = desk.working()
    try:
        lock.acquire(timeout=TAKING_SECONDS)
    except Timeout:
        raise Conflict(BUSY) from None
    try:
        yield
    finally:
        lock.release()


def _process(settings: Settings, desk: Desk, address: str) -> subprocess.Popen[bytes]:
    """Start our own command line with the settings of this process."""
    command = [sys.executable, "-m", "scheduler", "export", "--base-url", address]
    with desk.log.open("wb") as said:
        return subprocess.Popen(  # noqa: S603
            command, env=_environment(settings), stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )


def _environment(settings: Settings) -> dict[str, str]:
    """Return the environment, with what this process was told wherever that came from."""
    return os.environ | {
        "DRUMBEAT_DATA": str(settings.data),
        "DRUMBEAT_POSTS": str(settings.posts),
        "DRUMBEAT_CONFIG": str(settings.config),
        "DATABASE_URL": settings.database_url,
        "DRUMBEAT_SECRET_KEY": settings.secret_key,
        "DRUMBEAT_ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
    }


def _wait(desk: Desk, process: subprocess.Popen[bytes], lock: FileLock) -> None:
    """Wait for the end of the process; say why when it could not even begin."""
    code = process.wait()
    atexit.unregister(process.terminate)
    note = desk.note()
    if code > 0 and note is not None and note.state == AT_WORK:
        desk.write(Note(FAILED, note.started_at, note.address, trouble=_last_words(desk)))
    lock.release()


def _last_words(desk: Desk) -> str:
    """Return the sentence with which the command ended; what is no sentence for a person stays in the log."""
    said = desk.log.read_text("utf-8", "replace").strip().splitlines()
    if said and not any(line.startswith("Traceback") for line in said):
        return said[-1][:500]
    return f"It ended unexpectedly. {desk.log} says more."


def _sentence(error: Exception, desk: Desk) -> str:
    if isinstance(error, Invalid):
        return " ".join(problem.message for problem in error.problems)
    if isinstance(error, Conflict):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} could not be written: {error.strerror}."
    if isinstance(error, OSError) and error.strerror:
        return f"A file could not be written: {error.strerror}."
    return f"It ended unexpectedly. {desk.log} says more."


def _made(ctx: Context, done: Result, packed: Packed) -> Made:
    different = sorted({*packed.added, *packed.changed, *packed.removed})
    pages = [_address(file) for file in different if file.endswith(".html") and file != "404.html"]
    return Made(
        made_at=ctx.clock.now_ms(),
        address=ctx.settings.base_url,
        pages=done.pages,
        files=packed.files,
        size=packed.size,
        added=len(packed.added),
        changed=len(packed.changed),
        removed=len(packed.removed),
        addresses=tuple(pages[:SHOWN]),
        more=len(pages) > SHOWN,
    )


def _address(file: str) -> str:
    return f"/{file.removesuffix('index.html')}"
