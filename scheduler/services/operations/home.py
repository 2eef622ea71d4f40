"""What the first page shows: what goes out next, what needs a person, what went out last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import Delivery, State
from scheduler.domain.teaser import payload_from_json
from scheduler.services.accounts.pictures import has_picture
from scheduler.services.context import Context
from scheduler.storage import accounts, listings
from scheduler.storage.engine import Connection

NEXT, LAST = 5, 5


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery in a list. `at` is UTC ms: when it goes out, or when it went out."""

    delivery: Delivery
    account: Account
    has_picture: bool
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person."""

    count: int
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page."""

    next: list[Line]
    needs: list[Need]
    last: list[Line]


def overview(ctx: Context) -> Overview:
    """Return what the first page shows."""
    with ctx.database.reading() as tx:
        following, published = listings.upcoming(tx, NEXT), listings.recent(tx, LAST)
        known = {account.id: account for account in accounts.all_accounts(tx, disconnected=True)}
        asking = needs(tx)
    return Overview(
        next=[_line(ctx, delivery, known, delivery.due_at) for delivery in following],
        needs=asking,
        last=[_line(ctx, delivery, known, delivery.published_at or delivery.due_at) for delivery in published],
    )


def _line(ctx: Context, delivery: Delivery, known: dict[int, Account], at: int) -> Line:
    account = known[delivery.account_id]
    text = " ".join(payload_from_json(delivery.payload).text.split())
    return Line(delivery, account, has_picture(ctx, account.id), text, at)


_NEEDS = (
    (State.NEEDS_HUMAN, "may be live: look and decide"),
    (State.FAILED, "refused by the platform"),
    (State.MISSED, "missed their time"),
    (State.HELD, "held back"),
)


def needs(tx: Connection) -> list[Need]:
    """Return what waits for a person, most pressing first."""
    broken = sum(account.state is AccountState.BROKEN for account in accounts.all_accounts(tx))
    return [*_needs(listings.count_by_state(tx), broken)]


def _needs(counts: Mapping[State, int], broken: int) -> Iterator[Need]:
    for state, words in _NEEDS:
        if count := counts.get(state, 0):
            yield Need(count, words, f"/admin/queue/?state={state}")
    if broken:
        yield Need(broken, "account needs you" if broken == 1 else "accounts need you", "/admin/accounts/")
