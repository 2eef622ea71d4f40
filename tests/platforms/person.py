"""A person at the authorize page of a practice network: says yes or no, and comes back with what it put there."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import requests

from scheduler.platforms.base import Back, Connection
from tests.platforms.practising import Practising

BACK = Back("http://127.0.0.1:8000/admin/accounts/connect/back", "the-state")


def decides(url: str, account_id: int | str, decision: str = "allow") -> dict[str, str]:
    """Open the page, decide for an account (its number, or "new"), and return what the person comes back with."""
    assert requests.get(url, timeout=10).status_code == 200
    click = {"practice_decision": decision, "practice_account": str(account_id)}
    answer = requests.get(url, params=click, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(BACK.redirect_uri)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def signs_in(one: Practising, form: dict[str, str], decision: str = "allow") -> Connection:
    """Sign in by the way "oauth" for the practice account, and connect what it opened."""
    begun = one.platform.sign_in(one.session(), "oauth", form, BACK)
    answer = decides(begun.url, one.made.account_id, decision)
    assert answer["state"] == BACK.state
    kept = {**begun.kept, "redirect_uri": BACK.redirect_uri}
    (one.connection,) = one.platform.signed_in(one.session(), "oauth", answer, kept)
    one.remembered.clear()
    return one.connection
