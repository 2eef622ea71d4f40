"""The page of a delivery: every state in plain words with the buttons that make sense, and what they do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import UNDER_WAY, Delivery, State
from scheduler.domain.state_words import WORDS
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.library import assets as library
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule as put
from scheduler.storage import accounts, attempts, deliveries
from scheduler.storage.schema import deliveries as table
from tests.support import pictures
from tests.support.deliveries import schedule
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.newsroom import NEEDLING, add_account, write_articles

JSON = {"Accept": "application/json"}
BUTTONS: dict[State, set[str]] = {
    State.SCHEDULED: {"time", "cancellation"},
    State.HELD: {"time", "cancellation", "retry"},
    State.MISSED: {"time", "cancellation", "retry"},
    State.FAILED: {"cancellation", "retry"},
    State.NEEDS_HUMAN: {"resolution"},
}


@pytest.fixture
def sky(context: Context) -> Account:
    return add_account(context, "bluesky", "Harbor Clinic")


def stored(context: Context, delivery_id: int) -> Delivery:
    with context.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found


def look(visitor: Visitor, delivery_id: int) -> Element:
    answer = visitor.get(f"/admin/deliveries/{delivery_id}")
    assert answer.status_code == 200
    assert_strict(answer.text)
    return parse(answer.text)


def actions(page: Element) -> set[str]:
    standing = page.one("div", id="standing")
    return {form.attributes["action"].rpartition("/")[2] for form in standing.all("form")}


def shown_state(page: Element) -> str:
    return page.one("section", class_="standing").one("span", class_="pill").words()


@pytest.mark.parametrize("state", sorted(State))
def test_every_state_says_what_it_means_and_what_can_be_done(
    owner_client: Visitor, context: Context, sky: Account, state: State
) -> None:
    page = look(owner_client, schedule(context, sky, text="Stiff <knees>?", state=state))
    assert shown_state(page) == WORDS[state].label
    assert page.one("h2", id="state-title").words() == WORDS[state].meaning
    assert actions(page) == BUTTONS.get(state, set())
    assert ("hx-get" in page.one("div", id="standing").attributes) == (state in UNDER_WAY)
    assert page.one("p", class_="payload-text").text == "Stiff <knees>?"


def test_a_delivery_that_is_not_there(owner_client: Visitor) -> None:
    assert owner_client.get("/admin/deliveries/99").status_code == 404
    assert owner_client.post("/admin/deliveries/99/time", data={"queue": "next"}).status_code == 404
    assert owner_client.post("/admin/deliveries/99/cancellation").status_code == 404


def test_the_part_that_changes_comes_alone_and_is_asked_for_only_while_it_changes(
    owner_client: Visitor, context: Context, sky: Account
) -> None:
    delivery_id = schedule(context, sky, state=State.SENDING)
    part = parse(owner_client.get(f"/admin/deliveries/{delivery_id}", headers={"HX-Request": "true"}).text)
    assert part.all("html") == []
    assert part.one("div", id="standing").attributes["hx-trigger"] == "every 2s"
    with context.database.writing() as tx:
        tx.execute(update(table).where(table.c.id == delivery_id).values(state=State.PUBLISHED))
    part = parse(owner_client.get(f"/admin/deliveries/{delivery_id}", headers={"HX-Request": "true"}).text)
    assert "hx-trigger" not in part.one("div", id="standing").attributes


def test_another_time_by_the_form(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id = schedule(context, sky)
    form = {"date": "2026-11-24", "time": "10:15", "version": stored(context, delivery_id).version}
    answer = owner_client.post(f"/admin/deliveries/{delivery_id}/time", data=form, follow_redirects=True)
    assert "It will go out Tuesday 24 November, 10:15 EST, in 1 day." in answer.text
    assert stored(context, delivery_id).at_wall == "2026-11-24T10:15"


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"date": "2027-03-14", "time": "02:30", "version": 1}, 422, "does not exist"),
        ({"date": "2026-11-01", "time": "09:00", "version": 1}, 422, "has passed"),
        ({"date": "", "time": "", "version": 1}, 422, "Choose a date and a time"),
        ({"queue": "sideways", "version": 1}, 422, "no place in the queue"),
        ({"date": "2026-11-24", "time": "10:15", "version": 7}, 409, "changed this delivery"),
        ({"date": "2026-11-24", "time": "10:15"}, 409, "changed this delivery"),
    ],
)
def test_a_refused_time_is_said_to_people_and_to_the_calendar(
    owner_client: Visitor, context: Context, sky: Account, form: dict[str, str], status: int, words: str
) -> None:
    delivery_id = schedule(context, sky)
    before = stored(context, delivery_id)
    page = owner_client.post(f"/admin/deliveries/{delivery_id}/time", data=form)
    assert page.status_code == status
    assert words in parse(page.text).one("div", id="refused").words()
    answer = owner_client.post(f"/admin/deliveries/{delivery_id}/time", data=form, headers=JSON)
    assert answer.status_code == status
    assert words in answer.get_json()["message"]
    assert stored(context, delivery_id) == before


def test_the_calendar_hears_the_new_time_and_version(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id = schedule(context, sky)
    form = {"at": "2026-11-24T10:15", "version": stored(context, delivery_id).version}
    answer = owner_client.post(f"/admin/deliveries/{delivery_id}/time", data=form, headers=JSON).get_json()
    assert answer == {
        "message": "It will go out Tuesday 24 November, 10:15 EST, in 1 day.",
        "version": stored(context, delivery_id).version,
        "at": "2026-11-24T10:15",
        "when": "Tue 24 November 2026, 10:15 EST",
    }


@pytest.mark.parametrize(
    ("action", "state", "becomes"),
    [
        ("cancellation", State.SCHEDULED, State.CANCELLED),
        ("cancellation", State.FAILED, State.CANCELLED),
        ("retry", State.FAILED, State.SCHEDULED),
        ("retry", State.MISSED, State.SCHEDULED),
        ("retry", State.HELD, State.SCHEDULED),
    ],
)
def test_the_buttons_do_what_they_say(
    owner_client: Visitor, context: Context, sky: Account, action: str, state: State, becomes: State
) -> None:
    delivery_id = schedule(context, sky, state=state)
    answer = owner_client.post(f"/admin/deliveries/{delivery_id}/{action}", follow_redirects=True)
    assert stored(context, delivery_id).state is becomes
    assert shown_state(parse(answer.text)) == WORDS[becomes].label


@pytest.mark.parametrize("action", ["cancellation", "retry", "resolution"])
@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN, State.PUBLISHED])
def test_a_button_that_comes_too_late_changes_nothing(
    owner_client: Visitor, context: Context, sky: Account, action: str, state: State
) -> None:
    delivery_id = schedule(context, sky, state=state)
    answer = owner_client.post(f"/admin/deliveries/{delivery_id}/{action}", data={"outcome": "drop"})
    assert answer.status_code == 409
    assert WORDS[state].phrase in parse(answer.text).one("div", id="refused").words()
    assert stored(context, delivery_id).state is state


@pytest.mark.parametrize(
    ("outcome", "becomes"),
    [("published", State.PUBLISHED), ("send_again", State.SCHEDULED), ("drop", State.CANCELLED)],
)
def test_a_person_says_what_became_of_it(
    owner_client: Visitor, context: Context, sky: Account, outcome: str, becomes: State
) -> None:
    delivery_id = schedule(context, sky, state=State.NEEDS_HUMAN)
    names = {button.attributes["value"] for button in look(owner_client, delivery_id).all("button", name="outcome")}
    assert names == {"published", "send_again", "drop"}
    form = {"outcome": outcome, "url": "https://social.example/1"}
    owner_client.post(f"/admin/deliveries/{delivery_id}/resolution", data=form)
    after = stored(context, delivery_id)
    assert after.state is becomes
    assert after.url == ("https://social.example/1" if outcome == "published" else "")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "not an address", "ftp://social.example/1"])
def test_an_address_that_is_none_is_refused(owner_client: Visitor, context: Context, sky: Account, url: str) -> None:
    delivery_id = schedule(context, sky, state=State.NEEDS_HUMAN)
    answer = owner_client.post(f"/admin/deliveries/{delivery_id}/resolution", data={"outcome": "published", "url": url})
    assert answer.status_code == 422
    assert parse(answer.text).one("div", id="refused").words()
    assert stored(context, delivery_id).state is State.NEEDS_HUMAN


def test_an_unknown_decision_is_refused(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id = schedule(context, sky, state=State.NEEDS_HUMAN)
    answer = owner_client.post(f"/admin/deliveries/{delivery_id}/resolution", data={"outcome": "dance"})
    assert answer.status_code == 422
    assert stored(context, delivery_id).state is State.NEEDS_HUMAN


def test_a_copy_opens_as_a_draft(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id = schedule(context, sky, text="Again, please", state=State.PUBLISHED)
    answer = owner_client.post(f"/admin/deliveries/{delivery_id}/copy", follow_redirects=True)
    assert answer.status_code == 200
    assert "Again, please" in answer.text
    assert stored(context, delivery_id).state is State.PUBLISHED


def test_a_waiting_or_sent_delivery_shows_its_photos_and_link_card(
    owner_client: Visitor, context: Context, sky: Account, tmp_path: Path
) -> None:
    (tmp_path / "p").write_bytes(pictures.camera_jpeg(300, 200))
    asset = library.add_asset(context, tmp_path / "p", "knee.jpg", "A taped <knee>").asset
    write_articles(context)
    toot = add_account(context, "mastodon", "Harbor Clinic")
    given = TeaserInput("Read this.", NEEDLING, assets=(asset.id,), accounts=(toot.id,), when=When(queue="next"))
    page = look(owner_client, put(context, given, Submission()).deliveries[0].id)
    item = page.one("li", class_="payload-item")
    assert item.one("img").attributes["src"].startswith(f"/media/{asset.id}/")
    with owner_client.get(item.one("img").attributes["src"]) as thumb:
        assert thumb.mimetype == "image/webp"
    assert "A taped <knee>" in item.words()
    assert "The finer points" in page.one("div", class_="link-card").words()


def test_every_attempt_is_told_with_the_raw_answer(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id = schedule(context, sky, state=State.FAILED)
    now = context.clock.now_ms()
    attempt = attempts.Attempt(
        n=1, action="publish", started_at=now, ended_at=now + 120, outcome="Rejected", http_status=400,
        sentence="Bluesky refused the post.", detail='{"body": "<b>bad</b>"}',
    )  # fmt: skip
    with context.database.writing() as tx:
        attempts.add(tx, delivery_id, attempt)
    told = look(owner_client, delivery_id).one("ol", class_="attempts").words()
    for words in ("Sent", "refused", "Bluesky refused the post.", "HTTP 400", "120 ms", "<b>bad</b>"):
        assert words in told


@pytest.mark.parametrize(
    ("account_state", "words"),
    [(AccountState.BROKEN, "has to be connected again"), (AccountState.PAUSED, "is paused")],
)
def test_what_waits_for_its_account_says_so(
    owner_client: Visitor, context: Context, sky: Account, account_state: AccountState, words: str
) -> None:
    delivery_id = schedule(context, sky, hours=-1)
    with context.database.writing() as tx:
        accounts.set_state(tx, sky.id, account_state, "The sign-in was refused.", context.clock.now_ms())
    page = look(owner_client, delivery_id)
    standing = page.one("section", class_="standing")
    assert words in standing.words()
    assert any(link.attributes["href"] == f"/admin/accounts/{sky.id}" for link in standing.all("a"))
    assert "Goes out" not in page.words(), "its time is over already"
    assert words in owner_client.get("/admin/queue/").text
