"""The number of a page in an address: `?page=2`."""

from __future__ import annotations

from flask import request

from scheduler.domain.problem import NotFound


def page_number(missing: str) -> int:
    """Return the number of the page that is asked for, 1 when none is. Raises `NotFound`, saying `missing`."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise NotFound(missing)
    return int(text)
