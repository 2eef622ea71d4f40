"""The page of the practice networks: what was posted, the failure switches, the request log."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from scheduler.practice.accounts import PracticeCredentials
from scheduler.practice.store import PracticeStore
from scheduler.services.accounts.practice import practice_store
from scheduler.services.context import Context
from tests.support.house import Visitor
from tests.support.html import Element, assert_strict, parse
from tests.support.practice_clients import jpeg

HOSTILE = "<script>alert(1)</script> & https://example.com/\"onmouseover='x'"


@pytest.fixture
def store(app: Flask, context: Context) -> PracticeStore:
    return practice_store(context)


@pytest.fixture
def mastodon(store: PracticeStore) -> PracticeCredentials:
    return store.create_account("mastodon", "harbor", "Harbor Street Clinic")


def call(client: Visitor, credentials: PracticeCredentials, path: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {credentials.access_token}"}
    answer = client.post(f"{credentials.service_url_path}/api/{path}", headers=headers, **more)
    return answer.get_json()


def publish(client: Visitor, credentials: PracticeCredentials, **fields: Any) -> Any:
    return call(client, credentials, "v1/statuses", json=fields)


def show(client: Visitor, path: str = "/admin/practice/mastodon", status: int = 200) -> Element:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    html = answer.get_data(as_text=True)
    assert_strict(html)
    return parse(html)


def test_nobody_sees_it_without_login(client: Visitor) -> None:
    for path in ("", "bluesky", "mastodon", "webhook"):
        assert client.get(f"/admin/practice/{path}").status_code == 302
    assert client.post("/admin/practice/mastodon/switches").status_code == 401


def test_a_network_without_accounts_says_where_to_begin(owner_client: Visitor) -> None:
    for network in ("bluesky", "mastodon", "webhook"):
        page = show(owner_client, f"/admin/practice/{network}")
        assert page.one("div", class_="empty").one("a").attributes["href"] == "/admin/accounts/"
    assert owner_client.get("/admin/practice/").location == "/admin/practice/bluesky"
    assert owner_client.get("/admin/practice/myspace").status_code == 404


def test_a_post_shows_its_words_photo_alt_text_and_request(
    owner_client: Visitor, mastodon: PracticeCredentials
) -> None:
    upload = {"file": (BytesIO(jpeg()), "knee.jpg"), "description": "A knee being taped"}
    media = call(owner_client, mastodon, "v2/media", data=upload)
    publish(owner_client, mastodon, status="Tape helps #knees", media_ids=[media["id"]], spoiler_text="Medical")
    assert owner_client.get("/admin/practice/").location == "/admin/practice/mastodon"
    post = show(owner_client).one("article", class_="practice-post")
    for words in ("Harbor Street Clinic", "@harbor", "Tape helps #knees", "Medical", "Alt text: A knee being taped"):
        assert words in post.words()
    assert '"spoiler_text": "Medical"' in post.one("pre").text
    image = post.one("img")
    assert image.attributes["alt"] == "A knee being taped"
    with owner_client.get(image.attributes["src"]) as picture:
        assert picture.get_data() == jpeg()
        assert (picture.mimetype, picture.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
        assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_hostile_words_stay_words(owner_client: Visitor, mastodon: PracticeCredentials) -> None:
    publish(owner_client, mastodon, status=HOSTILE, spoiler_text="<b>x</b>")
    post = show(owner_client).one("article", class_="practice-post")
    assert "<script>alert(1)</script>" in post.text
    assert "<b>x</b>" in post.text


def test_a_posts_own_address_leads_to_its_place(owner_client: Visitor, mastodon: PracticeCredentials) -> None:
    address = publish(owner_client, mastodon, status="x")["url"]
    place = owner_client.get(address).location
    path, _, anchor = place.partition("#")
    assert show(owner_client, path).one("article", class_="practice-post").attributes["id"] == anchor


def test_the_feed_of_one_account_and_older_posts(
    owner_client: Visitor, store: PracticeStore, mastodon: PracticeCredentials
) -> None:
    other = store.create_account("mastodon", "other", "Other")
    publish(owner_client, other, status="from the other")
    for number in range(3):
        publish(owner_client, mastodon, status=f"number {number}")
    assert len(show(owner_client).all("article", class_="practice-post")) == 4
    mine = show(owner_client, f"/admin/practice/mastodon?account={mastodon.account_id}")
    assert len(mine.all("article", class_="practice-post")) == 3
    short = show(owner_client, "/admin/practice/mastodon?limit=2")
    assert [post.one("div", class_="practice-text").words() for post in short.all("article")] == [
        "number 2",
        "number 1",
    ]
    assert "Show older posts" in short.words()
    assert owner_client.get("/admin/practice/mastodon?account=999").status_code == 404


def switch(client: Visitor, credentials: PracticeCredentials, **changes: str) -> Any:
    fields = {"account": str(credentials.account_id), "failure": "error_after", "requests": "1", "seconds": "30"}
    return client.post("/admin/practice/mastodon/switches", data=fields | changes)


def test_a_failure_is_switched_on_shown_and_switched_off(
    owner_client: Visitor, store: PracticeStore, mastodon: PracticeCredentials
) -> None:
    assert switch(owner_client, mastodon, requests="").status_code == 302
    panel = show(owner_client).one("ul", class_="practice-switches")
    assert panel.words() == "Make the post, then answer 500 @harbor, until switched off Switch off"
    assert publish(owner_client, mastodon, status="x") == {"error": "Internal Server Error"}
    assert "failure switch" in show(owner_client).one("ol", class_="practice-log").words()
    off = {"account": str(mastodon.account_id), "failure": "error_after"}
    owner_client.post("/admin/practice/mastodon/switches/off", data=off)
    assert store.switches.active(mastodon.account_id) == []
    assert show(owner_client).all("ul", class_="practice-switches") == []


def test_a_switch_names_every_problem_and_changes_nothing(
    owner_client: Visitor, store: PracticeStore, mastodon: PracticeCredentials
) -> None:
    answer = switch(owner_client, mastodon, account="none", failure="explode", requests="7", seconds="900")
    assert answer.status_code == 422
    problems = parse(answer.get_data(as_text=True)).one("section", aria_labelledby="switches-title")
    assert "Seconds: choose 0 to 120." in problems.words()
    assert len(problems.one("div", role="alert").all("li")) == 4
    assert store.switches.active(mastodon.account_id) == []
    foreign = store.create_account("bluesky", "harbor", "x")
    assert switch(owner_client, foreign).status_code == 422
    off = {"account": str(foreign.account_id), "failure": "error_after"}
    assert owner_client.post("/admin/practice/mastodon/switches/off", data=off).status_code == 404


def test_switches_need_our_own_form(owner_client: Visitor, mastodon: PracticeCredentials) -> None:
    fields = {"account": str(mastodon.account_id), "failure": "error_after", "requests": "1", "seconds": "30"}
    assert owner_client.post("/admin/practice/mastodon/switches", data=fields, csrf=False).status_code == 400


def test_the_log_shows_requests_but_no_secret(
    owner_client: Visitor, store: PracticeStore, mastodon: PracticeCredentials
) -> None:
    made = store.create_account("bluesky", "harbor", "x")
    body = {"identifier": made.identifier, "password": made.password}
    session = owner_client.post("/practice/bluesky/xrpc/com.atproto.server.createSession", json=body).get_json()
    log = show(owner_client, "/admin/practice/bluesky").one("ol", class_="practice-log")
    assert "com.atproto.server.createSession" in log.words()
    assert made.identifier in log.text
    for secret in (made.password, session["accessJwt"], session["refreshJwt"]):
        assert secret not in log.text


def test_a_network_without_a_way_in_is_not_offered(owner_client: Visitor, context: Context) -> None:
    """Nobody can make a practice webhook with a click, so its feed stays away until a test or a program made one."""
    assert ">Webhook</a>" not in owner_client.get("/admin/practice/bluesky").text
    practice_store(context).create_account("webhook", "clinic", "Clinic")
    assert ">Webhook</a>" in owner_client.get("/admin/practice/bluesky").text
