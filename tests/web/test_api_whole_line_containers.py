"""The whole line by API for platforms that fetch photos from our site or take them inside the call."""

from __future__ import annotations

import io

from scheduler.services.accounts.practice import practice_store
from scheduler.services.delivery import dispatch
from tests.support.live import LiveServer
from tests.support.pictures import camera_jpeg
from tests.web.test_api_whole_line import Script


def test_a_photo_goes_to_threads_and_pinterest(live: LiveServer) -> None:
    script = Script(live)
    thread = script.post("/accounts", "a1", json={"platform": "threads", "credentials": {"service": "practice"}})
    pins = script.post("/accounts", "a2", json={"platform": "pinterest", "credentials": {"service": "practice"}})
    picture = ("runner.jpg", io.BytesIO(camera_jpeg(1300, 700)), "image/jpeg")
    photo = script.post("/assets", "p1", files={"file": picture}, data={"alt": "A runner at dawn"})
    article = script.post(
        "/articles", "w1", json={"title": "Tired hips", "markdown": "Strong hips.", "status": "published",
                                 "image": {"asset": photo["id"]}},
    )  # fmt: skip
    teaser = script.post(
        "/teasers",
        "t1",
        json={
            "text": "Tired hips? Five exercises.",
            "article": article["slug"],
            "assets": [photo["id"]],
            "accounts": [thread["id"], pins["id"]],
            "variants": {str(pins["id"]): {"options": {"title": "Five exercises"}}},
            "when": {"now": True},
        },
    )
    assert [d["state"] for d in teaser["deliveries"]] == ["scheduled", "scheduled"]
    for each in dispatch.claim_due(live.context, "w1", 10):
        dispatch.send(live.context, each)
    published = script.get("/deliveries?state=published")["items"]
    assert {d["account"] for d in published} == {thread["id"], pins["id"]}, script.get("/deliveries")
    store = practice_store(live.context)
    [posted], [pinned] = store.feed("threads"), store.feed("pinterest")
    assert [image.alt for image in (*posted.images, *pinned.images)] == ["A runner at dawn"] * 2
    assert "/blog/tired-hips" in posted.text
    assert pinned.text.startswith("Five exercises\n\nTired hips?")
