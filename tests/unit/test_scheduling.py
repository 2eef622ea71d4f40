"""Putting teasers into the queues: everything or nothing, once, and never two at one time."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.slots import instant, parse_wall
from scheduler.domain.teaser import Variant, When, payload_from_json
from scheduler.services.context import Context
from scheduler.services.planning import drafts
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import Scheduled, schedule
from scheduler.storage import deliveries, listings, teasers
from tests.support.clock import StillClock
from tests.support.newsroom import DRAFT, NEEDLING, add_account
from tests.support.postgres import BOTH_DATABASES

pytestmark = BOTH_DATABASES

NEW_YORK = "America/New_York"
HOUR = 3_600_000
NEXT = When(queue="next")
TOP = When(queue="top")


def at(wall: str) -> int:
    return instant(parse_wall(wall), NEW_YORK)


# The slots of config/calendar.toml after Monday 08:00.
MONDAY, TUESDAY, WEDNESDAY = at("2026-11-23T09:00"), at("2026-11-24T12:30"), at("2026-11-25T09:00")
THURSDAY, FRIDAY = at("2026-11-26T12:30"), at("2026-11-27T09:00")


@pytest.fixture
def sky(newsroom: Context) -> Account:
    return add_account(newsroom, "bluesky", "Clinic")


@pytest.fixture
def toot(newsroom: Context) -> Account:
    return add_account(newsroom, "mastodon", "Clinic")


def put(newsroom: Context, when: When, *chosen: Account, text: str = "Read this.") -> Scheduled:
    given = TeaserInput(text, NEEDLING, accounts=tuple(account.id for account in chosen), when=when)
    return schedule(newsroom, given, Submission())


def due(done: Scheduled) -> list[int]:
    return [delivery.due_at for delivery in done.deliveries]


def stored(newsroom: Context, delivery_id: int) -> int:
    with newsroom.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found.due_at


def count(newsroom: Context) -> tuple[int, int]:
    with newsroom.database.reading() as tx:
        return len(teasers.listing(tx)), len(listings.search(tx))


def test_a_delivery_per_account_with_everything_frozen(newsroom: Context, sky: Account, toot: Account) -> None:
    done = put(newsroom, When("2026-11-24T10:00", NEW_YORK), sky, toot)
    assert done.teaser.scheduled
    assert [delivery.account_id for delivery in done.deliveries] == [sky.id, toot.id]
    first, second = done.deliveries
    assert first.state is State.SCHEDULED
    assert (first.at_wall, first.at_zone, first.queued) == ("2026-11-24T10:00", NEW_YORK, False)
    assert (first.due_at, first.late_after) == (at("2026-11-24T10:00"), at("2026-11-24T16:00"))
    assert first.short_code != second.short_code
    assert first.idempotency_key != second.idempotency_key
    payload = payload_from_json(first.payload)
    assert payload.digest() == first.payload_hash
    assert (payload.text, payload.language) == ("Read this.", "en-US")
    assert payload.link is not None
    assert (payload.link.title, payload.link.description) == (
        "The finer points",
        "What dry needling is, and what it is not.",
    )
    assert parse_qs(urlsplit(payload.link.url).query) == {
        "utm_source": ["bluesky"],
        "utm_medium": ["social"],
        "utm_content": [first.short_code],
    }


def test_a_variant_is_what_its_account_gets(newsroom: Context, sky: Account, toot: Account) -> None:
    given = TeaserInput(
        "For all", NEEDLING, accounts=(sky.id, toot.id), when=NEXT,
        variants={toot.id: Variant("For Mastodon", options={"visibility": "unlisted"})},
    )  # fmt: skip
    by_account = {
        d.account_id: payload_from_json(d.payload) for d in schedule(newsroom, given, Submission()).deliveries
    }
    assert by_account[sky.id].text == "For all"
    assert by_account[toot.id].text == "For Mastodon"
    assert by_account[toot.id].options == {"visibility": "unlisted"}


def test_the_articles_address_in_the_text_carries_the_code_too(newsroom: Context, sky: Account) -> None:
    address = "http://127.0.0.1:8000/blog/needling/"
    done = put(newsroom, NEXT, sky, text=f"See {address}, not {address}more or {address}?x=1.")
    payload = payload_from_json(done.deliveries[0].payload)
    assert payload.link is not None
    assert payload.text == f"See {payload.link.url}, not {address}more or {address}?x=1."


def test_a_link_of_somebody_else_is_left_alone(newsroom: Context, sky: Account) -> None:
    given = TeaserInput("Look", link="https://example.org/a?utm_source=x", accounts=(sky.id,), when=NEXT)
    payload = payload_from_json(schedule(newsroom, given, Submission()).deliveries[0].payload)
    assert payload.link is not None
    assert (payload.link.url, payload.link.title) == ("https://example.org/a?utm_source=x", "example.org")


def test_next_fills_the_slots_in_order_and_keeps_the_zone(newsroom: Context, sky: Account) -> None:
    found = [put(newsroom, NEXT, sky).deliveries[0] for _ in range(3)]
    assert [delivery.due_at for delivery in found] == [MONDAY, TUESDAY, WEDNESDAY]
    assert found[1].queued
    assert (found[1].at_wall, found[1].at_zone) == ("2026-11-24T12:30", NEW_YORK)


def test_next_is_free_again_after_a_cancellation(newsroom: Context, sky: Account, clock: StillClock) -> None:
    first = put(newsroom, NEXT, sky).deliveries[0]
    with newsroom.database.writing() as tx:
        deliveries.set_state(tx, first.id, State.CANCELLED, expect={State.SCHEDULED}, now=clock.now_ms())
    assert due(put(newsroom, NEXT, sky)) == [MONDAY]


def test_next_keeps_its_distance_from_a_time_of_its_own(newsroom: Context, sky: Account) -> None:
    put(newsroom, When("2026-11-23T09:14", NEW_YORK), sky)
    assert due(put(newsroom, NEXT, sky)) == [TUESDAY]


def test_each_account_has_its_own_queue(newsroom: Context, sky: Account, toot: Account) -> None:
    put(newsroom, NEXT, sky)
    by_account = {d.account_id: d.due_at for d in put(newsroom, NEXT, sky, toot).deliveries}
    assert by_account == {sky.id: TUESDAY, toot.id: MONDAY}


def test_top_moves_the_run_and_nothing_behind_the_gap(newsroom: Context, sky: Account) -> None:
    one, two, gap, behind = (put(newsroom, NEXT, sky).deliveries[0] for _ in range(4))
    with newsroom.database.writing() as tx:
        deliveries.set_state(tx, gap.id, State.CANCELLED, expect={State.SCHEDULED}, now=0)
    done = put(newsroom, TOP, sky)
    assert due(done) == [MONDAY]
    assert [(move.was_at, move.due_at) for move in done.moves] == [(MONDAY, TUESDAY), (TUESDAY, WEDNESDAY)]
    assert [stored(newsroom, each.id) for each in (one, two, behind)] == [TUESDAY, WEDNESDAY, THURSDAY]
    with newsroom.database.reading() as tx:
        moved = deliveries.get(tx, one.id)
    assert moved is not None
    assert (moved.at_wall, moved.not_before, moved.late_after) == ("2026-11-24T12:30", TUESDAY, TUESDAY + 6 * HOUR)


def test_top_never_moves_a_time_that_a_person_chose(newsroom: Context, sky: Account) -> None:
    chosen = put(newsroom, When("2026-11-23T09:00", NEW_YORK), sky).deliveries[0]
    queued = put(newsroom, NEXT, sky).deliveries[0]
    assert due(put(newsroom, TOP, sky)) == [TUESDAY]
    assert stored(newsroom, chosen.id) == MONDAY
    assert stored(newsroom, queued.id) == WEDNESDAY


def test_top_never_moves_what_was_tried_before(newsroom: Context, sky: Account) -> None:
    tried = put(newsroom, NEXT, sky).deliveries[0]
    with newsroom.database.writing() as tx:
        deliveries.set_state(tx, tried.id, State.HELD, expect={State.SCHEDULED}, now=0, attempts=1, maybe_live=1)
        deliveries.set_state(tx, tried.id, State.SCHEDULED, expect={State.HELD}, now=0)
    assert due(put(newsroom, TOP, sky)) == [TUESDAY]
    assert stored(newsroom, tried.id) == MONDAY


def test_now_is_now(newsroom: Context, sky: Account, clock: StillClock) -> None:
    assert due(put(newsroom, When(now=True), sky)) == [clock.now_ms()]


def test_one_bad_account_and_nothing_is_stored(newsroom: Context, sky: Account, toot: Account) -> None:
    with pytest.raises(Invalid) as refused:
        put(newsroom, NEXT, sky, toot, text="x" * 400)
    assert [problem.field for problem in refused.value.problems] == [f"accounts.{sky.id}.text"]
    assert count(newsroom) == (0, 0)


def test_a_failure_in_the_middle_undoes_everything(
    newsroom: Context, sky: Account, toot: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = deliveries.add, []

    def second_fails(*arguments: object) -> int:
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError("the disk is full")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(deliveries, "add", second_fails)
    with pytest.raises(OSError, match="disk"):
        put(newsroom, TOP, sky, toot)
    assert count(newsroom) == (0, 0)


def test_a_full_queue_is_an_error_that_names_the_account(newsroom: Context, sky: Account) -> None:
    calendar = newsroom.settings.config / "calendar.toml"
    calendar.write_text(f'{calendar.read_text("utf-8")}\n[accounts.{sky.key}]\nslots = ["Mon 09:00"]\n', "utf-8")
    for _ in range(13):
        put(newsroom, NEXT, sky)
    with pytest.raises(Invalid, match="next 90 days is taken"):
        put(newsroom, NEXT, sky)


def test_the_same_form_twice_is_one_teaser(newsroom: Context, sky: Account) -> None:
    given = TeaserInput("Read this.", NEEDLING, accounts=(sky.id,), when=NEXT)
    first = schedule(newsroom, given, Submission("form-1"))
    second = schedule(newsroom, given, Submission("form-1"))
    assert (first.again, second.again) == (False, True)
    assert first.deliveries == second.deliveries
    assert count(newsroom) == (1, 1)


def test_a_reopened_draft_scheduled_twice_is_one_teaser_but_other_words_are_a_conflict(
    newsroom: Context, sky: Account
) -> None:
    given = TeaserInput("Read this.", NEEDLING, accounts=(sky.id,), when=NEXT)
    draft = drafts.save(newsroom, given, Submission())
    which = Submission(teaser_id=draft.id, version=draft.version)
    assert not schedule(newsroom, given, which).again
    assert schedule(newsroom, given, which).again
    with pytest.raises(Conflict, match="scheduled already"):
        schedule(newsroom, replace(given, text="Other words"), which)
    assert count(newsroom) == (1, 1)


def test_a_draft_that_was_changed_in_another_window_is_not_scheduled(newsroom: Context, sky: Account) -> None:
    given = TeaserInput("Mine", NEEDLING, accounts=(sky.id,), when=NEXT)
    draft = drafts.save(newsroom, given, Submission())
    drafts.save(newsroom, replace(given, text="Theirs"), Submission(teaser_id=draft.id, version=draft.version))
    with pytest.raises(Conflict, match="another window"):
        schedule(newsroom, given, Submission(teaser_id=draft.id, version=draft.version))
    assert count(newsroom) == (1, 0)


def test_eight_people_take_the_next_slot_at_the_same_moment(newsroom: Context, sky: Account) -> None:
    start = threading.Barrier(8)
    found: list[int] = []

    def take() -> None:
        start.wait()
        found.extend(due(put(newsroom, NEXT, sky)))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 8


def test_eight_clicks_at_the_same_moment_are_one_teaser(newsroom: Context, sky: Account) -> None:
    start = threading.Barrier(8)
    given = TeaserInput("Read this.", NEEDLING, accounts=(sky.id,), when=NEXT)
    found: list[int] = []

    def click() -> None:
        start.wait()
        found.append(schedule(newsroom, given, Submission("one-form")).teaser.id)

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert count(newsroom) == (1, 1)


def test_payloads_hold_nothing_but_what_is_sent(newsroom: Context, sky: Account) -> None:
    payload = json.loads(put(newsroom, NEXT, sky).deliveries[0].payload)
    assert set(payload) == {"text", "link", "media", "language", "options"}


def test_a_draft_article_stops_it(newsroom: Context, sky: Account) -> None:
    given = TeaserInput("Soon", DRAFT, accounts=(sky.id,), when=NEXT)
    with pytest.raises(Invalid, match="is a draft"):
        schedule(newsroom, given, Submission())
