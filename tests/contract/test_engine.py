"""The engine against both practice networks, over HTTP, with time held still: every failure ends in a true state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.problem import Conflict
from scheduler.domain.teaser import When
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, gate, reconcile
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import accounts, deliveries
from tests.support.clock import StillClock
from tests.support.live import serve
from tests.support.postgres import BOTH_DATABASES
from tests.support.posts import write_article

pytestmark = BOTH_DATABASES
WORKER = "the worker"
HELD_OR_LATER = {State.HELD, State.SCHEDULED}


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StillClock, database_environ: dict[str, str]) -> Iterator[Context]:
    with serve(tmp_path, clock=clock, environ=database_environ) as live:
        yield live.context


@pytest.fixture(params=["bluesky", "mastodon"])
def account(request: pytest.FixtureRequest, ctx: Context) -> Account:
    field = "service" if request.param == "bluesky" else "instance"
    return connect(ctx, request.param, {field: "practice"}, {})


def teaser(ctx: Context, account: Account, text: str = "Strong hips carry tired legs.", article_id: str = "") -> int:
    given = TeaserInput(text=text, article_id=article_id, accounts=(account.id,), when=When(now=True))
    return schedule(ctx, given, Submission(key=text)).deliveries[0].id


def switch(ctx: Context, account: Account, kind: str, requests: int | None = 1) -> None:
    store = practice_store(ctx)
    store.set_switch(store.accounts.all(account.platform)[0].id, kind, requests=requests, seconds=5)


def work(ctx: Context, clock: StillClock, rounds: int = 8, step_seconds: float = 30) -> None:
    """Let the engine run for a while: dispatch, look up, move the clock."""
    for _ in range(rounds):
        for claimed in dispatch.claim_due(ctx, WORKER, 10):
            dispatch.send(ctx, claimed)
        reconcile.look_again(ctx)
        clock.move(seconds=step_seconds)


def read(ctx: Context, delivery_id: int) -> Delivery:
    return decisions.delivery(ctx, delivery_id)


def posts(ctx: Context, account: Account) -> int:
    return len(practice_store(ctx).feed(account.platform))


def test_it_is_published_once_with_its_address(ctx: Context, clock: StillClock, account: Account) -> None:
    delivery_id = teaser(ctx, account)
    work(ctx, clock, rounds=2)
    found = read(ctx, delivery_id)
    assert (found.state, found.attempts, posts(ctx, account)) == (State.PUBLISHED, 1, 1)
    assert found.remote_id
    assert found.url.startswith("http")


@pytest.mark.parametrize("kind", ["error_after", "close_after", "duplicate"])
def test_a_lost_answer_is_found_again(ctx: Context, clock: StillClock, account: Account, kind: str) -> None:
    delivery_id = teaser(ctx, account)
    switch(ctx, account, kind)
    work(ctx, clock)
    found = read(ctx, delivery_id)
    assert (found.state, posts(ctx, account)) == (State.PUBLISHED, 1)
    assert found.maybe_live, "that it was perhaps live is never forgotten"


@pytest.mark.parametrize("kind", ["rate_limited", "error_before"])
def test_what_was_not_made_is_sent_later(ctx: Context, clock: StillClock, account: Account, kind: str) -> None:
    delivery_id = teaser(ctx, account)
    switch(ctx, account, kind)
    work(ctx, clock, rounds=1)
    assert read(ctx, delivery_id).state is not State.PUBLISHED
    work(ctx, clock, rounds=12)
    assert (read(ctx, delivery_id).state, posts(ctx, account)) == (State.PUBLISHED, 1)


def test_a_revoked_sign_in_breaks_the_account_and_holds_the_post(
    ctx: Context, clock: StillClock, account: Account
) -> None:
    delivery_id = teaser(ctx, account)
    switch(ctx, account, "revoked_app", requests=None)
    work(ctx, clock, rounds=3)
    with ctx.database.reading() as tx:
        broken = accounts.get(tx, account.id)
    assert broken
    assert (broken.state, bool(broken.problem)) == (AccountState.BROKEN, True)
    assert read(ctx, delivery_id).state is State.HELD
    assert posts(ctx, account) == 0


def test_a_teaser_waits_for_its_article(ctx: Context, clock: StillClock, account: Account) -> None:
    write_article(ctx, "strong-hips")
    path = ctx.settings.posts / "strong-hips" / "index.md"
    article = ctx.articles.get("strong-hips")
    assert article
    delivery_id = teaser(ctx, account, article_id=article.id)
    public = path.read_text("utf-8")
    path.write_text(public.replace("status: published", "status: draft"), "utf-8")
    ctx.articles.refresh(force=True)
    work(ctx, clock, rounds=2)
    held = read(ctx, delivery_id)
    assert (held.state, held.reason) == (State.HELD, gate.REASON)
    assert "Strong hips" in held.sentence
    assert gate.release(ctx) == 0
    path.write_text(public, "utf-8")
    ctx.articles.refresh(force=True)
    assert gate.release(ctx) == 1
    work(ctx, clock, rounds=2)
    assert (read(ctx, delivery_id).state, posts(ctx, account)) == (State.PUBLISHED, 1)


def test_what_a_thread_dropped_is_taken_back(ctx: Context, clock: StillClock, account: Account) -> None:
    delivery_id = teaser(ctx, account)
    (claimed,) = dispatch.claim_due(ctx, WORKER, 1)
    assert reconcile.take_back_dropped(ctx, WORKER, {claimed.id}) == 0
    assert reconcile.take_back_dropped(ctx, WORKER, set()) == 1
    work(ctx, clock, rounds=2)
    assert (read(ctx, delivery_id).state, posts(ctx, account)) == (State.PUBLISHED, 1)


def test_a_dropped_send_that_may_be_live_is_looked_up(ctx: Context, clock: StillClock, account: Account) -> None:
    """The worker published but could not write it down: no second post, whatever happens next."""
    delivery_id = teaser(ctx, account)
    (claimed,) = dispatch.claim_due(ctx, WORKER, 1)
    dispatch._Try(ctx, claimed).run()
    assert (read(ctx, delivery_id).state, posts(ctx, account)) == (State.SENDING, 1)
    reconcile.take_back_dropped(ctx, WORKER, set())
    assert read(ctx, delivery_id).state is State.UNKNOWN
    work(ctx, clock)
    assert (read(ctx, delivery_id).state, posts(ctx, account)) == (State.PUBLISHED, 1)


def test_a_mistaken_send_again_finds_the_post_instead_of_doubling_it(
    ctx: Context, clock: StillClock, account: Account
) -> None:
    delivery_id = teaser(ctx, account)
    (claimed,) = dispatch.claim_due(ctx, WORKER, 1)
    dispatch._Try(ctx, claimed).run()
    reconcile.take_back_dropped(ctx, WORKER, set())
    with ctx.database.writing() as tx:
        unknown = {State.UNKNOWN}
        assert deliveries.set_state(tx, delivery_id, State.NEEDS_HUMAN, expect=unknown, now=clock.now_ms())
    decisions.resolve(ctx, delivery_id, "send_again")
    work(ctx, clock)
    assert (read(ctx, delivery_id).state, posts(ctx, account)) == (State.PUBLISHED, 1)


def test_a_person_may_cancel_retry_and_resolve_only_what_waits_for_it(
    ctx: Context, clock: StillClock, account: Account
) -> None:
    delivery_id = teaser(ctx, account)
    with pytest.raises(Conflict, match="scheduled"):
        decisions.retry(ctx, delivery_id)
    with pytest.raises(Conflict, match="scheduled"):
        decisions.resolve(ctx, delivery_id, "drop")
    assert decisions.cancel(ctx, delivery_id).state is State.CANCELLED
    work(ctx, clock, rounds=2)
    assert posts(ctx, account) == 0
    with pytest.raises(Conflict, match="cancelled"):
        decisions.cancel(ctx, delivery_id)


def test_send_now_means_now(ctx: Context, clock: StillClock, account: Account) -> None:
    """A held delivery of tomorrow that is sent now does not wait for tomorrow."""
    given = TeaserInput(text="Later", accounts=(account.id,), when=When(at="2026-11-30T09:00", zone="America/New_York"))
    delivery_id = schedule(ctx, given, Submission(key="later")).deliveries[0].id
    with ctx.database.writing() as tx:
        now = clock.now_ms()
        deliveries.set_state(tx, delivery_id, State.HELD, expect={State.SCHEDULED}, now=now, reason="account")
    decisions.retry(ctx, delivery_id)
    work(ctx, clock, rounds=2)
    assert read(ctx, delivery_id).state is State.PUBLISHED
