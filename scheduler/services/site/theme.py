"""The look of the site as a style sheet of its own: what the theme changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from scheduler.domain.palette import palette
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
