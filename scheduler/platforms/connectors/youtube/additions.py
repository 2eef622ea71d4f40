"""What is added to a video once it is there: a thumbnail, a place in a playlist (platform sheet of YouTube, section 4).

None of this makes anything public, and a failure of it is told and never spoils the video.
"""

from __future__ import annotations

from functools import partial

from scheduler.domain.teaser import Payload
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Session
from scheduler.platforms.connectors.youtube.answers import LABEL, UPLOAD, ask, meaning
from scheduler.platforms.connectors.youtube.videos import thumbnail_of
from scheduler.platforms.google import bearer, reader_of
from scheduler.platforms.http import Answer


def add(session: Session, payload: Payload, made: str) -> str:
    """Add everything that was chosen to the video `made`, and return what is to be told of it."""
    return " ".join(
        note for note in (_set_thumbnail(session, payload, made), _put_into(session, payload, made)) if note
    )


def _set_thumbnail(session: Session, payload: Payload, made: str) -> str:
    """Set the photo as thumbnail and return what is to be told when YouTube does not take it."""
    photo = thumbnail_of(payload)
    if photo is None:
        return ""
    url = f"{session.config.get('upload', UPLOAD)}/youtube/v3/thumbnails/set"
    headers, data = {**bearer(session), "Content-Type": photo.mime}, session.read_media(photo.key)
    result = attempt(partial(session.http.request, "POST", url, headers=headers, params={"videoId": made}, body=data))
    if isinstance(result, Answer) and result.ok:
        return ""
    why = meaning(reader_of(session, LABEL).harmless(), result).sentence
    return f"The thumbnail was not set; set it in YouTube Studio. {why}"


def _put_into(session: Session, payload: Payload, made: str) -> str:
    """Put the video into the chosen playlist and return what is to be told when that fails."""
    playlist = payload.options.get("playlist", "")
    if not playlist:
        return ""
    snippet = {"playlistId": playlist, "resourceId": {"kind": "youtube#video", "videoId": made}}
    result = ask(session, "POST", "playlistItems", {"part": "snippet"}, {"snippet": snippet})
    if isinstance(result, Answer) and result.ok:
        return ""
    why = meaning(reader_of(session, LABEL).harmless(), result).sentence
    return f"It was not put into the playlist; do so in YouTube Studio. {why}"
