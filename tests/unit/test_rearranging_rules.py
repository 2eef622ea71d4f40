"""What moves when zone, slots or gap change: by example, and what must hold for every queue and every change."""

from __future__ import annotations

from datetime import date
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.blackout import Span
from scheduler.domain.queue import QueueRules
from scheduler.domain.rearranging import Before, Choice, Own, Post, Queued, Rearrangement, outside, rearrange
from scheduler.domain.slots import Slot, instant, local, occurrences, parse_slot, parse_wall

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
MINUTE, DAY = 60_000, 86_400_000
GAP = 15 * MINUTE
CLOCK = Choice(own=Own.CLOCK)


def at(wall: str, zone: str = NEW_YORK) -> int:
    return instant(parse_wall(wall), zone)


NOW = at("2026-11-22T12:00")


def slots(*texts: str) -> tuple[Slot, ...]:
    return tuple(parse_slot(text) for text in texts)


def rules(*texts: str, zone: str = NEW_YORK, gap: int = GAP, blackout: tuple[Span, ...] = ()) -> QueueRules:
    return QueueRules(slots(*texts), zone, gap, blackout)


def queued(number: int, wall: str, zone: str = NEW_YORK, earliest: int = 0) -> Post:
    return Post(number, at(wall, zone), True, wall, zone, earliest)


def own(number: int, wall: str, zone: str = NEW_YORK, earliest: int = 0) -> Post:
    return Post(number, at(wall, zone), False, wall, zone, earliest)


def before(*posts: Post, held: tuple[int, ...] = (), zone: str = NEW_YORK) -> Before:
    return Before(posts, held, zone, NOW)


def times(found: Rearrangement, zone: str = NEW_YORK) -> dict[int, str]:
    return {move.delivery_id: local(move.due_at, zone).strftime("%a %d %b %H:%M") for move in found.moves}


def test_each_post_goes_to_the_new_slot_of_its_own_day() -> None:
    posts = [queued(1, "2026-11-24T09:00"), queued(2, "2026-12-08T09:00")]
    found = rearrange(before(*posts), rules("Tue 10:30"), Choice())
    assert times(found) == {1: "Tue 24 Nov 10:30", 2: "Tue 08 Dec 10:30"}, "the free week between them stays free"
    assert (found.moves[0].at_wall, found.moves[0].at_zone) == ("2026-11-24T10:30", NEW_YORK)
    assert found.stuck == ()


def test_what_stands_on_a_slot_stays() -> None:
    posts = [queued(1, "2026-11-24T09:00"), queued(2, "2026-11-26T09:00")]
    found = rearrange(before(*posts), rules("Tue 08:00", "Tue 09:00", "Fri 09:00"), Choice())
    assert times(found) == {2: "Fri 27 Nov 09:00"}


def test_a_post_that_moves_pushes_those_behind_it() -> None:
    posts = [queued(n, f"2026-11-{23 + n}T09:00") for n in (1, 2, 3)]
    found = rearrange(before(*posts), rules("Wed 09:00"), Choice())
    assert times(found) == {1: "Wed 25 Nov 09:00", 2: "Wed 02 Dec 09:00", 3: "Wed 09 Dec 09:00"}


def test_slots_held_by_others_are_passed_over_with_the_gap() -> None:
    held = (at("2026-11-24T10:40"),)
    found = rearrange(before(queued(1, "2026-11-24T09:00"), held=held), rules("Tue 10:30"), Choice())
    assert times(found) == {1: "Tue 01 Dec 10:30"}


def test_slots_closer_than_the_gap_are_not_both_used() -> None:
    posts = [queued(1, "2026-11-24T09:00"), queued(2, "2026-11-24T12:00")]
    found = rearrange(before(*posts), rules("Tue 10:00", "Tue 10:10", "Tue 10:20"), Choice())
    assert times(found) == {1: "Tue 24 Nov 10:00", 2: "Tue 24 Nov 10:20"}


def test_left_where_they_are_nothing_moves() -> None:
    found = rearrange(before(queued(1, "2026-11-24T09:00")), rules("Wed 10:30"), Choice(Queued.STAY))
    assert found == Rearrangement()


def test_without_room_the_whole_queue_stays_and_says_so() -> None:
    posts = [queued(n, f"2026-11-{23 + n % 7}T09:0{n % 10}") for n in range(1, 20)]
    found = rearrange(before(*posts), rules("Mon 09:00"), Choice())
    assert found.moves == ()
    assert len(found.stuck) == 19
    assert "not enough free slots" in found.stuck[0].why
    none = rearrange(before(posts[0]), rules(), Choice())
    assert [stuck.why for stuck in none.stuck] == ["There are no slots to move to."]


def test_nothing_moves_before_its_article_appears_or_onto_a_blackout_day() -> None:
    later = queued(1, "2026-11-24T12:00", earliest=at("2026-11-24T11:00"))
    found = rearrange(before(later), rules("Tue 09:00", "Wed 09:00"), Choice())
    assert times(found) == {1: "Wed 25 Nov 09:00"}
    closed = rules("Tue 09:00", "Wed 09:00", blackout=(Span(date(2026, 11, 24), date(2026, 11, 25)),))
    assert times(rearrange(before(queued(1, "2026-11-24T09:00")), closed, Choice())) == {1: "Tue 01 Dec 09:00"}


def test_another_zone_means_other_instants_for_the_same_slots() -> None:
    found = rearrange(before(queued(1, "2026-11-24T09:00")), rules("Tue 09:00", zone=BERLIN), Choice())
    assert times(found, BERLIN) == {1: "Tue 24 Nov 09:00"}
    assert found.moves[0].at_zone == BERLIN


