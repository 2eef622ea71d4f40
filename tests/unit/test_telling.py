"""Telling the owner: one message for a hundred failures, by mail and by webhook, and again when it failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scheduler.domain.account import AccountState
from scheduler.domain.delivery import State, Step
from scheduler.domain.notice import LONGEST_PAUSE_MS, Level, Notice, tell_again_at
from scheduler.mail.smtp import Patience
from scheduler.platforms.connectors.webhook import sign
from scheduler.services.accounts import health, pausing
from scheduler.services.context import Context
from scheduler.services.delivery import decisions
from scheduler.services.delivery.lateness import settle_what_is_late
from scheduler.services.operations import doctor, telling
from scheduler.services.operations import notices as told
from scheduler.storage import accounts, notices
from tests.platforms.fault_server import FaultServer, Hang, Reply
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.mail import MailHouse, mail_server, silent_server
from tests.support.newsroom import add_account
from tests.support.outside import OWNER, SECRET, told_house, write_rules

REFUSED = Step(State.FAILED, "Bluesky refused the text.")


@dataclass(frozen=True)
class World:
    """A house, its mail server and the receiver of its webhook."""

    ctx: Context
    mail: MailHouse
    hook: FaultServer

    def report(self, cause: str = "disk", **more: object) -> None:
        with self.ctx.database.writing() as tx:
            now = self.ctx.clock.now_ms()
            notices.report(tx, cause, subject=f"About {cause}", sentence="Do it.", now=now, **more)  # type: ignore[arg-type]

    def open_now(self) -> list[Notice]:
        with self.ctx.database.reading() as tx:
            return notices.open_notices(tx)

    @property
    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.mail.mailbox.letters]

    @property
    def calls(self) -> list[dict[str, object]]:
        return [call.json for call in self.hook.calls]


@pytest.fixture
def hook() -> Iterator[FaultServer]:
    server = FaultServer([("POST", "/notices", Reply(204))])
    yield server
    server.close()


@pytest.fixture
def world(tmp_path: Path, clock: StillClock, hook: FaultServer) -> Iterator[World]:
    address = f"{hook.origin}/notices"
    with mail_server() as mail, told_house(tmp_path, clock, mail_port=mail.port, webhook=address) as ctx:
        yield World(ctx, mail, hook)


def minute_later(world: World, clock: StillClock) -> int:
    clock.move(minutes=1)
    return telling.tell(world.ctx)


def test_a_hundred_failures_of_one_account_are_one_notice_and_one_mail(world: World, clock: StillClock) -> None:
    account = add_account(world.ctx, "bluesky", "The clinic")
    for second in range(100):
        clock.move(seconds=0.5)
        with world.ctx.database.writing() as tx:
            told.after_step(tx, account.id, REFUSED, clock.now_ms())
        schedule(world.ctx, account, state=State.FAILED)
        assert telling.tell(world.ctx) == 0, second
    assert minute_later(world, clock) == 1
    clock.move(hours=5)
    assert telling.tell(world.ctx) == 0
    [letter] = world.mail.mailbox.letters
    assert letter["Subject"] == "The clinic on Bluesky: posts were not published"
    assert str(letter["To"]) == OWNER
    plain = letter.get_body(("plain",))
    assert plain
    text = plain.get_content()
    assert "It happened 100 times, first Mon 23 November 2026, 08:00 EST" in text
    assert f"{world.ctx.settings.base_url}/admin/queue/?state=failed&account={account.id}" in text
    assert len(world.calls) == 1


def test_several_causes_within_a_minute_are_one_message(world: World, clock: StillClock) -> None:
    world.report("disk")
    clock.move(seconds=40)
    world.report("clock")
    clock.move(seconds=20)
    assert telling.tell(world.ctx) == 2
    assert world.subjects == ["2 notices: About disk, and more"]


def test_the_webhook_is_signed_and_says_everything(world: World, clock: StillClock) -> None:
    world.report("disk", path="/admin/")
    minute_later(world, clock)
    [call] = world.hook.calls
    stamp, number = int(call.headers["webhook-timestamp"]), call.headers["webhook-id"]
    assert call.headers["webhook-signature"] == sign(SECRET, number, stamp, call.body)
    assert call.json["type"] == "notices.opened"
    [notice] = call.json["data"]["notices"]
    assert (notice["cause"], notice["url"]) == ("disk", f"{world.ctx.settings.base_url}/admin/")
    assert "Do it." in call.json["data"]["text"]
    assert SECRET not in json.dumps(call.json)


def test_a_way_that_failed_is_tried_again_and_the_other_is_not_repeated(world: World, clock: StillClock) -> None:
    world.mail.mailbox.full = True
    world.report()
    minute_later(world, clock)
    [waiting] = world.open_now()
    assert "The mailbox is full" in waiting.trouble
    assert waiting.told_at is None and waiting.called_at
    assert clock.now_ms() <= waiting.try_at <= clock.now_ms() + 60_000
    world.mail.mailbox.full = False
    minute_later(world, clock)
    [done] = world.open_now()
    assert (len(world.mail.mailbox.letters), len(world.calls)) == (1, 1)
    assert done.told_at and done.mailed_at and done.trouble == ""


def test_the_same_news_have_the_same_number_each_time(world: World, clock: StillClock) -> None:
    world.hook.fault("POST", "/notices", Reply(500))
    world.report()
    minute_later(world, clock)
    minute_later(world, clock)
    numbers = [call.headers["webhook-id"] for call in world.hook.calls]
    assert len(numbers) == 2 and len(set(numbers)) == 1


def test_a_receiver_that_refuses_or_hangs_is_told_in_a_sentence(world: World, clock: StillClock) -> None:
    world.hook.fault("POST", "/notices", Reply(404))
    world.report()
    minute_later(world, clock)
    [waiting] = world.open_now()
    assert waiting.trouble == "127.0.0.1 did not take it (status 404). Check webhook_url in notices.toml."


def test_pauses_between_tries_grow_and_end_at_six_hours() -> None:
    assert [tell_again_at(0, tries, 1.0) for tries in (1, 2, 3)] == [60_000, 120_000, 240_000]
    assert tell_again_at(0, 50, 1.0) == LONGEST_PAUSE_MS
    assert tell_again_at(7, 3, 0.0) == 7


def test_a_recipient_that_does_not_exist_keeps_nobody_else_waiting(world: World, clock: StillClock) -> None:
    write_rules(world.ctx, f'mail_to = ["{OWNER}", "gone@clinic.example"]\nmail_from = "d@clinic.example"\n')
    world.mail.mailbox.unknown = ("gone@clinic.example",)
    world.report()
    minute_later(world, clock)
    [done] = world.open_now()
    assert done.told_at and "refused gone@clinic.example" in done.trouble
    assert len(world.mail.mailbox.letters) == 1


def test_notes_are_told_only_to_those_who_want_them(world: World, clock: StillClock) -> None:
    world.report("note", level=Level.NOTE)
    assert minute_later(world, clock) == 0
    write_rules(world.ctx, f'mail_to = ["{OWNER}"]\nmail_from = "d@clinic.example"\nlevels = ["note"]\n')
    assert minute_later(world, clock) == 1
    world.report("problem")
    assert minute_later(world, clock) == 0


def test_words_of_people_add_no_header_and_no_markup(world: World, clock: StillClock) -> None:
    account = add_account(world.ctx, "bluesky", "Eve")
    with world.ctx.database.writing() as tx:
        hostile = Step(State.FAILED, "No.\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script>")
        told.after_step(tx, account.id, hostile, clock.now_ms())
    schedule(world.ctx, account, state=State.FAILED)
    world.report("x\r\nBcc: eve@evil.example")
    minute_later(world, clock)
    [letter] = world.mail.mailbox.letters
    assert "Bcc" not in letter
    assert world.mail.mailbox.envelopes[0][1] == [OWNER]
    html = letter.get_body(("html",))
    assert html
    assert "<script>" not in html.get_content()


# What opens a notice, and what closes it


def test_a_broken_account_is_told_once_and_over_when_it_works_again(world: World, clock: StillClock) -> None:
    account = add_account(world.ctx, "bluesky", "The clinic")
    for _ in range(3):
        with world.ctx.database.writing() as tx:
            told.break_account(tx, account.id, "The sign-in was refused.", clock.now_ms())
    [notice] = world.open_now()
    assert (notice.cause, notice.count, notice.path) == (f"account:{account.id}", 3, f"/admin/accounts/{account.id}")
    assert health.account(world.ctx, account.id).state is AccountState.BROKEN
    with world.ctx.database.writing() as tx:
        accounts.set_state(tx, account.id, AccountState.CONNECTED, "", clock.now_ms())
    telling.tell(world.ctx)
    assert world.open_now() == []


def test_an_account_that_is_given_up_asks_for_nothing(world: World, clock: StillClock) -> None:
    account = add_account(world.ctx, "bluesky", "The clinic")
    with world.ctx.database.writing() as tx:
        told.break_account(tx, account.id, "The sign-in was refused.", clock.now_ms())
    pausing.disconnect(world.ctx, account.id, 0)
    telling.tell(world.ctx)
    assert world.open_now() == []


@pytest.mark.parametrize("state", [State.FAILED, State.NEEDS_HUMAN])
def test_what_needs_a_person_is_over_when_the_last_one_is_decided(
    world: World, clock: StillClock, state: State
) -> None:
    account, other = add_account(world.ctx, "bluesky", "The clinic"), add_account(world.ctx, "mastodon", "Other")
    ids = [schedule(world.ctx, account, state=state, hours=number) for number in (1, 2)]
    schedule(world.ctx, other, state=state)
    with world.ctx.database.writing() as tx:
        for _ in ids:
            told.after_step(tx, account.id, Step(state, "The platform refused it."), clock.now_ms())
    for left, delivery_id in ((1, ids[0]), (0, ids[1])):
        if state is State.FAILED:
            decisions.cancel(world.ctx, delivery_id)
        else:
            decisions.resolve(world.ctx, delivery_id, "drop")
        telling.tell(world.ctx)
        assert len(world.open_now()) == left


def test_what_was_missed_is_one_notice_until_somebody_decides(world: World, clock: StillClock) -> None:
    account = add_account(world.ctx, "bluesky", "The clinic")
    ids = [schedule(world.ctx, account, hours=-7 - number) for number in range(3)]
    with world.ctx.database.writing() as tx:
        settle_what_is_late(world.ctx, tx, clock.now_ms())
    [notice] = world.open_now()
    assert (notice.cause, notice.count) == ("missed", 3)
    for delivery_id in ids:
        decisions.cancel(world.ctx, delivery_id)
    telling.tell(world.ctx)
    assert world.open_now() == []


def test_a_host_that_nobody_has_an_account_on_any_more_is_over(world: World) -> None:
    world.report("host:pds.example")
    telling.tell(world.ctx)
    assert world.open_now() == []


# Nobody to tell


def test_with_nothing_set_up_nothing_is_sent_and_the_app_says_so_once(tmp_path: Path, clock: StillClock) -> None:
    with told_house(tmp_path, clock) as ctx:
        world = World(ctx, MailHouse(0, None), FaultServer([]))  # type: ignore[arg-type]
        world.hook.close()
        telling.tell(ctx)
        assert world.open_now() == []
        world.report()
        telling.tell(ctx)
        [nobody] = [found for found in world.open_now() if found.level is Level.NOTE]
        assert nobody.subject == "Nobody is told outside this app"
        for _ in range(3):
            clock.move(hours=1)
            telling.tell(ctx)
        [same] = [found for found in world.open_now() if found.level is Level.NOTE]
        assert same.count == 1
        assert [found.tries for found in world.open_now()] == [0, 0]


def test_once_somebody_is_told_the_app_takes_it_back_and_tells_what_is_open(
    tmp_path: Path, clock: StillClock, hook: FaultServer
) -> None:
    with told_house(tmp_path, clock) as ctx:
        world = World(ctx, MailHouse(0, None), hook)  # type: ignore[arg-type]
        world.report()
        telling.tell(ctx)
        write_rules(ctx, f'webhook_url = "{hook.origin}/notices"\n')
        clock.move(minutes=2)
        assert telling.tell(ctx) == 1
        assert [found.cause for found in world.open_now()] == ["disk"]


def test_what_is_half_set_up_says_what_is_missing(tmp_path: Path, clock: StillClock) -> None:
    with told_house(tmp_path, clock) as ctx:
        write_rules(ctx, f'mail_to = ["{OWNER}"]\nmail_from = "d@clinic.example"\n')
        [missing] = telling.send_test(ctx)
        assert not missing.ok
        assert missing.sentence == "Mail cannot go out yet: set DRUMBEAT_SMTP_URL in .env and start Drumbeat again."
        assert [finding.sentence for finding in doctor._notices(ctx)] == [missing.sentence]


def test_the_doctor_says_who_is_told_and_what_is_stuck(world: World, clock: StillClock) -> None:
    [finding] = doctor._notices(world.ctx)
    assert (finding.ok, finding.sentence) == (True, f"They are told to {OWNER}, 127.0.0.1.")
    world.mail.mailbox.full = True
    world.report()
    minute_later(world, clock)
    [finding] = doctor._notices(world.ctx)
    assert not finding.ok and "The mailbox is full" in finding.sentence


# The test button


def test_a_test_says_what_happened_with_each_way(world: World, clock: StillClock) -> None:
    world.hook.fault("POST", "/notices", Reply(500))
    mail, webhook = telling.send_test(world.ctx)
    assert (mail.ok, mail.sentence) == (True, f"Mail: the test was taken for {OWNER}. Look whether it arrived.")
    assert not webhook.ok and "(status 500)" in webhook.sentence
    assert world.subjects == [f"A test from {world.ctx.settings.site.name}"]


def test_a_test_that_works_tells_at_once_what_was_stuck(world: World, clock: StillClock) -> None:
    world.mail.mailbox.full = True
    world.report()
    for _ in range(8):
        clock.move(hours=7)
        telling.tell(world.ctx)
    world.mail.mailbox.full = False
    assert all(result.ok for result in telling.send_test(world.ctx))
    assert telling.tell(world.ctx) == 1


def test_a_silent_mail_server_ends_in_a_sentence(
    tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.services.operations.channels.MAIL_PATIENCE", Patience(0.2, 0.4))
    with silent_server() as port, told_house(tmp_path, clock, mail_port=port) as ctx:
        [result] = telling.send_test(ctx)
    assert result.sentence == f"Mail: the test did not go out. 127.0.0.1 did not answer in time on port {port}."


def test_a_receiver_that_hangs_is_left(world: World, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.services.operations.channels.WEBHOOK_TIMEOUT", (0.2, 0.2))
    world.hook.fault("POST", "/notices", Hang())
    _, webhook = telling.send_test(world.ctx)
    assert webhook.sentence == "Webhook: the test did not go out. 127.0.0.1 did not answer in time."
