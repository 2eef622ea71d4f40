"""The daily digest: once for each local date, whatever the clocks and the processes do, and never empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from scheduler.clock import to_ms
from scheduler.domain.delivery import State
from scheduler.services.context import Context
from scheduler.services.operations import digest
from scheduler.storage import notices
from tests.platforms.fault_server import FaultServer, Reply
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.mail import MailHouse, mail_server
from tests.support.newsroom import add_account
from tests.support.outside import OWNER, told_house, write_rules

DAY_HOURS = 24
MAIL = f'mail_to = ["{OWNER}"]\nmail_from = "drumbeat@clinic.example"\n'


@pytest.fixture
def mail() -> Iterator[MailHouse]:
    with mail_server() as house:
        yield house


@pytest.fixture
def house(tmp_path: Path, clock: StillClock, mail: MailHouse) -> Iterator[Context]:
    """A house whose first digest is today's: it was set up yesterday. The clock stands at Monday, 08:00 in New York."""
    with told_house(tmp_path, clock, mail_port=mail.port) as ctx:
        clock.move(hours=-20)
        digest.send_when_due(ctx)
        clock.move(hours=20)
        yield ctx


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    body = letter.get_body((kind,))
    assert body
    return str(body.get_content()).replace("\r\n", "\n")


def test_it_says_what_went_out_what_goes_out_what_needs_you_and_what_is_wrong(
    house: Context, mail: MailHouse, clock: StillClock
) -> None:
    account = add_account(house, "bluesky", "The clinic")
    clock.move(hours=-10)
    went = schedule(house, account, text="Yesterday's <b>words</b>", state=State.PUBLISHED)
    clock.move(hours=10)
    with house.database.writing() as tx:
        tx.exec_driver_sql(f"UPDATE deliveries SET url = 'https://bsky.example/p/1' WHERE id = {went}")
        notices.report(tx, "disk", subject="The disk is nearly full", sentence="Make room.", now=clock.now_ms())
    schedule(house, account, text="Today's words " * 30, hours=2)
    schedule(house, account, text="Tomorrow's words", hours=20)
    schedule(house, account, text="Decide", hours=-30, state=State.NEEDS_HUMAN)
    assert digest.send_when_due(house)
    [letter] = mail.mailbox.letters
    assert letter["Subject"] == "23 November 2026: 1 needs you, 1 to go out, 1 went out yesterday"
    text = text_of(letter)
    assert "WHAT WENT OUT YESTERDAY (1)\n- 22:00 EST  The clinic on Bluesky: Yesterday's <b>words</b>" in text
    assert "https://bsky.example/p/1" in text
    assert "WHAT GOES OUT TODAY (1)\n- 10:00 EST  The clinic on Bluesky: Today's words" in text
    assert "Tomorrow's" not in text
    assert "- 1 waiting for you: look and decide: http" in text
    assert "The disk is nearly full. Make room." in text
    html = text_of(letter, "html")
    assert '<a href="https://bsky.example/p/1">Yesterday&#39;s &lt;b&gt;words&lt;/b&gt;</a>' in html
    assert "style=" not in html and "<script" not in html


def test_a_day_with_nothing_to_say_is_silent(house: Context, mail: MailHouse, clock: StillClock) -> None:
    assert not digest.send_when_due(house)
    schedule(house, add_account(house, "bluesky", "The clinic"))
    assert not digest.send_when_due(house), "something to say came up after today's digest was due"
    assert mail.mailbox.letters == []


def busy(house: Context) -> None:
    with house.database.writing() as tx:
        notices.report(tx, "disk", subject="The disk is nearly full", sentence="Make room.", now=house.clock.now_ms())


def test_it_goes_out_once_a_day_also_after_a_restart(
    house: Context, mail: MailHouse, clock: StillClock, tmp_path: Path
) -> None:
    busy(house)
    sent = []
    for minute in range(0, 3 * 24 * 60, 60):
        with told_house(tmp_path / "again", clock, mail_port=mail.port, database=house.settings.database_url) as fresh:
            sent += [minute] if digest.send_when_due(fresh) else []
        clock.move(minutes=60)
    assert sent == [0, 24 * 60, 48 * 60]
    assert len({str(letter["Message-ID"]) for letter in mail.mailbox.letters}) == 3


