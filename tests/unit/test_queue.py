"""Where a teaser lands in a queue: the rules by example, and what must hold for every queue."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.queue import Move, Place, QueueRules, next_place, top_place
from scheduler.domain.slots import NoFreeSlot, Slot, instant, local, occurrences, parse_slot, parse_wall, within_gap

NEW_YORK = "America/New_York"
MINUTE = 60_000
GAP = 15 * MINUTE
DAILY = tuple(Slot(day, 9, 0) for day in range(7))
MORNINGS = QueueRules(DAILY, NEW_YORK, GAP)


def at(wall: str, zone: str = NEW_YORK) -> int:
    return instant(parse_wall(wall), zone)


NOW = at("2026-11-22T12:00")


def day(number: int) -> int:
    """The 09:00 slot of a day of November 2026."""
    return at(f"2026-11-{number:02}T09:00")


def test_next_takes_the_first_slot_of_an_empty_queue() -> None:
    assert next_place(MORNINGS, NOW, ()) == Place(day(23))


def test_next_passes_over_taken_slots_and_fills_the_first_hole() -> None:
    assert next_place(MORNINGS, NOW, [day(23), day(24), day(26)]) == Place(day(25))


def test_a_slot_is_taken_by_a_post_nearer_than_the_gap_on_either_side() -> None:
    near = [day(23) + GAP - 1, day(24) - GAP + 1]
    assert next_place(MORNINGS, NOW, near) == Place(day(25))
    assert next_place(MORNINGS, NOW, [day(23) + GAP]) == Place(day(23))


def test_without_a_gap_only_the_very_same_time_is_taken() -> None:
    rules = QueueRules(DAILY, NEW_YORK, 0)
    assert next_place(rules, NOW, [day(23) + 1]) == Place(day(23))
    assert next_place(rules, NOW, [day(23)]) == Place(day(24))


def test_a_slot_that_is_now_has_passed() -> None:
    assert next_place(MORNINGS, day(23), ()) == Place(day(24))


def test_an_account_without_slots_says_what_to_do() -> None:
    rules = QueueRules((), NEW_YORK, GAP)
    with pytest.raises(NoFreeSlot, match="Add posting times under Settings"):
        next_place(rules, NOW, ())
    with pytest.raises(NoFreeSlot, match="Add posting times under Settings"):
        top_place(rules, NOW, {}, ())


def test_beyond_ninety_days_there_is_an_error_and_no_silent_date() -> None:
    taken = list(occurrences(DAILY, NEW_YORK, NOW))
    with pytest.raises(NoFreeSlot, match="next 90 days"):
        next_place(MORNINGS, NOW, taken)
    with pytest.raises(NoFreeSlot, match="next 90 days"):
        top_place(MORNINGS, NOW, dict(enumerate(taken, 1)), ())


def test_top_of_an_empty_queue_is_the_first_slot_and_moves_nobody() -> None:
    assert top_place(MORNINGS, NOW, {}, ()) == Place(day(23))


def test_top_shifts_the_run_up_to_the_first_gap_only() -> None:
    queued = {1: day(23), 2: day(24), 3: day(26), 4: day(27)}
    place = top_place(MORNINGS, NOW, queued, ())
    assert place == Place(day(23), (Move(1, day(23), day(24)), Move(2, day(24), day(25))))


def test_top_does_not_move_a_run_that_starts_behind_a_gap() -> None:
    assert top_place(MORNINGS, NOW, {1: day(24), 2: day(25)}, ()) == Place(day(23))


def test_top_steps_over_deliveries_with_a_time_of_their_own() -> None:
    place = top_place(MORNINGS, NOW, {1: day(24)}, [day(23), day(25) + 5 * MINUTE])
    assert place == Place(day(24), (Move(1, day(24), day(26)),))


def test_top_leaves_a_queued_delivery_alone_that_stands_off_every_slot() -> None:
    noon = at("2026-11-23T12:00")
    assert top_place(MORNINGS, NOW, {1: noon}, ()) == Place(day(23))


def test_slots_closer_than_the_gap_are_not_both_used() -> None:
    rules = QueueRules((parse_slot("Mon 09:00"), parse_slot("Mon 09:05"), parse_slot("Tue 09:00")), NEW_YORK, GAP)
    place = top_place(rules, NOW, {1: day(23) + 5 * MINUTE}, ())
    assert place == Place(day(23), (Move(1, day(23) + 5 * MINUTE, day(24)),))


def test_a_slot_in_the_night_the_clocks_go_forward_shifts_by_the_gap() -> None:
    rules = QueueRules((parse_slot("Sun 02:30"),), NEW_YORK, GAP)
    place = next_place(rules, at("2027-03-13T12:00"), ())
    assert local(place.due_at, NEW_YORK).strftime("%a %d %b %H:%M %Z") == "Sun 14 Mar 03:30 EDT"


def test_a_slot_in_the_night_the_clocks_go_back_happens_once() -> None:
    rules = QueueRules((parse_slot("Sun 01:30"),), NEW_YORK, GAP)
    first = next_place(rules, at("2026-10-31T12:00"), ())
    assert local(first.due_at, NEW_YORK).strftime("%a %d %b %H:%M %Z") == "Sun 01 Nov 01:30 EDT"
    second = next_place(rules, first.due_at, ())
    assert local(second.due_at, NEW_YORK).strftime("%a %d %b %H:%M %Z") == "Sun 08 Nov 01:30 EST"


ZONES = st.sampled_from([NEW_YORK, "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC", "America/Santiago"])
SLOTS = st.lists(st.builds(Slot, st.integers(0, 6), st.integers(0, 23), st.integers(0, 59)), min_size=1, max_size=6)
MOMENTS = st.integers(at("2026-01-01T00:00"), at("2030-01-01T00:00"))


@st.composite
def queues(draw: st.DrawFn) -> tuple[QueueRules, int, dict[int, int], list[int]]:
    """Rules, a moment, and a queue that grew by "next" with some deliveries at times of their own in between."""
    rules = QueueRules(tuple(sorted(set(draw(SLOTS)))), draw(ZONES), draw(st.integers(0, 120)) * MINUTE)
    now = draw(MOMENTS)
    fixed = [now + draw(st.integers(0, 20 * 24 * 60)) * MINUTE for _ in range(draw(st.integers(0, 3)))]
    queued: dict[int, int] = {}
    for key in range(1, draw(st.integers(0, 8)) + 1):
        queued[key] = next_place(rules, now, [*fixed, *queued.values()]).due_at
    for key in draw(st.sets(st.sampled_from(sorted(queued)))) if queued else ():
        del queued[key]
    return rules, now, queued, fixed


def keep_their_distance(moments: list[int], gap: int) -> bool:
    ordered = sorted(moments)
    return all(later - earlier >= max(gap, 1) for earlier, later in pairwise(ordered))


@given(queues())
def test_next_never_collides_and_never_passes_over_a_free_slot(
    queue: tuple[QueueRules, int, dict[int, int], list[int]],
) -> None:
    rules, now, queued, fixed = queue
    taken = [*queued.values(), *fixed]
    place = next_place(rules, now, taken)
    assert place.due_at > now
    assert not within_gap(place.due_at, taken, rules.gap)
    earlier = (slot for slot in occurrences(rules.slots, rules.zone, now) if slot < place.due_at)
    assert all(within_gap(slot, taken, rules.gap) for slot in earlier)


@given(queues())
def test_top_keeps_order_distance_and_everything_behind_the_first_gap(
    queue: tuple[QueueRules, int, dict[int, int], list[int]],
) -> None:
    rules, now, queued, fixed = queue
    place = top_place(rules, now, queued, fixed)
    after = queued | {move.delivery_id: move.due_at for move in place.moves}
    assert keep_their_distance([place.due_at, *after.values()], rules.gap)
    assert not any(within_gap(moment, fixed, rules.gap) for moment in (place.due_at, *after.values()))
    assert sorted(queued, key=queued.__getitem__) == sorted(after, key=after.__getitem__)
    assert all(move.due_at > move.was_at == queued[move.delivery_id] for move in place.moves)
    assert all(place.due_at < due for due in after.values())


@given(queues())
def test_top_moves_no_more_than_it_must(queue: tuple[QueueRules, int, dict[int, int], list[int]]) -> None:
    rules, now, queued, fixed = queue
    place = top_place(rules, now, queued, fixed)
    hole = next_place(rules, now, [*queued.values(), *fixed]).due_at
    moved = {move.delivery_id for move in place.moves}
    assert moved == {key for key, due in queued.items() if due < hole}
