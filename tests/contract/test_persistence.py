"""An answer of a platform is kept in hand until the database takes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from scheduler.domain.delivery import State
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, persistence
from scheduler.storage.engine import Connection
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.live import serve


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with serve(tmp_path, clock=StillClock()) as live:
        yield live.context


def after_the_post(ctx: Context, monkeypatch: pytest.MonkeyPatch, fail: int) -> list[bool]:
    """Let `fail` transactions fail that begin after the network has a post; return what each of those did."""
    real, tried = ctx.database.writing, list[bool]()

    @contextmanager
    def writing() -> Iterator[Connection]:
        with real() as tx:
            yield tx
            if practice_store(ctx).feed("bluesky"):
                tried.append(len(tried) >= fail)
                if not tried[-1]:
                    raise OperationalError("COMMIT", None, Exception("database or disk is full"))

    monkeypatch.setattr(ctx.database, "writing", writing)
    return tried


def claimed(ctx: Context) -> int:
    account = connect(ctx, "bluesky", {"service": "practice"}, {})
    return schedule(ctx, account, hours=0)


def test_a_full_disk_after_the_post_loses_nothing(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery_id = claimed(ctx)
    (delivery,) = dispatch.claim_due(ctx, "w", 1)
    tried = after_the_post(ctx, monkeypatch, fail=12)
    dispatch.send(ctx, delivery)
    found = decisions.delivery(ctx, delivery_id)
    assert (found.state, bool(found.remote_id)) == (State.PUBLISHED, True)
    assert tried == [False] * 12 + [True]
    assert len(practice_store(ctx).feed("bluesky")) == 1


def test_a_database_that_stays_away_is_given_up_in_the_end(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery_id = claimed(ctx)
    (delivery,) = dispatch.claim_due(ctx, "w", 1)
    start = ctx.clock.monotonic()
    after_the_post(ctx, monkeypatch, fail=10_000)
    with pytest.raises(OperationalError):
        dispatch.send(ctx, delivery)
    assert ctx.clock.monotonic() - start > persistence.PATIENCE_SECONDS
    assert decisions.delivery(ctx, delivery_id).state is State.SENDING, "the worker settles it as perhaps live"
