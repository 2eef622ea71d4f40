"""The look of the site as a style sheet of its own, and its icons: made from the theme, named by what they hold."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from scheduler.domain.palette import palette
from scheduler.services.context import Context
from scheduler.services.library.pictures import Picture, picture
from scheduler.theme_rules import USUAL, WHITE, Theme

RADII = {
    "soft": {"6": "0.125rem", "8": "0.25rem", "12": "0.375rem", "16": "0.5rem", "20": "0.5rem", "pill": "0.5rem"},
    "square": dict.fromkeys(("6", "8", "12", "16", "20", "pill"), "0"),
}
"""What differs from the round corners of assets/css/site/00-tokens.css."""
MEASURES = {
    "narrow": {"text-width": "33rem", "wide-width": "48rem", "page-width": "60rem"},
    "wide": {"text-width": "38rem", "wide-width": "72rem", "page-width": "84rem"},
}
PAPER = dict.fromkeys(("bg", "surface", "sunken"), WHITE)
ICON_SIZES = {"favicon.ico": 48, "apple-touch-icon.png": 180}


@lru_cache(maxsize=8)
def tokens(theme: Theme) -> str:
    """Return the style rules for what the theme changes; "" for the look that the product comes with."""
    rules = ""
    if (theme.light, theme.dark) != (USUAL.light, USUAL.dark):
        light, dark = palette(*theme.light), palette(*theme.dark)
        rules += _root({name: f"light-dark({light[name]}, {dark[name]})" for name in light})
        rules += f"@media print {{ {_root({**light, **PAPER})} }}\n"
    radii = {f"radius-{size}": radius for size, radius in RADII.get(theme.corners, {}).items()}
    rules += _root(radii | MEASURES.get(theme.width, {}))
    return f"@layer components {{\n{rules}}}\n" if rules else ""


def _root(values: Mapping[str, str]) -> str:
    lines = " ".join(f"--{name}: {value};" for name, value in values.items())
    return f":root, :root[data-theme] {{ {lines} }}\n" if lines else ""


def logo(ctx: Context, asset: str) -> Picture | None:
    """Return the photo that is chosen as a logo, if one is and it is there."""
    found = picture(ctx, asset) if asset else None
    return found if found and not found.is_video else None


def mark(theme: Theme) -> bytes:
    """Return the drawn mark as SVG, for browsers' tabs."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36"><rect width="36" height="36" rx="8" '
        f'fill="{theme.accent}"/><path transform="translate(2 2)" d="M3 21c4.5 0 4.5-10 9-10s4.5 10 9 10 4.5-6 8-6" '
        f'fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>\n'
    ).encode()


@lru_cache(maxsize=16)
def icon(theme: Theme, initial: str, name: str) -> bytes:
    """Return an icon by its file name, for browsers that want no SVG: the site's first letter on its colour."""
    size = ICON_SIZES[name]
    image = Image.new("RGBA", (size * 4, size * 4), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    rounding = 0 if name.startswith("apple") else size  # Apple rounds by itself
    pen.rounded_rectangle((0, 0, size * 4 - 1, size * 4 - 1), radius=rounding, fill=theme.accent)
    font = ImageFont.load_default(size * 2.4)
    pen.text((size * 2, size * 2), initial, font=font, fill=WHITE, anchor="mm")
    out = io.BytesIO()
    small = image.resize((size, size), Image.Resampling.LANCZOS)
    if name.endswith(".ico"):
        small.save(out, "ICO", sizes=[(16, 16), (32, 32), (48, 48)])
    else:
        small.save(out, "PNG", optimize=True)
    return out.getvalue()
