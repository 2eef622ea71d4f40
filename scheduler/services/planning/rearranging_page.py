"""What a preview of a changed calendar says on its page: each post with where it was and where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.config import Calendar
from scheduler.domain import wording
from scheduler.domain.account import Account
from scheduler.domain.rearranging import Retiming
from scheduler.services.context import Context
from scheduler.services.planning.outlook_page import title_of
from scheduler.services.planning.rearranging import Preview
from scheduler.storage import accounts, waiting

MOST_LINES = 2_000
"""More posts than this are not named one by one."""


@dataclass(frozen=True, slots=True)
class MovedLine:
    """One post: `was` and `becomes` are times with their zones, `becomes` is "" for one that stays for `why`."""

    delivery_id: int
    account: str
    title: str
    was: str
    becomes: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """One rule that changes: its name and its values in words."""

    name: str
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class RearrangingPage:
    """Everything that the page shows. `queued` and `own` are how many posts each choice is about."""

    rules: tuple[ChangedRule, ...]
    moves: tuple[MovedLine, ...]
    stuck: tuple[MovedLine, ...]
    unnamed: int
    queued: int
    own: int


def page_of(ctx: Context, found: Preview) -> RearrangingPage:
    """Return what the page shows of a preview."""
    with ctx.database.reading() as tx:
        known = accounts.all_accounts(tx)
        texts = waiting.texts(tx, [each.teaser_id for each in found.concerned])
    titles = {each.id: title_of(ctx, each, texts) for each in found.concerned}
    names = _Names({account.id: account.name for account in known}, titles, _account_of(found))
    moves = tuple(_moved(found, names, move) for move in found.moves[:MOST_LINES])
    stuck = tuple(
        names.line(each.delivery_id, wording.moment(each.due_at, found.before.zone), why=each.why)
        for each in found.stuck[:MOST_LINES]
    )
    queued = sum(each.queued for each in found.concerned)
    own = sum(not each.queued and each.at_zone == found.before.zone for each in found.concerned)
    unnamed = len(found.moves) + len(found.stuck) - len(moves) - len(stuck)
    rules = tuple(_changed_rules(found.before, found.after, known))
    return RearrangingPage(rules, moves, stuck, unnamed, queued, own if found.other_zone else 0)


@dataclass(frozen=True, slots=True)
class _Names:
    accounts: dict[int, str]
    titles: dict[int, str]
    account_of: dict[int, int]

    def line(self, delivery_id: int, was: str, becomes: str = "", why: str = "") -> MovedLine:
        account = self.accounts.get(self.account_of[delivery_id], "")
        return MovedLine(delivery_id, account, self.titles[delivery_id], was, becomes, why)


def _moved(found: Preview, names: _Names, move: Retiming) -> MovedLine:
    was = wording.moment(move.was_at, found.before.zone)
    return names.line(move.delivery_id, was, wording.moment(move.due_at, found.after.zone))


def _account_of(found: Preview) -> dict[int, int]:
    return {each.id: each.account_id for each in found.concerned}


def _changed_rules(before: Calendar, after: Calendar, known: list[Account]) -> Iterator[ChangedRule]:
    if before.zone != after.zone:
        yield ChangedRule("Time zone", before.zone, after.zone)
    pairs = [("every account without times of its own", before.default, after.default)]
    pairs += [
        (account.name, before.rules_for(account.key), after.rules_for(account.key))
        for account in known
        if account.key in before.accounts or account.key in after.accounts
    ]
    for name, old, new in pairs:
        if old.slots != new.slots:
            yield ChangedRule(f"Posting times of {name}", *(", ".join(map(str, r.slots)) or "none" for r in (old, new)))
        if old.minimum_gap != new.minimum_gap:
            minutes = (f"{rules.minimum_gap // 60_000} minutes" for rules in (old, new))
            yield ChangedRule(f"Minimum gap of {name}", *minutes)
