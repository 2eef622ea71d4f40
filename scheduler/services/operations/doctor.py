"""Looks at everything the product stands on and says, for each, that it is well or what to do.

Every look is made on its own, so that one thing that is broken does not hide the next.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import scheduler
from scheduler.clock import Clock, SystemClock
from scheduler.config import LiveConfig, Settings, load_settings
from scheduler.domain.account import AccountState
from scheduler.domain.problem import Invalid
from scheduler.domain.wording import distance, size
from scheduler.services.accounts.vault import VaultLocked
from scheduler.services.context import Context, build_context
from scheduler.services.operations.health import BEAT_STALE_MS
from scheduler.storage import accounts, listings, pauses, workers
from scheduler.storage.engine import DatabaseError, connection_problem
from scheduler.storage.migrate import is_current

EARLIEST_MS = 1_767_225_600_000
"""1 January 2026: a clock before this is wrong, and posts would go out at wrong times."""
LITTLE_SPACE = 1_000_000_000
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found: `ok`, or a sentence that says what to do."""

    subject: str
    ok: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'ok      ' if self.ok else 'PROBLEM '} {self.subject}: {self.sentence}"


def examine(
    environ: Mapping[str, str] | None = None, root: Path | None = None, clock: Clock | None = None
) -> list[Finding]:
    """Return what every look found, given the environment and the folder of the product (default: those here)."""
    folder, time = (root or Path.cwd()).resolve(), clock or SystemClock()
    found = [_clock(time), _assets(), *_env_file(folder)]
    try:
        settings = load_settings(environ, folder)
    except Invalid as error:
        wrong = [Finding(p.field or "configuration", False, f"{p.message}.") for p in error.problems]
        return [*wrong, *found]
    found = [Finding("configuration", True, f"{settings.config} is read."), *found]
    found += [*_data_folder(settings.data), _space(settings), _posts(settings)]
    if missing := list(_secrets(settings)):
        return [*found, *missing]
    if settings.database_url.startswith("sqlite:///") and not Path(settings.database_url[10:]).exists():
        return [*found, Finding("database", False, "It is not made yet. Start Drumbeat once: it makes it.")]
    try:
        context = build_context(LiveConfig(settings, environ, folder), time)
    except DatabaseError as error:
        return [*found, _unusable(error)]
    except Invalid as error:
        return [*found, *(Finding(problem.field, False, f"It {problem.message}") for problem in error.problems)]
    with closing(_Disposing(context)):
        return [*found, *_guarded(context, (_database, _accounts, _worker, _queue))]


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 0 when all is well, else 1."""
    return 0 if all(finding.ok for finding in findings) else 1


class _Disposing:
    def __init__(self, context: Context) -> None:
        self._context = context

    def close(self) -> None:
        self._context.database.dispose()


def _clock(clock: Clock) -> Finding:
    if clock.now_ms() < EARLIEST_MS:
        return Finding("clock", False, "This machine's clock is years behind. Set it, best by NTP.")
    return Finding("clock", True, "The machine's clock is plausible.")


def _assets() -> Finding:
    if (Path(scheduler.__file__).parent / "static" / "manifest.json").is_file():
        return Finding("browser assets", True, "They are built.")
    return Finding("browser assets", False, "They are not built. Run “python3 run.py setup”.")


def _env_file(folder: Path) -> Iterator[Finding]:
    file = folder / ".env"
    if file.exists() and file.stat().st_mode & 0o077:
        yield Finding(".env", False, f"Others on this machine can read its secrets. Run “chmod 600 {file}”.")


def _data_folder(folder: Path) -> Iterator[Finding]:
    if os.name == "posix" and folder.exists() and folder.stat().st_mode & 0o007:
        sentence = f"Others on this machine can read the database and the uploads. Run “chmod o-rwx {folder}”."
        yield Finding("data folder", False, sentence)


def _space(settings: Settings) -> Finding:
    place = next(folder for folder in (settings.data, *settings.data.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < LITTLE_SPACE:
        return Finding(
            "disk", False, f"Only {size(free)} are free at {place}. Make room: a full disk stops everything."
        )
    return Finding("disk", True, f"{free / 1e9:.0f} GB are free.")


def _posts(settings: Settings) -> Finding:
    if settings.posts.is_dir():
        return Finding("articles", True, f"They are in {settings.posts}.")
    return Finding(
        "articles", False, f"The folder {settings.posts} is missing. Make it, or set DRUMBEAT_POSTS in .env."
    )


def _secrets(settings: Settings) -> Iterator[Finding]:
    for name, value in (
        ("DRUMBEAT_SECRET_KEY", settings.secret_key),
        ("DRUMBEAT_ENCRYPTION_KEYS", settings.encryption_keys),
    ):
        if not value:
            yield Finding(name, False, "It is not set. Start Drumbeat once: it writes secrets into .env.")


Look = Callable[[Context], Iterable[Finding]]


def _guarded(ctx: Context, looks: Iterable[Look]) -> Iterator[Finding]:
    """Yield what the looks into the database find, and stop at the first that cannot be made at all."""
    for look in looks:
        try:
            yield from look(ctx)
        except DatabaseError as error:
            yield _unusable(error)
            return


def _unusable(error: DatabaseError) -> Finding:
    return Finding("database", False, connection_problem(error) or "It cannot be used. Check DATABASE_URL in .env.")


def _database(ctx: Context) -> Iterator[Finding]:
    kind = "SQLite" if ctx.database.is_sqlite else "PostgreSQL"
    if is_current(ctx.database):
        yield Finding("database", True, f"{kind} answers and has the newest schema.")
    else:
        yield Finding("database", False, f"{kind} answers, but its schema is old. Start Drumbeat once: it migrates.")


def _accounts(ctx: Context) -> Iterator[Finding]:
    with ctx.database.reading() as tx:
        found = [(account, accounts.credentials(tx, account.id)) for account in accounts.all_accounts(tx)]
    wrong = 0
    for account, sealed in found:
        sentence = account.problem if account.state is AccountState.BROKEN else _locked(ctx, sealed)
        if sentence:
            wrong += 1
            yield Finding(f"account {account.key}", False, sentence)
    if not wrong:
        yield Finding("accounts", True, f"{len(found)} connected, none needs you.")


def _locked(ctx: Context, sealed: str) -> str:
    try:
        ctx.vault.open(sealed)
    except VaultLocked as locked:
        return str(locked)
    return ""


def _worker(ctx: Context) -> Iterator[Finding]:
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        beat = workers.newest_beat(tx)
    if beat is None:
        yield Finding("worker", False, "None is running, so nothing is published. Start Drumbeat.")
    elif beat > now + MINUTE_MS:
        yield Finding(
            "clock", False, "It was set back: the worker's last sign of life is in the future. Check the clock."
        )
    elif now - beat > BEAT_STALE_MS:
        yield Finding("worker", False, f"Its last sign of life was {distance(beat, now)}. Start Drumbeat again.")
    else:
        yield Finding("worker", True, "It is running.")


def _queue(ctx: Context) -> Iterator[Finding]:
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        overdue, pause = listings.count_overdue(tx, now - MINUTE_MS), pauses.everything(tx)
    if pause:
        who = f" by {pause.who}" if pause.who else ""
        sentence = f"Everything was paused {distance(pause.at, now)}{who}: {pause.reason} Resume in the browser."
        yield Finding("queue", False, sentence)
    elif overdue:
        yield Finding("queue", False, f"{overdue} posts should have gone out by now. Look at the queue in the browser.")
    else:
        yield Finding("queue", True, "Nothing is overdue.")
