"""How the public site looks: the table [theme] of `site.toml`. Colours that nobody could read are refused."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from scheduler.domain.colour import READABLE, contrast, is_colour, readable
from scheduler.toml_table import Table

FONTS = ("figtree", "inter", "nunito", "lora", "system")
"""The fonts that come with the product; "system" is the visitor's own and weighs nothing."""
CORNERS = ("round", "soft", "square")
WIDTHS = ("narrow", "normal", "wide")
COLOURS = ("accent", "background", "text")
WHITE = "#ffffff"
_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Theme:
    """What `site.toml` says about the look, for light and for dark."""

    logo: str = ""
    """A photo of the library for the header; "" shows the first letter of the site's name."""
    logo_dark: str = ""
    """The same for the dark theme; "" for the same photo."""
    accent: str = "#0d6460"
    background: str = "#faf8f4"
    text: str = "#1b2426"
    accent_dark: str = "#85d3c8"
    background_dark: str = "#101617"
    text_dark: str = "#e8eeec"
    font: str = "figtree"
    corners: str = "round"
    width: str = "normal"

    @property
    def light(self) -> tuple[str, str, str]:
        """Return accent, background and text of the light theme."""
        return self.accent, self.background, self.text

    @property
    def dark(self) -> tuple[str, str, str]:
        """Return accent, background and text of the dark theme."""
        return self.accent_dark, self.background_dark, self.text_dark


USUAL = Theme()
"""The look that the product comes with; its colours are those of assets/css/site/00-tokens.css."""


def read_theme(table: Table) -> Theme:
    """Return what the table says; problems are noted with it."""
    theme = Theme(
        logo=_photo(table, "logo"),
        logo_dark=_photo(table, "logo_dark"),
        **{key: _colour(table, key) for name in COLOURS for key in (name, f"{name}_dark")},
        font=table.choice("font", USUAL.font, FONTS),
        corners=table.choice("corners", USUAL.corners, CORNERS),
        width=table.choice("width", USUAL.width, WIDTHS),
    )
    for ending, (accent, background, text) in (("", theme.light), ("_dark", theme.dark)):
        _readable(table, f"accent{ending}", accent, background)
        _readable(table, f"text{ending}", text, background)
    return theme


def _photo(table: Table, key: str) -> str:
    asset = table.text(key)
    if not asset or _ASSET.fullmatch(asset):
        return asset
    table.fault(key, f'"{asset[:60]}" is not the id of a photo of the library')
    return ""


def _colour(table: Table, key: str) -> str:
    usual: str = getattr(USUAL, key)
    colour = table.text(key, usual)
    if is_colour(colour):
        return colour.lower()
    table.fault(key, f'must be a colour like "{usual}", not "{colour[:40]}"')
    return usual


def _readable(table: Table, key: str, colour: str, background: str) -> None:
    found = contrast(colour, background)
    if found < READABLE:
        table.fault(
            key,
            f"{colour} cannot be read on the background {background}: their contrast is "
            f"{math.floor(found * 10) / 10:.1f}, and {READABLE} is the least. The nearest that can is "
            f"{readable(colour, background)}",
        )
