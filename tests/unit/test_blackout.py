"""Blackout days: how they are written, what slots pass over, and how a shuffle draws its order."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.blackout import Span, covering, parse_span
from scheduler.domain.queue import QueueRules, next_place, shuffled, top_place
from scheduler.domain.slots import NoFreeSlot, Slot, instant, local, parse_wall

NEW_YORK = "America/New_York"
DAILY = tuple(Slot(day, 9, 0) for day in range(7))
CHRISTMAS = parse_span("2026-12-24..2026-12-26")


def at(wall: str) -> int:
    return instant(parse_wall(wall), NEW_YORK)


def rules(*spans: Span) -> QueueRules:
    return QueueRules(DAILY, NEW_YORK, 15 * 60_000, spans)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2027-01-01", date(2027, 1, 1), date(2027, 1, 1)),
        ("2026-12-24..2026-12-26", date(2026, 12, 24), date(2026, 12, 26)),
        (" 2026-12-24 .. 2026-12-24 ", date(2026, 12, 24), date(2026, 12, 24)),
    ],
)
def test_a_day_or_several_are_read(text: str, first: date, last: date) -> None:
    assert parse_span(text) == Span(first, last)
    assert parse_span(str(parse_span(text))) == Span(first, last)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Christmas", "is not a day"),
        ("2026-13-01", "is not a day"),
        ("2026-12-24..", "is not a day"),
        ("..2026-12-24", "is not a day"),
        ("20261224", "is not a day"),
        ("2026-W52-4", "is not a day"),
        ("2026-12-26..2026-12-24", "ends before it begins"),
        ("2026-12-24..2028-12-26", "longer than a year"),
    ],
)
def test_what_is_no_day_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_span(text)


def test_a_day_counts_by_the_local_date() -> None:
    assert covering([CHRISTMAS], at("2026-12-24T00:00"), NEW_YORK) == CHRISTMAS
    assert covering([CHRISTMAS], at("2026-12-26T23:59"), NEW_YORK) == CHRISTMAS
    assert covering([CHRISTMAS], at("2026-12-23T23:59"), NEW_YORK) is None, "in UTC it is the 24th already"
    assert covering([CHRISTMAS], at("2026-12-27T00:00"), NEW_YORK) is None
    assert covering([], at("2026-12-25T09:00"), NEW_YORK) is None


def test_next_passes_over_blackout_days() -> None:
    after = at("2026-12-23T10:00")
    assert next_place(rules(), after, []).due_at == at("2026-12-24T09:00")
    assert next_place(rules(CHRISTMAS), after, []).due_at == at("2026-12-27T09:00")


def test_top_neither_takes_nor_gives_out_a_blackout_day() -> None:
    standing = {1: at("2026-12-23T09:00"), 2: at("2026-12-27T09:00")}
    place = top_place(rules(CHRISTMAS), at("2026-12-22T10:00"), standing, [])
    assert place.due_at == at("2026-12-23T09:00")
    assert [(move.delivery_id, move.due_at) for move in place.moves] == [
        (1, at("2026-12-27T09:00")),
        (2, at("2026-12-28T09:00")),
    ]


def test_a_year_of_blackout_leaves_no_slot() -> None:
    whole_year = Span(date(2026, 12, 1), date(2027, 11, 30))
    with pytest.raises(NoFreeSlot):
        next_place(rules(whole_year), at("2026-12-01T10:00"), [])


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    st.integers(0, 20),
    st.sampled_from([NEW_YORK, "Asia/Kathmandu", "Pacific/Apia", "UTC"]),
)
def test_no_slot_is_ever_given_out_on_a_blackout_day(first: date, days: int, zone: str) -> None:
    span = Span(first, date.fromordinal(first.toordinal() + days))
    place = next_place(QueueRules(DAILY, zone, 0, (span,)), instant(parse_wall(f"{first}T00:00"), zone) - 1, [])
    assert local(place.due_at, zone).date() not in span
    assert local(place.due_at, zone).date().toordinal() == span.last.toordinal() + 1


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30, unique=True), st.data())
def test_a_shuffle_keeps_the_times_and_loses_nobody(times: list[int], data: st.DataObject) -> None:
    queued = dict(enumerate(times, 1))
    earliest = {key: data.draw(st.integers(0, due)) for key, due in queued.items()}
    draw = random.Random(data.draw(st.integers()))
    order = shuffled(queued, earliest, draw.randrange)
    assert sorted(order) == sorted(queued)
    for key, due in zip(order, sorted(times), strict=True):
        assert earliest[key] <= due, "no post stands before its article is public"


def test_a_shuffle_takes_whom_it_draws() -> None:
    queued = {1: 100, 2: 200, 3: 300}
    assert shuffled(queued, {}, lambda n: n - 1) == (3, 2, 1)
    assert shuffled(queued, {}, lambda _: 0) == (1, 2, 3)
    assert shuffled(queued, {3: 250}, lambda n: n - 1) == (2, 1, 3)
