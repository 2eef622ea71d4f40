"""A receiver of signed webhooks."""

from __future__ import annotations

from scheduler.domain.outcome import Published, Unauthorized
from scheduler.platforms.registry import platform
from tests.platforms.fault_server import FaultServer, Reply
from tests.platforms.stage import WEBHOOK_SECRET, Stage

ABLE = {"form"}
EXPECTS = {
    "403": Unauthorized,
    "403 of a firewall": Unauthorized,
    "200 with other JSON": Published,
    "200 with a list": Published,
    "200 with no JSON": Published,
    "200 with an empty body": Published,
}


def stage() -> Stage:
    server = FaultServer([("POST", "/hook", Reply(json={"id": "n-1", "url": "https://clinic.example/news/1"}))])
    form = {"url": f"{server.origin}/hook/hush-path-456", "secret": WEBHOOK_SECRET}
    return Stage(
        platform("webhook"),
        server,
        credentials=dict(form),
        remote_id="hash",
        form=form,
        address="url",
        who=("POST", "/hook"),
        commit=("POST", "/hook"),
        same_mark="webhook-id",
    )
