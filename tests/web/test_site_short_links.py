"""The short address of a delivery."""

from __future__ import annotations

from sqlalchemy import insert

from scheduler.domain.teaser import LinkCard, Payload
from scheduler.services.context import Context
from scheduler.storage import deliveries
from scheduler.storage.deliveries import NewDelivery
from scheduler.storage.schema import accounts, teasers
from tests.support.house import Visitor

TARGET = "http://127.0.0.1:8000/blog/knee/?utm_source=mastodon&utm_medium=social&utm_content=abcd2345"


def schedule(context: Context, payload: Payload, code: str) -> None:
    now = context.clock.now_ms()
    with context.database.writing() as tx:
        account = tx.execute(insert(accounts).values(key="m", platform="mastodon", created_at=now, updated_at=now))
        teaser = tx.execute(insert(teasers).values(created_at=now, updated_at=now))
        assert account.inserted_primary_key and teaser.inserted_primary_key
        new = NewDelivery(
            teaser_id=teaser.inserted_primary_key[0],
            account_id=account.inserted_primary_key[0],
            idempotency_key=code,
            short_code=code,
            payload=payload.to_json(),
            payload_hash=payload.digest(),
            at_wall="2026-11-24T09:00",
            at_zone="America/New_York",
            queued=False,
            due_at=now,
            late_after=now,
        )
        deliveries.add(tx, new, now)


def clicks(context: Context, code: str) -> int:
    with context.database.reading() as tx:
        delivery = deliveries.by_short_code(tx, code)
    assert delivery
    return delivery.clicks


def test_a_click_is_counted_and_led_to_the_article(context: Context, client: Visitor) -> None:
    schedule(context, Payload("Look", LinkCard(TARGET)), "abcd2345")
    for count in (1, 2):
        answer = client.get("/x/abcd2345")
        assert (answer.status_code, answer.location) == (302, TARGET)
        assert clicks(context, "abcd2345") == count
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_code_without_a_link_and_an_unknown_code_lead_nowhere(context: Context, client: Visitor) -> None:
    schedule(context, Payload("No link"), "nolink22")
    assert client.get("/x/nolink22").status_code == 404
    assert client.get("/x/unknown2").status_code == 404
    assert clicks(context, "nolink22") == 0
