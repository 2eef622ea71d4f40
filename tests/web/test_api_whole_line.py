"""The whole line by API alone: connect, upload, write, schedule; the worker's own steps; a look at both ends."""

from __future__ import annotations

import io
from typing import Any

import requests

from scheduler.services.accounts.practice import practice_store
from scheduler.services.delivery import dispatch
from scheduler.services.operations.users import create_token
from tests.support.live import LiveServer
from tests.support.pictures import camera_jpeg


class Script:
    """A program of a customer's, with nothing but requests and a token."""

    def __init__(self, live: LiveServer) -> None:
        self.url = f"{live.url}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = (
            f"Bearer {create_token(live.context, name='a script', scopes=['admin'])}"
        )

    def post(self, path: str, key: str, **kwargs: Any) -> dict[str, Any]:
        answer = self.session.post(self.url + path, headers={"Idempotency-Key": key}, timeout=30, **kwargs)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def get(self, path: str) -> dict[str, Any]:
        answer = self.session.get(self.url + path, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def test_from_nothing_to_two_published_posts(live: LiveServer) -> None:
    script = Script(live)
    sky = script.post("/accounts", "a1", json={"platform": "bluesky", "credentials": {"service": "practice"}})
    toot = script.post("/accounts", "a2", json={"platform": "mastodon", "credentials": {"instance": "practice"}})
    photo = script.post(
        "/assets", "p1", files={"file": ("runner.jpg", io.BytesIO(camera_jpeg(1300, 700)), "image/jpeg")},
        data={"alt": "A runner at dawn"},
    )  # fmt: skip
    article = script.post(
        "/articles",
        "w1",
        json={
            "title": "Five exercises for tired hips",
            "markdown": "Strong hips carry tired legs.",
            "status": "published",
            "image": {"asset": photo["id"]},
        },
    )
    body = {
        "text": "Tired hips? Five exercises.",
        "article": article["slug"],
        "assets": [photo["id"]],
        "accounts": [sky["id"], toot["id"]],
        "variants": {str(toot["id"]): {"text": "Tired hips? Five exercises, at home."}},
        "when": {"now": True},
    }
    teaser = script.post("/teasers", "t1", json=body)
    assert script.post("/teasers", "t1", json=body) == teaser, "a script that did not hear the answer asks again"
    assert [d["state"] for d in teaser["deliveries"]] == ["scheduled", "scheduled"]

    claimed = dispatch.claim_due(live.context, "w1", 10)
    assert len(claimed) == 2
    for each in claimed:
        dispatch.send(live.context, each)

    published = script.get("/deliveries?state=published")["items"]
    assert {d["account"] for d in published} == {sky["id"], toot["id"]}
    texts = {sky["id"]: "Tired hips? Five exercises.", toot["id"]: "Tired hips? Five exercises, at home."}
    for delivery_id in [d["id"] for d in published]:
        delivery = script.get(f"/deliveries/{delivery_id}")
        assert delivery["url"].startswith(live.url)
        assert delivery["remote_id"]
        assert delivery["content"]["text"] == texts[delivery["account"]]
        assert delivery["content"]["media"] == [{"asset": photo["id"], "alt": "A runner at dawn", "type": "image/jpeg"}]
        assert "utm_content=" in delivery["content"]["link"]
        (attempt,) = delivery["attempts"]
        assert (attempt["action"], attempt["outcome"], attempt["http_status"]) == ("publish", "Published", 200)
    for network in ("bluesky", "mastodon"):
        (post,) = practice_store(live.context).feed(network)
        assert "Tired hips?" in post.text
    assert script.get(f"/teasers/{teaser['id']}")["deliveries"] == published
