"""Articles, Static site: made beside the web server, looked at while it grows, whole as a zip however a try ends."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock
from flask import Flask

from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.context import Context
from scheduler.services.operations import backup
from scheduler.services.site import exporting
from scheduler.services.site.export import Progress, export
from scheduler.services.site.export_desk import AT_WORK, FAILED, Desk, Made, Note
from scheduler.services.site.export_folder import MARK
from scheduler.services.site.packing import pack
from scheduler.storage import users
from scheduler.web.export_maker import AppMaker
from tests.support.clock import StillClock
from tests.support.house import REPOSITORY, Visitor
from tests.support.html import assert_strict, parse
from tests.support.posts import write_article

PAGE = "/admin/articles/static-site"
ZIP = f"{PAGE}/site.zip"
ADDRESS = "https://www.ferrystreet.example"


@pytest.fixture
def desk(context: Context) -> Desk:
    """The notes of a house with one article."""
    write_article(context, "knee", "Words.", date="2026-10-10")
    return Desk(context.settings)


def make(app: Flask, ctx: Context) -> Made:
    return exporting.make(ctx, AppMaker(app, ctx))


def contents(desk: Desk) -> dict[str, bytes]:
    with zipfile.ZipFile(desk.zip) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words(client: Visitor) -> str:
    page = client.get(PAGE)
    assert page.status_code == 200
    assert_strict(page.text)
    return parse(page.text).words()


def test_before_the_first_one(owner_client: Visitor, client: Visitor) -> None:
    text = words(owner_client)
    assert "Make the static site" in text and "Ready to download" not in text
    assert "Search as well" in text and "Count clicks." in text and "404.html" in text
    assert 'name="address"' in owner_client.get(PAGE).text and "127.0.0.1" not in text, "no good address is proposed"
    assert owner_client.get(ZIP).status_code == 404
    assert client.get(ZIP).location.startswith("/admin/login")


def test_made_and_downloaded(app: Flask, context: Context, desk: Desk, owner_client: Visitor) -> None:
    made = make(app, context)
    text = words(owner_client)
    assert f"{made.pages} pages, {made.files} files" in text and "It is the first" in text
    with owner_client.get(ZIP) as answer:
        assert answer.is_streamed
        data = answer.data
    assert answer.headers["Content-Disposition"].endswith("127.0.0.1-2026-11-23.zip")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        assert archive.testzip() is None and len(names) == made.files
        assert archive.read("blog/knee/index.html") == (desk.folder / "blog/knee/index.html").read_bytes()
    assert {"index.html", "404.html", "_redirects", "sitemap.xml"} <= names and MARK not in names


def test_what_has_changed_since_the_zip_before(app: Flask, context: Context, desk: Desk, owner_client: Visitor) -> None:
    make(app, context)
    before = desk.zip.stat().st_ino
    assert make(app, context).changes == 0 and desk.zip.stat().st_ino == before
    assert "Nothing has changed" in words(owner_client)
    write_article(context, "hip", date="2026-10-11")
    made = make(app, context)
    assert made.added == 2 and made.changed >= 2 and "/blog/hip/" in made.addresses
    assert "2 files new" in words(owner_client) and "/blog/hip/" in words(owner_client)


def test_a_zip_that_is_gone_or_broken_is_made_again(app: Flask, context: Context, desk: Desk) -> None:
    make(app, context)
    whole = contents(desk).keys()
    desk.zip.write_bytes(b"PK broken")
    make(app, context)
    assert contents(desk).keys() == whole
    desk.zip.unlink()
    assert exporting.overview(context).made is None
    make(app, context)
    assert contents(desk).keys() == whole


def test_a_zip_that_cannot_be_finished_leaves_the_one_before(tmp_path: Path) -> None:
    folder, to = tmp_path / "folder", tmp_path / "it.zip"
    folder.mkdir()
    (folder / "a.html").write_text("one")
    pack(folder, to)
    before = to.read_bytes()
    (folder / "b.html").write_text("two")

    def full(done: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        pack(folder, to, full)
    assert to.read_bytes() == before
    assert pack(folder, to).added == ("b.html",)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".new"] == []


def test_while_it_is_made(context: Context, desk: Desk, owner_client: Visitor, clock: StillClock) -> None:
    desk.write(Note(AT_WORK, clock.now_ms(), ADDRESS, "making pages", 761, 1554))
    with desk.working():
        part = owner_client.get(PAGE, headers={"HX-Request": "true"}).text
        assert "Making pages: 761 of 1554." in part and 'value="761"' in part and 'hx-trigger="every 1s"' in part
        assert "<html" not in part and 'name="address"' not in part
        assert "being made already" in owner_client.post(PAGE, data={"address": ADDRESS}, follow_redirects=True).text
        with pytest.raises(Conflict, match="being made already"):
            exporting.make(context, AppMaker(owner_client.application, context))
    assert "Making pages" not in words(owner_client)


def test_one_that_was_cut_off_is_said_and_can_be_made_again(
    app: Flask, context: Context, desk: Desk, owner_client: Visitor, clock: StillClock
) -> None:
    desk.write(Note(AT_WORK, clock.now_ms(), ADDRESS, "making pages", 5, 9))
    text = words(owner_client)
    assert "cut off" in text and "Make the static site" in text
    assert f'value="{ADDRESS}"' in owner_client.get(PAGE).text, "the address of that try"
    assert "hx-trigger" not in owner_client.get(PAGE, headers={"HX-Request": "true"}).text
    make(app, context)
    assert "cut off" not in words(owner_client)


def test_one_that_failed(app: Flask, context: Context, desk: Desk, owner_client: Visitor, clock: StillClock) -> None:
    def full(progress: Progress) -> None:
        if progress.what == "packing the zip":
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        exporting.make(context, AppMaker(app, context), full)
    clock.move(minutes=3)
    text = words(owner_client)
    assert "The last try failed, 3 minutes ago. A file could not be written: No space left on device." in text
    make(app, context)
    assert "failed" not in words(owner_client)


def test_exports_by_command_are_shown_while_their_folder_is_there(
    app: Flask, context: Context, owner_client: Visitor, clock: StillClock, tmp_path: Path
) -> None:
    for name in ("one", "two", "one"):
        exporting.note_by_hand(context, export(context, AppMaker(app, context), tmp_path / name))
        clock.move(minutes=1)
    assert [Path(each.folder).name for each in exporting.overview(context).by_hand] == ["one", "two"]
    text = words(owner_client)
    assert str(tmp_path / "one") in text and "2 minutes ago" in text
    shutil.rmtree(tmp_path / "one")
    assert str(tmp_path / "one") not in words(owner_client)


def test_a_note_of_another_version_harms_nothing(desk: Desk, owner_client: Visitor) -> None:
    for name in ("site.json", "site.note"):
        (desk.folder.parent / name).write_text(json.dumps({"other": 1}))
    desk.zip.write_bytes(b"")
    assert "Make the static site" in words(owner_client)


@pytest.mark.parametrize("address", ["", "www.example.org", "ftp://x.example", "https://x.example/sub/", "https://a b"])
def test_an_address_that_cannot_be(context: Context, owner_client: Visitor, address: str) -> None:
    answer = owner_client.post(PAGE, data={"address": address})
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text
    with pytest.raises(Invalid):
        exporting.start(context, address)
    assert exporting.overview(context).working is None


def test_an_editor_may_make_it(app: Flask, context: Context) -> None:
    with context.database.writing() as tx:
        made = users.add(tx, email="e@x.example", name="Eve", role="editor", password_hash="x", now=0)
        user = users.get(tx, made)
    visitor = app.test_client()
    assert isinstance(visitor, Visitor) and user
    assert visitor.log_in(user).post(PAGE, data={"address": "nothing"}).status_code == 422


def test_it_is_in_no_backup(app: Flask, context: Context, desk: Desk) -> None:
    make(app, context)
    saved = backup.make(context, backup.BY_HAND)
    assert not [file.path for file in saved.manifest.files if "export" in file.path or "site.zip" in file.path]


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let processes that are started find the house as our own folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))


def waiting() -> threading.Thread | None:
    return next((thread for thread in threading.enumerate() if thread.name == "static site"), None)


@pytest.mark.usefixtures("at_home")
def test_the_button_makes_it_in_a_process_of_its_own(context: Context, desk: Desk, owner_client: Visitor) -> None:
    answer = owner_client.post(PAGE, data={"address": f" {ADDRESS}/ "})
    assert (answer.status_code, answer.location) == (302, PAGE)
    begun = exporting.overview(context)
    assert begun.working, "from the first moment on"
    assert "Being made" in words(owner_client)
    assert "being made already" in owner_client.post(PAGE, data={"address": ADDRESS}, follow_redirects=True).text
    thread = waiting()
    assert thread
    thread.join(120)
    made = exporting.overview(context).made
    assert made and made.address == ADDRESS, desk.log.read_text()
    assert ADDRESS.encode() in contents(desk)["blog/knee/index.html"]
    assert "Ready to download" in words(owner_client)


@pytest.mark.usefixtures("at_home")
def test_a_process_that_cannot_begin_says_why(context: Context, desk: Desk, owner_client: Visitor) -> None:
    (context.settings.config / "site.toml").write_text("[site]\nname = 3\n")
    exporting.start(context, ADDRESS).join(120)
    failed = exporting.overview(context).failed
    assert failed and failed.state == FAILED and "site.toml" in failed.trouble
    assert "site.toml" in words(owner_client)


HOLDING = """
import os, signal, sys
from scheduler.services.site.export_desk import Desk
from scheduler.config import load_settings
from pathlib import Path
desk = Desk(load_settings({"DRUMBEAT_DATA": sys.argv[1]}, Path(sys.argv[2])))
with desk.working():
    print("here", flush=True)
    sys.stdin.read()
"""


def test_killed_it_is_no_longer_at_work(context: Context, desk: Desk, clock: StillClock, tmp_path: Path) -> None:
    desk.write(Note(AT_WORK, clock.now_ms(), ADDRESS, "making pages", 5, 9))
    arguments = [sys.executable, "-c", HOLDING, str(context.settings.data), str(tmp_path)]
    with subprocess.Popen(arguments, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"here\n"
        assert exporting.overview(context).working
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert exporting.overview(context).cut_off


def test_who_looks_does_not_stand_in_the_way(context: Context, desk: Desk) -> None:
    assert not desk.is_busy()
    with FileLock(desk.folder.with_suffix(".starting")):
        assert desk.is_busy() and not desk.is_at_work()
    assert not desk.is_busy()
