"""Who a handle is and where their account lives: handle, DID, document, server (platform sheet, 1 and 3.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from scheduler.domain.outcome import Rejected
from scheduler.platforms.addresses import web_address
from scheduler.platforms.answers import Reader, attempt
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.http import Answer

SERVICE = "https://bsky.social"
DIRECTORY = "https://plc.directory"
_HANDLE = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_DID_WEB = re.compile(r"did:web:([a-z0-9.-]+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """An account: its DID, its handle, and its own server."""

    did: str
    handle: str
    pds: str


def identity_of(session: Session, typed: str) -> Identity:
    """Return the account of a handle or a DID. Raises `Refused` when it cannot be found, or is not as it says."""
    name = typed.strip().lstrip("@").lower()
    did = name if name.startswith("did:") else _did_of(session, name)
    document = _document(session, did)
    handles = [str(one).removeprefix("at://") for one in _list(document, "alsoKnownAs")]
    pds = pds_of(document)
    if not pds or (name != did and name not in handles):
        raise Refused(Rejected(sentence=f"“{name}” does not lead to an account on Bluesky. Look at its spelling."))
    return Identity(did, name if name != did else next(iter(handles), did), pds)


def pds_of(document: dict[str, Any]) -> str:
    """Return the account's own server from its DID document, "" when it names none."""
    for service in _list(document, "service"):
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            return web_address(service.get("serviceEndpoint")).rstrip("/")
    return ""


def _did_of(session: Session, handle: str) -> str:
    if not _HANDLE.fullmatch(handle):
        raise Refused(Rejected(sentence=f"“{handle}” is no handle. Write it like clinic.bsky.social."))
    service = str(session.config.get("service", SERVICE))
    url = f"{service}/xrpc/com.atproto.identity.resolveHandle"
    asked = attempt(lambda: session.http.request("GET", url, params={"handle": handle}))
    if isinstance(asked, Answer) and asked.ok and str(asked.object().get("did", "")).startswith("did:"):
        return str(asked.object()["did"])
    own = attempt(lambda: session.http.fetch(f"https://{handle}/.well-known/atproto-did"))
    if isinstance(own, Answer) and own.ok and own.text().strip().startswith("did:"):
        return own.text().strip()
    if isinstance(asked, Answer) and asked.status == 400:
        raise Refused(Rejected(sentence=f"Bluesky knows nobody called “{handle}”. Look at its spelling."))
    raise Refused(_reader(session).outcome_of(asked))


def _document(session: Session, did: str) -> dict[str, Any]:
    web = _DID_WEB.fullmatch(did)
    if not web and not re.fullmatch(r"did:plc:[a-z2-7]{24}", did):
        raise Refused(Rejected(sentence=f"“{did}” is no identifier of an account on Bluesky."))
    directory = str(session.config.get("directory", DIRECTORY))
    url = f"https://{web[1]}/.well-known/did.json" if web else f"{directory}/{quote(did, safe=':')}"
    answer = attempt(lambda: session.http.request("GET", url))
    if not isinstance(answer, Answer) or not answer.ok:
        raise Refused(_reader(session).outcome_of(answer))
    return answer.object()


def _reader(session: Session) -> Reader:
    return Reader("Bluesky", (), session.clock.now_ms()).harmless()


def _list(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []
