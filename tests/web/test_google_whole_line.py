"""Google Business Profile and YouTube in the whole product: connected, prepared, sent, asked about, live."""

from __future__ import annotations

from pathlib import Path

from scheduler.domain.delivery import Delivery, State
from scheduler.domain.teaser import Variant, When
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, reconcile
from scheduler.services.library.assets import add_asset
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from tests.support.clock import StillClock
from tests.support.live import LiveServer
from tests.support.pictures import camera_jpeg, video


def sent(ctx: Context, account: int, assets: tuple[str, ...], **options: str) -> Delivery:
    given = TeaserInput(
        text="Come by.",
        link="https://clinic.example/open",
        assets=assets,
        accounts=(account,),
        variants={account: Variant(options=options)},
        replies=("More tomorrow.",) if options.get("privacy") else (),
        when=When(now=True),
    )
    made = schedule(ctx, given, Submission(key="one")).deliveries[0]
    for claimed in dispatch.claim_due(ctx, "w", 5):
        dispatch.send(ctx, claimed)
    return decisions.delivery(ctx, made.id)


def settle(ctx: Context, clock: StillClock, made: Delivery) -> Delivery:
    assert made.state is State.PENDING, made
    clock.move(minutes=2)
    for claimed in reconcile.due_looks(ctx):
        reconcile.settle_one(ctx, claimed)
    return decisions.delivery(ctx, made.id)


def test_an_offer_with_a_photo(live: LiveServer, clock: StillClock, tmp_path: Path) -> None:
    ctx = live.context
    account = connect(ctx, "google_business", {"service": "practice"})
    file = tmp_path / "knee.jpg"
    file.write_bytes(camera_jpeg(1200, 900))
    asset = add_asset(ctx, file, file.name, "A knee").asset.id
    dates = {"title": "Free visit", "starts": "2026-12-01T09:00", "ends": "2026-12-02T09:00"}
    done = settle(ctx, clock, sent(ctx, account.id, (asset,), kind="OFFER", **dates))
    assert done.state is State.PUBLISHED, done
    [post] = practice_store(ctx).feed("google_business")
    assert (len(post.images), post.permalink) == (1, done.url.removeprefix(ctx.settings.local_url))


def test_a_video_with_thumbnail_and_first_comment(live: LiveServer, clock: StillClock, tmp_path: Path) -> None:
    ctx = live.context
    account = connect(ctx, "youtube", {"service": "practice"})
    film, cover = video(tmp_path / "film.mp4", 1.0), tmp_path / "cover.jpg"
    cover.write_bytes(camera_jpeg(1280, 720))
    assets = tuple(add_asset(ctx, file, file.name, "An exercise").asset.id for file in (film, cover))
    done = settle(ctx, clock, sent(ctx, account.id, assets, title="Knees", privacy="unlisted"))
    assert done.state is State.PUBLISHED, done
    for claimed in dispatch.claim_due(ctx, "w", 5):
        dispatch.send(ctx, claimed)
    comment, post = practice_store(ctx).feed("youtube")
    assert (comment.text, "Knees" in post.text) == ("More tomorrow.", True)
