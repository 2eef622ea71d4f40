"""What sending a delivery takes, in one statement: at the due moment every question costs more than its answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select

from scheduler.domain.account import Account
from scheduler.storage import accounts, preparations
from scheduler.storage.preparations import Preparation
from scheduler.storage.schema import accounts as accounts_table
from scheduler.storage.schema import deliveries, teasers
from scheduler.storage.schema import preparations as preparations_table


@dataclass(frozen=True, slots=True)
class SendOff:
    """The account of a delivery with its sealed credentials ("" for none), the article that its teaser is about (""
    for none), and what was prepared ahead."""

    account: Account
    sealed: str = field(repr=False)
    article_id: str
    preparation: Preparation | None


_OF_ACCOUNT, _OF_PREPARATION = len(accounts.COLUMNS), len(preparations.COLUMNS)
_READ = (
    select(*accounts.COLUMNS, *preparations.COLUMNS, accounts_table.c.credentials, teasers.c.article_id)
    .select_from(deliveries)
    .join(accounts_table, accounts_table.c.id == deliveries.c.account_id)
    .join(teasers, teasers.c.id == deliveries.c.teaser_id)
    .join(preparations_table, preparations_table.c.delivery_id == deliveries.c.id, isouter=True)
    .where(deliveries.c.id == bindparam("which"))
)


def read(tx: Connection, delivery_id: int) -> SendOff:
    """Return what sending the delivery takes."""
    row = tx.execute(_READ, {"which": delivery_id}).one()
    account, rest = row[:_OF_ACCOUNT], row[_OF_ACCOUNT:]
    prepared, (sealed, article_id) = rest[:_OF_PREPARATION], rest[_OF_PREPARATION:]
    preparation = None if prepared[0] is None else Preparation(*prepared)
    return SendOff(accounts.account_of(account), sealed or "", article_id, preparation)
