"""The whole line by API for the chats: Telegram, Discord and Slack, one click each, with and without a photo."""

from __future__ import annotations

import io

import requests

from scheduler.services.accounts.practice import practice_store
from scheduler.services.delivery import dispatch
from tests.support.live import LiveServer
from tests.support.pictures import camera_jpeg
from tests.web.test_api_whole_line import Script

CHATS = ("telegram", "discord", "slack")


def test_a_photo_and_what_follows_go_to_every_chat(live: LiveServer) -> None:
    script = Script(live)
    accounts = {
        name: script.post("/accounts", f"a-{name}", json={"platform": name, "credentials": {"service": "practice"}})[
            "id"
        ]
        for name in CHATS
    }
    picture = ("runner.jpg", io.BytesIO(camera_jpeg(1300, 700)), "image/jpeg")
    photo = script.post("/assets", "p1", files={"file": picture}, data={"alt": "A runner at dawn"})
    article = script.post(
        "/articles",
        "w1",
        json={
            "title": "Tired hips",
            "markdown": "Strong hips.",
            "status": "published",
            "image": {"asset": photo["id"]},
        },
    )
    for place, assets in enumerate(([photo["id"]], [])):
        body = {"text": "Tired hips? Five exercises.", "article": article["slug"], "assets": assets}
        body |= {"accounts": list(accounts.values()), "when": {"now": True}, "replies": ["More tomorrow."][place:]}
        script.post("/teasers", f"t{place}", json=body)
        while claimed := dispatch.claim_due(live.context, "w1", 10):
            for each in claimed:
                dispatch.send(live.context, each)
    published = script.get("/deliveries?state=published")["items"]
    assert len(published) == 3 * len(CHATS), script.get("/deliveries")
    for name, account in accounts.items():
        plain, reply, pictured = practice_store(live.context).feed(name)
        assert "More tomorrow." in reply.text
        assert len(pictured.images) == 1
        assert pictured.images[0].alt == ("" if name == "telegram" else "A runner at dawn")
        assert "/blog/tired-hips" in plain.raw_json
        urls = [one["url"] for one in published if one["account"] == account]
        assert [requests.get(url, allow_redirects=False, timeout=10).status_code for url in urls] == [302] * 3
