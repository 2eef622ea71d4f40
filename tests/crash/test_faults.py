"""The engine against a platform that fails in every way: each delivery ends in a state that is true of the platform."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from scheduler.clock import to_datetime
from scheduler.domain.delivery import State
from scheduler.platforms import http
from scheduler.platforms.http import Http
from scheduler.services.accounts.sessions import seal
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch, reconcile
from scheduler.storage import accounts
from tests.crash.town import KINDS, OVER, Town, judge, town
from tests.support import faults
from tests.support.book import Book, BookServer, Line
from tests.support.clock import MONDAY_MORNING, StillClock
from tests.support.launcher import Launcher

WAIT_MS = 90_000
IMPATIENT, PATIENT = 1.0, 20.0
"""Seconds that an answer may take: short only where none will come, because a busy machine may be slow to give one."""
NOT_APPLIED = {
    "closed unread": faults.close_unread,
    "closed before": faults.close_before,
    "hung before": faults.hang_before,
    "500, not applied": faults.error_before,
}
APPLIED = {
    "closed after": faults.close_after,
    "applied, then hung": faults.hang_after,
    "applied, then 500": faults.error_after,
    "truncated 200": faults.truncated,
    "slow drip": faults.drip,
}
UNREADABLE = {"other JSON": faults.wrong_json, "no JSON": faults.no_json}
UNTIL = MONDAY_MORNING + WAIT_MS
REFUSALS = {
    "Retry-After in seconds": {"Retry_After": str(WAIT_MS // 1000)},
    "Retry-After as an HTTP date": {"Retry_After": faults.http_date(UNTIL)},
    "reset in ISO 8601": {"X_RateLimit_Reset": to_datetime(UNTIL).isoformat()},
    "reset in epoch seconds": {"RateLimit_Reset": str(UNTIL // 1000)},
}


class Stage:
    """A town whose engine runs here, on a clock that only moves when there is nothing to do."""

    def __init__(self, place: Town, clock: StillClock, ctx: Context) -> None:
        self.place, self.clock, self.ctx = place, clock, ctx

    @property
    def book(self) -> Book:
        return self.place.server.book

    def code(self, kind: str) -> str:
        """Schedule one delivery for now and return its short code."""
        return self.place.deliver(self.place.account(kind), [self.clock.now])[0]

    def drive(self) -> None:
        """Let the engine work until every delivery has come to an end."""
        for _ in range(60):
            for delivery in dispatch.claim_due(self.ctx, "worker", 8):
                dispatch.send(self.ctx, delivery)
            reconcile.look_again(self.ctx)
            left = [one for one in self.place.all() if one.state not in OVER]
            if not left:
                return
            self.clock.now = max(self.clock.now + 1_000, min(one.not_before for one in left))
        raise AssertionError(f"these never come to an end: {self.place.open()}")


@pytest.fixture
def stage(
    tmp_path: Path, launcher: Launcher, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Stage]:
    patience = IMPATIENT if any(word in request.node.name for word in ("hung", "drip")) else PATIENT
    monkeypatch.setattr(http, "ANSWER_SECONDS", patience)
    clock = StillClock()

    def now() -> datetime:
        return to_datetime(clock.now)

    server = BookServer(Book(now=now))
    more = {"DRUMBEAT_PLATFORM_WEBHOOK_TIMEOUT": str(patience)}
    with town(tmp_path, launcher, server, clock, **more) as place:
        impatient = Http(allow_private=True, timeout=(5, patience), clock=clock)
        yield Stage(place, clock, replace(place.context, http=impatient))
    server.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [*NOT_APPLIED, *APPLIED])
def test_a_lost_answer_ends_in_a_true_state(stage: Stage, kind: str, name: str) -> None:
    code, applied = stage.code(kind), name in APPLIED
    stage.book.faults.append({**NOT_APPLIED, **APPLIED}[name])
    stage.drive()
    assert stage.book.faults == [], "the fault was met"
    assert judge(stage.place).faults == []
    state = stage.place.delivery(code).state
    if kind == "blind":
        assert (state, stage.book.counts(code)) == (State.NEEDS_HUMAN, int(applied))
    else:
        assert (state, stage.book.counts(code)) == (State.PUBLISHED, 1)
    assert stage.book.absorbed[code] == int(kind == "keyed" and applied), (
        "only a receiver with a memory is sent it again"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_that_cannot_be_read_is_no_reason_to_post_twice(stage: Stage, kind: str, name: str) -> None:
    code = stage.code(kind)
    stage.book.faults.append(UNREADABLE[name])
    stage.drive()
    found = stage.place.delivery(code)
    assert (found.state, stage.book.counts(code)) == (State.PUBLISHED, 1), found.sentence


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_for_now_is_waited_out_to_the_moment_that_was_named(stage: Stage, kind: str, name: str) -> None:
    code = stage.code(kind)
    stage.book.faults += [faults.throttled(**REFUSALS[name])] * 2
    stage.drive()
    (post,) = stage.book.by_code()[code]
    assert post.at.timestamp() * 1000 >= UNTIL
    assert stage.place.delivery(code).state is State.PUBLISHED
    assert judge(stage.place).faults == []


@pytest.mark.parametrize("kind", KINDS)
def test_where_nobody_listens_it_is_tried_again_until_somebody_does(stage: Stage, kind: str) -> None:
    code = stage.code(kind)
    origin, host = stage.place.server.origin, stage.place.server.host
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        _move(stage, origin, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        for delivery in dispatch.claim_due(stage.ctx, "worker", 8):
            dispatch.send(stage.ctx, delivery)
        found = stage.place.delivery(code)
        assert (found.state, found.maybe_live) == (State.SCHEDULED, False), "certainly not sent"
        _move(stage, f"http://127.0.0.1:{nobody.getsockname()[1]}", origin)
    stage.drive()
    assert host in stage.place.server.origin
    assert (stage.place.delivery(code).state, stage.book.counts(code)) == (State.PUBLISHED, 1)


def _move(stage: Stage, old: str, new: str) -> None:
    """Let the accounts' credentials lead to another server."""
    with stage.ctx.database.writing() as tx:
        for account in accounts.all_accounts(tx):
            opened = stage.ctx.vault.open(accounts.credentials(tx, account.id))
            moved = {name: value.replace(old, new) for name, value in opened.items()}
            accounts.set_credentials(tx, account.id, seal(stage.ctx, moved), stage.clock.now)


