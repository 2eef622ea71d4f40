"""When the rules of a time zone change, what waits goes out at the same time on the clock: instants are derived anew.

A delivery keeps what the person meant (wall time and zone) beside the instant derived from it. Governments change the
rules, and an update of the zone data then moves instants. So at the start of the worker and once a day every waiting
instant is derived again from the wall time; whatever differs is moved in one transaction, told in the delivery's
history, listed on a page, and told in one notice. All are compared each time, whatever the version of the data says:
another process may have scheduled with older rules meanwhile.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduler.domain import wording
from scheduler.domain.outlook import Waiting
from scheduler.domain.rearranging import Retiming
from scheduler.domain.slots import instant, parse_wall
from scheduler.services.context import Context
from scheduler.services.planning.rearranging import FAR_MS
from scheduler.storage import events, notices, preferences, waiting
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event

log = logging.getLogger(__name__)

VERSION, MOVED = "zone-data", "zone-data-moved"
"""The preferences: the newest zone data that instants were derived with, and what moved because of new ones."""
CAUSE, PATH = "tzdata", "/admin/outlook/moved"
RUNS_KEPT, MOVES_KEPT = 10, 1_000
SAME_MS = 60_000
"""Wall times are kept to the minute; "now" was scheduled within it."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one change of the zone data moved, at `at` (UTC ms); `was` and `now` are the versions, "" when unknown."""

    at: int
    was: str
    now: str
    moves: tuple[Retiming, ...]


def rederive(ctx: Context) -> int:
    """Derive every waiting instant again from its wall time and zone; return how many moved."""
    ZoneInfo.clear_cache()  # a process that runs for weeks sees new zone data only so
    version = zone_data_version()
    with ctx.database.reading() as tx:
        known = preferences.get(tx, VERSION)
        found = _moved(waiting.all_waiting(tx, ctx.clock.now_ms() + FAR_MS))
    if version and known and version < known:
        log.warning("this machine's zone data is %s, older than the %s that was used before: update it", version, known)
        return 0
    if not found and version == known:
        return 0
    with ctx.database.writing() as tx:
        preferences.put(tx, VERSION, version)
        return _carry_out(ctx, tx, found, known, version)


def zone_data_version() -> str:
    """Return the version of the zone data in use ("2026a"), "" when it does not say.

    Python looks into the folders of the system first and into the package `tzdata` only after them.
    """
    folder = next((Path(name) for name in zoneinfo.TZPATH if (Path(name) / "UTC").exists()), None)
    if folder is None:
        return str(importlib.import_module("tzdata").IANA_VERSION)
    for name in ("tzdata.zi", "+VERSION"):
        if (folder / name).exists():
            with (folder / name).open(encoding="utf-8") as file:
                found = re.search(r"\b\d{4}[a-z]+\b", file.readline())
            return found[0] if found else ""
    return ""


def _moved(found: Iterable[Waiting]) -> list[tuple[Retiming, int]]:
    """Return the moves of what another instant follows from than it has, each with the version of its delivery."""
    pairs = ((each, _derived(each)) for each in found if each.at_wall and not each.attempts and not each.maybe_live)
    return [
        (Retiming(each.id, each.due_at, due_at, each.at_wall, each.at_zone), each.version)
        for each, due_at in pairs
        if abs(due_at - each.due_at) >= SAME_MS
    ]


def _derived(each: Waiting) -> int:
    try:
        return instant(parse_wall(each.at_wall), each.at_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        log.warning(
            "delivery %s keeps its instant: %s at %s cannot be read: %s", each.id, each.at_wall, each.at_zone, error
        )
        return each.due_at


def _carry_out(ctx: Context, tx: Connection, wanted: Sequence[tuple[Retiming, int]], was: str, version: str) -> int:
    now = ctx.clock.now_ms()
    moves = waiting.retime(tx, wanted, now)
    if not moves:
        return 0
    for move in moves:
        events.add(tx, move.delivery_id, Event(now, "rederived", sentence(move)))
    runs = (Run(now, was, version, tuple(moves[:MOVES_KEPT])), *_runs(tx))[:RUNS_KEPT]
    preferences.put(tx, MOVED, json.dumps([asdict(run) for run in runs]))
    count = f"{len(moves)} {'post' if len(moves) == 1 else 'posts'}"
    told = f"{count} moved so that the time on the clock stays the same. Look whether that is what you want."
    notices.report(tx, CAUSE, subject=f"Time zone rules changed: {count} moved", sentence=told, now=now, path=PATH)
    log.warning("zone data %s instead of %s: %s moved", version or "unknown", was or "unknown", count)
    return len(moves)


def instants(move: Retiming) -> tuple[str, str]:
    """Return the instants before and after in words: in UTC, because the clock of the zone is what stays."""
    return wording.moment(move.was_at, "UTC"), wording.moment(move.due_at, "UTC")


def sentence(move: Retiming) -> str:
    """Return what happened to one delivery."""
    by, (was, becomes) = wording.clock_time(move.due_at, move.at_zone), instants(move)
    return (
        f"The rules of the time zone {move.at_zone} changed. It stays at {by} on the clock there, which is "
        f"{becomes} instead of {was}."
    )


def runs(ctx: Context) -> list[Run]:
    """Return what changes of the zone data moved, the newest first."""
    with ctx.database.reading() as tx:
        return _runs(tx)


def _runs(tx: Connection) -> list[Run]:
    stored = json.loads(preferences.get(tx, MOVED) or "[]")
    return [Run(**run | {"moves": tuple(Retiming(**move) for move in run["moves"])}) for run in stored]


def seen(ctx: Context) -> None:
    """Close the notice: a person has looked at what moved."""
    with ctx.database.writing() as tx:
        notices.resolve(tx, CAUSE, ctx.clock.now_ms())
