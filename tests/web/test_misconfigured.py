"""Our own application is at fault (not paid, not approved, an old version): the platform waits, nothing is wasted."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from scheduler.domain.account import AccountState
from scheduler.domain.delivery import State
from scheduler.domain.teaser import Variant, When
from scheduler.platforms.registry import platform
from scheduler.services.accounts import health
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, prepare
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import accounts, notices
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.live import LiveServer
from tests.web.test_every_platform import VIDEOS_ONLY, file_for, wanted_options, work_until_settled

OWN_APP = ["facebook", "google_business", "instagram", "linkedin", "pinterest", "x", "youtube"]
"""Platforms that refuse our application with a code of its own. Threads gives the code of a missing right, which stops
the one account."""


def post_to(ctx: Context, account_id: int, media: str, key: str) -> int:
    account = health.account(ctx, account_id)
    given = TeaserInput(text=f"Strong hips {key}.", accounts=(account_id,), assets=(media,), when=When(now=True),
                        variants={account_id: Variant(options=wanted_options(account))})  # fmt: skip
    return schedule(ctx, given, Submission(key=key)).deliveries[0].id


def one_round(ctx: Context) -> None:
    """Be the worker once, one delivery after the other."""
    for taken in prepare.take_next(ctx, 5):
        prepare.prepare(ctx, taken)
    while claimed := dispatch.claim_due(ctx, "w", 1):
        dispatch.send(ctx, claimed[0])


@pytest.mark.parametrize("name", OWN_APP)
def test_one_refusal_of_our_application_stops_the_platform_and_its_mending_starts_it(
    live: LiveServer, live_client: Visitor, clock: StillClock, tmp_path: Path, name: str
) -> None:
    ctx, store = live.context, practice_store(live.context)
    first, second = (connect(ctx, name, {"service": "practice"}) for _ in range(2))
    media = file_for(ctx, first, tmp_path)
    owners = (first, second) if name in VIDEOS_ONLY else (first, first, second)  # YouTube takes no file twice
    waiting = [post_to(ctx, each.id, media, f"{number}") for number, each in enumerate(owners)]
    for each in store.accounts.all(name):
        store.set_switch(each.id, "misconfigured_app", requests=None)
    for _ in range(3):
        one_round(ctx)
        clock.move(minutes=2)
    found = [decisions.delivery(ctx, number) for number in waiting]
    assert {each.state for each in found} <= {State.HELD, State.SCHEDULED}
    assert sum(each.attempts for each in found) <= 1, "only the first try told us"
    assert store.feed(name) == []
    with ctx.database.reading() as tx:
        assert {each.state for each in accounts.all_accounts(tx)} == {AccountState.BROKEN}
        told = [notice for notice in notices.open_notices(tx) if platform(name).label in notice.subject]
    assert [notice.subject for notice in told] == [f"{platform(name).label}: your application there needs you"]
    assert told[0].sentence.split()[0]
    page = re.sub(r"\s+", " ", unescape(live_client.get("/admin/accounts/sign-ins").text))
    assert told[0].sentence.partition(". ")[0] in page
    for each in store.accounts.all(name):
        store.clear_switch(each.id)
    assert health.check(ctx, first.id).account.state is AccountState.CONNECTED
    with ctx.database.reading() as tx:
        assert {each.state for each in accounts.all_accounts(tx)} == {AccountState.CONNECTED}
        assert not [notice for notice in notices.open_notices(tx) if notice.cause == f"platform:{name}"]
    for number in waiting:
        done = work_until_settled(ctx, clock, number)
        assert done.state is State.PUBLISHED, done.sentence
    assert len(store.feed(name)) == len(waiting)


def test_a_check_that_finds_our_application_refused_tells_it_once(live: LiveServer) -> None:
    ctx, store, name = live.context, practice_store(live.context), "google_business"
    made = [connect(ctx, name, {"service": "practice"}) for _ in range(2)]
    for each in store.accounts.all(name):
        store.set_switch(each.id, "misconfigured_app", requests=None)
    for account in made:
        assert health.check(ctx, account.id).account.state is AccountState.BROKEN
    with ctx.database.reading() as tx:
        assert [notice.cause for notice in notices.open_notices(tx)] == [f"platform:{name}"]
