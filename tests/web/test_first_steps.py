"""The home page: four steps for a new site, then what goes out, what needs a person, what went out."""

from __future__ import annotations

import re

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.services.context import Context
from scheduler.services.operations.first_steps import ARTICLE_WRITTEN, SAMPLES, first_steps
from scheduler.storage import accounts, preferences
from tests.support.deliveries import schedule
from tests.support.house import REPOSITORY, Visitor


@pytest.fixture
def account(context: Context) -> Account:
    """An account, as if it were connected."""
    fresh = Account(0, "clinic-bluesky", "bluesky", "The clinic", "@clinic.bsky.social", "did:plc:1")
    with context.database.writing() as tx:
        return accounts.add(tx, fresh, "", context.clock.now_ms())


def done(context: Context) -> list[bool]:
    return [step.done for step in first_steps(context)]


def test_a_new_site_begins_with_four_steps(context: Context, owner_client: Visitor) -> None:
    assert done(context) == [False] * 4
    page = owner_client.get("/admin/").text
    assert "Four steps to your first teaser" in page
    assert page.count("button-primary") == 1
    assert re.search(r'button-primary" href="/admin/settings/site"', page)


def test_each_step_is_ticked_by_doing_it(context: Context, owner_client: Visitor, account: Account) -> None:
    assert done(context) == [False, True, False, False]
    page = owner_client.get("/admin/settings/site").text
    seen = re.search(r'name="seen"[^>]* value="(\w+)"', page)
    assert seen
    owner_client.post("/admin/settings/site", data={"seen": seen[1], "name": "Ours", "language": "en"})
    assert done(context) == [True, True, False, False]
    assert [step.next for step in first_steps(context)] == [False, False, True, False]
    with context.database.writing() as tx:
        preferences.put(tx, ARTICLE_WRITTEN, "yes")
    assert done(context) == [True, True, True, False]
    schedule(context, account)
    assert first_steps(context) == []
    assert "Four steps" not in owner_client.get("/admin/").text


def test_the_articles_that_come_along_do_not_count(context: Context) -> None:
    ids = {
        re.search(r"^id: *(\w+)", file.read_text("utf-8"), re.MULTILINE)[1]  # type: ignore[index]
        for file in (REPOSITORY / "posts").glob("*/index.md")
    }
    assert ids == SAMPLES


def test_home_shows_what_goes_out_next_and_what_went_out(
    context: Context, owner_client: Visitor, account: Account
) -> None:
    for hours in range(7, 0, -1):
        schedule(context, account, text=f"Teaser in {hours} <b>hours</b>", hours=hours)
    schedule(context, account, text="It was published", hours=-2, state=State.PUBLISHED)
    page = owner_client.get("/admin/").text
    assert re.findall(r"Teaser in (\d)", page) == ["1", "2", "3", "4", "5"]
    assert "<b>hours" not in page
    assert "Mon 23 November 2026, 09:00 EST" in page
    assert "in 1 hour" in page
    assert "It was published" in page


def test_home_counts_what_needs_a_person(context: Context, owner_client: Visitor, account: Account) -> None:
    assert "Look here first" not in owner_client.get("/admin/").text
    for state in (State.FAILED, State.FAILED, State.MISSED, State.NEEDS_HUMAN, State.HELD, State.UNKNOWN):
        schedule(context, account, state=state)
    schedule(context, account, text="Where is it?", hours=-1)
    page = owner_client.get("/admin/").text
    counts = re.findall(r'href="/admin/queue/(\S*)"><strong class="tabular">(\d+)', page)
    states = [("?state=unknown", "1"), ("?state=needs_human", "1"), ("?state=failed", "2")]
    assert counts == [("?show=overdue", "1"), *states, ("away", "1"), ("?state=held", "1")]
    assert page.index("Where is it?") < page.index("Goes out next"), "what is wrong comes first, with its words"
    assert "Where is it?" in owner_client.get("/admin/queue/?show=overdue").text
