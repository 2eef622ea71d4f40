"""Changing the zone, the slots or the gap: first what will move, then, as shown and not otherwise, the change itself.

`preview` writes nothing. `apply` does exactly what a preview showed or nothing at all: it works the plan out again
where nobody else can change anything, and raises `Stale` with the new plan when that is another one. The calendar's
file and the moves belong together but lie in two places, so the intent is written down first; after a crash
`finish_interrupted` sees by the file whether the change was made, and then carries out the moves that were shown.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from scheduler import config_writer
from scheduler.config import Calendar, read_calendar
from scheduler.domain import wording
from scheduler.domain.article import is_public
from scheduler.domain.delivery import State
from scheduler.domain.outlook import Waiting
from scheduler.domain.queue import QueueRules
from scheduler.domain.rearranging import Before, Choice, Own, Post, Queued, Rearrangement, Retiming, Stuck, rearrange
from scheduler.domain.rearranging import outside as standing_outside
from scheduler.services.context import Context
from scheduler.services.operations.configuration import CALENDAR, by_key
from scheduler.services.planning import blackouts
from scheduler.services.planning.moments import posting_rules
from scheduler.storage import accounts, events, preferences, queue, waiting
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event

INTENT = "rearrangement"
"""The preference that holds a confirmed change until it is carried out whole."""
LEFT = "slots-left"
"""The preference that remembers for which rules the owner left queued posts outside of the slots."""
FAR_MS = 3 * 366 * 86_400_000
"""Nothing waits longer than this: no date may be chosen so far away."""
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """New values by their key in calendar.toml ("default.slots"), for the file that `seen` names."""

    changes: Mapping[str, object]
    seen: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a proposal does to the posts that wait. `shown` names exactly this plan: who confirms it sends it back."""

    proposal: Proposal
    choice: Choice
    before: Calendar
    after: Calendar
    moves: tuple[Retiming, ...]
    stuck: tuple[Stuck, ...]
    concerned: tuple[Waiting, ...]
    """Every post that the change is about, whether it moves or not."""
    fingerprint: str
    shown: str

    @property
    def other_zone(self) -> bool:
        """Return whether the zone changes."""
        return self.before.zone != self.after.zone


class Stale(Exception):
    """What was confirmed is not what would happen by now; `preview` is what would."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        super().__init__("Something changed meanwhile. Nothing was saved or moved: this is how it looks now.")


def preview(ctx: Context, proposal: Proposal, choice: Choice) -> Preview:
    """Return what the proposal does. Raises `Invalid` by key of the calendar's file, `Conflict` when that changed."""
    with by_key():
        after, fingerprint = config_writer.tried(
            ctx.settings.config / CALENDAR, proposal.changes, proposal.seen, read_calendar
        )
    with ctx.database.reading() as tx:
        return _planned(ctx, tx, _Change(proposal, choice, ctx.settings.calendar, after, fingerprint))


def touches(ctx: Context, found: Preview) -> bool:
    """Return whether there is anything to show or to choose: a post that moves by some choice, or cannot."""
    if found.moves or found.stuck:
        return True
    with ctx.database.reading() as tx:
        most = Choice(Queued.MOVE, Own.CLOCK)
        change = _Change(found.proposal, most, found.before, found.after, found.fingerprint)
        other = _planned(ctx, tx, change)
    return bool(other.moves or other.stuck)


@dataclass(frozen=True, slots=True)
class _Change:
    proposal: Proposal
    choice: Choice
    before: Calendar
    after: Calendar
    fingerprint: str


def _planned(ctx: Context, tx: Connection, change: _Change) -> Preview:
    now, choice = ctx.clock.now_ms(), change.choice
    plans, concerned = list[Rearrangement](), list[Waiting]()
    movable, held = _stock(ctx, tx)
    for account in accounts.all_accounts(tx):
        old, new = (posting_rules(account, calendar) for calendar in (change.before, change.after))
        mine = movable.get(account.id, [])
        if not mine or (change.proposal.changes and not _differ(old, new)):
            continue
        before = Before([_post(ctx, each, now) for each in mine], held.get(account.id, []), old.zone, now)
        plans.append(rearrange(before, new, choice))
        concerned += mine
    moves = tuple(sorted((m for plan in plans for m in plan.moves), key=lambda m: (m.was_at, m.delivery_id)))
    stuck = tuple(sorted((s for plan in plans for s in plan.stuck), key=lambda s: (s.due_at, s.delivery_id)))
    shown = _name_of(change, moves, {each.id: each.version for each in concerned})
    calendars = (change.before, change.after)
    return Preview(change.proposal, choice, *calendars, moves, stuck, tuple(concerned), change.fingerprint, shown)


def _differ(old: QueueRules, new: QueueRules) -> bool:
    """Return whether slots, zone or gap change; blackout days alone are shown by themselves."""
    return (old.slots, old.zone, old.gap) != (new.slots, new.zone, new.gap)


def _stock(ctx: Context, tx: Connection) -> tuple[Mapping[int, list[Waiting]], Mapping[int, list[int]]]:
    """Return by account what may move, and the instants that everything else holds."""
    now = ctx.clock.now_ms()
    movable: dict[int, list[Waiting]] = {}
    for each in waiting.all_waiting(tx, now + FAR_MS):
        for_a_person = each.state is State.HELD and each.reason == blackouts.REASON
        if each.due_at > now and not each.attempts and not each.maybe_live and not for_a_person:
            movable.setdefault(each.account_id, []).append(each)
    moving = {each.id for mine in movable.values() for each in mine}
    taken = waiting.occupied(tx, now - _DAY_MS)
    return movable, {key: [at for delivery, at in pairs if delivery not in moving] for key, pairs in taken.items()}


