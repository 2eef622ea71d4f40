"""Configuration: a few commented TOML files and the environment make one frozen `Settings`.

Every error names file and key, and all errors are reported together. `LiveConfig` reads the files again when they
change, and keeps the last good settings while a file is broken.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.blackout import Span, parse_span
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.problem import Invalid, Problem
from scheduler.domain.slots import Slot, parse_slot, zone_problem
from scheduler.mail.server import MailServer, parse_server
from scheduler.notice_rules import NoticeRules, read_notices, secret_problem
from scheduler.site_settings import Site, read_site
from scheduler.toml_table import Table, read_table

FILES = ("site.toml", "calendar.toml", "platforms.toml", "backup.toml", "notices.toml")
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class PostingRules:
    """How one account posts. Durations in milliseconds; `slots` are wall times in the calendar's zone."""

    slots: tuple[Slot, ...]
    minimum_gap: int
    late_tolerance: int
    when_late: LatePolicy = LatePolicy.HOLD
    newest_first: bool = False
    """Whether a catch-up after downtime begins with the newest post instead of the oldest."""
    blackout: tuple[Span, ...] = ()
    """Days on which nothing goes out. An account's own come on top of the default ones: ask `Calendar.blackout_for`."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What `calendar.toml` says: a zone, the rules for every account, and the exceptions by account key."""

    zone: str
    default: PostingRules
    accounts: Mapping[str, PostingRules] = field(default_factory=dict)

    def rules_for(self, account_key: str) -> PostingRules:
        """Return the posting rules of an account: its own, else the default ones."""
        return self.accounts.get(account_key, self.default)

    def blackout_for(self, account_key: str) -> tuple[Span, ...]:
        """Return every blackout of an account: those for all accounts, and its own."""
        own = self.accounts[account_key].blackout if account_key in self.accounts else ()
        return tuple(sorted({*self.default.blackout, *own}))


@dataclass(frozen=True, slots=True)
class BackupRules:
    """What `backup.toml` says: the time of day (ms after midnight UTC), and how many days and weeks are kept."""

    at: int = 3 * HOUR_MS
    keep_daily: int = 7
    keep_weekly: int = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the product is told from outside."""

    host: str
    port: int
    base_url: str
    data: Path
    posts: Path
    config: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    allow_private_network: bool
    site: Site
    calendar: Calendar
    platforms: Mapping[str, Mapping[str, Any]] = field(repr=False)
    notices: NoticeRules = field(default_factory=NoticeRules)
    mail_server: MailServer | None = field(default=None, repr=False)
    """None while DRUMBEAT_SMTP_URL is not set; then no mail can be sent."""
    notice_secret: str = field(default="", repr=False)
    """Signs the notices that go to a webhook."""
    backup: BackupRules = field(default_factory=BackupRules)
    pg_dump: str = ""
    """Where pg_dump is; "" when it is on PATH."""

    @property
    def local_url(self) -> str:
        """Return the address at which the web server answers on this machine (used for the practice networks)."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Return the Host names that requests may carry (DNS rebinding is refused by this list)."""
        return frozenset({"127.0.0.1", "localhost", "[::1]", self.host, urlsplit(self.base_url).hostname or ""} - {""})


def load_settings(environ: Mapping[str, str] | None = None, root: Path | None = None) -> Settings:
    """Return the settings from `environ` (default: the process's) and the files below `root` (default: here).

    Raises `Invalid` with every problem of every file.
    """
    env = dict(os.environ if environ is None else environ)
    base = (root or Path.cwd()).resolve()
    problems: list[Problem] = []
    config = base / (env.get("DRUMBEAT_CONFIG") or "config")
    data = base / (env.get("DRUMBEAT_DATA") or "instance")
    host = env.get("DRUMBEAT_HOST") or "127.0.0.1"
    port = _port(env, problems)
    settings = Settings(
        host=host,
        port=port,
        base_url=_base_url(env.get("DRUMBEAT_BASE_URL") or f"http://{host}:{port}", problems),
        data=data,
        posts=base / (env.get("DRUMBEAT_POSTS") or "posts"),
        config=config,
        database_url=env.get("DATABASE_URL") or f"sqlite:///{data / 'drumbeat.db'}",
        secret_key=env.get("DRUMBEAT_SECRET_KEY", ""),
        encryption_keys=tuple(k for k in env.get("DRUMBEAT_ENCRYPTION_KEYS", "").replace(",", " ").split() if k),
        allow_private_network=env.get("DRUMBEAT_ALLOW_PRIVATE_NETWORK", "") == "1",
        site=read_site(config / "site.toml", problems),
        calendar=read_calendar(config / "calendar.toml", problems),
        platforms=read_platforms(config / "platforms.toml", env, problems),
        notices=read_notices(config / "notices.toml", problems),
        mail_server=_mail_server(env, problems),
        notice_secret=_notice_secret(env, problems),
        backup=read_backup(config / "backup.toml", problems),
        pg_dump=env.get("DRUMBEAT_PG_DUMP", ""),
    )
    if problems:
        raise Invalid(problems)
    return settings


