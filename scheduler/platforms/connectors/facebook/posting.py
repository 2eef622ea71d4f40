"""Uploading for a post, and the one call that makes it public, for each kind of post (platform sheet, section 4).

Photos are uploaded unpublished, videos into a session: nothing of it can be seen before the last call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import NotSent, Outcome, Pending, Published, Rejected
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.answers import Result
from scheduler.platforms.base import Prepared, Refused, Session
from scheduler.platforms.connectors.facebook.page import graph_of, permalink, upload_address
from scheduler.platforms.connectors.facebook.rules import REEL, STORY, kind_of
from scheduler.platforms.http import Answer
from scheduler.platforms.meta import error_of, safe

ASK_AGAIN_MS = 15_000
LIVE = "It is live on Facebook."


def upload(session: Session, payload: Payload) -> dict[str, Any]:
    """Upload the files of a payload and return what the last call needs of them. Raises `Refused`."""
    if payload.reply_to or not payload.media:
        return {}
    kind, video = kind_of(payload), next((item for item in payload.media if item.is_video), None)
    if video is None:
        return {"photos": [_photo(session, item) for item in payload.media]}
    if kind in (REEL, STORY):
        return {"video": _reel_or_story(session, kind, video)}
    return _video(session, video)


def post(session: Session, prepared: Prepared, text: str) -> Outcome:
    """Make the one irreversible call."""
    payload, data = prepared.payload, prepared.data
    if payload.reply_to:
        return _answered(session, _send(session, f"{safe(payload.reply_to)}/comments", {"message": text}), "id")
    edge, fields = _last_call(payload, data, text)
    host = "video" if edge == "videos" else "api"
    result = _send(session, f"{safe(session.credentials['page_id'])}/{edge}", fields, host)
    if edge == "feed":
        return _answered(session, result, "id")
    if edge == "photo_stories" or (edge == "video_stories" and _names_post(result)):
        return _answered(session, result, "post_id")
    return _accepted(session, result, str(data["video"]))


def look_at_video(session: Session, video: str) -> Outcome:
    """Ask what became of a video that was accepted."""
    graph = graph_of(session)
    reader = graph.reader.harmless()
    result = graph.call("GET", safe(video), {"fields": "status,post_id,permalink_url,published"})
    if not isinstance(result, Answer) or not result.ok or error_of(result):
        return graph.outcome_of(reader, result)
    said = result.object()
    status = said.get("status")
    phases = status if isinstance(status, dict) else {}
    if phases.get("video_status") in ("error", "expired"):
        return _failed(session, result)
    if phases.get("video_status") != "ready" or said.get("published") is False:
        return _pending(session, result, video)
    remote_id = _full_id(session, said.get("post_id")) or video
    url = permalink(session, said.get("permalink_url"), remote_id)
    return Published(sentence=LIVE, evidence=reader.evidence(result), remote_id=remote_id, url=url)


def _photo(session: Session, item: MediaItem) -> str:
    page, ending = safe(session.credentials["page_id"]), item.mime.partition("/")[2]
    files = {"source": (f"photo.{ending}", session.read_media(item.key), item.mime)}
    fields = {"published": "false", **({"alt_text_custom": item.alt} if item.alt else {})}
    return _id_of(graph_of(session).ask("POST", f"{page}/photos", fields, files), "id")


def _reel_or_story(session: Session, kind: str, item: MediaItem) -> str:
    edge = "video_reels" if kind == REEL else "video_stories"
    graph, page = graph_of(session), safe(session.credentials["page_id"])
    video = _id_of(graph.ask("POST", f"{page}/{edge}", {"upload_phase": "start"}), "video_id")
    graph.send_bytes(upload_address(session, video), session.read_media(item.key))
    return video


def _video(session: Session, item: MediaItem) -> dict[str, Any]:
    graph, path = graph_of(session, "video"), f"{safe(session.credentials['page_id'])}/videos"
    data = session.read_media(item.key)
    said = graph.ask("POST", path, {"upload_phase": "start", "file_size": str(len(data))})
    video, number = _id_of(said, "video_id"), _id_of(said, "upload_session_id")
    first, last = _range(said)
    while first < last:
        files = {"video_file_chunk": ("chunk", data[first:last], "application/octet-stream")}
        fields = {"upload_phase": "transfer", "upload_session_id": number, "start_offset": str(first)}
        following = _range(graph.ask("POST", path, fields, files))
        if following[0] <= first:
            raise Refused(NotSent(sentence="Facebook did not take a part of the video. It will be tried again."))
        first, last = following
    return {"video": video, "session": number}


def _last_call(payload: Payload, data: Mapping[str, Any], text: str) -> tuple[str, dict[str, str]]:
    """Return the edge and the fields of the call that publishes."""
    kind, photos = kind_of(payload), data.get("photos", ())
    title = {"title": payload.options["title"]} if payload.options.get("title") else {}
    if kind == STORY:
        if photos:
            return "photo_stories", {"photo_id": str(photos[0])}
        return "video_stories", {"upload_phase": "finish", "video_id": str(data["video"])}
    if kind == REEL:
        fields = {"upload_phase": "finish", "video_id": str(data["video"]), "video_state": "PUBLISHED"}
        return "video_reels", fields | {"description": text} | title
    if data.get("session"):
        fields = {"upload_phase": "finish", "upload_session_id": str(data["session"]), "description": text}
        return "videos", fields | title
    attached = {f"attached_media[{index}]": json.dumps({"media_fbid": str(one)}) for index, one in enumerate(photos)}
    link = {"link": payload.link.url} if payload.link and not photos else {}
    return "feed", {"message": text, **link, **attached, "fields": "id,permalink_url"}


def _send(session: Session, path: str, fields: Mapping[str, str], host: str = "api") -> Result:
    return graph_of(session, host).call("POST", path, fields)


def _answered(session: Session, result: Result, name: str) -> Outcome:
    """Return the outcome of a call that names what it made."""
    graph = graph_of(session)
    if not isinstance(result, Answer) or not result.ok or error_of(result):
        return graph.outcome_of(graph.reader, result)
    number = result.object().get(name)
    if not isinstance(number, str | int) or isinstance(number, bool) or not number:
        return graph.reader.unreadable(result)
    remote_id = _full_id(session, number) if name == "post_id" else str(number)
    url = permalink(session, result.object().get("permalink_url"), remote_id)
    return Published(sentence=LIVE, evidence=graph.reader.evidence(result), remote_id=remote_id, url=url)


def _accepted(session: Session, result: Result, video: str) -> Outcome:
    """Return the outcome of a call that hands a video over: it is public when it has been processed."""
    graph = graph_of(session)
    if not isinstance(result, Answer) or not result.ok or error_of(result):
        return graph.outcome_of(graph.reader, result)
    if result.object().get("success") is not True:
        return graph.reader.unreadable(result)
    return _pending(session, result, video)


def _pending(session: Session, result: Answer, video: str) -> Pending:
    evidence = graph_of(session).reader.evidence(result)
    again = session.clock.now_ms() + ASK_AGAIN_MS
    sentence = "Facebook is processing the video."
    return Pending(sentence=sentence, evidence=evidence, remote_id=video, ask_again_at=again)


def _failed(session: Session, result: Answer) -> Outcome:
    evidence = graph_of(session).reader.evidence(result)
    sentence = "Facebook could not process the video. Save it anew as MP4 (H.264, AAC) and try again."
    return Rejected(sentence=sentence, evidence=evidence)


def _names_post(result: Result) -> bool:
    """Return whether a story is there at once; otherwise its video is asked about."""
    return isinstance(result, Answer) and bool(result.object().get("post_id"))


def _full_id(session: Session, number: object) -> str:
    """Return the id of a post with that of its Page in front, "" for none."""
    if not isinstance(number, str | int) or isinstance(number, bool) or not number:
        return ""
    return str(number) if "_" in str(number) else f"{session.credentials['page_id']}_{number}"


def _id_of(said: Mapping[str, Any], name: str) -> str:
    number = said.get(name)
    if not isinstance(number, str | int) or isinstance(number, bool) or not number:
        raise Refused(NotSent(sentence="Facebook gave an answer that cannot be read. It will be tried again."))
    return str(number)


def _range(said: Mapping[str, Any]) -> tuple[int, int]:
    try:
        return int(str(said.get("start_offset"))), int(str(said.get("end_offset")))
    except ValueError:
        sentence = "Facebook gave an answer that cannot be read. It will be tried again."
        raise Refused(NotSent(sentence=sentence)) from None
