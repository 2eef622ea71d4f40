"""Calendar rules in the browser and in the API: late posts, blackout days, shuffling, and the history they leave."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.teaser import When
from scheduler.services.context import Context
from scheduler.services.delivery import decisions
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import events, listings, teasers
from tests.support.api import Program, errors
from tests.support.house import Visitor
from tests.support.html import assert_strict, parse
from tests.support.newsroom import add_account
from tests.web.test_settings import CALENDAR, file, shipped, shown

DAYS = "2026-11-23..2026-11-24"


@pytest.fixture
def sky(context: Context) -> Account:
    return add_account(context, "bluesky", "Harbor Clinic")


def put(context: Context, account: Account, text: str = "Read this.", when: When | None = None) -> Delivery:
    given = TeaserInput(text, accounts=(account.id,), when=when or When(queue="next"))
    return schedule(context, given, Submission()).deliveries[0]


def history(context: Context, delivery_id: int) -> list[tuple[str, str]]:
    with context.database.reading() as tx:
        return [(event.kind, event.who) for event in events.of_delivery(tx, delivery_id)]


# Settings ------------------------------------------------------------------------------------------------------------


def test_the_rules_for_late_posts_are_saved(owner_client: Visitor, context: Context) -> None:
    page = owner_client.get(CALENDAR).text
    assert "For posts that are scheduled from now on; those that wait keep their rule." in page
    form = shown(page) | {"when_late": "skip", "catch_up": "newest first", "blackout": "2027-01-01, 2026-12-24"}
    assert owner_client.post(CALENDAR, data=form).status_code == 302
    rules = context.settings.calendar.default
    assert (rules.when_late, rules.newest_first) == (LatePolicy.SKIP, True)
    assert [str(span) for span in rules.blackout] == ["2026-12-24", "2027-01-01"]
    comments = [line.partition("#")[2] for line in shipped("calendar.toml").splitlines() if "#" in line]
    assert [comment for comment in comments if comment not in file(context, "calendar.toml")] == []


def test_wrong_rules_are_told_beside_their_fields(owner_client: Visitor, context: Context) -> None:
    wrong = {"when_late": "dance", "catch_up": "dance", "blackout": "Easter\n2026-12-24..2026-12-20"}
    answer = owner_client.post(CALENDAR, data=shown(owner_client.get(CALENDAR).text) | wrong)
    assert answer.status_code == 422
    for field in wrong:
        assert f'id="{field}-error"' in answer.text
    assert "Easter" in answer.text
    assert file(context, "calendar.toml") == shipped("calendar.toml")


def test_an_account_has_rules_of_its_own(owner_client: Visitor, context: Context, sky: Account) -> None:
    path = f"/admin/accounts/{sky.id}"
    form = shown(owner_client.get(path).text) | {"own": "y", "when_late": "publish", "blackout": "2026-12-31"}
    assert owner_client.post(f"{path}/rules", data=form).status_code == 302
    calendar = context.settings.calendar
    assert calendar.rules_for(sky.key).when_late == LatePolicy.PUBLISH
    assert [str(span) for span in calendar.blackout_for(sky.key)] == ["2026-12-31"]
    assert calendar.default.blackout == ()


def test_days_of_all_accounts_are_not_made_an_accounts_own(
    owner_client: Visitor, context: Context, sky: Account
) -> None:
    owner_client.post(CALENDAR, data=shown(owner_client.get(CALENDAR).text) | {"blackout": "2026-12-25"})
    path = f"/admin/accounts/{sky.id}"
    page = owner_client.get(path).text
    assert "Blackout days of all accounts hold here too: 25 December 2026." in page
    form = {name: value for name, value in shown(page).items() if name != "own"}
    owner_client.post(f"{path}/rules", data=form)
    assert sky.key not in context.settings.calendar.accounts


# Closing days --------------------------------------------------------------------------------------------------------


def close(client: Visitor, **more: str) -> Any:
    return client.post(CALENDAR, data=shown(client.get(CALENDAR).text) | {"blackout": DAYS} | more)


def test_closing_days_shows_first_what_waits_there(owner_client: Visitor, context: Context, sky: Account) -> None:
    waiting = [put(context, sky, f"Text {n}") for n in range(3)]
    answer = close(owner_client)
    assert answer.status_code == 200
    assert_strict(answer.text)
    part = parse(answer.text).one("fieldset", id="closing").words()
    assert "2 posts wait on days that become blackout days" in part
    assert "Text 0" in part
    assert "Mon 23 November 2026, 09:00 EST" in part
    assert "Thu 26 November 2026, 12:30 EST" in part
    assert "Text 2" not in part
    assert file(context, "calendar.toml") == shipped("calendar.toml")
    assert [decisions.delivery(context, each.id) for each in waiting] == waiting


@pytest.mark.parametrize(
    ("choice", "states", "words"),
    [
        ("move", [State.SCHEDULED] * 3, "2 posts are moved to the next free slots."),
        ("hold", [State.HELD, State.HELD, State.SCHEDULED], "2 posts are on hold until you give them a day."),
    ],
)
def test_the_choice_is_carried_out(
    owner_client: Visitor, context: Context, sky: Account, choice: str, states: list[State], words: str
) -> None:
    waiting = [put(context, sky, f"Text {n}") for n in range(3)]
    typed = shown(close(owner_client).text) | {"closing": choice}
    saved = owner_client.post(CALENDAR, data=typed, follow_redirects=True)
    assert words in saved.text
    assert "Saved." in saved.text
    found = [decisions.delivery(context, each.id) for each in waiting]
    assert [each.state for each in found] == states
    assert [str(span) for span in context.settings.calendar.default.blackout] == [DAYS]
    assert history(context, waiting[0].id)[-1][1] == "Alex Owner"
    assert found[2] == waiting[2]


def test_a_choice_for_other_posts_is_asked_again(owner_client: Visitor, context: Context, sky: Account) -> None:
    put(context, sky, "Text 0")
    typed = shown(close(owner_client).text) | {"closing": "move"}
    put(context, sky, "Text 1")
    answer = owner_client.post(CALENDAR, data=typed)
    assert answer.status_code == 200
    assert "2 posts wait on days" in answer.text
    assert context.settings.calendar.default.blackout == ()


def test_an_accounts_own_days_ask_too(owner_client: Visitor, context: Context, sky: Account) -> None:
    other = add_account(context, "mastodon", "Harbor Clinic")
    waiting, elsewhere = put(context, sky), put(context, other)
    path = f"/admin/accounts/{sky.id}"
    form = shown(owner_client.get(path).text) | {"own": "y", "blackout": DAYS}
    asked = owner_client.post(f"{path}/rules", data=form)
    assert "1 post waits on days that become blackout days" in asked.text
    owner_client.post(f"{path}/rules", data=shown(asked.text) | {"own": "y", "closing": "hold"})
    assert decisions.delivery(context, waiting.id).state is State.HELD
    assert decisions.delivery(context, elsewhere.id) == elsewhere


def test_the_calendar_marks_the_days_and_refuses_them(owner_client: Visitor, context: Context, sky: Account) -> None:
    close(owner_client)
    page = owner_client.get("/admin/calendar/").text
    assert f'data-closed="{DAYS}"' in page
    assert "23 November 2026 to 24 November 2026" in page
    waiting = put(context, sky)
    answer = owner_client.post(
        f"/admin/deliveries/{waiting.id}/time",
        data={"at": "2026-11-24T10:00", "version": str(waiting.version)},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 422
    assert "Nothing goes out on blackout days" in answer.get_json()["message"]


# The teaser's own rule -----------------------------------------------------------------------------------------------


def test_the_composer_asks_what_becomes_of_a_late_post(owner_client: Visitor, context: Context, sky: Account) -> None:
    page = owner_client.get("/admin/teasers/new").text
    choice = parse(page).one("select", name="late")
    assert [option.words() for option in choice.all("option")] == [
        "As the account says", "Publish it anyway", "Wait for me", "Skip it",
    ]  # fmt: skip
    form = {"key": "k", "text": "Read this.", "accounts": str(sky.id), "when": "next", "late": "skip", "do": "schedule"}
    assert owner_client.post("/admin/teasers/new", data=form).status_code == 302
    with context.database.reading() as tx:
        (delivery,) = listings.search(tx)
        teaser = teasers.get(tx, delivery.teaser_id)
    assert teaser
    assert (teaser.late_policy, delivery.late_policy) == ("skip", "skip")
    assert history(context, delivery.id) == [("scheduled", "Alex Owner")]
    edited = owner_client.get(f"/admin/teasers/{teaser.id}").text
    assert '<option value="skip" selected>' in edited
    form |= {"late": "publish", "do": "change", "version": str(teaser.version)}
    owner_client.post(f"/admin/teasers/{teaser.id}", data=form)
    assert decisions.delivery(context, delivery.id).late_policy == "publish"
    assert "It goes out even if it is late." in owner_client.get(f"/admin/deliveries/{delivery.id}").text


def test_a_program_chooses_it_too(app: Flask, context: Context, sky: Account) -> None:
    program = Program(app, context, "read", "write")
    body = {"text": "Read this.", "accounts": [sky.id], "when": {"queue": "next"}, "late_policy": "publish"}
    made = program.post("/teasers", body).json
    assert made
    assert (made["late_policy"], made["deliveries"][0]["late_policy"]) == ("publish", "publish")
    assert made["deliveries"][0]["late_after"] == "2026-11-23T20:00:00.000Z"
    changed = program.patch(f"/teasers/{made['id']}", {"late_policy": ""}).json
    assert changed
    assert (changed["late_policy"], changed["deliveries"][0]["late_policy"]) == ("", "hold")
    kept = program.patch(f"/teasers/{made['id']}", {"text": "New words"}).json
    assert kept
    assert kept["late_policy"] == ""
    assert history(context, made["deliveries"][0]["id"]) == [
        ("scheduled", "a program"), ("late_policy", "a program"), ("rendered", "a program"),
    ]  # fmt: skip
    wrong = program.post("/teasers", body | {"late_policy": "dance"})
    assert wrong.status_code == 422
    assert "late_policy" in errors(wrong)


def test_a_program_is_refused_a_blackout_day(app: Flask, context: Context, sky: Account, owner_client: Visitor) -> None:
    close(owner_client)
    when = {"at": "2026-11-24T10:00", "zone": "America/New_York"}
    body = {"text": "Read this.", "accounts": [sky.id], "when": when}
    answer = Program(app, context, "write").post("/teasers", body)
    assert answer.status_code == 422
    assert "blackout" in answer.text


# History -------------------------------------------------------------------------------------------------------------


def test_every_decision_leaves_a_line(owner_client: Visitor, context: Context, sky: Account, app: Flask) -> None:
    waiting = put(context, sky)
    move = {"date": "2026-11-30", "time": "10:00", "version": str(waiting.version)}
    owner_client.post(f"/admin/deliveries/{waiting.id}/time", data=move)
    Program(app, context, "write").post(f"/deliveries/{waiting.id}/cancellation")
    assert history(context, waiting.id) == [("scheduled", ""), ("moved", "Alex Owner"), ("cancelled", "a program")]
    with context.database.reading() as tx:
        sentences = [event.sentence for event in events.of_delivery(tx, waiting.id)]
    assert sentences == [
        "Scheduled for Mon 23 November 2026, 09:00 EST, the next free slot.",
        "Moved from Mon 23 November 2026, 09:00 EST to Mon 30 November 2026, 10:00 EST.",
        "Cancelled it.",
    ]


def test_who_makes_room_is_told(owner_client: Visitor, context: Context, sky: Account) -> None:
    first, second = put(context, sky), put(context, sky)
    top = {"queue": "top", "version": str(second.version)}
    owner_client.post(f"/admin/deliveries/{second.id}/time", data=top)
    assert history(context, first.id) == [("scheduled", ""), ("made_room", "Alex Owner")]
    assert history(context, second.id) == [("scheduled", ""), ("moved", "Alex Owner")]


# Shuffling -----------------------------------------------------------------------------------------------------------


def test_a_queue_is_shuffled_as_shown_and_put_back(owner_client: Visitor, context: Context, sky: Account) -> None:
    waiting = [put(context, sky, f"Text {n}") for n in range(5)]
    queue = f"/admin/queue/?account={sky.id}"
    assert f"/admin/queue/shuffle/{sky.id}" in owner_client.get(queue).text
    assert "/admin/queue/shuffle/" not in owner_client.get("/admin/queue/").text
    page = owner_client.get(f"/admin/queue/shuffle/{sky.id}").text
    assert_strict(page)
    order = shown(page)["order"]
    listed = [
        line.one("p", class_="excerpt").words() for line in parse(page).one("ol", class_="shuffle-list").all("li")
    ]
    texts = {each.id: f"Text {n}" for n, each in enumerate(waiting)}
    assert listed == [texts[int(part.split(".")[0])] for part in order.split()]
    done = owner_client.post(f"/admin/queue/shuffle/{sky.id}", data={"order": order}, follow_redirects=True).text
    assert "Undo the shuffle" in done
    after = sorted((decisions.delivery(context, each.id) for each in waiting), key=lambda each: each.due_at)
    assert [texts[each.id] for each in after] == listed
    owner_client.post(f"/admin/queue/shuffle/{sky.id}/undo")
    assert [decisions.delivery(context, each.id).due_at for each in waiting] == [each.due_at for each in waiting]
    assert "Undo the shuffle" not in owner_client.get(queue).text


@pytest.mark.parametrize("order", ["", "nonsense", "1.1 1.1", "99999999999999.1"])
def test_an_order_that_fits_nothing_moves_nothing(
    owner_client: Visitor, context: Context, sky: Account, order: str
) -> None:
    waiting = [put(context, sky, f"Text {n}") for n in range(3)]
    answer = owner_client.post(f"/admin/queue/shuffle/{sky.id}", data={"order": order}, follow_redirects=True)
    assert "The queue has changed meanwhile" in answer.text
    assert [decisions.delivery(context, each.id) for each in waiting] == waiting


def test_an_empty_queue_cannot_be_shuffled(owner_client: Visitor, sky: Account) -> None:
    assert (
        "There is nothing to shuffle" in owner_client.get(f"/admin/queue/shuffle/{sky.id}", follow_redirects=True).text
    )
    assert owner_client.get("/admin/queue/shuffle/999").status_code == 404
