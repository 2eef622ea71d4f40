"""A Discord channel with a bot; the webhook has tests of its own."""

from __future__ import annotations

from dataclasses import replace

from scheduler.domain.outcome import Forbidden, Misconfigured, Rejected, Throttled, Unauthorized
from scheduler.domain.teaser import LinkCard
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import LINK, NOW, TEXT, Stage

ABLE = {"form"}
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.hush-token-123.abcdefghijklmnop"
CHANNEL = "900000000000000001"
BOT = {"id": "900000000000000009", "username": "clinic_bot", "bot": True}
MESSAGE_ID = str((NOW + 1000 - 1_420_070_400_000) << 22)


def refused(status: int, code: int, message: str = "No", **more: object) -> Reply:
    """Return a refusal as Discord words it."""
    return Reply(status, {"message": message, "code": code, **more})


def stage() -> Stage:
    message = {
        "id": MESSAGE_ID,
        "channel_id": CHANNEL,
        "content": f"How to return to running. <{LINK}>",
        "author": BOT,
        "embeds": [],
        "reactions": [{"count": 2, "emoji": {"name": "x"}}, {"count": 1, "emoji": {"name": "y"}}],
    }
    foreign = {**message, "id": str(int(MESSAGE_ID) + 1), "author": {"id": "1"}}
    channel = {"id": CHANNEL, "type": 0, "name": "news", "guild_id": "800000000000000001"}
    server = FaultServer(
        [
            ("GET", "/v10/users/@me$", Reply(json=BOT)),
            ("GET", f"/v10/channels/{CHANNEL}$", Reply(json=channel)),
            ("GET", f"/v10/channels/{CHANNEL}/messages\\?", Reply(json=[foreign, message])),
            ("GET", f"/v10/channels/{CHANNEL}/messages/{MESSAGE_ID}$", Reply(json=message)),
            ("POST", f"/v10/channels/{CHANNEL}/messages$", Reply(json=message)),
            ("PATCH", f"/v10/channels/{CHANNEL}/messages/{MESSAGE_ID}$", Reply(json=message)),
            ("DELETE", f"/v10/channels/{CHANNEL}/messages/{MESSAGE_ID}$", Reply(204)),
        ]
    )
    form = {"bot_token": TOKEN, "channel": CHANNEL}
    return Stage(
        platform("discord"),
        server,
        credentials=dict(form),
        remote_id=CHANNEL,
        form=form,
        who=("GET", "/users/@me$"),
        refusal=refused(401, 0, "401: Unauthorized"),
        removal=("DELETE", "/messages/"),
        gone=refused(404, 10008, "Unknown Message"),
        commit=("POST", "/messages$"),
        lookup=("GET", "/messages\\?"),
        absent=Reply(json=[foreign]),
        numbers={"likes": 3},
        answered=f'"message_id": "{MESSAGE_ID}"',
        text=replace(TEXT, link=LinkCard(LINK, "Running again", "Slowly")),
        config={"web": "https://discord.com"},
        limits={"kind": "bot", "guild_id": "800000000000000001", "channel_type": 0},
        faults={
            "dead token": (refused(401, 0, "401: Unauthorized"), Unauthorized),
            "unknown channel": (refused(404, 10003), Unauthorized),
            "missing access": (refused(403, 50001), Forbidden),
            "missing permissions": (refused(403, 50013), Forbidden),
            "wrong channel": (refused(400, 50008), Forbidden),
            "shield": (refused(403, 40333), Misconfigured),
            "form": (refused(400, 50035), Rejected),
            "empty": (refused(400, 50006), Rejected),
            "auto moderation": (refused(400, 200000), Rejected),
            "too large": (refused(413, 40005), Rejected),
            "limit": (refused(429, 0, "You are being rate limited.", retry_after=0.5), Throttled),
            "slow mode": (refused(429, 20016, retry_after=12.25), Throttled),
            "write limit": (refused(400, 20028), Throttled),
        },
    )
