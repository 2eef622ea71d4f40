"""The Telegram connector against the practice network."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import requests

from scheduler.domain import outcome as o
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import platform
from tests.platforms.practising import FILM, LINK, MARK, MOVING, ONE, TEXT, TWO, Practising, practising
from tests.support.practice_server import HeldClock, PracticeServer


@pytest.fixture
def channel(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    fresh = practising(platform("telegram"), practice_server, practice_clock)
    fresh.connect()
    return fresh


def sent(channel: Practising) -> dict[str, Any]:
    """Return the fields of the newest request as they were sent."""
    found: dict[str, Any] = json.loads(channel.feed()[0].raw_json)
    return found


def test_connecting_keeps_the_chat_by_its_number(channel: Practising) -> None:
    found = channel.platform.check(channel.session())
    assert found.profile.handle == "@clinic"
    assert found.credentials["chat"] == found.profile.remote_id
    assert found.profile.remote_id.startswith("-100")


@pytest.mark.parametrize(("status", "word"), [("suspended", "may not post"), ("deactivated", "may not post")])
def test_a_chat_without_the_right_is_refused(channel: Practising, status: str, word: str) -> None:
    channel.server.store.accounts.set_status(channel.made.account_id, status)
    with pytest.raises(Refused) as refusal:
        channel.platform.check(channel.session())
    assert isinstance(refusal.value.outcome, o.Forbidden)
    assert word in refusal.value.outcome.sentence


def test_a_text_is_live_at_its_address_exactly_as_written(channel: Practising) -> None:
    live = channel.live()
    assert channel.feed()[0].text == TEXT.text
    assert requests.get(live.url, allow_redirects=False, timeout=10).status_code == 302
    channel.live(Payload("A stretch.", TEXT.link))
    assert channel.feed()[0].text == f"A stretch.\n\n{LINK}"


@pytest.mark.parametrize("media", [(ONE,), (FILM,), (MOVING,), (ONE, TWO), (ONE, FILM, TWO)])
def test_files_arrive_with_one_caption(channel: Practising, media: tuple[MediaItem, ...]) -> None:
    live = channel.live(replace(TEXT, media=media))
    shown = channel.feed()[0]
    assert len(shown.images) == len(media)
    assert (shown.text.count(LINK), len(live.remote_id.split(","))) == (1, len(media))
    channel.platform.delete(channel.session(), live.remote_id)
    assert channel.feed() == []
    channel.platform.delete(channel.session(), live.remote_id)


def test_the_choices_of_a_post_are_sent(channel: Practising) -> None:
    channel.live(replace(TEXT, options={"silent": "1", "protect": "1", "preview": "large", "preview_above": "1"}))
    assert (sent(channel)["disable_notification"], sent(channel)["protect_content"]) == (True, True)
    assert sent(channel)["link_preview_options"] == {"prefer_large_media": True, "show_above_text": True}
    channel.live(replace(TEXT, options={"preview": "none"}))
    assert sent(channel)["link_preview_options"] == {"is_disabled": True}
    channel.live(replace(TEXT, media=(ONE,), options={"spoiler": "1"}))
    assert sent(channel)["has_spoiler"] == "true"


def test_a_thread_answers_the_first_message(channel: Practising) -> None:
    first = channel.live(replace(TEXT, media=(ONE, TWO)))
    channel.live(Payload("More tomorrow.", reply_to=first.remote_id))
    assert sent(channel)["reply_parameters"] == {"message_id": int(first.remote_id.split(",")[0])}
    outcome = channel.publish(Payload("To nobody.", reply_to="99999"))
    assert isinstance(outcome, o.Rejected)


def test_a_text_and_a_caption_are_changed_and_the_same_again_is_no_error(channel: Practising) -> None:
    for media in ((), (ONE,), (ONE, TWO)):
        live, new = channel.live(replace(TEXT, media=media)), Payload("Changed.", media=media)
        for _ in range(2):
            channel.platform.edit(channel.session(), live.remote_id, new)
        assert channel.feed()[0].text == "Changed."
    with pytest.raises(Refused):
        channel.platform.edit(channel.session(), "99999", Payload("x"))


def test_what_is_too_old_to_take_down_says_so(channel: Practising, practice_clock: HeldClock) -> None:
    live = channel.live()
    practice_clock.advance(48 * 3600)
    with pytest.raises(Refused) as refusal:
        channel.platform.delete(channel.session(), live.remote_id)
    assert isinstance(refusal.value.outcome, o.Rejected)


def test_a_group_that_has_moved_gets_the_next_attempt(channel: Practising) -> None:
    assert channel.connection
    bot = channel.connection.credentials["bot_token"].partition(":")[0]
    channel.connection.credentials["chat"] = f"-{bot}"
    assert isinstance(channel.publish(), o.NotSent)
    assert channel.remembered[-1]["chat"] == f"-100{bot}"
    channel.live()


@pytest.mark.parametrize(
    ("switch", "expected", "posts"),
    [
        ("rate_limited", o.Throttled, 0),
        ("error_before", o.Unknown, 0),
        ("expired_token", o.Unauthorized, 0),
        ("revoked_app", o.Unauthorized, 0),
        ("error_after", o.Unknown, 1),
        ("close_after", o.Unknown, 1),
        ("hang_after", o.Unknown, 1),
    ],
)
def test_after_a_fault_nobody_claims_more_than_they_know(
    channel: Practising, switch: str, expected: type[o.Outcome], posts: int
) -> None:
    channel.switch(switch)
    outcome = channel.publish()
    assert type(outcome) is expected
    assert len(channel.feed()) == posts
    if isinstance(outcome, o.Throttled):
        assert outcome.until == channel.clock.now_ms() + 30_000
    assert isinstance(channel.platform.find(channel.session(), TEXT, MARK), o.CannotTell)


def test_refused_photos_are_the_authors_business(channel: Practising) -> None:
    channel.switch("rejected_media")
    assert isinstance(channel.publish(replace(TEXT, media=(ONE,))), o.Rejected)


def test_what_is_too_long_for_telegram_is_found_before(channel: Practising) -> None:
    rules = channel.platform.rules({})
    for length, media, good in ((4096, (), True), (4097, (), False), (1024, (ONE,), True), (1025, (ONE,), False)):
        payload = Payload("😀" * (length // 2) + "x" * (length % 2), media=media)
        problems = channel.platform.validate(payload, rules)
        assert (not problems) is good, (length, problems)
        assert isinstance(channel.publish(payload), o.Published if good else o.Rejected)
