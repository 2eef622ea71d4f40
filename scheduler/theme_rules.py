"""How the public site looks: the table [theme] of `site.toml`. Colours in which words could not be read are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scheduler.domain.contrast import TEXT, is_colour, nearest, ratio
from scheduler.toml_table import Table

FONTS = ("figtree", "inter", "lora", "nunito", "system")
"""The pairings that come with the product; "system" loads no font at all."""
CORNERS = ("round", "soft", "square")
WIDTHS = ("narrow", "normal", "wide")
_ASSET = re.compile(r"[A-Za-z0-9_-]{0,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours that the owner chose for one scheme, "#rrggbb"."""

    accent: str
    background: str
    text: str


LIGHT = Colours("#0d6460", "#faf8f4", "#1b2426")
DARK = Colours("#85d3c8", "#101617", "#e8eeec")
"""What assets/css/site/00-tokens.css says."""


@dataclass(frozen=True, slots=True)
class Theme:
    """How the public site looks. `logo`, `logo_dark` and `icon` are assets of the library, "" for the drawn mark."""

    logo: str = ""
    logo_dark: str = ""
    icon: str = ""
    light: Colours = field(default=LIGHT)
    dark: Colours = field(default=DARK)
    fonts: str = FONTS[0]
    corners: str = CORNERS[0]
    width: str = "normal"


def read_theme(table: Table) -> Theme:
    """Return what the table says; problems are noted with it."""
    return Theme(
        logo=_asset(table, "logo"),
        logo_dark=_asset(table, "logo_dark"),
        icon=_asset(table, "icon"),
        light=_colours(table, "", LIGHT),
        dark=_colours(table, "_dark", DARK),
        fonts=table.choice("fonts", FONTS[0], FONTS),
        corners=table.choice("corners", CORNERS[0], CORNERS),
        width=table.choice("width", "normal", WIDTHS),
    )


def _asset(table: Table, key: str) -> str:
    value = table.text(key)
    if _ASSET.fullmatch(value):
        return value
    table.fault(key, "must be the id of a photo of the library, or empty")
    return ""


def _colours(table: Table, ending: str, default: Colours) -> Colours:
    names = ("accent", "background", "text")
    found = {name: _colour(table, name + ending, getattr(default, name)) for name in names}
    for name in ("accent", "text"):
        _check_contrast(table, name + ending, found[name], found["background"])
    return Colours(**found)


def _colour(table: Table, key: str, default: str) -> str:
    value = table.text(key, default).lower()
    if is_colour(value):
        return value
    table.fault(key, f'must be a colour like "{default}", not "{value}"')
    return default


def _check_contrast(table: Table, key: str, colour: str, background: str) -> None:
    contrast = ratio(colour, background)
    if contrast < TEXT:
        table.fault(
            key,
            f'"{colour}" on the background "{background}" has a contrast of {int(contrast * 100) / 100:.2f}; many '
            f'people could not read it. It takes {TEXT}: the nearest colour that has it is "'
            f'{nearest(colour, background)}"',
        )
