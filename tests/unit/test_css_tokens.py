"""The colours of assets/css/tokens.css can be read in both themes (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "assets/css/tokens.css"
TEXT, CONTROL = 4.5, 3.0
PAIRS = [
    ("--text", "--bg", TEXT),
    ("--text", "--surface", TEXT),
    ("--text", "--raised", TEXT),
    ("--muted", "--bg", TEXT),
    ("--muted", "--surface", TEXT),
    ("--muted", "--raised", TEXT),
    ("--control-border", "--surface", CONTROL),
    ("--on-accent", "--accent", TEXT),
    ("--accent-text", "--bg", TEXT),
    ("--accent-text", "--surface", TEXT),
    ("--accent-text", "--accent-soft", TEXT),
    ("--ok", "--ok-soft", TEXT),
    ("--warn", "--warn-soft", TEXT),
    ("--bad", "--bad-soft", TEXT),
    ("--bad", "--surface", TEXT),
    ("--on-danger", "--danger", TEXT),
    ("--info", "--info-soft", TEXT),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_a_pair_of_colours_has_enough_contrast(front: str, back: str, least: float, theme: str) -> None:
    colours = read_colours(theme)
    assert contrast(colours[front], colours[back]) >= least


def read_colours(theme: str, file: Path = TOKENS) -> dict[str, str]:
    found = re.findall(r"(--[\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));", file.read_text(encoding="utf-8"))
    return {name: both or (light if theme == "light" else dark) for name, light, dark, both in found}


def contrast(front: str, back: str) -> float:
    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
