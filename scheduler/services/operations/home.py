"""What the first page shows: what is not as it should be, what goes out next, what went out last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.state_words import StateWords, words_of
from scheduler.domain.teaser import payload_from_json
from scheduler.services.accounts.pictures import has_picture
from scheduler.services.context import Context
from scheduler.storage import accounts, listings

NEXT, LAST, URGENT = 5, 5, 3
OVERDUE_MS = 60_000
"""Later than this, what should have gone out by itself is shown as overdue."""


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery in a list. `at` is UTC ms: when it goes out, or when it went out."""

    delivery: Delivery
    account: Account
    has_picture: bool
    text: str
    at: int
    words: StateWords


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person."""

    count: int
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page; `urgent` are the first few posts of every need, the worst first."""

    next: list[Line]
    needs: list[Need]
    urgent: list[Line]
    last: list[Line]


_NEEDS = (
    (State.UNKNOWN, "being looked up"),
    (State.NEEDS_HUMAN, "waiting for you: look and decide"),
    (State.FAILED, "refused by the platform"),
    (State.MISSED, "missed their time"),
    (State.HELD, "held back"),
)


def overview(ctx: Context) -> Overview:
    """Return what the first page shows."""
    late = ctx.clock.now_ms() - OVERDUE_MS
    with ctx.database.reading() as tx:
        following, published = listings.upcoming(tx, NEXT), listings.recent(tx, LAST)
        counts = listings.count_by_state(tx, [state for state, _ in _NEEDS])
        overdue = listings.count_overdue(tx, late)
        urgent = listings.overdue(tx, late, URGENT) if overdue else []
        for state, _ in _NEEDS:
            urgent += listings.search(tx, states={state}, limit=URGENT) if counts.get(state) else []
        known = {account.id: account for account in accounts.all_accounts(tx, disconnected=True)}
    broken = sum(account.state is AccountState.BROKEN for account in known.values())
    return Overview(
        next=[_line(ctx, delivery, known, delivery.turn_at) for delivery in following],
        needs=[*_needs(counts, overdue, broken)],
        urgent=[_line(ctx, delivery, known, delivery.due_at) for delivery in urgent],
        last=[_line(ctx, delivery, known, delivery.published_at or delivery.due_at) for delivery in published],
    )


def _line(ctx: Context, delivery: Delivery, known: dict[int, Account], at: int) -> Line:
    account = known[delivery.account_id]
    text = " ".join(payload_from_json(delivery.payload).text.split())
    return Line(delivery, account, has_picture(ctx, account.id), text, at, words_of(delivery))


def _needs(counts: Mapping[State, int], overdue: int, broken: int) -> Iterator[Need]:
    if overdue:
        yield Need(overdue, "overdue", "/admin/queue/?show=overdue")
    for state, words in _NEEDS:
        if count := counts.get(state, 0):
            href = "/admin/queue/away" if state is State.MISSED else f"/admin/queue/?state={state}"
            yield Need(count, words, href)
    if broken:
        yield Need(broken, "account needs you" if broken == 1 else "accounts need you", "/admin/accounts/")
