"""Search engines and feed readers are told of each change once, whatever happens in between; on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from scheduler.domain.addresses import FEED_FILES
from scheduler.services.context import Context
from scheduler.services.site import announcing
from scheduler.storage import announcements
from scheduler.storage.announcements import Told, Way
from scheduler.storage.engine import Database
from tests.support.clock import StillClock
from tests.support.house import furnish
from tests.support.listener import Listener, listening
from tests.support.posts import write_article

NOW = 1_795_000_000_000
"""A day in November 2026."""


@pytest.fixture
def clock() -> StillClock:
    return StillClock(NOW)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def house(tmp_path: Path, clock: StillClock, listener: Listener) -> Iterator[Context]:
    """A house with one article, whose site, search engines and hub all live at the listener."""
    environ = {"DRUMBEAT_ALLOW_PRIVATE_NETWORK": "1", "DRUMBEAT_BASE_URL": listener.url}
    (tmp_path / "house").mkdir()
    with furnish(tmp_path / "house", clock=clock, environ=environ) as context:
        file = context.settings.config / "site.toml"
        text = file.read_text("utf-8").replace('websub_hub = ""', f'websub_hub = "{listener.url}/hub"')
        file.write_text(
            text.replace("indexnow = true", f'indexnow = true\nindexnow_api = "{listener.url}/indexnow"'), "utf-8"
        )
        write_article(context, "first", categories=["Running/Knee"])
        yield context


def indexed(listener: Listener) -> list[list[str]]:
    """Return the paths of each message to the search engines."""
    messages = [json.loads(body) for path, body in listener.told if path == "/indexnow"]
    return [[url.removeprefix(listener.url) for url in message["urlList"]] for message in messages]


def pinged(listener: Listener) -> list[str]:
    """Return the feeds that the hub was told of."""
    bodies = [parse_qs(body.decode()) for path, body in listener.told if path == "/hub"]
    assert all(body["hub.mode"] == ["publish"] for body in bodies)
    return [body["hub.url"][0].removeprefix(listener.url) for body in bodies]


def test_an_article_is_told_once_with_proof(house: Context, listener: Listener) -> None:
    announcing.announce_due(house)
    announcing.announce_due(house)
    assert indexed(listener) == [["/blog/first/"]]
    message = json.loads(next(body for path, body in listener.told if path == "/indexnow"))
    assert message["host"] == listener.url.removeprefix("http://")
    assert message["keyLocation"] == f"{listener.url}/{message['key']}.txt"
    assert len(message["key"]) == 32
    assert set(pinged(listener)) == {
        page + name for page in ("/", "/blog/category/running/", "/blog/category/running/knee/") for name in FEED_FILES
    }
    assert len(pinged(listener)) == 9
    assert listener.asked[0] == "/blog/first/", "the page is looked at before anybody is sent there"


def test_a_change_is_told_after_a_rest_and_what_goes_is_told(
    house: Context, listener: Listener, clock: StillClock
) -> None:
    announcing.announce_due(house)
    write_article(house, "first", body="New words.", categories=["Running/Knee"])
    announcing.announce_due(house)
    assert len(indexed(listener)) == 1, "many edits in a row are one message"
    clock.move(minutes=10)
    announcing.announce_due(house)
    assert indexed(listener)[1:] == [["/blog/first/"]]
    write_article(house, "first", status="draft")
    announcing.announce_due(house)
    assert indexed(listener)[2:] == [["/blog/first/"]], "gone is news at once"
    clock.move(minutes=60)
    announcing.announce_due(house)
    assert len(indexed(listener)) == 3


def test_nothing_is_lost_while_they_refuse(house: Context, listener: Listener, clock: StillClock) -> None:
    listener.status, listener.headers = 429, {"Retry-After": "7200"}
    announcing.announce_due(house)
    assert "429" in announcing.standing(house)["indexnow"].trouble
    listener.status, listener.headers = 200, {}
    clock.move(minutes=119)
    announcing.announce_due(house)
    assert len(indexed(listener)) == 1, "whoever asks to be left alone is left alone"
    clock.move(minutes=2)
    announcing.announce_due(house)
    assert indexed(listener) == [["/blog/first/"], ["/blog/first/"]]
    assert announcing.standing(house)["indexnow"] == Way(0, 0, house.clock.now_ms(), "")


def test_a_missing_proof_says_which_address_must_answer(house: Context, listener: Listener) -> None:
    listener.status = 403
    announcing.announce_due(house)
    assert f"{listener.url}/{announcing.key(house)}.txt" in announcing.standing(house)["indexnow"].trouble


def test_nobody_is_sent_to_a_page_that_does_not_answer(house: Context, listener: Listener, clock: StillClock) -> None:
    listener.page_status = 502
    announcing.announce_due(house)
    assert listener.told == []
    assert "status 502" in announcing.standing(house)["websub"].trouble
    listener.page_status = 200
    clock.move(minutes=5)
    announcing.announce_due(house)
    assert indexed(listener) == [["/blog/first/"]]


@pytest.mark.parametrize("hidden", [{"status": "draft"}, {"noindex": True}, {"canonical": "https://example.org/a"}])
def test_what_is_not_to_be_listed_is_not_told(house: Context, listener: Listener, hidden: dict[str, Any]) -> None:
    write_article(house, "first", **hidden)
    announcing.announce_due(house)
    assert listener.told == []


def test_an_article_is_told_when_its_time_comes(house: Context, listener: Listener, clock: StillClock) -> None:
    write_article(house, "first", status="scheduled", date="2027-01-01T09:00:00Z")
    announcing.announce_due(house)
    assert listener.told == []
    clock.move(days=60)
    announcing.announce_due(house)
    assert indexed(listener) == [["/blog/first/"]]


def test_a_site_that_nobody_can_visit_tells_nobody(tmp_path: Path, clock: StillClock) -> None:
    with furnish(tmp_path, clock=clock) as context:
        write_article(context, "first")
        assert not announcing.wants_indexnow(context)
        announcing.announce_due(context)
        assert announcing.standing(context)["indexnow"] == Way()


def test_what_was_told_is_kept_by_both_databases(database: Database) -> None:
    many = {f"/blog/{number}/": "a" for number in range(1_201)}
    with database.writing() as tx:
        announcements.note(tx, "indexnow", many, 5)
        announcements.note(tx, "indexnow", {"/blog/3/": "b"}, 6)
        announcements.forget(tx, "indexnow", [f"/blog/{number}/" for number in range(4, 1_201)])
        announcements.set_standing(tx, "indexnow", Way(1, 7, 0, "no"))
        announcements.set_standing(tx, "indexnow", Way(0, 0, 8, ""))
    with database.reading() as tx:
        told = announcements.told(tx, "indexnow")
        assert told == {f"/blog/{number}/": Told("a", 5) for number in range(3)} | {"/blog/3/": Told("b", 6)}
        assert announcements.told(tx, "websub") == {}
        assert announcements.standing(tx, "indexnow") == Way(0, 0, 8, "")
