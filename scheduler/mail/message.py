"""A message as mail wants it: plain text first, simple HTML beside it, headers that nothing can break out of.

Sources: RFC 5322 (headers), RFC 3834 (a program's mail says that it is one, so that no holiday note answers it).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from scheduler.clock import to_datetime
from scheduler.mail.addresses import is_address

SUBJECT_CHARACTERS = 150


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent. `number` makes its Message-ID: the same for the same news, so that a repeat is recognised.

    `sender_name` stands before the address `sender`; `written_at` is UTC ms.
    """

    number: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    written_at: int


def compose(letter: Letter) -> EmailMessage:
    """Return the letter as a message. Raises `ValueError` for what is no plain address."""
    if not all(is_address(address) for address in (letter.sender, *letter.recipients)):
        raise ValueError("not a plain address")
    domain = letter.sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(letter.sender_name), addr_spec=letter.sender)
    message["To"] = [Address(addr_spec=recipient) for recipient in letter.recipients]
    message["Subject"] = one_line(letter.subject)[:SUBJECT_CHARACTERS]
    message["Date"] = format_datetime(to_datetime(letter.written_at))
    message["Message-ID"] = f"<drumbeat.{letter.number}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_plain(letter.text), cte="quoted-printable")
    message.add_alternative(_plain(letter.html), subtype="html", cte="quoted-printable")
    return message


def one_line(text: str) -> str:
    """Return `text` on one line and without control characters: a header ends where a line does."""
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in ("Cc", "Cs"))


def _plain(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
