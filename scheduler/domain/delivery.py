"""The state machine of a delivery: which state follows which outcome, and nothing else.

Two rules matter most. A delivery that was ever perhaps live (`maybe_live`) never ends as plain `failed`. An unknown
outcome is never followed by another send unless a look-up proved the post absent, the platform still remembers our
idempotency key, or a person decided.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from scheduler.domain import outcome as o
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.retry import MAX_ATTEMPTS, try_again_at


class State(StrEnum):
    """Where a delivery stands."""

    DRAFT = "draft"
    NEEDS_APPROVAL = "needs_approval"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PUBLISHED = "published"
    FAILED = "failed"
    PENDING = "pending"
    UNKNOWN = "unknown"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"
    NEEDS_HUMAN = "needs_human"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.NEEDS_APPROVAL, State.SCHEDULED, State.CANCELLED}),
    State.NEEDS_APPROVAL: frozenset({State.DRAFT, State.SCHEDULED, State.CANCELLED}),
    State.SCHEDULED: frozenset({State.SENDING, State.HELD, State.MISSED, State.CANCELLED, State.UNKNOWN}),
    State.SENDING: frozenset(
        {
            State.PUBLISHED,
            State.SCHEDULED,
            State.FAILED,
            State.PENDING,
            State.UNKNOWN,
            State.HELD,
            State.NEEDS_HUMAN,
        }
    ),
    State.PENDING: frozenset({State.PUBLISHED, State.FAILED, State.NEEDS_HUMAN}),
    State.UNKNOWN: frozenset({State.PUBLISHED, State.SCHEDULED, State.NEEDS_HUMAN}),
    State.HELD: frozenset({State.SCHEDULED, State.MISSED, State.CANCELLED, State.UNKNOWN}),
    State.MISSED: frozenset({State.SCHEDULED, State.CANCELLED}),
    State.NEEDS_HUMAN: frozenset({State.PUBLISHED, State.SCHEDULED, State.CANCELLED}),
    State.FAILED: frozenset({State.SCHEDULED, State.CANCELLED}),
    State.PUBLISHED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Every step a delivery may take. What is not here does not happen.

From `scheduled` or `held` straight to `unknown` only a restore leads: what waits in a backup may have gone out since.
"""

RESTARTED = "restarted"
"""The reason of a delivery that a dead worker had claimed and certainly not sent: that was no attempt."""
RESTORED = "restored"
"""The reason of a delivery that came out of a backup when its time had passed, until it was looked up."""

TAKEN_DOWN = "taken_down"
"""The reason of a published delivery whose post was taken down again by a person, through us."""
BY_HAND = "by_hand"
"""The reason of a delivery that a person posts: it waits for them to tick it off."""

WAITING = frozenset({State.SCHEDULED, State.HELD})
"""Not sent yet and still to go out: may be moved, edited and cancelled."""

UNDER_WAY = frozenset({State.SENDING, State.PENDING, State.UNKNOWN})
"""In the engine's hands: no person may touch it now."""

FOR_A_PERSON = frozenset({State.FAILED, State.MISSED, State.NEEDS_HUMAN})
"""Nothing more happens until a person decides."""

UNKNOWN_PATIENCE_MS = 6 * 3_600_000
"""How long an unknown outcome is looked up before a person is asked."""
KEY_MARGIN_MS = 5 * 60_000
"""A key is trusted this much shorter than the platform promises to remember it: clocks differ and calls take time."""
POLL_PATIENCE_MS = 24 * 3_600_000
"""How long a platform may process a post before a person is asked."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One teaser to one account at one time. Instants are UTC ms; `payload` is the frozen JSON.

    `due_at` is when it is meant to go out; `turn_at` is its place in the account's order, the same or later (a catch-up
    spaces what is late); `not_before` holds it back after a try. `key_until` (0 for never) says that only the
    platform's memory of our key keeps a further send from doubling the post, and until when.
    """

    id: int
    teaser_id: int
    account_id: int
    occurrence: int
    idempotency_key: str
    short_code: str
    payload: str
    payload_hash: str
    at_wall: str
    at_zone: str
    queued: bool
    due_at: int
    turn_at: int
    not_before: int
    late_after: int
    late_policy: str
    state: State
    attempts: int
    maybe_live: bool
    lease_token: int
    lease_until: int | None
    worker_id: str | None
    request_started_at: int | None
    stamp_at: int | None
    key_until: int
    remote_id: str
    url: str
    reason: str
    sentence: str
    published_at: int | None
    clicks: int
    created_at: int
    updated_at: int
    version: int

    @property
    def first_sent_at(self) -> int | None:
        """Return the moment (UTC ms) of the first send that may have arrived, None when there was none, or none known.

        `stamp_at` holds it. In a row out of a backup it is negative until the post was looked up: see `unknown_since`.
        """
        return self.stamp_at if self.stamp_at is not None and self.stamp_at > 0 else None

    @property
    def unknown_since(self) -> int | None:
        """Return since when (UTC ms) it may have been sent unknown to us, None when every send of it is known."""
        return -self.stamp_at if self.stamp_at is not None and self.stamp_at < 0 else None


