"""The big red button: everything is held back at once, with a reason, until somebody resumes."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.domain.delivery import UNDER_WAY, Delivery, State
from scheduler.domain.problem import Conflict, refuse
from scheduler.services.context import Context
from scheduler.storage import lateness, listings, notices, pauses
from scheduler.storage.engine import Connection
from scheduler.storage.pauses import Pause

CAUSE = "everything-paused"
PATH = "/admin/pause/"
LONGEST_REASON = 500


def present(ctx: Context) -> Pause | None:
    """Return the pause that is in force, or None."""
    with ctx.database.reading() as tx:
        return pauses.everything(tx)


def pause(ctx: Context, reason: str, who: str) -> Pause:
    """Hold everything back, on every account and for every worker, from the moment this returns.

    What is in flight ends in good order. Raises `Invalid` without a reason, `Conflict` when everything is paused
    already.
    """
    words = " ".join(reason.split())
    if not words:
        raise refuse("reason", "Write a short reason, so that everybody knows why nothing goes out.")
    if len(words) > LONGEST_REASON:
        raise refuse("reason", f"The reason has {len(words)} characters; {LONGEST_REASON} are the most.")
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        if before := pauses.everything(tx):
            raise Conflict(f"Everything is paused already, by {before.who or 'somebody'}: {before.reason}")
        made = Pause(words, who, now)
        pauses.pause(tx, made)
        sentence = f"{who or 'Somebody'} paused everything: {words}"
        notices.report(tx, CAUSE, subject="Everything is paused", sentence=sentence, now=now, path=PATH, level="note")
    return made


@dataclass(frozen=True, slots=True)
class Backlog:
    """Deliveries whose time passed during a pause: `due` still go out, one after the other; `missed` wait for a person,
    and `skipped` are cancelled, by their rule for being late."""

    due: int = 0
    missed: int = 0
    skipped: int = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what becomes of them, a sentence for each kind."""
        found = []
        if self.due:
            out = _posts(self.due, "goes", "go")
            found.append(f"{out} out late, one after the other, each account at its own gap.")
        if self.missed:
            late = _posts(self.missed, "was too late and waits", "were too late and wait")
            found.append(f"{late} for you.")
        if self.skipped:
            late = _posts(self.skipped, "was", "were")
            found.append(f"{late} too late and skipped, as you had said.")
        return tuple(found)


def _posts(count: int, one: str, many: str) -> str:
    return f"1 post {one}" if count == 1 else f"{count} posts {many}"


def resume(ctx: Context, who: str) -> Backlog:
    """Let everything go again and return what is late: it catches up with the accounts' gaps. Raises `Conflict`."""
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        pause_in_force = pauses.everything(tx)
        if pause_in_force is None:
            raise Conflict("Nothing is paused as a whole any more.")
        found = _backlog(tx, pause_in_force, now)
        pauses.resume(tx)
        notices.resolve(tx, CAUSE, now)
    return found


@dataclass(frozen=True, slots=True)
class Standstill:
    """What the page of the pause shows. `in_flight` ends in good order whether or not everything is paused."""

    pause: Pause | None
    in_flight: tuple[Delivery, ...]
    backlog: Backlog


def standstill(ctx: Context) -> Standstill:
    """Return how things stand while everything is (or is not) paused."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        found = pauses.everything(tx)
        in_flight = listings.search(tx, states=UNDER_WAY, limit=100)
        return Standstill(found, tuple(in_flight), _backlog(tx, found, now) if found else Backlog())


def _backlog(tx: Connection, found: Pause, now: int) -> Backlog:
    coming, ended = lateness.overdue(tx, now), lateness.ended_since(tx, found.at)
    return Backlog(
        due=coming.get(State.SCHEDULED, 0),
        missed=coming.get(State.MISSED, 0) + ended.get(State.MISSED, 0),
        skipped=coming.get(State.CANCELLED, 0) + ended.get(State.CANCELLED, 0),
    )
