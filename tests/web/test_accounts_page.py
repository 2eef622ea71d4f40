"""The page of an account: check it, pause it, give it times of its own, give it up."""

from __future__ import annotations

import re

import pytest

from scheduler.domain.account import Account, AccountState
from scheduler.domain.delivery import State
from scheduler.domain.outcome import Misconfigured, Unauthorized
from scheduler.domain.problem import Conflict
from scheduler.platforms.base import Refused
from scheduler.services.accounts import health, pausing
from scheduler.services.accounts.connect import connect
from scheduler.services.accounts.practice import practice_store
from scheduler.services.accounts.sessions import open_session
from scheduler.services.accounts.vault import Vault, new_key
from scheduler.storage import accounts, deliveries
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.house import Visitor
from tests.support.live import LiveServer

DAY_HOURS = 24


@pytest.fixture
def account(live: LiveServer) -> Account:
    """A practice account on Bluesky."""
    return connect(live.context, "bluesky", {"service": "practice"})


@pytest.fixture
def toots(live: LiveServer) -> Account:
    """A practice account on Mastodon."""
    return connect(live.context, "mastodon", {"instance": "practice"})


def revoke(live: LiveServer, account: Account) -> None:
    """Make the platform refuse the account's token for good."""
    token = open_session(live.context, account).credentials["access_token"]
    practice_store(live.context).accounts.revoke_token(token)


def state_of(live: LiveServer, delivery_id: int) -> State:
    with live.context.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found.state


def test_check_updates_what_the_platform_says(live: LiveServer, live_client: Visitor, account: Account) -> None:
    with live.context.database.writing() as tx:
        accounts.update_limits(tx, account.id, {"blob_bytes": 1}, 0)
    answer = live_client.post(f"/admin/accounts/{account.id}/check", follow_redirects=True)
    assert "works." in answer.text
    checked = health.account(live.context, account.id)
    assert checked.limits["blob_bytes"] > 1
    assert checked.checked_at == live.context.clock.now_ms()


def test_a_refused_sign_in_breaks_the_account_with_a_sentence(
    live: LiveServer, live_client: Visitor, toots: Account
) -> None:
    revoke(live, toots)
    answer = live_client.post(f"/admin/accounts/{toots.id}/check", follow_redirects=True)
    broken = health.account(live.context, toots.id)
    assert broken.state is AccountState.BROKEN
    assert broken.problem
    assert broken.problem in answer.text.replace("&#39;", "'")
    assert "Connect again" not in answer.text
    assert "Needs you" in live_client.get("/admin/accounts/").text
    assert "1</strong> account needs you" in live_client.get("/admin/").text


def test_a_broken_account_leads_to_its_form(live: LiveServer, live_client: Visitor, account: Account) -> None:
    with live.context.database.writing() as tx:
        tx.exec_driver_sql("UPDATE accounts SET practice = 0, state = 'broken', problem = 'Refused.'")
    page = live_client.get(f"/admin/accounts/{account.id}").text
    assert f'button-primary" href="/admin/accounts/connect/bluesky?account={account.id}"' in page


def test_a_dead_access_token_is_refreshed_once(live: LiveServer, account: Account) -> None:
    session = open_session(live.context, account)
    session.remember({**session.credentials, "access_jwt": "dead"})
    checked = health.check(live.context, account.id)
    assert (checked.trouble, checked.account.state) == ("", AccountState.CONNECTED)
    assert open_session(live.context, account).credentials["access_jwt"] != "dead"


def test_changed_credentials_are_durable_at_once(live: LiveServer, account: Account) -> None:
    session = open_session(live.context, account)
    session.remember({**session.credentials, "refresh_jwt": "rotated"})
    assert open_session(live.context, account).credentials["refresh_jwt"] == "rotated"


def test_a_working_sign_in_mends_a_broken_account_and_lets_its_queue_go(live: LiveServer, toots: Account) -> None:
    held, other = schedule(live.context, toots, state=State.HELD), schedule(live.context, toots, state=State.HELD)
    with live.context.database.writing() as tx:
        accounts.set_state(tx, toots.id, "broken", "Refused.", 0)
        for delivery_id, reason in ((held, "account"), (other, "gate")):
            deliveries.set_state(tx, delivery_id, State.CANCELLED, expect={State.HELD}, now=0)
            tx.exec_driver_sql(f"UPDATE deliveries SET state='held', reason='{reason}' WHERE id={delivery_id}")
    assert health.check(live.context, toots.id).account.state is AccountState.CONNECTED
    assert (state_of(live, held), state_of(live, other)) == (State.SCHEDULED, State.HELD)


