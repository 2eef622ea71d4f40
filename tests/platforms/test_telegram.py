"""What only the Telegram connector does: its form, its rights, its albums, and requests as the description has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scheduler.domain.outcome import Forbidden, Published
from scheduler.domain.problem import Invalid
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Refused
from tests.platforms import stages
from tests.platforms.fault_server import Call
from tests.platforms.stage import MARK, PHOTO, TEXT, VIDEO, Stage
from tests.platforms.stages.telegram import CHAT, TOKEN, ok
from tests.support.specs import telegram_request_problems

GIF = replace(PHOTO, mime="image/gif")


@pytest.fixture
def telegram() -> Iterator[Stage]:
    stage = stages.set_up("telegram")
    yield stage
    stage.server.close()


def fields_of(call: Call) -> dict[str, object]:
    if call.headers["content-type"] == "application/json":
        found: dict[str, object] = call.json
        return found
    return dict.fromkeys(re.findall(r'name="(\w+)"', call.body.decode(errors="replace")))


def test_the_form_names_every_field_at_fault(telegram: Stage) -> None:
    for token, chat in (("123", "clinic"), ("", ""), ("x" * 40, "@a"), (f"{TOKEN} x", "t.me/")):
        with pytest.raises(Invalid) as refusal:
            telegram.platform.connect(telegram.session(connected=False), {"bot_token": token, "chat": chat})
        assert [one.field for one in refusal.value.problems] == ["bot_token", "chat"], (token, chat)


@pytest.mark.parametrize("typed", ["@clinic_news", "t.me/clinic_news", "https://t.me/clinic_news/"])
def test_a_pasted_address_names_the_chat(telegram: Stage, typed: str) -> None:
    telegram.platform.connect(telegram.session(connected=False), {"bot_token": TOKEN, "chat": typed})
    assert telegram.server.last("getChat$").json == {"chat_id": "@clinic_news"}


@pytest.mark.parametrize(
    ("kind", "member", "may"),
    [
        ("channel", {"status": "creator"}, True),
        ("channel", {"status": "administrator", "can_post_messages": False}, False),
        ("channel", {"status": "member"}, False),
        ("supergroup", {"status": "member"}, True),
        ("supergroup", {"status": "restricted", "can_send_messages": False}, False),
        ("group", {"status": "left"}, False),
    ],
)
def test_a_chat_is_only_connected_where_the_bot_may_post(
    telegram: Stage, kind: str, member: dict[str, object], may: bool
) -> None:
    telegram.server.fault("POST", "/getChat$", ok({**CHAT, "type": kind}))
    telegram.server.fault("POST", "/getChatMember$", ok(member))
    if may:
        assert telegram.platform.check(telegram.session()).limits == {"kind": kind}
        return
    with pytest.raises(Refused) as refusal:
        telegram.platform.check(telegram.session())
    assert isinstance(refusal.value.outcome, Forbidden)


@pytest.mark.parametrize("media", [(), (PHOTO,), (VIDEO,), (GIF,), (PHOTO, VIDEO)])
def test_every_request_is_as_the_bot_api_describes_it(telegram: Stage, media: tuple[MediaItem, ...]) -> None:
    options = {"silent": "1", "preview": "small", "preview_above": "1", "spoiler": "1", "protect": "1"}
    payload = replace(TEXT, media=media, options=options, reply_to="17")
    session = telegram.session()
    session.limits = {}
    outcome = telegram.platform.publish(session, telegram.platform.prepare(session, payload, MARK))
    assert isinstance(outcome, Published)
    telegram.platform.edit(session, outcome.remote_id, payload)
    telegram.platform.delete(session, outcome.remote_id)
    telegram.platform.check(session)
    for call in telegram.server.calls:
        method = call.path.rpartition("/")[2]
        names = {name: None for name in fields_of(call) if not re.fullmatch(r"file\d+", name)}
        assert telegram_request_problems(method, names) == []


def test_an_album_is_one_post_with_all_of_its_messages(telegram: Stage) -> None:
    session = telegram.session()
    prepared = telegram.platform.prepare(session, replace(TEXT, media=(PHOTO, PHOTO)), MARK)
    outcome = telegram.platform.publish(session, prepared)
    assert isinstance(outcome, Published)
    assert (outcome.remote_id, outcome.url) == ("17,18", "https://t.me/clinic_news/17")
    telegram.platform.delete(session, outcome.remote_id)
    assert telegram.server.last("deleteMessages").json["message_ids"] == [17, 18]


def test_a_post_in_a_private_channel_has_an_address_for_its_members(telegram: Stage) -> None:
    private = {"message_id": 5, "chat": {"id": -1001234567890, "type": "channel", "title": "Team"}}
    telegram.server.fault("POST", "/sendMessage$", ok(private))
    session = telegram.session()
    outcome = telegram.platform.publish(session, telegram.platform.prepare(session, TEXT, MARK))
    assert isinstance(outcome, Published)
    assert outcome.url == "https://t.me/c/1234567890/5"


@pytest.mark.parametrize(
    ("media", "field"),
    [
        ((PHOTO, GIF), "media"),
        ((PHOTO,) * 6 + (VIDEO,) * 5, "media"),
        ((replace(PHOTO, width=6000, height=4001),), "media.0"),
        ((replace(PHOTO, width=2001, height=100),), "media.0"),
        ((replace(PHOTO, bytes=10_000_001),), "media.0"),
        ((replace(VIDEO, bytes=50_000_001),), "media.0"),
        ((replace(VIDEO, bytes=30_000_000),) * 2, "media"),
    ],
)
def test_files_that_telegram_would_refuse(telegram: Stage, media: tuple[MediaItem, ...], field: str) -> None:
    problems = telegram.platform.validate(replace(TEXT, media=media), telegram.platform.rules({}))
    assert [one.field for one in problems] == [field]


def test_options_that_are_none(telegram: Stage) -> None:
    problems = telegram.platform.validate(Payload("x", options={"preview": "huge"}), telegram.platform.rules({}))
    assert [one.field for one in problems] == ["options.preview"]


def test_a_file_that_is_missing_is_noticed_before_anything_is_sent() -> None:
    nothing: dict[str, bytes] = {}
    for name in ("telegram", "discord"):
        stage = stages.set_up(name)
        session = stage.session()
        session.read_media = nothing.__getitem__
        with pytest.raises(KeyError):
            stage.platform.prepare(session, replace(TEXT, media=(PHOTO,)), MARK)
        assert stage.server.calls == []
        stage.server.close()
