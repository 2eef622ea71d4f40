"""The big red button in the browser and in the API: one press, a banner everywhere, and what resuming does."""

from __future__ import annotations

import pytest
from flask import Flask

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.services.context import Context
from scheduler.services.operations import pause
from scheduler.services.operations.users import create_user
from tests.support.api import Program, errors
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.house import Visitor
from tests.support.html import assert_strict, parse
from tests.support.newsroom import add_account

PAGES = ("/admin/", "/admin/queue/", "/admin/calendar/", "/admin/articles/", "/admin/media/", "/admin/settings/site")


@pytest.fixture
def sky(context: Context) -> Account:
    return add_account(context, "bluesky", "Harbor Clinic")


@pytest.fixture
def editor(app: Flask, context: Context) -> Visitor:
    made = app.test_client()
    assert isinstance(made, Visitor)
    user = create_user(
        context, email="kim@ferrystreet.example", name="Kim Editor", password="a long password", role="editor"
    )
    return made.log_in(user)


def test_one_press_with_a_reason_pauses_and_every_page_says_so(owner_client: Visitor, context: Context) -> None:
    answer = owner_client.post("/admin/pause/", data={"reason": "A <b>crisis</b>"}, follow_redirects=True)
    assert_strict(answer.text)
    found = pause.present(context)
    assert found
    assert (found.reason, found.who) == ("A <b>crisis</b>", "Alex Owner")
    for path in PAGES:
        banner = parse(owner_client.get(path).text).one("section", class_="paused")
        assert "Everything is paused: A <b>crisis</b>" in banner.words(), path
        assert "Alex Owner pressed the button now, Mon 23 November 2026, 08:00 EST" in banner.words()
        assert banner.one("form").attributes["action"] == "/admin/pause/end"


def test_the_button_is_on_every_page_while_all_runs(owner_client: Visitor) -> None:
    for path in PAGES:
        page = parse(owner_client.get(path).text)
        assert page.all("section", class_="paused") == []
        assert page.one("dialog", id="pause-everything").one("form").attributes["action"] == "/admin/pause/"
        assert any(link.attributes.get("data-opens") == "pause-everything" for link in page.all("a"))


def test_without_a_reason_nothing_is_paused(owner_client: Visitor, context: Context) -> None:
    answer = owner_client.post("/admin/pause/", data={"reason": " "})
    assert answer.status_code == 422
    assert "Write a short reason" in answer.text
    assert pause.present(context) is None


def test_editors_may_pause_and_resume(editor: Visitor, context: Context) -> None:
    editor.post("/admin/pause/", data={"reason": "A crisis"})
    found = pause.present(context)
    assert found
    assert found.who == "Kim Editor"
    editor.post("/admin/pause/end")
    assert pause.present(context) is None


def test_a_stranger_may_neither(client: Visitor, context: Context) -> None:
    assert client.post("/admin/pause/", data={"reason": "x"}).status_code == 401
    assert pause.present(context) is None
    pause.pause(context, "A crisis", "Alex")
    client.post("/admin/pause/end")
    assert pause.present(context)


def test_its_page_names_what_is_on_the_way_and_what_is_late(
    owner_client: Visitor, context: Context, sky: Account, clock: StillClock
) -> None:
    other = add_account(context, "mastodon", "Harbor Clinic")
    schedule(context, sky, text="On its way", state=State.SENDING)
    schedule(context, other, text="Late soon", hours=0.5)
    pause.pause(context, "A crisis", "Alex")
    clock.move(hours=1)
    page = owner_client.get("/admin/pause/")
    assert_strict(page.text)
    assert "On its way" in page.text
    assert "1 post goes out late, one after the other" in page.text
    resumed = owner_client.post("/admin/pause/end", follow_redirects=True)
    assert "Drumbeat publishes again. 1 post goes out late" in resumed.text


def test_a_second_press_says_who_was_first(owner_client: Visitor, context: Context) -> None:
    pause.pause(context, "A crisis", "Kim")
    page = owner_client.post("/admin/pause/", data={"reason": "Mine"}, follow_redirects=True).text
    assert "Everything is paused already, by Kim: A crisis" in page
    owner_client.post("/admin/pause/end")
    assert "Nothing is paused as a whole any more" in owner_client.post("/admin/pause/end", follow_redirects=True).text


def test_a_waiting_delivery_says_what_it_waits_for(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id = schedule(context, sky)
    pause.pause(context, "A crisis", "Kim")
    assert "Kim paused everything: “A crisis”." in owner_client.get(f"/admin/deliveries/{delivery_id}").text


def test_a_program_pauses_and_resumes(app: Flask, context: Context, sky: Account, clock: StillClock) -> None:
    program = Program(app, context, "read", "write")
    schedule(context, sky, hours=0.5)
    sending = schedule(context, add_account(context, "mastodon", "Harbor Clinic"), state=State.SENDING)
    nothing = {"due": 0, "missed": 0, "skipped": 0}
    running = {"paused": False, "reason": None, "who": None, "since": None, "in_flight": [sending], "late": nothing}
    assert program.get("/pause").json == running
    pressed = program.post("/pause", {"reason": "A crisis"}, key="k")
    since = "2026-11-23T13:00:00.000Z"
    paused = {"paused": True, "reason": "A crisis", "who": "a program", "since": since}
    assert pressed.json == running | paused
    assert program.post("/pause", {"reason": "A crisis"}, key="k").data == pressed.data
    assert program.post("/pause", {"reason": "Again"}).status_code == 409
    clock.move(hours=1)
    assert program.delete("/pause").json == running | {"late": nothing | {"due": 1}}
    assert program.delete("/pause").status_code == 409


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": 7}, {"reason": "x" * 501}])
def test_a_program_has_to_say_why(app: Flask, context: Context, body: dict[str, object]) -> None:
    answer = Program(app, context, "write").post("/pause", body)
    assert answer.status_code == 422
    assert "reason" in errors(answer)
    assert pause.present(context) is None


def test_reading_is_not_enough_to_pause(app: Flask, context: Context) -> None:
    reader = Program(app, context, "read")
    assert reader.get("/pause").status_code == 200
    assert reader.post("/pause", {"reason": "A crisis"}).status_code == 403
    assert reader.delete("/pause").status_code == 403


def test_watchers_see_the_pause(client: Visitor, context: Context) -> None:
    pause.pause(context, "A crisis", "Kim")
    assert client.get("/healthz").get_json()["paused"] is True
    assert "drumbeat_paused 1" in client.get("/metrics").text


def test_an_account_is_paused_with_a_reason(owner_client: Visitor, context: Context, sky: Account) -> None:
    path = f"/admin/accounts/{sky.id}"
    page = owner_client.post(f"{path}/pause", data={"reason": "New team"}, follow_redirects=True).text
    assert "Paused since Mon 23 November 2026, 08:00 EST by Alex Owner: New team." in page
    owner_client.post(f"{path}/resume")
    assert "Paused since" not in owner_client.get(path).text
    page = owner_client.post(f"{path}/pause", follow_redirects=True).text
    assert "Paused since Mon 23 November 2026, 08:00 EST by Alex Owner. What is queued waits" in page
