"""Backups: whole or not there, kept by rule, and told when they fail."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from scheduler.content import writer
from scheduler.domain.problem import Conflict
from scheduler.domain.revision import By
from scheduler.services.context import Context
from scheduler.services.editorial import drafts
from scheduler.services.editorial.article_input import input_of
from scheduler.services.editorial.drafts import Page
from scheduler.services.operations import backup, backup_folder
from scheduler.services.operations.backup_folder import NotABackup
from scheduler.services.operations.copying import copy_folder
from scheduler.storage import notices, preferences
from scheduler.storage.backup import CopyFailed
from tests.support.clock import StillClock


def keep_up(ctx: Context) -> bool:
    """Let the daily backup be made if it is due; return whether it was."""
    thread = backup.start_when_due(ctx)
    if thread:
        thread.join()
    return thread is not None


def folder(ctx: Context) -> Path:
    return ctx.settings.data / "backups"


def notice(ctx: Context) -> tuple[int, str] | None:
    with ctx.database.reading() as tx:
        return notices.open_since(tx, backup.CAUSE)


@pytest.fixture
def house(newsroom: Context) -> Context:
    newsroom.blobs.put_bytes("originals/ab/photo.jpg", b"a photo")
    return newsroom


def test_unpublished_edits_and_versions_are_in_it(house: Context) -> None:
    (house.settings.posts / "alone.md").write_text("---\ntitle: Alone\n---\nText")
    house.articles.refresh(force=True)
    for article in house.articles.all():
        given = replace(input_of(article, "UTC"), body="Unpublished")
        drafts.keep(house, given, Page(article.id, article.content_hash, tab="ab", turn=1), By("admin", "Anna"))
    made = backup.make(house, backup.BY_HAND)
    for path in (made.path / "posts/needling/draft.md", made.path / "posts/.alone.draft.md"):
        assert "Unpublished" in path.read_text()
    with sqlite3.connect(made.path / "drumbeat.db") as copy:
        assert copy.execute("SELECT count(*) FROM revisions").fetchone() == (len(house.articles.all()),)


def test_it_holds_everything_but_the_secrets(house: Context) -> None:
    with house.database.writing() as tx:
        preferences.put(tx, "colour", "blue")
    (house.settings.config.parent / ".env").write_text("DRUMBEAT_SECRET_KEY=x")
    made = backup.make(house, backup.BY_HAND)
    held = {path.relative_to(made.path).as_posix() for path in made.path.rglob("*") if path.is_file()}
    assert {"manifest.json", "drumbeat.db", "config/site.toml", "media/originals/ab/photo.jpg"} <= held
    assert any(path.startswith("posts/needling") for path in held)
    assert "env" not in held and not [path for path in held if "practice" in path]
    assert made.path.stat().st_mode & 0o777 == 0o700
    with sqlite3.connect(made.path / "drumbeat.db") as copy:
        assert copy.execute("SELECT value FROM preferences WHERE key = 'colour'").fetchone() == ("blue",)
    backup_folder.verify(made)
    assert backup_folder.read(made.path) == made
    assert backup.last_at(house) == made.manifest.made_at


def test_the_secrets_only_when_they_are_asked_for(house: Context) -> None:
    env = house.settings.config.parent / ".env"
    env.write_text("DRUMBEAT_SECRET_KEY=x")
    made = backup.make(house, backup.BY_HAND, env_file=env)
    assert (made.path / "env").read_text() == "DRUMBEAT_SECRET_KEY=x"
    assert (made.path / "env").stat().st_mode & 0o777 == 0o600
    backup_folder.verify(made)


def test_media_take_no_room_and_articles_are_copies(house: Context) -> None:
    made = backup.make(house, backup.BY_HAND)
    original = house.blobs.path("originals/ab/photo.jpg")
    assert (made.path / "media/originals/ab/photo.jpg").samefile(original)
    assert not (made.path / "config/site.toml").samefile(house.settings.config / "site.toml")


def test_rights_are_kept(house: Context) -> None:
    article = house.settings.posts / "needling"
    article.chmod(0o750)
    (article / "index.md").chmod(0o640)
    made = backup.make(house, backup.BY_HAND)
    copy = made.path / "posts" / "needling"
    assert (copy.stat().st_mode & 0o777, (copy / "index.md").stat().st_mode & 0o777) == (0o750, 0o640)
    assert made.path.stat().st_mode & 0o777 == 0o700


def test_without_hard_links_media_are_copied(house: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    made = backup.make(house, backup.BY_HAND)
    copy = made.path / "media/originals/ab/photo.jpg"
    assert copy.read_bytes() == b"a photo"
    assert not copy.samefile(house.blobs.path("originals/ab/photo.jpg"))


def test_what_an_interrupted_one_left_is_removed_and_never_listed(house: Context) -> None:
    left = folder(house) / ".making-2026-01-01_00-00-00Z"
    left.mkdir(parents=True)
    (left / "drumbeat.db").write_text("half")
    stranger = folder(house) / "2026-01-01_00-00-00Z"
    stranger.mkdir()
    assert backup.overview(house).backups == []
    made = backup.make(house, backup.BY_HAND)
    assert not left.exists() and stranger.exists()
    assert [one.path for one in backup.overview(house).backups] == [made.path]


def test_a_failed_one_leaves_nothing_and_is_told_once_until_the_next_succeeds(
    house: Context, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
        for _ in range(2):
            with pytest.raises(CopyFailed, match="too little room"):
                backup.make(house, backup.DAILY)
    assert [entry.name for entry in folder(house).iterdir() if entry.is_dir()] == []
    told = notice(house)
    assert told and "Make room" in told[1]
    assert backup.overview(house).failure == told[1]
    assert not backup.is_due(house), "not again at once"
    clock.move(hours=1.1)
    assert keep_up(house)
    assert notice(house) is None


def test_a_damaged_database_makes_no_backup(house: Context) -> None:
    file = house.settings.data / "drumbeat.db"
    house.database.dispose()
    data = bytearray(file.read_bytes())
    for page in range(8, len(data) // 4096, 2):
        data[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(data)
    with pytest.raises(CopyFailed, match="database"):
        backup.make(house, backup.BY_HAND)
    assert backup_folder.listing(folder(house)) == []


def test_only_one_at_a_time(house: Context) -> None:
    folder(house).mkdir()
    with FileLock(folder(house) / backup.LOCK), pytest.raises(Conflict, match="being made already"):
        backup.make(house, backup.BY_HAND)
    assert notice(house) is None


def test_articles_are_not_written_while_they_are_copied(house: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []

    def copied(source: Path, *rest: object, **more: object) -> object:
        if source == house.settings.posts:
            held.append(True)
            with pytest.raises(TimeoutError), FileLock(house.settings.posts / writer.LOCK, timeout=0):
                pass
        return copy_folder(source, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(backup, "copy_folder", copied)
    backup.make(house, backup.BY_HAND)
    assert held


def test_a_file_that_never_stands_still_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "posts"
    source.mkdir()
    (source / "a.md").write_text("1")
    original = shutil.copyfileobj

    def copy_while_somebody_writes(file: object, target: object, length: int) -> None:
        original(file, target, length)  # type: ignore[arg-type]
        with (source / "a.md").open("a") as more:
            more.write("2")

    monkeypatch.setattr(shutil, "copyfileobj", copy_while_somebody_writes)
    with pytest.raises(CopyFailed, match="being changed all the time"):
        list(copy_folder(source, tmp_path / "copy"))


def test_it_is_due_once_a_day_after_its_time(house: Context, clock: StillClock) -> None:
    assert backup.is_due(house), "there is none yet"
    assert keep_up(house)
    assert not backup.is_due(house)
    clock.move(hours=13.9)  # 02:54 UTC
    assert not backup.is_due(house)
    clock.move(hours=0.2)
    assert backup.is_due(house)
    assert keep_up(house) and not keep_up(house)
    clock.move(days=3)
    assert backup.is_due(house), "made later when nothing ran at its time"


def test_old_ones_go_and_strangers_stay(house: Context, clock: StillClock) -> None:
    stranger = folder(house) / "my own folder"
    stranger.mkdir(parents=True)
    for _ in range(40):
        backup.make(house, backup.DAILY)
        clock.move(days=1)
    kept = [one.manifest.made_at for one in backup.overview(house).backups]
    days = [round((clock.now - made_at) / 86_400_000) for made_at in kept]
    assert days[:7] == [1, 2, 3, 4, 5, 6, 7]
    assert len(days) == 9, "two of the four weeks are covered by the seven days"
    assert stranger.exists()


@pytest.mark.parametrize("change", ["change", "delete", "add", "path"])
def test_a_damaged_backup_is_named(house: Context, change: str) -> None:
    made = backup.make(house, backup.BY_HAND)
    if change == "change":
        (made.path / "config/site.toml").write_text("x")
    elif change == "delete":
        (made.path / "config/site.toml").unlink()
    elif change == "add":
        (made.path / "posts/more.md").write_text("x")
    else:
        text = (made.path / "manifest.json").read_text().replace("config/site.toml", "../../site.toml")
        (made.path / "manifest.json").write_text(text)
    with pytest.raises(NotABackup, match="damaged"):
        backup_folder.verify(backup_folder.read(made.path))


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotABackup, match="There is no backup at"):
        backup_folder.read(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"product": "other"}))
    with pytest.raises(NotABackup, match="is not a backup of Drumbeat"):
        backup_folder.read(tmp_path)
