"""/accounts: connecting, checking and removing destinations over real HTTP. Credentials never come out."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import State
from scheduler.platforms.registry import all_platforms
from scheduler.services.accounts.practice import practice_store
from scheduler.storage import accounts
from tests.support.api import Program, errors
from tests.support.live import LiveServer

PRACTICE = {"bluesky": {"service": "practice"}, "mastodon": {"instance": "practice"}}
"""Any field for an address takes the word, whatever the platform calls its own."""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def admin(live: LiveServer) -> Program:
    """A program that may do everything in a served house."""
    return Program(live.app, live.context, "admin")


def connect(admin: Program, network: str = "bluesky") -> dict[str, Any]:
    """Connect a practice account."""
    made = admin.post("/accounts", {"platform": network, "credentials": PRACTICE.get(network, {"service": "practice"})})
    assert made.status_code == 201, made.text
    assert made.json
    return dict(made.json)


def stored(live: LiveServer) -> list[Account]:
    with live.context.database.reading() as tx:
        return accounts.all_accounts(tx, disconnected=True)


@pytest.mark.parametrize("network", [each.name for each in all_platforms() if each.practice])
def test_a_practice_account_connects_by_the_word(live: LiveServer, admin: Program, network: str) -> None:
    made = connect(admin, network)
    assert (made["platform"], made["practice"], made["state"], made["waiting"]) == (network, True, "connected", 0)
    assert made["name"]
    read = admin.get(f"/accounts/{made['id']}")
    assert read.json == made
    assert (admin.get("/accounts").json or {})["items"] == [made]
    if network in PRACTICE:
        assert made["limits"]
        assert live.url in made["profile_url"] or made["profile_url"] == ""


def test_the_word_may_stand_in_any_address(admin: Program) -> None:
    made = admin.post("/accounts", {"platform": "mastodon", "credentials": {"service": "practice"}})
    assert (made.status_code, (made.json or {})["practice"]) == (201, True)


def test_a_practice_account_may_have_a_name_of_ones_choice(admin: Program) -> None:
    made = admin.post(
        "/accounts", {"platform": "bluesky", "credentials": {"service": "practice", "identifier": "clinic"}}
    )
    assert made.json
    assert made.json["handle"].startswith("@clinic.")


def test_a_real_server_connects_with_its_fields(live: LiveServer, admin: Program) -> None:
    login = practice_store(live.context).create_account("bluesky", "clinic", "The clinic")
    service = f"{live.url}{login.service_url_path}"
    credentials = {"service": service, "identifier": login.identifier, "password": login.password}
    made = admin.post("/accounts", {"platform": "bluesky", "credentials": credentials})
    assert made.json
    assert (made.status_code, made.json["name"]) == (201, "The clinic")
    assert login.password not in made.text + admin.get("/accounts").text
    again = admin.post("/accounts", {"platform": "bluesky", "credentials": credentials})
    assert (again.json or {})["id"] == made.json["id"]
    wrong = admin.post(
        "/accounts", {"platform": "bluesky", "credentials": credentials | {"password": "hunter2hunter2"}}
    )
    assert "password" in errors(wrong)[""].lower()
    assert "hunter2" not in wrong.text


def test_a_webhook_needs_a_secret_of_the_callers_own(live: LiveServer, admin: Program) -> None:
    url = f"{live.url}/practice/webhook/x"
    assert list(errors(admin.post("/accounts", {"platform": "webhook", "credentials": {"url": url}}))) == [
        "credentials.secret"
    ]
    assert stored(live) == []


def test_every_field_at_fault_is_named(live: LiveServer, admin: Program) -> None:
    found = errors(admin.post("/accounts", {"platform": "friendster", "credentials": {"a": 1}, "color": "red"}))
    assert sorted(found) == ["color", "credentials.a", "platform"]
    assert all(name in found["platform"] for name in ("bluesky", "mastodon", "youtube"))
    found = errors(admin.post("/accounts", {"platform": "bluesky", "credentials": {"identifier": "x", "token": "y"}}))
    assert {"credentials.token", "credentials.password"} <= set(found)
    assert sorted(errors(admin.post("/accounts", {}))) == ["credentials", "platform"]
    assert stored(live) == []


def test_checking_asks_the_platform(live: LiveServer, admin: Program) -> None:
    made = connect(admin)
    checked = admin.post(f"/accounts/{made['id']}/check")
    assert checked.json
    assert (checked.json["trouble"], checked.json["state"]) == ("", "connected")
    with live.context.database.writing() as tx:
        accounts.set_credentials(tx, made["id"], "", 0)
    broken = admin.post(f"/accounts/{made['id']}/check").json
    assert broken
    assert (broken["state"], "Connect the account again" in broken["trouble"]) == ("broken", True)
    assert admin.post("/accounts/99/check").status_code == 404


def test_removing_cancels_what_was_shown_to_wait(live: LiveServer, admin: Program) -> None:
    made = connect(admin)
    path, tag = f"/accounts/{made['id']}", admin.get(f"/accounts/{made['id']}").headers["ETag"]
    teaser = {"text": "Hello", "accounts": [made["id"]], "when": {"queue": "next"}}
    delivery = (admin.post("/teasers", teaser).json or {})["deliveries"][0]
    assert admin.delete(path, tag=None).status_code == 428
    assert admin.delete(path, tag).status_code == 412, "one delivery waits by now"
    shown = admin.get(path)
    assert (shown.json or {})["waiting"] == 1
    assert admin.delete(path, shown.headers["ETag"]).status_code == 204
    assert (admin.get(f"/deliveries/{delivery['id']}").json or {})["state"] == State.CANCELLED
    assert (admin.get(path).json or {})["state"] == AccountState.DISCONNECTED
    assert admin.get("/accounts").json == {"items": [], "next": None}


def test_removing_an_account_without_a_history(live: LiveServer, admin: Program) -> None:
    made = connect(admin)
    assert admin.delete(f"/accounts/{made['id']}").status_code == 204
    assert admin.get(f"/accounts/{made['id']}").status_code == 404
    assert stored(live) == []


def test_listing_pages_by_name(admin: Program) -> None:
    made = [connect(admin)["id"] for _ in range(3)]
    first = admin.get("/accounts?limit=2").json
    assert first
    second = admin.get(first["next"]).json
    assert second
    assert [each["id"] for each in first["items"] + second["items"]] == made
    assert second["next"] is None


def test_a_repeated_connect_makes_one_account(live: LiveServer, admin: Program) -> None:
    body = {"platform": "mastodon", "credentials": PRACTICE["mastodon"]}
    first, again = (admin.post("/accounts", body, key="one") for _ in range(2))
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert len(stored(live)) == 1


def test_nothing_secret_is_kept_with_the_answer(live: LiveServer, admin: Program) -> None:
    login = practice_store(live.context).create_account("mastodon", "clinic", "The clinic")
    credentials = {"instance": f"{live.url}{login.service_url_path}", "access_token": login.access_token}
    assert admin.post("/accounts", {"platform": "mastodon", "credentials": credentials}, key="k").status_code == 201
    file = live.context.settings.data / "drumbeat.db"
    everything = b"".join(path.read_bytes() for path in file.parent.glob("drumbeat.db*"))
    assert login.access_token.encode() not in everything
