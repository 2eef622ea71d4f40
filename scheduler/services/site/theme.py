"""The look of the site as a style sheet of its own, and its icons: made from the theme, named by what they hold."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from scheduler.domain.colour import mixed, readable
from scheduler.services.context import Context
from scheduler.services.library.pictures import Picture, picture
from scheduler.theme_rules import WHITE, Theme

DARK = {"bg": "#101617", "surface": "#182021", "text": "#e8eeec"}
"""The dark theme's own surfaces: everything of the accent is worked out to be read on them."""
FAMILIES = {
    "figtree": '"Figtree Variable", system-ui, sans-serif',
    "inter": '"Inter Variable", system-ui, sans-serif',
    "lora": '"Lora Variable", Georgia, serif',
    "system": 'system-ui, -apple-system, "Segoe UI", sans-serif',
}
RADII = {"round": ("0.375rem", "0.5rem", "0.75rem"), "soft": ("0.25rem", "0.25rem", "0.375rem"), "square": ("0",) * 3}
ICON_SIZES = {"favicon.ico": 48, "apple-touch-icon.png": 180}
VERSION = 1
"""Grows when the style sheet of the same theme changes."""


def style_path(theme: Theme) -> str:
    """Return the path of the theme's style sheet."""
    return f"/theme/{hashlib.sha256(style(theme)).hexdigest()[:16]}.css"


@lru_cache(maxsize=8)
def style(theme: Theme) -> bytes:
    """Return the style sheet: the tokens that the theme sets, for light and dark."""
    soft = mixed(theme.accent, theme.background, 0.1)
    dark_words = readable(theme.accent, DARK["bg"])
    dark_soft = mixed(theme.accent, DARK["surface"], 0.3)
    pairs = {
        "bg": (theme.background, DARK["bg"]),
        "sunken": (mixed(theme.text, theme.background, 0.05), "#151d1e"),
        "border": (mixed(theme.text, theme.background, 0.13), "#2b3637"),
        "text": (theme.text, DARK["text"]),
        "muted": (readable(mixed(theme.text, theme.background, 0.7), theme.background), "#a5b1b0"),
        "accent": (theme.accent, readable(theme.accent, WHITE)),
        "accent-strong": (mixed(theme.accent, "#000000", 0.8), mixed(readable(theme.accent, WHITE), "#000000", 0.85)),
        "accent-text": (readable(theme.accent, soft), readable(dark_words, dark_soft)),
        "accent-soft": (soft, dark_soft),
    }
    lines = [f"  --{name}: light-dark({light}, {dark});" for name, (light, dark) in pairs.items()]
    lines.append(f"  --font: {FAMILIES[theme.font]};")
    lines += [f"  --radius-{size}: {radius};" for size, radius in zip((6, 8, 12), RADII[theme.corners], strict=True)]
    return ("@layer components {\n:root {\n" + "\n".join(lines) + "\n}\n}\n").encode()


def logo(ctx: Context) -> Picture | None:
    """Return the logo, if one is chosen and there."""
    asset = ctx.settings.site.theme.logo
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
