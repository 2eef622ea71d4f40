"""The video service of the Bluesky imitation: its tokens, its jobs, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.support.practice_clients import BlueskyClient, jpeg, mp4, post_record
from tests.support.practice_server import HeldClock, PracticeServer

UPLOAD = "com.atproto.repo.uploadBlob"
OWN = "did:web:127.0.0.1"


@pytest.fixture
def bluesky(practice_server: PracticeServer) -> BlueskyClient:
    return BlueskyClient(practice_server)


def service_token(client: BlueskyClient, aud: str = OWN, lxm: str = UPLOAD, **more: Any) -> requests.Response:
    return client.get("com.atproto.server.getServiceAuth", aud=aud, lxm=lxm, **more)


def upload(client: BlueskyClient, data: bytes, token: str | None = None, did: str = "") -> requests.Response:
    token = service_token(client).json()["token"] if token is None else token
    params = {"did": did or client.did, "name": "clip.mp4"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "video/mp4"}
    url = f"{client.base}/video/xrpc/app.bsky.video.uploadVideo"
    return requests.post(url, params=params, data=data, headers=headers, timeout=10)


def status(client: BlueskyClient, job: str) -> dict[str, Any]:
    url = f"{client.base}/video/xrpc/app.bsky.video.getJobStatus"
    found: dict[str, Any] = requests.get(url, {"jobId": job}, timeout=10).json()["jobStatus"]
    return found


def test_a_video_becomes_a_blob_that_a_post_may_use(bluesky: BlueskyClient, practice_clock: HeldClock) -> None:
    job = upload(bluesky, mp4()).json()
    assert (job["did"], job["state"]) == (bluesky.did, "JOB_STATE_CREATED")
    assert status(bluesky, job["jobId"])["state"] == "JOB_STATE_ENCODING"
    practice_clock.advance(2)
    done = status(bluesky, job["jobId"])
    assert done["state"] == "JOB_STATE_COMPLETED"
    embed = {"$type": "app.bsky.embed.video", "video": done["blob"], "alt": "A stretch"}
    assert bluesky.create(post_record(embed=embed)).status_code == 200
    again = upload(bluesky, mp4())
    assert (again.status_code, again.json()["error"], again.json()["blob"]) == (409, "already_exists", done["blob"])


def test_a_file_that_is_no_video_fails_after_a_while(bluesky: BlueskyClient, practice_clock: HeldClock) -> None:
    job = upload(bluesky, jpeg()).json()["jobId"]
    practice_clock.advance(2)
    assert status(bluesky, job)["failureCode"] == "validation_failure"


def test_switches_reject_and_slow_the_work_down(bluesky: BlueskyClient, practice_clock: HeldClock) -> None:
    bluesky.store.set_switch(bluesky.account_id, "rejected_media")
    job = upload(bluesky, mp4()).json()["jobId"]
    practice_clock.advance(2)
    assert status(bluesky, job)["state"] == "JOB_STATE_FAILED"
    bluesky.store.set_switch(bluesky.account_id, "slow_processing", seconds=60)
    job = upload(bluesky, mp4()).json()["jobId"]
    practice_clock.advance(59)
    assert status(bluesky, job)["state"] == "JOB_STATE_ENCODING"


def test_the_token_is_for_one_thing(bluesky: BlueskyClient, practice_clock: HeldClock) -> None:
    limits = service_token(bluesky, "did:web:video.bsky.app", "app.bsky.video.getUploadLimits").json()["token"]
    headers = {"Authorization": f"Bearer {limits}"}
    url = f"{bluesky.base}/video/xrpc/app.bsky.video.getUploadLimits"
    said = requests.get(url, headers=headers, timeout=10).json()
    assert (said["canUpload"], said["remainingDailyVideos"]) == (True, 25)
    for token in ("", "x", limits, bluesky.session["accessJwt"]):
        assert upload(bluesky, mp4(), token).status_code == 401
    good = service_token(bluesky).json()["token"]
    assert upload(bluesky, mp4(), good, did="did:plc:other").status_code == 401
    practice_clock.advance(60)
    assert upload(bluesky, mp4(), good).status_code == 401


def test_tokens_that_are_not_given(bluesky: BlueskyClient, practice_clock: HeldClock) -> None:
    now = practice_clock.now_ms() // 1000
    assert service_token(bluesky, exp=now + 1800).status_code == 200
    for more in ({"exp": now + 3601}, {"exp": now - 1}, {"exp": now + 61, "lxm": ""}, {"aud": "nobody"}):
        assert service_token(bluesky, **more).status_code == 400, more
    url = f"{bluesky.base}/xrpc/com.atproto.server.getServiceAuth"
    assert requests.get(url, {"aud": OWN}, timeout=10).status_code == 401


def test_the_26th_video_of_a_day_is_refused(bluesky: BlueskyClient, practice_clock: HeldClock) -> None:
    for number in range(25):
        assert upload(bluesky, mp4() + bytes([number])).status_code == 200
    answer = upload(bluesky, mp4() + b"more")
    assert (answer.status_code, answer.json()["error"]) == (400, "limit_reached")
    practice_clock.advance(86_401)
    assert bluesky.refresh(bluesky.session["refreshJwt"]).status_code == 200
