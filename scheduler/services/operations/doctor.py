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
from scheduler.domain.delivery import FOR_A_PERSON, State
from scheduler.domain.problem import Invalid
from scheduler.domain.state_words import WORDS
from scheduler.domain.wording import distance, size
from scheduler.services.accounts.vault import VaultLocked
from scheduler.services.context import Context, build_context
from scheduler.services.operations.backup import CAUSE, last_at
from scheduler.services.operations.channels import channels, half_set_up
from scheduler.services.operations.clock_health import clock_problem, step_sentence
from scheduler.services.operations.health import BEAT_STALE_MS
from scheduler.services.operations.occupancy import JOURNAL
from scheduler.storage import accounts, backup, breakers, listings, notices, pauses, workers
from scheduler.storage.engine import DatabaseError, connection_problem
from scheduler.storage.migrate import is_current

EARLIEST_MS = 1_767_225_600_000
"""1 January 2026: a clock before this is wrong, and posts would go out at wrong times."""
LITTLE_SPACE = 1_000_000_000
LARGE_LOG = 128_000_000
"""Twice what SQLite keeps by itself."""
OLD_BACKUP_MS = 2 * 86_400_000
FIRST_BACKUP_MS = 3_600_000
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
    found += [*_data_folder(settings.data), _space(settings), _posts(settings), *_interrupted(settings)]
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
        return [*found, *_guarded(context)]


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


def _interrupted(settings: Settings) -> Iterator[Finding]:
    if (settings.data / JOURNAL).exists():
        yield Finding("restore", False, "One was interrupted. Run “python -m scheduler restore”: it finishes it.")


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


def _guarded(ctx: Context) -> Iterator[Finding]:
    """Yield what the looks into the database find, and stop at the first that cannot be made at all."""
    for look in _LOOKS:
        try:
            yield from look(ctx)
        except DatabaseError as error:
            yield _unusable(error)
            return


def _unusable(error: DatabaseError) -> Finding:
    return Finding("database", False, connection_problem(error) or "It cannot be used. Check DATABASE_URL in .env.")


def _database(ctx: Context) -> Iterator[Finding]:
    kind = "SQLite" if ctx.database.is_sqlite else "PostgreSQL"
    if damage := backup.quick_check(ctx.database):
        yield Finding("database", False, f"It is damaged ({damage}). Stop Drumbeat and restore the last backup.")
    if (log := backup.log_bytes(ctx.database)) > LARGE_LOG:
        sentence = f"Its write-ahead log has {size(log)}: something reads for very long. Start Drumbeat again."
        yield Finding("database", False, sentence)
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


def _heard_time(ctx: Context) -> Iterator[Finding]:
    """What the platforms' clocks say of ours, and whether ours was changed lately."""
    if wrong := clock_problem(ctx):
        yield Finding("clock", False, wrong)
    elif stepped := step_sentence(ctx):
        yield Finding("clock", True, f"Within the last day: {stepped}")


def _queue(ctx: Context) -> Iterator[Finding]:
    with ctx.database.reading() as tx:
        overdue = listings.count_overdue(tx, ctx.clock.now_ms() - MINUTE_MS)
    counts = {state: f"{found} {WORDS[state].phrase}" for state, found in _by_state(ctx).items()}
    if needed := [words for state, words in counts.items() if state in FOR_A_PERSON]:
        sentence = f"{', '.join(needed)}. Decide in the browser: Queue, Needs you."
        yield Finding("queue", False, sentence)
    if State.UNKNOWN in counts:
        yield Finding("queue", True, f"{counts[State.UNKNOWN]}. That is settled by itself.")
    if overdue:
        yield Finding("queue", False, f"{overdue} posts should have gone out by now. Look at the queue in the browser.")
    else:
        yield Finding("queue", True, "Nothing is overdue.")


def _by_state(ctx: Context) -> Mapping[State, int]:
    with ctx.database.reading() as tx:
        return listings.count_by_state(tx)


def _breakers(ctx: Context) -> Iterator[Finding]:
    with ctx.database.reading() as tx:
        tripped = breakers.tripped(tx)
    now = ctx.clock.now_ms()
    for breaker in tripped:
        again = f" It is tried again {distance(breaker.open_until, now)}." if breaker.open_until > now else ""
        yield Finding(f"host {breaker.host}", False, f"{breaker.sentence}{again} Its posts wait until it answers.")


def _pause(ctx: Context) -> Iterator[Finding]:
    with ctx.database.reading() as tx:
        pause = pauses.everything(tx)
    if pause:
        since = distance(pause.at, ctx.clock.now_ms())
        why = f" ({pause.reason})" if pause.reason else ""
        yield Finding("pause", False, f"{pause.who} paused everything {since}{why}. Resume it in the browser.")


def _backups(ctx: Context) -> Iterator[Finding]:
    last, now = last_at(ctx), ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        failure = notices.open_since(tx, CAUSE)
        started_at = min((worker.started_at for worker in workers.all_workers(tx)), default=now)
    make_one = "Run “python -m scheduler backup”."
    if failure:
        yield Finding("backup", False, f"The last try failed {distance(failure[0], now)}: {failure[1]}")
    if last is None and now - started_at > FIRST_BACKUP_MS:
        yield Finding("backup", False, f"There is none. {make_one}")
    elif last is None:
        yield Finding("backup", True, "There is none yet; the first one is made soon after the start.")
    elif now - last > OLD_BACKUP_MS:
        yield Finding("backup", False, f"The last one was made {distance(last, now)}. {make_one}")
    else:
        yield Finding("backup", True, f"The last one was made {distance(last, now)}.")


def _notices(ctx: Context) -> Iterator[Finding]:
    with ctx.database.reading() as tx:
        stuck = [notice.trouble for notice in notices.open_notices(tx) if notice.trouble and notice.told_at is None]
    troubles = half_set_up(ctx) + stuck[:1]
    yield from (Finding("notices", False, trouble) for trouble in troubles)
    if not troubles:
        told = ", ".join(way.goes_to for way in channels(ctx)) or "nobody outside the app"
        yield Finding("notices", True, f"They are told to {told}.")


_LOOKS: tuple[Look, ...] = (
    _database,
    _heard_time,
    _accounts,
    _worker,
    _queue,
    _breakers,
    _pause,
    _backups,
    _notices,
)
