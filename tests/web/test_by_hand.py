"""Posts by hand: at its time the person is told, with text and files, and ticks it off with the address."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import BY_HAND, Delivery, State
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import When
from scheduler.services.accounts.connect import connect
from scheduler.services.delivery import decisions, dispatch
from scheduler.services.library.assets import add_asset
from scheduler.services.operations import notices
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from tests.support.house import Visitor
from tests.support.live import LiveServer
from tests.support.pictures import camera_jpeg


@pytest.fixture
def board(live: LiveServer) -> Account:
    form = {"place": "Nextdoor, Ferry Street", "url": "https://nextdoor.example/feed"}
    return connect(live.context, "by_hand", form, {})


def due(live: LiveServer, board: Account, folder: Path) -> Delivery:
    """Schedule a post with a photo for now, let the worker take it, and return it."""
    file = folder / "photo.jpg"
    file.write_bytes(camera_jpeg(600, 400))
    photo = add_asset(live.context, file, "photo.jpg", "A runner at dawn").asset.id
    given = TeaserInput(text="Free back check", link="https://clinic.example/x", accounts=(board.id,), assets=(photo,),
                        when=When(now=True))  # fmt: skip
    made = schedule(live.context, given, Submission(key="one")).deliveries[0]
    for claimed in dispatch.claim_due(live.context, "w", 5):
        dispatch.send(live.context, claimed)
    return decisions.delivery(live.context, made.id)


def test_at_its_time_the_person_is_told_everything(live: LiveServer, live_client: Visitor, board: Account,
                                                   tmp_path: Path) -> None:  # fmt: skip
    handed = due(live, board, tmp_path)
    assert (handed.state, handed.reason, handed.maybe_live) == (State.NEEDS_HUMAN, BY_HAND, False)
    [notice] = notices.listing(live.context).unread
    assert notice.subject == "Time to post: Nextdoor, Ferry Street on By hand"
    assert "“Free back check https://clinic.example/x”. 1 file is on its page" in notice.sentence
    page = live_client.get(notice.path).text
    assert "Yours to post" in page
    assert "may be live" not in page
    assert 'href="https://nextdoor.example/feed"' in page
    photo = live_client.get(f"/admin/deliveries/{handed.id}/files/0")
    assert photo.data.startswith(b"\xff\xd8\xff")
    assert f"post-{handed.id}-1.jpg" in photo.headers["Content-Disposition"]
    photo.close()
    assert live_client.get(f"/admin/deliveries/{handed.id}/files/1").status_code == 404


def test_it_is_ticked_off_with_the_address(live: LiveServer, live_client: Visitor, board: Account,
                                           tmp_path: Path) -> None:  # fmt: skip
    handed = due(live, board, tmp_path)
    data = {"outcome": "published", "url": "https://nextdoor.example/p/1"}
    live_client.post(f"/admin/deliveries/{handed.id}/resolution", data=data)
    done = decisions.delivery(live.context, handed.id)
    assert (done.state, done.url, done.sentence) == (State.PUBLISHED, data["url"], "You posted it.")
    with live.context.database.writing() as tx:
        notices.close_what_is_over(tx, live.context.clock.now_ms())
    assert notices.listing(live.context).unread == ()


def test_a_place_needs_a_name_and_a_real_address(live: LiveServer) -> None:
    with pytest.raises(Invalid) as refusal:
        connect(live.context, "by_hand", {"place": "x" * 81, "url": "javascript:alert(1)"}, {})
    assert [problem.field for problem in refusal.value.problems] == ["place", "url"]
