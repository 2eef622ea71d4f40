"""A Slack channel with a bot; the webhook and the sign-in have tests of their own."""

from __future__ import annotations

from scheduler.domain.outcome import Forbidden, NotSent, Rejected, Throttled, Unauthorized, Unknown
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import Call, FaultServer, Reply
from tests.platforms.stage import MARK, NOW, Stage

ABLE = {"form", "upload"}
TOKEN = "xoxb-1234-hush-token-123-abcdefgh"
CHANNEL = "C0123456789"
TS = f"{NOW // 1000 + 1}.000100"


def refused(error: str, status: int = 200, **more: object) -> Reply:
    """Return a refusal as Slack words it."""
    return Reply(status, {"ok": False, "error": error, **more})


def stage() -> Stage:
    team = {"ok": True, "url": "https://clinic.slack.com/", "team": "Clinic", "user_id": "U1", "bot_id": "B1"}
    channel = {"id": CHANNEL, "name": "news", "is_member": True, "is_archived": False}
    message = {
        "ts": TS,
        "text": "...",
        "bot_id": "B1",
        "metadata": {"event_type": "drumbeat_post", "event_payload": {"id": MARK.idempotency_key}},
        "reactions": [{"name": "a", "count": 2}, {"name": "b", "count": 1}],
        "reply_count": 4,
    }
    foreign = {"ts": f"{NOW // 1000 + 2}.000100", "text": "k7Qx2m", "user": "U9"}
    origin: list[str] = []

    def place(_call: Call) -> Reply:
        return Reply(json={"ok": True, "upload_url": f"{origin[0]}/upload/v1/x", "file_id": "F1"})

    server = FaultServer(
        [
            ("POST", "/auth.test$", Reply(json=team)),
            ("POST", "/conversations.info$", Reply(json={"ok": True, "channel": channel})),
            ("POST", "/conversations.history$", Reply(json={"ok": True, "messages": [foreign, message]})),
            ("POST", "/conversations.replies$", Reply(json={"ok": True, "messages": [message]})),
            ("POST", "/conversations.join$", Reply(json={"ok": True, "channel": channel})),
            ("POST", "/chat.(postMessage|update|delete)$", Reply(json={"ok": True, "channel": CHANNEL, "ts": TS})),
            ("POST", "/files.getUploadURLExternal$", place),
            ("POST", "/upload/v1/x$", Reply(text="OK - 7")),
            ("POST", "/files.completeUploadExternal$", Reply(json={"ok": True, "files": [{"id": "F1"}]})),
            (
                "POST",
                "/files.info$",
                Reply(json={"ok": True, "file": {"id": "F1", "shares": {"public": {CHANNEL: [{"ts": TS}]}}}}),
            ),
        ]
    )
    origin.append(server.origin)
    form = {"bot_token": TOKEN, "channel": CHANNEL}
    return Stage(
        platform("slack"),
        server,
        credentials=dict(form),
        remote_id=CHANNEL,
        form=form,
        who=("POST", "/auth.test$"),
        refusal=refused("invalid_auth"),
        upload=("POST", "/files.getUploadURLExternal$"),
        removal=("POST", "/chat.delete$"),
        gone=refused("message_not_found"),
        commit=("POST", "/chat.postMessage$"),
        lookup=("POST", "/conversations.history$"),
        absent=Reply(json={"ok": True, "messages": [foreign]}),
        numbers={"likes": 3, "replies": 4},
        answered=f"thread_ts={TS}",
        limits={"kind": "bot", "team_url": "https://clinic.slack.com/", "member": True},
        faults={
            "revoked": (refused("token_revoked"), Unauthorized),
            "expired": (refused("token_expired"), Unauthorized),
            "no right": (refused("missing_scope", needed="chat:write"), Forbidden),
            "not in channel": (refused("not_in_channel"), Forbidden),
            "archived": (refused("is_archived"), Forbidden),
            "too long": (refused("msg_too_long"), Rejected),
            "blocks": (refused("invalid_blocks"), Rejected),
            "something new": (refused("some_new_error"), Rejected),
            "a moment": (refused("service_unavailable", 503), NotSent),
            "perhaps": (refused("fatal_error"), Unknown),
            "limited": (refused("ratelimited", 429), Throttled),
            "limited with 200": (refused("message_limit_exceeded"), Throttled),
        },
    )
