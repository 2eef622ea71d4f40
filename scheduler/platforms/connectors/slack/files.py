"""Files on Slack: asked for, sent, then shared in one message whose number becomes known a little later."""

from __future__ import annotations

from typing import Any

from scheduler.domain.outcome import NotSent
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.answers import Result
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.slack.api import asked, call, outcome_of, reader_of, send_file, succeeded
from scheduler.platforms.connectors.slack.message import blocks, words_of
from scheduler.platforms.http import Answer

FILE = "file:"
"""Begins the id of a post whose own number Slack has not told yet: that of its first file follows."""
_PAUSES = (1, 2, 3)


def upload(session: Session, item: MediaItem, place: int) -> dict[str, str]:
    """Upload one file, which nobody sees yet, and return it as `share` names it. Raises `Refused`."""
    data = session.read_media(item.key)
    fields = {"filename": f"file{place + 1}.{item.mime.partition('/')[2]}", "length": str(len(data))}
    if item.alt and not item.is_video:
        fields["alt_txt"] = item.alt
    reader, result = reader_of(session).harmless(), call(session, "files.getUploadURLExternal", fields)
    if not isinstance(result, Answer) or not succeeded(result):
        raise Refused(outcome_of(reader, result))
    address, file_id = result.object().get("upload_url"), result.object().get("file_id")
    if not isinstance(address, str) or not isinstance(file_id, str):
        raise Refused(reader.unreadable(result))
    sent = send_file(session, address, data)
    if not isinstance(sent, Answer) or not sent.ok:
        raise Refused(reader.outcome_of(sent))
    return {"id": file_id, "title": item.alt[:100] or fields["filename"]}


def share(session: Session, payload: Payload, files: list[dict[str, str]]) -> Result:
    """Share the uploaded files in one message: the irreversible call."""
    fields: dict[str, Any] = {"files": files, "channel_id": session.credentials["channel"]}
    words = words_of(payload)
    if words.strip():
        fields["blocks"] = blocks(words)
    if payload.reply_to:
        fields["thread_ts"] = ts_of(session, payload.reply_to)
    return call(session, "files.completeUploadExternal", fields)


def shared_ts(session: Session, file_id: str) -> str:
    """Return the number of the message that shares a file, "" while Slack does not tell it. Raises `Refused`."""
    file = asked(session, "files.info", {"file": file_id}).get("file")
    shares = file.get("shares") if isinstance(file, dict) else None
    for kind in ("public", "private"):
        places = shares.get(kind) if isinstance(shares, dict) else None
        found = places.get(session.credentials["channel"]) if isinstance(places, dict) else None
        first = found[0] if isinstance(found, list) and found else None
        if isinstance(first, dict) and isinstance(first.get("ts"), str):
            return str(first["ts"])
    return ""


def awaited_id(session: Session, file_id: str) -> str:
    """Return the id of a post with files: its number, or that of the file where Slack is slow or tells us nothing."""
    try:
        for pause in _PAUSES:
            if ts := shared_ts(session, file_id):
                return ts
            session.clock.sleep(pause)
        return shared_ts(session, file_id) or FILE + file_id
    except Refused:
        return FILE + file_id  # the post is live; what it is called is asked for when it is needed


def ts_of(session: Session, remote_id: str) -> str:
    """Return the number of a post. Raises `Refused`."""
    if not remote_id.startswith(FILE):
        return remote_id
    if ts := shared_ts(session, remote_id.removeprefix(FILE)):
        return ts
    raise Refused(NotSent(sentence="Slack has not told yet which message holds the files. It will be tried again."))
