"""Each state of a delivery in plain words: the one place that every page, notice and sentence takes them from."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.domain.delivery import BY_HAND, TAKEN_DOWN, Delivery, State


@dataclass(frozen=True, slots=True)
class StateWords:
    """`label` stands on a pill, `phrase` in a sentence ("the delivery is ..."), `meaning` explains it.

    `tone` is one of "", ok, info, warn, bad; `icon` is a name of the icon sprite: colour alone never carries it.
    """

    label: str
    phrase: str
    meaning: str
    tone: str
    icon: str


WORDS: dict[State, StateWords] = {
    State.DRAFT: StateWords("Draft", "a draft", "It goes out only after you schedule it.", "", "pencil"),
    State.NEEDS_APPROVAL: StateWords(
        "Needs approval", "waiting for approval", "Somebody has to approve it first.", "warn", "user"
    ),
    State.SCHEDULED: StateWords("Scheduled", "scheduled", "It goes out by itself at its time.", "", "clock"),
    State.SENDING: StateWords("Being sent", "being sent", "The worker is sending it right now.", "info", "send"),
    State.PUBLISHED: StateWords(
        "Published", "published", "It is live: the platform gave us its own id of the post.", "ok", "circle-check"
    ),
    State.FAILED: StateWords(
        "Failed", "failed", "It is not live. Change it and send it again, or cancel it.", "bad", "circle-x"
    ),
    State.PENDING: StateWords(
        "Processing",
        "being processed by the platform",
        "The platform accepted it and is working on it.",
        "info",
        "hourglass",
    ),
    State.UNKNOWN: StateWords(
        "Checking",
        "being looked up on the platform",
        "The answer was lost, so it may be live. Drumbeat looks it up and sends nothing meanwhile.",
        "info",
        "search",
    ),
    State.HELD: StateWords(
        "On hold", "on hold", "It is not sent for the time being; the reason stands below.", "warn", "pause"
    ),
    State.MISSED: StateWords(
        "Missed",
        "missed",
        "Its time passed while it could not be sent. You decide what happens.",
        "warn",
        "alarm-clock",
    ),
    State.CANCELLED: StateWords("Cancelled", "cancelled", "It will not be sent.", "", "x"),
    State.NEEDS_HUMAN: StateWords(
        "Needs you",
        "waiting for your decision",
        "It may be live, and the platform cannot tell. Look at your account there, then say what you found.",
        "bad",
        "circle-help",
    ),
}

TO_POST = StateWords(
    "Yours to post",
    "waiting for you to post it",
    "It is time. Drumbeat sends nothing here: post it yourself, then tick it off.",
    "warn",
    "user",
)


DOWN = StateWords("Taken down", "taken down", "It was live, and was taken down again.", "", "trash-2")


def words_of(delivery: Delivery) -> StateWords:
    """Return how a delivery stands: what a person posts, and what was taken down again, is told apart."""
    if delivery.state is State.PUBLISHED and delivery.reason == TAKEN_DOWN:
        return DOWN
    by_hand = delivery.state is State.NEEDS_HUMAN and delivery.reason == BY_HAND
    return TO_POST if by_hand else WORDS[delivery.state]
