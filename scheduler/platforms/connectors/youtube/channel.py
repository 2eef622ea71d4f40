"""The channel of a sign-in: who it is, and what it may upload (platform sheet of YouTube, section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from scheduler.domain.outcome import Forbidden
from scheduler.platforms.addresses import web_address
from scheduler.platforms.base import Connection, Profile, Refused, Session
from scheduler.platforms.connectors.youtube.answers import asked, items_of, table
from scheduler.platforms.google import SIGN_IN

WEB = "https://www.youtube.com"
REGION = "US"
"""Whose categories are offered; YouTube's differ little from country to country."""


def read(session: Session) -> Connection:
    """Return the channel that the sign-in stands for. Raises `Refused`."""
    params = {"part": "snippet,contentDetails,status", "mine": "true"}
    found = [item for item in items_of(asked(session, "channels", params)) if isinstance(item.get("id"), str)]
    if not found:
        sentence = "This Google account has no YouTube channel. Create one at youtube.com, then connect it again."
        raise Refused(Forbidden(sentence=sentence))
    mine = found[0]
    kept = {name: session.credentials[name] for name in SIGN_IN if session.credentials.get(name)}
    credentials = {**kept, "channel": str(mine["id"])}
    return Connection(_profile(session, mine), credentials, session.settings, _limits(session, mine))


def watch_url(session: Session, made: str) -> str:
    """Return the address at which people watch a video."""
    return f"{session.config.get('web', WEB)}/watch?v={quote(made, safe='')}"


def _profile(session: Session, mine: Mapping[str, Any]) -> Profile:
    snippet = table(mine, "snippet")
    title = str(snippet.get("title") or mine["id"])
    picture = table(table(snippet, "thumbnails"), "default").get("url")
    page = f"{session.config.get('web', WEB)}/channel/{quote(str(mine['id']), safe='')}"
    return Profile(str(mine["id"]), title, str(snippet.get("customUrl") or title), page, web_address(picture))


def _limits(session: Session, mine: Mapping[str, Any]) -> dict[str, Any]:
    lists = table(table(mine, "contentDetails"), "relatedPlaylists")
    return {
        "uploads": str(lists.get("uploads") or ""),
        "long_videos": table(mine, "status").get("longUploadsStatus") == "allowed",
        "categories": _categories(session),
        "playlists": _playlists(session),
    }


def _categories(session: Session) -> list[list[str]]:
    """Return the categories that a video may have."""
    params = {"part": "snippet", "regionCode": str(session.config.get("region", REGION))}
    found = _told(session, "videoCategories", params)
    if found is None:
        return _known(session, "categories")
    return _named(item for item in found if table(item, "snippet").get("assignable") is True)


def _playlists(session: Session) -> list[list[str]]:
    """Return the channel's own playlists, the first fifty."""
    found = _told(session, "playlists", {"part": "snippet", "mine": "true", "maxResults": "50"})
    return _known(session, "playlists") if found is None else _named(found)


def _told(session: Session, path: str, params: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """Return the items of a list, None when YouTube does not tell them just now: nothing of this is worth failing."""
    try:
        return items_of(asked(session, path, params))
    except Refused:
        return None


def _known(session: Session, name: str) -> list[list[str]]:
    known = session.limits.get(name)
    return list(known) if isinstance(known, list) else []


def _named(items: Iterable[dict[str, Any]]) -> list[list[str]]:
    return [[str(item.get("id")), str(table(item, "snippet").get("title"))] for item in items]