def _port(env: Mapping[str, str], problems: list[Problem]) -> int:
    value = env.get("DRUMBEAT_PORT") or "8000"
    if value.isascii() and value.isdigit() and 0 < int(value) < 65536:
        return int(value)
    problems.append(Problem("DRUMBEAT_PORT", f"must be a number between 1 and 65535, not {value!r}"))
    return 8000


def _base_url(value: str, problems: list[Problem]) -> str:
    if _WEB_ADDRESS.fullmatch(value):
        return value.rstrip("/")
    problems.append(Problem("DRUMBEAT_BASE_URL", f"must be an address like https://www.example.org, not {value!r}"))
    return "http://127.0.0.1:8000"


def with_base_url(settings: Settings, base_url: str) -> Settings:
    """Return the settings with another public address. Raises `Invalid`."""
    problems: list[Problem] = []
    changed = replace(settings, base_url=_base_url(base_url, problems))
    if problems:
        raise Invalid([replace(problem, field="base-url") for problem in problems])
    return changed


def _mail_server(env: Mapping[str, str], problems: list[Problem]) -> MailServer | None:
    value = env.get("DRUMBEAT_SMTP_URL", "").strip()
    try:
        return parse_server(value) if value else None
    except ValueError as error:  # its sentence holds nothing of the address: there is a password in it
        problems.append(Problem("DRUMBEAT_SMTP_URL", str(error)))
        return None


def _notice_secret(env: Mapping[str, str], problems: list[Problem]) -> str:
    value = env.get("DRUMBEAT_NOTICE_WEBHOOK_SECRET", "").strip()
    if value and (reason := secret_problem(value)):
        problems.append(Problem("DRUMBEAT_NOTICE_WEBHOOK_SECRET", reason))
        return ""
    return value


