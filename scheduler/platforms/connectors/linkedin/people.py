"""Who is signed in at LinkedIn: the member, and the pages that they may post for (platform sheet, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import Forbidden, NotSent
from scheduler.platforms.base import Connection, Profile, Refused, Session
from scheduler.platforms.connectors.linkedin.server import MEMBER, ORGANIZATION, asked, safe

WEB = "https://www.linkedin.com"
ROLES = frozenset({"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"})
"""Roles on a page that may post."""


def member(session: Session) -> Connection:
    """Ask who the member is. Raises `Refused`."""
    said = asked(session, "GET", "/v2/userinfo")
    sub = str(said.get("sub") or "")
    if not sub:
        raise Refused(_unreadable())
    urn = f"{MEMBER}{sub}"
    profile = Profile(
        remote_id=urn,
        name=str(said.get("name") or sub),
        handle=str(said.get("name") or sub),
        profile_url=f"{_web(session)}/in/me/",
        avatar_url=str(said.get("picture") or ""),
    )
    return Connection(profile, {**session.credentials, "author": urn}, session.settings, {"organization": False})


def organizations(session: Session) -> list[Connection]:
    """Ask for which pages the person may post. Raises `Refused`, also when there is none."""
    said = asked(session, "GET", "/rest/organizationAcls?q=roleAssignee&state=APPROVED&count=100")
    found = said.get("elements")
    if not isinstance(found, list):
        raise Refused(_unreadable())
    urns = dict.fromkeys(_urn(one) for one in found if isinstance(one, dict) and str(one.get("role")) in ROLES)
    pages = [organization(session, urn) for urn in urns if urn.startswith(ORGANIZATION)]
    if not pages:
        sentence = (
            "You are no administrator of a page at LinkedIn, so there is nothing to connect. "
            "Ask for the role of a content administrator, then start again."
        )
        raise Refused(Forbidden(sentence=sentence))
    return pages


def organization(session: Session, urn: str) -> Connection:
    """Ask what a page is called. Raises `Refused`."""
    said = asked(session, "GET", f"/rest/organizations/{safe(urn.removeprefix(ORGANIZATION))}")
    if not said.get("id"):
        raise Refused(_unreadable())
    vanity = str(said.get("vanityName") or said["id"])
    profile = Profile(
        remote_id=urn,
        name=str(said.get("localizedName") or vanity),
        handle=vanity,
        profile_url=f"{_web(session)}/company/{safe(vanity)}/",
    )
    return Connection(profile, {**session.credentials, "author": urn}, session.settings, {"organization": True})


def _urn(found: Mapping[str, Any]) -> str:
    return str(found.get("organization") or found.get("organizationTarget") or "")


def _web(session: Session) -> str:
    return str(session.config.get("web", WEB)).rstrip("/")


def _unreadable() -> NotSent:
    return NotSent(sentence="LinkedIn gave an answer that cannot be read. Try again in a few minutes.")
