"""The page of a delivery answers: why then, why this text, what stands in its way, what happened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from scheduler.domain.account import Account
from scheduler.domain.breaker import FAULTS, after_fault
from scheduler.domain.delivery import State
from scheduler.domain.teaser import Variant, When
from scheduler.services.context import Context
from scheduler.services.delivery.lateness import settle_what_is_late
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule as put
from scheduler.storage import accounts, attempts, breakers, events, pauses, preparations, workers
from scheduler.storage.attempts import Attempt
from scheduler.storage.events import Event
from scheduler.storage.pauses import Pause
from scheduler.storage.preparations import Preparation
from scheduler.storage.schema import accounts as accounts_table
from scheduler.storage.workers import Worker
from tests.support.deliveries import schedule
from tests.support.house import Visitor
from tests.support.html import assert_strict, parse
from tests.support.newsroom import add_account


@pytest.fixture
def sky(context: Context) -> Account:
    """An account on a host, and a worker that lives."""
    account, now = add_account(context, "bluesky", "Harbor Clinic"), context.clock.now_ms()
    with context.database.writing() as tx:
        tx.execute(update(accounts_table).values(host="social.example"))
        workers.register(tx, Worker("w", "here", 1, "0", now, now))
    return account


def look(visitor: Visitor, delivery_id: int) -> str:
    answer = visitor.get(f"/admin/deliveries/{delivery_id}")
    assert_strict(answer.text)
    return " ".join(parse(answer.text).one("main").words().split())


def teaser(context: Context, account: Account, when: When, variant: str = "") -> int:
    variants = {account.id: Variant(variant)} if variant else {}
    given = TeaserInput(text="Strong hips.", accounts=(account.id,), when=when, variants=variants)
    return put(context, given, Submission(key=f"{when}{variant}")).deliveries[0].id


def test_why_then(owner_client: Visitor, context: Context, sky: Account) -> None:
    chosen = look(owner_client, teaser(context, sky, When(at="2026-12-01T09:30", zone="America/New_York")))
    assert "You chose Tue 1 December 2026, 09:30 EST." in chosen
    assert "If it cannot go out by Tue 1 December 2026, 15:30 EST, it is not sent: you decide then." in chosen
    queued = look(owner_client, teaser(context, sky, When(queue="next")))
    assert "Mon 23 November 2026, 09:00 EST was the free slot that the queue of Harbor Clinic gave it." in queued
    assert "You asked to send it at once" in look(owner_client, teaser(context, sky, When(now=True)))


def test_a_late_one_tells_its_turn(owner_client: Visitor, context: Context, sky: Account) -> None:
    late = [schedule(context, sky, text=f"Late {n}", hours=n - 2) for n in range(2)]
    with context.database.writing() as tx:
        settle_what_is_late(context, tx, context.clock.now_ms())
    page = look(owner_client, late[1])
    assert "It could not go out then. Its turn is Mon 23 November 2026, 08:15 EST" in page
    assert "It will go out Monday 23 November, 08:15 EST, in 15 minutes." in page


def test_why_this_text(owner_client: Visitor, context: Context, sky: Account) -> None:
    own = look(owner_client, teaser(context, sky, When(queue="next"), "Only here."))
    assert "You wrote these words for Harbor Clinic alone." in own
    assert "they change only when you edit the teaser" in own
    assert "the same for every account" in look(owner_client, teaser(context, sky, When(queue="next")))


def nothing(_context: Context, _account: Account) -> None:
    pass


def pause_everything(context: Context, _account: Account) -> None:
    with context.database.writing() as tx:
        pauses.pause(tx, Pause("A recall is in the news", "Alex Owner", context.clock.now_ms()))


def break_account(context: Context, account: Account) -> None:
    with context.database.writing() as tx:
        accounts.set_state(tx, account.id, "broken", "The sign-in was refused.", context.clock.now_ms())


def pause_account(context: Context, account: Account) -> None:
    with context.database.writing() as tx:
        accounts.set_state(tx, account.id, "paused", "You paused it.", context.clock.now_ms())


def host_down(context: Context, _account: Account) -> None:
    now = context.clock.now_ms()
    with context.database.writing() as tx:
        for _ in range(FAULTS):
            breakers.put(tx, after_fault(breakers.get(tx, "social.example"), "No connection.", now), now)


def throttled(context: Context, account: Account) -> None:
    with context.database.writing() as tx:
        accounts.set_not_before(tx, account.id, context.clock.now_ms() + 7_200_000)


def no_worker(context: Context, _account: Account) -> None:
    with context.database.writing() as tx:
        workers.remove(tx, "w")


def found_wanting(context: Context, _account: Account) -> None:
    with context.database.writing() as tx:
        preparations.put(tx, Preparation(1, "h", problem="Bluesky would refuse it: too long."))


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (nothing, "What stands in its way Nothing."),
        (pause_everything, "Alex Owner paused everything: “A recall is in the news”."),
        (break_account, "Harbor Clinic has to be connected again: The sign-in was refused."),
        (pause_account, "Harbor Clinic is paused."),
        (host_down, "social.example does not answer; it is asked again at 08:01 EST. No connection."),
        (throttled, "asked us to send nothing for this account before Mon 23 November 2026, 10:00 EST."),
        (no_worker, "The worker is not running"),
        (found_wanting, "Bluesky would refuse it: too long."),
    ],
)
def test_what_stands_in_its_way(
    owner_client: Visitor, context: Context, sky: Account, trouble: Callable[[Context, Account], None], words: str
) -> None:
    delivery_id = schedule(context, sky, hours=1)
    trouble(context, sky)
    page = look(owner_client, delivery_id)
    assert words in page
    if trouble is not nothing:
        assert "What stands in its way Nothing." not in page


def test_one_that_waits_for_another_names_it(owner_client: Visitor, context: Context, sky: Account) -> None:
    other = schedule(context, sky, hours=-0.02, state=State.UNKNOWN)
    page = owner_client.get(f"/admin/deliveries/{schedule(context, sky, hours=-0.01)}").text
    assert "The post before it is not settled yet." in page
    assert f'href="/admin/deliveries/{other}"' in page


def test_what_was_prepared_is_told(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id = schedule(context, sky, hours=0.1)
    with context.database.writing() as tx:
        preparations.put(tx, Preparation(delivery_id, "h", data="sealed", prepared_at=context.clock.now_ms()))
    assert "At 08:00 EST it was checked and its files were handed over." in look(owner_client, delivery_id)


def test_what_happened_is_one_story(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id, now = schedule(context, sky, state=State.PUBLISHED), context.clock.now_ms()
    tried = Attempt(
        n=1, action="publish", started_at=now + 1_000, ended_at=now + 1_200, outcome="Unknown", http_status=500,
        sentence="Fault.", detail="{}",
    )  # fmt: skip
    with context.database.writing() as tx:
        attempts.add(tx, delivery_id, tried)
        events.add(tx, delivery_id, Event(now + 2_000, "resolved", "You said that it is live.", "Alex Owner"))
        events.add(tx, delivery_id, Event(now + 500, "moved", "Moved from Monday.", "Alex Owner"))
    page = look(owner_client, delivery_id)
    story = ["Scheduled", "Moved from Monday.", "Fault.", "You said that it is live."]
    assert sorted(story, key=page.rindex) == story
    assert "What stands in its way" not in page
