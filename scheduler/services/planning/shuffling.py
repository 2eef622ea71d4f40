"""Shuffling an account's queue: its posts exchange their times at random. Shown first, and undone while nothing moved.

Times stay and posts change places. What has a time of its own, was tried, or is under way takes no part; and no post
goes to a time at which its article is not public yet.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduler.domain import wording
from scheduler.domain.article import Article
from scheduler.domain.delivery import Delivery
from scheduler.domain.problem import Conflict, refuse
from scheduler.domain.queue import shuffled
from scheduler.services.accounts.health import account
from scheduler.services.context import Context
from scheduler.services.planning.checking import article_problems
from scheduler.storage import deliveries, events, preferences, queue, teasers
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event

CHANGED = "The queue has changed meanwhile, so nothing was moved. Look at the new order."
FEW = "There is nothing to shuffle: fewer than two posts of this account wait in slots of its queue."

Standing = tuple[int, int]
"""A delivery's id and the version in which it was seen."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order for an account's queue: `after[i]` goes out at the time at which `before[i]` would."""

    before: tuple[Delivery, ...]
    after: tuple[Delivery, ...]

    @property
    def order(self) -> tuple[Standing, ...]:
        """Return what names this order and the state of the queue that it was made for."""
        return tuple((delivery.id, delivery.version) for delivery in self.after)


def propose(ctx: Context, account_id: int) -> Proposal:
    """Return a new order at random; nothing is changed. Raises `Invalid` when fewer than two can take part."""
    with ctx.database.reading() as tx:
        before = _taking_part(ctx, tx, account_id)
        about = _articles(ctx, tx, before)
    earliest = {key: article.date_at for key, article in about.items() if article.date_at}
    if len(before) < 2:
        raise refuse("account", FEW)
    by_id = {delivery.id: delivery for delivery in before}
    queued = {delivery.id: delivery.due_at for delivery in before}
    order = [each.id for each in before]
    for _ in range(20):  # few posts often stay as they are by chance, and nobody presses for that
        order = list(shuffled(queued, earliest, random.randrange))
        if order != list(by_id):
            break
    return Proposal(tuple(before), tuple(by_id[key] for key in order))


def _taking_part(ctx: Context, tx: Connection, account_id: int) -> list[Delivery]:
    found = queue.movable(tx, account_id, ctx.clock.now_ms())
    about = _articles(ctx, tx, found)
    return [delivery for delivery in found if not _too_early(ctx, about.get(delivery.id), delivery.due_at)]


def _articles(ctx: Context, tx: Connection, found: Sequence[Delivery]) -> dict[int, Article]:
    """Return the articles that deliveries lead to, by the delivery's id."""
    by_teaser = teasers.article_ids(tx, {delivery.teaser_id for delivery in found})
    known = ((delivery.id, ctx.articles.by_id(by_teaser.get(delivery.teaser_id, ""))) for delivery in found)
    return {key: article for key, article in known if article}


def _too_early(ctx: Context, article: Article | None, due_at: int) -> str:
    """Return why an article speaks against leading to it at an instant (UTC ms), or ""."""
    return " ".join(problem.message for problem in article_problems(article, [due_at], ctx.settings.calendar.zone))


def apply(ctx: Context, account_id: int, order: Sequence[Standing], who: str) -> int:
    """Carry out an order that was shown; return how many deliveries moved.

    All or nothing, in one transaction. Raises `NotFound`, and `Conflict` when anything in the queue has changed since.
    """
    return _apply(ctx, account_id, order, Event(ctx.clock.now_ms(), "shuffled", "Shuffled", who))


def undo(ctx: Context, account_id: int, who: str) -> int:
    """Take the last shuffle back; return how many deliveries moved. Raises `Conflict` when anything moved since."""
    last = last_shuffle(ctx, account_id)
    if last is None:
        raise Conflict("This shuffle cannot be undone any more: something in the queue has changed since.")
    return _apply(ctx, account_id, last.before, Event(ctx.clock.now_ms(), "unshuffled", "The shuffle was undone", who))


def _apply(ctx: Context, account_id: int, order: Sequence[Standing], told: Event) -> int:
    account(ctx, account_id)
    with ctx.database.writing() as tx:
        queue.lock(tx, [account_id])
        standing = _taking_part(ctx, tx, account_id)
        if sorted(order) != sorted((delivery.id, delivery.version) for delivery in standing):
            raise Conflict(CHANGED)
        by_id = {delivery.id: delivery for delivery in standing}
        pairs = [(by_id[key], place) for (key, _), place in zip(order, standing, strict=True)]
        moving = [pair for pair in pairs if pair[0].due_at != pair[1].due_at]
        for delivery, place in moving:
            _take_place(ctx, tx, delivery, place, told)
        _remember(ctx, tx, account_id, standing, told)
    return len(moving)


def _take_place(ctx: Context, tx: Connection, delivery: Delivery, place: Delivery, told: Event) -> None:
    """Let a delivery go out when another one would have; the caller moves that one too."""
    if reason := _too_early(ctx, _articles(ctx, tx, [delivery]).get(delivery.id), place.due_at):
        raise Conflict(reason)
    moved = deliveries.move(
        tx,
        delivery.id,
        version=delivery.version,
        due_at=place.due_at,
        late_after=place.due_at + (delivery.late_after - delivery.due_at),
        at_wall=place.at_wall,
        at_zone=place.at_zone,
        queued=True,
        now=told.at,
    )
    if not moved:
        raise Conflict(CHANGED)
    zone = ctx.settings.calendar.zone
    times = f"from {wording.moment(delivery.due_at, zone)} to {wording.moment(place.due_at, zone)}"
    events.add(tx, delivery.id, replace(told, sentence=f"{told.sentence}: {times}."))


@dataclass(frozen=True, slots=True)
class LastShuffle:
    """A shuffle that can still be undone: `before` is the order that it replaced, with the versions of now."""

    at: int
    who: str
    before: tuple[Standing, ...]


def _remember(ctx: Context, tx: Connection, account_id: int, before: Sequence[Delivery], told: Event) -> None:
    """Keep the order that was replaced; taking a shuffle back leaves nothing to take back."""
    versions = {delivery.id: delivery.version for delivery in _taking_part(ctx, tx, account_id)}
    order = [[delivery.id, versions[delivery.id]] for delivery in before]
    kept = {"at": told.at, "who": told.who, "before": order} if told.kind == "shuffled" else None
    preferences.put(tx, _key(account_id), json.dumps(kept) if kept else "")


def last_shuffle(ctx: Context, account_id: int) -> LastShuffle | None:
    """Return the last shuffle of an account's queue, None once anything in the queue has changed since."""
    with ctx.database.reading() as tx:
        kept = json.loads(preferences.get(tx, _key(account_id)) or "null")
        if kept is None:
            return None
        before = tuple((int(key), int(version)) for key, version in kept["before"])
        standing = {(delivery.id, delivery.version) for delivery in _taking_part(ctx, tx, account_id)}
    return LastShuffle(kept["at"], kept["who"], before) if standing == set(before) else None


def _key(account_id: int) -> str:
    return f"shuffled:{account_id}"
