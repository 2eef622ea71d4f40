"""A database with years of use in it: as many deliveries as wanted, made by the database itself within seconds.

The accounts are webhooks. Of the past most deliveries are published, a few cancelled, failed, missed or with a person;
the waiting ones are spread evenly over the next 90 days, or over the hour that has just passed. Every delivery carries
a payload of ordinary size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from scheduler.domain.account import Account
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.services.context import Context
from scheduler.storage import accounts
from scheduler.storage.engine import Connection

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
PAST_DAYS, FUTURE_DAYS = 3 * 365, 90
SECRET = "whsec_" + "A" * 43 + "="

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)"
_TEASERS = f"""
INSERT INTO teasers (text, article_id, assets, accounts, scheduled, created_at, updated_at)
{_NUMBERS} SELECT :words, '', '[]', '[]', 1, :now, :now FROM numbers
"""
_DELIVERIES = f"""
INSERT INTO deliveries (teaser_id, account_id, occurrence, idempotency_key, short_code, payload, payload_hash,
    at_wall, at_zone, due_at, turn_at, not_before, late_after, state, attempts, remote_id, url, sentence,
    published_at, created_at, updated_at)
{_NUMBERS}
SELECT :first_teaser + (n - 1) / :accounts, :first_account + (n - 1) % :accounts, 0, 'key_' || n, 'c' || n, :payload,
    'hash', '', '', due, due, due, due + 21600000, state, CASE state WHEN 'scheduled' THEN 0 ELSE 1 END,
    CASE state WHEN 'published' THEN 'r' || n ELSE '' END, '', '',
    CASE state WHEN 'published' THEN due + 100 END, :now, :now
FROM (SELECT n,
    CASE WHEN n > :past THEN :next + (n - :past) * :span / :waiting
         ELSE :now - (:past + 1 - n) * :past_ms / :past END AS due,
    CASE WHEN n > :past THEN 'scheduled' WHEN n % 50 = 0 THEN 'cancelled' WHEN n % 1000 = 1 THEN 'failed'
         WHEN n % 10000 = 2 THEN 'missed' WHEN n % 10000 = 3 THEN 'needs_human' ELSE 'published' END AS state
    FROM numbers) AS made
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many deliveries there are to be: `rows` in all, of which `waiting` are still to go out, on `accounts`.

    `overdue` says that these should have gone out in the last hour.
    """

    rows: int
    waiting: int
    accounts: int = 100
    overdue: bool = False


def fill(ctx: Context, crowd: Crowd, url: str = "http://127.0.0.1:9/hook") -> None:
    """Store the crowd. PostgreSQL's statistics are brought up to date, as its own housekeeping would do in a minute."""
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        first_account = add_accounts(ctx, tx, crowd.accounts, url)
        _insert(tx, crowd, first_account, now)
        if not ctx.database.is_sqlite:
            tx.execute(text("ANALYZE"))


def add_accounts(ctx: Context, tx: Connection, count: int, url: str) -> int:
    """Store webhook accounts that post to `url`; return the id of the first, the others follow it."""
    now, sealed = ctx.clock.now_ms(), ctx.vault.seal({"url": url, "secret": SECRET})
    made = [
        accounts.add(tx, Account(0, f"hook-{n}", "webhook", f"Hook {n}", "hook", str(n)), sealed, now).id
        for n in range(count)
    ]
    return made[0]


def payload() -> Payload:
    """Return a teaser of ordinary size."""
    words = "Strong hips carry tired legs: three exercises for every day, and how to tell that they help. " * 2
    card = LinkCard("https://clinic.example/blog/strong-hips/?utm_content=c1", "Strong hips", "Three exercises.")
    return Payload(words, card)


def _insert(tx: Connection, crowd: Crowd, first_account: int, now: int) -> None:
    posts = crowd.rows // crowd.accounts + 1
    tx.execute(text(_TEASERS), {"rows": posts, "words": payload().text, "now": now})
    first_teaser = tx.execute(text("SELECT max(id) FROM teasers")).scalar_one() - posts + 1
    values: dict[str, Any] = {
        "rows": crowd.rows, "past": crowd.rows - crowd.waiting, "waiting": max(crowd.waiting, 1), "now": now,
        "accounts": crowd.accounts, "first_account": first_account, "first_teaser": first_teaser,
        "payload": payload().to_json(), "past_ms": PAST_DAYS * DAY_MS,
        "next": now - HOUR_MS if crowd.overdue else now, "span": HOUR_MS if crowd.overdue else FUTURE_DAYS * DAY_MS,
    }  # fmt: skip
    tx.execute(text(_DELIVERIES), values)
