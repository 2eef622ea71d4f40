"""A Telegram channel with a bot."""

from __future__ import annotations

from scheduler.domain.outcome import Forbidden, NotSent, Rejected, Throttled, Unauthorized, Unknown
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import NOW, Stage

ABLE = {"form"}
TOKEN = "123456789:hush-token-123-abcdefghijklmnopqrst"
CHAT = {"id": -1001234567890, "type": "channel", "title": "Clinic news", "username": "clinic_news"}


def refused(status: int, description: str, **more: object) -> Reply:
    """Return a refusal as Telegram words it."""
    said = {"ok": False, "error_code": status, "description": description}
    return Reply(status, {**said, **({"parameters": more} if more else {})})


def ok(result: object) -> Reply:
    """Return a result in its envelope."""
    return Reply(json={"ok": True, "result": result})


def stage() -> Stage:
    bot = {"id": 123456789, "is_bot": True, "username": "clinic_bot"}
    message = {"message_id": 17, "chat": CHAT, "date": NOW // 1000, "text": "..."}
    server = FaultServer(
        [
            ("POST", "/getMe$", ok(bot)),
            ("POST", "/getChat$", ok(CHAT)),
            ("POST", "/getChatMember$", ok({"status": "administrator", "can_post_messages": True})),
            ("POST", "/send(Message|Photo|Video|Animation)$", ok(message)),
            ("POST", "/sendMediaGroup$", ok([message, {**message, "message_id": 18}])),
            ("POST", "/(editMessageText|editMessageCaption)$", ok(message)),
            ("POST", "/deleteMessages$", ok(True)),
        ]
    )
    return Stage(
        platform("telegram"),
        server,
        credentials={"bot_token": TOKEN, "chat": "-1001234567890"},
        remote_id="-1001234567890",
        form={"bot_token": TOKEN, "chat": "@clinic_news"},
        who=("POST", "/getMe$"),
        refusal=refused(401, "Unauthorized"),
        removal=("POST", "/deleteMessages$"),
        gone=refused(400, "Bad Request: message to delete not found"),
        commit=("POST", "/sendMessage$"),
        answered='"message_id": 17',
        config={"web": "https://t.me"},
        limits={"kind": "channel"},
        faults={
            "token revoked": (refused(401, "Unauthorized"), Unauthorized),
            "path": (refused(404, "Not Found"), Unauthorized),
            "kicked": (refused(403, "Forbidden: bot was kicked from the channel chat"), Forbidden),
            "no rights": (refused(400, "Bad Request: need administrator rights in the channel chat"), Forbidden),
            "no chat": (refused(400, "Bad Request: chat not found"), Forbidden),
            "too long": (refused(400, "Bad Request: message is too long"), Rejected),
            "gone parent": (refused(400, "Bad Request: message to be replied not found"), Rejected),
            "moved": (
                refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1009),
                NotSent,
            ),
            "slow down": (refused(429, "Too Many Requests: retry after 7", retry_after=7), Throttled),
            "restart": (refused(500, "Internal Server Error: restart"), Unknown),
            "200 that is none": (
                Reply(200, {"ok": False, "error_code": 400, "description": "Bad Request: x"}),
                Rejected,
            ),
            "200 without a message": (ok(True), Unknown),
        },
    )
