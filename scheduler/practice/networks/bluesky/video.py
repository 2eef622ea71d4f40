"""Bluesky's video service: it takes an MP4 for an account, turns it into a blob on the account's server, and tells.

An upload needs a token that the account's server signed for exactly this (`com.atproto.server.getServiceAuth`); the
state of the work is public. The upload in parts (`startUpload` and its kin) is not imitated.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from flask import Response, g, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Document, Place
from scheduler.practice.identifiers import blob_cid, sniff_media_type
from scheduler.practice.media import Upload
from scheduler.practice.networks.bluesky.scopes import require_rpc
from scheduler.practice.networks.bluesky.wire import BlueskyRefusal, invalid
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

VIDEO_SERVICE = "did:web:video.bsky.app"
MAX_VIDEO_BYTES = 300_000_000
VIDEO_BUDGET = Budget("bluesky-video-day", 25, 86_400)
DAILY_BYTES = 10_000_000_000
UPLOAD_LXM, LIMITS_LXM = "com.atproto.repo.uploadBlob", "app.bsky.video.getUploadLimits"
LONGEST_TOKEN_SECONDS = 3600
SHORT_TOKEN_SECONDS = 60
_NETWORK = "bluesky"


class BlueskyVideo:
    """The video calls, and the signed tokens that they ask for."""

    def __init__(self, store: PracticeStore, signed_in: Callable[[], PracticeAccount]) -> None:
        """Keep jobs in `store`; `signed_in` gives the account of a request to the account's own server."""
        self._store = store
        self._signed_in = signed_in

    def service_auth(self) -> dict[str, Any]:
        """com.atproto.server.getServiceAuth: a token for one audience, with `lxm` for one method."""
        account, aud, lxm = self._signed_in(), request.args.get("aud", ""), request.args.get("lxm", "")
        if not aud.startswith("did:"):
            raise invalid("Params/aud must be a valid did")
        require_rpc(lxm)
        now = self._store.clock.now_ms()
        seconds = _until(request.args.get("exp", ""), now)
        if seconds <= 0:
            raise BlueskyRefusal(400, "BadExpiration", "expiration is in past")
        if seconds > (LONGEST_TOKEN_SECONDS if lxm else SHORT_TOKEN_SECONDS):
            raise BlueskyRefusal(400, "BadExpiration", "cannot request a token with an expiration more than an hour")
        token = secrets.token_urlsafe(40)
        body = {"aud": aud, "lxm": lxm}
        self._store.documents.put(_place("service-token", token), body, account.id, now + seconds * 1000)
        return {"token": token}

    def upload_limits(self) -> dict[str, Any]:
        """app.bsky.video.getUploadLimits."""
        account = self._bearer((VIDEO_SERVICE, _own_did()), LIMITS_LXM)
        used = len(self._jobs_today(account))
        left = max(VIDEO_BUDGET.limit - used, 0)
        full = {} if left else {"message": "You have reached the daily limit of videos", "error": "limit_reached"}
        return {"canUpload": left > 0, "remainingDailyVideos": left, "remainingDailyBytes": DAILY_BYTES} | full

    def upload(self) -> Response:
        """app.bsky.video.uploadVideo: answers the flat job, as the real service does."""
        account = self._bearer((_own_did(),), UPLOAD_LXM)
        if request.args.get("did") != account.public_id:
            raise BlueskyRefusal(401, "unauthorized", "The token is not for this did")
        if not request.args.get("name"):
            raise invalid('Params must have the property "name"')
        data = request.get_data()
        if len(data) > MAX_VIDEO_BYTES:
            raise BlueskyRefusal(413, "VideoTooLarge", "Video is too large")
        if len(self._jobs_today(account)) >= VIDEO_BUDGET.limit:
            raise BlueskyRefusal(400, "limit_reached", "You have reached the daily limit of videos")
        known = self._store.documents.get(_place("video-known", f"{account.id}-{blob_cid(data)}"))
        if known is not None:
            answer = jsonify(self._job(known.body["job"]) | {"error": "already_exists", "message": "Already uploaded"})
            answer.status_code = 409
            return answer
        return jsonify(self._begun(account, data))

    def job_status(self) -> dict[str, Any]:
        """app.bsky.video.getJobStatus, open to all."""
        job = self._job(request.args.get("jobId", ""))
        return {"jobStatus": job}

    def _begun(self, account: PracticeAccount, data: bytes) -> dict[str, Any]:
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA, FailureSwitch.SLOW_PROCESSING)
        waits, failed = self._store.media_processing_ms, sniff_media_type(data) != "video/mp4"
        if switch is not None:
            note_switch(switch)
            failed = failed or switch.kind is FailureSwitch.REJECTED_MEDIA
            waits = switch.seconds * 1000 if switch.kind is FailureSwitch.SLOW_PROCESSING else waits
        job, cid = secrets.token_hex(11), blob_cid(data)
        if not failed:
            self._store.media.add(account.id, Upload(data, "video/mp4", "video", cid))
            self._store.documents.put(_place("video-known", f"{account.id}-{cid}"), {"job": job}, account.id)
        body = {"cid": cid, "size": len(data), "failed": failed, "ready_at": self._store.clock.now_ms() + waits}
        self._store.documents.put(_place("video-job", job), body | {"did": account.public_id}, account.id)
        return {"jobId": job, "did": account.public_id, "state": "JOB_STATE_CREATED", "progress": 0}

    def _job(self, name: str) -> dict[str, Any]:
        found = self._store.documents.get(_place("video-job", name))
        if found is None:
            raise BlueskyRefusal(400, "not_found", "Job not found")
        body, now = found.body, self._store.clock.now_ms()
        base = {"jobId": name, "did": body["did"]}
        if now < body["ready_at"]:
            return base | {"state": "JOB_STATE_ENCODING", "progress": 40}
        if body["failed"]:
            reason = {"failureCode": "validation_failure", "error": "Unsupported video", "message": "Unsupported video"}
            return base | {"state": "JOB_STATE_FAILED"} | reason
        blob = {"$type": "blob", "ref": {"$link": body["cid"]}, "mimeType": "video/mp4", "size": body["size"]}
        return base | {"state": "JOB_STATE_COMPLETED", "progress": 100, "blob": blob}

    def _bearer(self, audiences: tuple[str, ...], lxm: str) -> PracticeAccount:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        found = self._store.documents.get(_place("service-token", token.strip())) if kind.lower() == "bearer" else None
        account = self._store.accounts.get(found.account_id or 0) if found else None
        if found is None or account is None or found.body["aud"] not in audiences or found.body["lxm"] != lxm:
            raise BlueskyRefusal(401, "unauthorized", "The service token is missing, expired or for something else")
        g.practice_account_id = account.id
        return account

    def _jobs_today(self, account: PracticeAccount) -> list[Document]:
        since = self._store.clock.now_ms() - VIDEO_BUDGET.window_seconds * 1000
        jobs = self._store.documents.all(_NETWORK, "video-job", account.id)
        return [one for one in jobs if one.created_at > since]


def _until(exp: str, now: int) -> int:
    if not exp:
        return SHORT_TOKEN_SECONDS
    return int(exp) - now // 1000 if exp.isdecimal() else 0


def _own_did() -> str:
    return f"did:web:{request.host.partition(':')[0]}"


def _place(kind: str, name: str) -> Place:
    return Place(_NETWORK, kind, hashlib.sha256(name.encode()).hexdigest() if kind == "service-token" else name)