@pytest.mark.parametrize("kind", ["bluesky", "mastodon"])
@pytest.mark.parametrize("name", ["500, not applied", "closed before", "hung before", "truncated 200", "other JSON"])
@pytest.mark.parametrize("applied", [True, False])
def test_a_look_up_that_fails_proves_nothing(stage: Stage, kind: str, name: str, applied: bool) -> None:
    code = stage.code(kind)
    stage.book.faults.append(faults.close_after if applied else faults.close_before)
    stage.book.lookup_faults += [{**NOT_APPLIED, **APPLIED, **UNREADABLE}[name]] * 2
    stage.drive()
    assert (stage.place.delivery(code).state, stage.book.counts(code)) == (State.PUBLISHED, 1)


def test_a_server_that_drops_kept_connections_does_no_harm(stage: Stage) -> None:
    """Every call has a connection of its own, so none meets one that the server has just dropped."""
    account = stage.place.account("bluesky")
    stage.place.deliver(account, [stage.clock.now + n for n in range(4)])
    stage.book.faults += [_keep_alive_then_drop] * 4
    stage.drive()
    assert judge(stage.place).faults == []
    assert len(stage.book.posts) == 4


def _keep_alive_then_drop(line: Line) -> None:
    line.read()
    line.say(line.carry_out(), Connection="keep-alive")
