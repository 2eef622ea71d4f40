"""How the site is found: the table [discovery] of `site.toml`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.toml_table import Table

INDEXNOW_API = "https://api.indexnow.org/indexnow"
_HUB = re.compile(r"https?://[^\s\\/?#]+[^\s\\<>\"\x00-\x1f\x7f]*", re.IGNORECASE)
_CONTACT = re.compile(r"(https://[^\s\\/?#]|mailto:[^\s@]+@|tel:\+?[0-9])[^\s\\<>\"\x00-\x1f\x7f]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Discovery:
    """Who is told when an article appears or changes, and what programs may read about the site."""

    indexnow: bool = False
    """Whether search engines are told at once (Bing, Yandex, Seznam, Naver and others share one message)."""
    indexnow_api: str = INDEXNOW_API
    """Where search engines take the message; one of them passes it on to the others."""
    websub_hub: str = ""
    """The hub that tells feed readers at once; "" for none."""
    llms: bool = False
    """Whether /llms.txt lists the articles for language models."""
    security_contact: str = ""
    """Where to report a weakness of the site, for /.well-known/security.txt; "" for no such file."""


def read_discovery(table: Table) -> Discovery:
    """Return what the table says; problems are noted with it."""
    found = Discovery(
        indexnow=bool(table.take("indexnow", bool, False, "true or false")),
        indexnow_api=table.text("indexnow_api", INDEXNOW_API),
        websub_hub=table.text("websub_hub"),
        llms=bool(table.take("llms", bool, False, "true or false")),
        security_contact=table.text("security_contact"),
    )
    for name, address in (("websub_hub", found.websub_hub), ("indexnow_api", found.indexnow_api)):
        if address and not _HUB.fullmatch(address):
            table.fault(name, 'must be an address that begins with "https://"')
    if found.security_contact and not _CONTACT.fullmatch(found.security_contact):
        table.fault("security_contact", 'must begin with "mailto:", "https://" or "tel:"')
    return found
