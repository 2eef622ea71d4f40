"""What is asked often is read from an index, and in as many statements for a thousand rows as for ten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from scheduler.domain.delivery import State
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch, prepare, reconcile
from scheduler.services.planning import rederiving
from scheduler.storage import claims, listings, workers
from scheduler.storage.migrate import migrate
from tests.performance.crowd import Crowd, fill
from tests.support.clock import StillClock
from tests.support.house import Visitor, add_owner, furnish, the_app
from tests.support.statements import Statement, plan, recorded

GROWING = "deliveries|teasers|attempts|events"
"""The tables that grow with every year of use. (PostgreSQL rightly reads one as a whole as long as it is empty.)"""
PAGES = (
    "/admin/",
    "/admin/queue/",
    "/admin/queue/?show=needs-you",
    "/admin/queue/?show=published",
    "/admin/queue/?show=cancelled",
    "/admin/queue/?account=3",
    "/admin/queue/?show=published&account=3",
    "/admin/queue/?state=failed",
    "/admin/queue/away",
    "/admin/outlook/",
    "/admin/outlook/what-if",
    "/admin/settings/calendar",
    "/admin/settings/rearranging/",
    "/admin/teasers/new",
    "/admin/calendar/",
    "/admin/calendar/?account=3",
    "/admin/calendar/?date=2025-12-10",
    "/admin/calendar/events?start=2026-11-30&end=2027-01-10",
    "/admin/outlook/",
    "/admin/outlook/?account=3",
    "/admin/outlook/what-if?zone=Europe/Berlin",
    "/admin/settings/rearranging/",
    "/admin/accounts/",
    "/admin/accounts/3",
    "/admin/deliveries/3000",
    "/healthz",
)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def ctx(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> Iterator[Context]:
    server = request.param == "postgresql"
    environ = {"DATABASE_URL": request.getfixturevalue("postgres_database")} if server else {}
    with furnish(tmp_path, clock=clock, environ=environ) as context:
        migrate(context.database)
        with context.database.writing() as tx:
            workers.register(tx, workers.Worker("w", "here", 1, "", clock.now, clock.now))
        yield context


def log_in(ctx: Context) -> FlaskClient:
    client = the_app(ctx).test_client()
    assert isinstance(client, Visitor)
    return client.log_in(add_owner(ctx))


def reads_everything(ctx: Context, statement: Statement) -> bool:
    """Whether a growing table is read as a whole. To read along one until a limit is reached is no such thing."""
    if not re.match("SELECT|UPDATE|DELETE", statement.sql):
        return False
    how = plan(ctx.database, statement)
    whole = rf"SCAN ({GROWING})" if ctx.database.is_sqlite else "Seq Scan on (deliveries|teasers)"
    stops = "LIMIT" in statement.sql and not re.search("TEMP B-TREE|Sort", how)
    return bool(re.search(whole, how)) and not stops


def require_indexes(ctx: Context, statements: list[Statement]) -> None:
    guilty = [f"{each.sql}\n{plan(ctx.database, each)}" for each in statements if reads_everything(ctx, each)]
    assert statements
    assert not guilty, "\n\n".join(guilty)


def test_no_page_reads_a_growing_table_as_a_whole(ctx: Context) -> None:
    fill(ctx, Crowd(rows=20_000, waiting=500, accounts=20))
    client = log_in(ctx)
    with recorded(ctx.database) as statements:
        for page in PAGES:
            assert client.get(page).status_code == 200, page
    require_indexes(ctx, statements)


def test_no_job_of_the_worker_reads_a_growing_table_as_a_whole(ctx: Context, clock: StillClock) -> None:
    fill(ctx, Crowd(rows=20_000, waiting=500, accounts=20))
    with recorded(ctx.database) as statements:
        for days in (0, 0.2, 5):  # nothing is due; something is due; much is too late
            clock.move(days=days)
            dispatch.claim_due(ctx, "w", 16)
        prepare.take_next(ctx, 4)
        reconcile.due_looks(ctx)
        reconcile.take_back_dropped(ctx, "w", {1})
        rederiving.rederive(ctx)
        with ctx.database.reading() as tx:
            claims.next_wake(tx, clock.now)
            listings.count_overdue(tx, clock.now)
    require_indexes(ctx, statements)


def test_a_catch_up_looks_only_at_what_went_out_lately(ctx: Context) -> None:
    fill(ctx, Crowd(rows=20_000, waiting=500, accounts=20, overdue=True))
    with recorded(ctx.database) as statements:
        assert len(dispatch.claim_due(ctx, "w", 16)) == 16
    gone = [each for each in statements if "UNION ALL" in each.sql]
    assert gone, "the turns were spaced"
    require_indexes(ctx, statements)
    assert "stands" in plan(ctx.database, gone[0]), "an account's past is not read from its beginning"


@pytest.mark.parametrize("page", ["/admin/", "/admin/queue/", "/admin/queue/?show=published", "/admin/calendar/"])
def test_a_page_asks_as_often_for_many_rows_as_for_few(ctx: Context, page: str) -> None:
    client = log_in(ctx)
    asked = []
    for rows in (20, 2_000):
        with ctx.database.writing() as tx:
            for table in ("deliveries", "teasers", "accounts"):
                tx.execute(text(f"DELETE FROM {table}"))
        fill(ctx, Crowd(rows, waiting=rows // 2, accounts=rows // 10))
        client.get(page)
        with recorded(ctx.database) as statements:
            assert client.get(page).status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_accounts_are_listed_in_as_many_statements_as_there_are_kinds_of_facts(ctx: Context) -> None:
    client = log_in(ctx)
    fill(ctx, Crowd(rows=600, waiting=300, accounts=60))
    client.get("/admin/accounts/")
    with recorded(ctx.database) as statements:
        client.get("/admin/accounts/")
    assert len(statements) < 15


def test_a_look_when_nothing_is_due_is_one_statement(ctx: Context) -> None:
    fill(ctx, Crowd(rows=200, waiting=50, accounts=10))
    with recorded(ctx.database) as statements:
        assert dispatch.claim_due(ctx, "w", 16) == []
    assert len(statements) == 1


def test_a_claim_costs_the_same_however_much_is_overdue(ctx: Context, clock: StillClock) -> None:
    asked = []
    for overdue in (40, 400):
        with ctx.database.writing() as tx:
            for table in ("deliveries", "teasers", "accounts"):
                tx.execute(text(f"DELETE FROM {table}"))
        fill(ctx, Crowd(rows=overdue * 2, waiting=overdue, accounts=20, overdue=True))
        dispatch.claim_due(ctx, "w", 5)  # spaces what is late
        with recorded(ctx.database) as statements:
            assert len(dispatch.claim_due(ctx, "w", 5)) == 5
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_a_count_stops_where_nobody_needs_it_any_more(ctx: Context) -> None:
    fill(ctx, Crowd(rows=1_200, waiting=10))
    with ctx.database.reading() as tx:
        assert listings.count_up_to(tx, {State.PUBLISHED}, 1_000) == 1_000
        assert listings.count_up_to(tx, {State.SCHEDULED}, 1_000) == 10
    assert "1,000+" in log_in(ctx).get("/admin/queue/").text
