"""The icons of the site for tabs, home screens and search engines: its logo, or its first letter on its colour.

A logo that is no photo of the library any more, or whose file is away, leaves the letter.
"""

from __future__ import annotations

import io
from functools import lru_cache
from html import escape

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from scheduler.services.context import Context
from scheduler.services.library.pictures import Picture, key_of, picture
from scheduler.services.site.lettering import Hand
from scheduler.theme_rules import WHITE, Theme

SIZES = {"favicon.ico": 48, "favicon-32.png": 32, "apple-touch-icon.png": 180, "icon-512.png": 512}
"""Pixels of each icon, by its file name."""
IN_ICO = [(16, 16), (32, 32), (48, 48)]
APPLE = "apple-touch-icon.png"
"""Apple rounds the corners by itself, and shows black where there is nothing."""


def logo(ctx: Context, asset: str) -> Picture | None:
    """Return the photo that is chosen as a logo, if one is and it is there."""
    found = picture(ctx, asset) if asset else None
    return found if found and not found.is_video else None


def icon(ctx: Context, name: str) -> bytes:
    """Return an icon by its file name."""
    theme = ctx.settings.site.theme
    chosen = logo(ctx, theme.logo)
    image = _of_logo(ctx, chosen, theme, name) if chosen else None
    return _saved(image or _letter(theme, initial(ctx.settings.site.name), name), name)


def mark(theme: Theme, letter: str) -> bytes:
    """Return the drawn icon as SVG, for browsers' tabs."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="8" '
        f'fill="{theme.accent}"/><text x="18" y="26" text-anchor="middle" font-family="system-ui, sans-serif" '
        f'font-size="23" font-weight="700" fill="{WHITE}">{escape(letter)}</text></svg>\n'
    ).encode()


def initial(name: str) -> str:
    """Return the letter that stands for a name; "" for a name without one."""
    return next((sign.upper()[:1] for sign in name if sign.isalnum()), "")


def _of_logo(ctx: Context, chosen: Picture, theme: Theme, name: str) -> Image.Image | None:
    size = SIZES[name]
    try:
        with Image.open(ctx.blobs.path(key_of(chosen.src))) as image:
            shown = image.convert("RGBA")
    except (FileNotFoundError, UnidentifiedImageError):
        return None
    shown = shown.crop(shown.getbbox())
    margin = size // 10 if name == APPLE else 0
    ground = Image.new("RGBA", (size, size), theme.background if name == APPLE else (0, 0, 0, 0))
    small = ImageOps.contain(shown, (size - 2 * margin, size - 2 * margin), Image.Resampling.LANCZOS)
    ground.alpha_composite(small, ((size - small.width) // 2, (size - small.height) // 2))
    return ground


@lru_cache(maxsize=16)
def _letter(theme: Theme, letter: str, name: str) -> Image.Image:
    """Draw the letter four times as large, so that its edges are smooth; a ring for one that we have no shape of."""
    size = SIZES[name]
    side = size * 4
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, side - 1, side - 1), radius=0 if name == APPLE else size, fill=theme.accent)
    letters = Hand(theme.font, round(side * 0.64), 700)
    if letter and letters.knows(letter):
        left, top, right, bottom = letters.box(letter)
        letters.write(pen, ((side - right - left) / 2, (side - top - bottom) / 2), letter, WHITE)
    else:
        pen.ellipse((side * 0.28, side * 0.28, side * 0.72, side * 0.72), outline=WHITE, width=side // 9)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _saved(image: Image.Image, name: str) -> bytes:
    out = io.BytesIO()
    if name.endswith(".ico"):
        image.save(out, "ICO", sizes=IN_ICO)
    else:
        image.save(out, "PNG", optimize=True)
    return out.getvalue()
