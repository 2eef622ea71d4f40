"""Every platform on its practice network: connected with a click and by signing in, posted to, found in the feed."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import UNDER_WAY, Delivery, State
from scheduler.domain.teaser import Variant, When
from scheduler.platforms.registry import all_platforms, platform
from scheduler.practice.catalogue import networks
from scheduler.services.accounts import health
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from scheduler.services.delivery import decisions, dispatch, gate, prepare, reconcile
from scheduler.services.library.assets import add_asset
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import accounts
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.live import LiveServer
from tests.support.pictures import camera_jpeg, video

VIDEOS_ONLY = {"youtube"}
WITHOUT_ALT = {"google_business": "", "telegram": "", "youtube": "Strong hips"}
"""Platforms whose API takes no alternative text, and what their feed shows instead (YouTube its title); on every other
one it has to arrive."""
KEPT = {"threads": ["status"], "instagram": ["status_code"], "youtube": ["upload"]}
"""Platforms that can be asked about what was prepared, and how such a question looks."""
PRACTISED = [each.name for each in all_platforms() if each.practice]
SIGNED_IN = [each.name for each in all_platforms() if each.practice and any(way.redirects for way in each.ways)]


def test_every_platform_has_a_practice_network() -> None:
    assert set(networks()) == {each.name for each in all_platforms()} - {"by_hand"}
    assert set(PRACTISED) == set(networks()) - {"webhook"}, "a webhook's own receiver is not offered with a click"


def only_account(ctx: Context) -> Account:
    with ctx.database.reading() as tx:
        [account] = accounts.all_accounts(tx)
    return account


def file_for(ctx: Context, account: Account, folder: Path) -> str:
    """Return a photo, or a video where only videos are taken."""
    if account.platform not in VIDEOS_ONLY:
        file = folder / "photo.jpg"
        file.write_bytes(camera_jpeg(1200, 900))
    else:
        file = video(folder / "video.mp4", seconds=8)
    return add_asset(ctx, file, file.name, "A runner at dawn").asset.id


def work_until_settled(ctx: Context, clock: StillClock, delivery_id: int) -> Delivery:
    """Be the worker until the delivery is over or needs somebody."""
    for _ in range(60):
        for taken in prepare.take_next(ctx, 5):
            prepare.prepare(ctx, taken)
        for claimed in dispatch.claim_due(ctx, "w", 5):
            dispatch.send(ctx, claimed)
        reconcile.look_again(ctx)
        gate.release(ctx)
        found = decisions.delivery(ctx, delivery_id)
        if found.state not in UNDER_WAY | {State.SCHEDULED}:
            return found
        clock.move(seconds=20)
    return found


@pytest.mark.parametrize("name", PRACTISED)
def test_one_click_and_a_post_is_live(
    live: LiveServer, live_client: Visitor, clock: StillClock, tmp_path: Path, name: str
) -> None:
    assert live_client.post(f"/admin/accounts/practice/{name}").status_code == 302
    account, ctx = only_account(live.context), live.context
    media, when = file_for(ctx, account, tmp_path), When(now=True)
    given = TeaserInput(text="Strong hips for long runs.", accounts=(account.id,), assets=(media,), when=when,
                        variants={account.id: Variant(options=wanted_options(account))})  # fmt: skip
    [made] = schedule(ctx, given, Submission(key="one")).deliveries
    done = work_until_settled(ctx, clock, made.id)
    assert (done.state, done.sentence) == (State.PUBLISHED, done.sentence), done.sentence
    assert done.remote_id
    [post] = [post for post in practice_store(ctx).feed(name) if "Strong hips" in post.text + str(post.html)]
    assert [image.alt for image in post.images] == [WITHOUT_ALT.get(name, "A runner at dawn")]
    page = live_client.get(f"/admin/deliveries/{made.id}").text
    assert "Open the post" in page
    assert live_client.get(f"/admin/practice/{name}").status_code == 200


@pytest.mark.parametrize("failure", ["error_before", "error_after"])
@pytest.mark.parametrize("name", KEPT)
def test_a_lost_answer_is_settled_by_what_was_prepared(
    live: LiveServer, live_client: Visitor, clock: StillClock, tmp_path: Path, name: str, failure: str
) -> None:
    """The container or the upload session itself is asked: no list that lags behind can lead to a second post."""
    live_client.post(f"/admin/accounts/practice/{name}")
    account, ctx = only_account(live.context), live.context
    media, when = file_for(ctx, account, tmp_path), When(now=True)
    given = TeaserInput(text="Strong hips for long runs.", accounts=(account.id,), assets=(media,), when=when,
                        variants={account.id: Variant(options=wanted_options(account))})  # fmt: skip
    [made] = schedule(ctx, given, Submission(key="one")).deliveries
    store = practice_store(ctx)
    for claimed in dispatch.claim_due(ctx, "w", 5):
        store.set_switch(store.accounts.all(name)[0].id, failure)
        dispatch.send(ctx, claimed)
    assert decisions.delivery(ctx, made.id).state is State.UNKNOWN
    asked = len(store.requests.newest(name))
    clock.move(minutes=3)
    reconcile.look_again(ctx)
    found = decisions.delivery(ctx, made.id)
    assert found.state is (State.PUBLISHED if failure == "error_after" else State.SCHEDULED), found.sentence
    looked = [entry.path for entry in store.requests.newest(name)[: len(store.requests.newest(name)) - asked]]
    assert any(mark in path for path in looked for mark in KEPT[name]), looked
    assert work_until_settled(ctx, clock, made.id).state is State.PUBLISHED
    assert len(store.feed(name)) == 1


def wanted_options(account: Account) -> dict[str, str]:
    """Return what a post there cannot do without."""
    offered = {option.name: option for option in platform(account.platform).options(account.limits)}
    needed = {"title": "Strong hips", "board": offered["board"].choices[0][0] if "board" in offered else ""}
    return {name: value for name, value in needed.items() if name in offered and value}


@pytest.mark.parametrize("name", SIGNED_IN)
def test_the_wizard_signs_in_at_the_platform_and_comes_back(live: LiveServer, live_client: Visitor, name: str) -> None:
    way = next(way for way in platform(name).ways if way.redirects)
    start = f"/admin/accounts/connect/{name}?way={way.name}&practice=1"
    assert f"Sign in at {platform(name).label}" in live_client.get(start).text
    come_back = allowed(live, live_client, start)
    answer = live_client.get(come_back)
    if "/choice/" in answer.headers["Location"]:
        numbers = re.findall(r'name="chosen" value="(\d+)"', live_client.get(answer.headers["Location"]).text)
        answer = live_client.post(answer.headers["Location"], data={"chosen": numbers[0]})
    account = only_account(live.context)
    assert answer.headers["Location"] == f"/admin/accounts/{account.id}"
    assert account.practice
    assert health.check(live.context, account.id).account.state is AccountState.CONNECTED
    assert live_client.get(come_back).status_code == 404, "a state is good for one return"
    assert platform(name).label in live_client.get("/admin/accounts/sign-ins").text


@pytest.mark.parametrize("name", SIGNED_IN)
def test_who_says_no_is_told_that_nothing_was_connected(live: LiveServer, live_client: Visitor, name: str) -> None:
    way = next(way for way in platform(name).ways if way.redirects)
    start = f"/admin/accounts/connect/{name}?way={way.name}&practice=1"
    come_back = allowed(live, live_client, start, decision="refuse")
    answer = live_client.get(come_back)
    assert answer.status_code == 422
    assert "nothing was connected" in unescape(answer.text)
    with live.context.database.reading() as tx:
        assert accounts.all_accounts(tx) == []


def allowed(live: LiveServer, client: Visitor, start: str, decision: str = "allow") -> str:
    """Begin a sign-in, decide on the practice network's page, and return the path with which the person comes back."""
    leaving = client.post(start)
    assert leaving.status_code == 200, re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", leaving.text))[-1500:]
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', leaving.text)
    assert found
    address = unescape(found[1])
    assert address.startswith(live.url)
    asked = dict(parse_qsl(urlsplit(address).query))
    offered = re.findall(r'name="practice_account" value="(\w+)"', requests.get(address, timeout=20).text)
    decided = {**asked, "practice_decision": decision, "practice_account": offered[0]}
    answer = requests.get(address.partition("?")[0], params=decided, allow_redirects=False, timeout=20)
    assert answer.status_code in (302, 303), answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"
