"""Changing the words or photos of a teaser that is already scheduled.

What waits is rendered again, text and frozen payload in one transaction. What has gone out stays as it is. While a
delivery is being sent nothing may change: nobody could say afterwards which text went out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scheduler.domain import wording
from scheduler.domain.delivery import UNDER_WAY, WAITING, Delivery
from scheduler.domain.lateness import LATE_WORDS, LatePolicy
from scheduler.domain.problem import Conflict, Invalid, Problem, refuse
from scheduler.domain.teaser import Teaser
from scheduler.services.context import Context
from scheduler.services.planning import compose
from scheduler.services.planning.checking import Check, article_problems, check_content, teaser_problems
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.payloads import Material, compose_payload, gather
from scheduler.storage import accounts, deliveries, events, teasers
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event

UNDER_WAY_NOW = "A delivery of this teaser is being sent right now. Wait a minute, then look again."
ALL_GONE = "Everything of this teaser has gone out or was cancelled. Duplicate it to write a new one."


@dataclass(frozen=True, slots=True)
class Changed:
    """The teaser as stored, the deliveries that carry the new words, and those that keep the old ones."""

    teaser: Teaser
    rendered_again: tuple[Delivery, ...]
    untouched: tuple[Delivery, ...]


def split(tx: Connection, teaser_id: int) -> tuple[list[Delivery], list[Delivery]]:
    """Return the deliveries of a teaser that may still change, and the others."""
    found = deliveries.of_teaser(tx, teaser_id)
    open_ones = [delivery for delivery in found if is_open(delivery)]
    return open_ones, [delivery for delivery in found if not is_open(delivery)]


def is_open(delivery: Delivery) -> bool:
    """Return whether a delivery's words may still change: it waits, and was never perhaps live.

    What follows under a post keeps the words of the thread it continues: with the teaser's it would be a second copy.
    """
    return delivery.state in WAITING and not delivery.maybe_live and delivery.occurrence == 0


def check_changed(ctx: Context, teaser: Teaser) -> Check:
    """Return what speaks against new words of a scheduled teaser, for the accounts whose delivery still waits."""
    with ctx.database.reading() as tx:
        waiting, _ = split(tx, teaser.id)
        return _check(ctx, tx, teaser, waiting)


def change(ctx: Context, given: TeaserInput, which: Submission) -> Changed:
    """Store new words for a scheduled teaser and render its waiting deliveries again.

    Accounts and times stay (they are changed in the queue). Raises `Invalid` with every problem, `Conflict` when the
    teaser was changed elsewhere, is being sent, or has gone out altogether.
    """
    now = ctx.clock.now_ms()
    if which.teaser_id is None:
        raise ValueError("only a teaser that exists can be changed")
    with ctx.database.writing() as tx:
        stored = compose.known(tx, which.teaser_id)
        compose.require_version(stored, which)
        waiting, others = split(tx, stored.id)
        _require_changeable(given, stored, waiting, others)
        teaser = _changed(given, stored)
        if problems := _check(ctx, tx, teaser, waiting).errors:
            raise Invalid(problems)
        kept = teasers.change(tx, teaser, stored.version, now)
        material = gather(ctx, teaser)
        for delivery in waiting:
            _render_again(ctx, tx, material, (teaser, delivery), which.who)
        if teaser.late_policy != stored.late_policy:
            _change_late_policy(ctx, tx, teaser, which.who)
        fresh, _ = split(tx, stored.id)
        return Changed(kept, tuple(fresh), tuple(others))


def _changed(given: TeaserInput, stored: Teaser) -> Teaser:
    return replace(compose.teaser_of(given, stored), when=stored.when, accounts=stored.accounts)


def _require_changeable(given: TeaserInput, stored: Teaser, waiting: list[Delivery], others: list[Delivery]) -> None:
    if any(delivery.state in UNDER_WAY for delivery in others):
        raise Conflict(UNDER_WAY_NOW)
    if not waiting:
        raise Conflict(ALL_GONE)
    if given.accounts and set(given.accounts) != set(stored.accounts):
        raise refuse("accounts", "The accounts of a scheduled teaser stay. Cancel a delivery, or duplicate the teaser.")


def _check(ctx: Context, tx: Connection, teaser: Teaser, waiting: list[Delivery]) -> Check:
    material = gather(ctx, teaser)
    entries = []
    for delivery in waiting:
        if account := accounts.get(tx, delivery.account_id):
            entry = check_content(material, teaser, account, delivery.short_code)
            sentence = wording.will_go_out(delivery.due_at, delivery.at_zone, ctx.clock.now_ms())
            problems = _about_content(entry.problems)
            entries.append(replace(entry, due_at=delivery.due_at, sentence=sentence, problems=problems))
    times = [delivery.due_at for delivery in waiting]
    whole = teaser_problems(teaser, material)
    whole += article_problems(material.article, times, ctx.settings.calendar.zone)
    return Check(tuple(whole), tuple(entries))


def _about_content(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Leave out the account's own state: its waiting delivery is in the queue already, whatever the words are."""
    return tuple(problem for problem in problems if problem.field != "account")


def _render_again(ctx: Context, tx: Connection, material: Material, pair: tuple[Teaser, Delivery], who: str) -> None:
    teaser, delivery = pair
    account = accounts.get(tx, delivery.account_id)
    assert account is not None
    payload = compose_payload(material, teaser, account, delivery.short_code)
    if payload.digest() == delivery.payload_hash:
        return
    changed = deliveries.change_payload(
        tx,
        delivery.id,
        payload=payload.to_json(),
        payload_hash=payload.digest(),
        version=delivery.version,
        now=ctx.clock.now_ms(),
    )
    if not changed:
        raise Conflict(UNDER_WAY_NOW)
    sentence = "Its text, photos or link were changed: what is sent was rendered again."
    events.add(tx, delivery.id, Event(ctx.clock.now_ms(), "rendered", sentence, who))


def _change_late_policy(ctx: Context, tx: Connection, teaser: Teaser, who: str) -> None:
    """Give what still waits the teaser's new rule for being late, or its account's present one."""
    now = ctx.clock.now_ms()
    for delivery in split(tx, teaser.id)[0]:
        account = accounts.get(tx, delivery.account_id)
        assert account is not None  # a foreign key holds it
        policy = LatePolicy(teaser.late_policy or ctx.settings.calendar.rules_for(account.key).when_late)
        if policy == delivery.late_policy:
            continue
        if not deliveries.change_late_policy(tx, delivery.id, late_policy=policy, version=delivery.version, now=now):
            raise Conflict(UNDER_WAY_NOW)
        sentence = f"If it cannot go out in time: {LATE_WORDS[policy]}."
        events.add(tx, delivery.id, Event(now, "late_policy", sentence, who))
