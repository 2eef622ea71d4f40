"""The look of the site: tokens from site.toml, colours that can be read, icons; nothing of it in a style attribute."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scheduler.domain.colour import READABLE, contrast, readable
from scheduler.services.context import Context
from scheduler.theme_rules import FONTS
from tests.support.house import Visitor
from tests.support.html import Element, parse
from tests.support.posts import shelve_photo

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def settle(context: Context, key: str, value: str) -> None:
    """Change one line of the table [theme]."""
    file = context.settings.config / "site.toml"
    text, count = re.subn(rf'^{key} = "[^"]*"', f'{key} = "{value}"', file.read_text("utf-8"), flags=re.MULTILINE)
    assert count == 1
    file.write_text(text, "utf-8")


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


def test_the_site_has_icons(context: Context, client: Visitor) -> None:
    svg = client.get("/favicon.svg")
    assert (svg.status_code, svg.mimetype) == (200, "image/svg+xml")
    for name, form, size in (("favicon.ico", "ICO", 48), ("apple-touch-icon.png", "PNG", 180)):
        answer = client.get(f"/{name}")
        assert answer.status_code == 200
        with Image.open(io.BytesIO(answer.data)) as image:
            assert (image.format, image.size) == (form, (size, size))


def test_a_logo_takes_the_place_of_the_mark(context: Context, client: Visitor) -> None:
    shelve_photo(context, "our-logo")
    settle(context, "logo", "our-logo")
    page = parse(client.get("/").get_data(as_text=True))
    assert "/media/our-logo/" in page.one("img", class_="brand__logo").attributes["src"]
    settle(context, "logo", "gone")
    page = parse(client.get("/").get_data(as_text=True))
    assert not list(page.all("img", class_="brand__logo")), "a logo that is not there leaves the mark"
