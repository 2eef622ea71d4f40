"""Reading the address of a server as people type or paste it."""

from __future__ import annotations

from urllib.parse import urlsplit

from scheduler.domain.problem import Problem

Typed = tuple[str, list[Problem]]
"""The address in plain form ("" when it is not one), and what is wrong with it."""


def server_address(typed: str, field: str, example: str) -> Typed:
    """Return `typed` as "https://host" (a path is kept, as a server may live under one) without a slash at its end."""
    text = typed.strip()
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "", [_not_an_address(field, example)]
    if parts.username is not None or parts.password is not None:
        message = "The address holds a user name or password. Leave the part before the @ out."
        return "", [Problem(field, message)]
    if not valid or any(character.isspace() for character in address):
        return "", [_not_an_address(field, example)]
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}", []


def _not_an_address(field: str, example: str) -> Problem:
    return Problem(field, f"This is not a web address. Write it like {example}.")


def web_address(value: object) -> str:
    """Return `value` when it is an http or https address, else "": what a platform sends is not to be trusted."""
    if isinstance(value, str) and value.startswith(("https://", "http://")) and len(value) < 2000:
        return value
    return ""
