"""What only the connector of LinkedIn does: little text, cards, uploads, members and pages, its own refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scheduler.domain.account import Account
from scheduler.domain.outcome import Absent, CannotTell, Forbidden, Found, NotSent, Published, Rejected
from scheduler.domain.teaser import LinkCard, Payload, Teaser
from scheduler.platforms.base import Back, Refused, TokenTimes
from scheduler.platforms.connectors.linkedin.text import little_text, plain_text
from scheduler.services.planning.payloads import following
from tests.platforms import stages
from tests.platforms.fault_server import Reply
from tests.platforms.stage import LINK, MARK, NOW, PHOTO, PHOTOS, TEXT, VIDEO, Stage, once
from tests.platforms.stages.linkedin import PAGE, URN, post, refusal

MEMBER = "urn:li:person:abc"
FILM = replace(VIDEO, bytes=90_000)


@pytest.fixture
def linkedin() -> Iterator[Stage]:
    stage = stages.set_up("linkedin")
    yield stage
    stage.server.close()


@pytest.fixture
def member(linkedin: Stage) -> Stage:
    linkedin.credentials = {"access_token": "token", "scopes": "w_member_social", "author": MEMBER}
    linkedin.remote_id = MEMBER
    return linkedin


def problems(stage: Stage, payload: Payload) -> list[str]:
    return [f"{one.field}: {one.message}" for one in stage.platform.validate(payload, stage.platform.rules({}))]


def sent(stage: Stage, payload: Payload) -> dict[str, Any]:
    session = stage.session()
    outcome = stage.platform.publish(session, stage.platform.prepare(session, payload, MARK))
    assert isinstance(outcome, Published), outcome
    body: dict[str, Any] = stage.server.last("/rest/posts$").json
    return body


# the text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Knees (and hips) * 2 [new] <3", r"Knees \(and hips\) \* 2 \[new\] \<3"),
        ("a_b ~ c|d {e} f\\g @h", r"a\_b \~ c\|d \{e\} f\\g \@h"),
        ("#knees and #Hüfte.", "#knees and #Hüfte."),
        ("#a_b C# page/#top x#y ##z #", r"\#a\_b C\# page/\#top x\#y \#\#z \#"),
        ("https://clinic.example/x_(y)#z", r"https://clinic.example/x\_\(y\)\#z"),
        ("", ""),
    ],
)
def test_little_text(text: str, written: str) -> None:
    assert little_text(text) == written
    assert plain_text(written) == text


def test_hashtags_come_back_as_templates() -> None:
    assert plain_text(r"Rest \(a lot\) {hashtag|\#|knees} {hashtag|#|Hüfte}") == "Rest (a lot) #knees #Hüfte"


def test_escapes_count(linkedin: Stage) -> None:
    assert problems(linkedin, Payload("(" * 1500)) == []
    assert "Shorten it by 2" in problems(linkedin, Payload("(" * 1501))[0]


# what is sent


def test_a_link_is_a_card_with_its_own_picture(linkedin: Stage) -> None:
    body = sent(linkedin, TEXT)
    assert body["author"] == PAGE
    assert body["commentary"] == little_text(TEXT.text)
    assert (body["visibility"], body["lifecycleState"]) == ("PUBLIC", "PUBLISHED")
    assert body["distribution"]["feedDistribution"] == "MAIN_FEED"
    article = {"source": LINK, "title": "Running again", "description": "Slowly", "thumbnail": "urn:li:image:C4E1"}
    assert body["content"] == {"article": article}
    call = linkedin.server.last("/rest/posts$")
    assert (call.headers["linkedin-version"], call.headers["x-restli-protocol-version"]) == ("202608", "2.0.0")
    assert linkedin.server.last("/dms/").body == b"<thumb>"


def test_a_card_without_picture_and_with_an_endless_title(linkedin: Stage) -> None:
    card = LinkCard(LINK, "T" * 500, "D" * 5000)
    article = sent(linkedin, Payload("Read", card))["content"]["article"]
    assert (len(article["title"]), len(article["description"]), "thumbnail" in article) == (399, 4085, False)


def test_photos_carry_their_texts_and_the_link_goes_into_the_text(linkedin: Stage) -> None:
    body = sent(linkedin, replace(PHOTOS, text="Read on."))
    assert body["content"] == {"media": {"id": "urn:li:image:C4E1", "altText": PHOTO.alt}}
    assert body["commentary"] == f"Read on.\n\n{LINK}"
    images = sent(linkedin, replace(TEXT, media=(PHOTO, PHOTO)))["content"]["multiImage"]["images"]
    assert [image["altText"] for image in images] == [PHOTO.alt, PHOTO.alt]


def test_a_video_goes_in_the_parts_that_linkedin_names(linkedin: Stage) -> None:
    parts = [
        {"uploadUrl": f"{linkedin.server.origin}/dms/{first}", "firstByte": first, "lastByte": last}
        for first, last in ((0, 3), (4, 6))
    ]
    begun = {"video": "urn:li:video:C5", "uploadToken": "t", "uploadInstructions": parts}
    linkedin.server.fault("POST", "videos\\?action=initializeUpload", Reply(json={"value": begun}))
    tag = {"ETag": '"part"'}
    linkedin.server.fault("PUT", "/dms/", Reply(200, headers=tag))
    linkedin.server.fault("POST", "videos\\?action=finalizeUpload", Reply())
    busy, done = Reply(json={"status": "PROCESSING"}), Reply(json={"status": "AVAILABLE"})
    linkedin.server.fault("GET", "/rest/videos/urn%3Ali%3Avideo%3AC5", once(busy, done))
    body = sent(linkedin, replace(TEXT, media=(FILM,), options={"title": "A walk"}))
    assert body["content"] == {"media": {"id": "urn:li:video:C5", "title": "A walk"}}
    uploaded = [call for call in linkedin.server.calls if call.path.startswith("/dms/")]
    assert [call.body for call in uploaded] == [b"<vid", b"eo>"]
    assert not any("authorization" in call.headers for call in uploaded)
    finalized = linkedin.server.last("finalizeUpload").json["finalizeUploadRequest"]
    assert finalized == {"video": "urn:li:video:C5", "uploadToken": "t", "uploadedPartIds": ["part", "part"]}


def test_a_file_that_linkedin_cannot_process(linkedin: Stage) -> None:
    linkedin.server.fault("GET", "/rest/images/", Reply(json={"status": "PROCESSING_FAILED"}))
    with pytest.raises(Refused) as refused:
        linkedin.platform.prepare(linkedin.session(), PHOTOS, MARK)
    assert isinstance(refused.value.outcome, Rejected)
    linkedin.server.faults[:] = [("GET", "/rest/images/", Reply(json={"status": "PROCESSING"}))]
    with pytest.raises(Refused) as refused:
        linkedin.platform.prepare(linkedin.session(), PHOTOS, MARK)
    assert isinstance(refused.value.outcome, NotSent)


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.2:9/dms", "https://127.0.0.1/dms", "", "ftp://x"])
def test_the_token_goes_nowhere_but_to_linkedin(linkedin: Stage, elsewhere: str) -> None:
    upload = {"uploadUrl": elsewhere, "image": "urn:li:image:C4E1"}
    linkedin.server.fault("POST", "initializeUpload", Reply(json={"value": upload}))
    with pytest.raises(Refused) as refused:
        linkedin.platform.prepare(linkedin.session(), PHOTOS, MARK)
    assert isinstance(refused.value.outcome, NotSent)
    assert "cannot be read" in refused.value.outcome.sentence


def test_a_members_application_may_not_ask_about_a_photo_and_waits(member: Stage) -> None:
    member.server.fault("GET", "/rest/images/", refusal(403, "ACCESS_DENIED"))
    assert sent(member, PHOTOS)["author"] == MEMBER
    assert member.clock.slept == [8.0]


def test_options_are_sent(linkedin: Stage) -> None:
    body = sent(linkedin, replace(TEXT, options={"visibility": "LOGGED_IN", "no_reshare": "1"}))
    assert (body["visibility"], body["isReshareDisabledByAuthor"]) == ("LOGGED_IN", True)
    names = {True: ["PUBLIC", "LOGGED_IN"], False: ["PUBLIC", "LOGGED_IN", "CONNECTIONS"]}
    for page, known in names.items():
        visibility = linkedin.platform.options({"organization": page})[0]
        assert [value for value, _ in visibility.choices] == known
    with pytest.raises(Refused):
        linkedin.platform.prepare(linkedin.session(), replace(TEXT, options={"visibility": "CONNECTIONS"}), MARK)


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (Payload("Hi", options={"visibility": "FRIENDS"}), "options.visibility"),
        (Payload("Hi", options={"title": "x" * 400}), "options.title"),
        (Payload("Hi", media=(PHOTO,) * 21), "media"),
        (Payload("Hi", media=(PHOTO, FILM)), "media"),
        (Payload("Hi", media=(replace(PHOTO, mime="image/webp"),)), "media.0"),
        (Payload("Hi", media=(replace(PHOTO, width=7000, height=6000),)), "media.0"),
        (Payload("Hi", media=(VIDEO,)), "media.0"),
        (Payload("Hi", media=(replace(FILM, duration_ms=2000),)), "media.0"),
        (Payload("Hi", media=(replace(FILM, bytes=500_000_001),)), "media.0"),
        (Payload("Hi", media=(replace(PHOTO, alt="x" * 4087),)), "media.0"),
        (Payload("x" * 1251, reply_to=URN), "text"),
        (Payload(" ", reply_to=URN), "text"),
        (Payload("Hi", media=(PHOTO,), reply_to=URN), "media"),
    ],
)
def test_what_linkedin_would_refuse_is_told_beforehand(linkedin: Stage, payload: Payload, field: str) -> None:
    assert field in [one.partition(":")[0] for one in problems(linkedin, payload)]


def test_what_linkedin_takes(linkedin: Stage) -> None:
    for media in ((PHOTO,) * 20, (FILM,), ()):
        assert problems(linkedin, Payload("Hi", media=media)) == []
    assert problems(linkedin, Payload("x" * 1250, reply_to=URN)) == []


# members and pages


def test_the_two_ways_ask_for_different_rights_and_applications(linkedin: Stage) -> None:
    member, page = linkedin.platform.ways
    assert member.app and page.app and member.app.name != page.app.name and page.app.review
    assert set(member.scopes) & set(page.scopes) == set()
    for way in (member, page):
        begun = linkedin.platform.sign_in(linkedin.session(False), way.name, {}, Back("https://c.example/b", "s"))
        asked = parse_qs(urlsplit(begun.url).query)
        assert asked["scope"] == [" ".join(way.scopes)] and "code_challenge" not in asked


def test_a_member_signs_in_for_sixty_days(linkedin: Stage) -> None:
    said = {"access_token": "a", "expires_in": 5_184_000, "scope": "openid profile w_member_social"}
    linkedin.server.fault("POST", "/accessToken", Reply(json=said))
    linkedin.server.fault("GET", "/v2/userinfo", Reply(json={"sub": "abc", "name": "Ann", "picture": ""}))
    (made,) = linkedin.platform.signed_in(linkedin.session(False), "member", {"code": "c"}, {"redirect_uri": "r"})
    assert (made.profile.remote_id, made.credentials["author"]) == (MEMBER, MEMBER)
    ends = NOW + 5_184_000_000
    assert linkedin.platform.token_times(made.credentials) == TokenTimes(ends, 0, ends)
    assert linkedin.platform.token_times(linkedin.credentials).renew_at > 0


def test_somebody_without_a_page_is_told_so(linkedin: Stage) -> None:
    analyst = {"organization": PAGE, "role": "ANALYST", "state": "APPROVED"}
    linkedin.server.fault("GET", "/rest/organizationAcls", Reply(json={"elements": [analyst]}))
    with pytest.raises(Refused) as refused:
        linkedin.platform.signed_in(linkedin.session(False), "organization", {"code": "c"}, {"redirect_uri": "r"})
    assert isinstance(refused.value.outcome, Forbidden)


def test_what_follows_a_post_is_left_out_for_members_and_said_so(linkedin: Stage) -> None:
    teaser = Teaser(1, "Hi", replies=("First", "Second"))
    for page, taken in ((True, ("First",)), (False, ())):
        account = Account(7, "li", "linkedin", "Ann", "ann", MEMBER, limits={"organization": page})
        assert following(teaser, account) == (taken, 2 - len(taken))
        assert linkedin.platform.capable(account.limits).lookup is page


def test_what_only_pages_can(member: Stage) -> None:
    assert isinstance(member.platform.find(member.session(), TEXT, MARK), CannotTell)
    with pytest.raises(Refused):
        member.platform.metrics(member.session(), URN)
    with pytest.raises(Refused) as refused:
        member.platform.prepare(member.session(), Payload("First", reply_to=URN), MARK)
    assert isinstance(refused.value.outcome, Rejected)
    assert member.server.calls == []


# afterwards


def test_a_comment_is_found_and_taken_down(linkedin: Stage) -> None:
    session = linkedin.session()
    comment = Payload("Hi", reply_to=URN)
    made = linkedin.platform.publish(session, linkedin.platform.prepare(session, comment, MARK))
    assert isinstance(made, Published)
    body = linkedin.server.last("/comments").json
    assert body == {"actor": PAGE, "object": URN, "message": {"text": "Hi"}}
    found = linkedin.platform.find(session, comment, MARK)
    assert isinstance(found, Found) and (found.remote_id, found.url) == (made.remote_id, made.url)
    assert isinstance(linkedin.platform.find(session, replace(comment, text="Ho"), MARK), Absent)
    linkedin.platform.delete(session, made.remote_id)
    assert linkedin.server.last("/comments/5").path.endswith("comments/5?actor=urn%3Ali%3Aorganization%3A77")


def test_a_post_is_found_by_its_text_when_it_has_no_code(linkedin: Stage) -> None:
    mark = replace(MARK, short_code="")
    assert isinstance(
        linkedin.platform.find(linkedin.session(), Payload("How to return to running. #knees"), mark), Found
    )
    assert isinstance(linkedin.platform.find(linkedin.session(), Payload("How to return to running."), mark), Absent)
    asked = linkedin.server.last("/rest/posts")
    assert asked.headers["x-restli-method"] == "FINDER" and "urn%3Ali%3Aorganization%3A77" in asked.path


def test_a_page_that_posted_more_than_can_be_listed_proves_nothing(linkedin: Stage) -> None:
    full = [post(id=f"urn:li:share:{n}", commentary="Other", content={}) for n in range(50)]
    linkedin.server.fault("GET", "/rest/posts", Reply(json={"elements": full}))
    assert isinstance(linkedin.platform.find(linkedin.session(), TEXT, MARK), CannotTell)


def test_the_text_of_a_live_post_is_changed(linkedin: Stage) -> None:
    linkedin.platform.edit(linkedin.session(), URN, Payload("Better (now)"))
    call = linkedin.server.last("/rest/posts/")
    assert call.json == {"patch": {"$set": {"commentary": r"Better \(now\)"}}}
    assert call.headers["x-restli-method"] == "PARTIAL_UPDATE"
    linkedin.server.fault("POST", "/rest/posts/", Reply(404, {"message": "gone"}))
    with pytest.raises(Refused):
        linkedin.platform.edit(linkedin.session(), URN, Payload("Better"))


def test_a_post_that_nobody_saw_has_zeros(linkedin: Stage) -> None:
    linkedin.server.fault("GET", "ShareStatistics", Reply(json={"elements": []}))
    numbers = linkedin.platform.metrics(linkedin.session(), "urn:li:ugcPost:1")
    assert set(numbers.values()) == {0}
    assert "ugcPosts=List(urn%3Ali%3AugcPost%3A1)" in linkedin.server.last("ShareStatistics").path
