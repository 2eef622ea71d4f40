"""A Mastodon-compatible server: calling it as an account, its software, its limits, and the sense of its errors.

Source: the platform sheets of Mastodon (sections 1, 3.2, 3.4 and 6) and of Mastodon-compatible servers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from scheduler.domain.outcome import Outcome
from scheduler.platforms.answers import Reader, Result, amount, attempt, secrets_of
from scheduler.platforms.base import ContentRules, Session
from scheduler.platforms.http import Answer

TEXT_CHARACTERS = 500
URL_CHARACTERS = 23
FILES = 4
PHOTO_BYTES = 16_777_216
PHOTO_PIXELS = 33_177_600
VIDEO_BYTES = 103_809_024
ALT_CHARACTERS = 1500
"""When the server names no `description_limit`: servers before 4.4."""
IDEMPOTENCY_SECONDS = 3600
"""Mastodon itself; other software ignores the key, or forgets it, and has to be looked up instead."""

PUBLIC_CREDENTIALS = frozenset({"instance", "token_url", "scopes", "expires_at", "renew_at"})
"""What is kept with the credentials and is no secret: the log may show it, so that an answer can be read."""

_NONE: Mapping[str, str] = MappingProxyType({})
_PHOTOS = ("image/jpeg", "image/png", "image/gif", "image/webp")
_VIDEOS = ("video/mp4", "video/webm")


def public_document(session: Session, url: str) -> dict[str, Any]:
    """Return a public document, {} when it cannot be had: no limit is worth failing for, each has a default."""
    result = attempt(lambda: session.http.request("GET", url))
    return result.object() if isinstance(result, Answer) and result.ok else {}


def software_of(session: Session, instance: str) -> str:
    """Return the name of a server's software, "unknown" when it cannot be found out."""
    return _software(session, instance, _instance(session, instance))


def read_limits(session: Session, instance: str) -> dict[str, Any]:
    """Return the limits that the server reports, under our own names; what it leaves out is left out.

    When it reports nothing just now, the limits known so far stand.
    """
    answer = _instance(session, instance)
    if not answer:
        return dict(session.limits)
    configuration = _table(answer, "configuration")
    statuses, media = _table(configuration, "statuses"), _table(configuration, "media_attachments")
    software = _software(session, instance, answer)
    reported = {
        "text_characters": _number(statuses, "max_characters") or _number(answer, "max_toot_chars"),
        # GoToSocial and others report no reserved length and count a link in full.
        "url_characters": _number(statuses, "characters_reserved_per_url"),
        "files": _number(statuses, "max_media_attachments"),
        "mimes": _texts(media, "supported_mime_types"),
        "photo_bytes": _number(media, "image_size_limit") or _number(answer, "upload_limit"),
        "photo_pixels": _number(media, "image_matrix_limit"),
        "video_bytes": _number(media, "video_size_limit") or _number(answer, "upload_limit"),
        "alt_characters": _number(media, "description_limit") or _number(answer, "description_limit"),
    }
    reported["api_version"] = _number(_table(answer, "api_versions"), "mastodon")
    known = {name: value for name, value in reported.items() if value}
    seconds = IDEMPOTENCY_SECONDS if software == "mastodon" else 0
    version = str(answer.get("version") or "")[:100]
    return {**known, "software": software, "version": version, "idempotency_seconds": seconds}


def rules_of(limits: Mapping[str, Any]) -> ContentRules:
    """Return the content rules under these limits, Mastodon's defaults where they say nothing."""
    mimes = tuple(limits.get("mimes", ()))
    files = int(limits.get("files", FILES))
    own = limits.get("software", "mastodon") == "mastodon"
    return ContentRules(
        text_limit=int(limits.get("text_characters", TEXT_CHARACTERS)),
        photos=files,
        photo_mimes=tuple(mime for mime in mimes if mime.startswith("image/")) or _PHOTOS,
        photo_bytes=int(limits.get("photo_bytes", PHOTO_BYTES)),
        photo_pixels=int(limits.get("photo_pixels", PHOTO_PIXELS)),
        video_mimes=tuple(mime for mime in mimes if mime.startswith("video/")) or _VIDEOS,
        video_bytes=int(limits.get("video_bytes", VIDEO_BYTES)),
        alt_limit=int(limits.get("alt_characters", ALT_CHARACTERS)),
        link_length=int(limits.get("url_characters", URL_CHARACTERS)) if own or "url_characters" in limits else None,
        media_required=limits.get("software") == "pixelfed",
    )


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means. The texts are in the server's language, so only the status decides."""
    reason = str(result.object().get("error") or "") if isinstance(result, Answer) else ""
    return reader.outcome_of(result, reason)


def reader_of(session: Session) -> Reader:
    """Return the reader of this account's answers."""
    hidden = (value for name, value in session.credentials.items() if name not in PUBLIC_CREDENTIALS)
    return Reader("Mastodon", secrets_of(hidden, session.app.values()), session.clock.now_ms())


def call(
    session: Session, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] = _NONE
) -> Answer:
    """Call the account's server as the account."""
    url = f"{session.credentials['instance']}{path}"
    return session.http.request(method, url, headers={**headers, **bearer(session)}, json=body)


def bearer(session: Session) -> dict[str, str]:
    """Return the header that says who we are."""
    return {"Authorization": f"Bearer {session.credentials['access_token']}"}


def safe(remote_id: str) -> str:
    """Return an id as a part of a path."""
    return quote(remote_id, safe="")


def _software(session: Session, instance: str, answer: Mapping[str, Any]) -> str:
    """Return the name of the software, "unknown" when it cannot be found out (then nothing special is relied on)."""
    named = re.search(r"compatible; *([A-Za-z]+)", str(answer.get("version") or ""))
    if named:
        return named[1].lower()
    links = public_document(session, f"{instance}/.well-known/nodeinfo").get("links")
    addresses = [link.get("href") for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    document = next((address for address in reversed(addresses) if isinstance(address, str)), "")
    name = _table(public_document(session, document), "software").get("name") if document else None
    if isinstance(name, str) and name:
        return name.lower()[:50]
    known = str(session.limits.get("software") or "unknown")
    return "mastodon" if "mastodon" in _table(answer, "api_versions") else known


def _instance(session: Session, instance: str) -> dict[str, Any]:
    newer = public_document(session, f"{instance}/api/v2/instance")
    return newer or public_document(session, f"{instance}/api/v1/instance")


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _number(data: Mapping[str, Any], key: str) -> int | None:
    value = data.get(key)
    return amount(value) or None


def _texts(data: Mapping[str, Any], key: str) -> list[str]:
    value = data.get(key)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
