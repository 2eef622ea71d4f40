"""Writes a text as a marketer would, in Chromium, and photographs it: `python -m tests.evidence.sample FILE FOLDER`.

The file is plain text: a line of breadcrumbs, the title, paragraphs, a paragraph "Author's Note: ...", and whatever an
author box of another system left behind. Its words are typed and pasted into the editor; the photo and the video come
from the samples of the library. Pictures of the editor and of the published page are put into the folder.
"""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

from playwright.sync_api import Page, expect, sync_playwright

from bootstrap.chromium import find_chromium
from scheduler.services.library.samples import ensure_samples
from tests.browser.conftest import ARGUMENTS
from tests.browser.test_visual_editor import give, insert, to_the_end
from tests.support.house import session_cookie
from tests.support.live import serve

RESIDUE = "The following two tabs change content below."
PHOTO, VIDEO = "sample-runner", "sample-needling-video"
EDITOR, PAGE = "/admin/articles/the-sample/", "/blog/the-sample/"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@dataclass(frozen=True, slots=True)
class Sample:
    """The parts of the text."""

    categories: str
    title: str
    paragraphs: list[str]
    note: str
    bio: str


def read(text: str) -> Sample:
    """Return the parts of a text."""
    article, _, bio = text.partition(RESIDUE)
    crumbs, title, *rest = [part.strip() for part in re.split(r"\n\s*\n", article) if part.strip()]
    note = next((part for part in rest if part.startswith("Author")), "")
    way = [name.strip() for name in crumbs.split(" / ")][1:-1]
    return Sample("/".join(way), title, [p for p in rest if p != note], note.partition(":")[2].strip(), bio.strip())


def main(source: Path, folder: Path) -> None:
    """Write and photograph the text."""
    folder.mkdir(parents=True, exist_ok=True)
    sample = read(source.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as house, serve(Path(house)) as live, sync_playwright() as playwright:
        ensure_samples(live.context)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        context = browser.new_context(base_url=live.url, viewport={"width": 1280, "height": 900})
        name, value = session_cookie(live.app, live.owner)
        context.add_cookies([{"name": name, "value": value, "url": live.url}])
        page = context.new_page()
        add_author(page, sample.bio)
        write(page, sample)
        for kind, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)
                for what, path in (("editor", EDITOR), ("page", PAGE)):
                    page.goto(path)
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=folder / f"{what}-{kind}-{scheme}.png", full_page=True)
        browser.close()


def add_author(page: Page, bio: str) -> None:
    """Make the author; the bio names them after what they do, "swimming George is ..."."""
    name = (re.search(r"\b(?:swimming|running) ([A-Z]\w+)", bio) or [None, "The author"])[1]
    page.goto("/admin/articles/authors/new")
    page.get_by_label("Name", exact=True).fill(str(name))
    page.locator("#bio").fill(bio)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(str(name))


def write(page: Page, sample: Sample) -> None:
    """Type and paste the article into a new one, and publish it."""
    page.goto("/admin/articles/new")
    page.get_by_label("Title", exact=True).first.fill(sample.title)
    text = page.get_by_role("textbox", name="Text of the article")
    text.click()
    page.keyboard.type(sample.paragraphs[0])
    page.keyboard.press("Enter")
    give(page, "paste", "text/plain", "\n\n".join(sample.paragraphs[1:]))
    to_the_end(page, text)
    page.keyboard.press("Enter")
    insert(page, "video")
    choose(page, "needling")
    to_the_end(page, text)
    page.keyboard.press("Enter")
    insert(page, "author")
    page.keyboard.type(sample.note)
    page.get_by_role("button", name="Choose the lead photo").click()
    choose(page, "runner")
    page.locator("#categories").fill(sample.categories)
    page.get_by_label("Author", exact=True).select_option(index=1)
    page.get_by_label("Address", exact=True).fill("the-sample")
    page.locator("#description").fill(shorten(sample.paragraphs[1], 150, placeholder="…"))
    page.get_by_role("button", name="Publish now").first.click()
    expect(page.get_by_text("It is published")).to_be_visible()


def choose(page: Page, words: str) -> None:
    """Choose an asset of the library by its file's name."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Search").fill(words)
    tile = dialog.locator("button.tile").filter(has_text=words).first
    tile.click()
    take = dialog.get_by_role("button", name=re.compile("^Use 1"))
    if take.is_visible():
        take.click()
    expect(dialog).to_be_hidden()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
