"""/teasers and /deliveries: scheduling, changing, deciding, and a request that is repeated."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.services.context import Context
from scheduler.storage import deliveries, idempotency, listings
from scheduler.web.api.idempotency import LIFETIME_MS, PATIENCE_MS
from tests.support.api import Program, errors
from tests.support.clock import StillClock
from tests.support.house import the_app
from tests.support.newsroom import DRAFT, NEEDLING, add_account, write_articles


@pytest.fixture
def program(app: Flask, context: Context) -> Program:
    """A program that may read and write, in a house with articles."""
    write_articles(context)
    return Program(app, context, "read", "write")


@pytest.fixture
def sky(context: Context) -> Account:
    """An account on Bluesky."""
    return add_account(context, "bluesky", "Clinic")


@pytest.fixture
def toot(context: Context) -> Account:
    """An account on Mastodon."""
    return add_account(context, "mastodon", "Clinic")


def teaser(*chosen: Account, **changes: Any) -> dict[str, Any]:
    """Return a teaser about the published article for the queues of some accounts."""
    body = {"text": "Read this.", "article": "needling", "accounts": [a.id for a in chosen], "when": {"queue": "next"}}
    return {name: value for name, value in (body | changes).items() if value is not ...}


def made(program: Program, *chosen: Account, **changes: Any) -> dict[str, Any]:
    """Create a teaser and return the answer's body."""
    answer = program.post("/teasers", teaser(*chosen, **changes))
    assert answer.status_code == 201, answer.text
    assert answer.json
    return dict(answer.json)


def into(context: Context, delivery_id: int, *path: State) -> None:
    """Take a delivery along some states."""
    with context.database.writing() as tx:
        for state in path:
            before = deliveries.get(tx, delivery_id)
            assert before
            assert deliveries.set_state(tx, delivery_id, state, expect={before.state}, now=0)


# Creating ------------------------------------------------------------------------------------------------------------


def test_a_wall_time_makes_a_delivery_for_each_account(program: Program, sky: Account, toot: Account) -> None:
    when = {"at": "2026-12-24T09:00", "zone": "Europe/Berlin"}
    variants = {str(toot.id): {"text": "For Mastodon"}}
    answer = program.post("/teasers", teaser(sky, toot, when=when, variants=variants))
    assert answer.status_code == 201
    assert answer.json
    read = program.get(answer.headers["Location"])
    assert answer.json == {**(read.json or {}), "moved": []}
    assert answer.headers["ETag"] == read.headers["ETag"]
    assert (answer.json["article"], answer.json["when"], answer.json["scheduled"]) == (NEEDLING, when, True)
    assert answer.json["variants"] == {
        str(toot.id): {"text": "For Mastodon", "assets": None, "options": {}, "replies": None}
    }
    shown = [(d["account"], d["state"], d["due_at"], d["at"], d["zone"]) for d in answer.json["deliveries"]]
    assert shown == [
        (account.id, "scheduled", "2026-12-24T08:00:00.000Z", "2026-12-24T09:00", "Europe/Berlin")
        for account in (sky, toot)
    ]
    texts = [(program.get(f"/deliveries/{d['id']}").json or {})["content"]["text"] for d in answer.json["deliveries"]]
    assert texts == ["Read this.", "For Mastodon"]


def test_the_queue_and_now(program: Program, sky: Account) -> None:
    first = made(program, sky)["deliveries"][0]
    assert (first["due_at"], first["queued"]) == ("2026-11-23T14:00:00.000Z", True)
    now = made(program, sky, when={"now": True})["deliveries"][0]
    assert (now["due_at"], now["at"], now["zone"]) == (
        "2026-11-23T13:00:00.000Z",
        "2026-11-23T08:00",
        "America/New_York",
    )
    top = made(program, sky, when={"queue": "top"})
    assert [move["delivery"] for move in top["moved"]] == [first["id"]]
    moved = program.get(f"/deliveries/{first['id']}").json
    assert moved
    assert moved["due_at"] == top["moved"][0]["due_at"] > first["due_at"]


def test_without_a_time_it_is_a_draft(program: Program, sky: Account) -> None:
    draft = made(program, sky, when=..., text="Half")
    assert (draft["scheduled"], draft["deliveries"], draft["when"]) == (False, [], None)
    path = f"/teasers/{draft['id']}"
    assert program.patch(path, {"text": "Whole"}, tag=None).status_code == 428
    changed = program.patch(path, {"text": "Whole"}, program.get(path).headers["ETag"])
    assert (changed.json or {})["scheduled"] is False
    assert program.patch(path, {"text": "Theirs"}, program.get("/teasers").headers["ETag"]).status_code == 412
    scheduled = program.patch(path, {"when": {"queue": "next"}}, changed.headers["ETag"]).json
    assert scheduled
    assert (scheduled["text"], scheduled["scheduled"], len(scheduled["deliveries"])) == ("Whole", True, 1)


