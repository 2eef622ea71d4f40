"""Plain HTTP clients for testing the practice networks themselves; they know nothing of the connectors."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import av
import requests
from PIL import Image

from tests.support.practice_server import PracticeServer

TIMEOUT = 10
Answer = requests.Response


def jpeg(width: int = 40, height: int = 30, colour: str = "teal") -> bytes:
    """Return a real JPEG."""
    return _picture("JPEG", [Image.new("RGB", (width, height), colour)])


def moving_gif() -> bytes:
    """Return a real GIF of two frames."""
    return _picture("GIF", [Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")])


@cache
def mp4() -> bytes:
    """Return a real video: MP4 with H.264, 64 x 36 pixels, a good three seconds."""
    written = io.BytesIO()
    with av.open(written, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        picture = Image.new("RGB", (64, 36), "teal")
        for _ in range(80):
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode(None))
    return written.getvalue()


def _picture(kind: str, frames: list[Image.Image]) -> bytes:
    written = io.BytesIO()
    more = {"save_all": True, "append_images": frames[1:]} if len(frames) > 1 else {}
    frames[0].save(written, kind, **more)
    return written.getvalue()


class BlueskyClient:
    """One account on the Bluesky imitation, signed in."""

    def __init__(self, server: PracticeServer, handle: str = "harbor", name: str = "Harbor Street Clinic") -> None:
        """Create the account and sign in."""
        self.store = server.store
        self.credentials = server.store.create_account("bluesky", handle, name)
        self.account_id = self.credentials.account_id
        self.base = server.address(self.credentials)
        self.session: dict[str, Any] = self.sign_in().json()
        self.did = str(self.session["did"])

    def sign_in(self, **changes: str) -> Answer:
        """Call createSession."""
        body = {"identifier": self.credentials.identifier, "password": self.credentials.password} | changes
        return self.post("com.atproto.server.createSession", body, token="")

    def refresh(self, token: str) -> Answer:
        """Call refreshSession."""
        return self.post("com.atproto.server.refreshSession", None, token=token)

    def post(self, nsid: str, body: object, token: str | None = None) -> Answer:
        """Call a procedure."""
        return requests.post(f"{self.base}/xrpc/{nsid}", json=body, headers=self.auth(token), timeout=TIMEOUT)

    def get(self, nsid: str, token: str | None = None, **params: Any) -> Answer:
        """Call a query."""
        return requests.get(f"{self.base}/xrpc/{nsid}", params=params, headers=self.auth(token), timeout=TIMEOUT)

    def auth(self, token: str | None = None) -> dict[str, str]:
        """Return the header of a token: None for the session's, "" for no header."""
        token = str(self.session["accessJwt"]) if token is None else token
        return {"Authorization": f"Bearer {token}"} if token else {}

    def upload(self, data: bytes, kind: str = "image/jpeg") -> Answer:
        """Call uploadBlob."""
        headers = self.auth() | {"Content-Type": kind}
        return requests.post(
            f"{self.base}/xrpc/com.atproto.repo.uploadBlob", data=data, headers=headers, timeout=TIMEOUT
        )

    def blob(self, data: bytes) -> dict[str, Any]:
        """Upload and return the blob object."""
        found: dict[str, Any] = self.upload(data).json()["blob"]
        return found

    def create(self, record: Mapping[str, Any], rkey: str | None = None, timeout: float = TIMEOUT) -> Answer:
        """Call createRecord for a post."""
        return self._write("createRecord", record, {} if rkey is None else {"rkey": rkey}, timeout)

    def put(self, record: Mapping[str, Any], rkey: str, **more: object) -> Answer:
        """Call putRecord for a post."""
        return self._write("putRecord", record, {"rkey": rkey} | more, TIMEOUT)

    def records(self) -> list[dict[str, Any]]:
        """Return what listRecords says."""
        listed: list[dict[str, Any]] = self.get(
            "com.atproto.repo.listRecords", repo=self.did, collection="app.bsky.feed.post"
        ).json()["records"]
        return listed

    def _write(self, call: str, record: Mapping[str, Any], more: Mapping[str, object], timeout: float) -> Answer:
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "record": dict(record), **more}
        url = f"{self.base}/xrpc/com.atproto.repo.{call}"
        return requests.post(url, json=body, headers=self.auth(), timeout=timeout)


def post_record(text: str = "Hello", **more: Any) -> dict[str, Any]:
    """Return a post record as a careful client writes it."""
    base = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-11-23T09:00:00.000Z", "langs": ["en"]}
    return base | more


class MastodonClient:
    """One account on the Mastodon imitation."""

    def __init__(self, server: PracticeServer, handle: str = "harbor", name: str = "Harbor Street Clinic") -> None:
        """Create the account."""
        self.store = server.store
        self.credentials = server.store.create_account("mastodon", handle, name)
        self.account_id = self.credentials.account_id
        self.base = server.address(self.credentials) + "/api"
        self.token = self.credentials.access_token

    def call(self, verb: str, path: str, **more: Any) -> Answer:
        """Call any path below /api."""
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return requests.request(verb, f"{self.base}/{path}", headers=headers, timeout=TIMEOUT, **more)

    def publish(self, status: str | None = None, key: str = "", timeout: float = TIMEOUT, **fields: Any) -> Answer:
        """POST a status as JSON."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        body = ({} if status is None else {"status": status}) | fields
        return requests.post(f"{self.base}/v1/statuses", json=body, headers=headers, timeout=timeout)

    def upload(self, data: bytes, name: str = "photo.jpg", **fields: str) -> Answer:
        """POST a file."""
        return self.call("POST", "v2/media", files={"file": (name, data, "application/octet-stream")}, data=fields)

    def media(self, data: bytes, **fields: str) -> str:
        """Upload and return the id."""
        return str(self.upload(data, **fields).json()["id"])

    def statuses(self) -> list[dict[str, Any]]:
        """Return the account's own listing."""
        me = self.call("GET", "v1/accounts/verify_credentials").json()["id"]
        listed: list[dict[str, Any]] = self.call("GET", f"v1/accounts/{me}/statuses", params={"limit": 40}).json()
        return listed
