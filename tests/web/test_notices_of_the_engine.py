"""What the engine meets is told: refused posts, lost answers that nobody can settle, accounts that break and mend."""

from __future__ import annotations

import pytest

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import State
from scheduler.domain.notice import Notice
from scheduler.services.accounts import health
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.accounts.sessions import open_session, seal
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch, reconcile
from scheduler.storage import accounts, claims, deliveries, notices
from scheduler.storage.schema import deliveries as table
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.live import LiveServer
from tests.support.newsroom import add_account


@pytest.fixture
def account(live: LiveServer) -> Account:
    """A practice account on Bluesky."""
    return connect(live.context, "bluesky", {"service": "practice"})


@pytest.fixture
def toots(live: LiveServer) -> Account:
    """A practice account on Mastodon, which has nothing but its token to sign in with."""
    return connect(live.context, "mastodon", {"instance": "practice"})


def causes(ctx: Context) -> dict[str, Notice]:
    with ctx.database.reading() as tx:
        return {notice.cause: notice for notice in notices.open_notices(tx)}


def send(ctx: Context, account: Account, text: str) -> State:
    delivery_id = schedule(ctx, account, text=text, hours=0)
    [claimed] = dispatch.claim_due(ctx, "w", 1)
    dispatch.send(ctx, claimed)
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found
    return found.state


def test_posts_that_the_platform_refuses_are_one_notice(live: LiveServer, account: Account) -> None:
    for number in range(3):
        assert send(live.context, account, f"{number} " + "x" * 400) is State.FAILED
    notice = causes(live.context)[f"failed:{account.id}"]
    assert notice.count == 3
    assert notice.path == f"/admin/queue/?state=failed&account={account.id}"


def test_a_post_that_goes_out_is_no_news(live: LiveServer, account: Account) -> None:
    assert send(live.context, account, "Hello") is State.PUBLISHED
    assert causes(live.context) == {}


def test_a_sign_in_that_is_refused_is_told_and_over_once_connected_again(live: LiveServer, toots: Account) -> None:
    ctx, session = live.context, open_session(live.context, toots)
    store = practice_store(ctx).accounts
    owner = store.with_token(session.credentials["access_token"])
    assert owner
    revoke(ctx, toots)
    assert send(ctx, toots, "Hello") is State.HELD
    [notice] = causes(ctx).values()
    assert notice.cause == f"account:{toots.id}"
    assert notice.sentence.endswith("Its posts wait until then.")
    assert health.account(ctx, toots.id).state is AccountState.BROKEN
    assert health.check(ctx, toots.id).trouble
    assert causes(ctx)[f"account:{toots.id}"].count == 2
    token = store.add_token(owner[0].id, " ".join(owner[1]))
    with ctx.database.writing() as tx:
        accounts.set_credentials(tx, toots.id, seal(ctx, {**session.credentials, "access_token": token}), 0)
    assert health.check(ctx, toots.id).trouble == ""
    assert causes(ctx) == {}


def revoke(ctx: Context, account: Account) -> None:
    """Make the platform refuse the account's sign-in for good."""
    token = open_session(ctx, account).credentials["access_token"]
    practice_store(ctx).accounts.revoke_token(token)


def test_what_cannot_be_settled_asks_for_a_person(live: LiveServer, clock: StillClock) -> None:
    ctx = live.context
    hook = add_account(ctx, "webhook", "Hook")  # a webhook cannot be asked what it has
    delivery_id = schedule(ctx, hook, hours=0)
    [claimed] = dispatch.claim_due(ctx, "w", 1)
    with ctx.database.writing() as tx:
        claims.mark_started(tx, claimed, now=clock.now_ms(), margin=0)
        tx.execute(table.update().where(table.c.id == delivery_id).values(state="unknown", maybe_live=1))
    clock.move(hours=30)
    with ctx.database.reading() as tx:
        lost = deliveries.get(tx, delivery_id)
    assert lost
    reconcile.settle_one(ctx, lost)
    with ctx.database.reading() as tx:
        settled = deliveries.get(tx, delivery_id)
    assert settled and settled.state is State.NEEDS_HUMAN
    notice = causes(ctx)[f"needs_human:{hook.id}"]
    assert notice.subject.endswith("posts may be live, look and decide")