def test_everything_wrong_is_said_at_once(program: Program, sky: Account, toot: Account) -> None:
    body = teaser(sky, toot, text="y" * 600, article=DRAFT, assets=["gone"], when={"at": "2020-01-01T09:00"})
    found = errors(program.post("/teasers", body))
    assert set(found) == {"article", "assets", "when.at", f"accounts.{sky.id}.text", f"accounts.{toot.id}.text"}
    assert found[f"accounts.{sky.id}.text"].startswith("Clinic (Bluesky): The text is too long")
    body = teaser(
        sky, text="y" * 600, article="nothing", when={"at": 5, "day": 1}, color="red", variants={"9": {}, "x": {}}
    )
    found = errors(program.post("/teasers", body))
    assert set(found) == {"article", "when.at", "when.day", "color", "variants.x", f"accounts.{sky.id}.text"}
    assert program.get("/teasers").json == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"text": ...}, {"text"}),
        ({"text": None}, {"text"}),
        ({"text": "x" * 20_001}, {"text"}),
        ({"accounts": [99]}, {"accounts"}),
        ({"accounts": []}, {"accounts"}),
        ({"accounts": [True, "x", -1, 1.5, 10**30]}, {f"accounts.{n}" for n in range(5)}),
        ({"variants": {"99": {"text": "x"}}}, {"variants.99"}),
        ({"variants": {"99": {"text": "x"}}, "when": None}, {"variants.99"}),
        ({"variants": []}, {"variants"}),
        ({"when": {}}, {"when"}),
        ({"when": {"now": False}}, {"when"}),
        ({"when": {"now": True, "queue": "next"}}, {"when"}),
        ({"when": {"queue": "soon"}}, {"when.queue"}),
        ({"when": {"at": "2026-12-24"}}, {"when.at"}),
        ({"when": {"at": "9999-12-31T23:59"}}, {"when.at"}),
        ({"when": {"at": "0001-01-01T00:00", "zone": "Asia/Tokyo"}}, {"when.at"}),
        ({"when": {"at": "2026-12-24T09:00", "zone": "../../etc"}}, {"when.zone"}),
        ({"when": "now"}, {"when"}),
        ({"article": None, "link": "javascript:alert(1)"}, {"link"}),
        ({"article": None, "link": "http://[::1"}, {"link"}),
        ({"assets": ["a"] * 51}, {"assets"}),
    ],
    ids=lambda value: "" if isinstance(value, set) else str(value),
)
def test_what_is_refused(program: Program, sky: Account, changes: dict[str, Any], fields: set[str]) -> None:
    assert set(errors(program.post("/teasers", teaser(sky, **changes)))) == fields
    assert program.get("/deliveries").json == {"items": [], "next": None}


# Changing ------------------------------------------------------------------------------------------------------------


def test_what_waits_gets_the_new_words(program: Program, context: Context, sky: Account, toot: Account) -> None:
    teaser_id = made(program, sky, toot)["id"]
    path = f"/teasers/{teaser_id}"
    tag = program.get(path).headers["ETag"]
    changed = program.patch(path, {"text": "New words"}, tag).json
    assert changed
    texts = [(program.get(f"/deliveries/{d['id']}").json or {})["content"]["text"] for d in changed["deliveries"]]
    assert texts == ["New words"] * 2
    assert program.patch(path, {"text": "Theirs"}, tag).status_code == 412
    found = errors(program.patch(path, {"when": {"now": True}, "text": "z" * 600}))
    assert set(found) == {"when", f"accounts.{sky.id}.text", f"accounts.{toot.id}.text"}
    assert list(errors(program.patch(path, {"accounts": [sky.id]}))) == ["accounts"]
    for delivery in changed["deliveries"]:
        into(context, delivery["id"], State.CANCELLED)
    assert program.patch(path, {"text": "Too late"}).status_code == 409


def test_a_delivery_that_moves_on_makes_the_teasers_tag_stale(program: Program, context: Context, sky: Account) -> None:
    created = made(program, sky)
    tag = program.get(f"/teasers/{created['id']}").headers["ETag"]
    into(context, created["deliveries"][0]["id"], State.HELD)
    assert program.patch(f"/teasers/{created['id']}", {"text": "New"}, tag).status_code == 412


