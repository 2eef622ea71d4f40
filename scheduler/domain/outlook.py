"""When each waiting delivery of an account will really go out, and why not at its time: the simulator of the calendar.

It foretells what the engine does with what is known now: the order of the account, pauses, articles that appear later,
blackout days, posts that are late, and the space that a catch-up leaves between them. It changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scheduler.domain.delivery import State
from scheduler.domain.lateness import LATE_MS, LatePolicy, catch_up

ON_TIME_MS = 60_000
"""What goes out within this time after its moment is called on time."""


class Fate(StrEnum):
    """What will become of a waiting delivery."""

    ON_TIME = "on_time"
    LATER = "later"
    BLOCKED = "blocked"
    """It waits for somebody: no time can be foretold."""
    MISSED = "missed"
    """Too late by its policy: it will wait for a person."""
    SKIPPED = "skipped"
    """Too late by its policy: it will be cancelled."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting delivery without its payload. Instants are UTC ms, as in `Delivery`."""

    id: int
    teaser_id: int
    account_id: int
    article_id: str
    due_at: int
    turn_at: int
    not_before: int
    late_after: int
    late_policy: LatePolicy
    state: State
    reason: str
    sentence: str
    queued: bool
    attempts: int
    maybe_live: bool
    at_wall: str
    at_zone: str
    version: int


@dataclass(frozen=True, slots=True)
class Gate:
    """From when on (UTC ms) something may pass, None for not by itself, and the sentence that says why not before."""

    opens_at: int | None = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for an account: its gap (ms), its order after downtime, its gate, closed days and the articles."""

    now: int
    gap: int = 0
    newest_first: bool = False
    account: Gate = field(default_factory=Gate)
    closed: Callable[[int], str] = lambda _moment: ""
    """Why nothing goes out at an instant, as a sentence; "" when it may."""
    articles: Mapping[str, Gate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will become of one delivery: `goes_at` (UTC ms) is None when nobody can tell; `why` is a sentence."""

    waiting: Waiting
    fate: Fate
    goes_at: int | None = None
    why: str = ""

    @property
    def at(self) -> int:
        """Return where it stands in a list: when it goes out, else when it is due."""
        return self.goes_at if self.goes_at is not None else self.waiting.due_at


def foretell(waiting: Iterable[Waiting], conditions: Conditions) -> list[Forecast]:
    """Return what becomes of the waiting deliveries of one account, in the account's order."""
    order = sorted(waiting, key=lambda each: (each.turn_at, each.id))
    first = [_alone(each, conditions) for each in order]
    ahead, found = 0, []
    for forecast in first:
        if forecast.goes_at is not None:
            ahead = max(ahead, forecast.goes_at) if forecast.waiting.not_before > forecast.waiting.turn_at else ahead
            forecast = _behind(forecast, ahead)
        found.append(forecast)
    return _by_policy(_spaced(found, conditions), conditions)


def _alone(waiting: Waiting, conditions: Conditions) -> Forecast:
    """Return what would become of a delivery if it were the only one of its account."""
    blocked = Forecast(waiting, Fate.BLOCKED)
    if waiting.state is State.HELD and waiting.reason != "article":
        return replace(blocked, why=waiting.sentence or "It is on hold.")
    ready = max(waiting.due_at, waiting.turn_at, waiting.not_before)
    why = "" if ready - waiting.due_at < ON_TIME_MS else _held_back(waiting)
    for gate in (conditions.account, conditions.articles.get(waiting.article_id, Gate())):
        if gate.opens_at is None:
            return replace(blocked, why=gate.why)
        if gate.opens_at > ready:
            ready, why = gate.opens_at, gate.why
    if reason := conditions.closed(max(ready, conditions.now)):
        return replace(blocked, why=reason)
    return Forecast(waiting, Fate.ON_TIME if not why else Fate.LATER, ready, why)


def _held_back(waiting: Waiting) -> str:
    return "It is tried again then." if waiting.attempts else "It is late; late posts go out one by one."


def _behind(forecast: Forecast, ahead: int) -> Forecast:
    """Put a delivery behind one that is tried again: an account's posts never overtake each other."""
    if forecast.goes_at is None or forecast.goes_at >= ahead:
        return forecast
    return replace(
        forecast, fate=Fate.LATER, goes_at=ahead, why="A post of this account before it is tried again first."
    )


def _spaced(found: Sequence[Forecast], conditions: Conditions) -> list[Forecast]:
    """Let what is late catch up with the account's gap between the posts, by the rule of the engine."""
    opens_at = max(conditions.now, conditions.account.opens_at or 0)
    going = [f for f in found if f.goes_at is not None]
    late = [f.waiting for f in going if _is_late(f, opens_at) and not _over(f.waiting, opens_at)]
    if conditions.newest_first:
        late.reverse()
    ids = {each.id for each in late}
    others = [f.waiting.turn_at for f in going if f.waiting.turn_at > opens_at - LATE_MS]
    turns = catch_up([each.id for each in late], others, opens_at, conditions.gap)
    return [_caught_up(f, turns[f.waiting.id]) if f.waiting.id in ids else f for f in found]


def _is_late(forecast: Forecast, opens_at: int) -> bool:
    waiting = forecast.waiting
    long_past = waiting.turn_at <= opens_at - LATE_MS and waiting.not_before <= opens_at
    return long_past and not waiting.attempts and (forecast.goes_at or 0) <= opens_at


def _over(waiting: Waiting, at: int) -> bool:
    return at > waiting.late_after and waiting.late_policy is not LatePolicy.PUBLISH


def _caught_up(forecast: Forecast, turn_at: int) -> Forecast:
    why = forecast.why or "It is late; late posts go out one by one."
    return replace(forecast, fate=Fate.LATER, goes_at=turn_at, why=why)


def _by_policy(found: Sequence[Forecast], conditions: Conditions) -> list[Forecast]:
    """Say of what comes too late what its policy makes of it."""
    opens_at = max(conditions.now, conditions.account.opens_at or 0)
    return [_judged(f, max(f.goes_at, opens_at)) if f.goes_at is not None else f for f in found]


def _judged(forecast: Forecast, goes_at: int) -> Forecast:
    waiting = forecast.waiting
    if not _over(waiting, goes_at):
        fate = Fate.LATER if goes_at - waiting.due_at >= ON_TIME_MS else Fate.ON_TIME
        return replace(forecast, goes_at=goes_at, fate=fate, why=forecast.why if fate is Fate.LATER else "")
    reason = f"{forecast.why} " if forecast.why else ""
    if waiting.late_policy is LatePolicy.SKIP and not waiting.maybe_live:
        return replace(
            forecast, fate=Fate.SKIPPED, goes_at=None, why=f"{reason}That is too late, so it will be skipped."
        )
    return replace(forecast, fate=Fate.MISSED, goes_at=None, why=f"{reason}That is too late, so it will wait for you.")


@dataclass(frozen=True, slots=True)
class Difference:
    """One delivery that a change makes go out otherwise."""

    now: Forecast
    then: Forecast


def differences(now: Iterable[Forecast], then: Iterable[Forecast]) -> list[Difference]:
    """Return what differs between two forecasts of the same deliveries, by the time it has now."""
    before = {forecast.waiting.id: forecast for forecast in now}
    pairs = ((before[other.waiting.id], other) for other in then if other.waiting.id in before)
    changed = [Difference(a, b) for a, b in pairs if (a.goes_at, a.fate) != (b.goes_at, b.fate)]
    return sorted(changed, key=lambda each: (each.now.at, each.now.waiting.id))
