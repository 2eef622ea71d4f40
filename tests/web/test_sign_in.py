"""Signing in at a platform: whose sign-in it is, how often it is good, and that its secrets stay where they belong."""

from __future__ import annotations

import logging
import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from sqlalchemy import func, select, update

from scheduler.platforms.registry import platform
from scheduler.services.accounts.sessions import open_session
from scheduler.storage import accounts, users
from scheduler.storage.schema import sign_ins
from scheduler.storage.schema import users as users_table
from tests.support.clock import StillClock
from tests.support.house import Visitor
from tests.support.live import LiveServer
from tests.web.test_every_platform import SIGNED_IN, allowed, only_account

PROVEN = {"bluesky", "google_business", "mastodon", "x", "youtube"}
"""Platforms that offer PKCE to a web server; the sheets of the others say that they do not."""


def start_of(name: str, account_id: int = 0) -> str:
    way = next(way for way in platform(name).ways if way.redirects)
    again = f"&account={account_id}" if account_id else ""
    return f"/admin/accounts/connect/{name}?way={way.name}&practice=1{again}"


def another(live: LiveServer, role: str) -> Visitor:
    """Return somebody else who is logged in."""
    with live.context.database.writing() as tx:
        number = users.add(tx, email="sam@ferrystreet.example", name="Sam", role=role, password_hash="-", now=1)
        user = users.get(tx, number)
    assert user
    client = live.app.test_client()
    assert isinstance(client, Visitor)
    return client.log_in(user)


def stored_accounts(live: LiveServer) -> int:
    with live.context.database.reading() as tx:
        return len(accounts.all_accounts(tx, disconnected=True))


def kept_sign_ins(live: LiveServer) -> int:
    with live.context.database.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(sign_ins)).scalar_one())


def test_nobody_comes_back_with_the_state_of_another(live: LiveServer, live_client: Visitor) -> None:
    come_back = allowed(live, live_client, start_of("mastodon"))
    answer = another(live, "owner").get(come_back)
    assert answer.status_code == 404
    assert "begun by somebody else" in answer.text
    assert stored_accounts(live) == 0
    assert live_client.get(come_back).status_code == 404, "who shows a state to another has used it up"


def test_a_state_is_of_one_platform(live: LiveServer, live_client: Visitor) -> None:
    come_back = allowed(live, live_client, start_of("mastodon"))
    assert live_client.get(come_back.replace("/mastodon/", "/x/")).status_code == 404
    assert stored_accounts(live) == 0


@pytest.mark.parametrize("tampered", ["state=", "state=x", "", "state=a&state=b", "state=%00"])
def test_a_state_that_we_did_not_give_opens_nothing(live_client: Visitor, tampered: str) -> None:
    assert live_client.get(f"/admin/accounts/connect/mastodon/back?code=abc&{tampered}").status_code == 404


def test_a_sign_in_is_over_after_half_an_hour_and_leaves_nothing(
    live: LiveServer, live_client: Visitor, clock: StillClock
) -> None:
    come_back = allowed(live, live_client, start_of("mastodon"))
    clock.move(minutes=31)
    assert live_client.get(come_back).status_code == 404
    assert (stored_accounts(live), kept_sign_ins(live)) == (0, 0)
    live_client.post(start_of("mastodon"))
    clock.move(minutes=31)
    live_client.post(start_of("mastodon"))
    assert kept_sign_ins(live) == 1, "the next sign-in forgets those that are over"


def test_a_finished_sign_in_leaves_nothing(live: LiveServer, live_client: Visitor) -> None:
    live_client.get(allowed(live, live_client, start_of("mastodon")))
    assert (stored_accounts(live), kept_sign_ins(live)) == (1, 0)


