"""What speaks against a teaser: all of it at once, with the sentence that a marketer reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain.account import AccountState
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import Teaser, Variant, When
from scheduler.services.context import Context
from scheduler.services.planning.checking import Check, check
from tests.support.clock import StillClock
from tests.support.newsroom import ARCHIVED, DRAFT, LATER, NEEDLING, add_account

NEW_YORK = "America/New_York"
TUESDAY = When("2026-11-24T09:00", NEW_YORK)

LOCAL = "which nobody else can open"
"""Said of every real account here: the house of these tests has no public address."""


def teaser(**changes: object) -> Teaser:
    values: dict[str, object] = {"text": "Read this.", "article_id": NEEDLING, "when": TUESDAY}
    return Teaser(id=0, **(values | changes))  # type: ignore[arg-type]


def fields(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.field for problem in problems]


def test_a_good_teaser_has_no_problem_and_says_when_it_goes_out(newsroom: Context) -> None:
    sky = add_account(newsroom, "bluesky", "Clinic")
    found = check(newsroom, teaser(accounts=(sky.id,)))
    assert [each for each in found.all_problems if LOCAL not in each.message] == []
    [entry] = found.accounts
    assert entry.sentence == "will go out Tuesday 24 November, 09:00 EST, in 1 day"
    assert (entry.count.used, entry.count.limit) == (10, 300)


def test_all_problems_of_all_accounts_come_at_once(newsroom: Context) -> None:
    sky = add_account(newsroom, "bluesky", "Clinic")
    toot = add_account(newsroom, "mastodon", "Clinic", AccountState.PAUSED)
    found = check(newsroom, teaser(text="x" * 501, assets=("gone",), accounts=(sky.id, toot.id, 99), when=When()))
    assert fields(found.errors) == [
        "assets",
        "when",
        "accounts",
        f"accounts.{sky.id}.text",
        f"accounts.{toot.id}.account",
        f"accounts.{toot.id}.text",
    ]
    assert "Clinic (Bluesky): The text is too long: 501 of at most 300" in found.errors[3].message
    assert "paused" in found.errors[4].message


def test_every_platform_counts_its_own_way(newsroom: Context) -> None:
    chosen = (add_account(newsroom, "bluesky", "Clinic").id, add_account(newsroom, "mastodon", "Clinic").id)
    sky, toot = check(newsroom, teaser(text="👩‍👩‍👧‍👦 hi", accounts=chosen)).accounts
    assert sky.count.used == 4
    assert toot.text.startswith(
        "👩‍👩‍👧‍👦 hi\n\nhttp://127.0.0.1:8000/blog/needling/?utm_source=mastodon&utm_medium=social"
    )
    assert toot.count.used == 4 + 2 + 23


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (AccountState.PAUSED, "Resume it"),
        (AccountState.BROKEN, "needs to be connected again"),
        (AccountState.DISCONNECTED, "disc"),
    ],
)
def test_an_account_that_cannot_be_published_to(newsroom: Context, state: AccountState, words: str) -> None:
    account = add_account(newsroom, "bluesky", "Clinic", state)
    [problem] = check(newsroom, teaser(accounts=(account.id,))).errors
    assert problem.field == f"accounts.{account.id}.account"
    assert words in problem.message


def test_no_account(newsroom: Context) -> None:
    assert fields(check(newsroom, teaser()).errors) == ["accounts"]


def test_an_empty_text_without_link_is_refused_even_if_a_variant_is_fine(newsroom: Context) -> None:
    sky, toot = add_account(newsroom, "bluesky", "Clinic"), add_account(newsroom, "mastodon", "Clinic")
    given = teaser(text="", article_id="", accounts=(sky.id, toot.id), variants={sky.id: Variant("Only for Bluesky")})
    assert fields(check(newsroom, given).errors) == [f"accounts.{toot.id}.text"]


@pytest.mark.parametrize(
    ("article", "words"),
    [
        (DRAFT, "is a draft"),
        (ARCHIVED, "is archived"),
        (LATER, "appears Tue 1 December 2026, 09:00 EST, after this teaser goes out"),
        ("nowhere", "not there any more"),
    ],
)
def test_an_article_that_visitors_would_not_find(newsroom: Context, article: str, words: str) -> None:
    account = add_account(newsroom, "bluesky", "Clinic")
    [problem] = check(newsroom, teaser(article_id=article, accounts=(account.id,))).errors
    assert problem.field == "article"
    assert words in problem.message


def test_a_scheduled_article_is_fine_for_a_teaser_after_it(newsroom: Context) -> None:
    account = add_account(newsroom, "bluesky", "Clinic")
    given = teaser(article_id=LATER, accounts=(account.id,), when=When("2026-12-01T09:00", NEW_YORK))
    assert check(newsroom, given).errors == ()


def check_time(newsroom: Context, wall: str, zone: str = NEW_YORK) -> Check:
    account = add_account(newsroom, "bluesky", "Clinic")
    return check(newsroom, teaser(accounts=(account.id,), when=When(wall, zone)))


@pytest.mark.parametrize(
    ("wall", "field", "words"),
    [
        ("2026-11-23T07:59", "when.at", "has passed (1 minute ago)"),
        ("2026-11-23T08:00", "when.at", "has passed"),
        ("2029-01-01T09:00", "when.at", "more than two years away"),
        ("tomorrow", "when.at", "not a date and time"),
        ("2026-11-24T", "when.at", "Choose a date and a time."),
        ("2026-02-30T09:00", "when.at", "not a date and time"),
        ("9999-12-31T23:59", "when.at", "Check the year"),
    ],
)
def test_a_time_that_cannot_be(newsroom: Context, wall: str, field: str, words: str) -> None:
    [problem] = check_time(newsroom, wall).errors
    assert problem.field == field
    assert words in problem.message


def test_a_zone_that_does_not_exist(newsroom: Context) -> None:
    assert fields(check_time(newsroom, "2026-11-24T09:00", "America/Boston").errors) == ["when.zone"]


def test_a_time_in_the_clock_gap_says_what_it_becomes(newsroom: Context) -> None:
    found = check_time(newsroom, "2027-03-14T02:30")
    assert found.errors == ()
    [warning] = [each for each in found.warnings if LOCAL not in each.message]
    assert warning.message == (
        "02:30 does not exist on 14 March 2027 in America/New_York: the clocks go forward. It becomes 03:30 EDT."
    )
    assert "Sunday 14 March 2027, 03:30 EDT" in found.accounts[0].sentence


def test_another_zone_is_kept_and_named(newsroom: Context) -> None:
    assert (
        "Tuesday 24 November, 09:00 CET"
        in check_time(newsroom, "2026-11-24T09:00", "Europe/Berlin").accounts[0].sentence
    )


def test_exactly_one_choice_of_time(newsroom: Context) -> None:
    account = add_account(newsroom, "bluesky", "Clinic")
    for when in (When(), When("2026-11-24T09:00", NEW_YORK, "next"), When(queue="next", now=True)):
        assert fields(check(newsroom, teaser(accounts=(account.id,), when=when)).errors) == ["when"]
    assert fields(check(newsroom, teaser(accounts=(account.id,), when=When(queue="last"))).errors) == ["when.queue"]


def test_the_next_slot_and_now(newsroom: Context, clock: StillClock) -> None:
    account = add_account(newsroom, "bluesky", "Clinic")
    given = teaser(accounts=(account.id,), when=When(queue="next"))
    assert check(newsroom, given).accounts[0].sentence == "will go out Monday 23 November, 09:00 EST, in 1 hour"
    [entry] = check(newsroom, replace(given, when=When(now=True))).accounts
    assert (entry.due_at, entry.sentence) == (clock.now_ms(), "will go out now")


def test_an_account_without_slots_has_its_own_problem(newsroom: Context) -> None:
    account = add_account(newsroom, "bluesky", "Clinic")
    calendar = newsroom.settings.config / "calendar.toml"
    calendar.write_text(f"{calendar.read_text('utf-8')}\n[accounts.{account.key}]\nslots = []\n", "utf-8")
    found = check(newsroom, teaser(accounts=(account.id,), when=When(queue="next")))
    [problem] = found.errors
    assert problem.field == f"accounts.{account.id}.when"
    assert "has no slots" in problem.message


@pytest.mark.parametrize(
    "link", ["example.org", "javascript:alert(1)", "https://", "https://a b.org", "http://u:p@x.org"]
)
def test_a_link_that_is_no_address(newsroom: Context, link: str) -> None:
    account = add_account(newsroom, "bluesky", "Clinic")
    assert fields(check(newsroom, teaser(article_id="", link=link, accounts=(account.id,))).errors) == ["link"]


def test_a_link_that_only_this_machine_opens_is_warned_of(newsroom: Context) -> None:
    account = add_account(newsroom, "bluesky", "Clinic")
    found = check(newsroom, teaser(accounts=(account.id,), article_id=NEEDLING))
    assert any(LOCAL in problem.message for problem in found.warnings)
    assert found.errors == ()
