"""Whether this machine's clock is right: its steps, and what the platforms' clocks say of it.

The worker writes it down, pages read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from scheduler.domain.clock_steps import error_of_ours
from scheduler.domain.wording import distance
from scheduler.platforms.dates import Skew
from scheduler.services.context import Context
from scheduler.storage import notices, preferences

FRESH_MS = 6 * 3_600_000
"""A host's time counts for so long after we heard it."""
TOLD_MS = 24 * 3_600_000
"""A step of the clock is shown for so long."""
STEP, SKEW = "clock_step", "clock_skew"


@dataclass(frozen=True, slots=True)
class Noted:
    """Something about the clock: by how many ms, noted at (UTC ms, by the clock itself)."""

    ms: int
    at: int


def note_step(ctx: Context, ms: int) -> None:
    """Write down that the wall clock stepped by `ms` (negative: back), and tell the owner."""
    now, sentence = ctx.clock.now_ms(), sentence_of_step(ms)
    with ctx.database.writing() as tx:
        preferences.put(tx, STEP, json.dumps(asdict(Noted(ms, now))))
        notices.report(tx, "clock", subject="The clock was changed", sentence=sentence, now=now, level="note")


def sentence_of_step(ms: int) -> str:
    """Return what a step of the clock by `ms` means, for a person."""
    if ms > 0:
        return (
            f"This machine slept, or its clock was set forward, by {_long(ms)}. "
            "What became due meanwhile goes out now, at its usual distances."
        )
    return (
        f"This machine's clock was set back by {_long(-ms)}. "
        "Every post keeps its time, and nothing is sent a second time."
    )


def note_skews(ctx: Context, skews: Mapping[str, Skew]) -> None:
    """Write down by how much our clock is wrong, as far as the platforms' answers tell."""
    now = ctx.clock.now_ms()
    fresh = [skew.ms for skew in skews.values() if abs(now - skew.at) < FRESH_MS]
    if not fresh:
        return
    error = error_of_ours(fresh)
    with ctx.database.reading() as tx:
        known = _noted(preferences.get(tx, SKEW))
    if known and abs(known.ms - error) < 2_000 and 0 <= now - known.at < FRESH_MS / 2:
        return
    with ctx.database.writing() as tx:
        preferences.put(tx, SKEW, json.dumps(asdict(Noted(error, now))))
        if error:
            sentence = _skew_sentence(error)
            notices.report(tx, SKEW, subject="This machine's clock is wrong", sentence=sentence, now=now)
        else:
            notices.resolve(tx, SKEW, now)


def _skew_sentence(ms: int) -> str:
    side, effect = ("behind", "late") if ms > 0 else ("ahead", "early")
    return (
        f"This machine's clock is wrong by {_long(abs(ms))}: it is {side} of the platforms' clocks, so posts go out "
        f"as much too {effect}. Set it, best by switching on automatic time (NTP)."
    )


def _long(ms: int) -> str:
    return distance(round(ms, -3), 0).removeprefix("in ")


def clock_problem(ctx: Context) -> str:
    """Return the sentence of the banner while our clock is wrong, else ""."""
    found = clock_error_ms(ctx)
    return _skew_sentence(found) if found else ""


def clock_error_ms(ctx: Context) -> int:
    """Return by how much our clock is wrong by what the platforms say, positive when it is behind; 0 when it is right
    or nobody told us lately."""
    found = _read(ctx, SKEW, FRESH_MS)
    return found.ms if found else 0


def last_step_ms(ctx: Context) -> int:
    """Return by how much the clock stepped last, if that was within a day, else 0."""
    found = _read(ctx, STEP, TOLD_MS)
    return found.ms if found else 0


def step_sentence(ctx: Context) -> str:
    """Return what happened to the clock within the last day, as a sentence, "" when nothing did."""
    ms = last_step_ms(ctx)
    return sentence_of_step(ms) if ms else ""


def _read(ctx: Context, key: str, shown_ms: int) -> Noted | None:
    with ctx.database.reading() as tx:
        found = _noted(preferences.get(tx, key))
    return found if found and abs(ctx.clock.now_ms() - found.at) < shown_ms else None


def _noted(value: str) -> Noted | None:
    return Noted(**json.loads(value)) if value else None
