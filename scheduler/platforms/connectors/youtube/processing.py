"""What becomes of a video after its upload (platform sheet of YouTube, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.outcome import Evidence, Outcome, Pending, Published, Rejected
from scheduler.platforms.base import Session
from scheduler.platforms.connectors.youtube.answers import table
from scheduler.platforms.connectors.youtube.channel import watch_url
from scheduler.platforms.connectors.youtube.search import made_at

_MINUTE_MS = 60_000
_PAUSES = ((10, 1), (60, 5))
"""How often a video in processing is asked about: younger than so many minutes, every so many; later every 15."""
_FAILED = {
    "conversion": "YouTube could not convert the video.",
    "invalidFile": "YouTube could not read the file as a video.",
    "emptyFile": "The file is empty.",
    "tooSmall": "The file is too small to be a video.",
    "codec": "YouTube does not know the video's format.",
    "uploadAborted": "The upload was broken off.",
}
_REJECTED = {
    "copyright": "YouTube rejected the video for its copyright.",
    "claim": "Somebody claims the content of the video.",
    "duplicate": "YouTube rejected the video: the same file is on this channel already.",
    "inappropriate": "YouTube rejected the video as inappropriate.",
    "length": "The video is longer than this channel may upload. Verify the channel in YouTube Studio.",
    "termsOfUse": "YouTube rejected the video for its terms of use.",
    "legal": "YouTube rejected the video for legal reasons.",
    "trademark": "YouTube rejected the video for a trademark.",
    "uploaderAccountClosed": "The channel was closed.",
    "uploaderAccountSuspended": "YouTube has suspended the channel.",
}


def standing(session: Session, video: Mapping[str, Any], evidence: Evidence | None = None, note: str = "") -> Outcome:
    """Return where an uploaded video stands; `note` is told beside it."""
    said, made, status = evidence or Evidence(), str(video.get("id")), table(video, "status")
    match status.get("uploadStatus"):
        case "processed":
            sentence = f"{_seen_by(status)} {note}".strip()
            return Published(sentence=sentence, evidence=said, remote_id=made, url=watch_url(session, made))
        case "failed":
            reason = _FAILED.get(str(status.get("failureReason")), "YouTube could not process the video.")
            return Rejected(sentence=f"{reason} Use another file.", evidence=said)
        case "rejected":
            reason = _REJECTED.get(str(status.get("rejectionReason")), "YouTube rejected the video.")
            return Rejected(sentence=f"{reason} Look at it in YouTube Studio.", evidence=said)
        case "deleted":
            return Rejected(sentence="The video was deleted on YouTube.", evidence=said)
    sentence, now = f"YouTube is processing the video. {note}".strip(), session.clock.now_ms()
    pause = _pause_ms(now - made_at(table(video, "snippet")))
    return Pending(sentence=sentence, evidence=said, remote_id=made, ask_again_at=now + pause)


def _seen_by(status: Mapping[str, Any]) -> str:
    if status.get("privacyStatus") != "private":
        return "It is live on YouTube."
    return (
        "The video is on YouTube, and private. If you chose another visibility, Google has locked it because it has "
        "not audited your project yet: send it the audit form."
    )


def _pause_ms(age_ms: int) -> int:
    return next((pause for limit, pause in _PAUSES if age_ms < limit * _MINUTE_MS), 15) * _MINUTE_MS
