"""How the composer shows posts for Google Business Profile and YouTube before they go out."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from scheduler.services.context import Context
from tests.support.house import Visitor
from tests.support.newsroom import NEEDLING, add_account, write_articles


@pytest.fixture(autouse=True)
def _articles(context: Context) -> None:
    write_articles(context)


def checked(client: Visitor, account: int, **chosen: str) -> str:
    values = {"key": "form-1", "text": "Come <by>.", "article": NEEDLING, "when": "next", "zone": "America/New_York"}
    options = {f"option-{account}-{name}": value for name, value in chosen.items()}
    data = MultiDict({**values, "accounts": str(account), f"variant-{account}": "", **options})
    answer = client.post("/admin/teasers/check", data=data)
    assert answer.status_code == 200
    return str(answer.text)


def test_an_event_on_google_shows_title_times_and_button(owner_client: Visitor, context: Context) -> None:
    account = add_account(context, "google_business", "Clinic").id
    dates = {"title": "Open <house>", "starts": "2026-12-01T09:00", "ends": "2026-12-01T12:00"}
    text = checked(owner_client, account, kind="EVENT", action="BOOK", **dates)
    for words in ("Open &lt;house&gt;", "2026-12-01 09:00 to 2026-12-01 12:00", ">Book<", "Come &lt;by&gt;."):
        assert words in text
    assert ">Learn more<" in checked(owner_client, account)
    offer = checked(owner_client, account, kind="OFFER", coupon_code="RUN", **dates)
    assert "Voucher code: <strong>RUN</strong>" in offer
    assert ">Learn more<" not in offer.partition("Voucher code")[2].partition("preview-network")[0]


def test_a_video_shows_its_title_and_who_may_see_it(owner_client: Visitor, context: Context) -> None:
    account = add_account(context, "youtube", "Clinic").id
    text = checked(owner_client, account, title="Knees <now>", privacy="unlisted")
    assert "Knees &lt;now&gt;" in text
    assert "Unlisted" in text
    assert "YouTube posts videos only" in text
    assert "YouTube takes no &lt; and &gt;" in text
