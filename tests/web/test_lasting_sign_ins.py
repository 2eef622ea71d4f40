"""Sign-ins whose tokens end within the hour or the month: deliveries go out long after, without anybody's help."""

from __future__ import annotations

import pytest

from scheduler.domain.delivery import State
from scheduler.domain.teaser import When
from scheduler.practice.networks.bluesky.oauth import ACCESS_MS
from scheduler.services.accounts import renewal
from scheduler.services.accounts.practice import practice_store
from scheduler.services.accounts.sessions import open_session
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.live import LiveServer
from tests.web.test_every_platform import allowed, only_account, work_until_settled


def _signed_in(live: LiveServer, client: Visitor) -> int:
    answer = client.get(allowed(live, client, "/admin/accounts/connect/bluesky?way=oauth&practice=1"))
    assert answer.status_code == 302
    return only_account(live.context).id


@pytest.mark.parametrize("worker", ["renews ahead", "slept"])
def test_a_post_long_after_the_first_token_ended(
    live: LiveServer, live_client: Visitor, clock: StillClock, worker: str
) -> None:
    account_id, ctx = _signed_in(live, live_client), live.context
    before = open_session(ctx, only_account(ctx)).credentials["refresh_token"]
    clock.move(seconds=ACCESS_MS // 1000 - 60)
    if worker == "renews ahead":
        assert renewal.renew_due(ctx) == 1
    clock.move(seconds=120)
    given = TeaserInput(text="Strong hips for long runs.", accounts=(account_id,), when=When(now=True))
    [made] = schedule(ctx, given, Submission(key="one")).deliveries
    done = work_until_settled(ctx, clock, made.id)
    assert done.state is State.PUBLISHED, done.sentence
    assert open_session(ctx, only_account(ctx)).credentials["refresh_token"] != before
    assert [post.text for post in practice_store(ctx).feed("bluesky")] == ["Strong hips for long runs."]


def test_what_is_kept_of_a_sign_in_is_sealed(live: LiveServer, live_client: Visitor) -> None:
    _signed_in(live, live_client)
    kept = open_session(live.context, only_account(live.context)).credentials
    for file in live.context.settings.data.rglob("drumbeat.db*"):
        written = file.read_bytes()
        assert not any(kept[name].encode() in written for name in ("access_token", "refresh_token", "dpop_key"))
