"""What becomes of what waits: by example, and the same as the engine's own rules say."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery import State
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.outlook import Conditions, Fate, Forecast, Gate, Waiting, differences, foretell

MINUTE = 60_000
HOUR = 60 * MINUTE
NOW = 1_800_000_000_000
GAP = 15 * MINUTE


def waits(number: int, hours: float, **values: Any) -> Waiting:
    due_at = NOW + round(hours * HOUR)
    plain: dict[str, Any] = {
        "id": number,
        "teaser_id": number,
        "account_id": 1,
        "article_id": "",
        "due_at": due_at,
        "turn_at": due_at,
        "not_before": due_at,
        "late_after": due_at + 6 * HOUR,
        "late_policy": LatePolicy.HOLD,
        "state": State.SCHEDULED,
        "reason": "",
        "sentence": "",
        "queued": True,
        "attempts": 0,
        "maybe_live": False,
        "at_wall": "",
        "at_zone": "",
        "version": 1,
    }
    return Waiting(**plain | values)


def told(found: list[Forecast]) -> dict[int, tuple[Fate, float | None]]:
    return {f.waiting.id: (f.fate, None if f.goes_at is None else (f.goes_at - NOW) / HOUR) for f in found}


def test_what_nothing_stops_goes_at_its_time() -> None:
    found = foretell([waits(2, 2), waits(1, 1)], Conditions(NOW, GAP))
    assert told(found) == {1: (Fate.ON_TIME, 1), 2: (Fate.ON_TIME, 2)}
    assert [f.why for f in found] == ["", ""]


def test_a_pause_until_an_instant_makes_posts_late_spaced_or_missed() -> None:
    pause = Gate(NOW + 10 * HOUR, "Paused until then.")
    posts = [waits(1, 1), waits(2, 5), waits(3, 6), waits(4, 10 - 1 / 60), waits(5, 10.1)]
    found = foretell(posts, Conditions(NOW, GAP, account=pause))
    assert told(found) == {
        1: (Fate.MISSED, None),
        # A gap behind number 5 (10.1 h), and 4, which is hardly late, goes at once.
        2: (Fate.LATER, 10.35),
        3: (Fate.LATER, 10.6),
        4: (Fate.LATER, 10),
        5: (Fate.ON_TIME, 10.1),
    }
    assert found[0].why == "Paused until then. That is too late, so it will wait for you."


def test_the_newest_goes_first_where_the_owner_says_so() -> None:
    posts = [waits(1, -3), waits(2, -2), waits(3, -1)]
    found = foretell(posts, Conditions(NOW, GAP, newest_first=True))
    assert told(found) == {3: (Fate.LATER, 0), 2: (Fate.LATER, 0.25), 1: (Fate.LATER, 0.5)}


def test_policies_decide_what_is_too_late() -> None:
    posts = [waits(n, -7, late_policy=policy) for n, policy in enumerate(LatePolicy)]
    fates = {f.waiting.late_policy: f.fate for f in foretell(posts, Conditions(NOW, GAP))}
    assert fates == {LatePolicy.HOLD: Fate.MISSED, LatePolicy.SKIP: Fate.SKIPPED, LatePolicy.PUBLISH: Fate.LATER}
    live = waits(1, -7, late_policy=LatePolicy.SKIP, maybe_live=True)
    assert foretell([live], Conditions(NOW, GAP))[0].fate is Fate.MISSED, "what is perhaps live is never skipped"


def test_an_account_that_does_not_open_by_itself_blocks_all() -> None:
    found = foretell([waits(1, 1)], Conditions(NOW, GAP, account=Gate(None, "The clinic is paused.")))
    assert [(f.fate, f.goes_at, f.why) for f in found] == [(Fate.BLOCKED, None, "The clinic is paused.")]


def test_an_article_that_appears_later_is_waited_for() -> None:
    articles = {"later": Gate(NOW + 3 * HOUR, "It appears then."), "gone": Gate(None, "It is gone.")}
    posts = [waits(1, 1, article_id="later"), waits(2, 2), waits(3, 4, article_id="gone"), waits(4, 5, article_id="x")]
    found = foretell(posts, Conditions(NOW, GAP, articles=articles))
    assert told(found) == {1: (Fate.LATER, 3), 2: (Fate.ON_TIME, 2), 3: (Fate.BLOCKED, None), 4: (Fate.ON_TIME, 5)}


def test_what_is_on_hold_or_on_a_closed_day_waits_for_a_person() -> None:
    held = waits(1, 1, state=State.HELD, reason="account", sentence="The sign-in was refused.")
    waiting = waits(2, 2, state=State.HELD, reason="article", article_id="later")
    articles = {"later": Gate(NOW + 3 * HOUR, "It appears then.")}
    closed = waits(3, 24)
    conditions = Conditions(NOW, GAP, articles=articles, closed=lambda at: "Closed." if at >= NOW + 20 * HOUR else "")
    found = foretell([held, waiting, closed], conditions)
    assert [(f.fate, f.why) for f in found] == [
        (Fate.BLOCKED, "The sign-in was refused."),
        (Fate.LATER, "It appears then."),
        (Fate.BLOCKED, "Closed."),
    ]


def test_nothing_overtakes_a_post_that_is_tried_again() -> None:
    tried = waits(1, -0.1, attempts=1, not_before=NOW + HOUR)
    found = foretell([tried, waits(2, 0.5), waits(3, 2)], Conditions(NOW, GAP))
    assert told(found) == {1: (Fate.LATER, 1), 2: (Fate.LATER, 1), 3: (Fate.ON_TIME, 2)}


def test_differences_name_what_changes_and_nothing_else() -> None:
    posts = [waits(1, 1), waits(2, 48)]
    now = foretell(posts, Conditions(NOW, GAP))
    then = foretell(posts, Conditions(NOW, GAP, account=Gate(NOW + 2 * HOUR, "Paused.")))
    (only,) = differences(now, then)
    assert (only.now.goes_at, only.then.goes_at, only.then.why) == (NOW + HOUR, NOW + 2 * HOUR, "Paused.")
    assert differences(now, now) == []


@given(
    st.lists(st.floats(-10, 100), max_size=20),
    st.integers(0, 50),
    st.sampled_from([0, GAP, 2 * HOUR]),
    st.sampled_from(LatePolicy),
    st.booleans(),
)
def test_nobody_is_lost_nothing_is_early_and_late_posts_keep_the_gap(
    hours: list[float], pause: int, gap: int, policy: LatePolicy, newest_first: bool
) -> None:
    posts = [waits(n, at, late_policy=policy) for n, at in enumerate(hours, 1)]
    opens_at = NOW + pause * HOUR
    found = foretell(posts, Conditions(NOW, gap, newest_first, Gate(opens_at, "Paused.")))
    assert sorted(f.waiting.id for f in found) == list(range(1, len(posts) + 1))
    going = [f for f in found if f.goes_at is not None]
    assert all(f.goes_at is not None and f.goes_at >= max(f.waiting.due_at, opens_at) for f in going)
    assert all(f.fate in (Fate.MISSED, Fate.SKIPPED) for f in found if f.goes_at is None)
    assert policy is not LatePolicy.PUBLISH or len(going) == len(found)
    late = sorted(f.goes_at or 0 for f in going if f.waiting.turn_at <= opens_at - 5 * MINUTE)
    assert all(later - earlier >= max(gap, 1) for earlier, later in pairwise(late))
