"""Who is told when something needs a person: what `notices.toml` says."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from scheduler.domain.notice import Level
from scheduler.domain.problem import Problem
from scheduler.mail.addresses import is_address
from scheduler.toml_table import Table, read_table

MOST_RECIPIENTS = 20
SECRET_BYTES = range(24, 65)
"""Standard Webhooks 1.0.0: a signing key has 24 to 64 bytes."""

_WEB = re.compile(r"https?://[^\s\\<>\"\x00-\x1f\x7f]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """What is told outside the app, and to whom. `digest_at` is wall time in the calendar's zone; None is off."""

    mail_to: tuple[str, ...] = ()
    mail_from: str = ""
    webhook_url: str = field(default="", repr=False)
    """Its path may be a secret, as with many chat services."""
    levels: frozenset[Level] = frozenset({Level.STOP, Level.PROBLEM})
    digest_at: time | None = time(8)


def read_notices(path: Path, problems: list[Problem]) -> NoticeRules:
    """Return what `notices.toml` says; problems are added to `problems`."""
    table = read_table(path, problems)
    rules = NoticeRules(
        mail_to=_recipients(table),
        mail_from=_sender(table),
        webhook_url=_webhook(table),
        levels=_levels(table),
        digest_at=_digest(table),
    )
    if rules.mail_to and not rules.mail_from:
        table.fault("mail_from", "is missing: mail to the addresses of mail_to needs a sender")
    table.finish()
    return rules


def _recipients(table: Table) -> tuple[str, ...]:
    addresses = tuple(dict.fromkeys(address.strip() for address in table.texts("mail_to")))
    for address in addresses:
        if not is_address(address):
            table.fault("mail_to", f'holds {address!r}; write plain addresses like "sam@example.org"')
    if len(addresses) > MOST_RECIPIENTS:
        table.fault("mail_to", f"holds {len(addresses)} addresses; {MOST_RECIPIENTS} are the most")
    return addresses


def _sender(table: Table) -> str:
    address = table.text("mail_from")
    if address and not is_address(address):
        table.fault("mail_from", f'must be a plain address like "drumbeat@example.org", not {address!r}')
    return address


def _webhook(table: Table) -> str:
    address = table.text("webhook_url")
    if address and not _WEB.fullmatch(address):
        table.fault("webhook_url", 'must be an address that begins with "https://"')
    return address


def _levels(table: Table) -> frozenset[Level]:
    names = table.texts("levels", (Level.STOP, Level.PROBLEM))
    for name in names:
        if name not in set(Level):
            table.fault("levels", f"holds {name!r}; use {', '.join(f'“{level}”' for level in Level)}")
    return frozenset(Level(name) for name in names if name in set(Level))


def _digest(table: Table) -> time | None:
    text = table.text("digest", "08:00")
    if text == "off":
        return None
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text, re.ASCII)
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return time(int(match[1]), int(match[2]))
    table.fault("digest", f'must be a time of day like "08:00", or "off", not {text!r}')
    return None


def secret_problem(secret: str) -> str:
    """Return why `secret` signs nothing, or "" when it is one. The sentence does not hold it."""
    reason = "must be whsec_ and 24 to 64 bytes in Base64; take the line out, and the next start makes a new one"
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return reason
    return "" if len(key) in SECRET_BYTES else reason
