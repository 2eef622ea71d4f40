"""The state machine: closed, total, and true to its two rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain import outcome as o
from scheduler.domain.delivery import (
    KEY_MARGIN_MS,
    POLL_PATIENCE_MS,
    TRANSITIONS,
    UNKNOWN_PATIENCE_MS,
    Delivery,
    Recovery,
    State,
    Step,
    after_death,
    after_lookup,
    after_poll,
    after_send,
    may_double,
)
from scheduler.domain.retry import MAX_ATTEMPTS

NOW = 1_800_000_000_000
HOUR = 3_600_000

SENDING = Delivery(
    id=1, teaser_id=1, account_id=1, occurrence=0, idempotency_key="k", short_code="c", payload="{}", payload_hash="h",
    at_wall="", at_zone="", queued=False, due_at=NOW, turn_at=NOW, not_before=NOW, late_after=NOW + 6 * HOUR,
    late_policy="hold", state=State.SENDING,
    attempts=1, maybe_live=False, lease_token=1, lease_until=NOW + 60_000, worker_id="w", request_started_at=NOW,
    stamp_at=NOW, key_until=0, remote_id="", url="", reason="", sentence="", published_at=None, clicks=0,
    created_at=NOW, updated_at=NOW, version=3,
)  # fmt: skip
UNKNOWN = replace(SENDING, state=State.UNKNOWN, maybe_live=True, lease_until=None)

OUTCOMES = [
    o.Published(sentence="It is live.", remote_id="r", url="https://x.example/r"),
    o.Pending(sentence="It is being processed.", remote_id="r", ask_again_at=NOW + 5_000),
    o.NotSent(sentence="No connection."),
    o.Throttled(sentence="Too many.", until=NOW + 60_000),
    o.Throttled(sentence="Too many."),
    o.Unauthorized(sentence="Sign in again."),
    o.Forbidden(sentence="No right."),
    o.Rejected(sentence="Too long."),
    o.Duplicate(sentence="They have it."),
    o.Misconfigured(sentence="Our app."),
    o.Unknown(sentence="No answer."),
]
LOOKUPS: list[o.Found | o.Absent | o.CannotTell] = [
    o.Found(sentence="There it is.", remote_id="r"),
    o.Absent(sentence="It is not there."),
    o.CannotTell(sentence="Cannot say.", passing=True),
    o.CannotTell(sentence="Cannot say ever.", passing=False),
]

deliveries_in_flight = st.builds(
    lambda attempts, live, late: replace(SENDING, attempts=attempts, maybe_live=live, late_after=NOW + late),
    attempts=st.integers(1, 20),
    live=st.booleans(),
    late=st.integers(-HOUR, 48 * HOUR),
)
recoveries = st.builds(Recovery, settle=st.integers(0, HOUR), key_remembered=st.sampled_from([0, HOUR]))
chances = st.floats(0, 1)


@given(deliveries_in_flight, st.sampled_from(OUTCOMES), chances, recoveries)
def test_every_outcome_leads_to_an_allowed_state(
    delivery: Delivery, outcome: o.Outcome, chance: float, recovery: Recovery
) -> None:
    step = after_send(delivery, outcome, NOW, chance, recovery)
    assert step.state in TRANSITIONS[State.SENDING]
    assert step.sentence
    if step.state in (State.SCHEDULED, State.UNKNOWN, State.PENDING):
        assert step.not_before is not None
        assert step.not_before >= NOW


@given(deliveries_in_flight, st.sampled_from(OUTCOMES), chances, recoveries)
def test_what_was_perhaps_live_never_ends_as_plain_failed(
    delivery: Delivery, outcome: o.Outcome, chance: float, recovery: Recovery
) -> None:
    live = replace(delivery, maybe_live=True)
    steps = [after_send(live, outcome, NOW, chance, recovery), after_poll(live, outcome, NOW, chance)]
    for step in steps:
        assert step.state is not State.FAILED
        assert step.maybe_live or step.state is State.PUBLISHED


@given(deliveries_in_flight, st.sampled_from(OUTCOMES), chances, recoveries)
def test_an_unknown_outcome_is_never_simply_sent_again(
    delivery: Delivery, outcome: o.Outcome, chance: float, recovery: Recovery
) -> None:
    step = after_send(delivery, outcome, NOW, chance, recovery)
    if isinstance(outcome, o.Unknown | o.Duplicate):
        assert step.state is State.UNKNOWN
        assert step.maybe_live


def test_a_rejected_post_fails_at_once_and_an_unreachable_platform_is_tried_again() -> None:
    rejected = after_send(SENDING, OUTCOMES[7], NOW, 0.5, Recovery())
    not_sent = after_send(SENDING, OUTCOMES[2], NOW, 0.5, Recovery())
    assert rejected.state is State.FAILED
    assert not_sent.state is State.SCHEDULED


def test_it_gives_up_after_the_last_attempt_or_when_it_would_be_too_late() -> None:
    tired = after_send(replace(SENDING, attempts=MAX_ATTEMPTS), OUTCOMES[2], NOW, 0.5, Recovery())
    late = after_send(replace(SENDING, late_after=NOW - 1), OUTCOMES[2], NOW, 0.0, Recovery())
    assert tired.state is State.FAILED
    assert late.state is State.FAILED
    assert "tried" in tired.sentence


def test_throttling_costs_no_attempt_and_rests_the_account() -> None:
    step = after_send(replace(SENDING, attempts=MAX_ATTEMPTS + 3), OUTCOMES[3], NOW, 0.0, Recovery())
    assert step.state is State.SCHEDULED
    assert step.account_not_before is not None
    assert step.account_not_before >= NOW + 60_000


@pytest.mark.parametrize("outcome", [OUTCOMES[5], OUTCOMES[6], OUTCOMES[9]], ids=lambda out: type(out).__name__)
def test_a_broken_account_holds_the_delivery(outcome: o.Outcome) -> None:
    step = after_send(SENDING, outcome, NOW, 0.5, Recovery())
    assert (step.state, step.reason, step.account_broken) == (State.HELD, "account", True)


def lookup(found: o.Found | o.Absent | o.CannotTell, now: int, recovery: Recovery) -> Step:
    step = after_lookup(UNKNOWN, found, now, 0.5, recovery)
    assert step.state in TRANSITIONS[State.UNKNOWN] | {State.UNKNOWN}
    return step


def test_a_found_post_is_published() -> None:
    assert lookup(LOOKUPS[0], NOW, Recovery()).state is State.PUBLISHED


def test_absent_is_believed_only_after_the_settle_time() -> None:
    recovery = Recovery(settle=30_000)
    early = lookup(LOOKUPS[1], NOW + 29_999, recovery)
    settled = lookup(LOOKUPS[1], NOW + 30_000, recovery)
    assert (early.state, early.not_before) == (State.UNKNOWN, NOW + 30_000)
    assert settled.state is State.SCHEDULED
    assert settled.maybe_live, "it was perhaps live once, and that is never forgotten"


def test_without_proof_it_is_sent_again_only_under_a_remembered_key() -> None:
    assert lookup(LOOKUPS[3], NOW + 1, Recovery(key_remembered=HOUR)).state is State.SCHEDULED
    assert lookup(LOOKUPS[3], NOW + HOUR - KEY_MARGIN_MS, Recovery(key_remembered=HOUR)).state is State.NEEDS_HUMAN
    assert lookup(LOOKUPS[3], NOW + 1, Recovery()).state is State.NEEDS_HUMAN


def test_a_key_is_remembered_from_the_first_send_not_the_last() -> None:
    resent = replace(UNKNOWN, stamp_at=NOW - HOUR)
    step = after_lookup(resent, LOOKUPS[3], NOW + 1, 0.5, Recovery(key_remembered=HOUR))
    assert step.state is State.NEEDS_HUMAN


@pytest.mark.parametrize(("found", "recovery"), [(LOOKUPS[1], Recovery(settle=0)), (LOOKUPS[3], Recovery(0, HOUR))])
def test_sending_again_after_a_look_up_slows_down_and_ends(found: o.Absent | o.CannotTell, recovery: Recovery) -> None:
    def after(attempts: int) -> Step:
        unknown = replace(UNKNOWN, attempts=attempts)
        return after_lookup(unknown, found, NOW, 1.0, recovery)

    pauses = [(after(n).not_before or 0) - NOW for n in range(1, MAX_ATTEMPTS)]
    assert pauses[0] == 0
    assert pauses == sorted(pauses)
    assert pauses[-1] > 60_000
    assert after(MAX_ATTEMPTS).state is State.NEEDS_HUMAN


def test_a_passing_obstacle_is_waited_out_before_a_person_is_asked() -> None:
    assert lookup(LOOKUPS[2], NOW + 1, Recovery()).state is State.UNKNOWN
    assert lookup(LOOKUPS[2], NOW + UNKNOWN_PATIENCE_MS, Recovery()).state is State.NEEDS_HUMAN


def test_polling_waits_and_in_the_end_asks_a_person() -> None:
    pending = replace(SENDING, state=State.PENDING, remote_id="r")
    assert after_poll(pending, OUTCOMES[1], NOW, 0.5).state is State.PENDING
    assert after_poll(pending, OUTCOMES[7], NOW, 0.5).state is State.FAILED
    too_long = after_poll(pending, OUTCOMES[2], NOW + POLL_PATIENCE_MS + 1, 0.5)
    assert (too_long.state, too_long.maybe_live) == (State.NEEDS_HUMAN, True)


def test_a_dead_worker_leaves_either_certainty_or_a_question() -> None:
    before_the_call = after_death(replace(SENDING, request_started_at=None), NOW, Recovery())
    during_the_call = after_death(SENDING, NOW, Recovery(settle=10_000))
    assert (before_the_call.state, before_the_call.maybe_live) == (State.SCHEDULED, False)
    assert (during_the_call.state, during_the_call.maybe_live) == (State.UNKNOWN, True)
    assert during_the_call.not_before == NOW + 10_000


def test_what_a_cut_off_worker_may_still_be_sending_is_not_sent_again_before_its_lease_has_run_out() -> None:
    """Its lock is free because its connection broke; its call may be on the wire all the same."""
    recovery = Recovery(settle=10_000, key_remembered=HOUR)
    step = after_death(SENDING, NOW, recovery, cut_off=True)
    assert (step.state, step.lease_until, step.not_before) == (State.UNKNOWN, NOW + 60_000, NOW + 10_000)
    assert after_death(SENDING, NOW, recovery).lease_until is None, "of a dead process nothing is on the wire"
    unknown = replace(SENDING, state=State.UNKNOWN, maybe_live=True)
    found, absent, cannot_tell = LOOKUPS[0], LOOKUPS[1], o.CannotTell(sentence="?", passing=False)

    def after(answer: o.Found | o.Absent | o.CannotTell, at: int) -> Step:
        return after_lookup(unknown, answer, at, 0.5, recovery)

    assert after(found, NOW + 1).state is State.PUBLISHED
    for early in (NOW + 10_000, NOW + 59_999):
        assert (after(absent, early).state, after(absent, early).not_before) == (State.UNKNOWN, early + 10_000)
        assert (after(cannot_tell, early).state, after(cannot_tell, early).not_before) == (State.UNKNOWN, NOW + 60_000)
        assert after(absent, early).lease_until == after(cannot_tell, early).lease_until == NOW + 60_000
    assert after(absent, NOW + 69_999).state is State.UNKNOWN, "the call may have ended with the lease: it settles"
    assert after(absent, NOW + 70_000).state is State.SCHEDULED
    assert after(cannot_tell, NOW + 60_000).state is State.SCHEDULED, "the platform still remembers the key"


def test_a_lost_answer_settles_from_the_death_on_because_the_request_may_have_left_right_before_it() -> None:
    long_after_the_mark = after_death(replace(SENDING, request_started_at=NOW - HOUR), NOW, Recovery(settle=10_000))
    assert long_after_the_mark.not_before == NOW + 10_000


def test_a_send_that_rests_on_a_key_is_asked_again_once_the_key_may_be_forgotten() -> None:
    unknown = UNKNOWN
    again = after_lookup(unknown, o.CannotTell(sentence="", passing=False), NOW, 0.0, Recovery(key_remembered=HOUR))
    assert again.key_until == NOW + HOUR - 300_000
    resting = replace(SENDING, maybe_live=True, key_until=again.key_until)
    assert not may_double(resting, again.key_until - 1)
    assert may_double(resting, again.key_until)
    assert not may_double(replace(resting, key_until=0), again.key_until)
    assert after_lookup(unknown, o.Absent(sentence=""), NOW + HOUR, 0.0, Recovery()).key_until == 0


def test_every_state_can_reach_an_end() -> None:
    ends = {state for state, following in TRANSITIONS.items() if not following}
    assert ends == {State.PUBLISHED, State.CANCELLED}
    for start in State:
        seen, border = {start}, {start}
        while border:
            border = {after for state in border for after in TRANSITIONS[state]} - seen
            seen |= border
        assert seen & ends, f"{start} never ends"
