"""The Mastodon connector on the practice servers of its family, which were written from the sheets by other hands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain import outcome as o
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import platform
from tests.platforms.person import signs_in
from tests.platforms.practising import LINK, MARK, ONE, TEXT, TWO, Passing, Practising
from tests.support.practice_server import START_MS, HeldClock, PracticeServer

KIN = ("gotosocial", "pleroma", "akkoma", "pixelfed", "takahe", "hollo", "friendica")
ENDING = ("pleroma", "akkoma", "pixelfed")
PHOTOS = Payload(f"Two photos {LINK}", TEXT.link, (ONE, TWO))


def _on(server: PracticeServer, clock: HeldClock, flavour: str = "") -> Practising:
    handle = f"{flavour}_clinic" if flavour else "clinic"
    made = server.store.create_account("mastodon", handle, "The Clinic")
    return Practising(platform("mastodon"), server, made, Passing(clock))


def _address(one: Practising) -> str:
    return one.server.address(one.made)


def _connected(one: Practising) -> Practising:
    one.connect({"instance": _address(one), "access_token": one.made.access_token})
    return one


@pytest.fixture
def mastodon(practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return _connected(_on(practice_server, practice_clock))


@pytest.fixture(params=KIN)
def kin(request: pytest.FixtureRequest, practice_server: PracticeServer, practice_clock: HeldClock) -> Practising:
    return _connected(_on(practice_server, practice_clock, request.param))


# signing in


@pytest.mark.parametrize("flavour", ["", *KIN])
def test_signing_in_on_the_servers_own_pages(
    practice_server: PracticeServer, practice_clock: HeldClock, flavour: str
) -> None:
    one = _on(practice_server, practice_clock, flavour)
    connection = signs_in(one, {"instance": _address(one)})
    assert connection.credentials["instance"] == _address(one)
    assert connection.profile.handle.startswith("@" + one.made.identifier)
    assert bool(one.platform.token_times(connection.credentials).expires_at) is (flavour in ENDING)
    one.live(PHOTOS)


def test_the_practice_server_needs_no_name(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    one = _on(practice_server, practice_clock)
    assert signs_in(one, {"instance": ""}).credentials["instance"] == _address(one)
    one.live()


def test_a_person_who_says_no(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    one = _on(practice_server, practice_clock)
    with pytest.raises(Refused) as refusal:
        signs_in(one, {"instance": _address(one)}, "refuse")
    assert isinstance(refusal.value.outcome, o.Forbidden)


@pytest.mark.parametrize("flavour", ENDING)
def test_a_sign_in_that_ends_is_renewed(
    practice_server: PracticeServer, practice_clock: HeldClock, flavour: str
) -> None:
    one = _on(practice_server, practice_clock, flavour)
    connection = signs_in(one, {"instance": _address(one)})
    times = one.platform.token_times(connection.credentials)
    assert START_MS < times.renew_at < times.expires_at
    practice_clock.advance((times.expires_at - START_MS) / 1000 + 1)
    assert isinstance(_refusal_of_check(one), o.Unauthorized)
    one.platform.refresh(one.session())
    assert one.remembered[-1]["access_token"] != connection.credentials["access_token"]
    one.live(PHOTOS)


def _refusal_of_check(one: Practising) -> o.Outcome:
    with pytest.raises(Refused) as refusal:
        one.platform.check(one.session())
    return refusal.value.outcome


# what Mastodon has


def test_every_choice_reaches_the_server(mastodon: Practising) -> None:
    options = {"visibility": "unlisted", "spoiler_text": "Surgery", "quote_approval_policy": "nobody"}
    poll = {"poll_options": "Knee\nHip", "poll_expires_in": "3600", "poll_multiple": "1"}
    mastodon.live(Payload("Which one hurts?", options={**options, **poll}))
    [post] = mastodon.feed()
    assert all(word in post.warning for word in ("Surgery", "unlisted", "Knee, Hip"))
    assert '"quote_approval_policy": "nobody"' in post.raw_json


def test_a_thread(mastodon: Practising) -> None:
    first = mastodon.live()
    reply = Payload("More about knees tomorrow.", reply_to=first.remote_id)
    mark = replace(MARK, idempotency_key="second-key", short_code="")
    second = mastodon.live(reply, mark)
    assert f"Reply to {first.remote_id}" in mastodon.feed()[0].warning
    found = mastodon.platform.find(mastodon.session(), reply, mark)
    assert isinstance(found, o.Found)
    assert found.remote_id == second.remote_id
    mastodon.platform.delete(mastodon.session(), second.remote_id)
    assert isinstance(mastodon.platform.find(mastodon.session(), reply, mark), o.Absent)


def test_an_answer_to_a_post_that_was_taken_down(mastodon: Practising) -> None:
    first = mastodon.live()
    mastodon.platform.delete(mastodon.session(), first.remote_id)
    outcome = mastodon.publish(Payload("More", reply_to=first.remote_id), replace(MARK, idempotency_key="other"))
    assert isinstance(outcome, o.Rejected)


def test_an_edit_keeps_photos(mastodon: Practising) -> None:
    published = mastodon.live(PHOTOS)
    mastodon.platform.edit(mastodon.session(), published.remote_id, Payload("Changed"))
    [post] = mastodon.feed()
    assert (post.text, [image.alt for image in post.images]) == ("Changed", ["One knee", "Two knees"])


# the kin


def test_the_kins_limits_are_read(kin: Practising) -> None:
    assert kin.connection
    limits, name = kin.connection.limits, kin.made.identifier.partition("_")[0]
    assert limits["software"] == name
    assert limits["idempotency_seconds"] == 0
    rules = kin.platform.rules(limits)
    long = Payload("x" * (rules.text_limit + 1), media=(ONE,))
    assert [one.field for one in kin.platform.validate(long, rules)] == ["text"]
    assert isinstance(kin.publish(long), o.Rejected)
    assert isinstance(kin.publish(replace(long, text="x" * rules.text_limit)), o.Published)


def test_links_are_counted_as_the_kin_counts_them(kin: Practising) -> None:
    assert kin.connection
    rules = kin.platform.rules(kin.connection.limits)
    link = "https://clinic.example/" + "a" * 200
    fill = rules.text_limit - kin.platform.count(link + " ", rules).used
    assert isinstance(kin.publish(Payload(f"{link} " + "x" * fill, media=(ONE,))), o.Published)
    more = Payload(f"{link} x" + "x" * fill, media=(ONE,))
    assert isinstance(kin.publish(more, replace(MARK, idempotency_key="more")), o.Rejected)


@pytest.mark.parametrize("kind", ["error_after", "close_after"])
def test_a_lost_post_is_found_whatever_the_kin_thinks_of_keys(kin: Practising, kind: str) -> None:
    session = kin.session()
    prepared = kin.platform.prepare(session, PHOTOS, MARK)
    kin.switch(kind)
    assert isinstance(kin.platform.publish(kin.session(), prepared), o.Unknown)
    found = kin.platform.find(kin.session(), PHOTOS, MARK)
    assert isinstance(found, o.Found), found
    assert len(kin.feed()) == 1
    kin.platform.delete(kin.session(), found.remote_id)
    assert isinstance(kin.platform.find(kin.session(), PHOTOS, MARK), o.Absent)


def test_a_failed_try_does_not_bar_the_next_one(kin: Practising) -> None:
    session = kin.session()
    prepared = kin.platform.prepare(session, PHOTOS, MARK)
    kin.switch("error_before")
    assert isinstance(kin.platform.publish(kin.session(), prepared), o.Unknown)
    assert isinstance(kin.platform.find(kin.session(), PHOTOS, MARK), o.Absent)
    assert isinstance(kin.publish(PHOTOS), o.Published)


def test_pixelfed_posts_need_a_photo(practice_server: PracticeServer, practice_clock: HeldClock) -> None:
    pixelfed = _connected(_on(practice_server, practice_clock, "pixelfed"))
    assert pixelfed.connection
    rules = pixelfed.platform.rules(pixelfed.connection.limits)
    assert [one.field for one in pixelfed.platform.validate(TEXT, rules)] == ["media"]
    assert not isinstance(pixelfed.publish(TEXT), o.Published)
    assert pixelfed.feed() == []
    offered = {option.name for option in pixelfed.platform.options(pixelfed.connection.limits)}
    assert "poll_options" not in offered


@pytest.mark.parametrize(("flavour", "choice"), [("gotosocial", "mutuals_only"), ("akkoma", "local")])
def test_visibilities_of_their_own(
    practice_server: PracticeServer, practice_clock: HeldClock, flavour: str, choice: str
) -> None:
    one = _connected(_on(practice_server, practice_clock, flavour))
    one.live(replace(TEXT, options={"visibility": choice}))
    assert choice in one.feed()[0].warning


def test_numbers_and_times(mastodon: Practising) -> None:
    published = mastodon.live()
    mastodon.server.store.posts.set_counts(mastodon.feed()[0].id, likes=3, reposts=2)
    numbers = mastodon.platform.metrics(mastodon.session(), published.remote_id)
    assert (numbers["likes"], numbers["reposts"]) == (3, 2)
