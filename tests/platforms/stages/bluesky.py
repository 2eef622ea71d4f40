"""Bluesky with an app password."""

from __future__ import annotations

from scheduler.platforms.connectors.bluesky.connector import record_key
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import DID, MARK, SECRETS, Stage

ABLE = {"form", "upload", "renewal"}


def stage() -> Stage:
    tokens = {"did": DID, "handle": "clinic.test", "accessJwt": SECRETS[1], "refreshJwt": SECRETS[2], "active": True}
    blob = {"blob": {"$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "image/jpeg", "size": 9}}
    uri = f"at://{DID}/app.bsky.feed.post/{record_key(MARK)}"
    counts = {"likeCount": 3, "repostCount": 2, "replyCount": 1, "quoteCount": 0}
    server = FaultServer(
        [
            ("POST", "createSession", Reply(json=tokens)),
            ("POST", "refreshSession", Reply(json={**tokens, "accessJwt": SECRETS[1] + "2"})),
            ("GET", "getSession", Reply(json={"did": DID, "handle": "clinic.test", "active": True})),
            ("GET", "getProfile", Reply(json={"displayName": "The Clinic", "avatar": "https://cdn.example/a.jpg"})),
            ("GET", "describeServer", Reply(json={"did": "did:web:pds", "blobUploadLimit": 5_242_880})),
            ("GET", "resolveHandle\\?handle=bob.test", Reply(json={"did": "did:plc:bob"})),
            ("GET", "resolveHandle", Reply(400, {"error": "InvalidRequest", "message": "Unable to resolve handle"})),
            ("POST", "uploadBlob", Reply(json=blob)),
            ("POST", "putRecord", Reply(json={"uri": uri, "cid": "bafyrei"})),
            ("GET", "getRecord", Reply(json={"uri": uri, "cid": "bafyrei", "value": {}})),
            ("POST", "deleteRecord", Reply(json={})),
            ("GET", "getPosts", Reply(json={"posts": [{"uri": uri, **counts}]})),
        ]
    )
    form = {"service": server.origin, "identifier": "@clinic.test", "password": SECRETS[0]}
    kept = {**form, "identifier": "clinic.test", "did": DID, "pds": server.origin}
    return Stage(
        platform("bluesky"),
        server,
        credentials={**kept, "access_jwt": SECRETS[1], "refresh_jwt": SECRETS[2]},
        config={"service": "https://bsky.social", "web": "https://bsky.app"},
        remote_id=DID,
        form=form,
        address="service",
        who=("POST", "createSession"),
        renewal=("POST", "refreshSession|createSession"),
        removal=("POST", "deleteRecord"),
        gone=Reply(json={}),
        spent=Reply(401, {"error": "AuthenticationRequired"}),
        numbers={"likes": 3, "reposts": 2, "replies": 1, "quotes": 0},
        commit=("POST", "/xrpc/com.atproto.repo.putRecord"),
        upload=("POST", "uploadBlob"),
        lookup=("GET", "getRecord"),
        absent=Reply(400, {"error": "RecordNotFound", "message": "Could not locate record"}),
        answered=f'"parent": {{"uri": "{uri}"',
    )