_WEB_ADDRESS = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[^\s?#\\<>\"]*)?")
"""The public address: no name or password in it, because it stands in every link."""


def read_calendar(path: Path, problems: list[Problem]) -> Calendar:
    """Return what `calendar.toml` says; problems are added to `problems`."""
    root = read_table(path, problems)
    zone = root.text("zone", "UTC")
    if reason := zone_problem(zone):
        root.fault("zone", reason)
        zone = "UTC"
    default = _posting_rules(root.table("default"), PostingRules((), 15 * MINUTE_MS, 6 * HOUR_MS))
    accounts = root.table("accounts")
    own = {key: _posting_rules(accounts.table(key), default) for key in list(accounts.data)}
    root.finish()
    return Calendar(zone, default, own)


def _posting_rules(table: Table, fallback: PostingRules) -> PostingRules:
    slots = []
    for text in table.texts("slots", ()):
        try:
            slots.append(parse_slot(text))
        except ValueError as error:
            table.fault("slots", str(error))
    rules = PostingRules(
        slots=tuple(sorted(set(slots))) if "slots" in table.data else fallback.slots,
        minimum_gap=table.integer("minimum_gap_minutes", fallback.minimum_gap // MINUTE_MS, 0, 1440) * MINUTE_MS,
        late_tolerance=table.integer("late_tolerance_minutes", fallback.late_tolerance // MINUTE_MS, 1, 10080)
        * MINUTE_MS,
        when_late=LatePolicy(table.choice("when_late", fallback.when_late, tuple(LatePolicy))),
        newest_first=table.choice("catch_up", ORDERS[fallback.newest_first], ORDERS) == ORDERS[True],
        blackout=_spans(table),
    )
    table.finish()
    return rules


ORDERS = ("oldest first", "newest first")
"""What `catch_up` may say; the second one is `PostingRules.newest_first`."""


def _spans(table: Table) -> tuple[Span, ...]:
    found = set()
    for text in table.texts("blackout"):
        try:
            found.add(parse_span(text))
        except ValueError as error:
            table.fault("blackout", str(error))
    return tuple(sorted(found))


def read_backup(path: Path, problems: list[Problem]) -> BackupRules:
    """Return what `backup.toml` says; problems are added to `problems`."""
    root = read_table(path, problems)
    table = root.table("backup")
    at = table.text("at", "03:00")
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", at, re.ASCII)
    if not match:
        table.fault("at", f'must be a time of day like "03:00", not "{at}"')
    rules = BackupRules(
        at=int(match[1]) * HOUR_MS + int(match[2]) * MINUTE_MS if match else 3 * HOUR_MS,
        keep_daily=table.integer("keep_daily", 7, 1, 366),
        keep_weekly=table.integer("keep_weekly", 4, 0, 520),
    )
    table.finish()
    root.finish()
    return rules


def read_platforms(path: Path, env: Mapping[str, str], problems: list[Problem]) -> Mapping[str, Mapping[str, Any]]:
    """Return the platform tables; `DRUMBEAT_PLATFORM_<NAME>_<KEY>` in `env` overrides one key."""
    root = read_table(path, problems)
    tables = {name: dict(table) for name, table in root.data.items() if isinstance(table, dict)}
    for name in sorted(set(root.data) - set(tables)):
        root.fault(name, "must be a table")
    known = sorted({*tables, *_connector_names()}, key=len, reverse=True)
    for variable, value in env.items():
        if match := re.fullmatch(r"DRUMBEAT_PLATFORM_([A-Z0-9]+)_([A-Z0-9_]+)", variable):
            said = f"{match[1]}_{match[2]}".lower()
            name = next((each for each in known if said.startswith(f"{each}_")), match[1].lower())
            table, key = tables.setdefault(name, {}), said[len(name) + 1 :]
            table[key] = int(value) if isinstance(table.get(key), int) and value.isdigit() else value
    return tables


def _connector_names() -> set[str]:
    """Return the names of the connectors: some consist of two words, and an older platforms.toml may lack them."""
    return {found.stem for found in (Path(__file__).parent / "platforms" / "connectors").iterdir()}


class LiveConfig:
    """The settings as they are now: files are read again when they change on disk.

    While a file is broken the last good settings stay in force and `problems` says what is wrong.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str] | None = None, root: Path | None = None) -> None:
        self._settings = settings
        self._environ = dict(os.environ if environ is None else environ)
        self._root = root
        self._files = tuple(str(settings.config / name) for name in FILES)
        self._lock = threading.Lock()
        self._seen = self._state()
        self.problems: tuple[Problem, ...] = ()

    @property
    def settings(self) -> Settings:
        """Return the settings in force now."""
        if self._state() != self._seen:
            with self._lock:
                self._look()
        return self._settings

    @property
    def known(self) -> Settings:
        """Return the settings as they were when somebody last asked for those in force; no file is looked at."""
        return self._settings

    def _look(self) -> None:
        seen = self._state()
        if seen != self._seen:
            self._reload()
            self._seen = seen

    def _state(self) -> tuple[tuple[int, int], ...]:
        return tuple(_stat(file) for file in self._files)

    def _reload(self) -> None:
        try:
            self._settings = load_settings(self._environ, self._root)
            self.problems = ()
        except Invalid as error:
            self.problems = error.problems


class StillConfig(LiveConfig):
    """Settings that do not change any more. No file is looked at."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.problems = ()

    @property
    def settings(self) -> Settings:
        """Return the settings."""
        return self._settings


def _stat(file: str) -> tuple[int, int]:
    # Plain text and no Path: the settings are asked for a thousand times while a page is made.
    try:
        info = os.stat(file)  # noqa: PTH116
    except FileNotFoundError:
        return (0, 0)
    return (info.st_mtime_ns, info.st_size)
