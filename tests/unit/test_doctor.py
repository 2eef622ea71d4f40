"""The doctor: every look on its own, each problem with its way out, and nothing is touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import scheduler
from scheduler.domain.account import Account
from scheduler.domain.breaker import Breaker
from scheduler.domain.delivery import State
from scheduler.services.accounts.vault import Vault, new_key
from scheduler.services.context import Context
from scheduler.services.operations import backup
from scheduler.services.operations.doctor import Finding, examine, exit_code
from scheduler.storage import accounts, breakers, notices, pauses, workers
from scheduler.storage.workers import Worker
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.house import furnish

KEY = new_key()
ENVIRON = {"DRUMBEAT_SECRET_KEY": "x", "DRUMBEAT_ENCRYPTION_KEYS": KEY}


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose browser assets are built."""
    package = tmp_path / "package"
    (package / "static").mkdir(parents=True)
    (package / "static" / "manifest.json").write_text("{}")
    monkeypatch.setattr(scheduler, "__file__", str(package / "__init__.py"))
    return package


def problems(findings: list[Finding]) -> dict[str, str]:
    return {finding.subject: finding.sentence for finding in findings if not finding.ok}


def add_worker(context: Context, beat_at: int) -> None:
    with context.database.writing() as tx:
        workers.register(tx, Worker("w", "here", 1, "0", beat_at, beat_at))


def add_account(context: Context, **values: object) -> Account:
    sealed = Vault([KEY]).seal({"password": "x"})
    with context.database.writing() as tx:
        return accounts.add(tx, Account(0, "clinic", "bluesky", "Clinic", "@clinic", "r", **values), sealed, 0)  # type: ignore[arg-type]


def look(root: Path, clock: StillClock, environ: Mapping[str, str] = ENVIRON) -> list[Finding]:
    return examine(environ, root, clock)


def test_a_house_in_order(tmp_path: Path) -> None:
    clock = StillClock()
    with furnish(tmp_path / "house", clock=clock, environ=ENVIRON) as context:
        add_worker(context, clock.now)
        add_account(context)
        findings = look(tmp_path / "house", clock)
    assert problems(findings) == {}
    assert exit_code(findings) == 0
    assert {"configuration", "clock", "database", "accounts", "worker", "queue", "disk", "browser assets"} <= {
        finding.subject for finding in findings
    }


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path, built: Path) -> None:
    clock = StillClock()
    (built / "static" / "manifest.json").unlink()
    with furnish(tmp_path / "house", clock=clock, environ=ENVIRON) as context:
        add_worker(context, clock.now - 3_600_000)
        add_account(context, state="broken", problem="Bluesky refused the sign-in. Connect the account again.")
        (context.settings.posts).rmdir()
        findings = look(tmp_path / "house", clock)
    assert exit_code(findings) == 1
    found = problems(findings)
    assert set(found) == {"browser assets", "articles", "account clinic", "worker"}
    assert "1 hour ago" in found["worker"]
    assert found["account clinic"].startswith("Bluesky refused")


def test_the_queue_that_needs_a_person_and_hosts_that_do_not_answer(tmp_path: Path) -> None:
    clock = StillClock()
    with furnish(tmp_path / "house", clock=clock, environ=ENVIRON) as context:
        account = add_account(context)
        for state in (State.FAILED, State.FAILED, State.NEEDS_HUMAN, State.UNKNOWN):
            schedule(context, account, state=state)
        with context.database.writing() as tx:
            breakers.put(tx, Breaker("bsky.social", 5, 1, clock.now + 60_000, "It does not answer."), clock.now)
            pauses.pause(tx, pauses.Pause("We are on holiday", "Alex", clock.now - 3_600_000))
        findings = look(tmp_path / "house", clock)
    found = problems(findings)
    assert found["queue"].startswith("2 failed, 1 waiting for your decision")
    assert found["host bsky.social"] == (
        "It does not answer. It is tried again in 1 minute. Its posts wait until it answers."
    )
    assert found["pause"].startswith("Alex paused everything 1 hour ago (We are on holiday).")
    assert "1 being looked up on the platform. That is settled by itself." in str(findings)


