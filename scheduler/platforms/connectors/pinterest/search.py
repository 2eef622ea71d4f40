"""Finding a pin again on its board (platform sheet, section 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from scheduler.clock import to_ms
from scheduler.domain.outcome import NotSent, Rejected
from scheduler.domain.teaser import Payload
from scheduler.platforms.base import Mark, Refused, Session
from scheduler.platforms.connectors.pinterest.pins import title_of
from scheduler.platforms.connectors.pinterest.wire import ask, safe

PAGE = 50
PAGES = 5
CLOCK_SKEW_MS = 5 * 60 * 1000
"""How wrong Pinterest's clock may be when we compare its times with ours."""


def search(session: Session, payload: Payload, board: str, mark: Mark) -> Mapping[str, Any] | None:
    """Return our pin, None when it is proven not to be on its board. Raises `Refused`."""
    link = payload.link.url if payload.link else ""
    by_code = bool(mark.short_code) and mark.short_code in f"{link} {payload.text}"
    if not by_code and not (payload.text.strip() or title_of(payload)):
        raise Refused(Rejected(sentence="The pin has neither words nor a link by which it could be told from others."))
    for pin in _pins_since(session, board, mark.earliest - CLOCK_SKEW_MS):
        if _carries(pin, mark.short_code) if by_code else _says_the_same(pin, payload):
            return pin
    return None


def made_at(pin: Mapping[str, Any]) -> int | None:
    """Return when a pin was made (UTC ms): Pinterest writes UTC without saying so. None when it cannot be read."""
    try:
        moment = datetime.fromisoformat(str(pin.get("created_at")))
    except ValueError:
        return None
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _pins_since(session: Session, board: str, since: int) -> Iterator[Mapping[str, Any]]:
    """Yield the board's pins from now back to `since` (UTC ms). Raises `Refused` when that cannot be done."""
    params = {"page_size": str(PAGE)}
    for _ in range(PAGES):
        said = ask(session, "GET", f"boards/{safe(board)}/pins", params=params)
        pins = said.get("items")
        if not isinstance(pins, list) or not all(isinstance(pin, dict) and pin.get("id") for pin in pins):
            raise Refused(NotSent(sentence="Pinterest gave a list of pins that cannot be read."))
        recent = [pin for pin in pins if (at := made_at(pin)) is None or at >= since]
        yield from recent
        # From new to old, as far as is known: a whole page of older pins means that all later ones were seen.
        if not recent or not said.get("bookmark"):
            return
        params["bookmark"] = str(said["bookmark"])
    raise Refused(Rejected(sentence="The board has got too many pins since then to find this one again."))


def _carries(pin: Mapping[str, Any], code: str) -> bool:
    """Return whether a short code is in the pin's link or words; as a whole, not as a part of another word."""
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])")
    return any(whole.search(str(pin.get(name) or "")) for name in ("link", "description"))


def _says_the_same(pin: Mapping[str, Any], payload: Payload) -> bool:
    said = [str(pin.get(name) or "").split() for name in ("title", "description")]
    return said == [title_of(payload).split(), payload.text.split()]
