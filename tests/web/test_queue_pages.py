"""The queue page: every list, every state in its words, and what its buttons do."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.domain.state_words import WORDS
from scheduler.services.context import Context
from scheduler.services.delivery.lateness import settle_what_is_late
from scheduler.services.planning.overview import TABS
from scheduler.storage import deliveries
from scheduler.storage.schema import deliveries as table
from tests.support.deliveries import schedule
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.newsroom import add_account

SHOWN = sorted(frozenset[State]().union(*TABS.values()))


@pytest.fixture
def sky(context: Context) -> Account:
    return add_account(context, "bluesky", "Harbor Clinic")


def tab_of(state: State) -> str:
    return next(name for name, group in TABS.items() if state in group)


def state_of(context: Context, delivery_id: int) -> State:
    with context.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found.state


def look(visitor: Visitor, path: str = "/admin/queue/") -> Element:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert_strict(answer.text)
    return parse(answer.text)


def test_nobody_sees_the_queue_without_login(client: Visitor) -> None:
    assert "/admin/login" in client.get("/admin/queue/").headers["Location"]


@pytest.mark.parametrize("tab", TABS)
def test_an_empty_list_says_what_will_be_here(owner_client: Visitor, tab: str) -> None:
    assert look(owner_client, f"/admin/queue/?show={tab}").one("p", class_="empty-title").words()


@pytest.mark.parametrize("state", SHOWN)
def test_every_state_stands_in_its_list_in_its_own_words(
    owner_client: Visitor, context: Context, sky: Account, state: State
) -> None:
    delivery_id = schedule(context, sky, text="Stiff <knees>?", state=state)
    row = look(owner_client, f"/admin/queue/?show={tab_of(state)}").one("li", id=f"delivery-{delivery_id}")
    assert WORDS[state].label in row.one("span", class_="pill").words()
    assert "Stiff <knees>?" in row.words()
    assert "Harbor Clinic Bluesky" in row.words()
    assert row.one("p", class_="queue-time").words() in ("09:00 EST", "08:00 EST")


def test_rows_stand_by_day_with_the_zone(owner_client: Visitor, context: Context, sky: Account) -> None:
    for hours in (1, 2, 25, 24 * 4):
        schedule(context, sky, hours=hours)
    page = look(owner_client)
    names = [section.one("h2").words() for section in page.all("section", class_="queue-day")]
    assert names == ["Today, Monday 23 November", "Tomorrow, Tuesday 24 November", "Friday 27 November 2026"]
    assert "Times are in America/New_York." in page.text


def test_the_queue_of_one_account_and_of_one_state(owner_client: Visitor, context: Context, sky: Account) -> None:
    other = add_account(context, "mastodon", "Second Clinic")
    schedule(context, sky, text="First text")
    schedule(context, other, text="Second text", state=State.HELD)
    one = look(owner_client, f"/admin/queue/?account={other.id}").text
    assert "Second text" in one
    assert "First text" not in one
    held = look(owner_client, "/admin/queue/?state=held").text
    assert "Second text" in held
    assert "First text" not in held


@pytest.mark.parametrize("query", ["show=nonsense", "state=nonsense", "account=x", "account=999"])
def test_an_address_that_makes_no_sense_shows_a_page(owner_client: Visitor, sky: Account, query: str) -> None:
    assert owner_client.get(f"/admin/queue/?{query}", follow_redirects=True).status_code == 200


def away(client: Visitor, do: str, *posts: tuple[int, int]) -> str:
    """Press one button of "While we were away" for posts (id and version as they were seen)."""
    seen = [f"{delivery_id}:{version}" for delivery_id, version in posts]
    return client.post("/admin/queue/away", data={"do": do, "post": seen}, follow_redirects=True).text


@pytest.mark.parametrize(
    ("do", "becomes", "words"),
    [
        ("catch_up", State.SCHEDULED, "On the way one by one: 2 posts."),
        ("slot", State.SCHEDULED, "Moved to the next free slot: 2 posts."),
        ("drop", State.CANCELLED, "Dropped: 2 posts."),
    ],
)
def test_everything_missed_is_settled_at_once(
    owner_client: Visitor, context: Context, sky: Account, do: str, becomes: State, words: str
) -> None:
    missed = [schedule(context, sky, hours=-9 - n, state=State.MISSED) for n in range(2)]
    assert "While we were away" in look(owner_client).text
    assert "2 posts were later than" in owner_client.get("/admin/queue/away").text
    page = away(owner_client, do, *((delivery_id, 1) for delivery_id in missed))
    assert [state_of(context, delivery_id) for delivery_id in missed] == [becomes, becomes]
    assert words in page
    assert "While we were away" not in page


def test_one_late_post_is_sent_now_whatever_the_distance(owner_client: Visitor, context: Context, sky: Account) -> None:
    missed = schedule(context, sky, hours=-9, state=State.MISSED)
    assert "On the way now: 1 post." in away(owner_client, "send", (missed, 1))
    with context.database.reading() as tx:
        found = deliveries.get(tx, missed)
    assert found
    assert (found.state, found.due_at) == (State.SCHEDULED, found.turn_at)
    assert abs(found.due_at - context.clock.now_ms()) < 60_000


def test_what_changed_meanwhile_is_not_decided_unseen(owner_client: Visitor, context: Context, sky: Account) -> None:
    missed = schedule(context, sky, hours=-9, state=State.MISSED)
    assert "changed this delivery meanwhile" in away(owner_client, "slot", (missed, 7))
    assert state_of(context, missed) is State.MISSED


def test_missed_ones_stay_when_the_button_is_unknown(owner_client: Visitor, context: Context, sky: Account) -> None:
    missed = schedule(context, sky, hours=-9, state=State.MISSED)
    assert "Choose what should happen" in away(owner_client, "dance", (missed, 1))
    assert state_of(context, missed) is State.MISSED


def test_what_catches_up_is_shown_with_its_turn(owner_client: Visitor, context: Context, sky: Account) -> None:
    late = [schedule(context, sky, text=f"Late {n}", hours=-2 - n) for n in range(2)]
    assert "Everything went out in time" in owner_client.get("/admin/queue/away").text
    with context.database.writing() as tx:
        settle_what_is_late(context, tx, context.clock.now_ms())
    page = owner_client.get("/admin/queue/away").text
    assert "Late, and going out by itself" in page
    assert "Late 0" in page
    assert "goes out" in page
    assert "On the way now: 1 post." in away(owner_client, "send", (late[0], 2))


def test_the_sidebar_counts_what_waits_and_what_needs_somebody(
    owner_client: Visitor, context: Context, sky: Account
) -> None:
    def counted() -> list[str]:
        link = parse(owner_client.get("/admin/").text).one("nav", class_="sidebar").one("a", href="/admin/queue/")
        return [count.words() for count in link.all("span", class_="count")]

    assert counted() == []
    for state in (State.SCHEDULED, State.HELD, State.UNKNOWN, State.PUBLISHED, State.CANCELLED):
        schedule(context, sky, state=state)
    assert counted() == ["3 waiting"]
    for state in (State.FAILED, State.NEEDS_HUMAN):
        schedule(context, sky, state=state)
    assert counted() == ["3 waiting", "2 need you"]


def test_what_went_out_stands_by_the_time_it_went_out(owner_client: Visitor, context: Context, sky: Account) -> None:
    late = schedule(context, sky, text="Planned first, sent last", hours=-5, state=State.PUBLISHED)
    early = schedule(context, sky, text="Planned last, sent first", hours=-1, state=State.PUBLISHED)
    with context.database.writing() as tx:
        tx.execute(update(table).where(table.c.id == early).values(published_at=context.clock.now_ms() - 3_600_000))
        tx.execute(update(table).where(table.c.id == late).values(published_at=context.clock.now_ms()))
    page = parse(owner_client.get("/admin/queue/?show=published").text)
    ids = [row.attributes["id"] for row in page.all("li", class_="queue-row")]
    assert ids == [f"delivery-{late}", f"delivery-{early}"]