def test_backups_are_missed_when_they_are_old_missing_or_failed(tmp_path: Path) -> None:
    clock = StillClock()
    with furnish(tmp_path / "house", clock=clock, environ=ENVIRON) as context:
        add_worker(context, clock.now)
        assert "backup" not in problems(look(tmp_path / "house", clock)), "it has just been started"
        clock.move(hours=2)
        assert "There is none" in problems(look(tmp_path / "house", clock))["backup"]
        backup.make(context, backup.DAILY)
        clock.move(days=1)
        assert "backup" not in problems(look(tmp_path / "house", clock))
        clock.move(days=2)
        assert "made 3 days ago" in problems(look(tmp_path / "house", clock))["backup"]
        with context.database.writing() as tx:
            notices.report(tx, backup.CAUSE, subject="x", sentence="There is too little room.", now=clock.now)
        assert "made 3 days ago" in problems(look(tmp_path / "house", clock))["backup"]
        assert "too little room" in str(look(tmp_path / "house", clock))


def test_a_damaged_database_and_a_restore_that_was_interrupted_are_named(tmp_path: Path) -> None:
    with furnish(tmp_path / "house", environ=ENVIRON) as context:
        (context.settings.data / "restore.json").write_text("{}")
        context.database.dispose()
        file = context.settings.data / "drumbeat.db"
        data = bytearray(file.read_bytes())
        middle = len(data) // 4096 // 2 * 4096
        data[middle : middle + 8192] = b"\xff" * 8192
        file.write_bytes(data)
        found = problems(look(tmp_path / "house", StillClock()))
    assert "python -m scheduler restore" in found["restore"]
    assert "restore" in found["database"] or "backup" in found["database"]


def test_broken_configuration_does_not_hide_the_rest(tmp_path: Path, built: Path) -> None:
    (built / "static" / "manifest.json").unlink()
    with furnish(tmp_path / "house", environ=ENVIRON) as context:
        (context.settings.config / "calendar.toml").write_text('zone = "Mars"\n[default]\nslots = ["x"]\n')
        found = problems(look(tmp_path / "house", StillClock()))
    assert set(found) == {"calendar.toml: zone", "calendar.toml: default.slots", "browser assets"}


def test_before_the_first_start_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    house = tmp_path / "house"
    (house / "posts").mkdir(parents=True)
    found = problems(look(house, StillClock(), {}))
    assert set(found) == {"DRUMBEAT_SECRET_KEY", "DRUMBEAT_ENCRYPTION_KEYS"}
    assert "is not made yet" in problems(look(house, StillClock()))["database"]
    assert sorted(entry.name for entry in house.iterdir()) == ["posts"]


def test_an_old_schema_is_named(tmp_path: Path) -> None:
    with furnish(tmp_path / "house", environ=ENVIRON) as context:
        with context.database.writing() as tx:
            tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        assert "its schema is old" in problems(look(tmp_path / "house", StillClock()))["database"]


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    with furnish(tmp_path / "house", environ=ENVIRON) as context:
        for file in context.settings.data.glob("drumbeat.db*"):
            file.unlink()
        (context.settings.data / "drumbeat.db").write_text("this is no database, " * 400)
        assert "database" in problems(look(tmp_path / "house", StillClock()))


def test_lost_and_damaged_keys_are_named(tmp_path: Path) -> None:
    with furnish(tmp_path / "house", environ=ENVIRON) as context:
        add_account(context)
        other = look(tmp_path / "house", StillClock(), ENVIRON | {"DRUMBEAT_ENCRYPTION_KEYS": new_key()})
        assert "cannot be read with DRUMBEAT_ENCRYPTION_KEYS" in problems(other)["account clinic"]
        damaged = look(tmp_path / "house", StillClock(), ENVIRON | {"DRUMBEAT_ENCRYPTION_KEYS": "not-a-key"})
        assert "damaged" in problems(damaged)["DRUMBEAT_ENCRYPTION_KEYS"]
        assert "not-a-key" not in str(problems(damaged))


def test_a_wrong_clock_is_named(tmp_path: Path) -> None:
    clock = StillClock()
    with furnish(tmp_path / "house", environ=ENVIRON) as context:
        assert "years behind" in problems(look(tmp_path / "house", StillClock(0)))["clock"]
        add_worker(context, clock.now + 3_600_000)
        assert "set back" in problems(look(tmp_path / "house", clock))["clock"]


def test_secrets_that_others_can_read_are_named(tmp_path: Path) -> None:
    with furnish(tmp_path / "house", environ=ENVIRON):
        file = tmp_path / "house" / ".env"
        file.write_text("x=1")
        file.chmod(0o644)
        assert "chmod 600" in problems(look(tmp_path / "house", StillClock()))[".env"]
        file.chmod(0o600)
        assert ".env" not in problems(look(tmp_path / "house", StillClock()))


def test_a_finding_reads_as_one_line() -> None:
    assert str(Finding("disk", True, "80 GB are free.")) == "ok       disk: 80 GB are free."
    assert str(Finding("worker", False, "None is running.")) == "PROBLEM  worker: None is running."
