"""Letters in the pictures that the site draws, in the fonts that its pages have.

A built font holds some alphabets only, so each sign is taken from the first font that has it.
"""

from __future__ import annotations

from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True)
class Hand:
    """Letters of a font of the themes in one size (pixels) and weight (300 to 900).

    Fonts are opened as they are needed: each takes memory, and most texts need one of them.
    """

    font: str
    size: int
    weight: int = 400

    def knows(self, text: str) -> bool:
        """Return whether there is a letter for every sign."""
        return all(sign.isspace() or self._font_of(sign) is not None for sign in text)

    def width(self, text: str) -> float:
        """Return the width of a text in pixels."""
        return sum(font.getlength(run) for font, run in self._runs(text))

    def box(self, sign: str) -> tuple[float, float, float, float]:
        """Return where a sign lies around the place that it is written at: left, top, right and bottom."""
        return (self._font_of(sign) or self._first()).getbbox(sign, anchor="ls")

    def write(self, pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, colour: str) -> None:
        """Write a text; `place` is its left end on the line that letters stand on."""
        left, line = place
        for font, run in self._runs(text):
            pen.text((left, line), run, font=font, fill=colour, anchor="ls")
            left += font.getlength(run)

    def _runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        groups = groupby(text, lambda sign: self._font_of(sign) or self._first())
        return [(font, "".join(signs)) for font, signs in groups]

    def _font_of(self, sign: str) -> ImageFont.FreeTypeFont | None:
        return next((font for font in self._fonts() if _has(font, sign)), None)

    def _first(self) -> ImageFont.FreeTypeFont:
        return next(self._fonts())

    def _fonts(self) -> Iterator[ImageFont.FreeTypeFont]:
        chosen = USUAL if self.font == "system" else self.font
        for family in dict.fromkeys((chosen, WIDEST)):
            opened = (_opened(f"{family}-{alphabet}", self.size, self.weight) for alphabet in ALPHABETS)
            yield from filter(None, opened)
        yield _pillows(self.size)  # nothing is built


@lru_cache(maxsize=32)
def _opened(name: str, size: int, weight: int) -> ImageFont.FreeTypeFont | None:
    file = next(static_folder().glob(f"{name}-wght-normal-*.woff2"), None)
    if file is None:
        return None
    font = ImageFont.truetype(file, size)
    font.set_variation_by_axes([weight])
    return font


@lru_cache(maxsize=8)
def _pillows(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@lru_cache(maxsize=1024)
def _has(font: ImageFont.FreeTypeFont, sign: str) -> bool:
    return _shape(font, sign) != _shape(font, _NOWHERE)


def _shape(font: ImageFont.FreeTypeFont, sign: str) -> tuple[object, bytes]:
    mask = font.getmask(sign)
    return mask.size, bytes(mask)
