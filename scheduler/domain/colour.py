"""Colours as sRGB hex texts ("#0d6460"), and whether one can be read on another (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import colorsys
import re

READABLE = 4.5
"""The least contrast of text, by WCAG 2.2 AA."""
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 200


def is_colour(text: str) -> bool:
    """Return whether a text is a colour as we write it."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, on: str, least: float = READABLE) -> str:
    """Return the colour nearest to this one, of the same hue, that reads on `on`; itself when it does already."""
    if contrast(colour, on) >= least:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*_channels(colour))
    steps = sorted((number / _STEPS for number in range(_STEPS + 1)), key=lambda step: abs(step - light))
    shades = (_hex(colorsys.hls_to_rgb(hue, step, saturation)) for step in steps)
    return next((shade for shade in shades if contrast(shade, on) >= least), "#000000")


def mixed(colour: str, other: str, share: float) -> str:
    """Return a mixture that holds `share` (0 to 1) of `colour`."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return _hex(tuple(a * share + b * (1 - share) for a, b in pairs))


def _luminance(colour: str) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