def test_limits_are_asked_for_again_after_a_day(live: LiveServer, clock: StillClock, account: Account) -> None:
    clock.move(hours=DAY_HOURS - 1)
    health.refresh_old_limits(live.context)
    assert health.account(live.context, account.id).checked_at == account.checked_at
    clock.move(hours=2)
    health.refresh_old_limits(live.context)
    assert health.account(live.context, account.id).checked_at == clock.now


def test_an_unreachable_platform_changes_nothing(live: LiveServer, account: Account) -> None:
    with live.context.database.writing() as tx:
        sealed = live.context.vault.seal(
            {**open_session(live.context, account).credentials, "pds": "https://x.invalid"}
        )
        accounts.set_credentials(tx, account.id, sealed, 0)
    checked = health.check(live.context, account.id)
    assert checked.trouble
    assert checked.account.state is AccountState.CONNECTED


def test_sessions_without_readable_credentials_are_refused(live: LiveServer, account: Account) -> None:
    with live.context.database.writing() as tx:
        accounts.set_credentials(tx, account.id, Vault([new_key()]).seal({"password": "x"}), 0)
    with pytest.raises(Refused) as caught:
        open_session(live.context, account)
    assert isinstance(caught.value.outcome, Misconfigured)
    with live.context.database.writing() as tx:
        accounts.set_credentials(tx, account.id, "", 0)
    with pytest.raises(Refused) as caught:
        open_session(live.context, account)
    assert isinstance(caught.value.outcome, Unauthorized)


def test_pause_and_resume(live: LiveServer, live_client: Visitor, account: Account) -> None:
    page = live_client.post(f"/admin/accounts/{account.id}/pause", follow_redirects=True).text
    assert "Resume" in page
    assert health.account(live.context, account.id).state is AccountState.PAUSED
    assert live_client.post(f"/admin/accounts/{account.id}/pause").status_code == 409
    assert health.check(live.context, account.id).account.state is AccountState.PAUSED
    live_client.post(f"/admin/accounts/{account.id}/resume")
    assert health.account(live.context, account.id).state is AccountState.CONNECTED


def test_an_unused_account_is_removed(live: LiveServer, live_client: Visitor, account: Account) -> None:
    live_client.post(f"/admin/accounts/{account.id}/disconnect", data={"waiting": "0"})
    assert live_client.get(f"/admin/accounts/{account.id}").status_code == 404
    assert live_client.get(f"/admin/accounts/{account.id}/picture").status_code == 404
    assert not live.context.blobs.exists(f"avatars/{account.id}.webp")


def test_disconnecting_says_what_is_queued_and_cancels_it(
    live: LiveServer, live_client: Visitor, account: Account
) -> None:
    waiting, held = schedule(live.context, account), schedule(live.context, account, state=State.HELD)
    past = schedule(live.context, account, state=State.PUBLISHED)
    for path in (f"/admin/accounts/{account.id}", f"/admin/accounts/{account.id}/disconnect"):
        page = live_client.get(path).text
        assert "2 posts wait in its queue." in page
        assert "Disconnect and cancel 2 posts" in page
        assert "Sign out and keep the queue waiting" in page
        assert re.search(r'name="waiting" value="2"', page)
    assert live_client.post(f"/admin/accounts/{account.id}/disconnect", data={"waiting": "1"}).status_code == 409
    assert state_of(live, waiting) is State.SCHEDULED
    live_client.post(f"/admin/accounts/{account.id}/disconnect", data={"waiting": "2"})
    assert [state_of(live, one) for one in (waiting, held, past)] == [
        State.CANCELLED,
        State.CANCELLED,
        State.PUBLISHED,
    ]
    gone = health.account(live.context, account.id)
    assert gone.state is AccountState.DISCONNECTED
    with live.context.database.reading() as tx:
        assert accounts.credentials(tx, account.id) == ""
        assert accounts.all_accounts(tx) == []
    assert "No account yet" in live_client.get("/admin/accounts/").text
    assert "Disconnected" in live_client.get(f"/admin/accounts/{account.id}").text
    assert live_client.post(f"/admin/accounts/{account.id}/pause").status_code == 409


def test_nothing_is_disconnected_while_a_post_is_under_way(live: LiveServer, account: Account) -> None:
    schedule(live.context, account, state=State.UNKNOWN)
    with pytest.raises(Conflict, match="being sent or looked up"):
        pausing.disconnect(live.context, account.id, 0)


def test_a_disconnected_account_comes_back_with_its_history(live: LiveServer) -> None:
    store = practice_store(live.context)
    login = store.create_account("bluesky", "clinic", "The clinic")
    form = {"service": f"{live.url}{login.service_url_path}", "identifier": "clinic", "password": login.password}
    form["identifier"] = login.identifier
    first = connect(live.context, "bluesky", form)
    schedule(live.context, first, state=State.PUBLISHED)
    pausing.disconnect(live.context, first.id, 0)
    again = connect(live.context, "bluesky", form)
    assert (again.id, again.state) == (first.id, AccountState.CONNECTED)


