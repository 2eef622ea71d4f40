"""Videos too large for the account's own server go through Bluesky's video service (platform sheet, 4.5).

The service uploads the file to the account's server for the person; for that it needs a token which that server signs
for exactly this. What has been uploaded already is known again, so a repeat makes nothing twice.
"""

from __future__ import annotations

import hashlib
from itertools import chain, repeat
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.outcome import NotSent, Rejected, Throttled
from scheduler.domain.teaser import MediaItem
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Refused
from scheduler.platforms.connectors.bluesky.atproto import Pds
from scheduler.platforms.http import Answer

SERVICE = "https://video.bsky.app"
SERVICE_DID = "did:web:video.bsky.app"
UPLOAD_SECONDS = (5.0, 300.0)
TOKEN_SECONDS = 1800
MEDIA_SECONDS = 300
PAUSES = (1, 2, 3)
"""Seconds between the questions whether a video is ready; the last one repeats."""
_FOR_GOOD = frozenset({"validation_failure", "encoding_failure", "pds_upload_unsupported_blob_size"})


def upload(pds: Pds, item: MediaItem) -> dict[str, Any]:
    """Send a video through the service and return its blob as soon as it is ready. Raises `Refused`."""
    _check_quota(pds)
    job = _sent(pds, item)
    clock, config = pds.session.clock, pds.session.config
    deadline = clock.monotonic() + float(config.get("media_seconds", MEDIA_SECONDS))
    pauses = chain(PAUSES, repeat(PAUSES[-1]))
    while not isinstance(job.get("blob"), dict):
        if job.get("state") == "JOB_STATE_FAILED":
            raise Refused(_failure(pds, job))
        if clock.monotonic() > deadline:
            raise Refused(NotSent(sentence="Bluesky is still processing the video. It will be tried again."))
        clock.sleep(next(pauses))
        job = _asked(pds, str(job["jobId"]))
    blob: dict[str, Any] = job["blob"]
    return blob


def _check_quota(pds: Pds) -> None:
    """Ask whether the account may upload a video now; a service that does not say so is simply tried."""
    token = _token(pds, SERVICE_DID, "app.bsky.video.getUploadLimits")
    headers = {"Authorization": f"Bearer {token}"}
    url = _url(pds, "app.bsky.video.getUploadLimits")
    answer = attempt(lambda: pds.session.http.request("GET", url, headers=headers))
    if isinstance(answer, Answer) and answer.ok and answer.object().get("canUpload") is False:
        said = pds.reader.quoted(str(answer.object().get("message") or ""))
        sentence = f"Bluesky takes no video from this account now.{said} It will be tried again later."
        raise Refused(Throttled(sentence=sentence, evidence=pds.reader.evidence(answer)))


def _sent(pds: Pds, item: MediaItem) -> dict[str, Any]:
    data = pds.session.read_media(item.key)
    host = urlsplit(pds.session.credentials["pds"]).hostname
    token = _token(pds, f"did:web:{host}", "com.atproto.repo.uploadBlob")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": item.mime}
    name = f"{hashlib.sha256(data).hexdigest()[:24]}.mp4"
    params = {"did": pds.session.credentials["did"], "name": name}
    answer = attempt(
        lambda: pds.session.http.request(
            "POST",
            _url(pds, "app.bsky.video.uploadVideo"),
            headers=headers,
            params=params,
            body=data,
            timeout=UPLOAD_SECONDS,
        )
    )
    job = _job_of(answer)
    # What was uploaded before is refused, with the job that it became.
    if job is None:
        raise pds.refused(answer)
    return job


def _asked(pds: Pds, job_id: str) -> dict[str, Any]:
    url = _url(pds, "app.bsky.video.getJobStatus")
    answer = attempt(lambda: pds.session.http.request("GET", url, params={"jobId": job_id}))
    job = _job_of(answer)
    if job is None:
        raise pds.refused(answer)
    return job


def _job_of(answer: object) -> dict[str, Any] | None:
    """Return the job in an answer: the schema has it one level deeper than the service."""
    said = answer.object() if isinstance(answer, Answer) else {}
    inner = said.get("jobStatus")
    job = inner if isinstance(inner, dict) else said
    return job if isinstance(job.get("jobId"), str) and job["jobId"] else None


def _token(pds: Pds, audience: str, method: str) -> str:
    exp = str(pds.session.clock.now_ms() // 1000 + TOKEN_SECONDS)
    params = {"aud": audience, "lxm": method, "exp": exp}
    answer = pds.authorised(lambda: pds.get("com.atproto.server.getServiceAuth", params))
    if not isinstance(answer, Answer) or not answer.ok or not isinstance(answer.object().get("token"), str):
        raise pds.refused(answer)
    token = str(answer.object()["token"])
    pds.hide(token)
    return token


def _failure(pds: Pds, job: dict[str, Any]) -> Rejected | NotSent:
    said = pds.reader.quoted(str(job.get("message") or job.get("error") or ""))
    if job.get("failureCode") in _FOR_GOOD:
        return Rejected(sentence=f"Bluesky cannot use this video. Export it anew as MP4 (H.264, AAC).{said}")
    return NotSent(sentence=f"Bluesky could not process the video just now. It will be tried again.{said}")


def _url(pds: Pds, nsid: str) -> str:
    return f"{pds.session.config.get('video', SERVICE)}/xrpc/{nsid}"
