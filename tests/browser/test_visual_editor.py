"""Writing an article visually in Chromium, as a marketer would: blocks, photos, links, and nothing lost on the way."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from scheduler.content import markdown
from scheduler.content.blocks import Block
from scheduler.services.library import assets as library
from tests.support import pictures
from tests.support.live import LiveServer
from tests.support.posts import write_article

EDIT = "/admin/articles/knee/"
FIRST = "Does this sound familiar to you? “There’s that pain again, but I have to go for a run.”"
SECOND = "Dry needling uses small, fine filament needles, to release trigger points (muscle knots)."
GIVE = """([how, kind, content, name]) => {
  const data = new DataTransfer();
  if (kind.startsWith("text/")) data.setData(kind, content);
  else data.items.add(new File([Uint8Array.from(atob(content), sign => sign.charCodeAt(0))], name, { type: kind }));
  const text = document.querySelector(".rt-surface");
  const { left, top } = text.querySelector("p").getBoundingClientRect();
  const where = { bubbles: true, cancelable: true, clientX: left + 2, clientY: top + 2 };
  text.dispatchEvent(how === "paste" ? new ClipboardEvent("paste", { ...where, clipboardData: data })
    : new DragEvent("drop", { ...where, dataTransfer: data }));
}"""


@pytest.fixture
def editor(page: Page, live_server: LiveServer) -> Callable[[str], Locator]:
    """Open an article with a text in the visual editor; the cursor stands at the end."""
    page.add_init_script("try { localStorage.setItem('drumbeat.editor', 'write') } catch { /* no page yet */ }")

    def opened(body: str) -> Locator:
        write_article(live_server.context, "knee", body=body, status="draft")
        page.goto(EDIT)
        text = page.get_by_role("textbox", name="Text of the article")
        to_the_end(page, text)
        return text

    return opened


def to_the_end(page: Page, text: Locator) -> None:
    """Put the cursor at the end, and wait until the editor knows it: browsers say so a moment later."""
    text.focus()
    page.keyboard.press("Control+End")
    page.wait_for_function(
        "() => { const { selection, doc } = document.querySelector('rich-text').editor.state;"
        " return selection.to >= doc.content.size - 2 }"
    )


def menu(page: Page) -> Locator:
    """The options of the list that is open in the text."""
    return page.locator(".rt-menu").get_by_role("option")


def give(page: Page, how: str, kind: str, content: str | bytes, name: str = "") -> None:
    """Paste or drop a text or a file."""
    plain = content if isinstance(content, str) else base64.b64encode(content).decode()
    page.evaluate(GIVE, [how, kind, plain, name])


def holds(page: Page, text: str) -> None:
    """Wait until the Markdown is this; empty lines at its end do not count."""
    expect(page.locator("#body")).to_have_value(re.compile(rf"^{re.escape(text.strip())}\s*$"))


def insert(page: Page, words: str) -> None:
    """Choose a block from the slash menu by its first letters."""
    page.keyboard.type(f"/{words}")
    expect(menu(page).first).to_be_visible()
    page.keyboard.press("Enter")


def test_the_customers_article_is_written_as_a_marketer_would(
    page: Page, live_server: LiveServer, editor: Callable[[str], Locator], axe: Callable[[Page], None]
) -> None:
    text = editor("")
    give(page, "paste", "text/plain", f"{FIRST}\n\n{SECOND}")
    expect(text.locator("p").first).to_have_text(FIRST)
    page.keyboard.press("Enter")
    insert(page, "head")
    page.keyboard.type("A typical treatment")
    page.keyboard.press("Enter")
    give(page, "paste", "image/jpeg", pictures.camera_jpeg(640, 400), "leg.jpg")
    page.get_by_label("What does it show?").fill("My leg with two needles")
    page.get_by_role("button", name="Put it into the text").click()
    text.get_by_role("textbox", name="Caption").fill("That’s my leg in the video")
    page.keyboard.press("Enter")
    insert(page, "author")
    page.keyboard.type("I underwent **Dry Needling** earlier this year.")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # an empty line at its end leads out of the note
    insert(page, "call to")
    page.get_by_label("Title", exact=True).last.fill("Does your knee hurt?")
    page.get_by_label("Leads to").fill("https://book.example/visit")
    page.get_by_role("dialog").get_by_role("button", name="Insert").click()
    expect(text.get_by_text("Leads to https://book.example/visit")).to_be_visible()
    axe(page)
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Publish now").first.click()
    expect(page.get_by_text("It is published")).to_be_visible()
    page.goto("/blog/knee/")
    prose = page.locator(".prose")
    expect(prose.locator("> p").first).to_have_text(FIRST)
    expect(prose.locator("h2").first).to_have_text("A typical treatment")
    expect(prose.locator("figure img")).to_have_attribute("alt", "My leg with two needles")
    expect(prose.locator("figcaption").first).to_contain_text("That’s my leg in the video")
    expect(prose.get_by_role("complementary", name="Author’s Note").locator("strong")).to_have_text("Dry Needling")
    expect(prose.get_by_role("link", name="Book a visit")).to_have_attribute("href", "https://book.example/visit")


def test_both_ways_of_writing_hold_the_same_text(page: Page, editor: Callable[[str], Locator]) -> None:
    text = editor("* One\n* Two\n\nLast   words")
    before = page.locator("#body").input_value()
    page.get_by_role("tab", name="Markdown").click()
    holds(page, before)
    page.fill("#body", f"{before} and **more** words")
    page.get_by_role("tab", name="Markdown").press("ArrowLeft")
    expect(text.locator("strong")).to_have_text("more")
    to_the_end(page, text)
    page.keyboard.type("!")
    holds(page, f"{before} and **more** words!")
    expect(page.frame_locator("iframe").get_by_text("and more words!")).to_be_attached()
    page.locator("#body").evaluate("area => { area.value = 'A draft'; area.dispatchEvent(new Event('input')) }")
    expect(text.locator("p").first).to_have_text("A draft")  # who changes the text elsewhere changes it here
    page.get_by_role("tab", name="Markdown").click()
    assert page.evaluate("localStorage.getItem('drumbeat.editor')") == "markdown"


def test_a_text_that_the_editor_cannot_hold_opens_as_markdown_and_says_why(
    page: Page, editor: Callable[[str], Locator]
) -> None:
    page.add_init_script("try { localStorage.setItem('drumbeat.editor', 'write') } catch { /* no page yet */ }")
    page.goto("/admin/articles/new")
    page.get_by_role("tab", name="Markdown").click()
    deep = "> " * 24 + "words"
    page.fill("#body", deep)
    page.get_by_role("tab", name="Write").click()
    expect(page.get_by_text("Line 1 is nested deeper than pages show")).to_be_visible()
    expect(page.get_by_role("tab", name="Markdown")).to_have_attribute("aria-selected", "true")
    holds(page, deep)
    page.get_by_role("button", name="Write visually anyway").click()
    page.get_by_role("textbox", name="Text of the article").click()
    page.get_by_role("tab", name="Markdown").click()
    holds(page, deep)  # what was only looked at stays


def test_everything_is_reached_by_keyboard(
    page: Page, live_server: LiveServer, editor: Callable[[str], Locator], tmp_path: Path
) -> None:
    path = pictures.video(tmp_path / "v.mp4")
    film = library.add_asset(live_server.context, path, "run.mp4", "A treatment").asset.id
    library.put_captions(live_server.context, film, b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")
    text = editor(f"First\n\n```video\nasset: {film}\n```\n\nLast")
    page.keyboard.press("Alt+F10")
    expect(page.get_by_role("button", name="Insert")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("toolbar", name="Text and blocks").get_by_role("button", name="Video")).to_be_focused()
    page.keyboard.press("Escape")
    expect(text).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    holds(page, f"First\n\nLast\n\n```video\nasset: {film}\n```\n")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_label("Title", exact=True).last.fill("A treatment: how it feels")
    page.keyboard.press("Enter")
    holds(page, f'First\n\nLast\n\n```video\nasset: {film}\ntitle: "A treatment: how it feels"\n```\n')
    expect(text.get_by_text("Captions: English")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Delete")
    holds(page, "First\n\nLast\n")
    page.keyboard.press("Control+z")
    expect(text.get_by_text("A treatment: how it feels")).to_be_visible()


def test_the_slash_menu_says_where_one_is_and_goes_away(page: Page, editor: Callable[[str], Locator]) -> None:
    text = editor("")
    page.keyboard.type("/list")
    option = page.get_by_role("option", name="Bulleted list")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    numbered = page.get_by_role("option", name="Numbered list")
    expect(numbered).to_have_attribute("aria-selected", "true")
    expect(text).to_have_attribute("aria-activedescendant", numbered.get_attribute("id") or "none")
    expect(page.get_by_role("status").filter(has_text="Numbered list, 2 of 2")).to_be_attached()
    page.keyboard.press("Escape")
    expect(menu(page)).to_have_count(0)
    holds(page, "/list\n")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type("/list")
    page.get_by_role("option", name="Numbered list").click()
    page.keyboard.type("one")
    holds(page, "1. one\n")
    for leave in (lambda: page.keyboard.press("Escape"), lambda: page.get_by_label("Title", exact=True).first.click()):
        text.click()
        page.keyboard.press("Alt+F10")
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        expect(menu(page).first).to_be_visible()
        leave()
        expect(menu(page)).to_have_count(0)
        holds(page, "1. one\n")  # who took no block finds no sign of the list


def test_articles_are_found_for_links(page: Page, live_server: LiveServer, editor: Callable[[str], Locator]) -> None:
    write_article(live_server.context, "dry-needling")
    found = live_server.context.articles.get("dry-needling")
    assert found
    editor("See")
    page.keyboard.type(" @needl")
    expect(page.get_by_role("option", name="Dry needling")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type(" and ")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Leads to").fill("example.org/x")
    page.get_by_label("Words of the link").fill("this page")
    page.keyboard.press("Enter")
    holds(page, f"See [Dry needling](article:{found.id}) and [this page](https://example.org/x)\n")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Leads to").fill("javascript:alert(1)")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="is not an address")).to_be_visible()


def test_refused_files_say_why(page: Page, editor: Callable[[str], Locator]) -> None:
    editor("First")
    give(page, "drop", "application/pdf", b"%PDF", "prices.pdf")
    expect(page.get_by_text("prices.pdf is neither a photo nor a video")).to_be_visible()
    give(page, "drop", "image/png", b"not a photo", "leg.png")
    expect(page.get_by_text("leg.png was not added. This file is not a photo")).to_be_visible()
    holds(page, "First")


def test_photos_and_broken_blocks_are_mended_in_place(
    page: Page, live_server: LiveServer, editor: Callable[[str], Locator], tmp_path: Path
) -> None:
    (tmp_path / "p").write_bytes(pictures.camera_jpeg(480, 320))
    knee = library.add_asset(live_server.context, tmp_path / "p", "knee.jpg").asset.id
    (tmp_path / "q").write_bytes(pictures.camera_jpeg(320, 240))
    library.add_asset(live_server.context, tmp_path / "q", "hip.jpg", "A hip")
    text = editor(
        f"![](asset:{knee})\n\n```gallery\nphotos:\n  - {knee}\n```\n\n```button\nlabel: x: y\n```\n\n![](asset:gone)"
    )
    expect(text.get_by_text("Say what this photo shows").first).to_be_visible()
    expect(text.get_by_text("This photo is not in the library any more")).to_be_visible()
    text.get_by_role("textbox", name="Alt text", exact=True).first.fill("A bent knee")
    text.get_by_role("textbox", name="Caption of photo 1 of 1").fill("Mine")
    text.get_by_role("button", name="Add photos").click()
    page.get_by_role("dialog").locator("button.tile").filter(has_text="hip").click()
    page.get_by_role("button", name="Use 1").click()
    expect(text.get_by_role("img", name="A hip")).to_be_visible()
    text.get_by_role("button", name="Take out: photo 2 of 2").click()
    expect(text.get_by_text("This is not YAML")).to_be_visible()
    source = text.get_by_role("textbox", name="The lines of this block")
    source.fill("label: Prices\nhref: /prices")
    source.blur()
    expect(text.get_by_text("/prices")).to_be_visible()
    holds(
        page,
        f"![A bent knee](asset:{knee})\n\n```gallery\nphotos:\n  - asset: {knee}\n    caption: Mine\n```\n\n"
        "```button\nlabel: Prices\nhref: /prices\n```\n\n![](asset:gone)",
    )


def test_what_forms_write_is_read_by_the_server_as_it_was_typed(page: Page, editor: Callable[[str], Locator]) -> None:
    """The YAML is written by the browser and read by the server: hard words must come through."""
    answer = 'Yes: no.\n\n- "quoted" & #1\n- it’s `fine` — 100 %'
    question = "- 'Is it' {true}, @home? #"
    text = editor("")
    insert(page, "questions")
    page.get_by_role("textbox", name="Question").fill(question)
    page.get_by_role("textbox", name="Answer").fill(answer)
    page.keyboard.press("Control+s")  # saving would take the page away, and these words with it
    page.get_by_role("dialog").get_by_role("button", name="Insert").click()
    expect(text.get_by_role("group", name="Questions and answers")).to_be_visible()
    blocks: list[Block] = []

    def keep(block: Block) -> str:
        blocks.append(block)
        return ""

    expect(page.locator("#body")).to_have_value(re.compile("```faq"))
    rendered = markdown.render(page.locator("#body").input_value(), keep)
    (entry,) = blocks[0].data["questions"]
    assert (entry["question"], entry["answer"], rendered.problems) == (question, answer, ())


def test_the_editor_fits_a_phone(
    page: Page, editor: Callable[[str], Locator], axe: Callable[[Page], None], fits_a_phone: Callable[[Page], None]
) -> None:
    editor(
        '## Words\n\n:::callout{kind=warning title="A long title of a callout that goes on"}\n\nx\n\n:::\n\n'
        "| a | b | c | d |\n| --- | --- | --- | --- |\n| 1 | 2 | 3 | 4 |\n\n"
        "```faq\nquestions:\n  - question: Why?\n    answer: So.\n```\n\n```map\naddress: 1 Main Street\n```\n\n"
        "```embed\nurl: https://www.youtube.com/watch?v=abcdefghijk\n```"
    )
    expect(page.get_by_text("On YouTube.")).to_be_visible()
    fits_a_phone(page)
    axe(page)
    page.keyboard.type("/")
    expect(menu(page).first).to_be_visible()
    axe(page)
