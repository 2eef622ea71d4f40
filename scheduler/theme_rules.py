"""How the public site looks: the table [theme] of `site.toml`. Colours that nobody could read are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.domain.colour import READABLE, contrast, is_colour, readable
from scheduler.toml_table import Table

FONTS = ("figtree", "inter", "lora", "system")
"""The fonts that come with the product; "system" is the visitor's own and weighs nothing."""
CORNERS = ("round", "soft", "square")
WHITE = "#ffffff"
_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Theme:
    """What `site.toml` says about the look. Colours are those of the light theme; the dark ones follow from them."""

    logo: str = ""
    """A photo of the library for the header; "" draws a mark in the accent colour."""
    accent: str = "#0d6460"
    background: str = "#faf8f4"
    text: str = "#1b2426"
    font: str = "figtree"
    corners: str = "round"


def read_theme(table: Table) -> Theme:
    """Return what the table says; problems are noted with it."""
    usual = Theme()
    theme = Theme(
        logo=table.text("logo"),
        accent=_colour(table, "accent", usual.accent),
        background=_colour(table, "background", usual.background),
        text=_colour(table, "text", usual.text),
        font=table.choice("font", usual.font, FONTS),
        corners=table.choice("corners", usual.corners, CORNERS),
    )
    if theme.logo and not _ASSET.fullmatch(theme.logo):
        table.fault("logo", f'"{theme.logo[:60]}" is not the id of a photo of the library')
    _readable(table, "text", theme.text, "background", theme.background)
    _readable(table, "accent", theme.accent, "background", theme.background)
    _readable(table, "accent", theme.accent, "the white words of a button", WHITE)
    return theme


def _colour(table: Table, key: str, usual: str) -> str:
    colour = table.text(key, usual)
    if is_colour(colour):
        return colour.lower()
    table.fault(key, f'must be a colour like "{usual}", not "{colour[:40]}"')
    return usual


def _readable(table: Table, key: str, colour: str, what: str, on: str) -> None:
    found = contrast(colour, on)
    if found < READABLE:
        better = readable(colour, on)
        table.fault(
            key,
            f"{colour} cannot be read with {what} ({on}): their contrast is {found:.1f}, and {READABLE} is the least. "
            f"The nearest that can is {better}",
        )