def test_only_drafts_are_deleted(program: Program, sky: Account) -> None:
    draft, scheduled = made(program, sky, when=...), made(program, sky)
    assert program.delete(f"/teasers/{draft['id']}", tag=None).status_code == 428
    assert program.delete(f"/teasers/{draft['id']}").status_code == 204
    assert program.get(f"/teasers/{draft['id']}").status_code == 404
    refused = program.delete(f"/teasers/{scheduled['id']}")
    assert (refused.status_code, "Cancel its deliveries" in refused.text) == (409, True)


def test_teasers_come_in_pages(program: Program, sky: Account) -> None:
    ids = [made(program, sky, when=...)["id"] for _ in range(5)]
    seen, path = [], "/teasers?limit=2"
    while path:
        page = program.get(path).json
        assert page
        seen += [each["id"] for each in page["items"]]
        path = page["next"]
    assert seen == ids[::-1]


# Deliveries ----------------------------------------------------------------------------------------------------------


def test_deliveries_by_state_account_and_time(program: Program, context: Context, sky: Account, toot: Account) -> None:
    when = {"at": "2026-12-24T09:00", "zone": "UTC"}
    early, late = made(program, sky, toot)["deliveries"], made(program, sky, toot, when=when)["deliveries"]
    into(context, early[0]["id"], State.CANCELLED)

    def ids(query: str) -> list[int]:
        found = program.get(f"/deliveries?{query}").json
        assert found
        return [each["id"] for each in found["items"]]

    everything = [d["id"] for d in early + late]
    assert ids("") == everything
    assert ids("state=cancelled") == everything[:1]
    assert ids(f"account={toot.id}") == [everything[1], everything[3]]
    assert ids("since=2026-12-24T09:00:00Z") == everything[2:]
    assert ids("until=2026-12-24T10:00:00%2B01:00") == everything[:2]
    assert ids(f"state=scheduled&account={sky.id}&since=2026-12-01T00:00:00Z") == [everything[2]]
    seen, path = [], "/deliveries?limit=1&state=scheduled"
    while path:
        page = program.get(path).json
        assert page
        seen += [each["id"] for each in page["items"]]
        path = page["next"]
    assert seen == everything[1:]


def test_cancelling(program: Program, sky: Account) -> None:
    delivery = made(program, sky)["deliveries"][0]
    path = f"/deliveries/{delivery['id']}"
    tag = program.get(path).headers["ETag"]
    assert program.post(f"{path}/cancellation", headers={"If-Match": '"other"'}).status_code == 412
    cancelled = program.post(f"{path}/cancellation", headers={"If-Match": tag})
    assert (cancelled.status_code, (cancelled.json or {})["state"]) == (200, "cancelled")
    assert cancelled.json == program.get(path).json
    again = program.post(f"{path}/cancellation")
    assert (again.status_code, "is cancelled" in (again.json or {})["detail"]) == (409, True)
    assert program.post("/deliveries/99/cancellation").status_code == 404


def test_sending_again(program: Program, context: Context, sky: Account) -> None:
    delivery = made(program, sky)["deliveries"][0]
    path = f"/deliveries/{delivery['id']}/retry"
    assert program.post(path).status_code == 409
    into(context, delivery["id"], State.SENDING, State.FAILED)
    again = program.post(path).json
    assert again
    assert (again["state"], again["not_before"]) == ("scheduled", "2026-11-23T13:00:00.000Z")


@pytest.mark.parametrize(
    ("outcome", "state"), [("published", "published"), ("send_again", "scheduled"), ("drop", "cancelled")]
)
def test_settling(program: Program, context: Context, sky: Account, outcome: str, state: str) -> None:
    delivery = made(program, sky)["deliveries"][0]
    path = f"/deliveries/{delivery['id']}/resolution"
    assert program.post(path, {"outcome": outcome}).status_code == 409
    into(context, delivery["id"], State.SENDING, State.NEEDS_HUMAN)
    assert set(errors(program.post(path, {"outcome": "perhaps", "why": 1}))) == {"outcome", "why"}
    assert list(errors(program.post(path, {"outcome": outcome, "url": "javascript:alert(1)"}))) == ["url"]
    settled = program.post(path, {"outcome": outcome, "url": "https://bsky.app/profile/x/post/1"}).json
    assert settled
    assert settled["state"] == state
    assert settled["url"] == ("https://bsky.app/profile/x/post/1" if outcome == "published" else None)


# The same request twice ----------------------------------------------------------------------------------------------


def count(context: Context) -> int:
    """Return how many deliveries there are."""
    with context.database.reading() as tx:
        return len(listings.search(tx))