def rules_form(page: str, **changes: str) -> dict[str, str]:
    found = re.search(r'name="seen"[^>]* value="(\w+)"', page)
    assert found
    return {
        "seen": found[1],
        "slots": "Sat 10:00",
        "minimum_gap_minutes": "30",
        "late_tolerance_minutes": "60",
    } | changes


def test_an_account_gets_times_of_its_own_and_loses_them(
    live: LiveServer, live_client: Visitor, account: Account
) -> None:
    path = f"/admin/accounts/{account.id}"
    before = (live.context.settings.config / "calendar.toml").read_text()
    saved = live_client.post(f"{path}/rules", data=rules_form(live_client.get(path).text, own="y"))
    assert saved.status_code == 302
    rules = live.context.settings.calendar.rules_for(account.key)
    assert ([str(slot) for slot in rules.slots], rules.minimum_gap, rules.late_tolerance) == (
        ["Sat 10:00"],
        30 * 60_000,
        60 * 60_000,
    )
    page = live_client.get(path).text
    assert "Sat 28 November 2026, 10:00 EST" in page
    live_client.post(f"{path}/rules", data=rules_form(page))
    assert len(live.context.settings.calendar.rules_for(account.key).slots) == 5
    assert (live.context.settings.config / "calendar.toml").read_text().startswith(before)


def test_changing_the_shown_times_means_own_times(live: LiveServer, live_client: Visitor, account: Account) -> None:
    path = f"/admin/accounts/{account.id}"
    live_client.post(f"{path}/rules", data=rules_form(live_client.get(path).text))
    assert account.key in live.context.settings.calendar.accounts


def test_wrong_times_are_told_beside_their_field(live: LiveServer, live_client: Visitor, account: Account) -> None:
    path = f"/admin/accounts/{account.id}"
    wrong = rules_form(live_client.get(path).text, own="y", slots="Mon 25:00\nTue 9:00", minimum_gap_minutes="soon")
    answer = live_client.post(f"{path}/rules", data=wrong)
    assert answer.status_code == 422
    key = f"calendar.toml, accounts.{account.key}"
    assert f"{key}.slots: " in answer.text
    assert f"{key}.minimum_gap_minutes: must be a whole number" in answer.text.replace("&#39;", "'")
    assert 'id="slots-error"' in answer.text
    assert "Mon 25:00" in answer.text
    assert live.context.settings.calendar.accounts == {}


def test_a_stale_rules_form_keeps_what_was_typed(live: LiveServer, live_client: Visitor, account: Account) -> None:
    path = f"/admin/accounts/{account.id}"
    form = rules_form(live_client.get(path).text, own="y")
    file = live.context.settings.config / "calendar.toml"
    file.write_text(file.read_text() + "\n# changed by hand\n")
    stale = live_client.post(f"{path}/rules", data=form)
    assert stale.status_code == 409
    assert "was changed in the meantime" in stale.text
    assert "Sat 10:00" in stale.text
    again = live_client.post(f"{path}/rules", data=rules_form(stale.text, own="y"))
    assert again.status_code == 302
    assert "# changed by hand" in file.read_text()


def test_unknown_accounts_are_not_found(live_client: Visitor) -> None:
    for path in ("", "/picture", "/disconnect"):
        assert live_client.get(f"/admin/accounts/99{path}").status_code == 404
    for path in ("/check", "/pause", "/resume", "/rules", "/disconnect"):
        assert live_client.post(f"/admin/accounts/99{path}", data={"waiting": "0"}).status_code == 404


def test_hostile_names_are_only_text(live: LiveServer, live_client: Visitor, account: Account) -> None:
    nasty = "<script>alert(1)</script>\"'>"
    with live.context.database.writing() as tx:
        tx.exec_driver_sql("UPDATE accounts SET name = ?, handle = ?", (nasty, nasty))
    for path in ("/admin/accounts/", f"/admin/accounts/{account.id}", f"/admin/accounts/{account.id}/disconnect"):
        assert "<script>alert" not in live_client.get(path).text


def test_signing_out_keeps_the_queue(live: LiveServer, live_client: Visitor, account: Account) -> None:
    waiting = schedule(live.context, account)
    answer = live_client.post(f"/admin/accounts/{account.id}/disconnect", data={"queue": "keep"})
    page = live_client.get(answer.headers["Location"]).text
    assert "Signed out by Alex Owner. Its queue is kept" in page
    assert state_of(live, waiting) is State.SCHEDULED
    with live.context.database.reading() as tx:
        assert accounts.credentials(tx, account.id) == ""
    assert "1 post queued" in page