@pytest.mark.parametrize(
    ("zone", "at", "first", "days"),
    [
        ("America/New_York", "02:30", datetime(2027, 3, 12, 5, tzinfo=UTC), 4),
        ("America/New_York", "01:30", datetime(2026, 11, 30, 5, tzinfo=UTC), 2),
        ("Europe/Berlin", "02:30", datetime(2027, 3, 26, 23, tzinfo=UTC), 4),
        ("America/New_York", "01:30", datetime(2027, 11, 5, 4, tzinfo=UTC), 4),
        ("Pacific/Apia", "08:00", datetime(2027, 1, 3, 11, tzinfo=UTC), 3),
    ],
    ids=["gap", "plain", "gap in Berlin", "overlap", "far east"],
)
def test_it_goes_out_once_for_each_local_date_when_the_clocks_change(
    house: Context, mail: MailHouse, clock: StillClock, zone: str, at: str, first: datetime, days: int
) -> None:
    calendar = house.settings.config / "calendar.toml"
    calendar.write_text(calendar.read_text("utf-8").replace("America/New_York", zone), "utf-8")
    write_rules(house, f'{MAIL}digest = "{at}"\n')
    busy(house)
    end = to_ms(first + timedelta(days=days))
    clock.now = to_ms(first)
    while clock.now < end:
        digest.send_when_due(house)
        clock.move(minutes=10)
    subjects = [str(letter["Subject"]) for letter in mail.mailbox.letters]
    assert len(subjects) == len(set(subjects)) == days


def test_a_clock_that_is_set_back_repeats_nothing(house: Context, mail: MailHouse, clock: StillClock) -> None:
    busy(house)
    assert digest.send_when_due(house)
    clock.move(hours=-30)
    for _ in range(29):
        clock.move(hours=1)
        assert not digest.send_when_due(house)
    clock.move(hours=1 + DAY_HOURS)
    assert digest.send_when_due(house)


def test_a_worker_that_was_down_in_the_morning_sends_it_later_that_day(
    house: Context, mail: MailHouse, clock: StillClock
) -> None:
    busy(house)
    clock.move(hours=9)
    assert digest.send_when_due(house)


def test_mail_that_was_just_set_up_begins_tomorrow(tmp_path: Path, clock: StillClock, mail: MailHouse) -> None:
    with told_house(tmp_path, clock, mail_port=mail.port) as ctx:
        busy(ctx)
        clock.move(hours=3)
        assert not digest.send_when_due(ctx)
        clock.move(hours=DAY_HOURS)
        assert digest.send_when_due(ctx)


def test_off_is_off_and_nobody_is_nobody(house: Context, clock: StillClock) -> None:
    busy(house)
    write_rules(house, f'{MAIL}digest = "off"\n')
    assert not digest.send_when_due(house)
    write_rules(house, 'digest = "08:00"\n')
    assert not digest.send_when_due(house)


def test_what_failed_is_tried_again_and_what_went_is_not_repeated(
    house: Context, mail: MailHouse, clock: StillClock
) -> None:
    hook = FaultServer([("POST", "/hook", Reply(200))])
    try:
        write_rules(house, f'{MAIL}webhook_url = "{hook.origin}/hook"\n')
        mail.mailbox.full = True
        busy(house)
        assert not digest.send_when_due(house)
        assert hook.last("/hook").json["type"] == "digest.daily"
        mail.mailbox.full = False
        clock.move(minutes=2)
        assert digest.send_when_due(house)
        assert (len(mail.mailbox.letters), len(hook.calls)) == (1, 1)
    finally:
        hook.close()


def test_a_long_day_is_counted_in_full_and_listed_in_part(house: Context, mail: MailHouse, clock: StillClock) -> None:
    account = add_account(house, "bluesky", "The clinic")
    for number in range(digest.LINES + 5):
        schedule(house, account, text=f"Post {number}", hours=1 + number / 10)
    assert digest.send_when_due(house)
    text = text_of(mail.mailbox.letters[0])
    assert f"WHAT GOES OUT TODAY ({digest.LINES + 5})" in text
    assert text.count("- ") - text.count("-- ") == digest.LINES
