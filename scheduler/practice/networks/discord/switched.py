"""What the failure switches make Discord answer."""

from __future__ import annotations

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.networks.discord.wire import DiscordRefusal, refusal_answer, too_many_requests
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import BEFORE_PUBLISHING, FailureSwitch

AFTER = (FailureSwitch.ERROR_AFTER, FailureSwitch.HANG_AFTER, FailureSwitch.CLOSE_AFTER)
LIES = {FailureSwitch.ERROR_AFTER: lambda: refusal_answer(_broken())}


def refuse_if_switched(store: PracticeStore, account: PracticeAccount, expired: DiscordRefusal) -> None:
    """Raise what a failure switch wants before a message is made; `expired` is the answer to a dead token.

    Tokens and webhooks of Discord do not expire by time; "expired" is one that was replaced.
    """
    switch = store.switches.take(account.id, *BEFORE_PUBLISHING, FailureSwitch.SLOW_PROCESSING)
    if switch is None:
        return
    note_switch(switch)
    if switch.kind is FailureSwitch.SLOW_PROCESSING:
        store.clock.sleep(switch.seconds)
        return
    if switch.kind is FailureSwitch.RATE_LIMITED:
        raise too_many_requests(switch.seconds, "shared")
    raise expired if switch.kind is FailureSwitch.EXPIRED_TOKEN else _broken()


def _broken() -> DiscordRefusal:
    return DiscordRefusal(500, 0, "500: Internal Server Error")
