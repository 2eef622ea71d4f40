"""What becomes of a late post is chosen for an account and for a teaser, and frozen when it is scheduled."""

from __future__ import annotations

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch
from scheduler.services.planning import changing, drafts
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import deliveries, events
from tests.support.clock import StillClock
from tests.support.newsroom import add_account

SOON = When(at="2026-11-23T10:00", zone="America/New_York")


@pytest.fixture
def sky(newsroom: Context) -> Account:
    return add_account(newsroom, "bluesky", "Clinic")


def account_rule(newsroom: Context, policy: str) -> None:
    file = newsroom.settings.config / "calendar.toml"
    text = file.read_text("utf-8")
    before = f'when_late = "{newsroom.settings.calendar.default.when_late}"'
    assert before in text
    file.write_text(text.replace(before, f'when_late = "{policy}"', 1), "utf-8")


def given(account: Account, policy: str = "", text: str = "Read this.") -> TeaserInput:
    return TeaserInput(text, accounts=(account.id,), when=SOON, late_policy=policy)


def stored(newsroom: Context, delivery_id: int) -> Delivery:
    with newsroom.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


@pytest.mark.parametrize("policy", list(LatePolicy))
def test_the_accounts_rule_holds_where_the_teaser_says_nothing(
    newsroom: Context, sky: Account, policy: LatePolicy
) -> None:
    account_rule(newsroom, policy)
    done = schedule(newsroom, given(sky), Submission())
    assert (done.teaser.late_policy, done.deliveries[0].late_policy) == ("", policy)


@pytest.mark.parametrize("policy", list(LatePolicy))
def test_the_teasers_own_rule_wins(newsroom: Context, sky: Account, policy: LatePolicy) -> None:
    account_rule(newsroom, "publish")
    done = schedule(newsroom, given(sky, policy), Submission())
    assert (done.teaser.late_policy, done.deliveries[0].late_policy) == (policy, policy)


def test_a_draft_keeps_the_choice(newsroom: Context, sky: Account) -> None:
    draft = drafts.save(newsroom, given(sky, "skip"), Submission())
    assert draft.late_policy == "skip"
    assert drafts.duplicate(newsroom, draft.id).late_policy == "skip"


def test_a_rule_that_there_is_not_is_refused(newsroom: Context, sky: Account) -> None:
    with pytest.raises(Invalid) as refused:
        schedule(newsroom, given(sky, "sometimes"), Submission())
    assert refused.value.problems[0].field == "late_policy"


def test_an_accounts_new_rule_leaves_what_waits_alone(newsroom: Context, sky: Account) -> None:
    waiting = schedule(newsroom, given(sky), Submission()).deliveries[0]
    account_rule(newsroom, "skip")
    assert stored(newsroom, waiting.id).late_policy == "hold"
    assert schedule(newsroom, given(sky), Submission()).deliveries[0].late_policy == "skip"


def test_a_teasers_new_rule_changes_what_waits(newsroom: Context, sky: Account) -> None:
    done = schedule(newsroom, given(sky), Submission())
    waiting = done.deliveries[0]
    which = Submission(teaser_id=done.teaser.id, version=done.teaser.version, who="Alex")
    changed = changing.change(newsroom, given(sky, "publish"), which)
    assert changed.teaser.late_policy == "publish"
    assert stored(newsroom, waiting.id).late_policy == "publish"
    assert stored(newsroom, waiting.id).payload_hash == waiting.payload_hash
    with newsroom.database.reading() as tx:
        history = events.of_delivery(tx, waiting.id)
    assert [(event.kind, event.who) for event in history] == [("scheduled", ""), ("late_policy", "Alex")]
    assert history[-1].sentence == "If it cannot go out in time: it goes out anyway, however late."


def test_new_words_alone_keep_the_rule_that_waits(newsroom: Context, sky: Account) -> None:
    done = schedule(newsroom, given(sky), Submission())
    account_rule(newsroom, "skip")
    which = Submission(teaser_id=done.teaser.id, version=done.teaser.version, who="Alex")
    changing.change(newsroom, given(sky, text="New words"), which)
    found = stored(newsroom, done.deliveries[0].id)
    assert (found.late_policy, "New words" in found.payload) == ("hold", True)
    with newsroom.database.reading() as tx:
        assert [event.kind for event in events.of_delivery(tx, found.id)] == ["scheduled", "rendered"]


@pytest.mark.parametrize(
    ("policy", "becomes"),
    [("hold", State.MISSED), ("skip", State.CANCELLED), ("publish", State.SENDING)],
)
def test_the_worker_does_as_the_teaser_says(
    newsroom: Context, sky: Account, clock: StillClock, policy: str, becomes: State
) -> None:
    waiting = schedule(newsroom, given(sky, policy), Submission()).deliveries[0]
    clock.now = waiting.late_after + 1
    dispatch.claim_due(newsroom, "the worker", 5)
    assert stored(newsroom, waiting.id).state is becomes
