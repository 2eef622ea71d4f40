"""A real worker process is killed with SIGKILL; what the network shows afterwards is the judge, not our own words."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scheduler.domain.delivery import Delivery, State
from scheduler.domain.teaser import When
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import attempts, claims, deliveries
from tests.support.live import LiveServer
from tests.support.worker import PATIENCE_SECONDS, start_worker, until, worker

NETWORKS = ("bluesky", "mastodon")


def teaser_for(ctx: Context, network: str) -> int:
    """Connect a practice account and schedule a teaser for now; return the delivery's id."""
    field = "service" if network == "bluesky" else "instance"
    account = connect(ctx, network, {field: "practice"}, {})
    given = TeaserInput(text="Strong hips carry tired legs.", accounts=(account.id,), when=When(now=True))
    return schedule(ctx, given, Submission(key=network)).deliveries[0].id


def read(ctx: Context, delivery_id: int) -> Delivery:
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def posts(ctx: Context, network: str) -> int:
    return len(practice_store(ctx).feed(network))


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize("network", NETWORKS)
def test_killed_between_request_and_answer_it_posts_once(house: LiveServer, tmp_path: Path, network: str) -> None:
    ctx = house.context
    delivery_id = teaser_for(ctx, network)
    store = practice_store(ctx)
    store.set_switch(store.accounts.all(network)[0].id, "hang_after", requests=1, seconds=60)

    first = start_worker(ctx, tmp_path)
    try:
        until(lambda: posts(ctx, network) == 1, "the network has the post")
        assert read(ctx, delivery_id).state is State.SENDING, "the answer is still on its way"
    finally:
        kill(first)

    with worker(ctx, tmp_path):
        until(lambda: read(ctx, delivery_id).state is State.PUBLISHED, "the new worker finds the post")
    found = read(ctx, delivery_id)
    with ctx.database.reading() as tx:
        tried = attempts.of_delivery(tx, delivery_id)
    assert posts(ctx, network) == 1
    assert found.remote_id
    sent = [attempt for attempt in tried if attempt.action == "publish"]
    assert [attempt.outcome for attempt in sent] == ["Unknown"], "the broken-off try is told; nothing was sent again"
    assert "look-up" in [attempt.action for attempt in tried]


def test_killed_before_the_request_it_is_sent_once(house: LiveServer, tmp_path: Path) -> None:
    ctx = house.context
    delivery_id = teaser_for(ctx, "bluesky")
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        claimed = claims.claim(tx, worker_id="the dead one", now=now, lease_until=now + 60_000, limit=1)
    assert [d.id for d in claimed] == [delivery_id]

    with worker(ctx, tmp_path):
        until(lambda: read(ctx, delivery_id).state is State.PUBLISHED, "the new worker sends it")
    assert posts(ctx, "bluesky") == 1


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("switch", ["close_after", "error_after"])
def test_a_lost_answer_is_looked_up_and_never_sent_again(
    house: LiveServer, tmp_path: Path, network: str, switch: str
) -> None:
    ctx = house.context
    delivery_id = teaser_for(ctx, network)
    store = practice_store(ctx)
    store.set_switch(store.accounts.all(network)[0].id, switch, requests=1)
    with worker(ctx, tmp_path):
        until(lambda: read(ctx, delivery_id).state is State.PUBLISHED, "the look-up finds the post")
    assert posts(ctx, network) == 1


def test_a_second_worker_is_refused_while_the_first_lives(house: LiveServer, tmp_path: Path) -> None:
    with worker(house.context, tmp_path):
        until(lambda: "is ready" in (tmp_path / "worker.log").read_text(), "the first worker is ready")
        second = start_worker(house.context, tmp_path)
        assert second.wait(PATIENCE_SECONDS) == 1
    assert "A worker is running here already" in (tmp_path / "worker.log").read_text()
    assert "Traceback" not in (tmp_path / "worker.log").read_text()


def test_it_stops_in_good_order(house: LiveServer, tmp_path: Path) -> None:
    with worker(house.context, tmp_path) as process:
        until(lambda: "is ready" in (tmp_path / "worker.log").read_text(), "the worker is ready")
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0