def test_a_repeated_request_gets_the_first_answer(program: Program, context: Context, sky: Account) -> None:
    first = program.post("/teasers", teaser(sky), key="abc")
    again = program.post("/teasers", teaser(sky), key="abc")
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.data, again.content_type) == (201, first.data, first.content_type)
    for name in ("ETag", "Location"):
        assert again.headers[name] == first.headers[name]
    assert count(context) == 1
    assert program.post("/teasers", teaser(sky), key="def").status_code == 201
    assert program.post("/teasers", teaser(sky)).status_code == 201
    assert count(context) == 3, "another key, or none, is another request"


def test_another_request_with_the_same_key_is_refused(program: Program, context: Context, sky: Account) -> None:
    first = program.post("/teasers", teaser(sky), key="abc")
    other = program.post("/teasers", teaser(sky, text="Other"), key="abc")
    assert "another request" in errors(other)["Idempotency-Key"]
    delivery = (first.json or {})["deliveries"][0]["id"]
    assert "Idempotency-Key" in errors(program.post(f"/deliveries/{delivery}/cancellation", key="abc"))
    assert count(context) == 1


def test_keys_belong_to_their_token(app: Flask, context: Context, program: Program, sky: Account) -> None:
    other = Program(app, context, "write")
    assert program.post("/teasers", teaser(sky), key="abc").json != other.post("/teasers", teaser(sky), key="abc").json
    assert count(context) == 2


def test_the_answer_outlives_a_restart(program: Program, context: Context, sky: Account) -> None:
    first = program.post("/teasers", teaser(sky), key="abc")
    restarted = the_app(context).test_client()
    headers = {**program.headers, "Idempotency-Key": "abc"}
    again = restarted.post("/api/v1/teasers", json=teaser(sky), headers=headers)
    assert (again.status_code, again.data) == (201, first.data)
    assert count(context) == 1


def at_once(program: Program, path: str, body: dict[str, Any]) -> list[bytes]:
    """Send a request four times at the same moment with one key; return the successful answers."""
    answers, ready = [], threading.Barrier(4)

    def send() -> None:
        client = program.app.test_client()
        ready.wait(60)
        headers = {**program.headers, "Idempotency-Key": "abc"}
        answers.append(client.post(f"/api/v1{path}", json=body, headers=headers))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        assert answer.status_code == 201 or "still being answered" in answer.text, answer.text
    return [answer.data for answer in answers if answer.status_code == 201]


def test_many_at_the_same_moment_make_one_delivery(program: Program, context: Context, sky: Account) -> None:
    assert len(set(at_once(program, "/teasers", teaser(sky)))) == 1
    assert count(context) == 1


def test_many_at_the_same_moment_make_one_article(program: Program, context: Context) -> None:
    """Nothing but the key stands between these and four articles: the second would be called new-2."""
    before = len(context.articles.all())
    assert len(set(at_once(program, "/articles", {"title": "New"}))) == 1
    assert len(context.articles.all()) == before + 1


def test_a_key_whose_request_is_still_being_answered(
    program: Program, context: Context, clock: StillClock, sky: Account
) -> None:
    """The server died after it had made the teaser and before it had kept the answer."""
    first = program.post("/teasers", teaser(sky), key="abc")
    with context.database.writing() as tx:
        idempotency.keep(tx, "1:abc", 0, {}, "")
    waiting = program.post("/teasers", teaser(sky), key="abc")
    assert (waiting.status_code, "still being answered" in waiting.text) == (409, True)
    clock.move(seconds=PATIENCE_MS / 1000 + 1)
    again = program.post("/teasers", teaser(sky), key="abc")
    assert (again.status_code, (again.json or {})["id"]) == (201, (first.json or {})["id"])
    assert count(context) == 1


def test_a_refused_request_gives_its_key_back(program: Program, context: Context, sky: Account) -> None:
    assert errors(program.post("/teasers", teaser(sky, text="y" * 600), key="abc"))
    assert program.post("/teasers", teaser(sky), key="abc").status_code == 201
    assert count(context) == 1


def test_an_answer_is_kept_for_a_day(program: Program, context: Context, clock: StillClock, sky: Account) -> None:
    first = program.post("/teasers", teaser(sky, when=...), key="abc").json
    clock.move(seconds=LIFETIME_MS / 1000 - 1)
    assert program.post("/teasers", teaser(sky, when=...), key="abc").json == first
    clock.move(seconds=2)
    late = program.post("/teasers", teaser(sky, when=..., text="Other"), key="abc")
    assert late.status_code == 201
    assert (late.json or {})["id"] != (first or {})["id"]


@pytest.mark.parametrize("key", [" ", "a b", "x" * 256, "é"])
def test_keys_that_are_none(program: Program, key: str) -> None:
    answer = program.post("/teasers", {"text": "x"}, headers={"Idempotency-Key": key})
    assert list(errors(answer)) == ["Idempotency-Key"]
