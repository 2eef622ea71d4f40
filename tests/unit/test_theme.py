"""The look of the public site: what may be chosen, and that words can be read whatever is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.colour import READABLE, contrast, readable
from scheduler.domain.palette import CONTROL, palette
from scheduler.domain.problem import Problem
from scheduler.services.site.theme import tokens
from scheduler.site_settings import read_site
from scheduler.theme_rules import COLOURS, USUAL, Theme
from tests.unit.test_css_tokens import read_colours

COLOUR = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
SITE_TOKENS = Path(__file__).parents[2] / "assets/css/site/00-tokens.css"


@settings(max_examples=60, deadline=None)
@given(COLOUR, COLOUR, COLOUR)
def test_words_can_be_read_on_every_surface_whatever_was_chosen(accent: str, background: str, text: str) -> None:
    made = palette(readable(accent, background), background, readable(text, background))
    surfaces = [made[name] for name in ("bg", "surface", "raised", "sunken", "accent-soft")]
    for name in ("text", "accent-text", "muted"):
        if name != "muted" or contrast(made["text"], background) > READABLE + 0.05:
            assert min(contrast(made[name], surface) for surface in surfaces) >= READABLE, name
    assert contrast(made["on-accent"], made["accent"]) >= READABLE
    assert contrast(made["on-accent"], made["accent-strong"]) >= READABLE
    assert contrast(made["control-border"], made["surface"]) >= CONTROL


def test_the_usual_look_is_that_of_the_style_sheet() -> None:
    for scheme, ending in (("light", ""), ("dark", "_dark")):
        colours = read_colours(scheme, SITE_TOKENS)
        chosen = [colours[name] for name in ("--accent-text", "--bg", "--text")]
        assert chosen == [getattr(USUAL, name + ending) for name in COLOURS]
    assert tokens(USUAL) == ""


def test_another_look_is_written_for_light_dark_and_paper() -> None:
    sheet = tokens(Theme(accent="#7a1f5c", corners="square", width="wide"))
    assert "--accent: light-dark(#7a1f5c, #85d3c8);" in sheet
    assert re.search(r"@media print \{ :root, :root\[data-theme\] \{ --bg: #ffffff;", sheet)
    assert "--radius-pill: 0;" in sheet and "--page-width: 84rem;" in sheet


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('accent = "#7fb8b4"', "site.toml: theme.accent: #7fb8b4 cannot be read on the background #faf8f4"),
        ('text_dark = "#333333"', "site.toml: theme.text_dark: #333333 cannot be read on the background #101617"),
        ('background = "red"', 'site.toml: theme.background: must be a colour like "#faf8f4", not "red"'),
        ('font = "comic"', "site.toml: theme.font: must be one of 'figtree'"),
        ('width = "huge"', "site.toml: theme.width: must be one of 'narrow'"),
        ('logo = "../x"', 'site.toml: theme.logo: "../x" is not the id of a photo'),
        ('colour = "#000000"', "site.toml: theme.colour: is not a setting"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(tmp_path: Path, line: str, sentence: str) -> None:
    problems = problems_of(tmp_path, line)
    assert len(problems) == 1
    assert f"{problems[0].field}: {problems[0].message}".startswith(sentence)


def test_the_colour_that_a_refusal_names_is_taken(tmp_path: Path) -> None:
    message = problems_of(tmp_path, 'accent = "#7fb8b4"')[0].message
    assert problems_of(tmp_path, f'accent = "{message.split()[-1]}"') == []


def problems_of(folder: Path, line: str) -> list[Problem]:
    file = folder / "site.toml"
    file.write_text(f"[theme]\n{line}\n", "utf-8")
    problems: list[Problem] = []
    read_site(file, problems)
    return problems
