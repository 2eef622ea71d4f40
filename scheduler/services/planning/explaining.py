"""Every delivery in plain words: why then, why this text, what stands in its way, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.domain import wording
from scheduler.domain.account import Account, AccountState
from scheduler.domain.breaker import Breaker
from scheduler.domain.delivery import UNDER_WAY, WAITING, Delivery, State
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.slots import parse_wall, shifted_by_gap
from scheduler.domain.teaser import Teaser
from scheduler.services.context import Context
from scheduler.services.operations.health import worker_problem
from scheduler.services.planning import blackouts
from scheduler.services.planning.overview import Row
from scheduler.storage import attempts, breakers, events, listings, pauses, preparations
from scheduler.storage.attempts import Attempt
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event
from scheduler.storage.pauses import Pause
from scheduler.storage.preparations import Preparation

_POLICIES = {
    LatePolicy.HOLD: "If it cannot go out by {}, it is not sent: you decide then.",
    LatePolicy.PUBLISH: "It goes out even if it is late.",
    LatePolicy.SKIP: "If it cannot go out by {}, it is skipped.",
}


CALENDAR = "/admin/calendar/"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that keeps a delivery from going out, and the page where it can be removed ("" when it passes)."""

    sentence: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answers about one delivery. `history` has events and attempts by time, oldest first."""

    why_then: tuple[str, ...]
    why_text: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    ready: str
    history: tuple[Event | Attempt, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the database knows about a delivery besides its row."""

    pause: Pause | None
    breaker: Breaker
    preparation: Preparation | None
    ahead: Delivery | None
    history: tuple[Event | Attempt, ...]


def explain(ctx: Context, row: Row, teaser: Teaser) -> Explanation:
    """Return the answers about the delivery of `row`, which carries the words of `teaser`."""
    delivery = row.delivery
    with ctx.database.reading() as tx:
        facts = _facts(tx, delivery, row.account)
    waits = delivery.state in WAITING
    return Explanation(
        why_then=tuple(_why_then(ctx, delivery, row.account, teaser)),
        why_text=tuple(_why_text(row, teaser)),
        obstacles=tuple(_obstacles(ctx, row, facts)) if waits else (),
        ready=_ready(ctx, facts.preparation) if waits else "",
        history=facts.history,
    )


def _facts(tx: Connection, delivery: Delivery, account: Account) -> _Facts:
    told: list[Event | Attempt] = [*events.of_delivery(tx, delivery.id), *attempts.of_delivery(tx, delivery.id)]
    under_way = listings.search(tx, states=UNDER_WAY - {State.PENDING}, account_id=account.id, limit=1)
    return _Facts(
        pause=pauses.everything(tx),
        breaker=breakers.read(tx, account.host),
        preparation=preparations.get(tx, delivery.id),
        ahead=under_way[0] if under_way and under_way[0].id != delivery.id else None,
        history=tuple(sorted(told, key=lambda line: line.at if isinstance(line, Event) else line.started_at)),
    )


def _why_then(ctx: Context, delivery: Delivery, account: Account, teaser: Teaser) -> Iterator[str]:
    zone = delivery.at_zone or ctx.settings.calendar.zone
    meant = wording.moment(delivery.due_at, zone)
    if delivery.queued:
        yield f"{meant} was the free slot that the queue of {account.name} gave it."
    elif teaser.when.now and delivery.due_at - delivery.created_at < 60_000:
        yield f"You asked to send it at once, at {meant}."
    else:
        yield f"You chose {meant}."
    if delivery.at_wall and shifted_by_gap(parse_wall(delivery.at_wall), zone):
        yield f"The clocks go forward: {delivery.at_wall[11:16]} does not exist that day, so it is right after the gap."
    if delivery.turn_at > delivery.due_at and delivery.state in WAITING:
        turn = wording.moment(delivery.turn_at, ctx.settings.calendar.zone)
        yield f"It could not go out then. Its turn is {turn}, so that late posts keep the account's distance."
    if delivery.state in WAITING:
        latest = wording.moment(delivery.late_after, ctx.settings.calendar.zone)
        yield _POLICIES[LatePolicy(delivery.late_policy)].format(latest)


def _why_text(row: Row, teaser: Teaser) -> Iterator[str]:
    variant = teaser.variants.get(row.account.id)
    if variant is not None and variant.text is not None:
        yield f"You wrote these words for {row.account.name} alone."
    elif teaser.template:
        yield f"They began as the template “{teaser.template.replace('_', ' ')}” of the article."
    else:
        yield "These are the words of the teaser, the same for every account without its own."
    if row.payload.link and row.delivery.short_code in row.payload.link.url:
        yield f"The link carries the code {row.delivery.short_code}: it counts clicks, and finds the post again."
    if row.delivery.state in WAITING:
        yield "They are kept exactly like this; they change only when you edit the teaser."


def _obstacles(ctx: Context, row: Row, facts: _Facts) -> Iterator[Obstacle]:
    delivery, account, now = row.delivery, row.account, ctx.clock.now_ms()
    zone = ctx.settings.calendar.zone
    if problem := worker_problem(ctx):
        yield Obstacle(problem)
    if facts.pause:
        yield Obstacle(f"{facts.pause.who} paused everything: “{facts.pause.reason}”.", "/admin/pause/")
    if account.state is AccountState.PAUSED:
        yield Obstacle(f"{account.name} is paused.", f"/admin/accounts/{account.id}")
    if account.state is AccountState.BROKEN:
        yield Obstacle(f"{account.name} has to be connected again: {account.problem}", f"/admin/accounts/{account.id}")
    if account.not_before > max(now, delivery.due_at):
        until = wording.moment(account.not_before, zone)
        yield Obstacle(f"{row.platform.label} asked us to send nothing for this account before {until}.")
    if facts.breaker.open_until > now:
        until = wording.clock_time(facts.breaker.open_until, zone)
        yield Obstacle(f"{facts.breaker.host} does not answer; it is asked again at {until}. {facts.breaker.sentence}")
    if facts.ahead and delivery.due_at <= now:
        yield Obstacle("The post before it is not settled yet.", f"/admin/deliveries/{facts.ahead.id}")
    closed = blackouts.forecast(ctx, delivery, account)
    if closed and delivery.state is State.SCHEDULED:
        yield Obstacle(closed, CALENDAR)
    yield from (obstacle for obstacle in _content(row, facts.preparation) if obstacle.sentence != closed)


def _content(row: Row, preparation: Preparation | None) -> Iterator[Obstacle]:
    href = f"/admin/articles/{row.article.slug}" if row.article else f"/admin/teasers/{row.delivery.teaser_id}"
    if row.delivery.reason == blackouts.REASON:
        href = CALENDAR
    known = {row.why if row.delivery.state is State.SCHEDULED else row.delivery.sentence, _problem(preparation)} - {""}
    for sentence in sorted(known):
        if sentence.startswith("It waits: "):  # the account's own state, told above
            continue
        yield Obstacle(sentence, href)


def _problem(preparation: Preparation | None) -> str:
    return preparation.problem if preparation else ""


def _ready(ctx: Context, preparation: Preparation | None) -> str:
    if preparation is None or not preparation.data:
        return ""
    at = wording.clock_time(preparation.prepared_at, ctx.settings.calendar.zone)
    return f"At {at} it was checked and its files were handed over. One call is left, at its time."
