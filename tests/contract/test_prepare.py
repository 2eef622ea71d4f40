"""Preparing ahead: ten minutes before, checked and uploaded, so that the due moment holds one call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import State
from scheduler.domain.teaser import When
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, prepare
from scheduler.services.library.assets import add_asset
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import accounts, preparations
from scheduler.storage.preparations import Preparation
from tests.support.clock import StillClock
from tests.support.live import serve
from tests.support.pictures import camera_jpeg
from tests.support.posts import write_article


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ctx(tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    with serve(tmp_path, clock=clock) as live:
        yield live.context


@pytest.fixture(params=["bluesky", "mastodon"])
def account(request: pytest.FixtureRequest, ctx: Context) -> Account:
    field = "service" if request.param == "bluesky" else "instance"
    return connect(ctx, request.param, {field: "practice"}, {})


def at_nine(ctx: Context, account: Account, **more: object) -> int:
    """Schedule a teaser with a photo for 09:00, an hour from now."""
    when = When(at="2026-11-23T09:00", zone="America/New_York")
    given = TeaserInput(text="Strong hips.", accounts=(account.id,), when=when, **more)  # type: ignore[arg-type]
    return schedule(ctx, given, Submission(key="one")).deliveries[0].id


def add_photo(ctx: Context, folder: Path) -> str:
    file = folder / "photo.jpg"
    file.write_bytes(camera_jpeg(600, 400))
    return add_asset(ctx, file, "photo.jpg", "A runner at dawn").asset.id


def prepare_all(ctx: Context) -> int:
    taken = prepare.take_next(ctx, 10)
    for delivery in taken:
        prepare.prepare(ctx, delivery)
    return len(taken)


def kept(ctx: Context, delivery_id: int) -> Preparation:
    with ctx.database.reading() as tx:
        found = preparations.get(tx, delivery_id)
    assert found is not None
    return found


def writes(ctx: Context, account: Account) -> list[str]:
    """Return the calls that changed something at the network, oldest first."""
    entries = practice_store(ctx).requests.newest(account.platform)
    return [entry.path.rpartition("/")[2] for entry in reversed(entries) if entry.method == "POST"]


def test_the_due_moment_holds_one_writing_call(
    ctx: Context, clock: StillClock, account: Account, tmp_path: Path
) -> None:
    delivery_id = at_nine(ctx, account, assets=(add_photo(ctx, tmp_path),))
    clock.move(minutes=49)
    assert prepare_all(ctx) == 0, "not earlier than ten minutes before"
    clock.move(minutes=1)
    assert prepare_all(ctx) == 1
    assert prepare_all(ctx) == 0, "once is enough"
    assert kept(ctx, delivery_id).problem == ""
    before = writes(ctx, account)
    assert before, "the photo was uploaded"
    clock.move(minutes=10)
    (claimed,) = dispatch.claim_due(ctx, "w", 10)
    dispatch.send(ctx, claimed)
    assert len(writes(ctx, account)) == len(before) + 1
    assert decisions.delivery(ctx, delivery_id).state is State.PUBLISHED
    (post,) = practice_store(ctx).feed(account.platform)
    assert len(post.images) == 1


def test_what_was_prepared_is_sealed(ctx: Context, clock: StillClock, account: Account) -> None:
    delivery_id = at_nine(ctx, account)
    clock.move(minutes=55)
    prepare_all(ctx)
    assert "Strong hips" not in kept(ctx, delivery_id).data
    assert kept(ctx, delivery_id).data


def test_other_words_are_prepared_again(ctx: Context, clock: StillClock, account: Account) -> None:
    delivery_id = at_nine(ctx, account)
    clock.move(minutes=55)
    prepare_all(ctx)
    with ctx.database.writing() as tx:
        preparations.put(tx, Preparation(delivery_id, "of other words", "x", good_until=2**52))
    assert prepare.made_ahead(ctx, decisions.delivery(ctx, delivery_id), kept(ctx, delivery_id)) is None
    assert prepare_all(ctx) == 1


def test_a_refused_sign_in_is_known_ten_minutes_before(
    ctx: Context, clock: StillClock, account: Account, tmp_path: Path
) -> None:
    delivery_id = at_nine(ctx, account, assets=(add_photo(ctx, tmp_path),))
    store = practice_store(ctx)
    store.set_switch(store.accounts.all(account.platform)[0].id, "revoked_app", requests=None)
    clock.move(minutes=51)
    prepare_all(ctx)
    with ctx.database.reading() as tx:
        broken = accounts.get(tx, account.id)
    assert broken
    assert broken.state is AccountState.BROKEN
    assert kept(ctx, delivery_id).problem


def test_an_article_that_is_no_longer_public_is_told_before(ctx: Context, clock: StillClock, account: Account) -> None:
    write_article(ctx, "strong-hips")
    ctx.articles.refresh(force=True)
    article = ctx.articles.get("strong-hips")
    assert article
    delivery_id = at_nine(ctx, account, article_id=article.id)
    path = ctx.settings.posts / "strong-hips" / "index.md"
    path.write_text(path.read_text("utf-8").replace("status: published", "status: draft"), "utf-8")
    ctx.articles.refresh(force=True)
    clock.move(minutes=51)
    prepare_all(ctx)
    assert "is a draft" in kept(ctx, delivery_id).problem
    path.write_text(path.read_text("utf-8").replace("status: draft", "status: published"), "utf-8")
    ctx.articles.refresh(force=True)
    clock.move(minutes=2)
    assert prepare_all(ctx) == 1, "it is looked at again"
    assert kept(ctx, delivery_id).problem == ""