def _post(ctx: Context, each: Waiting, now: int) -> Post:
    article = ctx.articles.by_id(each.article_id) if each.article_id else None
    hidden = article is not None and not is_public(article, now)
    appears = (article.date_at or 0) if article and hidden else 0
    # One that stands before its article already may stay as early as it is: the page says what is in its way.
    return Post(each.id, each.due_at, each.queued, each.at_wall, each.at_zone, min(appears, each.due_at))


def _name_of(change: _Change, moves: Sequence[Retiming], versions: Mapping[int, int]) -> str:
    told = [
        asdict(change.choice),
        change.fingerprint,
        [asdict(move) | {"v": versions[move.delivery_id]} for move in moves],
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Intent:
    """A confirmed change. `before` and `after` are the fingerprints of the calendar's file without and with it."""

    before: str
    after: str
    who: str
    moves: list[tuple[Retiming, int]]
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def _intent_from(text: str) -> _Intent:
    data = json.loads(text)
    return _Intent(**data | {"moves": [(Retiming(**move), version) for move, version in data["moves"]]})


def apply(ctx: Context, proposal: Proposal, choice: Choice, shown: str, who: str = "") -> Preview:
    """Change the calendar's file and move the posts, as the preview named `shown` said; return that preview.

    Raises `Stale` when the plan is another one by now, `Invalid` and `Conflict` as `preview` does; then nothing was
    changed. `who` is the name of the person, for the history of each post.
    """
    finish_interrupted(ctx)
    plan = _still(preview(ctx, proposal, choice), shown)
    versions = {each.id: each.version for each in plan.concerned}
    moves = [(move, versions[move.delivery_id]) for move in plan.moves]
    intent = _Intent(proposal.seen, plan.fingerprint, who, moves)
    with ctx.database.writing() as tx:
        preferences.put(tx, INTENT, intent.to_json())
    try:
        _carry_out(ctx, plan, intent)
    except BaseException:
        finish_interrupted(ctx)  # decides by the file whether the change was made after all
        raise
    return plan


def _carry_out(ctx: Context, plan: Preview, intent: _Intent) -> None:
    change = _Change(plan.proposal, plan.choice, plan.before, plan.after, plan.fingerprint)
    with ctx.database.writing() as tx:
        queue.lock(tx, [account.id for account in accounts.all_accounts(tx)])
        _still(_planned(ctx, tx, change), plan.shown)
        if preferences.locked(tx, INTENT) != intent.to_json() or not _move(ctx, tx, intent):
            raise Stale(_planned(ctx, tx, change))
        preferences.put(tx, INTENT, "")
        if plan.choice.queued is Queued.STAY:
            preferences.put(tx, LEFT, _rules_name(plan.after))
        if plan.proposal.changes:
            path = ctx.settings.config / CALENDAR
            config_writer.change(path, plan.proposal.changes, plan.proposal.seen, read_calendar)


def _still(plan: Preview, shown: str) -> Preview:
    if plan.shown != shown:
        raise Stale(plan)
    return plan


def _move(ctx: Context, tx: Connection, intent: _Intent) -> bool:
    """Carry out the moves that nothing came in the way of; return whether these were all."""
    now = ctx.clock.now_ms()
    made = waiting.retime(tx, [pair for pair in intent.moves if pair[0].due_at > now], now)
    for move in made:
        events.add(tx, move.delivery_id, Event(now, "rearranged", _moved(move), intent.who))
    return len(made) == len(intent.moves)


def _moved(move: Retiming) -> str:
    was, becomes = (wording.moment(at, move.at_zone) for at in (move.was_at, move.due_at))
    return f"The calendar's rules changed: moved from {was} to {becomes}."


def finish_interrupted(ctx: Context) -> int:
    """Finish a change that a crash interrupted, if there is one; return how many posts were moved.

    When the calendar's file holds the change, the posts move as the person was shown; one that was changed, sent or
    whose new time has passed meanwhile stays. When the file does not hold it, nothing happened and nothing happens.
    """
    with ctx.database.reading() as tx:
        if not preferences.get(tx, INTENT):
            return 0
    with ctx.database.writing() as tx:
        stored = preferences.locked(tx, INTENT)
        if not stored:
            return 0
        intent = _intent_from(stored)
        preferences.put(tx, INTENT, "")
        written = config_writer.fingerprint(ctx.settings.config / CALENDAR) == intent.after
        if not written or intent.before == intent.after:
            return 0
        _move(ctx, tx, intent)
        return len(intent.moves)


def outside(ctx: Context) -> int:
    """Return how many queued posts stand outside of their account's slots, unless the owner left them there."""
    calendar, now = ctx.settings.calendar, ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        if preferences.get(tx, LEFT) == _rules_name(calendar):
            return 0
        known = accounts.all_accounts(tx)
        queued = waiting.queued_times(tx, now)
    # What lies on a blackout day is told of by the queue.
    rules = {account.id: replace(posting_rules(account, calendar), blackout=()) for account in known}
    return sum(
        standing_outside(due, rules[key], now) for key, due in queued.items() if key in rules and rules[key].slots
    )


def _rules_name(calendar: Calendar) -> str:
    rules = {"": calendar.default, **calendar.accounts}
    told = [calendar.zone, sorted((key, [str(slot) for slot in each.slots]) for key, each in rules.items())]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
