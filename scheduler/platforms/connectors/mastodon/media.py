"""Uploading files to a Mastodon-compatible server, and waiting until they can be attached (platform sheet 3.2)."""

from __future__ import annotations

from itertools import chain, repeat

from scheduler.domain.outcome import NotSent
from scheduler.domain.teaser import MediaItem
from scheduler.platforms.answers import Result, attempt
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.mastodon.server import bearer, call, outcome_of, reader_of, safe
from scheduler.platforms.http import Answer

MEDIA_SECONDS = 300
POLL_SECONDS = (1, 2, 3, 5)
"""Pauses between the questions whether a file is processed; the last one repeats."""


def upload(session: Session, item: MediaItem) -> str:
    """Upload one file and return its id as soon as it can be attached. Raises `Refused`."""
    reader = reader_of(session).harmless()
    address = f"{session.credentials['instance']}/api"
    files = {"file": (f"file.{item.mime.partition('/')[2]}", session.read_media(item.key), item.mime)}
    form = {"description": item.alt}

    def send(version: str) -> Result:
        url = f"{address}/{version}/media"
        return attempt(lambda: session.http.request("POST", url, headers=bearer(session), form=form, files=files))

    result = send("v2")
    if isinstance(result, Answer) and result.status == 404:
        result = send("v1")  # servers older than the second version answer when the file is ready
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    media_id = result.object().get("id")
    if not isinstance(media_id, str | int) or not media_id:
        raise Refused(reader.unreadable(result))
    if result.status != 200 or not result.object().get("url"):
        _wait_for(session, str(media_id))
    return str(media_id)


def _wait_for(session: Session, media_id: str) -> None:
    """Ask until the server has processed a file: 206 means not yet. Raises `Refused` when it failed or lasts."""
    reader, clock = reader_of(session).harmless(), session.clock
    deadline = clock.monotonic() + float(session.config.get("media_seconds", MEDIA_SECONDS))
    pauses = chain(POLL_SECONDS, repeat(POLL_SECONDS[-1]))
    while clock.monotonic() < deadline:
        clock.sleep(next(pauses))
        result = attempt(lambda: call(session, "GET", f"/api/v1/media/{safe(media_id)}"))
        if not isinstance(result, Answer) or not result.ok:
            raise Refused(outcome_of(reader, result))
        if result.status == 200:
            return
    sentence = "Mastodon is still processing the uploaded file. It will be tried again."
    raise Refused(NotSent(sentence=sentence))