@dataclass(frozen=True, slots=True)
class Recovery:
    """How an unknown outcome may be settled with this account. Durations in ms; 0 remembers nothing."""

    settle: int = 30_000
    key_remembered: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Where a delivery goes next, and what the account learns from it."""

    state: State
    sentence: str
    reason: str = ""
    not_before: int | None = None
    key_until: int | None = None
    """0 when a further send rests on nothing but facts, None leaves it as it was."""
    maybe_live: bool = False
    remote_id: str = ""
    url: str = ""
    account_broken: bool = False
    platform_broken: bool = False
    """Whether our own application is at fault, so that every account that was connected with it has to wait."""
    account_not_before: int | None = None
    lease_until: int | None = None
    """Of an unknown outcome: until then its sender may still be at it (UTC ms); None when that is certainly over."""
    published_at: int | None = None
    """When the platform says that it went out (UTC ms), where a look-up could tell."""


def after_send(delivery: Delivery, outcome: o.Outcome, now: int, chance: float, recovery: Recovery) -> Step:
    """Return the step that follows the one irreversible call, or its preparation.

    `chance` (0 to 1) spreads retries; `now` is UTC ms.
    """
    live = delivery.maybe_live
    step = Step(State.NEEDS_HUMAN, outcome.sentence, maybe_live=live)
    match outcome:
        case o.Published():
            return replace(step, state=State.PUBLISHED, remote_id=outcome.remote_id, url=outcome.url)
        case o.Pending():
            return replace(step, state=State.PENDING, remote_id=outcome.remote_id, not_before=outcome.ask_again_at)
        case o.HandedOver():
            return replace(step, reason=BY_HAND)
        case o.NotSent():
            again = try_again_at(now, delivery.attempts, chance)
            return _again_or_over(delivery, replace(step, reason="not_sent"), again, MAX_ATTEMPTS)
        case o.Throttled():
            again = try_again_at(now, delivery.attempts, chance, outcome.until)
            waiting = replace(step, reason="throttled", account_not_before=again)
            return _again_or_over(delivery, waiting, again, None)
        case o.Unauthorized() | o.Forbidden():
            return replace(step, state=State.HELD, reason="account", account_broken=True)
        case o.Misconfigured():
            return replace(step, state=State.HELD, reason="account", account_broken=True, platform_broken=True)
        case o.Rejected():
            return replace(step, state=_over(live), reason="rejected")
        case o.Unknown() | o.Duplicate():
            look_at = now + recovery.settle
            return replace(step, state=State.UNKNOWN, reason="unknown", not_before=look_at, maybe_live=True)
    raise AssertionError(f"no rule for {type(outcome).__name__} after a send")


def _again_or_over(delivery: Delivery, step: Step, again: int, most: int | None) -> Step:
    tired = most is not None and delivery.attempts >= most
    too_late = again > delivery.late_after and delivery.late_policy != LatePolicy.PUBLISH
    if tired or too_late:
        sentence = f"{step.sentence} It was tried {_times(delivery.attempts)} until it would have been too late."
        return replace(step, state=_over(delivery.maybe_live), sentence=sentence)
    return replace(step, state=State.SCHEDULED, not_before=again)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _over(maybe_live: bool) -> State:
    return State.NEEDS_HUMAN if maybe_live else State.FAILED


def after_poll(delivery: Delivery, outcome: o.Outcome, now: int, chance: float) -> Step:
    """Return the step that follows asking about a post that the platform is processing (read-only)."""
    live = delivery.maybe_live
    same = Step(State.PENDING, outcome.sentence, maybe_live=live, remote_id=delivery.remote_id)
    match outcome:
        case o.Published():
            return replace(same, state=State.PUBLISHED, remote_id=outcome.remote_id, url=outcome.url)
        case o.Rejected():
            return replace(same, state=_over(live), reason="rejected")
        case o.Pending():
            again = outcome.ask_again_at
        case _:
            again = try_again_at(now, 3, chance, getattr(outcome, "until", None))
    if now - (delivery.request_started_at or now) > POLL_PATIENCE_MS:
        return replace(same, state=State.NEEDS_HUMAN, reason="unknown", maybe_live=True)
    return replace(same, not_before=again)


def after_lookup(
    delivery: Delivery, found: o.Found | o.Absent | o.CannotTell, now: int, chance: float, recovery: Recovery
) -> Step:
    """Return the step that follows a look-up of an unknown outcome (read-only)."""
    sent_at = delivery.request_started_at or delivery.updated_at
    cut_off_until = delivery.lease_until or 0
    same = Step(State.UNKNOWN, found.sentence, "unknown", maybe_live=True, lease_until=delivery.lease_until)
    if isinstance(found, o.Found):
        there = replace(same, state=State.PUBLISHED, reason="", remote_id=found.remote_id, url=found.url)
        return replace(there, published_at=found.at)
    if isinstance(found, o.Absent):
        over_at = max(sent_at, cut_off_until)
        if now < over_at + recovery.settle:
            return replace(same, not_before=min(now, over_at) + recovery.settle)
        return _send_again(delivery, replace(same, reason="absent", key_until=0), now, chance)
    if now < cut_off_until:
        return replace(same, not_before=cut_off_until)
    # A key counts only where nothing can be looked up: a server that is in trouble may have lost its memory of keys.
    if found.passing and now - sent_at < UNKNOWN_PATIENCE_MS:
        return replace(same, not_before=try_again_at(now, 4, chance))
    key_until = _key_is_trusted_until(delivery, recovery)
    if now < key_until:
        return _send_again(delivery, replace(same, reason="same_key", key_until=key_until), now, chance)
    return replace(same, state=State.NEEDS_HUMAN)


def _key_is_trusted_until(delivery: Delivery, recovery: Recovery) -> int:
    """Return until when (UTC ms) the platform surely knows our key. Its time runs from the first send that may have
    arrived, and a later send under the same key does not renew it; `stamp_at` stays at that first send. After a restore
    nobody knows when that was, but not before the delivery was made."""
    first_sent_at = delivery.first_sent_at or delivery.created_at
    return first_sent_at + recovery.key_remembered - KEY_MARGIN_MS


def may_double(delivery: Delivery, now: int) -> bool:
    """Return whether sending now could make a second copy: it rests on our key, and the platform may have forgotten it.

    Between the decision to send again and the send lie pauses, outages and people's decisions, so it is asked again
    right before the one irreversible call.
    """
    return 0 < delivery.key_until <= now


def _send_again(delivery: Delivery, step: Step, now: int, chance: float) -> Step:
    """Send once more after a look-up allowed it: with growing pauses, and not for ever."""
    if delivery.attempts >= MAX_ATTEMPTS:
        sentence = f"{step.sentence} It was sent {_times(delivery.attempts)} and never stayed."
        return replace(step, state=State.NEEDS_HUMAN, sentence=sentence)
    pause = 0 if delivery.attempts <= 1 else try_again_at(0, delivery.attempts, chance)
    return replace(step, state=State.SCHEDULED, not_before=max(now + pause, delivery.turn_at))


def after_death(delivery: Delivery, now: int, recovery: Recovery, cut_off: bool = False) -> Step:
    """Return the step for a delivery whose worker is proved dead: certainly not sent, or unknown.

    `cut_off` says that only its line to the database is proved dead. Such a worker may be in the middle of the call and
    cannot be stopped; but it made sure of enough lease before it began. Until the lease has run out, a look-up that
    finds nothing proves nothing, and nothing is sent again. What was not marked is fenced off and cannot begin.
    """
    if delivery.request_started_at is None:
        sentence = "The worker stopped before anything was sent."
        return Step(State.SCHEDULED, sentence, RESTARTED, not_before=now, maybe_live=delivery.maybe_live)
    sentence = "The worker stopped while the platform was answering. Drumbeat looks whether the post is there."
    # Its request may have left any time before its death, so the settle time begins now and not at its mark.
    look_at, lease_until = now + recovery.settle, delivery.lease_until if cut_off else None
    return Step(State.UNKNOWN, sentence, "unknown", not_before=look_at, maybe_live=True, lease_until=lease_until)
