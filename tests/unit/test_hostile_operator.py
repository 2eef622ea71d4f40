"""A careless operator: odd rights on the disk, strange words in the configuration, and secrets that want to be seen."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from scheduler import environment
from scheduler.config import load_settings
from scheduler.domain.problem import Invalid, Problem
from scheduler.platforms.base import Connection, Session
from scheduler.practice.accounts import PracticeAccount, PracticeCredentials
from scheduler.services.context import Context
from scheduler.services.operations.doctor import examine
from scheduler.site_settings import read_site
from scheduler.storage.engine import DatabaseError
from scheduler.storage.users import User
from scheduler.toml_table import LONGEST_TEXT
from tests.support.clock import StillClock
from tests.support.house import furnish

SECRETIVE = {"password_hash", "credentials", "secret_key", "encryption_keys", "database_url", "password", "secret"} | {
    "access_token",
    "platforms",
}


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277, 0o777])
def test_secrets_and_data_are_the_owners_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        environment.ensure_secrets(tmp_path)
        environment.ensure_data(tmp_path / "instance")
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "instance").stat().st_mode & 0o777 == 0o700


def test_secrets_are_not_written_into_a_file_that_somebody_put_there(tmp_path: Path) -> None:
    planted, stolen = tmp_path / f".env.{os.getpid()}.new", tmp_path / "stolen"
    stolen.write_text("")
    planted.symlink_to(stolen)
    environment.ensure_secrets(tmp_path)
    assert stolen.read_text() == ""
    assert not (tmp_path / ".env").is_symlink()


def test_the_doctor_sees_a_data_folder_that_is_open_to_others(tmp_path: Path) -> None:
    environ = {"DRUMBEAT_SECRET_KEY": "x", "DRUMBEAT_ENCRYPTION_KEYS": "x"}
    with furnish(tmp_path) as context:
        for mode, seen in ((0o755, True), (0o750, False), (0o700, False)):
            context.settings.data.chmod(mode)
            found = {one.subject for one in examine(environ, tmp_path, StillClock()) if not one.ok}
            assert ("data folder" in found) is seen, oct(mode)


@pytest.mark.parametrize("kind", [User, Session, Connection, PracticeCredentials, PracticeAccount])
def test_nothing_that_holds_a_secret_shows_it_when_printed(kind: Any) -> None:
    assert is_dataclass(kind)
    shown = {field.name for field in fields(kind) if field.repr}
    assert not shown & SECRETIVE


def test_printed_settings_hold_no_secret(tmp_path: Path) -> None:
    secrets = {
        "DRUMBEAT_SECRET_KEY": "hush-key",
        "DRUMBEAT_ENCRYPTION_KEYS": "hush-keys",
        "DATABASE_URL": "postgresql://drumbeat:hush-password@db/drumbeat",
        "DRUMBEAT_PLATFORM_X_CLIENT_SECRET": "hush-client",
        "DRUMBEAT_SMTP_URL": "smtp://hush-user:hush-word@mail.example.org",
        "DRUMBEAT_NOTICE_WEBHOOK_SECRET": "whsec_" + base64.b64encode(b"hush" * 8).decode(),
    }
    printed = repr(load_settings(secrets, tmp_path))
    assert "hush" not in printed and "whsec_" not in printed


def test_an_error_of_the_database_holds_no_values(newsroom: Context) -> None:
    with pytest.raises(DatabaseError) as error, newsroom.database.writing() as tx:
        tx.execute(text("INSERT INTO nowhere VALUES (:hash)"), {"hash": "hush-hash"})
    assert "hush" not in str(error.value)


def problems_of(tmp_path: Path, toml: str) -> list[Problem]:
    found: list[Problem] = []
    (tmp_path / "site.toml").write_text(toml, "utf-8")
    read_site(tmp_path / "site.toml", found)
    return found


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "java\\tscript:alert(1)", "data:text/html,x", "vbscript:x",
        "//evil.example", "/\\\\evil.example", "https:evil.example", "https://", "blob:x", "file:///etc/passwd",
        "https://a b", "x",
    ],
)  # fmt: skip
def test_no_address_of_the_site_runs_script_or_leads_astray(tmp_path: Path, address: str) -> None:
    for place in ("[[navigation]]\nlabel = 'x'\nhref", "[[services]]\nlabel = 'x'\nhref", "[business]\nbooking_url"):
        [problem] = problems_of(tmp_path, f'{place} = "{address}"\n')
        assert "must be an address" in problem.message


@pytest.mark.parametrize(
    "address", ["/", "/blog/", "#services", "https://a.example/x?y=1", "mailto:a@b.example", "tel:+1"]
)
def test_honest_addresses_of_the_site_are_taken(tmp_path: Path, address: str) -> None:
    assert problems_of(tmp_path, f'[[navigation]]\nlabel = "x"\nhref = "{address}"\n') == []


@pytest.mark.parametrize("name", ["a\\u0000b", "a\\u001bb", "a\\u007fb", "a\\u0085b", "x" * (LONGEST_TEXT + 1)])
def test_no_word_of_the_site_holds_control_characters_or_a_book(tmp_path: Path, name: str) -> None:
    for place in ("[site]\nname = ", "[business]\nhours = [", "[[services]]\nlabel = "):
        end = "]" if place[-1] == "[" else ""
        assert len(problems_of(tmp_path, f'{place}"{name}"{end}\n')) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://me:pass@a.example",
        "https://[x",
        "https://a.example/?x",
        "https://a.example\\b",
        "https://",
        "a.example",
    ],
)
def test_a_crooked_public_address_is_refused_in_a_sentence(tmp_path: Path, address: str) -> None:
    with pytest.raises(Invalid, match="must be an address like"):
        load_settings({"DRUMBEAT_BASE_URL": address}, tmp_path)


@pytest.mark.parametrize(
    "address", ["https://www.a.example", "http://127.0.0.1:8000", "http://[::1]:8000/", "https://a.example/blog"]
)
def test_an_honest_public_address_is_taken(tmp_path: Path, address: str) -> None:
    assert load_settings({"DRUMBEAT_BASE_URL": address}, tmp_path).base_url == address.rstrip("/")
