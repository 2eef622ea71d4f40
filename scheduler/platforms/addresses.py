"""Reading the address of a server as people type or paste it."""

from __future__ import annotations

from urllib.parse import urlsplit

from scheduler.domain.problem import Problem
from scheduler.platforms.guard import Blocked, spelled

Typed = tuple[str, list[Problem]]
"""The address in plain form ("" when it is not one), and what is wrong with it."""


def server_address(typed: str, field: str, example: str) -> Typed:
    """Return `typed` as "https://host" (a path is kept, as a server may live under one) without a slash at its end."""
    text = typed.strip()
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(spelled(address))
    except Blocked as blocked:
        return "", [Problem(field, f"{blocked} Write it like {example}.")]
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}", []


def web_address(value: object) -> str:
    """Return `value` when it is an http or https address, else "": what a platform sends is not to be trusted."""
    if isinstance(value, str) and value.startswith(("https://", "http://")) and len(value) < 2000:
        return value
    return ""
