"""Letters in the pictures that the site draws, in the fonts that its pages have.

A built font holds some alphabets only, so each sign is taken from the first font that has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from PIL import ImageDraw, ImageFont

from scheduler.resources import static_folder

ALPHABETS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese")
USUAL = "figtree"
WIDEST = "inter"
"""The font with the most alphabets: it has what the chosen one lacks."""
_NOWHERE = "\U0010ffff"
"""A sign that no font has: it looks like every other one that is missing."""


@dataclass(frozen=True)
class Hand:
    """Letters of one size and weight."""

    fonts: tuple[ImageFont.FreeTypeFont, ...]
    size: int

    def knows(self, text: str) -> bool:
        """Return whether there is a letter for every sign."""
        return all(sign.isspace() or self._font_of(sign) is not None for sign in text)

    def width(self, text: str) -> float:
        """Return the width of a text in pixels."""
        return sum(font.getlength(run) for font, run in self._runs(text))

    def box(self, sign: str) -> tuple[float, float, float, float]:
        """Return where a sign lies around the place that it is written at: left, top, right and bottom."""
        return (self._font_of(sign) or self.fonts[0]).getbbox(sign, anchor="ls")

    def write(self, pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, colour: str) -> None:
        """Write a text; `place` is its left end on the line that letters stand on."""
        left, line = place
        for font, run in self._runs(text):
            pen.text((left, line), run, font=font, fill=colour, anchor="ls")
            left += font.getlength(run)

    def _runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        groups = groupby(text, lambda sign: self._font_of(sign) or self.fonts[0])
        return [(font, "".join(signs)) for font, signs in groups]

    def _font_of(self, sign: str) -> ImageFont.FreeTypeFont | None:
        return next((font for font in self.fonts if _has(font, sign)), None)


@lru_cache(maxsize=32)
def hand(font: str, size: int, weight: int = 400) -> Hand:
    """Return a hand in a font of the themes; its weight is 300 to 900. Pillow's own where none is built."""
    families = dict.fromkeys((font, WIDEST) if font != "system" else (USUAL, WIDEST))
    found = [_opened(f"{family}-{alphabet}", size, weight) for family in families for alphabet in ALPHABETS]
    return Hand(tuple(filter(None, found)) or (_pillows(size),), size)


def _opened(name: str, size: int, weight: int) -> ImageFont.FreeTypeFont | None:
    file = next(static_folder().glob(f"{name}-wght-normal-*.woff2"), None)
    if file is None:
        return None
    font = ImageFont.truetype(file, size)
    font.set_variation_by_axes([weight])
    return font


def _pillows(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@lru_cache(maxsize=4096)
def _has(font: ImageFont.FreeTypeFont, sign: str) -> bool:
    return _shape(font, sign) != _shape(font, _NOWHERE)


def _shape(font: ImageFont.FreeTypeFont, sign: str) -> tuple[object, bytes]:
    mask = font.getmask(sign)
    return mask.size, bytes(mask)