def test_only_an_owner_begins_and_comes_back(live: LiveServer, live_client: Visitor) -> None:
    editor = another(live, "editor")
    assert editor.post(start_of("mastodon")).status_code == 403
    come_back = allowed(live, live_client, start_of("mastodon"))
    with live.context.database.writing() as tx:
        tx.execute(update(users_table).where(users_table.c.id == live.owner.id).values(role="editor"))
    answer = live_client.get(come_back)
    assert answer.status_code == 403
    assert "Only the owner may connect accounts" in answer.text
    assert stored_accounts(live) == 0


def test_the_way_out_says_what_is_needed_and_nothing_secret(live: LiveServer, live_client: Visitor) -> None:
    for name in SIGNED_IN:
        _judge_the_way_out(live, live_client, name)


def _judge_the_way_out(live: LiveServer, live_client: Visitor, name: str) -> None:
    page = live_client.post(start_of(name)).text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert found
    asked = dict(parse_qsl(urlsplit(unescape(found[1])).query))
    pushed = asked.get("request_uri", "").startswith("urn:ietf:params:oauth:request_uri:")
    assert pushed or asked["redirect_uri"] == f"{live.url}/admin/accounts/connect/{name}/back"
    assert pushed or len(asked["state"]) >= 43
    assert pushed or (asked.get("code_challenge_method") == "S256") == (name in PROVEN)
    assert "client_secret" not in asked
    assert "code_verifier" not in asked


def test_neither_code_nor_token_stands_in_a_log_or_on_a_page(
    live: LiveServer, live_client: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    for name in SIGNED_IN:
        _judge_the_way_back(live, live_client, name, caplog)


def _judge_the_way_back(live: LiveServer, live_client: Visitor, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    come_back = allowed(live, live_client, start_of(name))
    caplog.clear()  # what the browser of this test said to the practice network
    answer = live_client.get(come_back)
    pages = [answer.text]
    if "/choice/" in answer.headers["Location"]:
        pages.append(live_client.get(answer.headers["Location"]).text)
        number = re.findall(r'name="chosen" value="(\d+)"', pages[-1])[0]
        live_client.post(answer.headers["Location"], data={"chosen": number})
    assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    with live.context.database.reading() as tx:
        [account] = [each for each in accounts.all_accounts(tx) if each.platform == name]
    addresses = ("/admin/accounts/", f"/admin/accounts/{account.id}", "/admin/accounts/sign-ins")
    pages += [live_client.get(address).text for address in addresses]
    credentials = open_session(live.context, account).credentials
    secret = {value for key, value in credentials.items() if re.search("token$|secret|jwt|key|password", key)}
    secret |= {value for key, value in parse_qsl(urlsplit(come_back).query) if key in ("code", "state")}
    assert len(secret) >= 3
    for value in secret:
        assert value not in caplog.text
        assert not any(value in page for page in pages)


@pytest.mark.parametrize("name", ["mastodon", "x", "linkedin", "slack"])
def test_who_signs_in_as_somebody_else_is_told_whom(live: LiveServer, live_client: Visitor, name: str) -> None:
    live_client.post(f"/admin/accounts/practice/{name}")
    account = only_account(live.context)
    live_client.post(f"/admin/accounts/practice/{name}")  # somebody else, on whom the sign-in will fall
    come_back = _as_the_second(live, live_client, start_of(name, account.id))
    answer = live_client.get(come_back)
    page = live_client.post(answer.headers["Location"], data={"chosen": "0"})
    assert page.status_code == 422
    assert f"not to {account.name}" in unescape(page.text)
    assert stored_accounts(live) == 2


def _as_the_second(live: LiveServer, client: Visitor, start: str) -> str:
    """Begin a sign-in, allow it as the second practice account, and return the path on which the person comes back."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', client.post(start).text)
    assert found
    address = unescape(found[1])
    offered = re.findall(r'name="practice_account" value="([0-9]+)"', requests.get(address, timeout=20).text)
    chosen = sorted(offered, key=int)[1]
    asked = {**dict(parse_qsl(urlsplit(address).query)), "practice_decision": "allow", "practice_account": chosen}
    answer = requests.get(address.partition("?")[0], params=asked, allow_redirects=False, timeout=20)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"
