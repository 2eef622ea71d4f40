"""Backup and restore are killed before each change they make to the disk: what is left is the old or the new state."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import pytest

from scheduler.config import LiveConfig, Settings, load_settings
from scheduler.domain.delivery import RESTORED, State
from scheduler.domain.problem import Conflict
from scheduler.services.accounts.vault import new_key
from scheduler.services.context import Context, build_context
from scheduler.services.operations import backup, backup_folder
from scheduler.services.operations.changeover import unfinished
from scheduler.services.operations.occupancy import occupy
from scheduler.services.operations.restore import finish, restore
from scheduler.storage import deliveries, preferences, restored
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.dying import dies_at
from tests.support.house import furnish
from tests.support.newsroom import add_account, write_articles

KEYS = {"DRUMBEAT_SECRET_KEY": "x", "DRUMBEAT_ENCRYPTION_KEYS": new_key()}


def settings_at(root: Path) -> Settings:
    return load_settings(KEYS, root)


def context_at(root: Path) -> Context:
    return build_context(LiveConfig(settings_at(root), KEYS, root), StillClock())


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A house whose backup says "old" everywhere, and which says "new" by now."""
    root = tmp_path / "prepared"
    with furnish(root, clock=StillClock(), environ=KEYS) as ctx:
        write_articles(ctx)
        ctx.blobs.put_bytes("originals/a.jpg", b"old")
        with ctx.database.writing() as tx:
            preferences.put(tx, "age", "old")
        schedule(ctx, add_account(ctx, "bluesky", "Clinic"), hours=-1)
        backup.make(ctx, backup.BY_HAND)
        with ctx.database.writing() as tx:
            preferences.put(tx, "age", "new")
        ctx.blobs.delete("originals/a.jpg")
        ctx.blobs.put_bytes("originals/b.jpg", b"new")
        (ctx.settings.posts / "needling" / "index.md").unlink()
        (ctx.settings.posts / "more.txt").write_text("new")
        (ctx.settings.config / "backup.toml").write_text("[backup]\nkeep_daily = 30\n")
    return root


def age(root: Path) -> str:
    """Return what the house says in every part of it; all parts must agree."""
    ctx = context_at(root)
    with ctx.database.reading() as tx:
        database = preferences.get(tx, "age")
    ctx.database.dispose()
    said = {
        database,
        "old" if (root / "posts/needling/index.md").exists() else "new",
        "new" if (root / "posts/more.txt").exists() else "old",
        "old" if ctx.blobs.exists("originals/a.jpg") else "new",
        "new" if ctx.blobs.exists("originals/b.jpg") else "old",
        "new" if ctx.settings.backup.keep_daily == 30 else "old",
    }
    assert len(said) == 1, "a mixture"
    return said.pop()


def put_back(root: Path) -> None:
    settings = settings_at(root)
    (source,) = backup_folder.listing(settings.data / "backups")
    restore(settings, source.path, StillClock())


def require_restored(root: Path) -> None:
    """The backup is in place and marked, nothing is left over, and the house may be used."""
    assert age(root) == "old"
    ctx = context_at(root)
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, 1)
        assert found and (found.state, found.reason) == (State.UNKNOWN, RESTORED)
        assert restored.in_the_way(tx)
        assert restored.last(tx)
    ctx.database.dispose()
    occupy(ctx.settings.data).close()
    assert not [path for path in root.rglob("*") if ".restored-" in path.name or path.name.startswith("restored.db")]
    asides = list(ctx.settings.data.glob("before-restore-*"))
    assert [one for one in asides if (one / "posts" / "more.txt").exists()], "what was there is kept"
    assert [one for one in asides if (one / "drumbeat.db").exists()]


def test_a_restore_killed_anywhere_is_the_old_state_or_is_finished(prepared: Path, tmp_path: Path) -> None:
    outcomes = set()
    for number in count(1, 2):
        root = tmp_path / f"n{number}"
        shutil.copytree(prepared, root)
        if not dies_at(number, lambda root=root: put_back(root)):  # type: ignore[misc]
            require_restored(root)
            break
        data = root / "instance"
        if unfinished(data):
            outcomes.add("resumed")
            with pytest.raises(Conflict, match="interrupted"):
                occupy(data)
            with pytest.raises(Conflict, match="Finish it first"):
                put_back(root)
            finish(settings_at(root))
        elif age(root) == "new":
            outcomes.add("untouched")
            occupy(data).close()
            put_back(root)
        else:
            outcomes.add("done")
        require_restored(root)
        shutil.rmtree(root)
    assert outcomes >= {"untouched", "resumed"}
    assert number > 30, "it was killed at every step"


def test_a_finishing_restore_may_be_killed_too(prepared: Path, tmp_path: Path) -> None:
    for first in (45, 55, 65):
        for second in (1, 3, 6):
            root = tmp_path / f"n{first}-{second}"
            shutil.copytree(prepared, root)
            dies_at(first, lambda root=root: put_back(root))  # type: ignore[misc]
            if unfinished(root / "instance"):
                dies_at(second, lambda root=root: finish(settings_at(root)))  # type: ignore[misc]
            if unfinished(root / "instance"):
                finish(settings_at(root))
                require_restored(root)


def test_a_backup_killed_anywhere_is_whole_or_not_there(prepared: Path, tmp_path: Path) -> None:
    for number in count(1, 3):
        root = tmp_path / f"n{number}"
        shutil.copytree(prepared, root)
        shutil.rmtree(root / "instance" / "backups")
        died = dies_at(number, lambda root=root: backup.make(context_at(root), backup.BY_HAND))  # type: ignore[misc]
        for whole in backup_folder.listing(root / "instance" / "backups"):
            backup_folder.verify(whole)
        ctx = context_at(root)
        backup_folder.verify(backup.make(ctx, backup.BY_HAND))
        ctx.database.dispose()
        left = {path.name for path in (root / "instance" / "backups").iterdir() if path.name.startswith(".making-")}
        assert left == set()
        shutil.rmtree(root)
        if not died:
            break
    assert number > 20
