"""Connecting accounts over real HTTP: practice networks by one click, servers by their form, and every refusal."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from scheduler.domain.account import Account, AccountState
from scheduler.domain.problem import Invalid, NotFound
from scheduler.practice.accounts import PracticeCredentials
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.accounts.sessions import open_session
from scheduler.storage import accounts
from scheduler.web.security import csrf
from tests.support.deliveries import schedule
from tests.support.house import Visitor
from tests.support.live import LiveServer, serve


def all_accounts(live: LiveServer) -> list[Account]:
    with live.context.database.reading() as tx:
        return accounts.all_accounts(tx, disconnected=True)


def bluesky_login(live: LiveServer, handle: str = "clinic") -> PracticeCredentials:
    """Return what opens an account that exists on our own Bluesky imitation."""
    return practice_store(live.context).create_account("bluesky", handle, "The clinic")


def bluesky_form(live: LiveServer, login: PracticeCredentials, **changes: str) -> dict[str, str]:
    service = f"{live.url}{login.service_url_path}"
    return {"service": service, "identifier": login.identifier, "password": login.password, **changes}


@pytest.mark.parametrize("network", ["bluesky", "mastodon"])
def test_one_click_connects_a_practice_account(live: LiveServer, live_client: Visitor, network: str) -> None:
    assert "Practice network: try everything without a real account" in live_client.get("/admin/accounts/connect").text
    answer = live_client.post(f"/admin/accounts/practice/{network}")
    (account,) = all_accounts(live)
    assert answer.location == f"/admin/accounts/{account.id}"
    assert (account.key, account.name) == (f"ferrystreet-{network}", "Ferry Street Physical Therapy")
    assert account.practice
    assert account.limits
    page = live_client.get(answer.location).text
    assert "is connected" in page
    assert f"{network.title()} practice network" in page
    assert "Ready" in page
    assert "Mon 23 November 2026, 09:00 EST" in page


def test_the_picture_is_ours(live: LiveServer, live_client: Visitor) -> None:
    live_client.post("/admin/accounts/practice/bluesky")
    (account,) = all_accounts(live)
    answer = live_client.get(f"/admin/accounts/{account.id}/picture")
    assert answer.content_type == "image/webp"
    with Image.open(io.BytesIO(answer.data)) as image:
        assert (image.format, image.size) == ("WEBP", (96, 96))
    assert f"/admin/accounts/{account.id}/picture" in live_client.get("/admin/accounts/").text


def test_every_practice_account_is_another_one(live: LiveServer, live_client: Visitor) -> None:
    for _ in range(3):
        live_client.post("/admin/accounts/practice/mastodon")
    assert [account.key for account in all_accounts(live)] == [
        "ferrystreet-mastodon",
        "ferrystreet2-mastodon",
        "ferrystreet3-mastodon",
    ]


def test_the_form_connects_an_account_of_a_server(live: LiveServer, live_client: Visitor) -> None:
    form = live_client.get("/admin/accounts/connect/bluesky").text
    assert re.findall(r'<input[^>]* name="(\w+)"[^>]* type="password"', form) == ["password"]
    login = bluesky_login(live)
    answer = live_client.post("/admin/accounts/connect/bluesky", data=bluesky_form(live, login))
    (account,) = all_accounts(live)
    assert answer.location == f"/admin/accounts/{account.id}"
    assert (account.key, account.name, account.handle) == ("clinic-bluesky", "The clinic", "@clinic.practice.test")
    assert account.state is AccountState.CONNECTED


def test_credentials_are_sealed_in_the_database(live: LiveServer, live_client: Visitor) -> None:
    login = bluesky_login(live)
    live_client.post("/admin/accounts/connect/bluesky", data=bluesky_form(live, login))
    (account,) = all_accounts(live)
    with live.context.database.reading() as tx:
        sealed = accounts.credentials(tx, account.id)
    assert sealed
    assert login.password not in sealed
    assert open_session(live.context, account).credentials["password"] == login.password
    for file in live.context.settings.data.rglob("drumbeat.db*"):
        assert login.password.encode() not in file.read_bytes()


def test_a_wrong_password_is_told_and_nothing_is_stored(live: LiveServer, live_client: Visitor) -> None:
    form = bluesky_form(live, bluesky_login(live), password="aaaa-bbbb-cccc-dddd")
    answer = live_client.post("/admin/accounts/connect/bluesky", data=form)
    assert answer.status_code == 422
    assert "notice-bad" in answer.text
    assert "clinic.practice.test" in answer.text
    assert "aaaa-bbbb-cccc-dddd" not in answer.text
    assert all_accounts(live) == []


def test_every_missing_field_is_told_at_once(live: LiveServer, live_client: Visitor) -> None:
    answer = live_client.post("/admin/accounts/connect/mastodon?way=form", data={})
    assert answer.status_code == 422
    assert 'id="instance-error"' in answer.text
    assert 'id="access_token-error"' in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "2130706433", "10.0.0.1"])
def test_private_addresses_are_not_spoken_to(live: LiveServer, host: str) -> None:
    with pytest.raises(Invalid):
        connect(live.context, "mastodon", {"instance": f"https://{host}", "access_token": "x"})
    assert all_accounts(live) == []


def test_unknown_platforms_and_fields_are_told(live: LiveServer, live_client: Visitor) -> None:
    assert live_client.get("/admin/accounts/connect/myspace").status_code == 404
    with pytest.raises(NotFound, match="These are known: bluesky"):
        connect(live.context, "myspace", {})
    with pytest.raises(Invalid, match="Bluesky has no field “token”"):
        connect(live.context, "bluesky", {"token": "x", "identifier": "x", "password": "y"})
    with pytest.raises(Invalid, match="no practice network for Webhook"):
        connect(live.context, "webhook", {"url": "practice"})


def test_a_practice_handle_may_be_chosen(live: LiveServer) -> None:
    account = connect(live.context, "mastodon", {"instance": "practice", "identifier": "@Drills"})
    assert account.handle == "@drills@practice"
    with pytest.raises(Invalid) as caught:
        connect(live.context, "mastodon", {"instance": "practice", "identifier": "drills"})
    assert caught.value.problems[0].field == "identifier"


def test_connecting_again_keeps_key_queue_and_history(live: LiveServer, live_client: Visitor) -> None:
    login = bluesky_login(live)
    first = connect(live.context, "bluesky", bluesky_form(live, login))
    delivery = schedule(live.context, first)
    with live.context.database.writing() as tx:
        accounts.rename(tx, first.id, "my-own-key", live.context.clock.now_ms())
        accounts.set_credentials(tx, first.id, "", live.context.clock.now_ms())
        accounts.set_state(tx, first.id, "broken", "The sign-in was refused.", live.context.clock.now_ms())
    again = connect(live.context, "bluesky", bluesky_form(live, login))
    assert (again.id, again.key, again.state, again.problem) == (first.id, "my-own-key", AccountState.CONNECTED, "")
    assert open_session(live.context, again).credentials["password"] == login.password
    assert f"/admin/deliveries/{delivery}" in live_client.get("/admin/").text


def test_a_made_signing_secret_is_shown_once(live: LiveServer, live_client: Visitor) -> None:
    def takes_all() -> tuple[str, int]:
        return "", 204

    live.app.add_url_rule("/practice/takes-all", view_func=csrf.exempt(takes_all), methods=["POST"])
    form = {"url": f"{live.url}/practice/takes-all", "secret": ""}
    made = live_client.post("/admin/accounts/connect/webhook", data=form)
    (account,) = all_accounts(live)
    secret = open_session(live.context, account).credentials["secret"]
    assert made.status_code == 200
    assert secret in made.text
    assert "shown only this once" in made.text
    assert secret not in live_client.get(f"/admin/accounts/{account.id}").text


def test_a_given_signing_secret_is_never_shown(live: LiveServer, live_client: Visitor) -> None:
    receiver = practice_store(live.context).create_account("webhook", "inbox", "Inbox")
    address = f"{live.url}{receiver.service_url_path}"
    given = live_client.post("/admin/accounts/connect/webhook", data={"url": address, "secret": receiver.secret})
    assert given.status_code == 302
    assert receiver.secret not in live_client.get(given.location).text
    wrong = "whsec_" + "A" * 43 + "="
    refused = live_client.post("/admin/accounts/connect/webhook", data={"url": address, "secret": wrong})
    assert refused.status_code == 422
    assert wrong not in refused.text


def test_practice_accounts_survive_another_port(live: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    account = connect(live.context, "mastodon", {"instance": "practice"})
    sealed_for = open_session(live.context, account)
    assert sealed_for.credentials["instance"] == f"{live.url}/practice/mastodon"
    with live.context.database.reading() as tx:
        sealed = accounts.credentials(tx, account.id)
    with serve(tmp_path_factory.mktemp("elsewhere")) as other, other.context.database.writing() as tx:
        assert other.url != live.url
        opened = live.context.vault.open(sealed)
        moved = accounts.add(tx, account, other.context.vault.seal(opened), 0)
    session = open_session(other.context, moved)
    assert session.credentials["instance"] == f"{other.url}/practice/mastodon"
    assert session.remote_id.endswith("@" + other.url.removeprefix("http://"))


def test_the_other_ways_to_connect_are_offered_and_not_the_present_one(live_client: Visitor) -> None:
    page = live_client.get("/admin/accounts/connect/slack?way=bot").text
    assert (">Webhook</a>" in page, ">Sign in</a>" in page, ">Bot token</a>" in page) == (True, True, False)
