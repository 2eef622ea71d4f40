"""Settings, Backups: what there is, what went wrong, and one made now while the page shows how far it is."""

from __future__ import annotations

import threading

import pytest
from filelock import FileLock

from scheduler.services.context import Context
from scheduler.services.operations import backup
from scheduler.storage import notices, users
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.html import assert_strict, parse

PAGE = "/admin/settings/backups/"


def test_before_the_first_one(owner_client: Visitor) -> None:
    page = owner_client.get(PAGE)
    assert page.status_code == 200
    assert_strict(page.text)
    assert "No backup yet" in page.text and "at 03:00 UTC" in page.text
    assert "DRUMBEAT_ENCRYPTION_KEYS" in page.text


def test_each_with_size_age_and_reason(owner_client: Visitor, context: Context, clock: StillClock) -> None:
    made = backup.make(context, backup.DAILY)
    clock.move(hours=5)
    text = parse(owner_client.get(PAGE).text).words()
    assert made.path.name in text and "5 hours ago" in text and " kB" in text and "daily" in text


def test_the_last_failure(owner_client: Visitor, context: Context, clock: StillClock) -> None:
    with context.database.writing() as tx:
        notices.report(tx, backup.CAUSE, subject="x", sentence="There is too little room.", now=clock.now)
    clock.move(minutes=3)
    text = parse(owner_client.get(PAGE).text).words()
    assert "The last backup failed, 3 minutes ago. There is too little room." in text


def test_one_made_now(owner_client: Visitor, context: Context) -> None:
    answer = owner_client.post(PAGE)
    assert (answer.status_code, answer.location) == (302, PAGE)
    for thread in threading.enumerate():
        if thread.name == "backup":
            thread.join(30)
    assert [one.manifest.kind for one in backup.overview(context).backups] == ["by hand"]


def test_while_one_is_made_the_page_asks_again_by_itself(owner_client: Visitor, context: Context) -> None:
    folder = backup.folder_of(context)
    folder.mkdir()
    (folder / backup.PROGRESS).write_text("photos and videos, 200 files so far")
    with FileLock(folder / backup.LOCK):
        part = owner_client.get(PAGE, headers={"HX-Request": "true"}).text
        assert "A backup is being made: photos and videos, 200 files so far." in part
        assert 'hx-trigger="every 1s"' in part and "<html" not in part and "Back up now" not in part
        refused = owner_client.post(PAGE, follow_redirects=True)
        assert "A backup is being made already" in refused.text
    assert "hx-trigger" not in owner_client.get(PAGE, headers={"HX-Request": "true"}).text


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_see_nothing(client: Visitor, method: str) -> None:
    assert getattr(client, method)(PAGE).status_code in (302, 401)


def test_an_editor_may_look_but_not_make_one(client: Visitor, context: Context) -> None:
    with context.database.writing() as tx:
        number = users.add(tx, email="e@x.example", name="E", role="editor", password_hash="", now=0)
        editor = users.get(tx, number)
    assert editor
    client.log_in(editor)
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE).status_code == 403
