"""The connector of LinkedIn against the practice network, which was written from the same sheet by another hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain import outcome as o
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.base import Refused
from tests.support.practice_clients import jpeg
from tests.support.practice_server import HeldClock, PracticeServer
from tests.support.walked_in import FILM, LINK, MARK, ONE, TWO, Practising

THUMB = MediaItem("thumb", "image/jpeg", 120, 63, 900)
TEXT = Payload("Café (new) & knees_hips * <3 #knees", LinkCard(LINK, "Knees", "About knees", THUMB))


def signed_in(server: PracticeServer, clock: HeldClock, way: str) -> Practising:
    account = Practising(server, clock, "linkedin", way, files={"thumb": jpeg(120, 63)})
    account.sign_in()
    return account


@pytest.fixture
def page(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return signed_in(practice_server, practice_clock, "organization")


@pytest.fixture
def member(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return signed_in(practice_server, practice_clock, "member")


def live(outcome: o.Outcome) -> o.Published:
    assert isinstance(outcome, o.Published), outcome
    return outcome


def test_a_page_posts_a_card_that_is_found_edited_and_taken_down(page: Practising) -> None:
    published = live(page.publish(TEXT))
    (shown,) = page.feed()
    assert (shown.text, shown.warning) == (TEXT.text, "Organization")
    assert shown.card is not None and (shown.card.title, shown.card.url) == ("Knees", LINK)
    found = page.platform.find(page.session(), TEXT, MARK)
    assert isinstance(found, o.Found)
    assert (found.remote_id, found.url) == (published.remote_id, published.url)
    assert isinstance(page.platform.find(page.session(), TEXT, replace(MARK, short_code="")), o.Found)
    assert page.platform.metrics(page.session(), published.remote_id)["likes"] == 0
    page.platform.edit(page.session(), published.remote_id, replace(TEXT, text="Better (now)"))
    assert page.feed()[0].text == "Better (now)"
    page.platform.delete(page.session(), published.remote_id)
    page.platform.delete(page.session(), published.remote_id)
    assert page.feed() == []
    assert isinstance(page.platform.find(page.session(), TEXT, MARK), o.Absent)


@pytest.mark.parametrize("way", ["organization", "member"])
@pytest.mark.parametrize("media", [(ONE,), (ONE, TWO), (FILM,)])
def test_files_with_their_alternative_texts(
    practice_server: PracticeServer, practice_clock: HeldClock, way: str, media: tuple[MediaItem, ...]
) -> None:
    account = signed_in(practice_server, practice_clock, way)
    payload = replace(TEXT, media=media, options={"title": "A walk"})
    live(account.publish(payload))
    (shown,) = account.feed()
    assert shown.text == f"{TEXT.text}\n\n{LINK}"
    assert [image.alt for image in shown.images] == ["" if one.is_video else one.alt for one in media]


def test_a_member_posts_in_their_own_name_and_cannot_be_looked_up(member: Practising) -> None:
    live(member.publish(replace(TEXT, options={"visibility": "CONNECTIONS"})))
    assert member.feed()[0].warning == "Member"
    assert isinstance(member.platform.find(member.session(), TEXT, MARK), o.CannotTell)


def test_a_page_writes_the_first_comment_and_finds_it(page: Practising) -> None:
    post = live(page.publish(TEXT))
    comment = Payload("Link & more (soon)", reply_to=post.remote_id)
    made = live(page.publish(comment))
    assert page.feed()[0].text == comment.text
    found = page.platform.find(page.session(), comment, MARK)
    assert isinstance(found, o.Found) and found.remote_id == made.remote_id
    page.platform.delete(page.session(), made.remote_id)
    assert isinstance(page.platform.find(page.session(), comment, MARK), o.Absent)


def test_a_page_renews_its_sign_in_and_a_member_comes_again(
    page: Practising, practice_server: PracticeServer, practice_clock: HeldClock
) -> None:
    practice_clock.advance(61 * 86_400)
    with pytest.raises(Refused) as refusal:
        page.publish(TEXT)
    assert isinstance(refusal.value.outcome, o.Unauthorized)
    page.platform.refresh(page.session())
    live(page.publish(TEXT))
    member = Practising(practice_server, practice_clock, "linkedin", "member", handle="other")
    member.sign_in()
    with pytest.raises(Refused) as refusal:
        member.platform.refresh(member.session())
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
    page: Practising, switch: str, expected: type[o.Outcome], on_the_page: bool
) -> None:
    prepared = page.platform.prepare(page.session(), TEXT, MARK)
    page.fail(switch)
    assert type(page.platform.publish(page.session(), prepared)) is expected
    settled = page.platform.find(page.session(), TEXT, MARK)
    assert isinstance(settled, o.Found if on_the_page else o.Absent)
    assert len(page.feed()) == int(on_the_page)


def test_an_answer_that_never_comes_is_unknown_and_found(page: Practising, practice_clock: HeldClock) -> None:
    prepared = page.platform.prepare(page.session(), TEXT, MARK)
    page.fail("hang_after", seconds=60)
    page.patience = 0.3
    assert isinstance(page.platform.publish(page.session(), prepared), o.Unknown)
    practice_clock.release.set()
    page.patience = 20
    assert isinstance(page.platform.find(page.session(), TEXT, MARK), o.Found)


def test_rejected_and_slow_files_and_a_revoked_application(page: Practising) -> None:
    page.fail("rejected_media")
    with pytest.raises(Refused) as refusal:
        page.publish(replace(TEXT, media=(ONE,)))
    assert isinstance(refusal.value.outcome, o.Rejected)
    page.fail("slow_processing", seconds=45)
    live(page.publish(replace(TEXT, media=(FILM,))))
    page.fail("revoked_app", requests=None)
    with pytest.raises(Refused) as refusal:
        page.platform.check(page.session())
    assert isinstance(refusal.value.outcome, o.Unauthorized)


def test_the_same_post_again_is_a_duplicate(page: Practising) -> None:
    plain = replace(TEXT, link=LinkCard(LINK, "Knees"))
    live(page.publish(plain))
    assert isinstance(page.publish(plain), o.Duplicate)
