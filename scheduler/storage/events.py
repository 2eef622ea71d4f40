"""Events: what people and rules did to a delivery, appended and never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from scheduler.storage.schema import events


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a delivery's history: at `at` (UTC ms), in a sentence. `who` is a person's name, "" for a rule."""

    at: int
    kind: str
    sentence: str
    who: str = ""


def add(tx: Connection, delivery_id: int, event: Event) -> None:
    """Append an event in the transaction that does what it tells."""
    tx.execute(
        insert(events).values(
            delivery_id=delivery_id, at=event.at, kind=event.kind, sentence=event.sentence, who=event.who
        )
    )


def of_delivery(tx: Connection, delivery_id: int) -> list[Event]:
    """Return every event of a delivery, oldest first."""
    columns = [events.c[name] for name in Event.__slots__]
    found = tx.execute(select(*columns).where(events.c.delivery_id == delivery_id).order_by(events.c.id))
    return [Event(**row._mapping) for row in found]
