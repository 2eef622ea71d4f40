"""/healthz and /metrics: for watchers, honest about the worker, and nothing for strangers."""

from __future__ import annotations

import shutil

import pytest

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.platforms.dates import Skew
from scheduler.services.context import Context
from scheduler.services.operations import backup, clock_health
from scheduler.services.operations.users import create_token
from scheduler.storage import accounts, notices, workers
from scheduler.storage.workers import Worker
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.house import Visitor


@pytest.fixture
def worker(context: Context) -> None:
    """A worker whose heart has just beaten."""
    now = context.clock.now_ms()
    with context.database.writing() as tx:
        workers.register(tx, Worker("w", "here", 1, "0", now, now))


@pytest.fixture
def account(context: Context) -> Account:
    """An account, as if it were connected."""
    with context.database.writing() as tx:
        return accounts.add(tx, Account(0, "a", "bluesky", "A", "@a", "r"), "", 0)


def test_without_a_worker_it_is_not_well(client: Visitor) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "worker not running",
        "worker_heartbeat_age_seconds": None,
        "overdue": 0,
        "paused": False,
        "last_backup_age_seconds": None,
        "clock_error_seconds": 0,
        "clock_last_step_seconds": 0,
    }


def test_the_age_of_the_last_backup(client: Visitor, context: Context, clock: StillClock, worker: None) -> None:
    backup.make(context, backup.BY_HAND)
    clock.move(seconds=25)
    assert client.get("/healthz").get_json()["last_backup_age_seconds"] == 25
    metrics = client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    assert "drumbeat_last_backup_age_seconds 25\n" in metrics


def test_a_fresh_heartbeat_is_well_and_an_old_one_is_not(client: Visitor, clock: StillClock, worker: None) -> None:
    clock.move(seconds=12.3)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()["worker_heartbeat_age_seconds"]) == (200, 12.3)
    assert answer.headers["Cache-Control"] == "no-store"
    clock.move(seconds=18)
    assert client.get("/healthz").status_code == 503


def test_the_banner_says_it_on_every_page(owner_client: Visitor, clock: StillClock, worker: None) -> None:
    assert "The worker is not running" not in owner_client.get("/admin/").text
    clock.move(minutes=5)
    for path in ("/admin/", "/admin/accounts/", "/admin/settings/site"):
        page = owner_client.get(path).text
        assert "The worker is not running, so nothing is published. It was last seen 5 minutes ago." in page


def test_a_wrong_clock_is_said_on_every_page_and_to_watchers(
    owner_client: Visitor, context: Context, worker: None
) -> None:
    now = context.clock.now_ms()
    clock_health.note_skews(context, {"a.example": Skew(-120_000, now), "b.example": Skew(-121_000, now)})
    assert "clock is wrong by 2 minutes: it is ahead of the platforms" in owner_client.get("/admin/").text
    assert owner_client.get("/healthz").get_json()["clock_error_seconds"] == -120
    clock_health.note_skews(context, {"a.example": Skew(-400, now), "b.example": Skew(-121_000, now)})
    assert "clock is wrong" not in owner_client.get("/admin/").text


def test_a_step_of_the_clock_is_told_for_a_day(context: Context, clock: StillClock) -> None:
    clock_health.note_step(context, -3_600_000)
    assert clock_health.step_sentence(context).startswith("This machine's clock was set back by 1 hour.")
    clock_health.forget_old_step(context)
    with context.database.reading() as tx:
        assert notices.open_causes(tx, ["clock"]) == {"clock"}
    clock.move(days=1, seconds=1)
    clock_health.forget_old_step(context)
    with context.database.reading() as tx:
        assert not notices.open_causes(tx, ["clock"])
    assert clock_health.step_sentence(context) == ""


def test_a_nearly_full_disk_is_said_on_every_page_and_to_watchers(
    owner_client: Visitor, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=49_000_000))
    assert "Only 49.0 MB are free on the disk" in owner_client.get("/admin/").text
    answer = owner_client.get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "disk nearly full")


def test_overdue_posts_are_counted(client: Visitor, context: Context, account: Account) -> None:
    for hours in (-2, -0.01, 1):
        schedule(context, account, hours=hours)
    assert client.get("/healthz").get_json()["overdue"] == 1


def test_metrics_count_deliveries_by_state(
    client: Visitor, context: Context, account: Account, worker: None, clock: StillClock
) -> None:
    schedule(context, account)
    schedule(context, account, state=State.FAILED)
    clock.move(seconds=2)
    answer = client.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert 'drumbeat_deliveries{state="scheduled"} 1' in lines
    assert 'drumbeat_deliveries{state="failed"} 1' in lines
    assert 'drumbeat_deliveries{state="published"} 0' in lines
    assert "drumbeat_worker_up 1" in lines
    assert "drumbeat_worker_heartbeat_age_seconds 2.000" in lines
    assert sum(line.startswith("drumbeat_deliveries{") for line in lines) == len(State)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("203.0.113.9", {}),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}),
        ("203.0.113.9", {"Authorization": "Bearer drum_made_up"}),
    ],
)
def test_metrics_are_not_for_strangers(client: Visitor, address: str, headers: dict[str, str]) -> None:
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 401
    assert "drumbeat_" not in answer.text


@pytest.mark.parametrize(("scope", "status"), [("read", 200), ("admin", 200), ("write", 401)])
def test_a_token_that_may_read_opens_the_metrics(client: Visitor, context: Context, scope: str, status: int) -> None:
    token = create_token(context, name="Watcher", scopes=[scope])
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == status


def test_a_database_out_of_reach_is_said_and_not_an_error(client: Visitor, context: Context) -> None:
    assert client.get("/healthz").get_json()["status"] == "worker not running"
    (context.settings.data / "drumbeat.db").unlink()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (503, {"status": "database out of reach"})
