"""/deliveries: what goes out and what went out, and the decisions about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from scheduler.domain.delivery import Delivery, State
from scheduler.services.delivery import decisions
from scheduler.services.planning.overview import delivery_page
from scheduler.storage import listings
from scheduler.web.api import representations
from scheduler.web.api.answers import PAGE, after, answer, honour_match, page, page_size
from scheduler.web.api.auth import caller
from scheduler.web.api.calls import Call, call
from scheduler.web.api.fields import Choice, Instant, Kind, Listed, Table, Text, Whole
from scheduler.web.api.parsing import json_body, query
from scheduler.web.api.representations import DELIVERY_WITH_ATTEMPTS
from scheduler.web.context import ctx

bp = Blueprint("deliveries", __name__, url_prefix="/deliveries")

FILTERS: dict[str, Kind] = {
    "state": Choice(tuple(State), "Only deliveries in this state."),
    "account": Whole("Only deliveries to this account.", least=1),
    "since": Instant("Only those due at or after this moment."),
    "until": Instant("Only those due before this moment."),
    **PAGE,
}
RESOLUTION = Table(
    {
        "outcome": Choice(
            tuple(decisions.RESOLUTIONS), "What you found: it is live, it is not and shall be sent again, or drop it."
        ),
        "url": Text("The address of the post, when you have it."),
    },
    ("outcome",),
)
LIST = Listed("DeliveryList", "A page of deliveries, by the time when they are due.", {}, of="Delivery")


@bp.get("")
@call(Call("List deliveries", "read", LIST, query=FILTERS))
def index() -> Response:
    """List deliveries by state, account and time."""
    asked = query(FILTERS)
    asked.require()
    last = after(asked, int, int)
    with ctx().database.reading() as tx:
        found = listings.search(
            tx,
            states=[State(asked.get("state"))] if asked.get("state") else [],
            account_id=asked.get("account"),
            since=asked.get("since"),
            until=asked.get("until"),
            after=(last[0], last[1]) if last else None,
            limit=page_size(asked) + 1,
        )
    return page(asked, found, _key, lambda delivery: representations.delivery(ctx(), delivery))


@bp.get("/<int:delivery_id>")
@call(Call("Read a delivery with its attempts", "read", DELIVERY_WITH_ATTEMPTS, refusals=(404,)))
def show(delivery_id: int) -> Response:
    """Send one delivery."""
    return answer(_shown(delivery_id))


@bp.post("/<int:delivery_id>/cancellation")
@call(
    Call(
        "Cancel a delivery",
        "write",
        DELIVERY_WITH_ATTEMPTS,
        refusals=(404, 409, 412),
        note="Possible as long as it waits, or for one that failed, was missed or needs a decision. "
        "409 once it is under way or over.",
    )
)
def cancel(delivery_id: int) -> Response:
    """Cancel it."""
    return _decided(delivery_id, lambda: decisions.cancel(ctx(), delivery_id, caller().name))


@bp.post("/<int:delivery_id>/retry")
@call(
    Call(
        "Send a delivery again",
        "write",
        DELIVERY_WITH_ATTEMPTS,
        refusals=(404, 409, 412),
        note="Sends one that failed, was missed or is held now. 409 in any other state.",
    )
)
def retry(delivery_id: int) -> Response:
    """Send it now."""
    return _decided(delivery_id, lambda: decisions.retry(ctx(), delivery_id, caller().name))


@bp.post("/<int:delivery_id>/resolution")
@call(
    Call(
        "Settle a delivery that needs a person",
        "write",
        DELIVERY_WITH_ATTEMPTS,
        body=RESOLUTION,
        refusals=(404, 409, 412),
        note="For a delivery that may be live while the platform cannot tell: look there, then say what you found.",
    )
)
def resolve(delivery_id: int) -> Response:
    """Say what became of it."""
    read = json_body(RESOLUTION)
    read.require()
    outcome, url = read.values["outcome"], read.get("url", "")
    return _decided(delivery_id, lambda: decisions.resolve(ctx(), delivery_id, outcome, url, caller().name))


def _decided(delivery_id: int, decision: Callable[[], Delivery]) -> Response:
    honour_match(_shown(delivery_id))
    decision()
    return answer(_shown(delivery_id))


def _shown(delivery_id: int) -> dict[str, Any]:
    found = delivery_page(ctx(), delivery_id)
    return representations.delivery_with_attempts(ctx(), found.row.delivery, found.row.payload, found.attempts)


def _key(delivery: Delivery) -> list[Any]:
    return [delivery.due_at, delivery.id]
