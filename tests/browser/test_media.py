"""The media library in a browser: resumable uploads, alt texts at once, the picker, both themes, a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from scheduler.domain.asset import Asset
from scheduler.services.library import assets as library
from tests.support import pictures
from tests.support.house import session_cookie
from tests.support.live import LiveServer

PICKER = """multiple => {
  const picker = document.createElement("asset-picker");
  picker.setAttribute("name", "lead");
  picker.setAttribute("label", "Choose a photo");
  if (multiple) picker.setAttribute("multiple", "");
  window.chosen = [];
  picker.addEventListener("asset-chosen", event => window.chosen.push(event.detail));
  document.querySelector("main").prepend(picker);
}"""


@pytest.fixture
def photos(live_server: LiveServer, tmp_path: Path) -> list[Asset]:
    """Three photos; the last one has no alt text."""
    made = []
    for width, alt in ((300, "The harbour"), (310, "The beach"), (320, "")):
        (tmp_path / "p").write_bytes(pictures.camera_jpeg(width, 200))
        made.append(library.add_asset(live_server.context, tmp_path / "p", f"photo-{width}.jpg", alt).asset)
    return made


@pytest.fixture
def video(live_server: LiveServer, tmp_path: Path) -> Asset:
    """A video with captions."""
    path = pictures.video(tmp_path / "v.mp4")
    asset = library.add_asset(live_server.context, path, "run.mp4", "A square moves").asset
    return library.put_captions(live_server.context, asset.id, b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")


def test_a_file_arrives_although_the_line_breaks_and_its_alt_text_is_asked_for(
    page: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(pictures.camera_jpeg(1200, 800) + b"\0" * 11_000_000)
    pieces: list[str] = []

    def cut_the_second(route: Route) -> None:
        if route.request.method == "PATCH":
            pieces.append(route.request.headers["upload-offset"])
            if len(pieces) == 2:
                route.abort("connectionreset")
                return
        route.continue_()

    page.route("**/admin/uploads/*", cut_the_second)
    page.goto("/admin/media/")
    page.set_input_files("#upload-file", large)
    alt = page.get_by_label("Alt text: what is to be seen?")
    expect(alt).to_be_focused()
    assert pieces == ["0", "5242880", "5242880", "10485760"]
    alt.fill("A colourful square")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ready to use")).to_be_visible()
    expect(page.locator("#media-grid").get_by_role("img", name="A colourful square")).to_be_visible()
    (asset,), _ = library.find_assets(live_server.context)
    assert (asset.alt, asset.bytes) == ("A colourful square", large.stat().st_size)


def test_dropping_files_and_a_refusal(page: Page, live_server: LiveServer) -> None:
    page.goto("/admin/media/")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["<svg xmlns='http://www.w3.org/2000/svg'/>"], "drawing.jpg"));
          const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
          document.querySelector(".drop-zone").dispatchEvent(drop);
        }"""
    )
    expect(page.get_by_text("This is an SVG drawing")).to_be_visible()
    expect(page.get_by_text("Not added")).to_be_visible()
    assert library.find_assets(live_server.context)[1] == 0


def test_searching_while_typing(page: Page, photos: list[Asset]) -> None:
    page.goto("/admin/media/")
    page.get_by_label("Search").fill("harbour")
    expect(page.locator("#media-grid .tile")).to_have_count(1)
    page.get_by_label("Search").fill("nothing like that")
    expect(page.get_by_text("Nothing found")).to_be_visible()


def test_choosing_one_by_keyboard(page: Page, photos: list[Asset]) -> None:
    page.goto("/admin/media/")
    page.evaluate(PICKER, False)
    page.get_by_role("button", name="Choose a photo").press("Enter")
    dialog = page.get_by_role("dialog", name="Choose a photo")
    expect(dialog.get_by_role("searchbox", name="Search")).to_be_focused()
    expect(dialog.get_by_text("Needs alt text")).to_be_visible()
    expect(dialog.locator("[data-asset]")).to_have_count(2)
    page.keyboard.type("beach")
    expect(dialog.locator("[data-asset]")).to_have_count(1)
    dialog.locator("[data-asset]").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Choose a photo")).to_be_focused()
    chosen = page.evaluate("window.chosen")
    assert [(one["id"], one["alt"], one["width"], one["kind"]) for one in chosen] == [
        (photos[1].id, "The beach", 310, "photo")
    ]
    assert page.locator('asset-picker input[name="lead"]').input_value() == photos[1].id
    page.get_by_role("button", name="Remove: The beach").click()
    expect(page.locator('asset-picker input[name="lead"]')).to_have_count(0)


def test_choosing_several_and_their_order(page: Page, photos: list[Asset]) -> None:
    page.goto("/admin/media/")
    page.evaluate(PICKER, True)
    page.get_by_role("button", name="Choose a photo").click()
    dialog = page.get_by_role("dialog", name="Choose a photo")
    expect(dialog.locator("[data-asset]")).to_have_count(2)
    for tile in dialog.locator("[data-asset]").all():
        tile.click()
        expect(tile).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name="Use 2 files").click()
    page.get_by_role("button", name="Move earlier").last.click()
    before = [one["id"] for one in page.evaluate("window.chosen")]
    assert page.evaluate("document.querySelector('asset-picker').value") == before[::-1]


def test_deleting_asks_first(page: Page, live_server: LiveServer, photos: list[Asset]) -> None:
    page.goto(f"/admin/media/{photos[0].id}")
    page.get_by_role("link", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Delete").click()
    dialog.get_by_role("button", name="Delete this photo").click()
    expect(page.get_by_text("is deleted")).to_be_visible()
    assert library.find_assets(live_server.context)[1] == 2


def test_a_video_plays_with_its_captions(page: Page, video: Asset) -> None:
    page.goto(f"/admin/media/{video.id}")
    player = page.locator("video")
    player.evaluate("video => { video.muted = true; video.textTracks[0].mode = 'showing'; return video.play(); }")
    expect(player).to_have_js_property("videoWidth", 320)
    page.locator("video track").evaluate(
        "track => track.readyState === 2 || new Promise(done => track.addEventListener('load', done, { once: true }))"
    )
    assert player.evaluate("video => video.textTracks[0].cues[0].text") == "Hello"


def test_axe_and_a_phone(
    page: Page,
    photos: list[Asset],
    video: Asset,
    axe: Callable[[Page], None],
    fits_a_phone: Callable[[Page], None],
) -> None:
    for path in (f"/admin/media/?added={photos[0].id}&added={photos[2].id}", f"/admin/media/{video.id}?delete"):
        page.goto(path)
        axe(page)
        fits_a_phone(page)
    page.goto("/admin/media/")
    page.evaluate(PICKER, True)
    page.get_by_role("button", name="Choose a photo").click()
    page.locator("dialog [data-asset]").first.click()
    axe(page)
    fits_a_phone(page)


def test_without_javascript(browser: Browser, live_server: LiveServer, photos: list[Asset], tmp_path: Path) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    name, value = session_cookie(live_server.app, live_server.owner)
    context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page = context.new_page()
    (tmp_path / "new.jpg").write_bytes(pictures.camera_jpeg(400, 300))
    page.goto("/admin/media/")
    page.get_by_label("Add photos and videos").set_input_files(tmp_path / "new.jpg")
    page.get_by_role("button", name="Upload").click()
    page.get_by_label("Alt text: what is to be seen?").fill("New")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete this photo").click()
    expect(page.get_by_text("is deleted")).to_be_visible()
    context.close()
