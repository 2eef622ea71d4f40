"""The practice feed in a browser: posts that came over HTTP are seen, in both themes, on a phone, by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import requests
from playwright.sync_api import Page, expect

from scheduler.practice.accounts import PracticeCredentials
from scheduler.services.accounts.practice import practice_store
from tests.support.live import LiveServer
from tests.support.practice_clients import jpeg

TEXT = "Three stretches for stiff knees https://clinic.example/knees #running"


def post_to_bluesky(server: LiveServer) -> PracticeCredentials:
    made = practice_store(server.context).create_account("bluesky", "harbor", "Harbor Street Clinic")
    xrpc = f"{server.url}{made.service_url_path}/xrpc/com.atproto"
    login = {"identifier": made.identifier, "password": made.password}
    session = requests.post(f"{xrpc}.server.createSession", json=login, timeout=10).json()
    auth = {"Authorization": f"Bearer {session['accessJwt']}"}
    photo = {**auth, "Content-Type": "image/jpeg"}
    blob = requests.post(f"{xrpc}.repo.uploadBlob", data=jpeg(640, 360), headers=photo, timeout=10).json()["blob"]
    external = {"uri": "https://clinic.example/knees", "title": "Stiff knees", "description": "What helps"}
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://clinic.example/knees"}
    card = {"$type": "app.bsky.embed.external", "external": external | {"thumb": blob}}
    photos = {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": "A taped knee"}]}
    for embed in (card, photos):
        facets = [{"index": {"byteStart": 32, "byteEnd": 60}, "features": [link]}]
        record = {"text": TEXT, "createdAt": "2026-11-23T09:00:00Z", "embed": embed, "facets": facets}
        body = {"repo": session["did"], "collection": "app.bsky.feed.post", "record": record}
        assert requests.post(f"{xrpc}.repo.createRecord", json=body, headers=auth, timeout=10).status_code == 200
    return made


def test_the_feed_shows_posts_as_a_network_would(
    page: Page, live_server: LiveServer, axe: Callable[[Page], None], fits_a_phone: Callable[[Page], None]
) -> None:
    made = post_to_bluesky(live_server)
    practice_store(live_server.context).set_switch(made.account_id, "hang_after", requests=None)
    page.goto("/admin/practice/")
    photo, card = page.get_by_role("article").all()
    expect(photo.get_by_role("img", name="A taped knee")).to_be_visible()
    expect(photo).to_contain_text("Alt text: A taped knee")
    expect(card.get_by_role("link", name="Stiff knees")).to_have_attribute("href", "https://clinic.example/knees")
    assert card.locator(".practice-card img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 640
    card.get_by_text("As it was received").click()
    page.get_by_text("POST xrpc/com.atproto.repo.createRecord").first.click()
    axe(page)
    fits_a_phone(page)


def test_a_failure_is_switched_on_and_off_in_the_page(page: Page, live_server: LiveServer) -> None:
    post_to_bluesky(live_server)
    page.goto("/admin/practice/bluesky")
    page.get_by_label("What goes wrong").select_option("close_after")
    page.get_by_label("For").select_option("")
    page.get_by_role("button", name="Switch on").press("Enter")
    panel = page.get_by_role("region", name="Failure switches")
    expect(panel).to_contain_text("until switched off")
    panel.get_by_role("button", name="Switch off").press("Enter")
    expect(panel).not_to_contain_text("@harbor.practice.test, until")
