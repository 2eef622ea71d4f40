"""The calendar page and what it answers the grid: local dates and wall times of the calendar's zone only."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.domain.state_words import WORDS
from scheduler.services.context import Context
from scheduler.services.planning.calendar_view import SHOWN
from scheduler.storage.schema import deliveries as table
from tests.support.deliveries import HOUR_MS, schedule
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.newsroom import LATER, add_account, write_articles

NOVEMBER = "/admin/calendar/events?start=2026-10-26&end=2026-12-07"


@pytest.fixture
def sky(context: Context) -> Account:
    return add_account(context, "bluesky", "Harbor Clinic")


def events(visitor: Visitor, path: str = NOVEMBER) -> list[dict[str, Any]]:
    answer = visitor.get(path)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.get_json()
    return found


def look(visitor: Visitor, path: str = "/admin/calendar/") -> Element:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert_strict(answer.text)
    return parse(answer.text)


@pytest.mark.parametrize("path", ["/admin/calendar/", NOVEMBER])
def test_nobody_sees_the_calendar_without_login(client: Visitor, path: str) -> None:
    assert "/admin/login" in client.get(path).headers["Location"]


def test_a_delivery_is_told_with_its_wall_time_and_all_the_grid_needs(
    owner_client: Visitor, context: Context, sky: Account
) -> None:
    delivery_id = schedule(context, sky, text="Stiff <knees>?", hours=26)
    assert events(owner_client) == [
        {
            "id": f"delivery-{delivery_id}",
            "title": "Stiff <knees>?",
            "start": "2026-11-24T10:00",
            "when": "Tue 24 November 2026, 10:00 EST",
            "what": "Stiff <knees>?, Harbor Clinic on Bluesky, scheduled",
            "url": f"/admin/deliveries/{delivery_id}",
            "icon": "bluesky",
            "stateIcon": "clock",
            "tone": "",
            "editable": True,
            "moveTo": f"/admin/deliveries/{delivery_id}/time",
            "version": 1,
        }
    ]


@pytest.mark.parametrize("state", sorted(State))
def test_every_state_has_its_icon_and_only_what_waits_can_be_dragged(
    owner_client: Visitor, context: Context, sky: Account, state: State
) -> None:
    schedule(context, sky, state=state)
    found = [(each["stateIcon"], each["editable"]) for each in events(owner_client)]
    movable = state in (State.SCHEDULED, State.HELD, State.MISSED)
    assert found == ([(WORDS[state].icon, movable)] if state in SHOWN else [])


def test_what_may_be_live_already_cannot_be_dragged(owner_client: Visitor, context: Context, sky: Account) -> None:
    schedule(context, sky)
    with context.database.writing() as tx:
        tx.execute(update(table).values(maybe_live=1))
    assert [each["editable"] for each in events(owner_client)] == [False]


def test_what_went_out_stands_where_it_went_out(owner_client: Visitor, context: Context, sky: Account) -> None:
    delivery_id = schedule(context, sky, hours=-24 * 40, state=State.PUBLISHED)
    with context.database.writing() as tx:
        late = context.clock.now_ms() - HOUR_MS
        tx.execute(update(table).where(table.c.id == delivery_id).values(published_at=late))
    assert [each["start"] for each in events(owner_client)] == ["2026-11-23T07:00"]


def test_articles_stand_beside_the_teasers_whatever_account_is_chosen(
    owner_client: Visitor, context: Context, sky: Account
) -> None:
    write_articles(context)
    other = add_account(context, "mastodon", "Second")
    schedule(context, sky)
    mine = schedule(context, other)
    found = {each["id"]: each for each in events(owner_client, f"{NOVEMBER}&account={other.id}")}
    assert set(found) == {"article-01JD0000000000000000000001", f"article-{LATER}", f"delivery-{mine}"}
    later = found[f"article-{LATER}"]
    assert (later["start"], later["url"], later["editable"]) == ("2026-12-01T09:00", "/admin/articles/later", False)
    assert later["what"] == "the article “Later” appears"


def test_days_begin_and_end_in_the_calendars_zone(owner_client: Visitor, context: Context, sky: Account) -> None:
    schedule(context, sky, text="Late on Monday", hours=15.5)  # 23:30 in New York is Tuesday in UTC
    assert len(events(owner_client, "/admin/calendar/events?start=2026-11-23&end=2026-11-24")) == 1
    assert events(owner_client, "/admin/calendar/events?start=2026-11-24&end=2026-11-25") == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "start=2026-11-01",
        "start=x&end=y",
        "start=2026-11-02&end=2026-11-01",
        "start=2026-01-01&end=2026-12-31",
        "start=9999-12-30&end=9999-12-31",
        "start=0001-01-01&end=0001-01-02",
    ],
)
def test_a_range_that_makes_no_sense_is_refused(owner_client: Visitor, query: str) -> None:
    answer = owner_client.get(f"/admin/calendar/events?{query}")
    assert answer.status_code == 422
    assert "2026-11-23" in answer.get_json()["message"]


@pytest.mark.parametrize(
    ("query", "title", "earlier", "later"),
    [
        ("", "November 2026", "2026-10-31", "2026-12-01"),
        ("view=month&date=2027-01-31", "January 2027", "2026-12-31", "2027-02-01"),
        ("view=week", "23 – 29 November 2026", "2026-11-22", "2026-11-30"),
        ("view=week&date=2027-01-01", "28 December 2026 – 3 January 2027", "2026-12-27", "2027-01-04"),
        ("view=list&date=rubbish", "November 2026", "2026-10-31", "2026-12-01"),
        ("view=rubbish&date=0000-99-99&account=x", "November 2026", "2026-10-31", "2026-12-01"),
    ],
)
def test_the_bar_leads_on_without_javascript(
    owner_client: Visitor, query: str, title: str, earlier: str, later: str
) -> None:
    page = look(owner_client, f"/admin/calendar/?{query}")
    assert page.one("h2", id="calendar-title").words() == title
    for go, date in (("prev", earlier), ("next", later)):
        link = page.one("a", data_go=go).attributes["href"]
        assert f"date={date}" in link
        assert owner_client.get(link).status_code == 200


def test_the_agenda_says_everything_in_words(owner_client: Visitor, context: Context, sky: Account) -> None:
    write_articles(context)
    schedule(context, sky, text="Stiff <knees>?", state=State.NEEDS_HUMAN)
    page = look(owner_client, "/admin/calendar/?view=list")
    rows = [row.words() for row in page.all("li", class_="agenda-row")]
    assert rows == [
        "09:00 EST The finer points Article On the site",
        "09:00 EST Stiff <knees>? Harbor Clinic on Bluesky Needs you",
    ]
    assert page.one("section", class_="agenda-today").one("h3").words() == "Today, Monday 23 November"
    assert "Times are in America/New_York." in page.text


def test_an_empty_month_says_what_will_be_here(owner_client: Visitor) -> None:
    page = look(owner_client, "/admin/calendar/?date=2031-01-01&view=list")
    assert page.one("p", class_="empty-title").words() == "Nothing stands here yet"
