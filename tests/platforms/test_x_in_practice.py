"""The connector of X against the practice network, which was written from the same sheet by another hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, Payload
from scheduler.platforms.base import Refused
from tests.support.practice_server import HeldClock, PracticeServer
from tests.support.walked_in import FILM, GIF, LINK, MARK, ONE, TWO, Practising

TEXT = Payload(f"Café ☕ & knees <3 {LINK}", LinkCard(LINK, "Knees"))


@pytest.fixture
def x(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    signed = Practising(practice_server, practice_clock, "x", "oauth")
    signed.sign_in()
    return signed


def live(outcome: o.Outcome) -> o.Published:
    assert isinstance(outcome, o.Published), outcome
    return outcome


def test_a_text_is_published_found_counted_and_taken_down(x: Practising) -> None:
    published = live(x.publish(TEXT))
    assert x.feed()[0].text == TEXT.text
    found = x.platform.find(x.session(), TEXT, MARK)
    assert isinstance(found, o.Found)
    assert (found.remote_id, found.url) == (published.remote_id, published.url)
    assert x.platform.metrics(x.session(), published.remote_id)["likes"] == 0
    x.platform.delete(x.session(), published.remote_id)
    x.platform.delete(x.session(), published.remote_id)
    assert x.feed() == []
    assert isinstance(x.platform.find(x.session(), TEXT, MARK), o.Absent)


@pytest.mark.parametrize("media", [(ONE,), (ONE, TWO), (GIF,), (FILM,)])
def test_files_with_their_alternative_texts(x: Practising, media: tuple[object, ...]) -> None:
    payload = replace(TEXT, media=media)  # type: ignore[arg-type]
    live(x.publish(payload))
    shown = x.feed()[0].images
    assert [image.alt for image in shown] == ["" if one is FILM else one.alt for one in payload.media]
    assert isinstance(x.platform.find(x.session(), payload, MARK), o.Found)


def test_a_thread_is_continued_and_each_part_is_found(x: Practising) -> None:
    first = live(x.publish(TEXT))
    part = Payload("More tomorrow.", reply_to=first.remote_id)
    mark = replace(MARK, short_code="")
    second = live(x.publish(part, mark))
    assert x.feed()[0].warning == f"In reply to {first.remote_id}"
    found = x.platform.find(x.session(), part, mark)
    assert isinstance(found, o.Found) and found.remote_id == second.remote_id
    assert isinstance(x.platform.find(x.session(), replace(part, reply_to=""), mark), o.Absent)


def test_options_arrive(x: Practising) -> None:
    live(x.publish(replace(TEXT, options={"reply_settings": "verified", "made_with_ai": "1"})))
    body = x.server.store.posts.of_account(x.account_id, "")[0].body
    assert (body["reply_settings"], body["made_with_ai"], body["paid_partnership"]) == ("verified", True, False)


def test_a_sign_in_is_renewed_once_and_stored_before_it_is_used(x: Practising, practice_clock: HeldClock) -> None:
    practice_clock.advance(7201)
    assert isinstance(x.publish(TEXT), o.Unauthorized)
    old = x.session()
    x.platform.refresh(x.session())
    live(x.publish(TEXT))
    with pytest.raises(Refused) as refusal:
        x.platform.refresh(old)
    assert isinstance(refusal.value.outcome, o.Unauthorized)


@pytest.mark.parametrize(
    ("switch", "expected", "on_the_page"),
    [
        ("rate_limited", o.Throttled, False),
        ("error_before", o.Unknown, False),
        ("expired_token", o.Unauthorized, False),
        ("misconfigured_app", o.Misconfigured, False),
        ("error_after", o.Unknown, True),
        ("close_after", o.Unknown, True),
        ("duplicate", o.Duplicate, True),
    ],
)
def test_a_failure_is_understood_and_settled(
    x: Practising, switch: str, expected: type[o.Outcome], on_the_page: bool
) -> None:
    x.fail(switch)
    assert type(x.publish(TEXT)) is expected
    settled = x.platform.find(x.session(), TEXT, MARK)
    assert isinstance(settled, o.Found if on_the_page else o.Absent)
    assert len(x.feed()) == int(on_the_page)


def test_an_answer_that_never_comes_is_unknown_and_found(x: Practising, practice_clock: HeldClock) -> None:
    prepared = x.platform.prepare(x.session(), TEXT, MARK)
    x.fail("hang_after", seconds=60)
    x.patience = 0.3
    assert isinstance(x.platform.publish(x.session(), prepared), o.Unknown)
    practice_clock.release.set()
    x.patience = 20
    assert isinstance(x.platform.find(x.session(), TEXT, MARK), o.Found)


def test_the_limit_names_when_to_come_back(x: Practising, practice_clock: HeldClock) -> None:
    x.fail("rate_limited", seconds=90)
    outcome = x.publish(TEXT)
    assert isinstance(outcome, o.Throttled)
    assert outcome.until is not None and 89_000 <= outcome.until - practice_clock.now_ms() <= 90_000


def test_a_revoked_application_needs_a_new_sign_in(x: Practising) -> None:
    x.fail("revoked_app", requests=None)
    assert isinstance(x.publish(TEXT), o.Unauthorized)
    for ask in (x.platform.check, x.platform.refresh):
        with pytest.raises(Refused) as refusal:
            ask(x.session())
        assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_rejected_and_slow_files(x: Practising) -> None:
    x.fail("rejected_media")
    with pytest.raises(Refused) as refusal:
        x.publish(replace(TEXT, media=(FILM,)))
    assert isinstance(refusal.value.outcome, o.Rejected)
    x.fail("slow_processing", seconds=45)
    live(x.publish(replace(TEXT, media=(FILM,))))


def test_the_same_text_again_is_a_duplicate(x: Practising) -> None:
    live(x.publish(TEXT))
    assert isinstance(x.publish(TEXT), o.Duplicate)


def test_premium_is_noticed_and_writes_a_long_post(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    x = Practising(practice_server, practice_clock, "x", "oauth", handle="harborpremium")
    (found,) = x.sign_in()
    long = Payload("A long story. " * 40 + LINK, LinkCard(LINK))
    assert x.platform.validate(long, x.platform.rules(found.limits)) == []
    live(x.publish(long))
    assert isinstance(x.platform.find(x.session(), long, MARK), o.Found)
    assert isinstance(x.platform.find(x.session(), long, replace(MARK, short_code="")), o.Found)
