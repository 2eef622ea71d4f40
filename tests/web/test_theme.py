"""The look of the site: tokens from site.toml, colours that can be read, icons; nothing of it in a style attribute."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scheduler.config import read_site
from scheduler.domain.colour import READABLE, contrast, readable
from scheduler.domain.problem import Problem
from scheduler.services.context import Context
from scheduler.services.site import theme
from scheduler.theme_rules import FONTS, WHITE, Theme
from tests.support.house import Visitor
from tests.support.html import parse
from tests.support.posts import shelve_photo

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def settle(context: Context, key: str, value: str) -> None:
    """Change one line of the table [theme]."""
    file = context.settings.config / "site.toml"
    text, count = re.subn(rf'^{key} = "[^"]*"', f'{key} = "{value}"', file.read_text("utf-8"), flags=re.MULTILINE)
    assert count == 1
    file.write_text(text, "utf-8")


def tokens(css: str, dark: bool) -> dict[str, str]:
    """Return the colours that a style sheet sets."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", css)
    return {name: night if dark else day for name, day, night in found}


def test_known_contrasts() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(colours, colours)
def test_there_is_a_readable_shade_of_every_colour(colour: str, on: str) -> None:
    least = min(READABLE, max(contrast("#000000", on), contrast("#ffffff", on)))
    assert contrast(readable(colour, on, least), on) >= least


@given(colours)
def test_every_accent_that_is_taken_can_be_read_everywhere(colour: str) -> None:
    accent = readable(readable(colour, WHITE), Theme().background)
    css = theme.style(replace(Theme(), accent=accent)).decode()
    for dark in (False, True):
        found = tokens(css, dark)
        for words, ground in (("text", "bg"), ("muted", "bg"), ("accent-text", "bg"), ("accent-text", "accent-soft")):
            assert contrast(found[words], found[ground]) >= READABLE, (words, ground, dark)
        assert contrast(WHITE, found["accent"]) >= READABLE


def test_a_colour_that_nobody_can_read_is_refused_with_the_nearest(context: Context, tmp_path: Path) -> None:
    settle(context, "accent", "#ffcc00")
    problems: list[Problem] = []
    read_site(context.settings.config / "site.toml", problems)
    assert len(problems) == 2
    assert "is the least" in problems[0].message
    better = re.findall(r"The nearest that can is (#\w{6})", problems[1].message)[0]
    assert contrast(better, WHITE) >= READABLE


def test_wrong_words_are_named(context: Context) -> None:
    for key, value in (("accent", "red"), ("font", "comic"), ("corners", "wild"), ("logo", "../x")):
        settle(context, key, value)
    problems: list[Problem] = []
    read_site(context.settings.config / "site.toml", problems)
    assert sorted(problem.field.rpartition(".")[2] for problem in problems) == ["accent", "corners", "font", "logo"]


def test_the_style_sheet_follows_the_settings(context: Context, client: Visitor) -> None:
    def address() -> str:
        page = parse(client.get("/").get_data(as_text=True))
        return next(e.attributes["href"] for e in page.all("link") if "/theme/" in e.attributes["href"])

    before = address()
    assert "immutable" in client.get(before).headers["Cache-Control"]
    settle(context, "accent", "#8a1538")
    settle(context, "font", "lora")
    context.config.settings  # noqa: B018
    after = address()
    assert after != before
    css = client.get(after).get_data(as_text=True)
    assert "#8a1538" in css and "Lora Variable" in css
    assert client.get(before).status_code == 404


@pytest.mark.parametrize("font", FONTS)
def test_every_font_is_there(font: str) -> None:
    assert theme.FAMILIES[font]
    assert theme.style(replace(Theme(), font=font))


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