def test_own_times_keep_the_moment_or_the_clock() -> None:
    post, elsewhere = own(1, "2026-11-24T18:00"), own(2, "2026-11-25T18:00", "Asia/Tokyo")
    stand = before(post, elsewhere)
    assert rearrange(stand, rules(zone=BERLIN), Choice()) == Rearrangement()
    found = rearrange(stand, rules(zone=BERLIN), CLOCK)
    assert [(m.delivery_id, m.due_at, m.at_wall, m.at_zone) for m in found.moves] == [
        (1, at("2026-11-24T18:00", BERLIN), "2026-11-24T18:00", BERLIN)
    ], "a time meant in a third zone is not the calendar's"
    assert rearrange(stand, rules("Mon 09:00"), CLOCK) == Rearrangement(), "the same zone moves no own time"


def test_an_own_time_that_would_do_harm_keeps_its_moment() -> None:
    past = own(1, "2026-11-22T15:00")
    article = own(2, "2026-11-24T09:00", earliest=at("2026-11-24T08:00"))
    crowded = own(3, "2026-11-25T15:00")
    stand = before(past, article, crowded, held=(at("2026-11-25T15:10", BERLIN),))
    found = rearrange(stand, rules(zone=BERLIN), CLOCK)
    assert found.moves == ()
    assert [stuck.delivery_id for stuck in found.stuck] == [1, 2, 3]
    assert "passed already" in found.stuck[0].why
    assert "article" in found.stuck[1].why
    assert "minimum gap" in found.stuck[2].why


def test_own_times_that_move_together_stay_as_close_as_they_were() -> None:
    pair = before(own(1, "2026-11-25T15:00"), own(2, "2026-11-25T15:05"))
    assert len(rearrange(pair, rules(zone=BERLIN), CLOCK).moves) == 2


def test_outside_counts_what_stands_on_no_slot() -> None:
    due = [at("2026-11-24T09:00"), at("2026-11-25T09:00"), at("2026-11-26T09:00")]
    assert outside(due, rules("Tue 09:00", "Thu 09:00"), NOW) == 1
    assert outside([], rules(), NOW) == 0


ZONES = st.sampled_from([NEW_YORK, BERLIN, "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "UTC"])
ANY_SLOT = st.builds(Slot, st.integers(0, 6), st.integers(0, 23), st.integers(0, 59))
CLOSE_SLOT = st.builds(Slot, st.integers(0, 2), st.integers(9, 10), st.sampled_from([0, 5, 10, 20]))
SLOT = ANY_SLOT | CLOSE_SLOT
MOMENT = st.integers(NOW // MINUTE + 1, (NOW + 80 * DAY) // MINUTE).map(lambda minute: minute * MINUTE)


@st.composite
def changes(draw: st.DrawFn) -> tuple[Before, QueueRules, Choice]:
    """A queue that stands on old slots, own times, other posts, and a change of everything."""
    zone, gap = draw(ZONES), draw(st.sampled_from([0, GAP, 120 * MINUTE]))
    old = draw(st.lists(SLOT, min_size=1, max_size=5, unique=True))
    standing = draw(st.lists(st.sampled_from(list(occurrences(old, zone, NOW))), max_size=12, unique=True))

    def wall(moment: int) -> str:
        return local(moment, zone).strftime("%Y-%m-%dT%H:%M")

    posts = [Post(n, due, True, wall(due), zone) for n, due in enumerate(standing, 1)]
    mine = draw(st.lists(MOMENT, max_size=6, unique=True))
    # Own times go through the clock, so that wall time and instant agree as they do in the product.
    posts += [Post(n, instant(parse_wall(wall(due)), zone), False, wall(due), zone) for n, due in enumerate(mine, 101)]
    held = tuple(draw(st.lists(MOMENT, max_size=6)))
    fresh = draw(st.lists(SLOT, max_size=5, unique=True))
    new = QueueRules(tuple(fresh), draw(ZONES), gap)
    choice = Choice(draw(st.sampled_from(Queued)), draw(st.sampled_from(Own)))
    return Before(posts, held, zone, NOW), new, choice


@given(changes())
def test_order_is_kept_no_gap_is_broken_and_nothing_is_lost_or_doubled(
    given_: tuple[Before, QueueRules, Choice],
) -> None:
    stand, new, choice = given_
    found = rearrange(stand, new, choice)
    ids = [move.delivery_id for move in found.moves] + [stuck.delivery_id for stuck in found.stuck]
    known = {post.id: post for post in stand.posts}
    assert len(ids) == len(set(ids)), "nobody is named twice"
    assert set(ids) <= set(known), "and nobody who is not there"
    moved = {move.delivery_id: move.due_at for move in found.moves}
    after = {post.id: moved.get(post.id, post.due_at) for post in stand.posts}
    line = sorted((post for post in stand.posts if post.queued), key=lambda post: (post.due_at, post.id))
    assert [p.id for p in sorted(line, key=lambda p: after[p.id])] == [p.id for p in line], "the queue's order"
    free = set(occurrences(new.slots, new.zone, NOW)) | set(occurrences(new.slots, new.zone, NOW + 90 * DAY))
    for move in found.moves:
        assert move.due_at > NOW
        assert move.due_at != move.was_at
        assert instant(parse_wall(move.at_wall), move.at_zone) == move.due_at, "the wall time says the same"
        assert not known[move.delivery_id].queued or move.due_at in free
    was = {("post", post.id): post.due_at for post in stand.posts} | {("held", n): t for n, t in enumerate(stand.held)}
    now = was | {("post", key): value for key, value in after.items()}
    for one, other in combinations(was, 2):
        if now[one] != was[one] or now[other] != was[other]:
            closer = abs(now[one] - now[other]) < max(new.gap, 1)
            assert not closer or abs(was[one] - was[other]) < max(new.gap, 1), "no move breaks a gap"
