"""The public documents by which platforms know this installation."""

from __future__ import annotations

from tests.support.house import Visitor


def test_bluesky_finds_our_document(client: Visitor) -> None:
    answer = client.get("/oauth-client/bluesky.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found = answer.get_json()
    assert found["client_id"].endswith("/oauth-client/bluesky.json")
    assert found["redirect_uris"][0].endswith("/admin/accounts/connect/bluesky/back")


def test_others_have_none(client: Visitor) -> None:
    assert client.get("/oauth-client/webhook.json").status_code == 404
    assert client.get("/oauth-client/myspace.json").status_code == 404
