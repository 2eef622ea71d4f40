"""Saving another zone or other slots: first the page that shows what moves, then exactly that."""

from __future__ import annotations

import html
import re

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.domain.slots import local
from scheduler.services.context import Context
from scheduler.services.delivery import decisions
from scheduler.services.operations.users import create_user
from scheduler.storage import deliveries
from tests.support.deliveries import queued_post
from tests.support.house import Visitor
from tests.support.newsroom import add_account

SETTINGS, CHANGE = "/admin/settings/calendar", "/admin/settings/rearranging/"


@pytest.fixture
def account(context: Context) -> Account:
    return add_account(context, "bluesky", "Clinic")


def form_of(page: str, action: str) -> dict[str, str]:
    """Return the values of the page's form for `action`, as a browser would send them.

    Without the CSRF token: it holds the second in which it was made, and the client sends a fresh one by itself.
    """
    found = re.search(rf'<form method="post" action="{action}".*?</form>', page, re.DOTALL)
    assert found, page
    values = {}
    for control in re.findall(r"<input[^>]*>", found[0]):
        names = dict(re.findall(r'(\w+)="([^"]*)"', control))
        if names.get("type") != "radio" or "checked" in control:
            values[names["name"]] = html.unescape(names.get("value", ""))
    values.pop("csrf_token", None)
    return values


def calendar_form(client: Visitor, **typed: str) -> dict[str, str]:
    page = client.get(SETTINGS).text
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', page)
    slots = re.search(r'<textarea[^>]* name="slots".*?>\r?\n?(.*?)</textarea>', page, re.DOTALL)
    assert seen
    assert slots
    plain = {"zone": "America/New_York", "minimum_gap_minutes": "15", "late_tolerance_minutes": "360"}
    return plain | {"seen": seen[1], "slots": slots[1]} | typed


def stands(context: Context, delivery_id: int) -> str:
    with context.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found
    return local(found.due_at, context.settings.calendar.zone).strftime("%a %d %H:%M")


def test_what_moves_is_shown_before_it_is_saved(context: Context, owner_client: Visitor, account: Account) -> None:
    delivery_id, file = queued_post(context, account, "2026-11-24T12:30"), context.settings.config / "calendar.toml"
    before = file.read_bytes()
    shown = owner_client.post(SETTINGS, data=calendar_form(owner_client, slots="Wed 10:00"))
    assert shown.status_code == 200
    assert "1 post moves" in shown.text
    assert "Tue 24 November 2026, 12:30 EST" in shown.text
    assert "Wed 25 November 2026, 10:00 EST" in shown.text
    assert "Posting times of every account without times of its own" in shown.text
    assert (file.read_bytes(), stands(context, delivery_id)) == (before, "Tue 24 12:30"), "nothing yet"
    done = owner_client.post(CHANGE, data=form_of(shown.text, CHANGE) | {"do": "apply"}, follow_redirects=True)
    assert "Saved. 1 post moved." in done.text
    assert stands(context, delivery_id) == "Wed 25 10:00"
    assert "Wed 10:00" in file.read_text("utf-8")
    assert "moved from Tue 24 November 2026, 12:30 EST" in owner_client.get(f"/admin/deliveries/{delivery_id}").text


def test_the_other_choice_is_shown_and_then_done(context: Context, owner_client: Visitor, account: Account) -> None:
    queued = queued_post(context, account, "2026-11-24T12:30")
    own = queued_post(context, account, "2026-11-25T18:00", queued=False)
    shown = owner_client.post(SETTINGS, data=calendar_form(owner_client, zone="Europe/Berlin"))
    chosen = form_of(shown.text, CHANGE) | {"queued": "stay", "own": "clock"}
    straight = owner_client.post(CHANGE, data=chosen | {"do": "apply"})
    assert "Below is what your choice means" in straight.text, "what was never shown is not done"
    assert context.settings.calendar.zone == "America/New_York"
    again = owner_client.post(CHANGE, data=chosen | {"do": "show"})
    assert form_of(straight.text, CHANGE) == form_of(again.text, CHANGE)
    assert "Wed 25 November 2026, 18:00 CET" in again.text
    assert "Tue 24 November 2026, 12:30 CET" not in again.text
    owner_client.post(CHANGE, data=form_of(again.text, CHANGE) | {"do": "apply"})
    assert context.settings.calendar.zone == "Europe/Berlin"
    assert (stands(context, queued), stands(context, own)) == ("Tue 24 18:30", "Wed 25 18:00")


def test_a_stale_preview_is_shown_again(context: Context, owner_client: Visitor, account: Account) -> None:
    first, second = (queued_post(context, account, f"2026-11-{day}T12:30") for day in (24, 26))
    shown = owner_client.post(SETTINGS, data=calendar_form(owner_client, slots="Wed 10:00"))
    assert "2 posts move" in shown.text
    decisions.cancel(context, first)
    answer = owner_client.post(CHANGE, data=form_of(shown.text, CHANGE) | {"do": "apply"})
    assert answer.status_code == 409
    assert "Something changed meanwhile" in answer.text
    assert "1 post moves" in answer.text
    assert stands(context, second) == "Thu 26 12:30"
    owner_client.post(CHANGE, data=form_of(answer.text, CHANGE) | {"do": "apply"})
    assert stands(context, second) == "Wed 02 10:00"


