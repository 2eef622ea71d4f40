"""The Discord connector against the practice network, through a webhook and through a bot."""

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
from tests.platforms.practising import FILM, LINK, MARK, ONE, TEXT, TWO, Practising, practising
from tests.support.practice_server import HeldClock, PracticeServer

WAYS = ("webhook", "bot")


def connected(server: PracticeServer, clock: HeldClock, way: str) -> Practising:
    fresh = practising(platform("discord"), server, clock)
    whole = fresh.form()
    fresh.connect({name: whole[name] for name in (("url",) if way == "webhook" else ("bot_token", "channel"))})
    return fresh


@pytest.fixture(params=WAYS)
def channel(request: pytest.FixtureRequest, practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return connected(practice_server, practice_clock, request.param)


@pytest.fixture
def bot(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return connected(practice_server, practice_clock, "bot")


@pytest.fixture
def webhook(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return connected(practice_server, practice_clock, "webhook")


def sent(channel: Practising) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(channel.feed()[0].raw_json)
    return found


def test_both_ways_lead_to_the_same_channel(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    bot = connected(practice_server, practice_clock, "bot")
    assert bot.connection
    bot.connect({"url": bot.form()["url"]})
    assert bot.connection.profile.remote_id == bot.made.more["channel"]
    assert bot.platform.check(bot.session()).profile.remote_id == bot.made.more["channel"]


def test_a_text_is_live_at_its_address_with_our_card(channel: Practising) -> None:
    live = channel.live()
    assert requests.get(live.url, allow_redirects=False, timeout=10).status_code == 302
    assert sent(channel)["content"] == f"Café ☕ & knees < 3: <{LINK}> #knees"
    assert sent(channel)["embeds"][0]["title"] == "Knees"
    assert len(channel.feed()[0].images) == 1  # the picture of the card


@pytest.mark.parametrize("media", [(ONE,), (FILM,), (ONE, TWO, FILM)])
def test_files_arrive_with_their_alternative_texts(channel: Practising, media: tuple[MediaItem, ...]) -> None:
    live = channel.live(replace(TEXT, media=media))
    assert [image.alt for image in channel.feed()[0].images] == [item.alt for item in media]
    channel.platform.delete(channel.session(), live.remote_id)
    assert channel.feed() == []
    channel.platform.delete(channel.session(), live.remote_id)


def test_the_words_are_changed_and_card_and_files_stay(channel: Practising) -> None:
    for media in ((), (ONE, TWO)):
        live = channel.live(replace(TEXT, media=media), replace(MARK, idempotency_key=f"{len(media)}" * 36))
        channel.platform.edit(channel.session(), live.remote_id, Payload("Changed * words.", media=media))
        shown = channel.feed()[0]
        assert shown.text == r"Changed \* words."
        assert len(shown.images) == max(len(media), 1)
    with pytest.raises(Refused):
        channel.platform.edit(channel.session(), live.remote_id.partition("/")[0] + "/1", Payload("x"))


def test_the_rest_of_a_thread_follows(channel: Practising) -> None:
    first = channel.live()
    channel.live(Payload("More tomorrow.", reply_to=first.remote_id), replace(MARK, idempotency_key="b" * 36))
    assert len(channel.feed()) == 2


def test_a_bots_reply_names_what_it_answers(bot: Practising) -> None:
    first = bot.live()
    bot.live(Payload("More tomorrow.", reply_to=first.remote_id), replace(MARK, idempotency_key="b" * 36))
    assert sent(bot)["message_reference"]["message_id"] == first.remote_id.partition("/")[2]


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
def test_after_a_fault_a_bot_finds_its_post_and_a_webhook_claims_nothing(
    channel: Practising, switch: str, expected: type[o.Outcome], posts: int
) -> None:
    channel.switch(switch)
    outcome = channel.publish()
    assert type(outcome) is expected
    assert len(channel.feed()) == posts
    if isinstance(outcome, o.Throttled):
        assert outcome.until == channel.clock.now_ms() + 30_000
    found = channel.platform.find(channel.session(), TEXT, MARK)
    assert channel.connection
    if channel.connection.limits["kind"] == "webhook":
        assert isinstance(found, o.CannotTell)
    else:
        assert isinstance(found, o.Found if posts else o.Absent)


def test_a_bots_repeat_makes_no_second_message(bot: Practising) -> None:
    bot.switch("close_after")
    assert isinstance(bot.publish(), o.Unknown)
    again = bot.live()
    assert len(bot.feed()) == 1
    found = bot.platform.find(bot.session(), TEXT, MARK)
    assert isinstance(found, o.Found)
    assert found.remote_id == again.remote_id


def test_posts_without_a_link_are_found_by_their_words(bot: Practising) -> None:
    plain = Payload("No link * here.")
    live = bot.live(plain)
    found = bot.platform.find(bot.session(), plain, MARK)
    assert isinstance(found, o.Found)
    assert (found.remote_id, found.url) == (live.remote_id, live.url)
    assert isinstance(bot.platform.find(bot.session(), Payload("Another"), MARK), o.Absent)


def test_reactions_are_read(bot: Practising, practice_server: PracticeServer) -> None:
    live = bot.live()
    assert bot.platform.metrics(bot.session(), live.remote_id) == {"likes": 0}
    practice_server.store.posts.set_counts(bot.feed()[0].id, likes=3)
    assert bot.platform.metrics(bot.session(), live.remote_id) == {"likes": 3}


def test_a_forum_needs_and_gets_a_title(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    fresh = practising(platform("discord"), practice_server, practice_clock)
    fresh.connect({"url": fresh.form()["forum_url"]})
    assert isinstance(fresh.publish(), o.Rejected)
    live = fresh.live(replace(TEXT, options={"thread_name": "About knees"}))
    fresh.live(Payload("More tomorrow.", reply_to=live.remote_id))
    assert len(fresh.feed()) == 2
    fresh.platform.delete(fresh.session(), live.remote_id)
    assert len(fresh.feed()) == 1


def test_a_bot_posts_in_a_forum_of_its_guild(bot: Practising) -> None:
    forum = str(int(bot.made.more["channel"]) + 5)
    bot.connect({"bot_token": bot.made.more["bot_token"], "channel": forum})
    live = bot.live()
    assert sent(bot)["name"] == "Knees"
    bot.live(Payload("More tomorrow.", reply_to=live.remote_id))
    assert len(bot.feed()) == 2


def test_what_is_too_long_is_found_before(channel: Practising) -> None:
    rules = channel.platform.rules({})
    for length in (2000, 2001):
        payload = Payload("x" * length)
        good = channel.platform.validate(payload, rules) == []
        assert good is (length == 2000)
        outcome = channel.publish(payload, replace(MARK, idempotency_key=str(length) * 9))
        assert isinstance(outcome, o.Published if good else o.Rejected)


def test_refused_files_are_the_authors_business(channel: Practising) -> None:
    channel.switch("rejected_media")
    assert isinstance(channel.publish(replace(TEXT, media=(ONE,))), o.Rejected)


def test_a_channel_that_is_gone_or_closed(bot: Practising) -> None:
    account = bot.made.account_id
    bot.server.store.accounts.set_status(account, "suspended")
    assert isinstance(bot.publish(), o.Forbidden)
    bot.server.store.accounts.set_status(account, "takendown")
    assert isinstance(bot.publish(), o.Forbidden)
