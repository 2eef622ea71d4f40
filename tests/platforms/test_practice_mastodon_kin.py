"""The kin of Mastodon in practice: every deviation that a client must bear, and polls, replies and quotes."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from tests.support.practice_clients import MastodonClient, jpeg, mp4
from tests.support.practice_server import HeldClock, PracticeServer

KIN = ("gotosocial", "pleroma", "akkoma", "pixelfed", "takahe", "hollo", "friendica")
LOOKS = {
    "gotosocial": "[0-9A-Z]{26}",
    "pleroma": "[0-9A-Za-z]{18}",
    "hollo": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "takahe": "[0-9]+",
}


@pytest.fixture
def kin(practice_server: PracticeServer) -> Any:
    return lambda name, who="clinic": MastodonClient(practice_server, f"{name}_{who}")


def refused(answer: requests.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"])


@pytest.mark.parametrize("name", KIN)
def test_each_is_a_server_of_its_own(kin: Any, practice_server: PracticeServer, name: str) -> None:
    client = kin(name)
    assert client.base.endswith(f"/practice/mastodon/{name}/api")
    assert client.call("GET", "v1/accounts/verify_credentials").status_code == 200
    elsewhere = MastodonClient(practice_server, "clinic")
    elsewhere.token = client.token
    refused(elsewhere.publish("Hello"), 401)
    links = requests.get(client.base.removesuffix("/api") + "/.well-known/nodeinfo", timeout=10).json()["links"]
    assert requests.get(links[0]["href"], timeout=10).json()["software"]["name"] == name


@pytest.mark.parametrize("name", LOOKS)
def test_ids_have_the_look_of_the_server_and_work_in_every_call(kin: Any, name: str) -> None:
    client = kin(name)
    photo = client.media(jpeg(), description="A knee")
    first = client.publish("one", media_ids=[photo]).json()
    for shown in (first["id"], photo, first["account"]["id"]):
        assert re.fullmatch(LOOKS[name], shown), shown
    assert client.call("GET", f"v1/statuses/{first['id']}").json()["media_attachments"][0]["id"] == photo
    reply = client.publish("two", in_reply_to_id=first["id"]).json()
    assert reply["in_reply_to_id"] == first["id"]
    assert [one["id"] for one in client.statuses()] == [reply["id"], first["id"]]
    answer = requests.get(first["url"], allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"].startswith("/admin/practice/mastodon#post-")) == (302, True)
    assert client.call("DELETE", f"v1/statuses/{reply['id']}").status_code == 200


def test_gotosocial_forgets_keys_counts_links_in_full_and_backdates(kin: Any) -> None:
    client = kin("gotosocial")
    assert client.publish("same", key="k").json()["id"] != client.publish("same", key="k").json()["id"]
    limits = client.call("GET", "v2/instance").json()["configuration"]
    assert (limits["statuses"]["max_characters"], limits["statuses"]["max_media_attachments"]) == (5000, 6)
    assert "characters_reserved_per_url" not in limits["statuses"]
    refused(client.publish("x" * 4000 + " https://e.com/" + "y" * 1000), 422)
    old = client.publish("late", scheduled_at="2026-11-20T09:00:00Z").json()
    assert old["created_at"] == "2026-11-20T09:00:00.000Z"
    assert "no follower" in client.store.feed("mastodon")[0].warning
    assert client.upload(mp4()).status_code == 200
    assert client.publish("hi", visibility="mutuals_only").json()["visibility"] == "mutuals_only"


def test_pleroma_has_no_second_instance_document_and_names_its_limits_at_the_top(kin: Any) -> None:
    client = kin("pleroma")
    refused(client.call("GET", "v2/instance"), 404)
    document = client.call("GET", "v1/instance")
    assert (document.json()["max_toot_chars"], document.json()["description_limit"]) == (5000, 5000)
    assert "configuration" not in document.json()
    assert "X-RateLimit-Limit" not in document.headers


def test_akkoma_keeps_one_drawer_of_keys_for_everybody(kin: Any, practice_clock: HeldClock) -> None:
    client, other = kin("akkoma"), kin("akkoma", "else")
    first = client.publish("mine", key="k").json()["id"]
    assert other.publish("theirs", key="k").json()["id"] == first
    practice_clock.advance(6 * 3600)
    assert other.publish("theirs", key="k").json()["id"] != first


def test_pixelfed_wants_a_photo_and_burns_keys(kin: Any, practice_clock: HeldClock) -> None:
    client = kin("pixelfed")
    refused(client.publish("only words", key="k"), 403)
    photo = client.media(jpeg())
    assert refused(client.publish("words", key="k", media_ids=[photo]), 400) == "Duplicate idempotency key"
    assert client.publish("words", key="new", media_ids=[photo]).status_code == 200
    practice_clock.advance(3600)
    other = client.media(jpeg(colour="red"))
    refused(client.publish("words", visibility="direct", media_ids=[other]), 422)
    refused(client.publish("words", spoiler_text="x" * 141, media_ids=[other]), 422)
    assert client.publish("words", key="k", media_ids=[other]).status_code == 200
    refused(client.upload(jpeg(), description="x" * 1001), 422)
    refused(client.upload(mp4()), 422)


def test_a_poll_is_kept_and_its_rules_hold(practice_server: PracticeServer) -> None:
    client = MastodonClient(practice_server)
    good = {"options": ["Yes", "No"], "expires_in": 3600, "multiple": True}
    shown = client.publish("Knees?", poll=good).json()["poll"]
    assert ([one["title"] for one in shown["options"]], shown["multiple"]) == (["Yes", "No"], True)
    assert shown["expires_at"] == "2026-11-23T10:00:00.000Z"
    form = {"status": "x", "poll[options][]": ["a", "b"], "poll[expires_in]": "300"}
    assert client.call("POST", "v1/statuses", data=form).json()["poll"]["options"][1]["title"] == "b"
    for change in (
        {"options": ["a"]},
        {"options": list("abcde")},
        {"options": ["a", "a"]},
        {"options": ["a", "b" * 51]},
        {"expires_in": 299},
        {"expires_in": 2_629_747},
    ):
        refused(client.publish("x", poll=good | change), 422)
    refused(client.publish("x", poll=good, media_ids=[client.media(jpeg())]), 422)


def test_a_quotation_names_what_it_quotes_and_who_may_quote_it(practice_server: PracticeServer) -> None:
    client = MastodonClient(practice_server)
    first = client.publish("one", quote_approval_policy="nobody").json()
    assert first["quote_approval"]["automatic"] == []
    second = client.publish("two", quoted_status_id=first["id"]).json()
    assert second["quote"]["quoted_status_id"] == first["id"]
    refused(client.publish("two", quoted_status_id="1"), 404)
    refused(client.publish("two", quote_approval_policy="everybody"), 422)


def test_a_scheduled_status_is_kept_moved_and_published_under_another_id(
    practice_server: PracticeServer, practice_clock: HeldClock
) -> None:
    client = MastodonClient(practice_server)
    photo = client.media(jpeg(), description="A knee")
    kept = client.publish("later", key="k", media_ids=[photo], scheduled_at="2026-11-23T10:00:00Z").json()
    assert (kept["scheduled_at"], kept["params"]["text"]) == ("2026-11-23T10:00:00.000Z", "later")
    assert client.statuses() == []
    refused(client.publish("later", key="k", scheduled_at="2026-11-23T10:00:00Z"), 404)
    path = f"v1/scheduled_statuses/{kept['id']}"
    refused(client.call("PUT", path, json={"scheduled_at": "2026-11-23T09:04:00Z"}), 422)
    assert client.call("PUT", path, json={"scheduled_at": "2026-11-23T11:00:00Z"}).status_code == 200
    refused(MastodonClient(practice_server, "other").call("GET", path), 404)
    practice_clock.advance(3600)
    assert [one["id"] for one in client.call("GET", "v1/scheduled_statuses").json()] == [kept["id"]]
    practice_clock.advance(3600)
    [status] = client.statuses()
    assert status["id"] != kept["id"]
    assert status["media_attachments"][0]["description"] == "A knee"
    refused(client.call("GET", path), 404)
    gone = client.publish("never", scheduled_at="2026-11-24T10:00:00Z").json()["id"]
    assert client.call("DELETE", f"v1/scheduled_statuses/{gone}").status_code == 200
    for _ in range(25):
        assert client.publish("x", scheduled_at="2026-11-25T10:00:00Z").status_code == 200
    refused(client.publish("x", scheduled_at="2026-11-25T23:00:00Z"), 422)


def test_every_server_of_the_family_writes_down_what_it_was_asked(kin: Any) -> None:
    client = kin("pleroma")
    client.publish("Hello")
    logged = client.store.requests.newest("mastodon")[0]
    assert (logged.path, logged.status) == ("/practice/mastodon/pleroma/api/v1/statuses", 200)