def test_what_moves_nothing_is_saved_at_once(context: Context, owner_client: Visitor, account: Account) -> None:
    queued_post(context, account, "2026-11-24T12:30")
    answer = owner_client.post(SETTINGS, data=calendar_form(owner_client, late_tolerance_minutes="60"))
    assert answer.location == SETTINGS
    assert context.settings.calendar.default.late_tolerance == 3_600_000


def test_the_page_of_an_account_shows_it_too(context: Context, owner_client: Visitor, account: Account) -> None:
    delivery_id, path = queued_post(context, account, "2026-11-24T12:30"), f"/admin/accounts/{account.id}"
    typed = calendar_form(owner_client, slots="Thu 08:00", own="y")
    shown = owner_client.post(f"{path}/rules", data=typed)
    assert "Posting times of Clinic" in shown.text
    done = owner_client.post(CHANGE, data=form_of(shown.text, CHANGE) | {"do": "apply"})
    assert done.location == path
    assert stands(context, delivery_id) == "Thu 26 08:00"


def test_slots_changed_by_hand_lead_to_the_preview(context: Context, owner_client: Visitor, account: Account) -> None:
    delivery_id = queued_post(context, account, "2026-11-24T12:30")
    assert "outside of them" not in owner_client.get("/admin/calendar/").text
    file = context.settings.config / "calendar.toml"
    file.write_text(file.read_text("utf-8").replace("Tue 12:30", "Tue 14:30"), "utf-8")
    page = owner_client.get("/admin/calendar/").text
    assert "1 queued post stands outside of them. Nothing has moved." in page
    assert f'href="{CHANGE}"' in page
    shown = owner_client.get(CHANGE).text
    owner_client.post(CHANGE, data=form_of(shown, CHANGE) | {"do": "apply"})
    assert stands(context, delivery_id) == "Tue 24 14:30"
    assert "outside of them" not in owner_client.get("/admin/calendar/").text


def test_a_made_up_form_changes_nothing(context: Context, owner_client: Visitor, account: Account) -> None:
    queued_post(context, account, "2026-11-24T12:30")
    shown = owner_client.post(SETTINGS, data=calendar_form(owner_client, slots="Wed 10:00"))
    form, file = form_of(shown.text, CHANGE) | {"do": "apply"}, context.settings.config / "calendar.toml"
    before = file.read_bytes()
    for wrong in (
        {"changes": "no json"},
        {"changes": '["zone"]'},
        {"changes": '{"__proto__.x": 1}'},
        {"changes": '{"zone": {"a": 1}}'},
        {"changes": '{"default.slots": ["Funday"]}'},
        {"queued": "away"},
        {"own": "x"},
        {"seen": ""},
    ):
        answer = owner_client.post(CHANGE, data=form | wrong, follow_redirects=True)
        assert answer.status_code == 200, wrong
        assert "Nothing was changed" in answer.text, wrong
    away = owner_client.post(CHANGE, data=form | {"back": "//evil.example/", "own": "x"})
    assert away.location == SETTINGS
    assert file.read_bytes() == before


def test_an_editor_may_look_and_not_change(context: Context, client: Visitor, account: Account) -> None:
    queued_post(context, account, "2026-11-24T12:30")
    editor = create_user(
        context, email="editor@ferrystreet.example", name="Edda", role="editor", password="a long enough password"
    )
    client.log_in(editor)
    tried = client.get("/admin/outlook/what-if", query_string={"slots": "Wed 10:00"})
    assert "1 post at another time" in tried.text
    assert "Apply the" not in tried.text
    assert client.get(CHANGE).status_code == 200
    assert client.post(CHANGE, data={"do": "apply"}).status_code == 403


def test_blackout_days_and_other_slots_in_one_save(context: Context, owner_client: Visitor, account: Account) -> None:
    queued = queued_post(context, account, "2026-11-24T12:30")
    own = queued_post(context, account, "2026-11-24T18:00", queued=False)
    typed = calendar_form(owner_client, slots="Wed 10:00", blackout="2026-11-24")
    asked = owner_client.post(SETTINGS, data=typed)
    seen = re.search(r'name="closing_seen"[^>]*value="([^"]*)"', asked.text)
    assert seen
    shown = owner_client.post(SETTINGS, data=typed | {"closing": "hold", "closing_seen": seen[1]})
    assert "1 post moves" in shown.text
    done = owner_client.post(CHANGE, data=form_of(shown.text, CHANGE) | {"do": "apply"}, follow_redirects=True)
    assert "1 post is on hold until you give it a day." in done.text
    assert stands(context, queued) == "Wed 25 10:00", "what moved away is not held"
    with context.database.reading() as tx:
        states = [found.state for key in (queued, own) if (found := deliveries.get(tx, key))]
    assert states == [State.SCHEDULED, State.HELD]
