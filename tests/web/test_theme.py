"""The look of the site: tokens from site.toml, colours that can be read, icons; nothing of it in a style attribute."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scheduler.domain.colour import READABLE, contrast, readable
from scheduler.services.context import Context
from scheduler.services.library.assets import store
from scheduler.theme_rules import FONTS
from tests.support.house import Visitor
from tests.support.html import Element, entities, parse
from tests.support.posts import shelve_photo

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def settle(context: Context, key: str, value: str) -> None:
    """Change a line of site.toml: the first that has the key."""
    file = context.settings.config / "site.toml"
    old = re.search(rf'^{key} = "[^"]*"', file.read_text("utf-8"), flags=re.MULTILINE)
    assert old
    file.write_text(file.read_text("utf-8").replace(old[0], f'{key} = "{value}"', 1), "utf-8")


def sheet_of(page: Element) -> str:
    """Return the address of the one style sheet of a page."""
    sheets = [link.attributes["href"] for link in page.all("link") if link.attributes["rel"] == "stylesheet"]
    assert len(sheets) == 1
    return sheets[0]


def test_known_contrasts() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(colours, colours)
def test_there_is_a_readable_shade_of_every_colour(colour: str, on: str) -> None:
    least = min(READABLE, max(contrast("#000000", on), contrast("#ffffff", on)))
    assert contrast(readable(colour, on, least), on) >= least


def test_the_style_sheet_follows_the_settings(context: Context, client: Visitor) -> None:
    def address() -> str:
        return sheet_of(parse(client.get("/").get_data(as_text=True)))

    before = address()
    assert "immutable" in client.get(before).headers["Cache-Control"]
    settle(context, "accent", "#8a1538")
    settle(context, "font", "lora")
    context.config.settings  # noqa: B018
    after = address()
    assert after != before
    css = client.get(after).get_data(as_text=True)
    assert "#8a1538" in css and "Lora Variable" in css
    late = client.get(before)
    assert "#8a1538" in late.text and late.headers["Cache-Control"] == "no-store", "an older page gets today's look"


@pytest.mark.parametrize("font", FONTS)
def test_the_font_of_the_theme_is_asked_for_at_once_and_no_other(context: Context, client: Visitor, font: str) -> None:
    settle(context, "font", font)
    page = parse(client.get("/").get_data(as_text=True))
    preloaded = [link.attributes["href"] for link in page.all("link") if link.attributes["rel"] == "preload"]
    assert len(preloaded) == (0 if font == "system" else 1)
    sheet = client.get(sheet_of(page)).get_data(as_text=True)
    named = set(re.findall(r'url\("([^"]+)"\)', sheet))
    assert set(preloaded) <= named
    assert {client.get(path, buffered=True).status_code for path in named} <= {200}


ICONS = (
    ("favicon.ico", "ICO", 48),
    ("favicon-32.png", "PNG", 32),
    ("apple-touch-icon.png", "PNG", 180),
    ("icon-512.png", "PNG", 512),
)


@pytest.mark.parametrize("title", ["Ferry Street", "(éclair) & co", "<b>", "診療所", "!"])
def test_the_site_without_a_logo_has_its_letter_as_an_icon(context: Context, client: Visitor, title: str) -> None:
    settle(context, "name", title)
    letter = next((sign for sign in title.upper() if sign.isalnum()), "")
    svg = client.get("/favicon.svg")
    assert (svg.status_code, svg.mimetype) == (200, "image/svg+xml")
    assert ElementTree.fromstring(svg.data).findtext("{http://www.w3.org/2000/svg}text", "") == letter
    assert parse(client.get("/").get_data(as_text=True)).one("span", class_="brand__mark").text == letter
    for name, form, size in ICONS:
        with Image.open(io.BytesIO(client.get(f"/{name}").data)) as image:
            assert (image.format, image.size) == (form, (size, size))
            shown = image.convert("RGB")
            assert shown.getpixel((size // 2, size // 16)) == (0x0D, 0x64, 0x60), "the ground has the brand's colour"
            assert (255, 255, 255) in shown.get_flattened_data(), "there is a letter, or a ring, on it"


def test_a_logo_takes_the_place_of_the_letter(context: Context, client: Visitor) -> None:
    shelve_photo(context, "our-logo")
    settle(context, "logo", "our-logo")
    page = parse(client.get("/").get_data(as_text=True))
    assert "/media/our-logo/" in page.one("img", class_="brand__logo").attributes["src"]
    assert [link.attributes["href"] for link in page.all("link") if "icon" in link.attributes["rel"]] == [
        "/favicon.ico",
        "/favicon-32.png",
        "/apple-touch-icon.png",
    ]
    settle(context, "logo", "gone")
    page = parse(client.get("/").get_data(as_text=True))
    assert not list(page.all("img", class_="brand__logo")), "a logo that is not there leaves the letter"


def test_the_icons_are_the_whole_logo(context: Context, client: Visitor) -> None:
    before = client.get("/icon-512.png").data
    wide = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    wide.paste((200, 0, 0, 255), (100, 150, 500, 250))  # four times as wide as it is high, with nothing around it
    file = context.settings.data / "logo.png"
    wide.save(file)
    store(context, "our-logo", file, "logo.png", {"alt": "Our logo"})
    settle(context, "logo", "our-logo")
    for name, form, size in ICONS:
        with Image.open(io.BytesIO(client.get(f"/{name}").data)) as image:
            assert (image.format, image.size) == (form, (size, size))
            shown = image.convert("RGBA")
            red, _, _, clear = shown.getpixel((size // 2, size // 2))  # type: ignore[misc]
            assert (red > 180, clear) == (True, 255)
            empty = shown.getpixel((size // 2, size // 8))
            assert empty == ((0xFA, 0xF8, 0xF4, 255) if name.startswith("apple") else (0, 0, 0, 0))
    assert client.get("/icon-512.png").data != before
    business = entities(client.get("/").get_data(as_text=True))["Physiotherapy"]
    assert business["logo"] == f"{context.settings.base_url}/icon-512.png"
