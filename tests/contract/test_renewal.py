"""Renewing sign-ins: ahead of time, one process at a time, and a passing trouble breaks nothing. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.clock import SystemClock
from scheduler.domain import outcome as o
from scheduler.domain.account import Account, AccountState
from scheduler.platforms.base import Platform, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts import health, renewal
from scheduler.services.accounts.sessions import open_session, seal, store
from scheduler.services.context import Context
from scheduler.services.operations import notices
from scheduler.storage import accounts
from scheduler.storage.accounts import Token
from tests.support.clock import StillClock
from tests.support.house import furnish

HOUR_MS = 3_600_000
OLD = {"access_token": "old-access", "refresh_token": "old-refresh", "expires_at": "1", "renew_at": "1"}


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Context]:
    """A house on each database."""
    environ = {}
    if request.param == "postgresql":
        environ["DATABASE_URL"] = request.getfixturevalue("migrated_postgres")
    with furnish(tmp_path, clock=WaitingClock(), environ=environ) as context:
        yield context


class WaitingClock(StillClock):
    """A clock that stands still, but whose sleepers really wait for others."""

    def sleep(self, seconds: float) -> None:
        """Wait a little."""
        SystemClock().sleep(min(seconds, 0.02))


@pytest.fixture
def signed_in(both: Context) -> Account:
    now = both.clock.now_ms()
    account = Account(0, "clinic-x", "mastodon", "Clinic", "@clinic", "1")
    with both.database.writing() as tx:
        stored = accounts.add(tx, account, seal(both, OLD), now)
        accounts.set_token(tx, stored.id, Token(now + HOUR_MS, now, 0, "post read"), now)
    return health.account(both, stored.id)


def rotating(monkeypatch: pytest.MonkeyPatch, *, wait: threading.Event | None = None) -> list[str]:
    """Let the platform rotate refresh tokens: each is good for once. Return the list of those that were used."""
    used: list[str] = []

    def refresh(_self: Platform, session: Session) -> None:
        token = session.credentials["refresh_token"]
        used.append(token)
        if wait:
            assert wait.wait(20)
        if used.count(token) > 1:
            raise Refused(o.Unauthorized(sentence="This refresh token was used before."))
        fresh = {**session.credentials, "access_token": f"after-{token}", "refresh_token": f"next-{token}"}
        session.remember(fresh)
        session.credentials = fresh

    monkeypatch.setattr(type(platform("mastodon")), "refresh", refresh)
    return used


def test_what_is_due_is_renewed_and_stored(both: Context, signed_in: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    used = rotating(monkeypatch)
    assert renewal.renew_due(both) == 1
    assert used == ["old-refresh"]
    assert open_session(both, signed_in).credentials["access_token"] == "after-old-refresh"
    after = health.account(both, signed_in.id)
    assert (after.renewed_at, after.renewal_trouble, after.renewing_until) == (both.clock.now_ms(), "", 0)


def test_two_at_once_renew_once(both: Context, signed_in: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    used = rotating(monkeypatch, wait=go)
    sessions = [open_session(both, signed_in) for _ in range(2)]
    threads = [threading.Thread(target=renewal.renew, args=(both, signed_in, session)) for session in sessions]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(30)
    assert used == ["old-refresh"]
    assert {session.credentials["access_token"] for session in sessions} == {"after-old-refresh"}


def test_a_passing_trouble_breaks_nothing_and_is_tried_again(
    both: Context, signed_in: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refresh(_self: Platform, session: Session) -> None:
        raise Refused(o.NotSent(sentence="The platform is away."))

    monkeypatch.setattr(type(platform("mastodon")), "refresh", refresh)
    renewal.renew_due(both)
    after = health.account(both, signed_in.id)
    assert (after.state, after.renewal_trouble) == (AccountState.CONNECTED, "The platform is away.")
    assert after.token_renew_at == both.clock.now_ms() + renewal.AGAIN_MS
    assert open_session(both, signed_in).credentials == OLD


def test_a_refusal_for_good_breaks_the_account(
    both: Context, signed_in: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refresh(_self: Platform, session: Session) -> None:
        raise Refused(o.Unauthorized(sentence="The grant is gone."))

    monkeypatch.setattr(type(platform("mastodon")), "refresh", refresh)
    renewal.renew_due(both)
    assert health.account(both, signed_in.id).state is AccountState.BROKEN
    assert renewal.renew_due(both) == 0, "a broken account is not tried again and again"


def test_a_fault_of_our_application_stops_the_platform_while_renewing_too(
    both: Context, signed_in: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refresh(_self: Platform, session: Session) -> None:
        raise Refused(o.Misconfigured(sentence="The application was withdrawn."))

    monkeypatch.setattr(type(platform("mastodon")), "refresh", refresh)
    renewal.renew_due(both)
    [told] = notices.listing(both).unread
    assert told.cause == "platform:mastodon"
    assert health.account(both, signed_in.id).problem == "The application was withdrawn."


def test_nothing_empty_takes_the_place_of_a_token(both: Context, signed_in: Account) -> None:
    store(both, signed_in, {**OLD, "access_token": "new", "refresh_token": ""})
    kept = open_session(both, signed_in).credentials
    assert (kept["access_token"], kept["refresh_token"]) == ("new", "old-refresh")


def test_the_owner_is_reminded_of_what_ends_for_good_and_not_longer(both: Context, signed_in: Account) -> None:
    now = both.clock.now_ms()
    for dies_at, reminded in ((now + renewal.REMINDED_MS + 1, 0), (now + renewal.REMINDED_MS, 1), (0, 0)):
        with both.database.writing() as tx:
            accounts.set_token(tx, signed_in.id, Token(token_dies_at=dies_at), now)
        renewal.remind(both)
        renewal.remind(both)
        told = [notice for notice in notices.listing(both).unread if notice.cause.startswith("sign_in:")]
        assert len(told) == reminded
        assert all(notice.count == 1 for notice in told)


def test_a_fault_of_our_application_stops_its_accounts_at_once(both: Context, signed_in: Account) -> None:
    now = both.clock.now_ms()
    with both.database.writing() as tx:
        other = accounts.add(tx, replace(signed_in, key="second", remote_id="2"), seal(both, OLD), now)
        foreign = accounts.add(
            tx, replace(signed_in, key="sky", platform="bluesky", remote_id="3"), seal(both, OLD), now
        )
        notices.break_platform(tx, signed_in.id, "The plan has run out.", now)
    states = [health.account(both, each.id).state for each in (signed_in, other, foreign)]
    assert states == [AccountState.BROKEN, AccountState.BROKEN, AccountState.CONNECTED]
    [told] = notices.listing(both).unread
    assert told.cause == "platform:mastodon"
    assert told.sentence.startswith("The plan has run out. Everything for Mastodon waits")
