"""The bell, the page of notices, their settings, and the web process's eye on the worker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from scheduler.domain.notice import Level, Notice
from scheduler.services.context import Context
from scheduler.services.operations.notices import WORKER
from scheduler.services.operations.users import create_user
from scheduler.storage import notices, workers
from scheduler.storage.workers import Worker
from scheduler.web.watch import Watch
from tests.support.clock import StillClock
from tests.support.house import REPOSITORY, Visitor, add_owner, the_app
from tests.support.html import parse
from tests.support.mail import MailHouse, mail_server
from tests.support.outside import OWNER, told_house
from tests.web.test_settings import shown

PAGE, SETTINGS = "/admin/notices/", "/admin/settings/notices"


def report(context: Context, cause: str, **more: object) -> None:
    with context.database.writing() as tx:
        words = {"subject": f"About {cause}", "sentence": "Do <b>it</b>.", "path": "/admin/queue/", **more}
        notices.report(tx, cause, now=context.clock.now_ms(), **words)  # type: ignore[arg-type]


def open_now(context: Context) -> list[Notice]:
    with context.database.reading() as tx:
        return notices.open_notices(tx)


def bell(page: str) -> str:
    return parse(page).one("a", class_="bell").one("span", class_="visually-hidden").words()


def test_without_notices_all_is_well(owner_client: Visitor) -> None:
    page = owner_client.get(PAGE).text
    assert "All is well" in page
    assert bell(page) == "Notices"
    assert "Nobody is told outside this app." in page


def test_a_notice_says_what_how_often_since_when_and_where_to_go(
    context: Context, clock: StillClock, owner_client: Visitor
) -> None:
    report(context, "disk")
    clock.move(minutes=5)
    report(context, "disk")
    clock.move(minutes=2)
    page = owner_client.get(PAGE).text
    assert bell(page) == "Notices, 1 unread"
    [row] = parse(page).all("li", class_="notice-row")
    assert "About disk" in row.words()
    assert "Do <b>it</b>." in row.words()
    assert "2 times, first Mon 23 November 2026, 08:00 EST, last 2 minutes ago." in row.words()
    assert row.one("a", class_="button").attributes["href"] == "/admin/queue/"


def test_what_is_read_rings_no_bell_until_it_happens_again(
    context: Context, clock: StillClock, owner_client: Visitor
) -> None:
    report(context, "disk")
    [notice] = open_now(context)
    answer = owner_client.post(f"{PAGE}{notice.id}/read", follow_redirects=True)
    assert "Read, and not over yet" in answer.text
    assert bell(answer.text) == "Notices"
    clock.move(minutes=1)
    report(context, "disk")
    assert bell(owner_client.get("/admin/").text) == "Notices, 1 unread"


def test_all_are_read_at_once(context: Context, owner_client: Visitor) -> None:
    for cause in ("a", "b", "c"):
        report(context, cause)
    answer = owner_client.post(f"{PAGE}read", follow_redirects=True)
    assert "3 notices are marked as read." in answer.text
    assert not any(found.unread for found in open_now(context))


def test_what_is_over_is_shown_below(context: Context, owner_client: Visitor) -> None:
    report(context, "disk")
    with context.database.writing() as tx:
        notices.resolve(tx, "disk", context.clock.now_ms())
    page = owner_client.get(PAGE).text
    assert "All is well" in page
    assert "Over since Mon 23 November 2026, 08:00 EST." in parse(page).one("li", class_="notice-row").words()
    assert bell(page) == "Notices"


def test_a_notice_that_is_gone_is_not_found(owner_client: Visitor) -> None:
    assert owner_client.post(f"{PAGE}99/read").status_code == 404


def test_what_stops_everything_is_a_banner_on_every_page(context: Context, owner_client: Visitor) -> None:
    report(context, "disk", level=Level.STOP, subject="The disk is full")
    report(context, "mild", subject="Something mild")
    for path in ("/admin/", "/admin/settings/site"):
        page = owner_client.get(path).text
        assert "The disk is full. Do &lt;b&gt;it&lt;/b&gt;." in page
        assert "Something mild" not in page


# Settings


@pytest.fixture
def mail() -> Iterator[MailHouse]:
    with mail_server() as house:
        yield house


@pytest.fixture
def told_client(tmp_path: Path, clock: StillClock, mail: MailHouse) -> Iterator[tuple[Context, Visitor]]:
    """The owner of a house that can send mail; nobody is told anything yet."""
    with told_house(tmp_path, clock, mail_port=mail.port) as ctx:
        (ctx.settings.config / "notices.toml").write_bytes((REPOSITORY / "config/notices.toml").read_bytes())
        made = the_app(ctx).test_client()
        assert isinstance(made, Visitor)
        yield ctx, made.log_in(add_owner(ctx))


def test_saving_what_is_shown_changes_nothing(context: Context, owner_client: Visitor) -> None:
    page = owner_client.get(SETTINGS).text
    levels = re.findall(r'<input checked[^>]* name="levels"[^>]* value="(\w+)"', page)
    assert levels == ["stop", "problem"]
    form = {name: value for name, value in shown(page).items() if name != "levels"}
    answer = owner_client.post(SETTINGS, data={**form, "levels": levels})
    assert answer.location == SETTINGS
    written = (context.settings.config / "notices.toml").read_text("utf-8")
    assert written == (REPOSITORY / "config/notices.toml").read_text("utf-8")


def test_what_is_typed_is_saved_with_the_comments(told_client: tuple[Context, Visitor]) -> None:
    ctx, client = told_client
    form = {
        **shown(client.get(SETTINGS).text),
        "mail_to": f"{OWNER}\r\nlee@clinic.example, {OWNER}",
        "mail_from": " drumbeat@clinic.example ",
        "digest": "7:15",
        "levels": ["note"],
    }
    saved = client.post(SETTINGS, data=form, follow_redirects=True).text
    assert "Send a test to see that it arrives." in saved
    rules = ctx.settings.notices
    assert rules.mail_to == (OWNER, "lee@clinic.example")
    assert (rules.mail_from, rules.levels, str(rules.digest_at)) == (
        "drumbeat@clinic.example", frozenset({Level.NOTE}), "07:15:00",
    )  # fmt: skip
    assert "# Once a day at this time" in (ctx.settings.config / "notices.toml").read_text("utf-8")


def test_every_problem_names_its_key_and_nothing_is_saved(context: Context, owner_client: Visitor) -> None:
    wrong = {
        "mail_to": "sam@clinic.example\nSam <sam@clinic.example>",
        "mail_from": "nobody",
        "webhook_url": "javascript:alert(1)",
        "digest": "25:00",
        "levels": ["everything"],
    }
    answer = owner_client.post(SETTINGS, data={**shown(owner_client.get(SETTINGS).text), **wrong})
    assert answer.status_code == 422
    for key in wrong:
        assert f"notices.toml, {key}: " in answer.text
        assert f'id="{key}-error"' in answer.text
    shipped = (REPOSITORY / "config/notices.toml").read_text("utf-8")
    assert (context.settings.config / "notices.toml").read_text("utf-8") == shipped


def test_recipients_without_a_sender_are_refused(owner_client: Visitor) -> None:
    form = {**shown(owner_client.get(SETTINGS).text), "mail_to": OWNER, "levels": ["stop"]}
    answer = owner_client.post(SETTINGS, data=form)
    assert answer.status_code == 422
    assert "notices.toml, mail_from: is missing" in answer.text


def test_a_stale_form_overwrites_nothing(context: Context, owner_client: Visitor) -> None:
    form = {**shown(owner_client.get(SETTINGS).text), "digest": "09:00"}
    file = context.settings.config / "notices.toml"
    file.write_text(file.read_text("utf-8").replace('"08:00"', '"off"'), "utf-8")
    answer = owner_client.post(SETTINGS, data=form)
    assert answer.status_code == 409
    assert "By now the file says: off" in answer.text
    assert context.settings.notices.digest_at is None


def test_a_test_says_plainly_what_happened(told_client: tuple[Context, Visitor], mail: MailHouse) -> None:
    _, client = told_client
    answer = client.post(f"{SETTINGS}/test", follow_redirects=True)
    assert "Nothing was sent: no address is entered and saved yet." in answer.text
    form = {**shown(client.get(SETTINGS).text), "mail_to": OWNER, "mail_from": "d@clinic.example", "levels": ["stop"]}
    client.post(SETTINGS, data=form)
    answer = client.post(f"{SETTINGS}/test", follow_redirects=True)
    assert f"Mail: the test was taken for {OWNER}. Look whether it arrived." in answer.text
    assert len(mail.mailbox.letters) == 1
    mail.mailbox.full = True
    answer = client.post(f"{SETTINGS}/test", follow_redirects=True)
    assert "The mailbox is full" in answer.text


def test_an_address_without_a_server_says_what_is_missing(owner_client: Visitor) -> None:
    form = {**shown(owner_client.get(SETTINGS).text), "mail_to": OWNER, "mail_from": "d@clinic.example"}
    page = owner_client.post(SETTINGS, data={**form, "levels": ["stop"]}, follow_redirects=True).text
    assert "Mail cannot go out yet: set DRUMBEAT_SMTP_URL in .env and start Drumbeat again." in page


def test_an_editor_reads_notices_but_changes_no_settings(app: Flask, context: Context) -> None:
    report(context, "disk")
    editor = app.test_client()
    assert isinstance(editor, Visitor)
    editor.log_in(create_user(context, email="ed@clinic.example", name="Ed", password="long enough, Ed", role="editor"))
    assert editor.post(f"{PAGE}read").status_code == 302
    assert editor.post(f"{SETTINGS}/test").status_code == 403


# The eye on the worker


def beat(context: Context) -> None:
    now = context.clock.now_ms()
    with context.database.writing() as tx:
        workers.remove(tx, "w")
        workers.register(tx, Worker("w", "here", 1, "0", now, now))


def test_a_worker_that_dies_is_told_by_the_web_process(tmp_path: Path, clock: StillClock, mail: MailHouse) -> None:
    with told_house(tmp_path, clock, mail_port=mail.port) as ctx:
        watch = Watch(ctx)
        beat(ctx)
        for _ in range(40):
            watch.look()
            clock.move(seconds=15)
        [notice] = open_now(ctx)
        assert (notice.cause, notice.level, notice.count) == (WORKER, Level.STOP, 1)
        assert "It was last seen Mon 23 November 2026, 08:00 EST." in notice.sentence
        [letter] = mail.mailbox.letters
        assert letter["Subject"] == "Nothing is published: the worker is not running"
        beat(ctx)
        watch.look()
        assert open_now(ctx) == []


def test_a_worker_that_starts_again_by_itself_is_nobodys_business(context: Context, clock: StillClock) -> None:
    watch = Watch(context)
    for _ in range(20):
        beat(context)
        watch.look()
        for _ in range(3):
            clock.move(seconds=29)
            watch.look()
    assert open_now(context) == []
