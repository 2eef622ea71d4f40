"""The Slack connector against the practice network: webhook, bot, and the sign-in on its pages."""

from __future__ import annotations

from dataclasses import replace

import pytest
import requests

from scheduler.domain import outcome as o
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import platform
from tests.platforms.person import BACK, decides
from tests.platforms.practising import FILM, LINK, MARK, ONE, TEXT, TWO, Practising, practising
from tests.support.practice_server import HeldClock, PracticeServer

FAULTS = [
    ("rate_limited", o.Throttled, 0),
    ("error_before", o.NotSent, 0),
    ("expired_token", o.Unauthorized, 0),
    ("revoked_app", o.Unauthorized, 0),
    ("error_after", o.Unknown, 1),
    ("close_after", o.Unknown, 1),
    ("hang_after", o.Unknown, 1),
]


def connected(server: PracticeServer, clock: HeldClock, *fields: str) -> Practising:
    fresh = practising(platform("slack"), server, clock)
    whole = fresh.form()
    fresh.connect({name: whole[name] for name in fields})
    return fresh


@pytest.fixture
def bot(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return connected(practice_server, practice_clock, "bot_token", "channel")


@pytest.fixture
def webhook(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return connected(practice_server, practice_clock, "url")


def test_a_text_is_live_at_its_address(bot: Practising) -> None:
    live = bot.live()
    assert requests.get(live.url, allow_redirects=False, timeout=10).status_code == 302
    assert LINK in bot.feed()[0].raw_json
    bot.platform.edit(bot.session(), live.remote_id, Payload("Changed & new."))
    assert "Changed &amp; new." in bot.feed()[0].text
    bot.platform.delete(bot.session(), live.remote_id)
    bot.platform.delete(bot.session(), live.remote_id)
    assert bot.feed() == []


@pytest.mark.parametrize("media", [(ONE,), (FILM,), (ONE, TWO)])
def test_files_arrive_with_their_alternative_texts(bot: Practising, media: tuple[MediaItem, ...]) -> None:
    live = bot.live(replace(TEXT, media=media))
    assert [image.alt for image in bot.feed()[0].images] == ["" if one.is_video else one.alt for one in media]
    assert requests.get(live.url, allow_redirects=False, timeout=10).status_code == 302
    bot.live(Payload("More tomorrow.", reply_to=live.remote_id))
    assert live.remote_id in bot.feed()[0].warning
    bot.platform.delete(bot.session(), live.remote_id)
    assert len(bot.feed()) == 1


def test_a_thread_goes_on_under_the_first_post_and_is_found_there(bot: Practising) -> None:
    first = bot.live()
    more = Payload("More tomorrow.", reply_to=first.remote_id)
    again = replace(MARK, idempotency_key="b" * 36)
    live = bot.live(more, again)
    found = bot.platform.find(bot.session(), more, again)
    assert isinstance(found, o.Found)
    assert found.remote_id == live.remote_id
    assert bot.platform.metrics(bot.session(), first.remote_id) == {"likes": 0, "replies": 1}
    assert isinstance(bot.publish(Payload("To nobody", reply_to="1.000001")), o.Forbidden | o.Rejected)


@pytest.mark.parametrize(("switch", "expected", "posts"), FAULTS)
@pytest.mark.parametrize("media", [(), (ONE,)])
def test_after_a_fault_the_post_is_found_or_proven_absent(
    bot: Practising, media: tuple[MediaItem, ...], switch: str, expected: type[o.Outcome], posts: int
) -> None:
    payload, session = replace(TEXT, media=media), bot.session()
    prepared = bot.platform.prepare(session, payload, MARK)
    bot.switch(switch)
    outcome = bot.send(prepared)
    assert type(outcome) is expected
    assert len(bot.feed()) == posts
    found = bot.platform.find(bot.session(), payload, MARK)
    assert isinstance(found, o.Found if posts else o.Absent)
    if isinstance(outcome, o.Throttled):
        assert outcome.until == bot.clock.now_ms() + 30_000


@pytest.mark.parametrize(("switch", "expected", "posts"), FAULTS)
def test_after_a_fault_a_webhook_claims_nothing(
    webhook: Practising, switch: str, expected: type[o.Outcome], posts: int
) -> None:
    webhook.switch(switch)
    assert type(webhook.publish()) is (o.Unknown if switch == "error_before" else expected)
    assert len(webhook.feed()) == posts
    assert isinstance(webhook.platform.find(webhook.session(), TEXT, MARK), o.CannotTell)


def test_a_webhook_posts_words_and_link(webhook: Practising) -> None:
    webhook.live()
    assert LINK in webhook.feed()[0].raw_json
    webhook.server.store.accounts.set_status(webhook.made.account_id, "suspended")
    assert isinstance(webhook.publish(), o.Unauthorized)


def test_signing_in_offers_the_open_channels_and_joins_where_it_must(bot: Practising) -> None:
    session = bot.session()
    session.app = {"client_id": "practice-app", "client_secret": "practice-secret"}
    begun = bot.platform.sign_in(session, "oauth", {}, BACK)
    answer = decides(begun.url, bot.made.account_id)
    offered = bot.platform.signed_in(session, "oauth", answer, {**begun.kept, "redirect_uri": BACK.redirect_uri})
    names = {one.profile.handle: one for one in offered}
    assert {"#clinic", "#general", "#staff", "#announcements"} == set(names)
    general = names["#general"]
    assert general.limits["member"] is False
    bot.connection = general
    bot.live(replace(TEXT, media=(ONE,)))
    assert bot.platform.check(bot.session()).limits["member"] is True
    bot.connection = names["#announcements"]
    assert isinstance(bot.publish(), o.Forbidden)


def test_saying_no_and_a_code_twice(bot: Practising) -> None:
    session = bot.session()
    session.app = {"client_id": "practice-app", "client_secret": "practice-secret"}
    begun = bot.platform.sign_in(session, "oauth", {}, BACK)
    kept = {**begun.kept, "redirect_uri": BACK.redirect_uri}
    answer = decides(begun.url, bot.made.account_id)
    bot.platform.signed_in(session, "oauth", answer, kept)
    for said, expected in (
        (answer, o.Unauthorized),
        (decides(begun.url, bot.made.account_id, "refuse"), o.Forbidden),
    ):
        with pytest.raises(Refused) as refusal:
            bot.platform.signed_in(session, "oauth", said, kept)
        assert isinstance(refusal.value.outcome, expected)


def test_refused_photos_are_the_authors_business(bot: Practising) -> None:
    bot.switch("rejected_media")
    with pytest.raises(Refused) as refusal:
        bot.publish(replace(TEXT, media=(ONE,)))
    assert isinstance(refusal.value.outcome, o.Rejected)


def test_a_slow_share_is_waited_for_and_asked_about_later(bot: Practising) -> None:
    bot.switch("slow_processing", seconds=4)
    assert "." in bot.live(replace(TEXT, media=(ONE,))).remote_id
    bot.switch("slow_processing", seconds=60)
    late = bot.live(replace(TEXT, media=(TWO,)))
    assert late.remote_id.startswith("file:")
    bot.clock.sleep(60)
    bot.platform.delete(bot.session(), late.remote_id)
    assert len(bot.feed()) == 1
